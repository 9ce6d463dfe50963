// Sources: plugin/pkg/admission/storage/storageclass/setdefault/admission.go,
// plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go,
// plugin/pkg/admission/storage/persistentvolume/resize/admission.go.
#include <tuple>

#include "sim/api/storage.h"
#include "sim/cluster/admission/plugins.h"

namespace seatrial::cluster {

using api::Kind;
using api::StorageClass;

namespace {

// The newest of the default classes, of equally new ones the first by name; null: there is none.
const StorageClass* default_class(const Store& store) {
  const StorageClass* found = nullptr;
  for_each<StorageClass>(store, {}, [&](const StorageClass& candidate) {
    const auto rank = [](const StorageClass& c) {
      return std::tuple(-c.metadata.creation_timestamp.count(), c.metadata.name);
    };
    if (candidate.is_default() && (!found || rank(candidate) < rank(*found))) found = &candidate;
  });
  return found;
}

api::Quantity storage_of(const api::PersistentVolumeClaim& claim) {
  const auto found = claim.requests.find("storage");
  return found == claim.requests.end() ? api::Quantity() : found->second;
}

}  // namespace

Refusal check_claim_size(const Store& store, AdmissionState&, const AdmissionRequest& request,
                         AdmissionOutcome&) {
  if (request.verb != Verb::kUpdate || request.object.kind != Kind::kPersistentVolumeClaim)
    return std::nullopt;
  const auto& claim = static_cast<const api::PersistentVolumeClaim&>(request.object);
  const auto& old = static_cast<const api::PersistentVolumeClaim&>(*request.old);
  if (storage_of(claim) <= storage_of(old)) return std::nullopt;
  if (old.status.phase != api::Symbol("Bound"))
    return forbidden(request, "Only bound persistent volume claims can be expanded");
  const auto name = claim.storage_class_name.value_or(api::Symbol());
  const auto* const found = name.empty() ? nullptr : store.find<StorageClass>({}, name);
  if (found && old.storage_class_name == claim.storage_class_name && found->allow_volume_expansion)
    return std::nullopt;
  return forbidden(request,
                   "only dynamically provisioned pvc can be resized and the storageclass that provisions the "
                   "pvc must support resize");
}

Refusal set_storage_class(const Store& store, AdmissionState&, AdmissionRequest& request) {
  if (request.verb != Verb::kCreate || request.object.kind != Kind::kPersistentVolumeClaim)
    return std::nullopt;
  auto& claim = static_cast<api::PersistentVolumeClaim&>(request.object);
  if (claim.storage_class_name) return std::nullopt;
  if (const StorageClass* const fallback = default_class(store))
    claim.storage_class_name = fallback->metadata.name;
  return std::nullopt;
}

Refusal protect_storage(const Store&, AdmissionState&, AdmissionRequest& request) {
  const Kind kind = request.object.kind;
  if (request.verb != Verb::kCreate) return std::nullopt;
  if (kind != Kind::kPersistentVolumeClaim && kind != Kind::kPersistentVolume) return std::nullopt;
  const api::Symbol finalizer(kind == Kind::kPersistentVolume ? api::kVolumeProtection
                                                              : api::kClaimProtection);
  auto& finalizers = request.object.metadata.finalizers;
  if (std::ranges::count(finalizers, finalizer) == 0) finalizers.push_back(finalizer);
  return std::nullopt;
}

}  // namespace seatrial::cluster
