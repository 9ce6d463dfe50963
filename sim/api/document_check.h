// What the checks of a pod's document share: reading fields that no struct carries, and saying what is wrong
// with them in the API server's words. Internal to sim/api.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/codec.h"
#include "sim/api/validation.h"

namespace seatrial::api {

class DocumentCheck {
 public:
  explicit DocumentCheck(const Context& context) : context_(context) {}

 protected:
  // A field that is there and not null; and its text, its list, whether it is true.
  static const Value* member(const Value& map, std::string_view name) {
    const Value* const value = map.find(name);
    return value && !value->is_null() ? value : nullptr;
  }
  static std::string text_of(const Value& map, std::string_view name) {
    const Value* const value = member(map, name);
    return value && value->is_string() ? value->text : std::string();
  }
  static const std::vector<Value>& list_of(const Value& map, std::string_view name) {
    static const std::vector<Value> kNone;
    const Value* const value = member(map, name);
    return value ? value->list : kNone;
  }
  static bool is_flag(const Value& map, std::string_view name, bool wanted) {
    const Value* const value = member(map, name);
    return value && value->type == Value::Type::kBool && (value->integer != 0) == wanted;
  }

  void say(const Value& at, const Place& place, std::string message) const {
    context_.invalid(at, place, std::move(message));
  }
  void required(const Value& at, const Place& place, std::string_view why = {}) const {
    say(at, place, why.empty() ? "Required value" : "Required value: " + std::string(why));
  }
  void forbidden(const Value& at, const Place& place, std::string_view why) const {
    say(at, place, "Forbidden: " + std::string(why));
  }
  void invalid(const Value& at, const Place& place, std::string_view text, std::string_view why) const {
    Value shown = text_value(text);
    say(at, place, "Invalid value: " + compact_json(shown) + ": " + std::string(why));
  }
  void invalid_number(const Value& at, const Place& place, std::string_view why) const {
    say(at, place, "Invalid value: " + at.text + ": " + std::string(why));
  }
  void not_found(const Value& at, const Place& place, std::string_view text) const {
    say(at, place, "Not found: " + compact_json(text_value(text)));
  }
  void invalid_all(const Value& at, const Place& place, std::string_view text,
                   const std::vector<std::string>& messages) const {
    for (const std::string& message : messages) invalid(at, place, text, message);
  }
  // Unless it is one of the supported texts.
  void one_of(const Value& value, const Place& place, std::span<const std::string_view> supported) const {
    if (!value.is_string() || contains(supported, std::string_view(value.text))) return;
    std::string message =
        "Unsupported value: " + compact_json(text_value(value.text)) + ": supported values: ";
    for (std::size_t i = 0; i < supported.size(); ++i)
      message += (i ? ", \"" : "\"") + std::string(supported[i]) + '"';
    say(value, place, std::move(message));
  }
  void one_of(const Value* value, const Place& place, std::span<const std::string_view> supported) const {
    if (value) one_of(*value, place, supported);
  }
  // A text that must not be empty.
  void need(const Value& map, const Place& at, std::string_view name) const {
    if (text_of(map, name).empty()) required(map, field(at, name));
  }
  // IsValidUserID, IsValidGroupID
  void user_or_group(const Value& map, const Place& at, std::string_view name) const {
    const Value* const id = member(map, name);
    if (id && (id->integer < 0 || id->integer > INT32_MAX))
      invalid_number(*id, field(at, name), "must be between 0 and 2147483647, inclusive");
  }
  void without_steps_back(const Value& at, const Place& place, const std::string& path) const {
    for (std::size_t from = 0; from <= path.size();) {
      const std::size_t slash = std::min(path.find('/', from), path.size());
      if (path.substr(from, slash - from) == "..") return invalid(at, place, path, "must not contain '..'");
      from = slash + 1;
    }
  }
  // validateLocalDescendingPath
  void descending_path(const Value& at, const Place& place, const std::string& path) const {
    if (path.starts_with('/')) invalid(at, place, path, "must be a relative path");
    without_steps_back(at, place, path);
  }

 private:
  const Context& context_;
};

}  // namespace seatrial::api
