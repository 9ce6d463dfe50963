#include "sim/scheduler/volumes.h"

#include <fmt/format.h>

#include <algorithm>

namespace seatrial::scheduler {

using api::Kind;
using api::PersistentVolume;
using api::PersistentVolumeClaim;
using api::Symbol;

namespace {

const Symbol kNodeConflict("node(s) didn't match PersistentVolume's node affinity"),
    kBindConflict("node(s) didn't find available persistent volumes to bind"),
    kNoVolume("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)");

api::Quantity requested(const PersistentVolumeClaim& claim) {
  static const Symbol kStorage("storage");
  const auto found = claim.requests.find(kStorage);
  return found == claim.requests.end() ? api::Quantity() : found->second;
}

}  // namespace

// As the watch showed it, with the node that was chosen for it since.
ClaimPtr Volumes::claim(Symbol namespace_, Symbol name) const {
  const auto seen = objects_.find<PersistentVolumeClaim>(namespace_, name);
  const auto chosen = chosen_nodes_.find({namespace_, name});
  if (!seen || chosen == chosen_nodes_.end() || seen->metadata.annotations->contains(api::kSelectedNode))
    return seen;
  auto assumed = std::make_shared<PersistentVolumeClaim>(*seen);
  assumed->metadata.annotations.edit().set(api::kSelectedNode, chosen->second);
  return assumed;
}

VolumePtr Volumes::volume_of(const PersistentVolumeClaim& claim) const {
  return objects_.find<PersistentVolume>({}, claim.volume_name);
}

std::shared_ptr<const api::StorageClass> Volumes::class_of(const PersistentVolumeClaim& claim) const {
  return objects_.find<api::StorageClass>({}, cluster::class_of(claim));
}

PodClaims Volumes::claims_of(const PodInfo& info) const {
  PodClaims result;
  for (const Symbol name : info.spec->volume_claims) {
    const ClaimPtr found = claim(info.namespace_, name);
    if (!found)
      result.refusal = fmt::format("persistentvolumeclaim \"{}\" not found", name.view());
    else if (found->status.phase == Symbol("Lost"))
      result.refusal =
          fmt::format("persistentvolumeclaim \"{}\" bound to non-existent persistentvolume \"{}\"",
                      name.view(), found->volume_name.view());
    else if (found->metadata.deletion_timestamp)
      result.refusal = fmt::format("persistentvolumeclaim \"{}\" is being deleted", name.view());
    if (!result.refusal.empty()) return result;
    const auto storage_class = class_of(*found);
    if (is_bound(*found))
      result.bound.push_back(found);
    else if (found->volume_name.empty() && storage_class && storage_class->waits_for_consumer())
      result.delayed.push_back(found);
    else
      result.any_immediate = true;
  }
  return result;
}

bool Volumes::is_promised(const PersistentVolume& volume) const {
  return !volume.claim_ref && promised_.contains(volume.metadata.name);
}

bool Volumes::can_provision(const PersistentVolumeClaim& claim, const api::Node& node) const {
  const auto storage_class = class_of(claim);
  if (!storage_class || !cluster::provisions(*storage_class)) return false;
  const auto& terms = storage_class->allowed_topologies;
  return terms.empty() || std::ranges::any_of(terms, [&](const api::TopologyTerm& term) {
           return term.matches(*node.metadata.labels);
         });
}

// The smallest claim first, each another volume.
void Volumes::match(std::vector<ClaimPtr> claims, const api::Node& node, NodeVolumes& result,
                    std::vector<ClaimPtr>& unmatched) const {
  std::ranges::stable_sort(claims, {}, [](const ClaimPtr& claim) { return requested(*claim); });
  for (const ClaimPtr& claim : claims) {
    const auto is_taken = [&](const PersistentVolume& volume) {
      return is_promised(volume) || std::ranges::any_of(result.matched, [&](const auto& pair) {
               return pair.second->index == volume.index;
             });
    };
    const VolumePtr volume =
        cluster::matching_volume(*claim, objects_.all(Kind::kPersistentVolume), &node, true, is_taken);
    if (volume)
      result.matched.emplace_back(claim, volume);
    else
      unmatched.push_back(claim);
  }
}

NodeVolumes Volumes::on_node(const PodClaims& claims, const api::Node& node) const {
  NodeVolumes result;
  bool reached = true, exist = true, bindable = true;
  for (const ClaimPtr& claim : claims.bound) {
    const VolumePtr volume = volume_of(*claim);
    if (!volume) exist = false;
    if (!volume || !cluster::reaches(*volume, node)) {
      reached = !volume;
      break;
    }
  }
  std::vector<ClaimPtr> to_match, to_provision;
  for (const ClaimPtr& claim : claims.delayed) {
    const Symbol* const chosen = claim->metadata.annotations->find(api::kSelectedNode);
    if (chosen && *chosen != node.metadata.name) bindable = false;
    (chosen ? to_provision : to_match).push_back(claim);
  }
  if (bindable) {
    match(std::move(to_match), node, result, to_provision);
    bindable =
        std::ranges::all_of(to_provision, [&](const ClaimPtr& claim) { return can_provision(*claim, node); });
    result.provisioned = std::move(to_provision);
  }
  if (!reached) result.reasons.push_back(kNodeConflict);
  if (!bindable) result.reasons.push_back(kBindConflict);
  if (!exist) result.reasons.push_back(kNoVolume);
  return result;
}

void Volumes::count(const PodInfo& info, std::int64_t sign) {
  for (const Symbol name : info.spec->volume_claims) {
    const auto at = users_.try_emplace({info.namespace_, name}).first;
    at->second += sign;
    if (at->second == 0) users_.erase(at);
  }
}

std::int64_t Volumes::users_of(Symbol namespace_, Symbol claim) const {
  const auto found = users_.find({namespace_, claim});
  return found == users_.end() ? 0 : found->second;
}

std::vector<Volumes::Attachment> Volumes::attachments_of(const PodInfo& info) const {
  std::vector<Attachment> result;
  for (const Symbol name : info.spec->volume_claims) {
    const ClaimPtr found = claim(info.namespace_, name);
    if (!found) continue;
    if (const VolumePtr volume = volume_of(*found)) {
      if (!volume->csi_driver.empty()) result.push_back({volume->csi_driver, volume->volume_handle});
    } else if (const auto storage_class = class_of(*found)) {
      if (cluster::provisions(*storage_class))
        result.push_back(
            {cluster::driver_of(storage_class->provisioner), info.namespace_.str() + "/" + name.str()});
    }
  }
  return result;
}

void Volumes::assume(const NodeVolumes& chosen, Symbol node) {
  for (const auto& [claim, volume] : chosen.matched) promised_[volume->metadata.name] = claim->metadata.uid;
  for (const ClaimPtr& claim : chosen.provisioned)
    chosen_nodes_[{claim->metadata.namespace_, claim->metadata.name}] = node;
}

void Volumes::forget(const NodeVolumes& chosen) {
  for (const auto& [claim, volume] : chosen.matched) promised_.erase(volume->metadata.name);
  for (const ClaimPtr& claim : chosen.provisioned)
    chosen_nodes_.erase({claim->metadata.namespace_, claim->metadata.name});
}

}  // namespace seatrial::scheduler
