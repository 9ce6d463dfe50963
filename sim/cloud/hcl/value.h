// What an HCL expression comes to. What only a cloud could say stays symbolic: an unknown value knows how it
// would be written and which references it comes from, so that a Secret's key can say whose output it
// carries.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seatrial::cloud::hcl {

struct Field;

struct Value {
  enum class Type : std::uint8_t { kNull, kUnknown, kBool, kNumber, kString, kTuple, kObject };
  Type type = Type::kNull;
  bool truth = false;
  double number = 0;
  // Of a string its content; of an unknown a template that would give it:
  // "${module.rds.rds_instance_endpoint}", "postgres://${…}/app".
  std::string text;
  std::vector<Value> items;   // of kTuple: lists, sets and tuples
  std::vector<Field> fields;  // of kObject: maps and objects; sorted by key, keys are unique
  // The references that it comes from: of an unknown always, of others where a module's output is known
  // beforehand. "module.rds.rds_instance_endpoint"; sorted, unique.
  std::vector<std::string> sources;

  Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  static Value boolean(bool truth);
  static Value of(double number);
  static Value of(std::string text);
  static Value tuple(std::vector<Value> items);
  static Value object();
  static Value unknown(std::string reference);  // one reference, without "${" and "}"

  bool is_null() const { return type == Type::kNull; }
  bool is_unknown() const { return type == Type::kUnknown; }
  bool is_string() const { return type == Type::kString; }
  bool is_tuple() const { return type == Type::kTuple; }
  bool is_object() const { return type == Type::kObject; }
  // Nothing in it is unknown.
  bool is_whole() const;

  const Value* find(std::string_view key) const;  // of an object; null if absent
  void set(std::string key, Value value);         // of an object

  // As a template would show it: a string's content, 8.5, true; of an unknown its template. Null: "".
  std::string str() const;
  // Its references and those of everything in it; sorted, unique.
  std::vector<std::string> all_sources() const;
};

struct Field {
  std::string key;
  Value value;
};

bool operator==(const Value& a, const Value& b);  // unknowns are equal if they are written alike
void add_sources(std::vector<std::string>& to, const std::vector<std::string>& more);

// 3, 0.5, 1e+21: the shortest decimal that reads back as the same number.
std::string number_text(double number);
// Compact JSON with keys in order, as jsonencode writes it. What is unknown in it is written as its template
// in a string: {"deadLetterTargetArn":"${module.dlq.sqs_arn}","maxReceiveCount":3}.
std::string json_text(const Value& value);

}  // namespace seatrial::cloud::hcl
