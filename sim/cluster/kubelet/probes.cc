#include "sim/cluster/kubelet/probes.h"

#include <algorithm>

namespace seatrial::cluster {

namespace {

bool publish(ProbeWorker& worker, ProbeResult result) {
  if (worker.published == result) return false;
  worker.published = result;
  return true;
}

}  // namespace

ProbeTry before_probe(ProbeWorker& worker, const api::Probe& probe, const ProbedContainer& container,
                      SimTime now, bool& published_changed) {
  published_changed = false;
  if (worker.stopped || container.instance == 0) return ProbeTry::kSkip;
  if (worker.instance != container.instance) {
    worker.instance = container.instance;
    worker.on_hold = false;
    // The result of a new container ID is new whatever the old one's was.
    worker.published = worker.kind == ProbeKind::kLiveness ? ProbeResult::kSuccess : ProbeResult::kUnknown;
    if (worker.kind == ProbeKind::kReadiness) published_changed = publish(worker, ProbeResult::kFailure);
  }
  if (worker.on_hold) return ProbeTry::kSkip;
  if (!container.running) {
    published_changed |= publish(worker, ProbeResult::kFailure);
    return ProbeTry::kSkip;
  }
  if (container.pod_deleted && worker.kind != ProbeKind::kReadiness) {
    worker.stopped = true;
    return ProbeTry::kStop;
  }
  // Whole seconds, cut off, as the kubelet compares them.
  if ((now - container.running_since) / Duration::seconds(1) < probe.initial_delay_seconds)
    return ProbeTry::kSkip;
  const bool is_startup = worker.kind == ProbeKind::kStartup;
  return container.started == is_startup ? ProbeTry::kSkip : ProbeTry::kProbe;
}

bool after_probe(ProbeWorker& worker, const api::Probe& probe, bool ok) {
  worker.run = worker.last_ok == ok && worker.run > 0 ? worker.run + 1 : 1;
  worker.last_ok = ok;
  if (worker.run < (ok ? probe.success_threshold : probe.failure_threshold)) return false;
  if (!ok && worker.kind != ProbeKind::kReadiness) {
    worker.on_hold = true;
    worker.run = 0;
  }
  return publish(worker, ok ? ProbeResult::kSuccess : ProbeResult::kFailure);
}

std::optional<std::int32_t> port_number(const api::Container& container, const api::IntOrString& port) {
  if (!port.is_string()) return static_cast<std::int32_t>(port.number);
  const auto at = std::ranges::find(container.ports, port.text, &api::ContainerPort::name);
  if (at == container.ports.end()) return std::nullopt;
  return at->container_port;
}

}  // namespace seatrial::cluster
