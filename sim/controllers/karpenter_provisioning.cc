// Provisioning: pods that wait are packed, and nodes are launched for them.
#include <fmt/format.h>

#include <algorithm>

#include "sim/controllers/karpenter.h"

namespace seatrial::controllers {

using scheduler::kNoSlot;
using scheduler::WhatIf;
using PodPtr = std::shared_ptr<const api::Pod>;

namespace {

// With the most CPU first, then with the most memory; ties as they came.
void sort_by_size(std::vector<PodPtr>& pods) {
  std::ranges::stable_sort(pods, std::ranges::greater(), [](const PodPtr& pod) {
    const Resources requests = requests_of(*pod);
    return std::pair(requests.milli_cpu, requests.memory);
  });
}

// A node on which whatever one of the offers holds has room.
std::shared_ptr<const api::Node> largest(std::span<const InstanceOffer> offers, api::Symbol name,
                                         api::Symbol zone) {
  auto node = cloud::node_from(*offers.front().model, name, zone);
  for (const InstanceOffer& offer : offers) {
    for (const auto& [resource, amount] : offer.model->allocatable) {
      api::Quantity& most = node->allocatable[resource];
      most = std::max(most, amount);
    }
  }
  return node;
}

}  // namespace

std::vector<InstanceOffer> Karpenter::offers_in(const KarpenterPool& pool, api::Symbol zone,
                                                SimTime now) const {
  std::vector<InstanceOffer> offers;
  for (const InstanceOffer& offer : pool.offers) {
    if (!unavailable_.contains(offer.instance_type, zone, now)) offers.push_back(offer);
  }
  return offers;
}

const InstanceOffer* Karpenter::offer_for(const Claim& claim, std::vector<InstanceOffer>& storage,
                                          SimTime now) const {
  storage = offers_in(config_.pools[claim.pool], claim.zone, now);
  return cheapest(storage, claim.requests, static_cast<std::int64_t>(claim.pods.size()));
}

std::int64_t Karpenter::cpu_of_pool(const cloud::Ec2& ec2, const KarpenterPool& pool) const {
  std::int64_t cpu = 0;
  for (cloud::InstanceId id = 0; id < ec2.size(); ++id) {
    const cloud::Instance& instance = ec2.instance(id);
    if (instance.request.owner != pool.name || !instance.alive()) continue;
    const auto capacity = instance.request.node->capacity.find("cpu");
    cpu += capacity == instance.request.node->capacity.end() ? 0 : capacity->second.milli();
  }
  return cpu;
}

// The claim takes the pod if all filters let it, and if some type still holds all that it has.
bool Karpenter::add_to(WhatIf& what_if, Claim& claim, const PodPtr& pod, SimTime now) const {
  if (what_if.first_fit(*pod, {&claim.slot, 1}) == kNoSlot) return false;
  Claim more = claim;
  more.requests.add(requests_of(*pod));
  more.pods.push_back(pod);
  std::vector<InstanceOffer> storage;
  if (!offer_for(more, storage, now)) return false;
  claim = std::move(more);
  what_if.place(*pod, claim.slot);
  return true;
}

// In the first pool and zone that will do, the zones with fewest of the pool's instances first.
std::optional<Karpenter::Claim> Karpenter::new_claim(WhatIf& what_if, const PodPtr& pod,
                                                     const cloud::Ec2& ec2, SimTime now, std::size_t number,
                                                     std::string& why) const {
  for (std::size_t i = 0; i < config_.pools.size(); ++i) {
    const KarpenterPool& pool = config_.pools[i];
    if (pool.cpu_limit && cpu_of_pool(ec2, pool) >= *pool.cpu_limit) {
      why += fmt::format(", all available instance types exceed limits for nodepool \"{}\"", pool.name.str());
      continue;
    }
    std::vector<api::Symbol> zones = pool.zones;
    std::ranges::stable_sort(zones, {}, [&](api::Symbol zone) {
      std::int64_t count = 0;
      for (const std::uint32_t slot : what_if.cluster().order()) {
        const api::LabelMap& labels = what_if.cluster().at(slot).labels();
        count += labels.get(kNodeGroupLabel) == pool.name.view() &&
                 labels.get("topology.kubernetes.io/zone") == zone.view();
      }
      return count;
    });
    std::vector<api::Symbol> refusals;
    for (const api::Symbol zone : zones) {
      const auto offers = offers_in(pool, zone, now);
      if (offers.empty()) continue;
      const api::Symbol name = fmt::format("nodeclaim-{}", number);
      Claim claim{i, zone, what_if.add_node(largest(offers, name, zone)), {}, {}};
      if (add_to(what_if, claim, pod, now)) return claim;
      what_if.first_fit(*pod, {&claim.slot, 1}, &refusals);
      what_if.remove_node(name);
    }
    why += fmt::format(", incompatible with nodepool \"{}\", {}", pool.name.str(),
                       refusals.empty() ? "no instance type has enough resources" : refusals.front().str());
  }
  return std::nullopt;
}

Karpenter::Packing Karpenter::pack(WhatIf& what_if, Pods pods, const cloud::Ec2& ec2, SimTime now) const {
  Packing packing;
  std::vector<std::uint32_t> slots = what_if.cluster().order();
  for (const cloud::InstanceId id : upcoming_) {
    const cloud::Instance& instance = ec2.instance(id);
    slots.push_back(what_if.add_node(
        cloud::node_from(*instance.request.node, instance.node_name, instance.request.zones.front())));
  }
  sort_by_size(pods);
  for (const PodPtr& pod : pods) {
    const std::uint32_t slot = what_if.first_fit(*pod, slots);
    if (slot != kNoSlot) {
      what_if.place(*pod, slot);
      continue;
    }
    const bool taken =
        std::ranges::any_of(packing.claims, [&](Claim& claim) { return add_to(what_if, claim, pod, now); });
    if (taken) continue;
    std::string why;
    if (auto claim = new_claim(what_if, pod, ec2, now, packing.claims.size(), why)) {
      packing.claims.push_back(std::move(*claim));
    } else {
      packing.unplaced.push_back(pod);
      packing.reasons.push_back(std::move(why));
    }
  }
  return packing;
}

api::Symbol Karpenter::launch(Kernel& kernel, cloud::Ec2& ec2, const Claim& claim, JournalId cause) {
  std::vector<InstanceOffer> storage;
  const InstanceOffer* const offer = offer_for(claim, storage, kernel.now());
  CHECK(offer != nullptr);  // add_to saw to it
  KarpenterPool& pool = config_.pools[claim.pool];
  const api::Symbol name = fmt::format("{}-{}", pool.name.str(), pool.next_number++);
  upcoming_.push_back(
      ec2.launch(kernel, {pool.name, {offer->instance_type}, {claim.zone}, offer->model, cause}, name));
  return name;
}

void Karpenter::give_up_on_late_instances(Kernel& kernel, cloud::Ec2& ec2) {
  std::erase_if(upcoming_, [&](cloud::InstanceId id) {
    if (kernel.now() - ec2.instance(id).requested < config_.registration) return false;
    ec2.terminate(kernel, id, ec2.instance(id).request.cause);
    return true;
  });
}

void Karpenter::provision(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
                          const scheduler::ClusterState& cluster) {
  Pods pods = view_.pending();
  std::erase_if(pods, [](const PodPtr& pod) { return goes_with_node(*pod); });
  if (pods.empty()) return;
  WhatIf what_if(cluster);
  const Packing packing = pack(what_if, std::move(pods), ec2, kernel.now());
  for (const Claim& claim : packing.claims) {
    const api::Symbol name = launch(kernel, ec2, claim, view_.cause_of(claim.pods.front()->index));
    for (const PodPtr& pod : claim.pods)
      event(kernel, api, pod, false, "Nominated", "Pod should schedule on: nodeclaim/" + name.str(),
            view_.cause_of(pod->index));
  }
  for (std::size_t i = 0; i < packing.unplaced.size(); ++i) {
    const PodPtr& pod = packing.unplaced[i];
    event(kernel, api, pod, true, "FailedScheduling", "Failed to schedule pod" + packing.reasons[i],
          view_.cause_of(pod->index));
  }
  // They are looked at again until they are bound.
  if (std::exchange(retry_armed_, true)) return;
  Event retry;
  retry.component = component_;
  retry.type = kRetryPending;
  kernel.after(config_.retry_pending, retry);
}

}  // namespace seatrial::controllers
