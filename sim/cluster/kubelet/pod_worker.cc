// Pod workers: when a sync runs, and its steps up to the containers. Source:
// pkg/kubelet/{pod_workers,kubelet}.go; reference §3.2.
#include <fmt/format.h>

#include <algorithm>

#include "sim/cluster/kubelet/kubelet.h"
#include "sim/cluster/kubelet/pod_config.h"

namespace seatrial::cluster {

using Worker = KubeletPod::Worker;
using Sandbox = KubeletPod::Sandbox;

namespace {

constexpr Duration kResyncAfterSuccess = Duration::seconds(60), kResyncAfterError = Duration::seconds(10);

// The next free address of the node's /24 after the one given last, as host-local IPAM deals them; 0 if all
// are taken.
std::uint8_t take_address(KubeletNode& node) {
  for (int tries = 0; tries < 253; ++tries) {
    node.last_address = static_cast<std::uint8_t>(node.last_address >= 254 ? 2 : node.last_address + 1);
    if (node.addresses.test(node.last_address)) continue;
    node.addresses.set(node.last_address);
    return node.last_address;
  }
  return 0;
}

}  // namespace

void Kubelet::request_sync(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  if (p.stopping) return;
  p.sync_wanted = true;
  if (p.worker == Worker::kIdle) begin_sync(step, pod);
}

void Kubelet::begin_sync(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  const SimTime relisted = next_relist(nodes_[p.node], step.now()) - kRelistPeriod;
  const bool view_is_newer = !p.synced_once || std::max(p.seen_at, relisted) > p.last_sync_end;
  if (view_is_newer) return sync(step, pod);
  p.worker = Worker::kWaitsForRelist;
  ++p.epoch;
  later(step, pod, KubeletEvent::kRelisted, next_relist(nodes_[p.node], step.now()) - step.now(), p.epoch);
}

void Kubelet::sync(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  p.worker = Worker::kSyncing;
  ++p.epoch;
  p.sync_wanted = p.acted = p.sync_failed = false;
  p.sync_backoff.reset();
  if (p.terminating) return stop_pod(step, pod);
  update_status(step, pod);
  trigger_readiness(step, pod);
  make_plan(step, pod);
}

// Its context is cancelled: what it waits for never comes. Containers that exist stay.
void Kubelet::cancel_sync(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  KubeletNode& node = nodes_[p.node];
  ++p.epoch;
  p.plan = {};
  p.kills_left = 0;
  if (p.starting != KubeletPod::Starting::kNothing) {
    p.starting = KubeletPod::Starting::kNothing;
    node.cpu.remove(step.now(), pod);
    arm_starts(step, p.node);
  }
  if (p.sandbox == Sandbox::kStarting) p.sandbox = Sandbox::kNone;
  node.images.cancel(pod, step.now());
  begin_pulls(step, p.node);
  p.last_sync_end = step.now();
  p.worker = Worker::kIdle;
}

void Kubelet::end_sync(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  p.worker = Worker::kIdle;
  p.synced_once = true;
  p.last_sync_end = step.now();
  if (p.acted) later(step, pod, KubeletEvent::kNoticed, draw(p.node, config_.timings.start_noticed));
  // A sync that had nothing to do would have nothing to do again: whatever changes asks for one by itself.
  const bool again = p.acted || p.sync_failed || p.sync_backoff;
  if (again) arm_resync(step, pod);
  if (p.sync_wanted) begin_sync(step, pod);
}

void Kubelet::arm_resync(const Step& step, std::uint32_t pod) {
  const KubeletPod& p = pods_[pod];
  // Due work is picked up by a ticker of one second. A back-off counts alone; any other error goes before it.
  Duration after = p.sync_failed ? kResyncAfterError : kResyncAfterSuccess;
  if (!p.sync_failed && p.sync_backoff) after = std::min(after, *p.sync_backoff);
  RandomStream& random = nodes_[p.node].random;
  after += Duration::nanos(
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(after.count()) / 2 + 1)));
  after += Duration::nanos(static_cast<std::int64_t>(random.below(1'000'000'000)));
  arm(step, p.resync, pod, KubeletEvent::kResync, after);
}

// A relist of the pod: what the runtime holds becomes known.
void Kubelet::notice(const Step& step, std::uint32_t pod, bool sync_if_changed) {
  KubeletPod& p = pods_[pod];
  bool changed = p.sandbox == Sandbox::kReady && !p.sandbox_noticed;
  p.sandbox_noticed |= changed;
  for (KubeletContainer& c : p.containers) {
    changed |= c.run != c.seen;
    c.seen = c.run;
  }
  p.seen_at = step.now();
  if (changed && sync_if_changed) request_sync(step, pod);
}

// One attempt of the volume manager's reconciler. That a sync gives up waiting after 2m3s and begins again is
// left out: it shows in no event. Source: pkg/volume/util/operationexecutor.
void Kubelet::mount_volumes(const Step& step, std::uint32_t pod, std::uint16_t attempt) {
  KubeletPod& p = pods_[pod];
  const std::vector<VolumeProblem> problems = volume_problems(*p.object, step.api.store());
  for (const VolumeProblem& problem : problems) {
    record(step, pod, RecordType::kConfigMissing, p.cause, static_cast<std::int64_t>(problem.container),
           problem.message, 1);
    report_pod(step, p, true, "FailedMount",
               fmt::format("MountVolume.SetUp failed for volume \"{}\" : {}", problem.volume.str(),
                           problem.message));
  }
  if (!problems.empty()) {
    const auto next = static_cast<Index>(attempt + 1);
    return later(step, pod, KubeletEvent::kVolumesMounted, mount_backoff(next), p.epoch, next);
  }
  start_probes(step, pod);
  make_plan(step, pod);
}

void Kubelet::make_plan(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  std::vector<PlannedContainer> containers;
  containers.reserve(p.containers.size());
  for (std::size_t i = 0; i < p.containers.size(); ++i) {
    containers.push_back({p.containers[i].seen, has_started(p, i), is_unhealthy(p, i)});
  }
  p.plan = plan_sync(*p.object->spec, containers);
  if (p.plan.finished) {
    p.plan = {};
    p.terminating = true;
    p.grace = p.object->spec->termination_grace_period_seconds.value_or(30);
    const bool runs =
        std::ranges::any_of(p.containers, [](const KubeletContainer& c) { return c.run.running(); });
    if (runs) return stop_pod(step, pod);
    p.sync_wanted = true;
    return end_sync(step, pod);
  }
  if (p.sandbox != Sandbox::kNone) return next_in_plan(step, pod);
  p.sandbox = Sandbox::kStarting;
  later(step, pod, KubeletEvent::kSandboxPrepared, draw(p.node, config_.timings.sandbox_prepared), p.epoch);
}

void Kubelet::begin_sandbox(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  p.starting = KubeletPod::Starting::kSandbox;
  nodes_[p.node].cpu.add(step.now(), pod, draw(p.node, config_.timings.sandbox_cpu));
  arm_starts(step, p.node);
}

void Kubelet::arm_starts(const Step& step, std::uint32_t number) {
  const KubeletNode& node = nodes_[number];
  const auto next = node.cpu.next_end();
  if (!next) {
    step.kernel.queue().cancel(node.cpu_timer);
    return;
  }
  arm(step, node.cpu_timer, number, KubeletEvent::kStartsShared, std::max(Duration(), *next - step.now()));
}

void Kubelet::starts_shared(const Step& step, std::uint32_t number) {
  while (const auto pod = nodes_[number].cpu.take_ended(step.now())) {
    KubeletPod& p = pods_[*pod];
    const bool sandbox = p.starting == KubeletPod::Starting::kSandbox;
    p.starting = KubeletPod::Starting::kNothing;
    const KubeletEvent next = sandbox ? KubeletEvent::kSandboxReady : KubeletEvent::kContainerCreated;
    const Distribution& rest = sandbox ? config_.timings.sandbox_wait : config_.timings.container_wait;
    Duration after = draw(number, rest);
    if (sandbox && config_.policy_wait && !p.object->spec->host_network) {
      const api::ObjectMeta& meta = p.object->metadata;
      RandomStream own = step.kernel.stream("networkPlugin/" + meta.namespace_.str() + "/" + meta.name.str() +
                                            "/" + meta.uid.str());
      after += config_.policy_wait->sample(own);
    }
    later(step, *pod, next, after, p.epoch, p.starting_container);
  }
  arm_starts(step, number);
}

void Kubelet::sandbox_ready(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  ++p.sandboxes;
  if (!take_pod_address(step, pod)) return sandbox_failed(step, pod);
  p.sandbox = Sandbox::kReady;
  p.sandbox_noticed = false;
  p.acted = true;
  update_status(step, pod);
  next_in_plan(step, pod);
}

bool Kubelet::take_pod_address(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  KubeletNode& node = nodes_[p.node];
  if (p.object->spec->host_network) {
    p.ip = node.host_ip;
  } else if (step.network.pods) {
    p.address_of_subnet = step.network.pods->assign(step.kernel, node.name);
    if (!p.address_of_subnet) return false;
    p.ip = api::IpAddress::v4_of(*p.address_of_subnet).str();
  } else {
    p.address = take_address(node);
    p.ip = fmt::format("10.{}.{}.{}", 64 + p.node / 256, p.node % 256, p.address);
  }
  return true;
}

void Kubelet::give_pod_address_back(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  KubeletNode& node = nodes_[p.node];
  if (p.address_of_subnet && step.network.pods && step.network.pods->has_node(node.name))
    step.network.pods->release(step.kernel, node.name, *p.address_of_subnet);
  p.address_of_subnet.reset();
  if (p.address != 0) node.addresses.reset(p.address);
  p.address = 0;
}

// The plugin had no address to give: the sandbox goes, and the sync ends with an error, to be tried again.
void Kubelet::sandbox_failed(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  const KubeletNode& node = nodes_[p.node];
  const auto [shortage, words] = step.network.pods->shortage(node.name, step.now());
  p.sandbox = Sandbox::kNone;
  p.sync_failed = true;
  const JournalId changed = step.network.pods->changed_by(node.name);
  const JournalId id =
      record(step, pod, RecordType::kNoAddress, changed == JournalId::kNone ? p.cause : changed,
             static_cast<std::int64_t>(shortage), words);
  nodes_[p.node].events.record(
      step.kernel, step.api,
      {p.object, true, "FailedCreatePodSandBox", failed_sandbox_message(*p.object, p.sandboxes), {}}, id);
  end_sync(step, pod);
}

// Kills all at once and waits for them; then starts one container after the other.
void Kubelet::next_in_plan(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  const std::vector<std::uint16_t> kills = std::exchange(p.plan.kill, {});
  for (const Index i : kills) {
    const KubeletContainer& c = p.containers[i];
    if (!c.run.running() || c.kill.stage != ContainerKill::Stage::kNone) continue;
    ++p.kills_left;
    std::optional<std::int64_t> grace;
    bool startup = false;
    for (const ProbeWorker& w : p.probes) {
      if (w.container != i || w.instance != c.run.instance || w.published != ProbeResult::kFailure) continue;
      if (w.kind == ProbeKind::kReadiness) continue;
      const api::Container& spec = container_at(*p.object->spec, i);
      startup = w.kind == ProbeKind::kStartup;
      grace = (startup ? spec.startup_probe : spec.liveness_probe)->termination_grace_period_seconds;
    }
    const std::int64_t seconds =
        grace.value_or(p.object->spec->termination_grace_period_seconds.value_or(30));
    begin_kill(step, pod, i, Duration::seconds(seconds),
               fmt::format("Container {} failed {} probe, will be restarted",
                           container_at(*p.object->spec, i).name.str(), startup ? "startup" : "liveness"));
  }
  if (p.kills_left > 0) return;
  if (p.plan.start.empty()) return end_sync(step, pod);
  const Index next = p.plan.start.front();
  p.plan.start.erase(p.plan.start.begin());
  start_container(step, pod, next);
}

}  // namespace seatrial::cluster
