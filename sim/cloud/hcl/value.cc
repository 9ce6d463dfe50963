#include "sim/cloud/hcl/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace seatrial::cloud::hcl {

Value::Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

Value Value::boolean(bool truth) {
  Value value;
  value.type = Type::kBool;
  value.truth = truth;
  return value;
}

Value Value::of(double number) {
  Value value;
  value.type = Type::kNumber;
  value.number = number;
  return value;
}

Value Value::of(std::string text) {
  Value value;
  value.type = Type::kString;
  value.text = std::move(text);
  return value;
}

Value Value::tuple(std::vector<Value> items) {
  Value value;
  value.type = Type::kTuple;
  value.items = std::move(items);
  return value;
}

Value Value::object() {
  Value value;
  value.type = Type::kObject;
  return value;
}

Value Value::unknown(std::string reference) {
  Value value;
  value.type = Type::kUnknown;
  value.text = "${" + reference + "}";
  value.sources.push_back(std::move(reference));
  return value;
}

bool Value::is_whole() const {
  return type != Type::kUnknown && std::ranges::all_of(items, &Value::is_whole) &&
         std::ranges::all_of(fields, [](const Field& field) { return field.value.is_whole(); });
}

const Value* Value::find(std::string_view key) const {
  const auto at = std::ranges::lower_bound(fields, key, {}, &Field::key);
  return at != fields.end() && at->key == key ? &at->value : nullptr;
}

void Value::set(std::string key, Value value) {
  const auto at = std::ranges::lower_bound(fields, key, {}, &Field::key);
  if (at != fields.end() && at->key == key)
    at->value = std::move(value);
  else
    fields.insert(at, {std::move(key), std::move(value)});
}

std::string Value::str() const {
  switch (type) {
    case Type::kBool:
      return truth ? "true" : "false";
    case Type::kNumber:
      return number_text(number);
    case Type::kString:
    case Type::kUnknown:
      return text;
    case Type::kNull:
      return "";
    case Type::kTuple:
    case Type::kObject:
      return json_text(*this);
  }
  return "";
}

std::vector<std::string> Value::all_sources() const {
  std::vector<std::string> all = sources;
  for (const Value& item : items) add_sources(all, item.all_sources());
  for (const Field& field : fields) add_sources(all, field.value.all_sources());
  return all;
}

void add_sources(std::vector<std::string>& to, const std::vector<std::string>& more) {
  for (const std::string& source : more) {
    const auto at = std::ranges::lower_bound(to, source);
    if (at == to.end() || *at != source) to.insert(at, source);
  }
}

bool operator==(const Value& a, const Value& b) {
  if (a.type != b.type) return false;
  switch (a.type) {
    case Value::Type::kNull:
      return true;
    case Value::Type::kBool:
      return a.truth == b.truth;
    case Value::Type::kNumber:
      return a.number == b.number;
    case Value::Type::kString:
    case Value::Type::kUnknown:
      return a.text == b.text;
    case Value::Type::kTuple:
      return a.items == b.items;
    case Value::Type::kObject:
      return std::ranges::equal(a.fields, b.fields, [](const Field& x, const Field& y) {
        return x.key == y.key && x.value == y.value;
      });
  }
  return false;
}

std::string number_text(double number) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: whole numbers up to there are written as such
  if (number > -kExact && number < kExact && number == static_cast<double>(static_cast<std::int64_t>(number)))
    return std::to_string(static_cast<std::int64_t>(number));
  return fmt::format("{}", number);
}

namespace {

// terraform's jsonencode writes <, > and & as HTML needs them, like Go's encoder.
void append_json_string(const std::string& content, std::string& text) {
  for (const char c :
       nlohmann::json(content).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) {
    if (c == '<')
      text += "\\u003c";
    else if (c == '>')
      text += "\\u003e";
    else if (c == '&')
      text += "\\u0026";
    else
      text += c;
  }
}

void append_json(const Value& value, std::string& text) {
  using Type = Value::Type;
  switch (value.type) {
    case Type::kNull:
      text += "null";
      return;
    case Type::kBool:
    case Type::kNumber:
      text += value.str();
      return;
    case Type::kString:
    case Type::kUnknown:
      append_json_string(value.text, text);
      return;
    case Type::kTuple:
      text += '[';
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) text += ',';
        append_json(value.items[i], text);
      }
      text += ']';
      return;
    case Type::kObject:
      text += '{';
      for (std::size_t i = 0; i < value.fields.size(); ++i) {
        if (i > 0) text += ',';
        append_json(Value::of(value.fields[i].key), text);
        text += ':';
        append_json(value.fields[i].value, text);
      }
      text += '}';
      return;
  }
}

}  // namespace

std::string json_text(const Value& value) {
  std::string text;
  append_json(value, text);
  return text;
}

}  // namespace seatrial::cloud::hcl
