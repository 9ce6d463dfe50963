// The parser of HCL files. Internal to sim/cloud/hcl.
//
// After a mistake within an argument the parser goes on behind that argument, so that every problem of a file
// is found in one pass. Messages are terraform's. Source: hclsyntax/parser.go, parser_template.go.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/cloud/hcl/lexer.h"

namespace seatrial::cloud::hcl {

class Parser {
 public:
  Parser(File& file, std::vector<Token> tokens, ProblemList& problems)
      : file_(file), tokens_(std::move(tokens)), problems_(problems) {}

  void run() { file_.body = parse_body(TokenKind::kEnd, {}); }

 private:
  // Whether line ends count, until the end of the scope.
  class Newlines {
   public:
    Newlines(Parser& parser, bool ignored) : parser_(parser), before_(parser.ignores_newlines_) {
      parser.ignores_newlines_ = ignored;
    }
    ~Newlines() { parser_.ignores_newlines_ = before_; }
    Newlines(const Newlines&) = delete;
    Newlines& operator=(const Newlines&) = delete;

   private:
    Parser& parser_;
    bool before_;
  };
  // One level deeper, until the end of the scope; too many end the reading of the file.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser.depth_ > kMaxDepth) parser.too_deep();
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };

  // --- Tokens
  const Token& peek();
  const Token& take();
  bool take_if(TokenKind kind);
  bool at_word(std::string_view word);
  void fail(Position where, std::string message);  // what is being read is no good
  void too_deep();
  void abort();  // reads nothing more of the file

  // --- Bodies (parser.cc)
  struct Items {
    std::vector<Attribute> attributes;
    std::vector<Block> blocks;
    std::map<std::string_view, Position> names;  // of the attributes
  };
  Body parse_body(TokenKind end, Position opened);
  void parse_item(Items& items);
  void parse_attribute(const Token& name, Items& items);
  void parse_block(const Token& type, Items& items);
  bool parse_labels(const Token& type, std::vector<std::string_view>& labels);
  void parse_single_line_body(Body& body);
  void end_of_line(std::string_view what, std::string_view definition);
  void recover(std::size_t from);

  // --- Expressions (parse_expression.cc)
  const Expression* parse_expression();
  const Expression* parse_binary(int level);
  const Expression* parse_unary();
  const Expression* parse_postfix();
  const Expression* parse_dot(const Expression* of, std::size_t start);
  const Expression* parse_legacy_index(const Expression* of, std::size_t start);
  const Expression* parse_bracket(const Expression* of, std::size_t start);
  const Expression* parse_splat(const Expression* of, std::size_t start, bool full);
  const Expression* parse_primary();
  const Expression* parse_name_or_call();
  const Expression* parse_call(const Token& name, std::string_view function);
  const Expression* parse_tuple();
  const Expression* parse_object();
  bool parse_object_item(std::vector<const Expression*>& items);
  const Expression* parse_object_key();
  const Expression* parse_for(std::size_t start, bool makes_object);
  bool parse_for_names(Expression& expression);

  // --- Templates (parse_template.cc)
  struct Part;
  const Expression* parse_quoted();
  const Expression* parse_heredoc();
  std::vector<Part> template_parts(TokenKind end, bool quoted);
  const Expression* parse_value_part(Part& part);
  void parse_control_part(Part& part);
  const Expression* assemble(std::vector<Part>& parts, std::size_t& at, std::string_view until,
                             std::size_t start);
  const Expression* assemble_control(std::vector<Part>& parts, std::size_t& at, std::size_t start);
  std::string_view plain_quoted(const Token& text);  // of a label; fails where it has a template
  std::string unescaped(const Token& token, bool quoted);

  // --- Nodes
  template <class T>
  ListOf<T> keep(const std::vector<T>& items);
  std::string_view keep(std::string_view text);
  Expression node(Expression::Kind kind, std::size_t start) const;
  // Its source is everything from its first token (`start`) to the last that was taken.
  const Expression* finish(Expression expression, std::size_t start,
                           const std::vector<const Expression*>& children);
  const Expression* invalid(std::size_t start) {
    return finish(node(Expression::Kind::kInvalid, start), start, {});
  }

  File& file_;
  std::vector<Token> tokens_;
  ProblemList& problems_;
  std::size_t at_ = 0;  // of the next token
  int depth_ = 0;
  bool ignores_newlines_ = false;
  bool failed_ = false;  // the argument or block at hand is no good; nobody reads on in it
  bool aborted_ = false;
};

struct Parser::Part {
  enum class Kind : std::uint8_t { kText, kValue, kControl } kind = Kind::kText;
  bool strips_before = false, strips_after = false;
  Position where;
  std::size_t start = 0;
  std::string text;                   // of kText; of kControl its word: if, else, endif, for, endfor
  const Expression* value = nullptr;  // of kValue, and the condition or collection of kControl
  std::string_view key_name, value_name;
};

template <class T>
ListOf<T> Parser::keep(const std::vector<T>& items) {
  if (items.empty()) return {};
  void* const place = file_.arena->allocate(items.size() * sizeof(T), alignof(T));
  T* const copy = static_cast<T*>(place);
  std::uninitialized_copy(items.begin(), items.end(), copy);
  return {copy, items.size()};
}

}  // namespace seatrial::cloud::hcl
