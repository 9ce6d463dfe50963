// Volumes: PersistentVolume and PersistentVolumeClaim (v1), StorageClass and CSINode (storage.k8s.io/v1).
// Sources: k8s.io/api/core/v1/types.go, k8s.io/api/storage/v1/types.go.
#pragma once

#include "sim/api/core.h"

namespace seatrial::api {

// The claim that a volume belongs to; an empty uid is a wish of whoever made the volume.
struct ClaimReference {
  Symbol kind, api_version, namespace_, name;
  Uid uid;
  std::uint64_t resource_version = 0;
  bool operator==(const ClaimReference&) const = default;
};

struct PersistentVolume : Object {
  static constexpr Kind kKind = Kind::kPersistentVolume;
  PersistentVolume() : Object(kKind) {}

  ResourceList capacity;
  std::vector<Symbol> access_modes, mount_options;
  Symbol reclaim_policy, storage_class_name, volume_mode;
  Symbol source_kind;                // csi, nfs, hostPath, …; its fields stand in `other`, but for csi's:
  Symbol csi_driver, volume_handle;  // of csi
  std::optional<ClaimReference> claim_ref;
  std::optional<std::vector<NodeSelectorTerm>> node_affinity;  // required
  struct Status {
    Symbol phase, reason;  // phase: Pending, Available, Bound, Released, Failed
    std::string message;
    std::optional<SimTime> last_phase_transition_time;
    bool operator==(const Status&) const = default;
  } status;
};

struct PersistentVolumeClaim : Object {
  static constexpr Kind kKind = Kind::kPersistentVolumeClaim;
  PersistentVolumeClaim() : Object(kKind) {}

  std::vector<Symbol> access_modes;
  std::optional<LabelSelector> selector;
  ResourceList requests, limits;
  Symbol volume_name, volume_mode;
  std::optional<Symbol> storage_class_name;  // none: the default class; "": no class
  struct Status {
    Symbol phase;  // Pending, Bound, Lost
    std::vector<Symbol> access_modes;
    ResourceList capacity;
    bool operator==(const Status&) const = default;
  } status;
};
// It has found its volume, and the binder has finished.
bool is_bound(const PersistentVolumeClaim& claim);

struct TopologyTerm {
  struct Requirement {
    Symbol key;
    std::vector<Symbol> values;
    bool operator==(const Requirement&) const = default;
  };
  std::vector<Requirement> match_label_expressions;
  bool matches(const LabelMap& labels) const;
  bool operator==(const TopologyTerm&) const = default;
};

struct StorageClass : Object {
  static constexpr Kind kKind = Kind::kStorageClass;
  StorageClass() : Object(kKind) {}

  Symbol provisioner, reclaim_policy, volume_binding_mode;
  LabelMap parameters;
  std::vector<Symbol> mount_options;
  bool allow_volume_expansion = false;
  std::vector<TopologyTerm> allowed_topologies;
  bool waits_for_consumer() const;
  bool is_default() const;  // by its annotation
};

struct CsiNode : Object {
  static constexpr Kind kKind = Kind::kCsiNode;
  CsiNode() : Object(kKind) {}

  struct Driver {
    Symbol name, node_id;
    std::vector<Symbol> topology_keys;
    std::optional<std::int32_t> allocatable_count;  // volumes that the node can have attached
    bool operator==(const Driver&) const = default;
  };
  std::vector<Driver> drivers;
};

inline constexpr std::string_view kBindCompleted = "pv.kubernetes.io/bind-completed",
                                  kBoundByController = "pv.kubernetes.io/bound-by-controller",
                                  kProvisionedBy = "pv.kubernetes.io/provisioned-by",
                                  kSelectedNode = "volume.kubernetes.io/selected-node",
                                  kStorageProvisioner = "volume.kubernetes.io/storage-provisioner",
                                  kBetaStorageProvisioner = "volume.beta.kubernetes.io/storage-provisioner",
                                  kDefaultClass = "storageclass.kubernetes.io/is-default-class",
                                  kClaimProtection = "kubernetes.io/pvc-protection",
                                  kVolumeProtection = "kubernetes.io/pv-protection",
                                  kNoProvisioner = "kubernetes.io/no-provisioner",
                                  kEbsDriver = "ebs.csi.aws.com", kInTreeEbs = "kubernetes.io/aws-ebs";

}  // namespace seatrial::api
