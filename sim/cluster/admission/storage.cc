// Sources: plugin/pkg/admission/storage/storageclass/setdefault/admission.go,
// plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go.
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

}  // namespace

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
