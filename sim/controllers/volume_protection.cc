// Lets a claim go that is being deleted when no pod with a node uses it any more, and a volume when it is not
// bound any more. Sources: pkg/controller/volume/{pvcprotection,pvprotection}.
#include "sim/api/storage.h"
#include "sim/controllers/controllers.h"

namespace seatrial::controllers {

using api::Kind;
using api::PersistentVolume;
using api::PersistentVolumeClaim;
using api::Pod;
using api::Symbol;

namespace {

bool is_held(const api::Object& object, std::string_view finalizer) {
  return object.metadata.deletion_timestamp &&
         std::ranges::count(object.metadata.finalizers, Symbol(finalizer)) > 0;
}

bool is_used(const Cache& cache, const PersistentVolumeClaim& claim) {
  return std::ranges::any_of(cache.in_namespace(Kind::kPod, claim.metadata.namespace_),
                             [&](std::uint32_t index) {
                               const auto pod = cache.get<Pod>({index});
                               return !pod->node_name.empty() &&
                                      std::ranges::count(pod->spec->volume_claims, claim.metadata.name) > 0;
                             });
}

SyncResult let_go(Sync& sync, const api::Object& object, std::string_view finalizer) {
  const ApiResult* const result = sync.write([&] { return finalizer_request(object, finalizer); });
  if (!result) return SyncResult::pending();
  return *result || is_not_found(result->error()) ? SyncResult::done()
                                                  : SyncResult::failed(result->error().message);
}

}  // namespace

void claim_protection_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind == Kind::kPersistentVolumeClaim) {
    if (change.type != ChangeType::kDeleted && is_held(*change.object, api::kClaimProtection))
      enqueue.add(change.object->ref());
    return;
  }
  if (change.object->kind != Kind::kPod || change.type == ChangeType::kAdded) return;
  const auto& pod = static_cast<const Pod&>(*change.object);
  for (const Symbol name : pod.spec->volume_claims) {
    const auto claim = change.cache.find<PersistentVolumeClaim>(pod.metadata.namespace_, name);
    if (claim && is_held(*claim, api::kClaimProtection)) enqueue.add(claim->ref());
  }
}

SyncResult sync_claim_protection(Sync& sync) {
  const auto& claim = sync.pin([&]() -> std::shared_ptr<const PersistentVolumeClaim> {
    const auto found = api::as<PersistentVolumeClaim>(sync.cache().get(sync.key()));
    const bool free = found && is_held(*found, api::kClaimProtection) && !is_used(sync.cache(), *found);
    return free ? found : nullptr;
  });
  return claim ? let_go(sync, *claim, api::kClaimProtection) : SyncResult::done();
}

void volume_protection_changed(const Change& change, Enqueue& enqueue) {
  if (change.type != ChangeType::kDeleted && is_held(*change.object, api::kVolumeProtection))
    enqueue.add(change.object->ref());
}

SyncResult sync_volume_protection(Sync& sync) {
  const auto& volume = sync.pin([&] { return api::as<PersistentVolume>(sync.cache().get(sync.key())); });
  const bool held = volume && is_held(*volume, api::kVolumeProtection);
  if (!held || volume->status.phase == Symbol("Bound")) return SyncResult::done();
  return let_go(sync, *volume, api::kVolumeProtection);
}

}  // namespace seatrial::controllers
