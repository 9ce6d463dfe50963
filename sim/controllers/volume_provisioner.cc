// The EBS CSI driver's controller: makes the volume that a claim asks for, in the zone of the node that the
// scheduler has chosen, and removes it when its claim is gone and its reclaim policy is Delete. It is there
// where nodes have registered the driver (CSINode). What the cloud takes for it: ControlPlaneTimings.
//
// Sources: kubernetes-csi/external-provisioner, pkg/controller/controller.go;
// sigs.k8s.io/sig-storage-lib-external-provisioner, controller/controller.go; kubernetes-sigs/
// aws-ebs-csi-driver, pkg/driver/controller.go.
#include <fmt/format.h>

#include <set>

#include "sim/cluster/volumes.h"
#include "sim/controllers/controllers.h"
#include "sim/controllers/volume_math.h"

namespace seatrial::controllers {

using api::Kind;
using api::PersistentVolume;
using api::PersistentVolumeClaim;
using api::StorageClass;
using api::Symbol;

namespace {

const Symbol kZoneLabel("topology.kubernetes.io/zone");
constexpr const char* kFinalizer = "external-provisioner.volume.kubernetes.io/finalizer";

using ClaimPtr = std::shared_ptr<const PersistentVolumeClaim>;

// When the cloud is done with what it was asked for, by the object that asked.
struct CloudRequests {
  std::map<api::Uid, SimTime> done_at;
};

bool has_driver(const api::CsiNode& node) {
  return std::ranges::count(node.drivers, Symbol(api::kEbsDriver), &api::CsiNode::Driver::name) > 0;
}

// The zones of nodes that have the driver, sorted.
std::vector<Symbol> zones_of_nodes(const Cache& cache) {
  std::set<Symbol> zones;
  for (const api::ObjectPtr& object : cache.all(Kind::kCsiNode)) {
    if (!object || !has_driver(static_cast<const api::CsiNode&>(*object))) continue;
    const auto node = cache.find<api::Node>({}, object->metadata.name);
    if (node && node->metadata.labels->contains(kZoneLabel))
      zones.insert(*node->metadata.labels->find(kZoneLabel));
  }
  return {zones.begin(), zones.end()};
}

bool is_for_us(const PersistentVolumeClaim& claim) {
  return claim.volume_name.empty() && !claim.metadata.deletion_timestamp &&
         claim.metadata.annotations->get(api::kStorageProvisioner) == api::kEbsDriver;
}

bool is_to_go(const PersistentVolume& volume) {
  return volume.status.phase == Symbol("Released") && volume.reclaim_policy == Symbol("Delete") &&
         volume.metadata.annotations->get(api::kProvisionedBy) == api::kEbsDriver;
}

struct Order {     // what is to be made
  ClaimPtr claim;  // null: nothing
  std::shared_ptr<const StorageClass> storage_class;
  Symbol zone;
  std::string refusal;  // not empty: why it cannot be made
};

Order order_for(const Cache& cache, ClaimPtr claim) {
  Order order{claim, cache.find<StorageClass>({}, cluster::class_of(*claim)), {}, {}};
  const Symbol name("pvc-" + claim->metadata.uid.str());
  const std::vector<Symbol> zones = zones_of_nodes(cache);
  if (!order.storage_class || zones.empty() || cache.find<PersistentVolume>({}, name)) return {};
  if (const Symbol* const chosen = claim->metadata.annotations->find(api::kSelectedNode)) {
    const auto node = cache.find<api::Node>({}, *chosen);
    if (!node)
      order.refusal = fmt::format("failed to get target node: node \"{}\" not found", chosen->view());
    else
      order.zone = node->metadata.labels->get(kZoneLabel);
    return order;
  }
  if (order.storage_class->waits_for_consumer()) return {};
  const std::vector<Symbol> allowed = allowed_zones(*order.storage_class, zones);
  if (allowed.empty()) return {};
  order.zone = zone_for_claim(claim->metadata.name.view(), allowed);
  return order;
}

PersistentVolume volume_for(const Order& order) {
  const PersistentVolumeClaim& claim = *order.claim;
  const StorageClass& storage_class = *order.storage_class;
  PersistentVolume volume;
  const std::string uid = claim.metadata.uid.str();
  volume.metadata.name = "pvc-" + uid;
  volume.metadata.annotations = api::LabelMap{{api::kProvisionedBy, api::kEbsDriver}};
  volume.metadata.finalizers = {kFinalizer};
  const auto wanted = claim.requests.find("storage");
  volume.capacity = {{"storage", whole_gibibytes(wanted->second)}};
  volume.access_modes = claim.access_modes;
  volume.mount_options = storage_class.mount_options;
  volume.reclaim_policy = storage_class.reclaim_policy;
  volume.storage_class_name = storage_class.metadata.name;
  volume.volume_mode = claim.volume_mode;
  volume.source_kind = "csi";
  volume.csi_driver = api::kEbsDriver;
  std::string digits = uid;
  std::erase(digits, '-');
  volume.volume_handle = "vol-0" + digits.substr(0, 16);
  volume.claim_ref = {"PersistentVolumeClaim",   "v1",
                      claim.metadata.namespace_, claim.metadata.name,
                      claim.metadata.uid,        claim.metadata.resource_version};
  volume.node_affinity.emplace().push_back(
      {{{kZoneLabel, api::LabelSelectorRequirement::Operator::kIn, {order.zone}}}, {}});
  volume.source = claim.source;
  return volume;
}

// The time until the cloud is done with it; `begin` is called with the first look.
template <class Begin>
Duration cloud_takes(Sync& sync, api::Uid uid, const Distribution& takes, Begin&& begin) {
  const auto& due = sync.pin([&]() -> std::pair<bool, SimTime> {
    const auto& known = sync.memory<CloudRequests>().done_at;
    const auto at = known.find(uid);
    if (at != known.end()) return {false, at->second};
    return {true, sync.now() + takes.sample(sync.random())};
  });
  sync.once([&] { sync.memory<CloudRequests>().done_at[uid] = due.second; });
  if (due.first) begin();
  const SimTime started = sync.started();
  return due.second > started ? due.second - started : Duration();
}

void forget(Sync& sync, api::Uid uid) {
  sync.once([&] { sync.memory<CloudRequests>().done_at.erase(uid); });
}

// The scheduler shall choose another node.
SyncResult refuse(Sync& sync, const Order& order) {
  sync.event({order.claim, true, "ProvisioningFailed", order.refusal, {}});
  const auto written = write<PersistentVolumeClaim>(sync, [&] {
    PersistentVolumeClaim next = *order.claim;
    next.metadata.annotations.edit().erase(api::kSelectedNode);
    return request(Verb::kUpdate, next);
  });
  return written ? SyncResult::done() : written.error();
}

SyncResult provision(Sync& sync) {
  const auto& order = sync.pin([&] {
    const auto claim = api::as<PersistentVolumeClaim>(sync.cache().get(sync.key()));
    return claim && is_for_us(*claim) ? order_for(sync.cache(), claim) : Order();
  });
  if (!order.claim) return SyncResult::done();
  if (!order.refusal.empty()) return refuse(sync, order);
  const api::ObjectMeta& meta = order.claim->metadata;
  const Duration left = cloud_takes(sync, meta.uid, sync.timings().volume_creation, [&] {
    sync.event({order.claim,
                false,
                "Provisioning",
                fmt::format("External provisioner is provisioning volume for claim \"{}/{}\"",
                            meta.namespace_.view(), meta.name.view()),
                {}});
  });
  if (left > Duration()) return SyncResult::done(left);
  const ApiResult* const made = sync.write([&] { return request(Verb::kCreate, volume_for(order)); });
  if (!made) return SyncResult::pending();
  if (!*made && !is_already_exists(made->error())) return SyncResult::failed(made->error().message);
  forget(sync, meta.uid);
  sync.event({order.claim,
              false,
              "ProvisioningSucceeded",
              fmt::format("Successfully provisioned volume pvc-{}", meta.uid.str()),
              {}});
  return SyncResult::done();
}

SyncResult remove(Sync& sync) {
  const auto& volume = sync.pin([&] { return api::as<PersistentVolume>(sync.cache().get(sync.key())); });
  if (!volume || !is_to_go(*volume)) return SyncResult::done();
  if (!volume->metadata.deletion_timestamp) {
    const Duration left = cloud_takes(sync, volume->metadata.uid, sync.timings().volume_deletion, [] {});
    if (left > Duration()) return SyncResult::done(left);
    const ApiResult* const deleted = sync.write([&] { return delete_request(*volume); });
    if (!deleted) return SyncResult::pending();
    if (!*deleted && !is_not_found(deleted->error())) return SyncResult::failed(deleted->error().message);
    forget(sync, volume->metadata.uid);
  }
  if (std::ranges::count(volume->metadata.finalizers, Symbol(kFinalizer)) == 0) return SyncResult::done();
  const ApiResult* const freed = sync.write([&] { return finalizer_request(*volume, kFinalizer); });
  if (!freed) return SyncResult::pending();
  return *freed || is_not_found(freed->error()) ? SyncResult::done()
                                                : SyncResult::failed(freed->error().message);
}

}  // namespace

void volume_provisioner_changed(const Change& change, Enqueue& enqueue) {
  if (change.type == ChangeType::kDeleted) return;
  const api::Object& object = *change.object;
  if (object.kind == Kind::kPersistentVolumeClaim &&
      is_for_us(static_cast<const PersistentVolumeClaim&>(object)))
    enqueue.add(object.ref());
  if (object.kind == Kind::kPersistentVolume && is_to_go(static_cast<const PersistentVolume&>(object)))
    enqueue.add(object.ref());
  // Claims of Immediate binding that were there before the driver's first node.
  if (object.kind != Kind::kCsiNode || change.type != ChangeType::kAdded) return;
  for (const api::ObjectPtr& claim : change.cache.all(Kind::kPersistentVolumeClaim)) {
    if (claim && is_for_us(static_cast<const PersistentVolumeClaim&>(*claim))) enqueue.add(claim->ref());
  }
}

SyncResult sync_volume_provisioner(Sync& sync) {
  return sync.key().kind == Kind::kPersistentVolume ? remove(sync) : provision(sync);
}

}  // namespace seatrial::controllers
