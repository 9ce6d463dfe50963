#include "sim/api/value.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace seatrial::api {

Value::Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

const Value* Value::find(std::string_view key) const {
  if (type != Type::kMap) return nullptr;
  for (const auto& [name, value] : map) {
    if (name.view() == key) return &value;
  }
  return nullptr;
}

namespace {

// The next step of a path: a field name up to '.' or '[', an index "[3]", or a key
// "[app.kubernetes.io/name]".
struct Step {
  std::string_view name;
  bool bracketed = false;
};

Step next_step(std::string_view& path) {
  Step step;
  if (path.starts_with('.')) path.remove_prefix(1);
  if (path.starts_with('[')) {
    const std::size_t end = path.find(']');
    step = {path.substr(1, end == std::string_view::npos ? end : end - 1), true};
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
    return step;
  }
  const std::size_t end = path.find_first_of(".[");
  step.name = path.substr(0, end);
  path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  return step;
}

const Value* child(const Value& value, Step step, SourcePosition& where) {
  if (value.is_list() && step.bracketed) {
    std::size_t index = 0;
    std::from_chars(step.name.data(), step.name.data() + step.name.size(), index);
    return index < value.list.size() ? &value.list[index] : nullptr;
  }
  for (std::size_t i = 0; value.is_map() && i < value.map.size(); ++i) {
    if (value.map[i].first.view() != step.name) continue;
    if (i < value.key_where.size()) where = value.key_where[i];
    return &value.map[i].second;
  }
  return nullptr;
}

}  // namespace

SourcePosition Value::position_of(std::string_view path) const {
  const Value* at = this;
  SourcePosition found = where;
  while (!path.empty()) {
    SourcePosition key;
    const Value* const next = child(*at, next_step(path), key);
    if (!next) return found;
    found = next->is_map() || next->is_list() ? (key.line > 0 ? key : next->where) : next->where;
    at = next;
  }
  return found;
}

std::string_view type_name(Value::Type type) {
  switch (type) {
    case Value::Type::kNull:
      return "null";
    case Value::Type::kBool:
      return "bool";
    case Value::Type::kInt:
    case Value::Type::kFloat:
      return "number";
    case Value::Type::kString:
      return "string";
    case Value::Type::kList:
      return "array";
    case Value::Type::kMap:
      return "object";
  }
  return "null";
}

nlohmann::ordered_json to_json(const Value& value) {
  using Json = nlohmann::ordered_json;
  switch (value.type) {
    case Value::Type::kNull:
      return nullptr;
    case Value::Type::kBool:
      return value.integer != 0;
    case Value::Type::kInt:
      return value.integer;
    case Value::Type::kFloat:
      return value.number;
    case Value::Type::kString:
      return value.text;
    case Value::Type::kList: {
      Json list = Json::array();
      for (const Value& item : value.list) list.push_back(to_json(item));
      return list;
    }
    case Value::Type::kMap: {
      Json::object_t map;
      for (const auto& [key, item] : value.map) map.push_back({key.str(), to_json(item)});
      return Json(std::move(map));
    }
  }
  return nullptr;
}

Value from_json(const nlohmann::ordered_json& json) {
  Value value;
  if (json.is_boolean()) {
    value.type = Value::Type::kBool;
    value.integer = json.get<bool>();
  } else if (json.is_number_integer()) {
    value.type = Value::Type::kInt;
    value.integer = json.get<std::int64_t>();
    value.number = static_cast<double>(value.integer);
  } else if (json.is_number_float()) {
    value.type = Value::Type::kFloat;
    value.number = json.get<double>();
  } else if (json.is_string()) {
    value.type = Value::Type::kString;
    value.text = json.get<std::string>();
  } else if (json.is_array()) {
    value.type = Value::Type::kList;
    for (const auto& item : json) value.list.push_back(from_json(item));
  } else if (json.is_object()) {
    value.type = Value::Type::kMap;
    for (const auto& [key, item] : json.items()) value.map.emplace_back(Symbol(key), from_json(item));
  }
  if (json.is_boolean() || json.is_number()) value.text = json.dump();
  return value;
}

}  // namespace seatrial::api
