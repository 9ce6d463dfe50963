// The API server's validation: reports in its words, and the rules that many kinds share.
// Sources: k8s.io/apimachinery/pkg/util/validation, pkg/util/validation/field, pkg/api/validation. Internal
// to sim/api.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/codec.h"
#include "sim/api/meta.h"
#include "sim/api/problem.h"

namespace seatrial::api {

// Collects field errors in the order in which they are found, which is the order in which they are shown.
class Report {
 public:
  void invalid(const Place& at, std::string_view text,
               std::string_view message);  // Invalid value: "text": message
  void invalid(const Place& at, std::int64_t number, std::string_view message);
  void invalid_json(const Place& at, const Value& value, std::string_view message);  // value as JSON
  // The same with its keys as they are: a struct of the API server's own.
  void invalid_struct(const Place& at, const Value& value, std::string_view message);
  void required(const Place& at, std::string_view message);
  void forbidden(const Place& at, std::string_view message);
  void duplicate(const Place& at, std::string_view text);
  void duplicate(const Place& at, std::int64_t number);
  void duplicate_json(const Place& at, const Value& value);
  void not_found(const Place& at, std::string_view text);
  void too_long(const Place& at, std::string_view what, std::int64_t max);  // may not be more than 5 bytes
  void too_many(const Place& at, std::size_t actual, std::size_t max);      // 3: must have at most 2 items
  void unsupported(const Place& at, std::string_view text, std::span<const std::string_view> supported);
  // Each message as an Invalid value of its own.
  void invalid_all(const Place& at, std::string_view text, const std::vector<std::string>& messages);
  void non_negative(const Place& at, std::int64_t number);

  Problems take() { return std::move(problems_); }

 private:
  void add(const Place& at, std::string message);
  Problems problems_;
};

inline Place field(const Place& parent, std::string_view name) { return {&parent, name, -1}; }
inline Place item(const Place& parent, std::size_t index) { return {&parent, {}, static_cast<int>(index)}; }
inline Place key(const Place& parent, std::string_view name) { return {&parent, name, Place::kKey}; }

// Each returns what is wrong with the text; nothing if it is fine.
std::vector<std::string> check_dns1123_label(std::string_view text);
std::vector<std::string> check_dns1123_subdomain(std::string_view text);
std::vector<std::string> check_dns1035_label(std::string_view text);
std::vector<std::string> check_qualified_name(std::string_view text);
std::vector<std::string> check_label_value(std::string_view text);
std::vector<std::string> check_port_name(std::string_view text);
std::vector<std::string> check_port_number(std::int64_t port);
std::vector<std::string> check_env_var_name(std::string_view text);
std::vector<std::string> check_config_map_key(std::string_view text);
std::vector<std::string> check_percent(std::string_view text);
std::vector<std::string> check_wildcard_subdomain(std::string_view text);
std::vector<std::string> check_path_segment_name(std::string_view text);

enum class NameRule : std::uint8_t { kSubdomain, kLabel, kDns1035, kPathSegment };
// metadata of an object; `old` is null at creation.
void validate_metadata(Report& report, const Object& object, NameRule rule, const Object* old);
void validate_labels(Report& report, const Place& at, const LabelMap& labels);
// A number of at least 0, or a percentage (ValidatePositiveIntOrPercent); of at most 100
// (IsNotMoreThan100Percent); is it nothing of anything?
void validate_amount(Report& report, const Place& at, const IntOrString& value);
void validate_at_most_100_percent(Report& report, const Place& at, const IntOrString& value);
bool is_zero_amount(const std::optional<IntOrString>& value);
void validate_label_selector(Report& report, const Place& at, const LabelSelector& selector);

inline bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}
inline bool contains(std::span<const std::string_view> names, Symbol name) {
  return contains(names, name.view());
}

std::string base64(std::string_view bytes);

}  // namespace seatrial::api
