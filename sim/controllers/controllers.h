// The controllers: for each what a change concerns (`*_changed`) and what brings one key nearer to its
// desired state
// (`sync_*`). Each pair has a file of its own and one row in table.cc.
//
// All of them follow the contract of sim/cluster/controller_runtime.h: level-driven, straight-line code that
// is called again from its start when an answer has come.
#pragma once

#include "sim/controllers/steps.h"

namespace seatrial::controllers {

// pkg/controller/deployment; reference §1. Key: the Deployment.
void deployment_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_deployment(Sync& sync);

// pkg/controller/replicaset; reference §2. Key: the ReplicaSet.
void replicaset_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_replicaset(Sync& sync);

// pkg/controller/statefulset; reference §6. Key: the StatefulSet.
void statefulset_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_statefulset(Sync& sync);

// pkg/controller/daemon; reference §6. Key: the DaemonSet.
void daemonset_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_daemonset(Sync& sync);

// pkg/controller/job; reference §6. Key: the Job, or a pod that its finalizer may hold although its Job is
// gone.
void job_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_job(Sync& sync);

// pkg/controller/cronjob; reference §6, observed.md 17. Key: the CronJob.
void cronjob_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_cronjob(Sync& sync);

// pkg/controller/ttlafterfinished. Key: the Job.
void ttl_after_finished_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_ttl_after_finished(Sync& sync);

// pkg/controller/endpointslice; reference §4.1. Key: the Service.
void endpointslice_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_endpointslice(Sync& sync);

// pkg/controller/garbagecollector; reference §7. Key: an object of any kind that may have to go, or that is
// being deleted in the foreground or orphaning.
void garbage_collector_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_garbage_collector(Sync& sync);

// pkg/controller/namespace; reference §7, observed.md 31. Key: the Namespace.
void namespace_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_namespace(Sync& sync);

// pkg/controller/serviceaccount (serviceaccounts_controller.go): "default" in each namespace. Key: the
// Namespace.
void serviceaccount_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_serviceaccount(Sync& sync);

// pkg/controller/certificates/rootcacertpublisher; observed.md 32: kube-root-ca.crt in each namespace. Key:
// the Namespace.
void root_ca_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_root_ca(Sync& sync);

// pkg/controller/resourcequota: recalculates a quota's `used`. Key: the ResourceQuota.
void resourcequota_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_resourcequota(Sync& sync);

// pkg/controller/podgc: pods of nodes that are gone; observed.md 24. Key: the Pod.
void podgc_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_podgc(Sync& sync);

// pkg/controller/nodelifecycle: silent nodes, their conditions, pods and taints. Key: the Node.
void node_lifecycle_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_node_lifecycle(Sync& sync);

// pkg/controller/tainteviction: pods on nodes whose NoExecute taints they do not tolerate. Key: the Pod.
void taint_eviction_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_taint_eviction(Sync& sync);

// pkg/controller/disruption: the status of PodDisruptionBudgets. Key: the budget.
void disruption_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_disruption(Sync& sync);

// pkg/controller/podautoscaler: the size of what HorizontalPodAutoscalers name. Key: the autoscaler.
void horizontal_pod_autoscaler_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_horizontal_pod_autoscaler(Sync& sync);

// pkg/controller/volume/persistentvolume. Key: the PersistentVolumeClaim or PersistentVolume.
void volume_binder_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_volume_binder(Sync& sync);

// The EBS CSI driver. Key: the PersistentVolumeClaim or PersistentVolume.
void volume_provisioner_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_volume_provisioner(Sync& sync);

// pkg/controller/volume/{pvcprotection,pvprotection}. Key: the PersistentVolumeClaim; the PersistentVolume.
void claim_protection_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_claim_protection(Sync& sync);
void volume_protection_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_volume_protection(Sync& sync);

// pkg/controller/clusterroleaggregation; reference, part B, §9. Key: the ClusterRole.
void clusterrole_aggregation_changed(const Change& change, Enqueue& enqueue);
SyncResult sync_clusterrole_aggregation(Sync& sync);

}  // namespace seatrial::controllers
