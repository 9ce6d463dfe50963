// The end of containers and pods: hook, turn, SIGTERM, SIGKILL; then the sandbox, the volumes, the object.
// Sources: pkg/kubelet/kuberuntime/kuberuntime_{container,termination_order}.go, kubelet.go
// (SyncTerminatingPod, SyncTerminatedPod); reference §3.7; golden/kubelet README.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/cluster/kubelet/kubelet.h"

namespace seatrial::cluster {

using Stage = ContainerKill::Stage;

namespace {

constexpr Duration kSecond = Duration::seconds(1), kMinimumGrace = Duration::seconds(2);

// "5", "0.5", "1m" as sleep reads them.
std::optional<double> sleep_seconds(std::string_view word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(word.data() + word.size() - end));
  if (unit.empty() || unit == "s") return value;
  if (unit == "m") return value * 60;
  if (unit == "h") return value * 3600;
  if (unit == "d") return value * 86400;
  return std::nullopt;
}

// The seconds that the `sleep N` in a command take, and whether it does anything else.
// Example: {"sh", "-c", "sleep 5; nginx -s quit"} -> 5 s, true.
std::pair<Duration, bool> sleeps_in(const std::vector<api::Symbol>& command) {
  std::vector<std::string> words;
  for (const api::Symbol part : command) {
    words.emplace_back();
    for (const char c : part.view()) {
      const bool parts = c == ' ' || c == ';' || c == '&' || c == '\n';
      if (parts) words.emplace_back();
      if (!parts) words.back() += c;
    }
  }
  std::erase_if(words, [](const std::string& w) { return w.empty() || w == "-c" || w.ends_with("sh"); });
  if (words.size() == 3 && words[1] == "sleep") words.erase(words.begin());  // a program of many, as busybox
  Duration slept;
  bool more = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool sleep = words[i] == "sleep" || words[i].ends_with("/sleep");
    const std::optional<double> seconds =
        sleep && i + 1 < words.size() ? sleep_seconds(words[i + 1]) : std::nullopt;
    if (!seconds) {
      more = true;
      continue;
    }
    slept += Duration::micros(static_cast<std::int64_t>(std::clamp(*seconds, 0.0, 1e6) * 1e6));
    ++i;
  }
  return {slept, more};
}

}  // namespace

// The pod is to end: deleted with this grace period, or once more with a shorter one.
void Kubelet::terminate(const Step& step, std::uint32_t pod, std::int64_t grace) {
  KubeletPod& p = pods_[pod];
  const bool shortened = p.terminating && grace < p.grace;
  const bool first = !p.terminating;
  if (first || shortened) p.grace = grace;
  p.terminating = true;
  if (p.stopping) {
    if (shortened) shorten_kills(step, pod);
    return;
  }
  if (p.worker == KubeletPod::Worker::kSyncing) cancel_sync(step, pod);
  p.sync_wanted = true;
  if (p.worker == KubeletPod::Worker::kIdle) begin_sync(step, pod);
}

void Kubelet::shorten_kills(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  const Duration grace = Duration::seconds(p.grace);
  for (std::size_t i = 0; i < p.containers.size(); ++i) {
    KubeletContainer& c = p.containers[i];
    if (c.kill.stage == Stage::kNone) continue;
    const auto index = static_cast<Index>(i);
    if (c.kill.stage == Stage::kStopping) {
      const SimTime killed_at = step.now() + std::max(grace, kMinimumGrace);
      if (killed_at >= c.kill.killed_at) continue;
      c.kill.killed_at = killed_at;
      later(step, pod, KubeletEvent::kSigkill, killed_at - step.now(), c.run.instance, index);
      continue;
    }
    c.kill.begun = step.now();
    c.kill.grace = grace;
    const bool in_hook = c.kill.stage == Stage::kHook;
    later(step, pod, in_hook ? KubeletEvent::kHookDone : KubeletEvent::kTurnOver, grace, c.run.instance,
          index);
  }
}

void Kubelet::stop_pod(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  p.worker = KubeletPod::Worker::kSyncing;
  p.stopping = true;
  step.kernel.queue().cancel(p.resync);
  update_status(step, pod);
  bool any = false;
  for (std::size_t i = 0; i < p.containers.size(); ++i) {
    KubeletContainer& c = p.containers[i];
    if (!c.run.running()) continue;
    any = true;
    if (c.kill.stage != Stage::kNone) continue;  // a probe is having it killed
    begin_kill(step, pod, static_cast<Index>(i), Duration::seconds(p.grace),
               fmt::format("Stopping container {}", container_at(*p.object->spec, i).name.str()));
  }
  if (any) return shorten_kills(step, pod);
  all_stopped(step, pod);
}

void Kubelet::begin_kill(const Step& step, std::uint32_t pod, Index i, Duration grace, std::string message) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  c.kill.stage = Stage::kHook;
  c.kill.begun = step.now();
  c.kill.grace = grace;
  report(step, p, i, false, "Killing", std::move(message));
  const api::LifecycleHandler& hook = container_at(*p.object->spec, i).lifecycle.pre_stop;
  if (std::holds_alternative<std::monostate>(hook) || grace <= Duration()) return hook_done(step, pod, i);
  bool failed = false;
  const Duration takes = hook_duration(pod, i, hook, failed);
  if (failed) report(step, p, i, true, "FailedPreStopHook", "PreStopHook failed");
  later(step, pod, KubeletEvent::kHookDone, std::min(takes, grace), c.run.instance, i);
}

