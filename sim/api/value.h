// A parsed document: a tree of maps, lists and scalars that knows where each node was written.
//
// Both YAML and JSON, with the types that kubectl gives plain scalars (sigs.k8s.io/yaml: YAML 1.1, so
// yes/no/on/off are booleans). Parsing never throws and never crashes: hostile input (deep nesting, alias
// bombs, binary files) is a Problem with a position. Documents of a file are parsed one by one, so an error
// in one does not hide the next.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/meta.h"
#include "sim/api/problem.h"

namespace seatrial::api {

struct MapEntry;

struct Value {
  enum class Type : std::uint8_t { kNull, kBool, kInt, kFloat, kString, kList, kMap };

  Type type = Type::kNull;
  SourcePosition where;
  std::string text;          // of a scalar, as written; of a string, its content
  std::int64_t integer = 0;  // of kInt and (0, 1) kBool
  double number = 0;         // of kFloat and kInt; compared (Calico's orders), never reckoned with
  std::vector<Value> list;
  std::vector<MapEntry> map;              // in the order written; keys are unique
  std::vector<SourcePosition> key_where;  // one for each entry of map

  Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  bool is_null() const { return type == Type::kNull; }
  bool is_map() const { return type == Type::kMap; }
  bool is_list() const { return type == Type::kList; }
  bool is_string() const { return type == Type::kString; }
  const Value* find(std::string_view key) const;  // of a map; null if absent or not a map
  // The position of `spec.containers[0].image`, or of its nearest ancestor that exists.
  SourcePosition position_of(std::string_view path) const;
};

struct MapEntry {
  Symbol first;
  Value second;
};

// The kind of value in the words of Go's JSON decoder: "string", "number", "bool", "object", "array", "null".
std::string_view type_name(Value::Type type);

struct ParseResult {
  std::vector<Value> documents;  // empty documents are left out
  Problems problems;
  bool encrypted = false;  // a git-crypt file: nothing was read, which is no problem
};
ParseResult parse_documents(std::string_view text, Symbol file);

nlohmann::ordered_json to_json(const Value& value);
Value from_json(const nlohmann::ordered_json& json);  // positions are empty

}  // namespace seatrial::api
