#include "sim/api/meta.h"

#include <algorithm>
#include <charconv>

namespace seatrial::api {

const Symbol* LabelMap::find(Symbol key) const {
  for (const Entry& entry : entries_) {
    if (entry.first == key) return &entry.second;
  }
  return nullptr;
}

std::string_view LabelMap::get(Symbol key) const {
  const Symbol* const value = find(key);
  return value ? value->view() : std::string_view();
}

void LabelMap::set(Symbol key, Symbol value) {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), key,
                                   [](const Entry& entry, Symbol k) { return entry.first < k; });
  if (at != entries_.end() && at->first == key) {
    at->second = value;
  } else {
    entries_.insert(at, Entry(key, value));
  }
}

void LabelMap::erase(Symbol key) {
  std::erase_if(entries_, [key](const Entry& entry) { return entry.first == key; });
}

// 8-4-4-4-12 hexadecimal digits.
std::string Uid::str() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) text += '-';
    const std::uint64_t half = nibble < 16 ? high : low;
    text += kDigits[(half >> (60 - 4 * (nibble % 16))) & 15];
  }
  return text;
}

const OwnerReference* ObjectMeta::controller_ref() const {
  for (const OwnerReference& owner : owner_references) {
    if (owner.controller) return &owner;
  }
  return nullptr;
}

namespace {

bool parse_integer(std::string_view text, std::int64_t& number) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && result.ec == std::errc() && result.ptr == text.data() + text.size();
}

// Gt and Lt (node affinity) compare integers; anything else does not match.
bool compares(const Symbol* value, const std::vector<Symbol>& bound, bool greater) {
  std::int64_t left = 0, right = 0;
  if (!value || bound.size() != 1) return false;
  if (!parse_integer(value->view(), left) || !parse_integer(bound[0].view(), right)) return false;
  return greater ? left > right : left < right;
}

bool matches_requirement(const LabelSelectorRequirement& requirement, const LabelMap& labels) {
  using Op = LabelSelectorRequirement::Operator;
  const Symbol* const value = labels.find(requirement.key);
  const auto listed = [&] {
    return std::find(requirement.values.begin(), requirement.values.end(), *value) !=
           requirement.values.end();
  };
  switch (requirement.op) {
    case Op::kIn:
      return value && listed();
    case Op::kNotIn:
      return !value || !listed();
    case Op::kExists:
      return value != nullptr;
    case Op::kDoesNotExist:
      return value == nullptr;
    case Op::kGt:
      return compares(value, requirement.values, true);
    case Op::kLt:
      return compares(value, requirement.values, false);
  }
  return false;
}

}  // namespace

bool LabelSelector::matches(const LabelMap& labels) const {
  for (const auto& [key, value] : match_labels) {
    const Symbol* const found = labels.find(key);
    if (!found || *found != value) return false;
  }
  return std::all_of(match_expressions.begin(), match_expressions.end(),
                     [&](const LabelSelectorRequirement& r) { return matches_requirement(r, labels); });
}

std::string_view to_string(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::kTrue:
      return "True";
    case ConditionStatus::kFalse:
      return "False";
    case ConditionStatus::kUnknown:
      return "Unknown";
  }
  return "Unknown";
}

namespace {
const Condition* condition_of_type(const std::vector<Condition>& conditions, auto type) {
  for (const Condition& condition : conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}
}  // namespace

const Condition* find_condition(const std::vector<Condition>& conditions, Symbol type) {
  return condition_of_type(conditions, type);
}
const Condition* find_condition(const std::vector<Condition>& conditions, const char* type) {
  return condition_of_type(conditions, type);
}

}  // namespace seatrial::api
