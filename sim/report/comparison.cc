// The versions of one scenario beside each other: what tells them apart, and nothing else.
#include <algorithm>
#include <map>

#include "sim/report/writers.h"

namespace seatrial::report {
namespace {

std::string version_name(const RunResult& result) { return result.variant.empty() ? "base" : result.variant; }

std::size_t longest_name(const std::vector<RunResult>& versions) {
  std::size_t width = 0;
  for (const RunResult& result : versions) width = std::max(width, display_width(version_name(result)));
  return width;
}

std::vector<std::string> request_cells(const RunResult& result) {
  std::uint64_t total = 0, failed = 0, ended = 0;
  Duration p99;
  for (const Requests& load : result.requests) {
    total += load.total;
    failed += load.failed;
    ended += load.ok + load.failed;
    p99 = std::max(p99, load.latency.p99);
  }
  return {with_thousands(total), with_thousands(failed), share_text(failed, ended), human(p99)};
}

std::string numbers(const std::vector<RunResult>& versions) {
  const bool requests = std::ranges::any_of(versions, [](const auto& r) { return !r.requests.empty(); });
  std::vector<std::string> heading{"", "", "expectations"};
  if (requests) heading.insert(heading.end(), {"requests", "failed", "", "worst p99"});
  heading.insert(heading.end(), {"pods made", "findings"});
  std::vector<std::size_t> right;
  for (std::size_t i = 2; i < heading.size(); ++i) right.push_back(i);
  Table table(heading);
  for (const RunResult& result : versions) {
    const auto held = std::ranges::count(result.expectations, true, &Expectation::held);
    std::vector<std::string> row{
        version_name(result), result.pass ? "PASS" : "FAIL",
        std::to_string(held) + " of " + std::to_string(result.expectations.size()) + " held"};
    if (requests) std::ranges::move(request_cells(result), std::back_inserter(row));
    const auto made = std::ranges::count_if(
        result.pods, [](const PodRow& pod) { return pod.created && *pod.created >= SimTime(); });
    row.push_back(with_thousands(static_cast<std::uint64_t>(made)));
    row.push_back(std::to_string(result.findings.size()));
    table.add(std::move(row));
  }
  return table.str(2, right);
}

struct Said {
  const RunResult* version;
  const Expectation* expectation;
};

// Where one holds and another does not, or not all have it, each one's own words.
std::string expectations_apart(const std::vector<RunResult>& versions, const Style& style) {
  std::vector<std::pair<std::string, std::vector<Said>>> by_text;  // in order of first appearance
  for (const RunResult& result : versions) {
    for (const Expectation& expectation : result.expectations) {
      auto at = std::ranges::find(by_text, expectation.text, [](const auto& row) { return row.first; });
      if (at == by_text.end()) at = by_text.insert(at, {expectation.text, {}});
      at->second.push_back({&result, &expectation});
    }
  }
  std::string text;
  const std::size_t width = longest_name(versions);
  for (const auto& [what, said] : by_text) {
    const auto held = static_cast<std::size_t>(
        std::ranges::count_if(said, [](const Said& each) { return each.expectation->held; }));
    if (said.size() == versions.size() && (held == 0 || held == said.size())) continue;
    text += "  " + wrapped(what, style.width, 4) + "\n";
    for (const auto& [version, expectation] : said) {
      text +=
          "    " + padded(version_name(*version), width) + "  " +
          (expectation->held ? style.paint(Colour::kGreen, "held  ") : style.paint(Colour::kRed, "FAILED")) +
          "  " + wrapped(expectation->seen, style.width, 4 + width + 10) + "\n";
    }
  }
  return text.empty() ? "" : "\n" + style.paint(Colour::kBold, "What holds in some only") + "\n" + text;
}

std::string findings_apart(const std::vector<RunResult>& versions, const Style& style) {
  std::map<std::string, std::vector<std::string>> names;  // of versions, by rule
  for (const RunResult& result : versions) {
    for (const Finding& finding : result.findings) {
      std::vector<std::string>& of = names[finding.rule];
      if (of.empty() || of.back() != version_name(result)) of.push_back(version_name(result));
    }
  }
  std::string text;
  for (const auto& [rule, of] : names) {
    if (of.size() == versions.size()) continue;
    std::string all;
    for (const std::string& name : of) all += (all.empty() ? "" : ", ") + name;
    text += "  " + wrapped(rule + ": " + all, style.width, 4) + "\n";
  }
  return text.empty() ? "" : "\n" + style.paint(Colour::kBold, "Findings of some only") + "\n" + text;
}

}  // namespace

std::string comparison_report(const std::vector<RunResult>& versions, const Style& style) {
  if (versions.size() < 2) return "";
  return style.paint(Colour::kBold,
                     versions.front().scenario + ", " + std::to_string(versions.size()) + " versions") +
         "\n" + numbers(versions) + expectations_apart(versions, style) + findings_apart(versions, style);
}

}  // namespace seatrial::report
