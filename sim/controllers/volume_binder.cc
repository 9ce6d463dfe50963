// Binds claims to volumes, and says of both how they are.
//
// A claim whose class waits for its first consumer is left alone until the scheduler has chosen a node
// (volume.kubernetes.io/selected-node); then, or at once with volumeBindingMode Immediate, it is handed to
// the class's provisioner where no volume matches. What a claim waits for is looked at again every 15 s.
// Left out: the events of those rounds, volumes of the reclaim policy Recycle. Source:
// pkg/controller/volume/persistentvolume/pv_controller.go.
#include <fmt/format.h>

#include "sim/cluster/volumes.h"
#include "sim/controllers/controllers.h"

namespace seatrial::controllers {

using api::Kind;
using api::PersistentVolume;
using api::PersistentVolumeClaim;
using api::StorageClass;
using api::Symbol;
using cluster::VolumePtr;

namespace {

using ClaimPtr = std::shared_ptr<const PersistentVolumeClaim>;
constexpr Duration kRound = Duration::seconds(15);
const Symbol kPending("Pending"), kVolumeAvailable("Available"), kBound("Bound"), kReleased("Released"),
    kFailed("Failed"), kLost("Lost"), kYes("yes");

bool is_bound_to(const PersistentVolume& volume, const PersistentVolumeClaim& claim) {
  return volume.claim_ref && volume.claim_ref->uid == claim.metadata.uid;
}

// ---- What a change concerns ----

Duration until_round(SimTime now) {
  Duration into = now.since_start() % kRound;
  if (into < Duration()) into += kRound;
  return kRound - into;
}

void enqueue_pending(const Change& change, Enqueue& enqueue) {
  for (const api::ObjectPtr& object : change.cache.all(Kind::kPersistentVolumeClaim)) {
    if (object && static_cast<const PersistentVolumeClaim&>(*object).volume_name.empty())
      enqueue.add_after(object->ref(), until_round(change.now));
  }
}

void claim_changed(const Change& change, Enqueue& enqueue) {
  const auto& claim = static_cast<const PersistentVolumeClaim&>(*change.object);
  if (change.type != ChangeType::kDeleted) return enqueue.add(claim.ref());
  if (const auto volume = change.cache.find<PersistentVolume>({}, claim.volume_name))
    enqueue.add(volume->ref());
}

void volume_changed(const Change& change, Enqueue& enqueue) {
  const auto& volume = static_cast<const PersistentVolume&>(*change.object);
  if (change.type != ChangeType::kDeleted) enqueue.add(volume.ref());
  if (volume.claim_ref) {
    const auto claim =
        change.cache.find<PersistentVolumeClaim>(volume.claim_ref->namespace_, volume.claim_ref->name);
    if (claim) enqueue.add(claim->ref());
  } else if (volume.status.phase == kVolumeAvailable && change.type != ChangeType::kDeleted) {
    enqueue_pending(change, enqueue);
  }
}

// ---- Writes: each only where something is to be changed ----

Step<VolumePtr> write_phase(Sync& sync, VolumePtr volume, Symbol phase) {
  if (volume->status.phase == phase) return volume;
  return write<PersistentVolume>(sync, [&] {
    PersistentVolume next = *volume;
    next.status.phase = phase;
    next.status.last_phase_transition_time = sync.started().whole_second();
    return request(Verb::kUpdateStatus, next);
  });
}

Step<ClaimPtr> write_status(Sync& sync, ClaimPtr claim, Symbol phase, const PersistentVolume* volume) {
  PersistentVolumeClaim next = *claim;
  next.status = {phase, {}, {}};
  if (volume) {
    next.status.access_modes = volume->access_modes;
    next.status.capacity = volume->capacity;
  }
  if (next.status == claim->status) return claim;
  return write<PersistentVolumeClaim>(sync, [&] { return request(Verb::kUpdateStatus, next); });
}

Step<ClaimPtr> write_volume_name(Sync& sync, ClaimPtr claim, Symbol name) {
  if (is_bound(*claim) && claim->volume_name == name) return claim;
  return write<PersistentVolumeClaim>(sync, [&] {
    PersistentVolumeClaim next = *claim;
    if (next.volume_name.empty()) next.metadata.annotations.edit().set(api::kBoundByController, kYes);
    next.volume_name = name;
    next.metadata.annotations.edit().set(api::kBindCompleted, kYes);
    return request(Verb::kUpdate, next);
  });
}

// The volume names the claim, then is Bound; the claim names the volume, then is Bound.
Step<Done> bind(Sync& sync, VolumePtr volume, ClaimPtr claim) {
  if (!is_bound_to(*volume, *claim)) {
    auto named = write<PersistentVolume>(
        sync, [&] { return request(Verb::kUpdate, *cluster::bound_to(*volume, *claim)); });
    if (!named) return std::unexpected(named.error());
    volume = *named;
  }
  const auto marked = write_phase(sync, volume, kBound);
  if (!marked) return std::unexpected(marked.error());
  const auto named = write_volume_name(sync, claim, volume->metadata.name);
  if (!named) return std::unexpected(named.error());
  const auto done = write_status(sync, *named, kBound, volume.get());
  if (!done) return std::unexpected(done.error());
  return Done();
}

// ---- A claim ----

struct View {  // of a claim, as the cache held it
  ClaimPtr claim;
  std::shared_ptr<const StorageClass> storage_class;
  VolumePtr volume;                    // the claim's, or one that it could have
  std::vector<std::string> consumers;  // pods that use it and have no node
  bool delayed() const {
    return storage_class && storage_class->waits_for_consumer() &&
           !claim->metadata.annotations->contains(api::kSelectedNode);
  }
};

View look_at(const Cache& cache, ClaimPtr claim) {
  View view{claim, cache.find<StorageClass>({}, cluster::class_of(*claim)), nullptr, {}};
  if (!claim->volume_name.empty()) {
    view.volume = cache.find<PersistentVolume>({}, claim->volume_name);
    return view;
  }
  view.volume = cluster::matching_volume(*claim, cache.all(Kind::kPersistentVolume), nullptr, view.delayed(),
                                         [](const PersistentVolume&) { return false; });
  for (const std::uint32_t index : cache.in_namespace(Kind::kPod, claim->metadata.namespace_)) {
    const auto pod = cache.get<api::Pod>({index});
    const bool uses = std::ranges::count(pod->spec->volume_claims, claim->metadata.name) > 0;
    if (uses && pod->node_name.empty()) view.consumers.push_back(pod->metadata.name.str());
  }
  return view;
}

SyncResult say(Sync& sync, const View& view, bool warning, const char* reason, std::string message) {
  sync.event({view.claim, warning, reason, std::move(message), {}});
  const auto written = write_status(sync, view.claim, kPending, nullptr);
  return written ? SyncResult::done() : written.error();
}

SyncResult wait_for_consumer(Sync& sync, const View& view) {
  if (view.consumers.empty())
    return say(sync, view, false, "WaitForFirstConsumer",
               "waiting for first consumer to be created before binding");
  return say(sync, view, false, "WaitForPodScheduled",
             fmt::format("waiting for pod{} {} to be scheduled", view.consumers.size() > 1 ? "s" : "",
                         fmt::join(view.consumers, ",")));
}

SyncResult hand_to_provisioner(Sync& sync, const View& view) {
  const Symbol provisioner = view.storage_class->provisioner, driver = cluster::driver_of(provisioner);
  if (view.claim->metadata.annotations->get(api::kStorageProvisioner) != driver.view()) {
    const auto written = write<PersistentVolumeClaim>(sync, [&] {
      PersistentVolumeClaim next = *view.claim;
      api::LabelMap& annotations = next.metadata.annotations.edit();
      annotations.set(api::kBetaStorageProvisioner, driver);
      annotations.set(api::kStorageProvisioner, driver);
      if (driver != provisioner) annotations.set("pv.kubernetes.io/migrated-to", driver);
      return request(Verb::kUpdate, next);
    });
    if (!written) return written.error();
  }
  sync.event({view.claim,
              false,
              "ExternalProvisioning",
              "Waiting for a volume to be created either by the external provisioner '" + driver.str() +
                  "' or manually by the system administrator. If volume creation is delayed, please verify "
                  "that the provisioner is running and correctly registered.",
              {}});
  return SyncResult::done();
}

SyncResult provision(Sync& sync, const View& view) {
  const Symbol name = cluster::class_of(*view.claim);
  if (view.delayed()) return wait_for_consumer(sync, view);
  if (name.empty())
    return say(sync, view, false, "FailedBinding",
               "no persistent volumes available for this claim and no storage class is set");
  if (!view.storage_class)
    return say(sync, view, true, "ProvisioningFailed",
               fmt::format("storageclass.storage.k8s.io \"{}\" not found", name.view()));
  if (!cluster::provisions(*view.storage_class))
    return say(sync, view, true, "ProvisioningFailed",
               fmt::format("no volume plugin matched name: {}", view.storage_class->provisioner.view()));
  return hand_to_provisioner(sync, view);
}

SyncResult lose(Sync& sync, const View& view, const char* reason, const char* message) {
  if (view.claim->status.phase != kLost) sync.event({view.claim, true, reason, message, {}});
  const auto written = write_status(sync, view.claim, kLost, nullptr);
  return written ? SyncResult::done() : written.error();
}

SyncResult sync_claim(Sync& sync) {
  const auto& view = sync.pin([&] {
    const auto claim = api::as<PersistentVolumeClaim>(sync.cache().get(sync.key()));
    return claim ? look_at(sync.cache(), claim) : View();
  });
  if (!view.claim) return SyncResult::done();
  const PersistentVolumeClaim& claim = *view.claim;
  const bool was_bound = is_bound(claim);
  if (!view.volume) {
    if (was_bound)
      return lose(sync, view, "ClaimLost",
                  "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
    if (claim.volume_name.empty())
      return claim.metadata.deletion_timestamp ? SyncResult::done() : provision(sync, view);
    const auto written = write_status(sync, view.claim, kPending, nullptr);
    return written ? SyncResult::done() : written.error();
  }
  if (view.volume->claim_ref && !cluster::is_meant_for(*view.volume, claim)) {
    if (was_bound)
      return lose(sync, view, "ClaimMisbound",
                  "Two claims are bound to the same volume, this one is bound incorrectly");
    return say(
        sync, view, true, "FailedBinding",
        fmt::format("volume \"{}\" already bound to a different claim.", view.volume->metadata.name.view()));
  }
  const auto done = bind(sync, view.volume, view.claim);
  return done ? SyncResult::done() : done.error();
}

// ---- A volume ----

// None: it stays as it is.
std::optional<Symbol> phase_of(const PersistentVolume& volume, const Cache& cache) {
  if (!volume.claim_ref || volume.claim_ref->uid.empty()) return kVolumeAvailable;
  const auto claim = cache.find<PersistentVolumeClaim>(volume.claim_ref->namespace_, volume.claim_ref->name);
  if (!claim || claim->metadata.uid != volume.claim_ref->uid) {
    if (volume.status.phase == kFailed) return std::nullopt;
    return kReleased;
  }
  if (claim->volume_name == volume.metadata.name) return kBound;
  return std::nullopt;  // the claim's sync goes on with it
}

SyncResult sync_volume(Sync& sync) {
  const auto& volume = sync.pin([&] { return api::as<PersistentVolume>(sync.cache().get(sync.key())); });
  if (!volume) return SyncResult::done();
  const auto& phase = sync.pin([&] { return phase_of(*volume, sync.cache()); });
  if (!phase) return SyncResult::done();
  const auto written = write_phase(sync, volume, *phase);
  return written ? SyncResult::done() : written.error();
}

}  // namespace

void volume_binder_changed(const Change& change, Enqueue& enqueue) {
  switch (change.object->kind) {
    case Kind::kPersistentVolumeClaim:
      return claim_changed(change, enqueue);
    case Kind::kPersistentVolume:
      return volume_changed(change, enqueue);
    case Kind::kStorageClass:
      if (change.type == ChangeType::kAdded) enqueue_pending(change, enqueue);
      return;
    default:
      return;
  }
}

SyncResult sync_volume_binder(Sync& sync) {
  return sync.key().kind == Kind::kPersistentVolume ? sync_volume(sync) : sync_claim(sync);
}

}  // namespace seatrial::controllers
