// What the scheduler knows of claims, volumes, classes and drivers, and what it has promised of them and not
// yet seen; and which volumes a pod would get on a node. Sources:
// pkg/scheduler/framework/plugins/volumebinding/{binder,assume_cache}.go, nodevolumelimits/csi.go.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/cluster/cache.h"
#include "sim/cluster/volumes.h"
#include "sim/scheduler/pod_info.h"

namespace seatrial::scheduler {

using ClaimPtr = std::shared_ptr<const api::PersistentVolumeClaim>;
using cluster::VolumePtr;

// A pod's claims, by what is to be done with them.
struct PodClaims {
  std::vector<ClaimPtr> bound, delayed;  // delayed: for the scheduler to choose a node for
  bool any_immediate = false;            // not bound, and not ours to bind
  std::string refusal;                   // not empty: why the pod cannot be tried
};

// What the claims get on a node.
struct NodeVolumes {
  std::vector<std::pair<ClaimPtr, VolumePtr>> matched;
  std::vector<ClaimPtr> provisioned;
  std::vector<api::Symbol> reasons;  // not empty: the node cannot do
};

class Volumes {
 public:
  api::ObjectPtr apply(const cluster::WatchEvent& change) { return objects_.apply(change); }
  const cluster::Cache& objects() const { return objects_; }

  ClaimPtr claim(api::Symbol namespace_, api::Symbol name) const;
  VolumePtr volume_of(const api::PersistentVolumeClaim& claim) const;  // null: none, or not known
  std::shared_ptr<const api::StorageClass> class_of(const api::PersistentVolumeClaim& claim) const;

  PodClaims claims_of(const PodInfo& info) const;
  NodeVolumes on_node(const PodClaims& claims, const api::Node& node) const;

  // A pod on a node uses its claims from now on (sign 1), or does not any more (−1).
  void count(const PodInfo& info, std::int64_t sign);
  std::int64_t users_of(api::Symbol namespace_, api::Symbol claim) const;

  // The driver and the handle under which a volume is attached; empty driver: it is not limited.
  struct Attachment {
    api::Symbol driver, handle;
    auto operator<=>(const Attachment&) const = default;
  };
  std::vector<Attachment> attachments_of(const PodInfo& info) const;

  // From the decision until the watch shows it, or until it has failed.
  void assume(const NodeVolumes& chosen, api::Symbol node);
  void forget(const NodeVolumes& chosen);

 private:
  using ClaimName = std::pair<api::Symbol, api::Symbol>;
  bool is_promised(const api::PersistentVolume& volume) const;
  bool can_provision(const api::PersistentVolumeClaim& claim, const api::Node& node) const;
  void match(std::vector<ClaimPtr> claims, const api::Node& node, NodeVolumes& result,
             std::vector<ClaimPtr>& unmatched) const;

  cluster::Cache objects_;
  std::map<ClaimName, std::int64_t> users_;
  std::map<ClaimName, api::Symbol> chosen_nodes_;  // of claims that are to be provisioned
  std::map<api::Symbol, api::Uid> promised_;       // claim, by volume
};

}  // namespace seatrial::scheduler
