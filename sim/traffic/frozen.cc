#include "sim/traffic/frozen.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/cluster/journal_types.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

namespace {

JournalId say_of(Kernel& kernel, const ProxyConfig& proxy, std::string_view what, JournalId cause) {
  return cluster::record_words(kernel, cluster::RecordType::kSaid,
                               fmt::format("ingress controller {}: {}", proxy.name.view(), what), cause);
}

}  // namespace

void Traffic::freeze(Kernel& kernel, ProxyId proxy_id, const api::Object& ingress, JournalId cause) {
  Proxy& proxy = proxies_[static_cast<std::size_t>(proxy_id)];
  CHECK(!proxy.frozen);
  proxy.frozen = true;
  Freeze freeze;
  freeze.since = kernel.now();
  freeze.ingress = ingress.metadata.namespace_.str() + "/" + ingress.metadata.name.str();
  freeze.manifest = ingress.source;
  freeze.record =
      say_of(kernel, proxy.config(),
             fmt::format("nginx: configuration file test failed: Ingress {}; it applies nothing any "
                         "more, and goes on with what it has",
                         freeze.ingress),
             cause);
  freeze.failed_syncs = 1;
  FrozenProxy& frozen = frozen_[proxy_id];
  frozen.missed.clear();
  frozen.freezes.push_back(std::move(freeze));
}

const FrozenProxy* Traffic::frozen(ProxyId proxy) const {
  const auto found = frozen_.find(proxy);
  return found == frozen_.end() ? nullptr : &found->second;
}

void Traffic::thaw(Kernel& kernel, ProxyId proxy_id, JournalId cause) {
  Proxy& proxy = proxies_[static_cast<std::size_t>(proxy_id)];
  CHECK(proxy.frozen);
  proxy.frozen = false;
  FrozenProxy& frozen = frozen_.at(proxy_id);
  Freeze& freeze = frozen.freezes.back();
  freeze.until = kernel.now();
  const Duration lasted = truncated(freeze.until - freeze.since, Duration::seconds(1));
  const JournalId record =
      say_of(kernel, proxy.config(), "its configuration is valid again, after " + to_string(lasted), cause);
  for (const auto& [service, missed] : frozen.missed)
    tell_replicas(kernel, proxy_id, {service}, missed.pods, missed.cause);
  configuration_changed(kernel, proxy_id, record);
  const auto fleet = fleets_.find(proxy_id);
  if (fleet == fleets_.end() || !fleet->second.stalled) return;
  const std::uint16_t replica = *std::exchange(fleet->second.stalled, std::nullopt);
  --fleet->second.under_way;  // it was counted all the time
  schedule_replica(kernel, proxy_id, replica, ReplicaStep::kReady, proxy.draw_lag(), record);
}

void Traffic::miss_endpoints(ProxyId proxy, api::ServiceKey service, std::vector<api::PodKey> pods,
                             JournalId cause, bool told) {
  MissedEndpoints& missed = frozen_.at(proxy).missed[service.index];
  if (missed.told && !told) return;
  missed = {std::move(pods), cause, told};
}

void Traffic::pod_has_address(api::PodKey pod, api::Symbol address) {
  if (pod.index >= addresses_.of_pod.size()) addresses_.of_pod.resize(pod.index + 1);
  if (addresses_.of_pod[pod.index] == address) return;
  addresses_.of_pod[pod.index] = address;
  addresses_.owner[address] = pod;
}

void Traffic::find_who_answers(Request& r) {
  if (r.pod.index >= addresses_.of_pod.size()) return;
  const auto owner = addresses_.owner.find(addresses_.of_pod[r.pod.index]);
  if (owner == addresses_.owner.end() || owner->second == r.pod) return;
  server_of(owner->second);
  r.pod = owner->second;
  const FrozenProxy& frozen = frozen_.at(loads_[r.load].proxy);
  const auto missed = frozen.missed.find(loads_[r.load].service.index);
  r.astray = missed == frozen.missed.end() || std::ranges::count(missed->second.pods, r.pod) == 0;
}

void Traffic::stall_replica(Kernel& kernel, ProxyId proxy, std::uint16_t replica) {
  ReplicaFleet& fleet = fleets_.at(proxy);
  if (fleet.stalled) return;
  fleet.stalled = replica;
  say_of(kernel, proxies_[static_cast<std::size_t>(proxy)].config(),
         fmt::format("the pod that replaces replica {} has no configuration, and does not become Ready; the "
                     "restart waits",
                     replica + 1),
         frozen_.at(proxy).freezes.back().record);
}

}  // namespace seatrial::traffic
