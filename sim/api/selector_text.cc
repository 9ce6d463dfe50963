#include "sim/api/selector_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/api/validation.h"

namespace seatrial::api {
namespace {

using Op = LabelSelectorRequirement::Operator;

class SelectorParser {
 public:
  explicit SelectorParser(std::string_view text) : rest_(text) {}

  std::expected<LabelSelector, std::string> selector() {
    LabelSelector result;
    skip_spaces();
    while (!rest_.empty()) {
      auto requirement = read();
      if (!requirement) return std::unexpected("unable to parse requirement: " + requirement.error());
      result.match_expressions.push_back(std::move(*requirement));
      skip_spaces();
      if (rest_.empty()) break;
      if (!take(","))
        return std::unexpected("unable to parse requirement: " + found("',' or 'end of string'"));
      skip_spaces();
      if (rest_.empty())
        return std::unexpected("unable to parse requirement: " + found("identifier after ','"));
    }
    return result;
  }

 private:
  using Requirement = std::expected<LabelSelectorRequirement, std::string>;

  void skip_spaces() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }
  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  std::string word() {
    skip_spaces();
    const std::size_t end = std::min(rest_.find_first_of(" \t,=!()<>"), rest_.size());
    const std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end);
    skip_spaces();
    return text;
  }
  std::string found(std::string_view expected) const {
    return "found '" + std::string(rest_.substr(0, 1)) + "', expected: " + std::string(expected);
  }

  Requirement read() {
    LabelSelectorRequirement requirement;
    const bool absent = take("!");
    const std::string key = word();
    if (key.empty()) return std::unexpected(found("!, identifier, or 'end of string'"));
    if (const auto problems = check_qualified_name(key); !problems.empty())
      return std::unexpected("key: Invalid value: \"" + key + "\": " + problems.front());
    requirement.key = key;
    requirement.op = absent ? Op::kDoesNotExist : Op::kExists;
    if (absent || rest_.empty() || rest_.front() == ',') return requirement;
    if (take("!=")) return equals(std::move(requirement), Op::kNotIn);
    if (take("==") || take("=")) return equals(std::move(requirement), Op::kIn);
    if (take(">")) return equals(std::move(requirement), Op::kGt);
    if (take("<")) return equals(std::move(requirement), Op::kLt);
    const std::string operation = word();
    if (operation == "in") return in_list(std::move(requirement), Op::kIn);
    if (operation == "notin") return in_list(std::move(requirement), Op::kNotIn);
    return std::unexpected("found '" + operation + "', expected: in, notin, =, ==, !=, gt, lt");
  }

  Requirement with_values(LabelSelectorRequirement requirement) const {
    for (const Symbol value : requirement.values) {
      if (const auto problems = check_label_value(value.view()); !problems.empty())
        return std::unexpected("values[0][" + requirement.key.str() + "]: Invalid value: \"" + value.str() +
                               "\": " + problems.front());
    }
    return requirement;
  }
  Requirement equals(LabelSelectorRequirement requirement, Op op) {
    requirement.op = op;
    requirement.values = {word()};
    return with_values(std::move(requirement));
  }
  Requirement in_list(LabelSelectorRequirement requirement, Op op) {
    requirement.op = op;
    if (!take("(")) return std::unexpected(found("'('"));
    do {
      requirement.values.push_back(word());
    } while (take(","));
    if (!take(")")) return std::unexpected(found("',' or ')'"));
    std::ranges::sort(requirement.values);
    return with_values(std::move(requirement));
  }

  std::string_view rest_;
};

}  // namespace

std::expected<LabelSelector, std::string> parse_selector(std::string_view text) {
  return SelectorParser(text).selector();
}

std::string selector_text(const LabelSelector& selector) {
  std::vector<std::pair<Symbol, std::string>> parts;
  for (const auto& [key, value] : selector.match_labels)
    parts.emplace_back(key, key.str() + "=" + value.str());
  for (const LabelSelectorRequirement& requirement : selector.match_expressions) {
    std::string values;
    for (const Symbol value : requirement.values) values += (values.empty() ? "" : ",") + value.str();
    const std::string& key = requirement.key.str();
    std::string text = key;
    if (requirement.op == Op::kDoesNotExist) text = "!" + key;
    if (requirement.op == Op::kIn) text = key + " in (" + values + ")";
    if (requirement.op == Op::kNotIn) text = key + " notin (" + values + ")";
    if (requirement.op == Op::kGt) text = key + ">" + values;
    if (requirement.op == Op::kLt) text = key + "<" + values;
    parts.emplace_back(requirement.key, std::move(text));
  }
  std::ranges::stable_sort(parts, {}, &std::pair<Symbol, std::string>::first);
  std::string all;
  for (const auto& [key, text] : parts) all += (all.empty() ? "" : ",") + text;
  return all;
}

std::string labels_text(const LabelMap& labels) {
  std::string all;
  for (const auto& [key, value] : labels) all += (all.empty() ? "" : ",") + key.str() + "=" + value.str();
  return all;
}

std::string go_text(const std::optional<LabelSelector>& selector) {
  if (!selector) return "nil";
  std::string labels, expressions;
  for (const auto& [key, value] : selector->match_labels) labels += key.str() + ": " + value.str() + ",";
  for (const LabelSelectorRequirement& r : selector->match_expressions) {
    static constexpr const char* kOperators[] = {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"};
    std::string values;
    for (const Symbol value : r.values) values += (values.empty() ? "" : " ") + value.str();
    expressions += fmt::format("LabelSelectorRequirement{{Key:{},Operator:{},Values:[{}],}},", r.key.str(),
                               kOperators[static_cast<std::size_t>(r.op)], values);
  }
  return fmt::format(
      "&LabelSelector{{MatchLabels:map[string]string{{{}}},MatchExpressions:[]LabelSelectorRequirement{{{}}},"
      "}}",
      labels, expressions);
}

}  // namespace seatrial::api
