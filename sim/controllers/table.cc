#include "sim/controllers/table.h"

#include "sim/controllers/controllers.h"

namespace seatrial::controllers {

using api::Kind;
using cluster::ControllerRow;

namespace {

// All kinds but those that own nothing and come and go all the time.
std::vector<Kind> everything() {
  std::vector<Kind> kinds;
  for (std::size_t i = 0; i < api::kKindCount; ++i) {
    const Kind kind = static_cast<Kind>(i);
    if (kind != Kind::kEvent && kind != Kind::kLease) kinds.push_back(kind);
  }
  return kinds;
}

// Clients are of 20 requests a second and a burst of 30 unless said otherwise. What a real controller reads
// live is not simulated: the garbage collector's client (40, 30) reads each object before it deletes it, so
// it deletes half as many, and the taint eviction controller's (20, 30) reads each pod that it evicts with
// three further requests. The namespace controller's client is 20 times as fast as others, with 100 times the
// burst.
const ControllerRow kRows[] = {
    {.name = "deployment-controller",
     .workers = 5,
     .watches = {Kind::kDeployment, Kind::kReplicaSet, Kind::kPod},
     .on_change = deployment_changed,
     .sync = sync_deployment},
    {.name = "replicaset-controller",
     .workers = 5,
     .watches = {Kind::kReplicaSet, Kind::kPod},
     .on_change = replicaset_changed,
     .sync = sync_replicaset,
     .consistent_kinds = {Kind::kPod, Kind::kReplicaSet},
     .max_retries = -1},
    {.name = "statefulset-controller",
     .workers = 5,
     .watches = {Kind::kStatefulSet, Kind::kPod, Kind::kControllerRevision, Kind::kPersistentVolumeClaim},
     .on_change = statefulset_changed,
     .sync = sync_statefulset,
     .consistent_kinds = {Kind::kPod, Kind::kStatefulSet, Kind::kControllerRevision},
     .max_retries = -1},
    {.name = "daemonset-controller",
     .workers = 2,
     .watches = {Kind::kDaemonSet, Kind::kPod, Kind::kNode, Kind::kControllerRevision},
     .on_change = daemonset_changed,
     .sync = sync_daemonset,
     .consistent_kinds = {Kind::kPod, Kind::kDaemonSet, Kind::kControllerRevision},
     .max_retries = -1},
    {.name = "job-controller",
     .workers = 5,
     .watches = {Kind::kJob, Kind::kPod},
     .on_change = job_changed,
     .sync = sync_job,
     .consistent_kinds = {Kind::kPod, Kind::kJob},
     .max_retries = -1,
     .retry_base = Duration::seconds(1),
     .retry_max = Duration::seconds(60),
     .retries = {}},  // DefaultJobApiBackOff and MaxJobApiBackOff are all that limits them
    {.name = "cronjob-controller",
     .workers = 5,
     .watches = {Kind::kCronJob, Kind::kJob},
     .on_change = cronjob_changed,
     .sync = sync_cronjob,
     .max_retries = -1},
    {.name = "ttl-after-finished-controller",
     .workers = 5,
     .watches = {Kind::kJob},
     .on_change = ttl_after_finished_changed,
     .sync = sync_ttl_after_finished,
     .max_retries = -1},
    // It does not read its slices again before it has seen its last write of them; in recordings this costs 5
    // to 20 ms, so it waits as other controllers do, not its own back-off of a second.
    {.name = "endpoint-slice-controller",
     .workers = 5,
     .watches = {Kind::kService, Kind::kPod, Kind::kEndpointSlice, Kind::kNode},
     .on_change = endpointslice_changed,
     .sync = sync_endpointslice,
     .consistent_kinds = {Kind::kEndpointSlice}},
    {.name = "generic-garbage-collector",
     .workers = 20,
     .qps = 20,
     .burst = 15,
     .watches = everything(),
     .on_change = garbage_collector_changed,
     .sync = sync_garbage_collector,
     .max_retries = -1},
    {.name = "namespace-controller",
     .workers = 10,
     .qps = 400,
     .burst = 3000,
     .watches = everything(),
     .on_change = namespace_changed,
     .sync = sync_namespace,
     .max_retries = -1,
     .retry_max = Duration::seconds(60)},
    {.name = "service-account-controller",
     .workers = 1,
     .watches = {Kind::kNamespace, Kind::kServiceAccount},
     .on_change = serviceaccount_changed,
     .sync = sync_serviceaccount,
     .max_retries = -1},
    {.name = "root-ca-certificate-publisher",
     .workers = 1,
     .watches = {Kind::kNamespace, Kind::kConfigMap},
     .on_change = root_ca_changed,
     .sync = sync_root_ca,
     .max_retries = -1},
    {.name = "resourcequota-controller",
     .workers = 5,
     .watches = {Kind::kResourceQuota, Kind::kPod, Kind::kService, Kind::kConfigMap, Kind::kSecret,
                 Kind::kServiceAccount, Kind::kDeployment, Kind::kReplicaSet, Kind::kStatefulSet,
                 Kind::kDaemonSet, Kind::kControllerRevision, Kind::kJob, Kind::kCronJob, Kind::kIngress,
                 Kind::kPodDisruptionBudget, Kind::kHorizontalPodAutoscaler, Kind::kNetworkPolicy,
                 Kind::kPersistentVolumeClaim, Kind::kUnstructured},
     .on_change = resourcequota_changed,
     .sync = sync_resourcequota,
     .max_retries = -1},
    {.name = "pod-garbage-collector",
     .workers = 1,
     .watches = {Kind::kNode, Kind::kPod},
     .on_change = podgc_changed,
     .sync = sync_podgc,
     .max_retries = -1},
    {.name = "node-lifecycle-controller",
     .workers = 8,
     .watches = {Kind::kNode, Kind::kLease, Kind::kPod},
     .on_change = node_lifecycle_changed,
     .sync = sync_node_lifecycle,
     .max_retries = -1},
    {.name = "taint-eviction-controller",
     .workers = 8,
     .qps = 15,
     .burst = 22,
     .watches = {Kind::kNode, Kind::kPod},
     .on_change = taint_eviction_changed,
     .sync = sync_taint_eviction,
     .max_retries = -1},
    {.name = "disruption-controller",
     .workers = 1,
     .watches = {Kind::kPodDisruptionBudget, Kind::kPod, Kind::kReplicaSet, Kind::kDeployment},
     .on_change = disruption_changed,
     .sync = sync_disruption,
     .max_retries = -1},
    {.name = "horizontal-pod-autoscaler",
     .workers = 5,
     .watches = {Kind::kHorizontalPodAutoscaler},
     .on_change = horizontal_pod_autoscaler_changed,
     .sync = sync_horizontal_pod_autoscaler,
     .max_retries = -1},
    {.name = "persistentvolume-controller",
     .workers = 2,
     .watches = {Kind::kPersistentVolumeClaim, Kind::kPersistentVolume, Kind::kStorageClass, Kind::kPod},
     .on_change = volume_binder_changed,
     .sync = sync_volume_binder,
     .max_retries = -1},
    {.name = "persistentvolumeclaim-protection-controller",
     .workers = 1,
     .watches = {Kind::kPersistentVolumeClaim, Kind::kPod},
     .on_change = claim_protection_changed,
     .sync = sync_claim_protection,
     .max_retries = -1},
    {.name = "persistentvolume-protection-controller",
     .workers = 1,
     .watches = {Kind::kPersistentVolume},
     .on_change = volume_protection_changed,
     .sync = sync_volume_protection,
     .max_retries = -1},
    // Not of the controller manager in reality, but a pod of the CSI driver's; so is its client.
    {.name = "ebs.csi.aws.com",
     .workers = 100,
     .qps = 20,
     .burst = 100,
     .watches = {Kind::kPersistentVolumeClaim, Kind::kPersistentVolume, Kind::kStorageClass, Kind::kNode,
                 Kind::kCsiNode},
     .on_change = volume_provisioner_changed,
     .sync = sync_volume_provisioner,
     .max_retries = -1},
};

}  // namespace

std::span<const ControllerRow> controller_rows() { return kRows; }

}  // namespace seatrial::controllers
