// Starting one container: back-off, image, configuration, creation, postStart. Sources:
// kuberuntime_manager.go (doBackOff), images/image_manager.go, kuberuntime_container.go; reference §3.4,
// §3.5.
#include <fmt/format.h>

#include <algorithm>

#include "sim/cluster/kubelet/kubelet.h"
#include "sim/cluster/kubelet/pod_config.h"

namespace seatrial::cluster {

namespace {

// As Go prints a duration that is cut to milliseconds: 345ms, 2.1s, 1m2.5s.
std::string go_duration(Duration d) { return to_string(Duration::millis(d / Duration::millis(1))); }

// Of the runtime to a registry. Source: containerd, core/remotes/docker/config/hosts.go (net.Dialer).
constexpr Duration kDialTimeout = Duration::seconds(30);

// As Go prints whole seconds: 10s, 1m20s, 5m0s.
std::string back_off_text(Duration d) {
  const std::int64_t seconds = d / Duration::seconds(1);
  return seconds < 60 ? fmt::format("{}s", seconds) : fmt::format("{}m{}s", seconds / 60, seconds % 60);
}

}  // namespace

void Kubelet::start_container(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  if (waits_for_backoff(step, pod, i)) return next_in_plan(step, pod);
  const api::Container& spec = container_at(*p.object->spec, i);
  const bool present = nodes_[p.node].images.present(spec.image);
  const api::PullPolicy policy = pull_policy(spec);
  if (policy == api::PullPolicy::kNever && !present) {
    std::string message =
        fmt::format("Container image \"{}\" is not present with pull policy of Never", spec.image.str());
    report(step, p, i, true, "ErrImageNeverPull", message);
    return cannot_start(step, pod, i, "ErrImageNeverPull", std::move(message));
  }
  if (policy != api::PullPolicy::kAlways && present) {
    report(step, p, i, false, "Pulled",
           fmt::format("Container image \"{}\" already present on machine and can be accessed by the pod",
                       spec.image.str()));
    return image_there(step, pod, i);
  }
  pull(step, pod, i);
}

// The wait counts from the exit of the last instance that has ended: the one before, when a probe had this
// one killed.
bool Kubelet::waits_for_backoff(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  SimTime finished;
  if (c.seen.exited()) {
    finished = c.seen.finished_at;
  } else if (c.seen.last) {
    finished = c.seen.last->finished_at;
  } else {
    return false;
  }
  const auto left = c.restart_backoff.remaining(finished, step.now());
  if (!left) {
    c.restart_backoff.next(finished, step.now());
    return false;
  }
  const api::ObjectMeta& meta = p.object->metadata;
  const std::string name = container_at(*p.object->spec, i).name.str();
  const std::string full = fmt::format("{}_{}({})", meta.name.str(), meta.namespace_.str(), meta.uid.str());
  report(step, p, i, true, "BackOff",
         fmt::format("Back-off restarting failed container {} in pod {}", name, full));
  c.waiting_reason = "CrashLoopBackOff";
  c.waiting_message = fmt::format("back-off {} restarting failed container={} pod={}",
                                  back_off_text(c.restart_backoff.delay()), name, full);
  p.sync_backoff = p.sync_backoff ? std::min(*p.sync_backoff, *left) : *left;
  return true;
}

void Kubelet::cannot_start(const Step& step, std::uint32_t pod, Index i, const char* reason,
                           std::string message) {
  report(step, pods_[pod], i, true, "Failed", std::string("Error: ") + reason);
  waits(step, pod, i, reason, std::move(message));
}

void Kubelet::waits(const Step& step, std::uint32_t pod, Index i, const char* reason, std::string message) {
  KubeletPod& p = pods_[pod];
  p.containers[i].waiting_reason = reason;
  p.containers[i].waiting_message = std::move(message);
  p.sync_failed = true;
  next_in_plan(step, pod);
}

void Kubelet::pull(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  const api::Symbol image = container_at(*p.object->spec, i).image;
  if (c.image_backoff.remaining(c.image_backoff.updated(), step.now())) {
    std::string text = fmt::format("Back-off pulling image \"{}\"", image.str());
    report(step, p, i, false, "BackOff", text);
    return cannot_start(step, pod, i, "ImagePullBackOff", text + ": ErrImagePull: " + c.pull_error);
  }
  report(step, p, i, false, "Pulling", fmt::format("Pulling image \"{}\"", image.str()));
  nodes_[p.node].images.ask({pod, p.epoch, i, image, step.now(), {}, false});
  begin_pulls(step, p.node);
}

void Kubelet::begin_pulls(const Step& step, std::uint32_t number) {
  KubeletNode& node = nodes_[number];
  while (const auto next = node.images.take_next()) {
    Pull& pull = node.images.pull(*next);
    pull.began = node.images.limiter().reserve(step.now());
    const Duration answer = draw(number, registries_.of(pull.image.view()).latency);
    later(step, number, KubeletEvent::kPullAnswered, pull.began - step.now() + answer, *next);
  }
  if (const auto end = node.images.link().next_end()) {
    arm(step, node.pull_timer, number, KubeletEvent::kPullsShared, std::max(Duration(), *end - step.now()));
  } else {
    step.kernel.queue().cancel(node.pull_timer);
  }
}

// The registry has answered: the image's layers come, or it refuses.
void Kubelet::pull_answered(const Step& step, std::uint32_t number, std::uint32_t pull_number) {
  NodeImages& images = nodes_[number].images;
  Pull& pull = images.pull(pull_number);
  const KubeletPod& p = pods_[pull.pod];
  if (!p.object || p.epoch != pull.epoch) {  // its pod was deleted meanwhile
    images.end(pull_number, step.now());
    return begin_pulls(step, number);
  }
  if (!pull.blocked && step.network.ways_out) {
    pull.blocked = step.network.ways_out->blocked_pull(nodes_[number].name, pull.image.view());
    if (pull.blocked) return later(step, number, KubeletEvent::kPullAnswered, kDialTimeout, pull_number);
  }
  const ImageBehaviour& behaviour = behaviour_of(p, pull.container);
  cloud::PullAnswer answer = pull.blocked ? cloud::unreachable(pull.image.view(), pull.blocked->address)
                                          : registries_.ask(pull.image, nodes_[number].public_address,
                                                            images.present(pull.image), step.now());
  if (answer.refusal == cloud::PullRefusal::kNone && !behaviour.pull_error.empty())
    answer = {cloud::PullRefusal::kImage, behaviour.pull_error};
  if (answer.refusal != cloud::PullRefusal::kNone) {
    const Pull failed = pull;
    images.end(pull_number, step.now());
    begin_pulls(step, number);
    return pull_failed(step, failed, answer);
  }
  pull.contacted = true;
  const std::int64_t bytes = images.missing_bytes(pull.image, behaviour);
  const std::int64_t rate = registries_.of(pull.image.view()).bytes_per_second;
  __extension__ using Wide = __int128;
  images.link().add(step.now(), pull_number,
                    Duration::nanos(static_cast<std::int64_t>(Wide{bytes} * 1'000'000'000 / rate)));
  begin_pulls(step, number);
}

void Kubelet::pulls_shared(const Step& step, std::uint32_t number) {
  KubeletNode& node = nodes_[number];
  while (const auto ended = node.images.link().take_ended(step.now())) {
    const Pull pull = node.images.pull(*ended);
    node.images.end(*ended, step.now());
    KubeletPod& p = pods_[pull.pod];
    const ImageBehaviour& behaviour = behaviour_of(p, pull.container);
    node.images.add(pull.image, behaviour);
    node_status_changed(step, number);
    report(step, p, pull.container, false, "Pulled",
           fmt::format("Successfully pulled image \"{}\" in {} ({} including waiting). Image size: {} bytes.",
                       pull.image.str(), go_duration(step.now() - pull.began),
                       go_duration(step.now() - pull.asked), behaviour.size_bytes));
    if (p.epoch == pull.epoch) image_there(step, pull.pod, pull.container);
  }
  begin_pulls(step, number);
}

void Kubelet::pull_failed(const Step& step, const Pull& pull, const cloud::PullAnswer& answer) {
  const std::uint32_t pod = pull.pod;
  const Index i = pull.container;
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  const std::string image = container_at(*p.object->spec, i).image.str();
  c.image_backoff.next(step.now(), step.now());
  const bool blocked = pull.blocked && pull.blocked->cause != JournalId::kNone;
  c.pull_error =
      fmt::format("failed to pull and unpack image \"{}\": {}", cloud::full_reference(image), answer.error);
  record(step, pod, RecordType::kPullFailed, blocked ? pull.blocked->cause : p.cause, i, c.pull_error,
         static_cast<std::uint32_t>(answer.refusal));
  report(step, p, i, true, "Failed", fmt::format("Failed to pull image \"{}\": {}", image, c.pull_error));
  cannot_start(step, pod, i, "ErrImagePull", c.pull_error);
}

void Kubelet::image_there(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  std::string problem = container_config_problem(*p.object, i, step.api.store());
  if (!problem.empty()) {
    record(step, pod, RecordType::kConfigMissing, p.cause, i, problem);
    report(step, p, i, true, "Failed", "Error: " + problem);
    return waits(step, pod, i, "CreateContainerConfigError", std::move(problem));
  }
  p.starting = KubeletPod::Starting::kContainer;
  p.starting_container = i;
  nodes_[p.node].cpu.add(step.now(), pod, draw(p.node, config_.timings.container_cpu));
  arm_starts(step, p.node);
}

// The runtime starts the process; its call returns a little later.
void Kubelet::container_created(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  report(step, p, i, false, "Created", "Container created");
  std::optional<api::ContainerStateTerminated> last = c.run.last;
  if (c.run.exited()) {
    last = terminated_state(c.run);
    last->finished_at = c.run.finished_at;  // uncut: back-offs count from it
  }
  ContainerRun run;
  run.state = ContainerRun::State::kRunning;
  run.instance = c.run.instance + 1;
  const Duration returns = draw(p.node, config_.timings.start_returns);
  run.started_at = step.now() + returns;
  run.last = std::move(last);
  c.run = run;
  c.process = {};
  wake_probes(step, pod);
  c.kill = {};
  p.acted = true;
  later(step, pod, KubeletEvent::kProcessBegins, draw(p.node, config_.timings.process_begins), run.instance,
        i);
  later(step, pod, KubeletEvent::kStartReturned, returns, p.epoch, i);
}

void Kubelet::start_returned(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  c.waiting_reason = {};
  c.waiting_message.clear();
  report(step, p, i, false, "Started", "Container started");
  c.record = record(step, pod, RecordType::kContainerStarted, p.cause, i);
  if (step.network.pods) {
    if (const auto settings = cni_settings_of(*p.object))
      step.network.pods->restart(step.kernel, nodes_[p.node].name, *settings, c.record);
  }
  const api::LifecycleHandler& hook = container_at(*p.object->spec, i).lifecycle.post_start;
  if (std::holds_alternative<std::monostate>(hook)) return next_in_plan(step, pod);
  bool failed = false;
  const Duration takes = hook_duration(pod, i, hook, failed);
  if (!failed) return later(step, pod, KubeletEvent::kPostStartDone, takes, p.epoch, i);
  report(step, p, i, true, "FailedPostStartHook", "PostStartHook failed");
  p.sync_failed = true;
  ++p.kills_left;
  begin_kill(step, pod, i, Duration::seconds(p.object->spec->termination_grace_period_seconds.value_or(30)),
             "FailedPostStartHook");
}

}  // namespace seatrial::cluster
