// Pods that fitted no node until a new one had come: an autoscaler's, or one that takes another's place.
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
  std::string action;  // of the timeline, that brought the last of the nodes
};

struct Arrival {
  SimTime at;
  JournalId record = JournalId::kNone;
};

// When each node joined.
std::map<api::Symbol, Arrival> arrivals(const Evidence& evidence) {
  std::map<api::Symbol, Arrival> arrived;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind == api::Kind::kNode && change.type == cluster::ChangeType::kAdded)
      arrived[change.object->metadata.name] = {evidence.time_of(change), change.cause};
  }
  return arrived;
}

// The entry of the timeline, if the node takes another's place.
std::string replacement_behind(const Evidence& evidence, JournalId record) {
  const std::string action = action_behind(evidence, record);
  const bool replaces = action.starts_with("recycling of ") || action.starts_with("update of node group ");
  return replaces ? action : "";
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
  const std::map<api::Symbol, Arrival> arrived = arrivals(evidence);
  std::map<std::pair<api::Symbol, api::Symbol>, Waiting> by_workload;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !life.created || !life.bound || *life.created < SimTime()) continue;
    const auto node = arrived.find(life.pod->node_name);
    if (node == arrived.end() || node->second.at <= *life.created || *life.bound - *life.created < kLong)
      continue;
    Waiting& waiting = by_workload[{life.workload.namespace_, life.workload.name}];
    ++waiting.pods;
    waiting.first = std::min(waiting.first, *life.created);
    waiting.nodes.insert(life.pod->node_name.str());
    waiting.action = replacement_behind(evidence, node->second.record);
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
    if (waiting.action.empty()) {
      finding.change =
          "keep room for the pods that one step adds: raise the node group's min, or run placeholder pods of "
          "a "
          "negative priority (not below -10) that give way";
    } else {
      finding.chain.push_back("they take the place of others: " + waiting.action);
      finding.change =
          "let the new nodes come before the old ones go: replaceFirst: true, or pace: {every: 5m} and a "
          "surge";
    }
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
