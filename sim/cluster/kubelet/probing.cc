// Probe workers: their tickers, what a probe finds, what its result sets off. Sources:
// pkg/kubelet/prober/{worker, prober_manager}.go, pkg/probe; reference §3.6. The rules of one probe:
// probes.h.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/api/resources.h"
#include "sim/cluster/kubelet/kubelet.h"

namespace seatrial::cluster {

namespace {

const std::optional<api::Probe>& probe_of(const api::Container& container, ProbeKind kind) {
  switch (kind) {
    case ProbeKind::kStartup:
      return container.startup_probe;
    case ProbeKind::kReadiness:
      return container.readiness_probe;
    case ProbeKind::kLiveness:
      break;
  }
  return container.liveness_probe;
}

const char* name_of(ProbeKind kind) {
  return kind == ProbeKind::kStartup ? "Startup" : kind == ProbeKind::kReadiness ? "Readiness" : "Liveness";
}

// The port that a probe goes to, null for a command.
std::optional<api::IntOrString> port_of(const api::Probe& probe) {
  if (const auto* http = std::get_if<api::HttpGetAction>(&probe.handler)) return http->port;
  if (const auto* tcp = std::get_if<api::TcpSocketAction>(&probe.handler)) return tcp->port;
  if (const auto* grpc = std::get_if<api::GrpcAction>(&probe.handler))
    return api::IntOrString{grpc->port, {}};
  return std::nullopt;
}

bool inside(const std::vector<ImageBehaviour::Window>& windows, Duration at) {
  return std::ranges::any_of(windows, [at](const auto& w) { return at >= w.first && at < w.second; });
}

// Whether readiness depends on what the process calls.
bool waits_for_calls(const ImageBehaviour& behaviour) {
  return std::ranges::any_of(behaviour.calls, &Call::readiness);
}

// The container as the status last generated shows it.
ProbedContainer probed(const KubeletPod& p, std::size_t i) {
  const std::size_t init = p.object->spec->init_containers.size();
  const auto& list = i < init ? p.status.init_container_statuses : p.status.container_statuses;
  const std::size_t at = i < init ? i : i - init;
  ProbedContainer container;
  if (at >= list.size()) return container;
  const api::ContainerStatus& status = list[at];
  const bool never_ran =
      std::holds_alternative<api::ContainerStateWaiting>(status.state) && !status.last_termination;
  container.instance = never_ran ? 0 : static_cast<std::uint32_t>(status.restart_count) + 1;
  if (const auto* running = std::get_if<api::ContainerStateRunning>(&status.state)) {
    container.running = true;
    container.running_since = running->started_at;
  }
  container.started = status.started.value_or(false);
  container.pod_deleted = p.deleted;
  return container;
}

}  // namespace

void Kubelet::start_probes(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  const api::PodSpec& spec = *p.object->spec;
  for (std::size_t i = 0; i < container_count(spec); ++i) {
    if (is_init(spec, i) && !api::is_sidecar(spec.init_containers[i])) continue;
    for (const ProbeKind kind : {ProbeKind::kStartup, ProbeKind::kReadiness, ProbeKind::kLiveness}) {
      if (!probe_of(container_at(spec, i), kind)) continue;
      ProbeWorker worker;
      worker.kind = kind;
      worker.container = static_cast<Index>(i);
      worker.timer = step.kernel.queue().new_timer();
      arm(step, worker.timer, pod, KubeletEvent::kProbe, Duration(), static_cast<Index>(p.probes.size()));
      p.probes.push_back(worker);
    }
  }
}

void Kubelet::stop_probes(const Step& step, std::uint32_t pod) {
  for (const ProbeWorker& worker : pods_[pod].probes) step.kernel.queue().free_timer(worker.timer);
  pods_[pod].probes.clear();
}

void Kubelet::probe(const Step& step, std::uint32_t pod, Index index) {
  KubeletPod& p = pods_[pod];
  ProbeWorker& worker = p.probes[index];
  const api::Probe& spec = *probe_of(container_at(*p.object->spec, worker.container), worker.kind);
  bool published = false;
  const ProbeTry next = before_probe(worker, spec, probed(p, worker.container), step.now(), published);
  if (next == ProbeTry::kStop) return;
  arm(step, worker.timer, pod, KubeletEvent::kProbe, Duration::seconds(spec.period_seconds), index);
  if (published) probe_published(step, pod, index);
  const bool is_through = worker.kind == ProbeKind::kStartup && worker.published == ProbeResult::kSuccess &&
                          probed(p, worker.container).started;
  if (next == ProbeTry::kSkip && !published && is_through) rest(step, worker, spec);
  if (next != ProbeTry::kProbe) return;
  const api::Container& container = container_at(*p.object->spec, worker.container);
  std::int32_t port = 0;
  if (const std::optional<api::IntOrString> wanted = port_of(spec)) {
    const std::optional<std::int32_t> found = port_number(container, *wanted);
    if (!found) {  // an error of the prober is no result
      return report(step, p, worker.container, true, "Unhealthy",
                    fmt::format("{} probe errored and resulted in unknown state: port {} not found",
                                name_of(worker.kind), wanted->text.str()));
    }
    port = *found;
  }
  std::optional<JournalId> away;
  if (worker.kind == ProbeKind::kReadiness && waits_for_calls(behaviour_of(p, worker.container)))
    away = step.observer->unready_because({pod});
  const std::string failure = probe_failure(p, worker, spec, port, step.now(), away.has_value());
  const bool settled = failure.empty() && worker.published == ProbeResult::kSuccess && worker.last_ok;
  probe_answered(step, pod, index, spec, failure, away.value_or(JournalId::kNone));
  if (settled && answers_alike_from(p, worker, step.now())) rest(step, worker, spec);
}

// Nothing would come of the next tries either. What may change that, wakes it.
void Kubelet::rest(const Step& step, ProbeWorker& worker, const api::Probe& probe) {
  step.kernel.queue().cancel(worker.timer);
  worker.rests_until = step.now() + Duration::seconds(probe.period_seconds);
}

void Kubelet::wake_probes(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  for (std::size_t i = 0; i < p.probes.size(); ++i) {
    ProbeWorker& worker = p.probes[i];
    if (!worker.rests_until) continue;
    SimTime next = *std::exchange(worker.rests_until, std::nullopt);
    const Duration period = Duration::seconds(
        probe_of(container_at(*p.object->spec, worker.container), worker.kind)->period_seconds);
    if (next <= step.now()) next = next + period * ((step.now() - next) / period + 1);
    arm(step, worker.timer, pod, KubeletEvent::kProbe, next - step.now(), static_cast<Index>(i));
  }
}

// Whether time alone changes nothing of what the container answers.
bool Kubelet::answers_alike_from(const KubeletPod& p, const ProbeWorker& worker, SimTime now) const {
  const ContainerProcess& process = p.containers[worker.container].process;
  const ImageBehaviour& behaviour = behaviour_of(p, worker.container);
  if (worker.kind == ProbeKind::kReadiness && waits_for_calls(behaviour)) return false;
  const Duration age = now - process.began;
  const auto is_over = [age](const ImageBehaviour::Window& window) { return age >= window.second; };
  return now >= process.ready_at && std::ranges::all_of(behaviour.not_ready, is_over) &&
         std::ranges::all_of(behaviour.not_live, is_over);
}

void Kubelet::probe_answered(const Step& step, std::uint32_t pod, Index index, const api::Probe& spec,
                             const std::string& failure, JournalId away) {
  KubeletPod& p = pods_[pod];
  ProbeWorker& worker = p.probes[index];
  const bool ok = failure.empty();
  if (!ok) {
    KubeletContainer& c = p.containers[worker.container];
    c.probe_record = record(step, pod, RecordType::kProbeFailed, away == JournalId::kNone ? c.record : away,
                            worker.container, failure);
    report(step, p, worker.container, true, "Unhealthy",
           fmt::format("{} probe failed: {}", name_of(worker.kind), failure));
  }
  if (after_probe(worker, spec, ok)) probe_published(step, pod, index);
}

// Readiness and startup go into the status at once; each result that matters has the pod synced.
void Kubelet::probe_published(const Step& step, std::uint32_t pod, Index index) {
  const ProbeWorker& worker = pods_[pod].probes[index];
  if (worker.kind == ProbeKind::kLiveness && worker.published != ProbeResult::kFailure) return;
  if (worker.kind != ProbeKind::kLiveness) update_status(step, pod);
  request_sync(step, pod);
}

// A status that shows a started container as not ready has its readiness probed now; the period counts from
// here.
void Kubelet::trigger_readiness(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  for (std::size_t i = 0; i < p.probes.size(); ++i) {
    ProbeWorker& worker = p.probes[i];
    if (worker.kind != ProbeKind::kReadiness || !has_started(p, worker.container) ||
        is_ready(p, worker.container))
      continue;
    worker.rests_until.reset();
    arm(step, worker.timer, pod, KubeletEvent::kProbe, Duration(), static_cast<Index>(i));
  }
}

// What the event says of the failure; empty if the probe succeeds.
std::string Kubelet::probe_failure(const KubeletPod& p, const ProbeWorker& worker, const api::Probe& probe,
                                   std::int32_t port, SimTime now, bool away) const {
  const ContainerProcess& process = p.containers[worker.container].process;
  const ImageBehaviour& behaviour = behaviour_of(p, worker.container);
  const Duration age = now - process.began;
  const bool unready = worker.kind == ProbeKind::kReadiness &&
                       (away || now < process.ready_at || inside(behaviour.not_ready, age));
  const bool refuses = unready || (worker.kind == ProbeKind::kLiveness && inside(behaviour.not_live, age));
  if (const auto* http = std::get_if<api::HttpGetAction>(&probe.handler)) {
    if (answers(p, worker.container, port)) return refuses ? "HTTP probe failed with statuscode: 503" : "";
    const std::string at = fmt::format("{}:{}", p.ip.str(), port);
    const std::string scheme = http->scheme == "HTTPS" ? "https" : "http";
    return fmt::format("Get \"{}://{}{}\": dial tcp {}: connect: connection refused", scheme, at,
                       http->path.str(), at);
  }
  if (std::holds_alternative<api::TcpSocketAction>(probe.handler)) {
    if (answers(p, worker.container, port)) return "";
    return fmt::format("dial tcp {}:{}: connect: connection refused", p.ip.str(), port);
  }
  if (std::holds_alternative<api::GrpcAction>(probe.handler)) {
    if (answers(p, worker.container, port))
      return refuses ? "service unhealthy (responded with \"NOT_SERVING\")" : "";
    return fmt::format("timeout: failed to connect service \"{}:{}\" within {}s: context deadline exceeded",
                       p.ip.str(), port, probe.timeout_seconds);
  }
  const bool fails =
      refuses || !process.running || (worker.kind != ProbeKind::kLiveness && !process.listening);
  return fails ? "command exited with 1" : "";
}

bool Kubelet::has_started(const KubeletPod& p, std::size_t i) const {
  const ContainerRun& seen = p.containers[i].seen;
  if (!seen.running()) return false;
  const auto worker = std::ranges::find_if(
      p.probes, [i](const ProbeWorker& w) { return w.container == i && w.kind == ProbeKind::kStartup; });
  if (worker == p.probes.end()) return !container_at(*p.object->spec, i).startup_probe;
  return worker->instance == seen.instance && worker->published == ProbeResult::kSuccess;
}

bool Kubelet::is_ready(const KubeletPod& p, std::size_t i) const {
  if (!has_started(p, i)) return false;
  const auto worker = std::ranges::find_if(
      p.probes, [i](const ProbeWorker& w) { return w.container == i && w.kind == ProbeKind::kReadiness; });
  if (worker == p.probes.end()) return !container_at(*p.object->spec, i).readiness_probe;
  return worker->instance == p.containers[i].seen.instance && worker->published == ProbeResult::kSuccess;
}

bool Kubelet::is_unhealthy(const KubeletPod& p, std::size_t i) const {
  const std::uint32_t instance = p.containers[i].seen.instance;
  return std::ranges::any_of(p.probes, [&](const ProbeWorker& w) {
    return w.container == i && w.kind != ProbeKind::kReadiness && w.instance == instance &&
           w.published == ProbeResult::kFailure;
  });
}

}  // namespace seatrial::cluster
