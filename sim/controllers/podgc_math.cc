#include "sim/controllers/podgc_math.h"

#include <algorithm>

namespace seatrial::controllers {

using api::Pod;
using api::Symbol;

namespace {

bool is_evicted(const Pod& pod) {
  return pod.status.phase == api::PodPhase::kFailed && pod.status.reason == Symbol("Evicted");
}

bool is_collected_first(const Pod* a, const Pod* b) {
  if (is_evicted(*a) != is_evicted(*b)) return is_evicted(*a);
  const SimTime first = a->metadata.creation_timestamp, second = b->metadata.creation_timestamp;
  return first == second ? a->metadata.name < b->metadata.name : first < second;
}

}  // namespace

SimTime podgc_round_of(SimTime at) {
  Duration into = at.since_start() % kPodGcRound;
  if (into < Duration()) into += kPodGcRound;
  return at - into;
}

Duration until_podgc_round(SimTime now) { return podgc_round_of(now) + kPodGcRound - now; }

std::vector<const Pod*> terminated_pods_to_delete(std::span<const Pod* const> terminated,
                                                  std::size_t threshold) {
  if (terminated.size() <= threshold) return {};
  std::vector<const Pod*> pods(terminated.begin(), terminated.end());
  std::ranges::sort(pods, is_collected_first);
  pods.resize(pods.size() - threshold);
  return pods;
}

bool is_out_of_service(const api::Node& node) {
  const api::Condition* const ready = api::find_condition(node.conditions, "Ready");
  if (ready && ready->status == api::ConditionStatus::kTrue) return false;
  return std::ranges::any_of(node.taints, [](const api::Taint& taint) {
    return taint.key == Symbol("node.kubernetes.io/out-of-service");
  });
}

}  // namespace seatrial::controllers
