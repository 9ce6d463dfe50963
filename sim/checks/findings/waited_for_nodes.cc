// Pods that fitted no node until an autoscaler had brought one.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

constexpr Duration kLong = Duration::seconds(20);

// Of one workload: who waited, and for which nodes.
struct Waiting {
  std::size_t pods = 0;
  Duration longest;
  SimTime first = SimTime::max();
  std::set<std::string> nodes;
  const PodLife* example = nullptr;
};

// When each node joined.
std::map<api::Symbol, SimTime> arrivals(const Evidence& evidence) {
  std::map<api::Symbol, SimTime> arrived;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind == api::Kind::kNode && change.type == cluster::ChangeType::kAdded)
      arrived[change.object->metadata.name] = evidence.time_of(change);
  }
  return arrived;
}

// What the scheduler said of the pod; empty if nothing.
std::string refusal_of(const Evidence& evidence, const PodLife& life) {
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kEvent) continue;
    const auto& event = static_cast<const api::ApiEvent&>(*change.object);
    if (event.reason == "FailedScheduling" && event.involved_name == life.pod->metadata.name &&
        event.metadata.namespace_ == life.pod->metadata.namespace_)
      return event.message;
  }
  return {};
}

}  // namespace

void pods_waited_for_nodes(const Evidence& evidence, std::vector<Finding>& findings) {
  const std::map<api::Symbol, SimTime> arrived = arrivals(evidence);
  std::map<std::pair<api::Symbol, api::Symbol>, Waiting> by_workload;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !life.created || !life.bound || *life.created < SimTime()) continue;
    const auto node = arrived.find(life.pod->node_name);
    if (node == arrived.end() || node->second <= *life.created || *life.bound - *life.created < kLong)
      continue;
    Waiting& waiting = by_workload[{life.workload.namespace_, life.workload.name}];
    ++waiting.pods;
    waiting.first = std::min(waiting.first, *life.created);
    waiting.nodes.insert(life.pod->node_name.str());
    if (*life.bound - *life.created <= waiting.longest) continue;
    waiting.longest = *life.bound - *life.created;
    waiting.example = &life;
  }
  for (const auto& [name, waiting] : by_workload) {
    Finding finding;
    finding.object = waiting.example->workload;
    if (const api::Container* const container = first_container(*waiting.example))
      finding.manifest = container->source;
    finding.what = plural(waiting.pods, "pod") + " of " + finding.object.str() +
                   " waited for new nodes, up to " + about(waiting.longest);
    finding.chain.push_back("from " + about(waiting.first.since_start()) +
                            " on they fitted no node: " + refusal_of(evidence, *waiting.example));
    finding.chain.push_back(plural(waiting.nodes.size(), "node") +
                            " had to come first: " + joined(waiting.nodes));
    finding.change =
        "keep room for the pods that one step adds: raise the node group's min, or run placeholder pods of a "
        "negative priority (not below -10) that give way";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
