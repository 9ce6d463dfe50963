// A container's memory against its limit. Both kinds of use are known ahead: growth, for which an event is
// set at the instant at which it matters, and requests, whose number the observer is told. Source: the
// kernel's memory cgroup (memory.max, memory.oom.group); reference §3.4; golden/kubelet/oomkill-memory-limit.
#include <fmt/format.h>

#include <algorithm>

#include "sim/api/resources.h"
#include "sim/cluster/kubelet/eviction_math.h"
#include "sim/cluster/kubelet/kubelet.h"

namespace seatrial::cluster {

namespace {

// "129Mi used, limits.memory is 128Mi: 100Mi by itself, 1Mi for each of 29 requests".
std::string what_for(const MemoryUse& use, Duration age, std::int64_t held) {
  std::string text = memory_text(memory_used(use, age, 0)) + " by itself";
  if (use.growth > 0) text += " (" + to_string(truncated(age, Duration::seconds(1))) + " old)";
  if (held > 0) text += fmt::format(", {} for each of {} requests", memory_text(use.per_request), held);
  return text;
}

}  // namespace

std::int64_t Kubelet::requests_held(const Step& step, std::uint32_t pod, Index i) const {
  return is_server(pods_[pod], i) ? step.observer->requests_held({pod}) : 0;
}

// REQUIRES: its image says what it uses.
std::int64_t Kubelet::memory_of(const Step& step, std::uint32_t pod, Index i) const {
  const KubeletPod& p = pods_[pod];
  return memory_used(*behaviour_of(p, i).memory, step.now() - p.containers[i].process.began,
                     requests_held(step, pod, i));
}

// At the process's start, and whenever so much has grown that fewer requests fit into the limit than it might
// hold.
void Kubelet::memory_grew(const Step& step, std::uint32_t pod, Index i) {
  const KubeletPod& p = pods_[pod];
  const KubeletContainer& c = p.containers[i];
  const MemoryUse& use = *behaviour_of(p, i).memory;
  const auto limit = memory_limit(container_at(*p.object->spec, i));
  if (!limit) return;
  const std::int64_t fit = requests_that_fit(use, step.now() - c.process.began, *limit);
  if (requests_held(step, pod, i) > fit) return out_of_memory(step, pod, i);
  if (is_server(p, i) && c.process.listening) step.observer->memory_allows({pod}, fit);
  watch_growth(step, pod, i);
}

void Kubelet::watch_growth(const Step& step, std::uint32_t pod, Index i) {
  const KubeletPod& p = pods_[pod];
  const KubeletContainer& c = p.containers[i];
  const ImageBehaviour& behaviour = behaviour_of(p, i);
  const std::int64_t limit = *memory_limit(container_at(*p.object->spec, i));
  const Duration age = step.now() - c.process.began;
  const std::int64_t room = is_server(p, i) ? std::int64_t{behaviour.concurrency} + behaviour.queue : 0;
  const std::int64_t fit = std::min(room, requests_that_fit(*behaviour.memory, age, limit));
  const auto next = too_many_from(*behaviour.memory, fit, limit);
  if (next && *next > age) later(step, pod, KubeletEvent::kMemoryGrew, *next - age, c.run.instance, i);
}

void Kubelet::out_of_memory(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  const ImageBehaviour& behaviour = behaviour_of(p, i);
  const std::int64_t held = requests_held(step, pod, i);
  const Duration age = step.now() - c.process.began;
  const std::int64_t used = memory_used(*behaviour.memory, age, held);
  std::string text =
      fmt::format("{} used, limits.memory is {}: {}", memory_text(used),
                  api::amount(container_at(*p.object->spec, i).resources.limits, "memory").str(),
                  what_for(*behaviour.memory, age, held));
  if (held > 0) {
    const std::int64_t most = std::int64_t{behaviour.concurrency} + behaviour.queue;
    text += fmt::format("; {} requests, as many as it takes in, would need {}", most,
                        memory_text(most_memory(*behaviour.memory, most)));
  }
  c.record = record(step, pod, RecordType::kOutOfMemory, c.record, used, text);
  process_ends(step, pod, i, 137, true);
}

}  // namespace seatrial::cluster
