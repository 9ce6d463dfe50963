#include <algorithm>
#include <charconv>
#include <iostream>

#include "sim/api/kinds.h"
#include "sim/checks/evidence.h"
#include "sim/cli/commands.h"
#include "sim/cli/common.h"
#include "sim/report/kubectl_table.h"
#include "sim/report/writers.h"
#include "sim/scenario/causes.h"
#include "sim/scenario/decisions.h"

namespace seatrial::cli {
namespace {

// The scenario played to --at (else to its end), or nothing and what is wrong.
std::optional<scenario::World> world_at(const LookArguments& arguments, std::uint64_t log_every = 0,
                                        const std::string& explained_pod = {}) {
  std::optional<SimTime> at;
  if (!read_instant(arguments.at, "--at", at)) return std::nullopt;
  const auto scenario = open_scenario(arguments.scenario);
  if (!scenario) return std::nullopt;
  return play_with_progress(scenario, {arguments.seed, at, log_every, explained_pod, {}});
}

std::pair<std::string, std::string> split(const std::string& what) {
  const std::size_t slash = what.find('/');
  if (slash == std::string::npos) return {what, ""};
  return {what.substr(0, slash), what.substr(slash + 1)};
}

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

int get(const LookArguments& arguments) {
  const auto [resources, name] = split(arguments.what);
  std::vector<const api::KindInfo*> kinds;
  for (std::size_t from = 0; from <= resources.size();) {
    const std::size_t to = std::min(resources.find(',', from), resources.size());
    const std::string resource = resources.substr(from, to - from);
    kinds.push_back(api::find_kind_by_resource(resource));
    if (!kinds.back()) {
      std::cerr << "error: the server doesn't have a resource type \"" << resource << "\"\n";
      return kBadInput;
    }
    from = to + 1;
  }
  const auto world = world_at(arguments);
  if (!world) return kBadInput;
  const SimTime now = world->cluster().kernel().now();
  std::vector<api::ObjectPtr> all;
  std::string tables;
  for (const api::KindInfo* const kind : kinds) {
    std::vector<api::ObjectPtr> objects = world->cluster().store().list(kind->kind, arguments.name_space);
    if (!name.empty()) {
      std::erase_if(objects,
                    [&](const api::ObjectPtr& object) { return object->metadata.name.view() != name; });
      if (objects.empty()) {
        std::cerr << "Error from server (NotFound): " << kind->qualified_resource() << " \"" << name
                  << "\" not found\n";
        return kBadInput;
      }
    }
    all.insert(all.end(), objects.begin(), objects.end());
    if (objects.empty()) continue;
    const report::KubectlTableOptions options{
        arguments.output == "wide", kind->namespaced && arguments.name_space.empty(), kinds.size() > 1};
    tables += (tables.empty() ? "" : "\n") + report::kubectl_table(objects, now, options);
  }
  if (arguments.output == "json")
    std::cout << report::kubectl_json(all);
  else if (arguments.output == "yaml")
    std::cout << report::kubectl_yaml(all);
  else
    std::cout << (all.empty() ? report::kubectl_table(all, now, {}) : tables);
  return kOk;
}

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
  const auto [kind, name] = split(arguments.what);
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