Duration Kubelet::hook_duration(std::uint32_t pod, Index i, const api::LifecycleHandler& hook, bool& failed) {
  const KubeletPod& p = pods_[pod];
  const Duration call = draw(p.node, config_.timings.hook_call);
  if (const auto* sleep = std::get_if<api::SleepAction>(&hook))
    return call + Duration::seconds(sleep->seconds);
  if (const auto* exec = std::get_if<api::ExecAction>(&hook)) {
    const auto [slept, more] = sleeps_in(exec->command);
    return call + draw(p.node, config_.timings.hook_exec) + slept +
           (more ? behaviour_of(p, i).exec_time : Duration());
  }
  if (const auto* http = std::get_if<api::HttpGetAction>(&hook)) {
    const std::optional<std::int32_t> port = port_number(container_at(*p.object->spec, i), http->port);
    failed = !port || !answers(p, i, *port);
  }
  return call;
}

// What the hook took is gone from the grace period, in whole seconds.
void Kubelet::hook_done(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  if (c.kill.stage != Stage::kHook) return;
  c.kill.grace -= kSecond * ((step.now() - c.kill.begun) / kSecond);
  if (!p.stopping || c.kill.grace <= Duration() || has_turn(p, i)) return stop_container(step, pod, i);
  c.kill.stage = Stage::kTurn;
  c.kill.begun = step.now();
  later(step, pod, KubeletEvent::kTurnOver, c.kill.grace, c.run.instance, i);
}

// Sidecars end after all regular containers, and after the sidecars that the list names after them.
bool Kubelet::has_turn(const KubeletPod& p, Index i) const {
  if (!is_init(*p.object->spec, i)) return true;
  return std::ranges::all_of(p.containers.begin() + i + 1, p.containers.end(), [](const KubeletContainer& c) {
    return !c.run.running() && c.kill.stage == Stage::kNone;
  });
}

void Kubelet::stop_container(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  if (c.kill.stage == Stage::kTurn) c.kill.grace -= kSecond * ((step.now() - c.kill.begun) / kSecond);
  c.kill.stage = Stage::kStopping;
  if (!c.run.running()) {  // it ended by itself meanwhile
    later(step, pod, KubeletEvent::kStopReturned, draw(p.node, config_.timings.stop_returns), c.run.instance,
          i);
    if (p.stopping) all_stopped(step, pod);
    return;
  }
  const Duration sent = draw(p.node, config_.timings.sigterm_sent);
  c.kill.killed_at = step.now() + sent + std::max(c.kill.grace, kMinimumGrace);
  later(step, pod, KubeletEvent::kSigtermSent, sent, c.run.instance, i);
}

void Kubelet::stop_returned(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  p.containers[i].kill.stage = Stage::kNone;
  if (!p.stopping) {
    if (p.kills_left > 0 && --p.kills_left == 0) next_in_plan(step, pod);
    return;
  }
  for (std::size_t k = 0; k < i; ++k) {
    const auto sidecar = static_cast<Index>(k);
    if (p.containers[k].kill.stage == Stage::kTurn && has_turn(p, sidecar))
      stop_container(step, pod, sidecar);
  }
}

// Each time a container of a pod that is being stopped has ended; the last one takes the sandbox along.
void Kubelet::all_stopped(const Step& step, std::uint32_t pod) {
  const KubeletPod& p = pods_[pod];
  const bool done = std::ranges::none_of(p.containers, [](const KubeletContainer& c) {
    return c.run.running() || c.kill.stage == Stage::kHook || c.kill.stage == Stage::kTurn;
  });
  if (!done) return;
  const bool has_sandbox = p.sandbox != KubeletPod::Sandbox::kNone;
  later(step, pod, KubeletEvent::kNetworkDown,
        has_sandbox ? draw(p.node, config_.timings.network_down) : Duration());
}

// The address answers no more. The worker's next sync, after the next relist, finds the volumes unmounted.
void Kubelet::network_down(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  if (p.sandbox == KubeletPod::Sandbox::kReady) {
    KubeletContainer& server = p.containers[p.object->spec->init_containers.size()];
    server.record = record(step, pod, RecordType::kNetworkDown, server.record);
    step.observer->network_down({pod}, server.record);
  }
  p.sandbox = KubeletPod::Sandbox::kDown;
  give_pod_address_back(step, pod);
  p.stopped = true;
  stop_probes(step, pod);
  notice(step, pod, false);
  update_status(step, pod);
  const Duration relist = next_relist(nodes_[p.node], step.now()) - step.now();
  later(step, pod, KubeletEvent::kUnmounted, relist + draw(p.node, config_.timings.volumes_unmounted));
}

void Kubelet::cleaned(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  const std::uint32_t node = p.node;
  p.removed = true;
  if (p.object_gone) {
    forget(step, pod);
  } else {
    update_status(step, pod);
    delete_when_reported(step, pod);
  }
  if (nodes_[node].shutdown.begun) shutdown_goes_on(step, node, false);
}

// The last DELETE follows the last status.
void Kubelet::delete_when_reported(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  if (!p.deleted || !p.removed || p.delete_sent || p.status_sending) return;
  p.delete_sent = true;
  ApiRequest request;
  request.verb = Verb::kDelete;
  request.ref = p.object->ref();
  request.uid_precondition = p.object->metadata.uid;
  request.grace_period_seconds = 0;
  request.cause = p.containers[p.object->spec->init_containers.size()].record;
  step.api.submit(step.kernel, nodes_[p.node].client, std::move(request),
                  {kKubeletComponent, static_cast<std::uint8_t>(KubeletEvent::kDeleteAnswered), pod, 0});
}

}  // namespace seatrial::cluster
