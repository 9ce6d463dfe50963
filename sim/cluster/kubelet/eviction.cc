// The memory of whole nodes: the eviction manager's checks, and the kernel's kills between them.
//
// A node is looked at only while the processes on it could come to use so much: the bound is what their
// limits, or their queues and their growth, allow. Then the eviction manager checks every ten seconds, and,
// where even more than there is could be used, the kernel's part is worked out once a second (in reality: at
// once). Source: pkg/kubelet/eviction/eviction_manager.go (Start, synchronize, evictPod); reference §3.8.
#include <fmt/format.h>

#include <algorithm>

#include "sim/api/resources.h"
#include "sim/cluster/kubelet/eviction_math.h"
#include "sim/cluster/kubelet/kubelet.h"

namespace seatrial::cluster {

namespace {

constexpr Duration kLookPeriod = Duration::seconds(1), kCheckPeriod = Duration::seconds(10);
constexpr Duration kCleanupTimeout = Duration::seconds(30);  // podCleanupTimeout
constexpr std::int64_t kEvictionGrace = 1;                   // immediateEvictionGracePeriodSeconds

// The first of phase, phase ± period, … after now.
SimTime next_of(SimTime now, Duration phase, Duration period) {
  Duration into = (now.since_start() - phase) % period;
  if (into < Duration()) into += period;
  return now + (period - into);
}

std::int64_t memory_requested(const api::PodSpec& spec) {
  return api::amount(api::pod_requests(spec), "memory").value();
}

}  // namespace

// Calls visit(pod, container) for each process on the node whose use of memory is known.
template <class Visit>
void Kubelet::for_each_measured(std::uint32_t number, Visit&& visit) const {
  for (const std::uint32_t pod : nodes_[number].pods) {
    const KubeletPod& p = pods_[pod];
    for (std::size_t i = 0; i < p.containers.size(); ++i)
      if (p.containers[i].process.running && behaviour_of(p, i).memory) visit(pod, static_cast<Index>(i));
  }
}

std::int64_t Kubelet::most_memory_on(std::uint32_t number) const {
  std::int64_t sum = 0;
  for_each_measured(number, [&](std::uint32_t pod, Index i) {
    const KubeletPod& p = pods_[pod];
    const ImageBehaviour& behaviour = behaviour_of(p, i);
    const std::int64_t requests = is_server(p, i) ? std::int64_t{behaviour.concurrency} + behaviour.queue : 0;
    const std::int64_t limit = memory_limit(container_at(*p.object->spec, i)).value_or(kMostMemory);
    sum = std::min(kMostMemory, sum + std::min(limit, most_memory(*behaviour.memory, requests)));
  });
  return sum;
}

void Kubelet::watch_memory(const Step& step, std::uint32_t number) {
  NodeMemory& memory = nodes_[number].memory;
  if (memory.watched || !memory.limit) return;
  const std::int64_t most = most_memory_on(number);
  if (most <= *memory.limit - config_.eviction_hard_memory.value()) return;
  if (memory.timer == TimerId::kNone) {
    memory.timer = step.kernel.queue().new_timer();
    RandomStream phase = step.kernel.stream("kubelet/" + nodes_[number].name.str() + "/eviction");
    memory.phase = Duration::nanos(
        static_cast<std::int64_t>(phase.below(static_cast<std::uint64_t>(kCheckPeriod.count()))));
  }
  memory.next_check = next_of(step.now(), memory.phase, kCheckPeriod);
  arm_look(step, number, most);
}

void Kubelet::arm_look(const Step& step, std::uint32_t number, std::int64_t most) {
  NodeMemory& memory = nodes_[number].memory;
  memory.watched = true;
  const bool every_second = memory.victim || most > *memory.limit;
  const SimTime next =
      every_second ? next_of(step.now(), memory.phase, kLookPeriod) : std::max(step.now(), memory.next_check);
  arm(step, memory.timer, number, KubeletEvent::kMemoryLooked, next - step.now());
}

void Kubelet::look_at_memory(const Step& step, std::uint32_t number) {
  NodeMemory& memory = nodes_[number].memory;
  memory.watched = false;
  kill_until_memory_suffices(step, number);
  const bool waits = waits_for_victim(number, step.now());
  if (!waits && (memory.victim || step.now() >= memory.next_check)) check_memory(step, number);
  const std::int64_t most = most_memory_on(number);
  const bool may_come_short = most > *memory.limit - config_.eviction_hard_memory.value();
  if (may_come_short || memory.pressure || memory.victim) arm_look(step, number, most);
}

// The kernel's part: the process with the most points goes, until what is left fits.
void Kubelet::kill_until_memory_suffices(const Step& step, std::uint32_t number) {
  const KubeletNode& node = nodes_[number];
  for (;;) {
    std::vector<OomCandidate> candidates;
    std::vector<std::pair<std::uint32_t, Index>> processes;
    std::int64_t used = 0;
    for_each_measured(number, [&](std::uint32_t pod, Index i) {
      const api::PodSpec& spec = *pods_[pod].object->spec;
      candidates.push_back(
          {memory_of(step, pod, i), oom_score_adj(spec, container_at(spec, i), node.memory.capacity)});
      processes.emplace_back(pod, i);
      used += candidates.back().used;
    });
    if (used <= *node.memory.limit) return;
    const std::size_t victim = oom_victim(candidates, *node.memory.limit);
    const auto [pod, i] = processes[victim];
    KubeletContainer& c = pods_[pod].containers[i];
    JournalRecord killed{};
    killed.type = static_cast<std::uint16_t>(RecordType::kOutOfMemory);
    killed.subject_kind = static_cast<std::uint8_t>(api::Kind::kPod);
    killed.subject = pod;
    killed.other_kind = static_cast<std::uint8_t>(api::Kind::kNode);
    killed.other = step.api.store().find(api::Kind::kNode, {}, node.name).index;
    killed.value = candidates[victim].used;
    killed.cause = c.record;
    killed.text = step.kernel.journal().text(
        fmt::format("all pods on {} used {}, of {} that they may; this one used {}, oom_score_adj {}",
                    node.name.str(), memory_text(used), memory_text(*node.memory.limit),
                    memory_text(killed.value), candidates[victim].score_adj));
    c.record = step.kernel.record(killed);
    process_ends(step, pod, i, 137, true);
  }
}

// The pod that was evicted last is still there.
bool Kubelet::waits_for_victim(std::uint32_t number, SimTime now) const {
  const NodeMemory& memory = nodes_[number].memory;
  if (!memory.victim || now >= memory.wait_until) return false;
  const KubeletPod& p = pods_[*memory.victim];
  return p.object && p.ending && !p.removed;
}

void Kubelet::check_memory(const Step& step, std::uint32_t number) {
  NodeMemory& memory = nodes_[number].memory;
  std::int64_t used = 0;
  for_each_measured(number, [&](std::uint32_t pod, Index i) { used += memory_of(step, pod, i); });
  const std::int64_t available = std::max<std::int64_t>(0, *memory.limit - used);
  const bool is_short = available < config_.eviction_hard_memory.value();
  memory.victim.reset();
  memory.next_check = step.now() + kCheckPeriod;
  if (is_short) memory.short_at = step.now();
  const bool pressure = memory.short_at && step.now() - *memory.short_at < config_.pressure_transition_period;
  if (std::exchange(memory.pressure, pressure) != pressure) node_status_changed(step, number);
  if (is_short) evict_one(step, number, available);
}

void Kubelet::evict_one(const Step& step, std::uint32_t number, std::int64_t available) {
  report_about_node(step, number, true, "EvictionThresholdMet", "Attempting to reclaim memory");
  std::vector<EvictionCandidate> candidates;
  std::vector<std::uint32_t> pods;
  for (const std::uint32_t pod : nodes_[number].pods) {
    const KubeletPod& p = pods_[pod];
    if (p.stopped) continue;
    EvictionCandidate candidate{false, 0, memory_requested(*p.object->spec),
                                p.object->spec->priority.value_or(0)};
    for (std::size_t i = 0; i < p.containers.size(); ++i) {
      candidate.measured |= p.containers[i].run.running();
      if (p.containers[i].process.running && behaviour_of(p, i).memory)
        candidate.used += memory_of(step, pod, static_cast<Index>(i));
    }
    candidates.push_back(candidate);
    pods.push_back(pod);
  }
  for (const std::size_t i : rank_for_eviction(candidates)) {
    const KubeletPod& p = pods_[pods[i]];
    if (is_critical(*p.object->spec)) continue;
    PodEnding ending{"Evicted", eviction_words(step, pods[i], available)};
    nodes_[number].memory.victim = pods[i];
    nodes_[number].memory.wait_until = step.now() + kCleanupTimeout;
    report_pod(step, p, true, ending.reason, ending.message);
    const JournalId cause = p.containers[p.object->spec->init_containers.size()].record;
    return end_pod(step, pods[i], kEvictionGrace, std::move(ending), cause);
  }
}

std::string Kubelet::eviction_words(const Step& step, std::uint32_t pod, std::int64_t available) const {
  const KubeletPod& p = pods_[pod];
  const api::PodSpec& spec = *p.object->spec;
  std::vector<ContainerMemory> containers;
  for (std::size_t i = spec.init_containers.size(); i < p.containers.size(); ++i) {
    if (!p.containers[i].process.running || !behaviour_of(p, i).memory) continue;
    const api::Container& container = container_at(spec, i);
    containers.push_back({container.name, memory_of(step, pod, static_cast<Index>(i)),
                          api::amount(container.resources.requests, "memory")});
  }
  return eviction_message(config_.eviction_hard_memory, available, containers);
}

}  // namespace seatrial::cluster
