#include "sim/controllers/pod_ranking.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <map>

#include "sim/engine/check.h"

namespace seatrial::controllers {

using api::Pod;
using api::Symbol;

namespace {

std::int32_t phase_ordinal(api::PodPhase phase) {
  switch (phase) {
    case api::PodPhase::kPending:
      return 0;
    case api::PodPhase::kUnknown:
      return 1;
    default:
      return 2;
  }
}

std::int32_t deletion_cost(const Pod& pod) {
  static const Symbol kCost = "controller.kubernetes.io/pod-deletion-cost";
  const std::string_view text = pod.metadata.annotations->get(kCost);
  std::int32_t cost = 0;
  std::from_chars(text.data(), text.data() + text.size(), cost);
  return cost;
}

bool is_sidecar(const Pod& pod, Symbol name) {
  const auto& inits = pod.spec->init_containers;
  const auto it = std::ranges::find(inits, name, &api::Container::name);
  return it != inits.end() && it->restart_policy == api::RestartPolicy::kAlways;
}

// Of two times: the bucket's difference; 0 in one bucket.
int bucket_difference(SimTime a, SimTime b, SimTime now) {
  const auto bucket = [&](SimTime t) {
    const std::int64_t age = (now - t).count();
    return age <= 0 ? -1 : static_cast<int>(std::bit_width(static_cast<std::uint64_t>(age))) - 1;
  };
  return bucket(a) - bucket(b);
}

// Nothing if the times are equal, else whether the first goes first.
std::optional<bool> younger(const std::optional<SimTime>& a, const std::optional<SimTime>& b,
                            const PodRank& x, const PodRank& y, SimTime now) {
  if (a == b) return std::nullopt;
  if (!a || !b) return !a;
  const int difference = bucket_difference(*a, *b, now);
  return difference == 0 ? x.uid < y.uid : difference < 0;
}

// A merge sort of its own: std::sort demands an order that `goes_first` is not, and libraries would then
// disagree.
void merge_sort(std::vector<PodRank>& pods, SimTime now) {
  // Last resort among equals: the UID. (Kubernetes leaves them in the random order of its cache.)
  const auto before = [&](const PodRank& a, const PodRank& b) {
    if (goes_first(a, b, now)) return true;
    return !goes_first(b, a, now) && a.uid < b.uid;
  };
  std::vector<PodRank> merged(pods.size());
  for (std::size_t width = 1; width < pods.size(); width *= 2) {
    for (std::size_t begin = 0; begin < pods.size(); begin += 2 * width) {
      const std::size_t middle = std::min(begin + width, pods.size()),
                        end = std::min(begin + 2 * width, pods.size());
      for (std::size_t out = begin, left = begin, right = middle; out < end; ++out) {
        const bool from_right = left == middle || (right < end && before(pods[right], pods[left]));
        merged[out] = from_right ? pods[right++] : pods[left++];
      }
    }
    pods.swap(merged);
  }
}

}  // namespace

PodRank describe(const Pod& pod, std::int32_t rank) {
  static const Symbol kReady = "Ready";
  PodRank r;
  r.pod = &pod;
  r.assigned = !pod.node_name.empty();
  r.phase = phase_ordinal(pod.status.phase);
  r.cost = deletion_cost(pod);
  r.rank = rank;
  r.created = pod.metadata.creation_timestamp;
  r.uid = pod.metadata.uid;
  const api::Condition* const ready = find_condition(pod.status.conditions, kReady);
  if (ready && ready->status == api::ConditionStatus::kTrue) {
    r.ready = true;
    r.ready_since = ready->last_transition_time;
  }
  for (const api::ContainerStatus& c : pod.status.container_statuses)
    r.restarts = std::max(r.restarts, c.restart_count);
  for (const api::ContainerStatus& c : pod.status.init_container_statuses) {
    if (is_sidecar(pod, c.name)) r.sidecar_restarts = std::max(r.sidecar_restarts, c.restart_count);
  }
  return r;
}

bool goes_first(const PodRank& a, const PodRank& b, SimTime now) {
  if (a.assigned != b.assigned) return !a.assigned;
  if (a.phase != b.phase) return a.phase < b.phase;
  if (a.ready != b.ready) return !a.ready;
  if (a.cost != b.cost) return a.cost < b.cost;
  if (a.rank != b.rank) return a.rank > b.rank;
  if (a.ready && b.ready) {
    if (const auto decided = younger(a.ready_since, b.ready_since, a, b, now)) return *decided;
  }
  if (a.restarts != b.restarts) return a.restarts > b.restarts;
  if (a.sidecar_restarts != b.sidecar_restarts) return a.sidecar_restarts > b.sidecar_restarts;
  return younger(a.created, b.created, a, b, now).value_or(false);
}

std::vector<const Pod*> pods_to_delete(std::span<const Pod* const> pods, std::span<const Pod* const> related,
                                       std::size_t count, SimTime now) {
  CHECK(count <= pods.size());
  if (count == pods.size()) return {pods.begin(), pods.end()};
  std::map<Symbol, std::int32_t> on_node;
  for (const Pod* pod : related) {
    if (is_pod_active(*pod)) ++on_node[pod->node_name];
  }
  std::vector<PodRank> ranked;
  ranked.reserve(pods.size());
  for (const Pod* pod : pods) {
    const auto it = on_node.find(pod->node_name);
    ranked.push_back(describe(*pod, it == on_node.end() ? 0 : it->second));
  }
  merge_sort(ranked, now);
  std::vector<const Pod*> victims;
  for (std::size_t i = 0; i < count; ++i) victims.push_back(ranked[i].pod);
  return victims;
}

}  // namespace seatrial::controllers
