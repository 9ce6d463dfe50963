// A kernel and a Traffic that runs on it, for tests: told by hand what a cluster would tell.
#pragma once

#include <string_view>
#include <vector>

#include "sim/cluster/journal_types.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

using namespace seatrial::literals;

inline constexpr std::uint8_t kDrainedType = 77, kOutOfMemoryType = 78;

struct World {
  explicit World(std::uint64_t seed = 1, AccountsConfig accounts = {})
      : kernel(seed), traffic({accounts, cluster::kKubeletComponent, kDrainedType, kOutOfMemoryType}) {}

  Kernel kernel;
  Traffic traffic;
  std::vector<Event> drained;  // events that the kubelet got

  void run_until(Duration end) {
    kernel.run_until(SimTime::at(end), [this](const Event& e) {
      if (e.component == kTrafficComponent)
        traffic.handle(kernel, e);
      else
        drained.push_back(e);
    });
    traffic.check_invariants();
  }
  JournalId record(cluster::RecordType type, std::uint32_t subject) {
    JournalRecord record;
    record.type = static_cast<std::uint16_t>(type);
    record.subject = subject;
    return kernel.record(record);
  }
  void listen(std::uint32_t pod, const cluster::ImageBehaviour& behaviour) {
    traffic.listening(kernel, {pod}, behaviour, behaviour.ports,
                      record(cluster::RecordType::kListening, pod));
  }
  std::int64_t stop_accepting(std::uint32_t pod) {
    return traffic.stopped_accepting(kernel, {pod}, record(cluster::RecordType::kStoppedAccepting, pod));
  }
  void exit(std::uint32_t pod) { traffic.exited(kernel, {pod}, record(cluster::RecordType::kExited, pod)); }
  void take_network_down(std::uint32_t pod) {
    traffic.network_down(kernel, {pod}, record(cluster::RecordType::kNetworkDown, pod));
  }
  void endpoints(ProxyId proxy, const std::vector<std::uint32_t>& pods, api::ServiceKey service = {0}) {
    std::vector<PodEndpoint> list;
    for (const std::uint32_t pod : pods) list.push_back({{pod}});
    const JournalId cause = record(cluster::RecordType::kEndpointsChanged, service.index);
    traffic.endpoints_changed(kernel, proxy, service, list, cause);
  }
  ProxyId add_proxy(ProxyConfig config) { return traffic.add_proxy(kernel, std::move(config)); }
  LoadIndex add_load(LoadConfig config) { return traffic.add_load(kernel, std::move(config)); }

  std::uint64_t count(Outcome outcome, LoadIndex load = 0) const {
    return traffic.accounts().totals(load).outcomes[static_cast<std::size_t>(outcome)];
  }
  const FailedRequest& failure(std::size_t i = 0) const { return traffic.accounts().failures().at(i); }
  cluster::RecordType type_of(JournalId id) const {
    return static_cast<cluster::RecordType>(kernel.journal().record(id).type);
  }
};

inline cluster::ImageBehaviour serving(Duration time, std::int32_t concurrency = 16,
                                       std::int32_t queue = 1024) {
  cluster::ImageBehaviour behaviour;
  behaviour.service_time = Distribution::constant(time);
  behaviour.concurrency = concurrency;
  behaviour.queue = queue;
  return behaviour;
}

// A call of that resource, as image web makes it.
inline cluster::Call call_of(const char* resource) {
  cluster::Call call;
  call.to = resource;
  call.stream = "image/web/calls/0";
  return call;
}

// One request at each of these times.
inline LoadConfig sending(ProxyId proxy, std::vector<Duration> times) {
  std::vector<SimTime> at;
  for (const Duration t : times) at.push_back(SimTime::at(t));
  LoadConfig load;
  load.name = "public";
  load.proxy = proxy;
  load.service = {0};
  load.arrivals = Arrivals::trace(at);
  return load;
}

inline ProxyConfig nginx(Duration lag = Duration()) {
  return ProxyConfig::ingress_nginx("nginx", Distribution::constant(lag));
}
inline ProxyConfig direct(std::uint8_t tries = 1) {
  return ProxyConfig::load_generator("generator", Duration(), tries);
}

}  // namespace seatrial::traffic
