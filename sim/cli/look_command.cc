#include <algorithm>
#include <charconv>
#include <iostream>

#include "sim/checks/evidence.h"
#include "sim/cli/commands.h"
#include "sim/cli/look.h"
#include "sim/report/writers.h"
#include "sim/scenario/causes.h"
#include "sim/scenario/decisions.h"

namespace seatrial::cli {
namespace {

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// REQUIRES: the world logs every request.
int explain_request(const scenario::World& world, const std::string& name) {
  const auto& cluster = world.cluster();
  const traffic::Traffic& traffic = cluster.traffic();
  const std::uint64_t id = number(name).value_or(traffic.sent());
  if (id >= traffic.sent()) {
    std::cerr << "request/" << name << ": there is no such request";
    if (traffic.sent() > 0) std::cerr << "; they are request/0 to request/" << traffic.sent() - 1;
    std::cerr << "\n";
    return kBadInput;
  }
  const checks::Evidence evidence(cluster.kernel(), cluster.store(), traffic, world.recorder().history());
  const scenario::Causes causes(evidence);
  const auto& failures = traffic.accounts().failures();
  const auto failure = std::ranges::find(failures, id, &traffic::FailedRequest::id);
  const traffic::RequestLog& log = traffic.accounts().log();
  const auto row = static_cast<std::size_t>(std::ranges::find(log.id, id) - log.id.begin());
  if (failure != failures.end()) {
    std::cout << report::explain_request(causes.explained(*failure), terminal_style());
  } else if (row < log.size()) {
    std::cout << report::explain_request(causes.logged(log, row), terminal_style());
  } else {
    std::cout << "request/" << name << " is in flight at " << to_string(cluster.kernel().now().since_start())
              << "\n";
  }
  return kOk;
}

int explain_pod(const scenario::World& world, const std::string& name, const std::string& name_space) {
  const report::RunResult result = scenario::collect(world);
  bool found = false;
  for (const report::PodRow& pod : result.pods) {
    if (pod.name != name || (!name_space.empty() && pod.namespace_ != name_space)) continue;
    std::cout << report::explain_pod(result, pod, terminal_style());
    if (const auto scheduling = scenario::scheduling_of(world, pod.namespace_, pod.name))
      std::cout << report::explain_scheduling(*scheduling, terminal_style());
    found = true;
  }
  if (found) return kOk;
  std::cerr << "Error from server (NotFound): pods \"" << name << "\" not found";
  if (!result.pods.empty()) std::cerr << "; one that there was is pod/" << result.pods.back().name;
  std::cerr << "\n";
  return kBadInput;
}

int explain_finding(const scenario::World& world, const std::string& name) {
  const report::RunResult result = scenario::collect(world);
  const auto id = number(name);
  for (std::size_t i = 0; i < result.findings.size(); ++i) {
    if ((id && *id == i + 1) || result.findings[i].rule == name) {
      std::cout << report::explain_finding(result.findings[i], i + 1, terminal_style());
      return kOk;
    }
  }
  std::cerr << "finding/" << name << ": the run has " << result.findings.size()
            << (result.findings.size() == 1 ? " finding\n" : " findings\n");
  return kBadInput;
}

}  // namespace

int events(const LookArguments& arguments) {
  const auto world = world_at(arguments);
  if (!world) return kBadInput;
  const report::RunResult result = scenario::collect(*world);
  if (arguments.output == "json") {
    std::cout << report::json_report({result});
    return kOk;
  }
  std::vector<report::EventRow> rows = result.events;
  std::erase_if(rows, [&](const report::EventRow& row) {
    return !arguments.name_space.empty() && row.namespace_ != arguments.name_space;
  });
  std::ranges::stable_sort(rows, {}, &report::EventRow::last);
  std::cout << report::events_table(rows, result.end);
  return kOk;
}

int explain(const LookArguments& arguments) {
  const auto [kind, name] = split_name(arguments.what);
  const bool known = kind == "request" || kind == "pod" || kind == "finding";
  if (!known || name.empty()) {
    std::cerr << "explain: expected request/N, pod/NAME or finding/N, got \"" << arguments.what << "\"\n";
    return kBadInput;
  }
  const auto world = world_at(arguments, kind == "request" ? 1 : 0, kind == "pod" ? name : "");
  if (!world) return kBadInput;
  if (kind == "request") return explain_request(*world, name);
  if (kind == "pod") return explain_pod(*world, name, arguments.name_space);
  return explain_finding(*world, name);
}

}  // namespace seatrial::cli
