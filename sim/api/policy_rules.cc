#include "sim/api/policy_rules.h"

#include <algorithm>
#include <set>

#include "sim/api/problem.h"

namespace seatrial::api {
namespace {

using Symbols = std::vector<Symbol>;

bool has(const Symbols& set, Symbol one) { return std::ranges::count(set, one) > 0; }
bool has_all(const Symbols& set, const Symbols& all) {
  return std::ranges::all_of(all, [&](Symbol one) { return has(set, one); });
}

bool resources_cover(const Symbols& held, const Symbols& wanted) {
  if (has(held, "*") || has_all(held, wanted)) return true;
  return std::ranges::all_of(wanted, [&](Symbol path) {
    if (has(held, path)) return true;
    const std::size_t slash = path.view().find('/');
    return slash != std::string_view::npos && has(held, "*" + std::string(path.view().substr(slash)));
  });
}

// A trailing * stands for anything, also for more than one path segment.
bool url_covers(Symbol held, Symbol wanted) {
  if (held == wanted) return true;
  if (!held.view().ends_with('*')) return false;
  const std::size_t last = held.view().find_last_not_of('*');
  return wanted.view().starts_with(held.view().substr(0, last == std::string_view::npos ? 0 : last + 1));
}

bool urls_cover(const Symbols& held, const Symbols& wanted) {
  return std::ranges::all_of(wanted, [&](Symbol url) {
    return std::ranges::any_of(held, [&](Symbol own) { return url_covers(own, url); });
  });
}

bool covers(const PolicyRule& held, const PolicyRule& wanted) {
  const bool verbs = has(held.verbs, "*") || has_all(held.verbs, wanted.verbs);
  const bool groups = has(held.api_groups, "*") || has_all(held.api_groups, wanted.api_groups);
  const bool names = held.resource_names.empty() ||
                     (!wanted.resource_names.empty() && has_all(held.resource_names, wanted.resource_names));
  return verbs && groups && names && resources_cover(held.resources, wanted.resources) &&
         urls_cover(held.non_resource_urls, wanted.non_resource_urls);
}

// Go's %v of a list of strings.
std::string plain_list(const Symbols& texts) {
  std::string all = "[";
  for (const Symbol text : texts) all += (all.size() > 1 ? " " : "") + text.str();
  return all + "]";
}

// PolicyRule.String(), by which kubectl sorts.
std::string sort_text(const PolicyRule& r) {
  return "&PolicyRule{Verbs:" + plain_list(r.verbs) + ",APIGroups:" + plain_list(r.api_groups) +
         ",Resources:" + plain_list(r.resources) + ",ResourceNames:" + plain_list(r.resource_names) +
         ",NonResourceURLs:" + plain_list(r.non_resource_urls) + ",}";
}

bool differ_by_verbs(const PolicyRule& a, const PolicyRule& b) {
  return a.non_resource_urls.empty() && b.non_resource_urls.empty() && a.api_groups == b.api_groups &&
         a.resources == b.resources && a.resource_names == b.resource_names;
}

std::string text_of_rule(const PolicyRule& rule) {
  std::string text;
  const auto add = [&](const char* name, const Symbols& list) {
    if (list.empty()) return;
    text += (text.empty() ? "" : ", ") + std::string(name) + ":" + quoted_list(list);
  };
  add("APIGroups", rule.api_groups);
  add("Resources", rule.resources);
  add("NonResourceURLs", rule.non_resource_urls);
  add("ResourceNames", rule.resource_names);
  add("Verbs", rule.verbs);
  return "{" + text + "}";
}

}  // namespace

std::vector<PolicyRule> broken_down(std::span<const PolicyRule> rules) {
  std::vector<PolicyRule> parts;
  for (const PolicyRule& rule : rules) {
    const Symbols any{Symbol()};
    const Symbols& names = rule.resource_names.empty() ? any : rule.resource_names;
    for (const Symbol group : rule.api_groups)
      for (const Symbol resource : rule.resources)
        for (const Symbol verb : rule.verbs)
          for (const Symbol name : names)
            parts.push_back({{verb},
                             {group},
                             {resource},
                             rule.resource_names.empty() ? Symbols() : Symbols{name},
                             {},
                             rule.source});
    for (const Symbol url : rule.non_resource_urls)
      for (const Symbol verb : rule.verbs) parts.push_back({{verb}, {}, {}, {}, {url}, rule.source});
  }
  return parts;
}

std::vector<PolicyRule> compacted(std::span<const PolicyRule> broken) {
  std::vector<PolicyRule> all;
  for (const PolicyRule& rule : broken) {
    const auto same =
        std::ranges::find_if(all, [&](const PolicyRule& r) { return differ_by_verbs(r, rule); });
    if (same == all.end()) {
      all.push_back(rule);
      continue;
    }
    for (const Symbol verb : rule.verbs)
      if (!has(same->verbs, verb)) same->verbs.push_back(verb);
  }
  std::ranges::stable_sort(all, {}, sort_text);
  return all;
}

std::vector<PolicyRule> not_covered(std::span<const PolicyRule> held, std::span<const PolicyRule> wanted) {
  std::vector<PolicyRule> missing = broken_down(wanted);
  std::erase_if(missing, [&](const PolicyRule& part) {
    return std::ranges::any_of(held, [&](const PolicyRule& own) { return covers(own, part); });
  });
  return missing;
}

std::string compact_text(std::span<const PolicyRule> missing) {
  std::vector<PolicyRule> all;
  for (const PolicyRule& rule : missing) {
    const auto same = std::ranges::find_if(
        all, [&](const PolicyRule& r) { return rule.resource_names.empty() && differ_by_verbs(r, rule); });
    if (same == all.end())
      all.push_back(rule);
    else
      same->verbs.insert(same->verbs.end(), rule.verbs.begin(), rule.verbs.end());
  }
  std::set<std::string> lines;
  for (const PolicyRule& rule : all) lines.insert(text_of_rule(rule));
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

PolicyRuleCells cells_of(const PolicyRule& rule) {
  PolicyRuleCells cells{"", plain_list(rule.non_resource_urls), plain_list(rule.resource_names),
                        plain_list(rule.verbs)};
  if (rule.resources.empty()) return cells;
  const std::string_view path = rule.resources.front().view();
  const std::size_t slash = std::min(path.find('/'), path.size());
  cells.resource = path.substr(0, slash);
  if (!rule.api_groups.empty() && !rule.api_groups.front().empty())
    cells.resource += "." + rule.api_groups.front().str();
  cells.resource += path.substr(slash);
  return cells;
}

std::string quoted_list(std::span<const Symbol> texts) {
  std::string all = "[";
  for (const Symbol text : texts) all += (all.size() > 1 ? " " : "") + quoted(text.view());
  return all + "]";
}

}  // namespace seatrial::api
