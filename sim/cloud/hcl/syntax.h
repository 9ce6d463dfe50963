// HCL as it is written: a file's blocks, arguments and expressions, each with its position.
//
// A File owns its text and an arena; everything else here are views into them, so a tree costs no allocation
// for each node and lives as long as its File. Nothing is evaluated: evaluate.h does that. Source of the
// grammar: github.com/hashicorp/hcl, hclsyntax/spec.md.
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>

#include "sim/api/problem.h"

namespace seatrial::cloud::hcl {

struct Position {
  std::int32_t line = 1, column = 1;  // the column counts code points
};

// What a File's arena holds: a pointer and a length, so that types may contain lists of themselves.
template <class T>
struct ListOf {
  const T* items = nullptr;
  std::size_t count = 0;
  const T* begin() const { return items; }
  const T* end() const { return items + count; }
  std::size_t size() const { return count; }
  bool empty() const { return count == 0; }
  const T& operator[](std::size_t i) const { return items[i]; }
};

enum class Operator : std::uint8_t {
  kOr,
  kAnd,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kNegate,
  kNot,
};

struct Expression {
  enum class Kind : std::uint8_t {
    kNull,
    kBool,         // truth
    kNumber,       // number
    kString,       // text, without escapes
    kTemplate,     // children are its parts: kString as literal text, others as ${…}
    kTemplateIf,   // %{ if }: condition, then, and perhaps else; both of kTemplate
    kTemplateFor,  // %{ for }: collection, and a body of kTemplate; names as in kFor
    kName,         // text: the first name of a reference, or a variable of a for expression
    kAttribute,    // child . text
    kIndex,        // child [ child ]
    kSplat,        // child [*], and what is done with each: an expression over kSplatItem
    kSplatItem,    // the item of the innermost splat
    kTuple,        // children
    kObject,       // children: key, value, key, value …; a key that is a bare name is a kString
    kCall,         // text: the function; children: arguments; truth: the last one is expanded ("...")
    kUnary,
    kBinary,
    kConditional,  // condition, then, else
    kFor,          // children: collection, value, then key where it makes an object, then condition
    kInvalid,      // could not be read; the problem is reported
  };
  Kind kind = Kind::kInvalid;
  Operator op = Operator::kOr;
  bool truth = false;
  bool makes_object = false, groups = false, has_condition = false;  // of kFor
  std::uint16_t height = 1;                                          // of the tree under it
  Position where;
  double number = 0;
  std::string_view text;
  std::string_view key_name, value_name;  // of kFor and kTemplateFor; key_name may be empty
  std::string_view source;                // the whole expression as written
  ListOf<const Expression*> children;
};

struct Attribute {
  std::string_view name;
  Position where;
  const Expression* value = nullptr;  // never null once parsed
};

struct Block;
struct Body {
  ListOf<Attribute> attributes;  // as written; names are unique
  ListOf<Block> blocks;
  const Attribute* find(std::string_view name) const;    // null if absent
  const Block* find_block(std::string_view type) const;  // the first; null if absent
};
struct Block {
  std::string_view type;
  ListOf<std::string_view> labels;
  Position where;
  Body body;
};

struct File {
  File() = default;
  File(File&&) = default;
  File& operator=(File&&) = default;
  api::Symbol name;
  std::unique_ptr<const std::string> text;
  std::unique_ptr<std::pmr::monotonic_buffer_resource> arena;
  Body body;
  api::SourcePosition at(Position where) const { return {name, where.line, where.column}; }
};

// Reads a whole file. Everything that is wrong with it is appended to `problems`, in the words of terraform
// and with its position; what could be read is there all the same. Nothing is nested deeper than kMaxDepth,
// and no file is longer than kMaxBytes: beyond them it is a problem.
inline constexpr int kMaxDepth = 100;    // of brackets and blocks within each other
inline constexpr int kMaxHeight = 1000;  // of an expression's tree: a.b.c… and 1 + 1 + 1 … grow as well
inline constexpr std::size_t kMaxBytes = 16u << 20;
inline constexpr std::size_t kMaxProblems = 200;  // of one file; the rest is left out, and said to be
File parse(std::string text, api::Symbol name, api::Problems& problems);

}  // namespace seatrial::cloud::hcl
