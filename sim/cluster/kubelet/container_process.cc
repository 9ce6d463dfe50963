// What happens inside a container: its process begins, listens, drains, ends. Told to the observer at the
// instant, each with its journal record. Source: process.h; golden/kubelet README ("The application").
#include "sim/cluster/kubelet/kubelet.h"

#include <algorithm>

#include "sim/api/resources.h"
#include "sim/cluster/kubelet/eviction_math.h"

namespace seatrial::cluster {

// Clients talk to the first container of a pod.
bool Kubelet::is_server(const KubeletPod& p, Index i) const {
  return i == p.object->spec->init_containers.size();
}

void Kubelet::process_begins(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  const ImageBehaviour& behaviour = behaviour_of(p, i);
  c.process.running = true;
  c.process.began = step.now();
  wake_probes(step, pod);
  if (c.process.signalled) {  // SIGTERM came before its first instruction
    return process_ends(step, pod, i, behaviour.sigterm_exit_code, false);
  }
  later(step, pod, KubeletEvent::kListening, draw(p.node, behaviour.start), c.run.instance, i);
  if (behaviour.exits_after)
    later(step, pod, KubeletEvent::kProcessEnds, *behaviour.exits_after, c.run.instance, i);
  if (!behaviour.memory) return;
  memory_grew(step, pod, i);
  watch_memory(step, p.node);
}

void Kubelet::listening(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  if (c.process.draining) return;
  const ImageBehaviour& behaviour = behaviour_of(p, i);
  c.process.listening = true;
  c.process.ready_at = step.now() + draw(p.node, behaviour.ready_after);
  wake_probes(step, pod);
  if (!is_server(p, i)) return;
  c.record = record(step, pod, RecordType::kListening, c.record, i);
  step.observer->listening({pod}, behaviour, ports_of(p), c.record);
  if (const auto limit = memory_limit(container_at(*p.object->spec, i)); behaviour.memory && limit)
    step.observer->memory_allows({pod},
                                 requests_that_fit(*behaviour.memory, step.now() - c.process.began, *limit));
}

void Kubelet::sigterm_received(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  const ImageBehaviour& behaviour = behaviour_of(p, i);
  c.record = record(step, pod, RecordType::kSigterm, p.terminating ? p.cause : c.record, i);
  c.process.signalled = true;
  if (!c.process.running) return;
  switch (behaviour.on_sigterm) {
    case OnSigterm::kExit:
      return process_ends(step, pod, i, behaviour.sigterm_exit_code, false);
    case OnSigterm::kDrain:
      return drain(step, pod, i);
    case OnSigterm::kLinger:
      return later(step, pod, KubeletEvent::kLingerOver, behaviour.linger, c.run.instance, i);
    case OnSigterm::kIgnore:
      return;
  }
}

void Kubelet::drain(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  const bool served = c.process.listening && is_server(p, i);
  c.process.draining = true;
  c.process.listening = false;
  wake_probes(step, pod);
  std::int64_t in_flight = 0;
  if (served) {
    c.record = record(step, pod, RecordType::kStoppedAccepting, c.record, i);
    in_flight = step.observer->stopped_accepting({pod}, c.record);
  }
  if (in_flight == 0) process_ends(step, pod, i, 0, false);
}

void Kubelet::process_ends(const Step& step, std::uint32_t pod, Index i, std::int32_t exit_code,
                           bool out_of_memory) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  c.process.running = c.process.listening = false;
  c.process.ended = true;
  wake_probes(step, pod);
  c.run.exit_code = exit_code;
  c.run.out_of_memory = out_of_memory;
  c.record = record(step, pod, RecordType::kExited, c.record, exit_code);
  if (is_server(p, i)) step.observer->exited({pod}, c.record);
  later(step, pod, KubeletEvent::kContainerExited, draw(p.node, config_.timings.exit_seen), c.run.instance,
        i);
}

// The runtime has seen it.
void Kubelet::container_exited(const Step& step, std::uint32_t pod, Index i) {
  KubeletPod& p = pods_[pod];
  KubeletContainer& c = p.containers[i];
  c.run.state = ContainerRun::State::kExited;
  c.run.finished_at = step.now();
  if (c.kill.stage == ContainerKill::Stage::kStopping) {
    later(step, pod, KubeletEvent::kStopReturned, draw(p.node, config_.timings.stop_returns), c.run.instance,
          i);
  }
  if (p.stopping) return all_stopped(step, pod);
  later(step, pod, KubeletEvent::kNoticed, draw(p.node, config_.timings.exit_noticed));
}

// A container listens where its image's behaviour says, else on the ports that it declares, else on any.
std::vector<std::int32_t> Kubelet::ports_of(const KubeletPod& p) const {
  const api::PodSpec& spec = *p.object->spec;
  const auto server = static_cast<Index>(spec.init_containers.size());
  std::vector<std::int32_t> ports = behaviour_of(p, server).ports;
  if (ports.empty() && spec.containers.front().ports.empty()) return {};
  for (const std::vector<api::Container>* list : {&spec.containers, &spec.init_containers}) {
    for (const api::Container& container : *list) {
      const bool told = &container == &spec.containers.front() && !ports.empty();
      if (told || (list == &spec.init_containers && !api::is_sidecar(container))) continue;
      for (const api::ContainerPort& port : container.ports) ports.push_back(port.container_port);
    }
  }
  std::ranges::sort(ports);
  return ports;
}

bool Kubelet::answers(const KubeletPod& p, Index i, std::int32_t port) const {
  if (!p.containers[i].process.listening) return false;
  const std::vector<std::int32_t> ports = is_server(p, i) ? ports_of(p) : behaviour_of(p, i).ports;
  return ports.empty() || std::ranges::find(ports, port) != ports.end();
}

}  // namespace seatrial::cluster
