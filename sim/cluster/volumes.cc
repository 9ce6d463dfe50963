#include "sim/cluster/volumes.h"

#include <algorithm>

namespace seatrial::cluster {

using api::PersistentVolume;
using api::PersistentVolumeClaim;
using api::Symbol;

namespace {

const Symbol kStorage("storage"), kAvailable("Available");

api::Quantity storage_in(const api::ResourceList& amounts) {
  const auto found = amounts.find(kStorage);
  return found == amounts.end() ? api::Quantity() : found->second;
}

bool has_modes(const PersistentVolume& volume, const PersistentVolumeClaim& claim) {
  return std::ranges::all_of(claim.access_modes,
                             [&](Symbol mode) { return std::ranges::count(volume.access_modes, mode) > 0; });
}

bool fits(const api::NodeSelectorTerm& term, const api::Node& node) {
  if (term.match_expressions.empty() && term.match_fields.empty()) return false;
  const api::LabelMap fields{{"metadata.name", node.metadata.name}};
  return api::LabelSelector{{}, term.match_expressions}.matches(*node.metadata.labels) &&
         api::LabelSelector{{}, term.match_fields}.matches(fields);
}

// Is it big enough, and of the kind that the claim wants?
bool could_do(const PersistentVolume& volume, const PersistentVolumeClaim& claim) {
  return storage_in(volume.capacity) >= storage_in(claim.requests) &&
         volume.volume_mode == claim.volume_mode && !volume.metadata.deletion_timestamp;
}

bool is_free_for(const PersistentVolume& volume, const PersistentVolumeClaim& claim) {
  if (volume.claim_ref || volume.status.phase != kAvailable) return false;
  if (claim.selector && !claim.selector->matches(*volume.metadata.labels)) return false;
  return volume.storage_class_name == class_of(claim) && has_modes(volume, claim);
}

}  // namespace

Symbol class_of(const PersistentVolumeClaim& claim) { return claim.storage_class_name.value_or(Symbol()); }

Symbol driver_of(Symbol provisioner) {
  return provisioner.view() == api::kInTreeEbs ? Symbol(api::kEbsDriver) : provisioner;
}

bool provisions(const api::StorageClass& storage_class) {
  return !storage_class.provisioner.empty() && storage_class.provisioner.view() != api::kNoProvisioner;
}

bool reaches(const PersistentVolume& volume, const api::Node& node) {
  return !volume.node_affinity ||
         std::ranges::any_of(*volume.node_affinity, [&](const auto& term) { return fits(term, node); });
}

bool is_meant_for(const PersistentVolume& volume, const PersistentVolumeClaim& claim) {
  return volume.claim_ref && volume.claim_ref->name == claim.metadata.name &&
         volume.claim_ref->namespace_ == claim.metadata.namespace_ &&
         (volume.claim_ref->uid.empty() || volume.claim_ref->uid == claim.metadata.uid);
}

VolumePtr matching_volume(const PersistentVolumeClaim& claim, const std::vector<api::ObjectPtr>& volumes,
                          const api::Node* node, bool delayed,
                          const std::function<bool(const PersistentVolume&)>& is_taken) {
  VolumePtr smallest;
  for (const api::ObjectPtr& object : volumes) {
    const auto volume = api::as<PersistentVolume>(object);
    if (!volume || is_taken(*volume) || !could_do(*volume, claim)) continue;
    const bool usable = !node || reaches(*volume, *node);
    if (is_meant_for(*volume, claim)) return usable ? volume : nullptr;
    if (!usable || (!node && delayed) || !is_free_for(*volume, claim)) continue;
    if (!smallest || storage_in(volume->capacity) < storage_in(smallest->capacity)) smallest = volume;
  }
  return smallest;
}

std::shared_ptr<PersistentVolume> bound_to(const PersistentVolume& volume,
                                           const PersistentVolumeClaim& claim) {
  auto next = std::make_shared<PersistentVolume>(volume);
  if (!volume.claim_ref) next->metadata.annotations.edit().set(api::kBoundByController, "yes");
  next->claim_ref = {"PersistentVolumeClaim",   "v1",
                     claim.metadata.namespace_, claim.metadata.name,
                     claim.metadata.uid,        claim.metadata.resource_version};
  return next;
}

}  // namespace seatrial::cluster
