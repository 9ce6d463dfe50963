#include "sim/api/codec.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace seatrial::api {

std::string Place::str() const {
  if (!parent) return {};
  std::string text = parent->str();
  if (index >= 0) return text + "[" + std::to_string(index) + "]";
  if (index == kKey) return text + "[" + std::string(name) + "]";
  return (text.empty() ? text : text + ".") + std::string(name);
}

bool is_empty(const Value& value) {
  switch (value.type) {
    case Value::Type::kNull:
      return true;
    case Value::Type::kBool:
    case Value::Type::kInt:
      return value.integer == 0;
    case Value::Type::kFloat:
      return false;
    case Value::Type::kString:
      return value.text.empty();
    case Value::Type::kList:
      return value.list.empty();
    case Value::Type::kMap:
      return value.map.empty();
  }
  return true;
}

void sort_keys(Value& value) {
  for (Value& item : value.list) sort_keys(item);
  for (auto& [key, item] : value.map) sort_keys(item);
  value.key_where.clear();
  std::sort(value.map.begin(), value.map.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
}

Value text_value(std::string_view text) {
  Value value;
  value.type = Value::Type::kString;
  value.text = text;
  return value;
}

Value int_value(std::int64_t number) {
  Value value;
  value.type = Value::Type::kInt;
  value.integer = number;
  value.number = static_cast<double>(number);
  value.text = std::to_string(number);
  return value;
}

Value bool_value(bool flag) {
  Value value;
  value.type = Value::Type::kBool;
  value.integer = flag;
  value.text = flag ? "true" : "false";
  return value;
}

Value map_value() {
  Value value;
  value.type = Value::Type::kMap;
  return value;
}

Value list_value() {
  Value value;
  value.type = Value::Type::kList;
  return value;
}

void set(Value& map, std::string_view key, Value value) {
  for (auto& [name, item] : map.map) {
    if (name.view() == key) {
      item = std::move(value);
      return;
    }
  }
  map.map.emplace_back(Symbol(key), std::move(value));
}

std::string compact_json(const Value& value) {
  return to_json(value).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

namespace {

// An empty list, map or text says nothing; false and 0 may.
Value without_emptiness(const Value& value) {
  const bool flag = value.type == Value::Type::kBool || value.type == Value::Type::kInt;
  return !flag && is_empty(value) ? Value() : value;
}

}  // namespace

Value leftover(const Value& document, const Value& encoded) {
  if (document.is_map() && encoded.is_map()) {
    Value rest = map_value();
    for (const auto& [key, item] : document.map) {
      const Value* const known = encoded.find(key.view());
      Value part = known ? leftover(item, *known) : without_emptiness(item);
      if (!part.is_null()) rest.map.emplace_back(key, std::move(part));
    }
    return rest.map.empty() ? Value() : rest;
  }
  if (!document.is_list() || !encoded.is_list()) return Value();
  Value rest = list_value();
  bool any = false;
  for (std::size_t i = 0; i < document.list.size(); ++i) {
    Value part = i < encoded.list.size() ? leftover(document.list[i], encoded.list[i]) : document.list[i];
    any |= !part.is_null();
    rest.list.push_back(std::move(part));
  }
  return any ? rest : Value();
}

void merge_leftover(Value& encoded, const Value& other) {
  if (other.is_null()) return;
  if (encoded.is_map() && other.is_map()) {
    for (const auto& [key, item] : other.map) {
      Value* known = nullptr;
      for (auto& [name, value] : encoded.map) {
        if (name == key) known = &value;
      }
      if (known)
        merge_leftover(*known, item);
      else
        encoded.map.emplace_back(key, item);
    }
  } else if (encoded.is_list() && other.is_list()) {
    for (std::size_t i = 0; i < other.list.size() && i < encoded.list.size(); ++i) {
      merge_leftover(encoded.list[i], other.list[i]);
    }
  }
}

Symbol leftover_text(const Value& document, const Value& encoded) {
  Value rest = leftover(document, encoded);
  if (rest.is_null()) return {};
  sort_keys(rest);
  return compact_json(rest);
}

void merge_leftover_text(Value& encoded, Symbol other) {
  if (other.empty()) return;
  const auto json = nlohmann::ordered_json::parse(other.str(), nullptr, false);
  if (!json.is_discarded()) merge_leftover(encoded, from_json(json));
}

void Context::unsupported(const Value& value, const Place& place, const std::string_view* names,
                          std::size_t count) const {
  std::string message = "Unsupported value: \"" + value.text + "\": supported values: ";
  bool first = true;
  const std::string at = place.str();
  const bool of_nodes = at.contains("nodeSelectorTerms") || at.contains("preference");
  for (std::size_t i = 0; i < count; ++i) {
    if (names[i].empty() || (!of_nodes && (names[i] == "Gt" || names[i] == "Lt"))) continue;
    message += (first ? "\"" : ", \"") + std::string(names[i]) + '"';
    first = false;
  }
  invalid(value, place, std::move(message));
}

void Context::invalid(const Value& value, const Place& place, std::string message) const {
  if (problems)
    problems->push_back({value.where, place.str(), std::move(message), Problem::Reason::kInvalid});
}

namespace {

template <class T>
void read_integer(const Value& value, T& out) {
  if (value.type == Value::Type::kInt) out = static_cast<T>(value.integer);
}

}  // namespace

void read(const Value& value, Symbol& out) {
  if (value.is_string()) out = Symbol(value.text);
}
void read(const Value& value, std::string& out) {
  if (value.is_string()) out = value.text;
}
void read(const Value& value, bool& out) {
  if (value.type == Value::Type::kBool) out = value.integer != 0;
}
void read(const Value& value, std::int32_t& out) { read_integer(value, out); }
void read(const Value& value, std::int64_t& out) { read_integer(value, out); }
void read(const Value& value, std::uint64_t& out) {
  std::from_chars(value.text.data(), value.text.data() + value.text.size(), out);
}
void read(const Value& value, double& out) {
  if (value.type == Value::Type::kInt || value.type == Value::Type::kFloat) out = value.number;
}
void read(const Value& value, Quantity& out) {
  if (const auto parsed = Quantity::parse(value.text)) out = *parsed;
}
void read(const Value& value, IntOrString& out) {
  out = IntOrString();
  if (value.is_string()) out.text = Symbol(value.text);
  read_integer(value, out.number);
}
void read(const Value& value, SimTime& out) {
  if (const auto time = parse_time(value.text)) out = *time;
}
void read(const Value& value, LabelMap& out) {
  out = LabelMap();
  for (const auto& [key, item] : value.map) out.set(key, item.is_string() ? Symbol(item.text) : Symbol());
}
void read(const Value& value, Uid& out) {
  std::string digits = value.text;
  std::erase(digits, '-');
  if (digits.size() != 32) return;
  const char* const middle = digits.data() + 16;
  std::from_chars(digits.data(), middle, out.high, 16);
  std::from_chars(middle, middle + 16, out.low, 16);
}

Value write(Symbol value) { return text_value(value.view()); }
Value write(const std::string& value) { return text_value(value); }
Value write(bool value) { return bool_value(value); }
Value write(std::int32_t value) { return int_value(value); }
Value write(std::int64_t value) { return int_value(value); }
Value write(std::uint64_t value) { return value == 0 ? Value() : text_value(std::to_string(value)); }
// 50.0 is written as 50, as Go does it.
Value write(double value) {
  constexpr double kExact = 1LL << 53;
  if (value > -kExact && value < kExact && value == static_cast<double>(static_cast<std::int64_t>(value)))
    return int_value(static_cast<std::int64_t>(value));
  return from_json(value);
}
Value write(const Quantity& value) { return text_value(value.str()); }
Value write(const IntOrString& value) {
  return value.is_string() ? text_value(value.text.view()) : int_value(value.number);
}
Value write(SimTime value) { return text_value(time_text(value)); }
Value write(const Uid& value) { return value.empty() ? Value() : text_value(value.str()); }
Value write(const LabelMap& value) {
  Value map = map_value();
  for (const auto& [key, item] : value) map.map.emplace_back(key, text_value(item.view()));
  return map;
}

}  // namespace seatrial::api
