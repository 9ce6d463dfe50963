#include "sim/traffic/restart.h"

#include <algorithm>

#include "sim/cluster/journal_types.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

void Traffic::set_replica_pods(const Kernel& kernel, ProxyId proxy, ReplicaPods pods) {
  const std::string name = "proxy/" + proxies_[static_cast<std::size_t>(proxy)].config().name.str();
  fleets_.emplace(
      proxy,
      ReplicaFleet{std::move(pods), kernel.stream(name + "/restarts"), {}, {}, JournalId::kNone, 0, {}});
}

const ReplicaFleet* Traffic::replica_fleet(ProxyId proxy) const {
  const auto found = fleets_.find(proxy);
  return found == fleets_.end() ? nullptr : &found->second;
}

void Traffic::restart_replicas(Kernel& kernel, ProxyId proxy_id, JournalId cause) {
  ReplicaFleet& fleet = fleets_.at(proxy_id);
  Proxy& proxy = proxies_[static_cast<std::size_t>(proxy_id)];
  if (proxy.restarts) {
    cluster::record_words(
        kernel, cluster::RecordType::kSaid,
        "ingress controller " + proxy.config().name.str() + ": a restart is under way already", cause);
    return;
  }
  proxy.restarts = true;
  fleet.began = cause;
  fleet.entrances.clear();
  for (Slot slot = 0; slot < requests_.size(); ++slot) requests_[slot].successor = false;
  for (std::uint16_t r = 0; r < proxy.config().replicas; ++r) fleet.entrances.push_back({r, false});
  fleet.ended.assign(proxy.config().replicas, JournalId::kNone);
  replace_replica(kernel, proxy_id, 0, cause);
}

void Traffic::schedule_replica(Kernel& kernel, ProxyId proxy, std::uint16_t replica, ReplicaStep step,
                               Duration delay, JournalId cause) {
  ++fleets_.at(proxy).under_way;
  Event e;
  e.component = kTrafficComponent;
  e.type = static_cast<std::uint8_t>(EventType::kReplica);
  e.subject = replica;
  e.payload = static_cast<std::uint64_t>(proxy);
  e.aux = static_cast<std::uint16_t>(step);
  e.cause = cause;
  kernel.after(delay, e);
}

void Traffic::replace_replica(Kernel& kernel, ProxyId proxy, std::uint16_t replica, JournalId cause) {
  ReplicaFleet& fleet = fleets_.at(proxy);
  std::ranges::replace(fleet.entrances, Entrance{replica, false}, Entrance{replica, true});
  const Duration leaves = fleet.pods.balancer.deregistration.sample(fleet.draws),
                 start = fleet.pods.start.sample(fleet.draws);
  schedule_replica(kernel, proxy, replica, ReplicaStep::kSigterm, fleet.pods.pre_stop, cause);
  schedule_replica(kernel, proxy, replica, ReplicaStep::kLeaves, leaves, cause);
  schedule_replica(kernel, proxy, replica, ReplicaStep::kReady, start, cause);
}

void Traffic::end_replica(Kernel& kernel, ProxyId proxy_id, std::uint16_t replica, JournalId cause) {
  const ProxyConfig& config = proxies_[static_cast<std::size_t>(proxy_id)].config();
  JournalRecord record;
  record.type = static_cast<std::uint16_t>(cluster::RecordType::kReplicaEnds);
  record.cause = cause;
  record.other = replica;
  record.text = kernel.journal().text(config.name.view());
  const JournalId id = kernel.record(record);
  fleets_.at(proxy_id).ended[replica] = id;
  retire(kernel, proxy_id, replica, {}, id, config.worker_shutdown_timeout, true);
}

void Traffic::replica_ready(Kernel& kernel, ProxyId proxy, std::uint16_t replica, JournalId cause) {
  ReplicaFleet& fleet = fleets_.at(proxy);
  const HealthCheck& check = fleet.pods.balancer.health_check;
  const Duration registered = fleet.pods.balancer.registration.sample(fleet.draws);
  const auto phase = fleet.draws.below(static_cast<std::uint64_t>(check.interval.count()));
  const Duration checked =
      Duration::nanos(static_cast<std::int64_t>(phase)) + check.interval * (check.first_threshold - 1);
  schedule_replica(kernel, proxy, replica, ReplicaStep::kEnters, registered + checked, cause);
  const std::uint16_t next = replica + 1;
  if (next < proxies_[static_cast<std::size_t>(proxy)].config().replicas)
    replace_replica(kernel, proxy, next, cause);
}

void Traffic::replica_step(Kernel& kernel, const Event& event) {
  const auto proxy = static_cast<ProxyId>(event.payload);
  const auto replica = static_cast<std::uint16_t>(event.subject);
  ReplicaFleet& fleet = fleets_.at(proxy);
  switch (static_cast<ReplicaStep>(event.aux)) {
    case ReplicaStep::kSigterm:
      end_replica(kernel, proxy, replica, event.cause);
      break;
    case ReplicaStep::kLeaves:
      std::erase(fleet.entrances, Entrance{replica, true});
      break;
    case ReplicaStep::kReady:
      if (proxies_[static_cast<std::size_t>(proxy)].frozen) return stall_replica(kernel, proxy, replica);
      replica_ready(kernel, proxy, replica, event.cause);
      break;
    case ReplicaStep::kEnters:
      fleet.entrances.push_back({replica, false, true});
      break;
  }
  if (--fleet.under_way == 0) proxies_[static_cast<std::size_t>(proxy)].restarts = false;
}

JournalId Traffic::enter(Slot slot, RandomStream& choice) {
  Request& r = requests_[slot];
  const ReplicaFleet& fleet = fleets_.at(loads_[r.load].proxy);
  if (fleet.entrances.empty()) return fleet.began;  // nobody is registered
  const std::vector<std::uint16_t>& rotation = proxy_of(r).rotation();
  const auto in_rotation = [&](const Entrance& e) { return std::ranges::count(rotation, e.replica) > 0; };
  const std::int64_t among = std::ranges::count_if(fleet.entrances, in_rotation);
  auto left = static_cast<std::int64_t>(
      choice.below(among > 0 ? static_cast<std::uint64_t>(among) : fleet.entrances.size()));
  const auto chosen = std::ranges::find_if(
      fleet.entrances, [&](const Entrance& e) { return (among == 0 || in_rotation(e)) && left-- == 0; });
  r.replica = chosen->replica;
  r.successor = chosen->successor;
  return chosen->ending ? fleet.ended[chosen->replica] : JournalId::kNone;
}

}  // namespace seatrial::traffic
