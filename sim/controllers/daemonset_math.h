// The arithmetic of the DaemonSet controller: which nodes get a pod, which pods go, what the status says. Of
// values only.
//
// Sources: pkg/controller/daemon/{daemon_controller,update}.go, pkg/controller/daemon/util/daemonset_util.go;
// reference §6, observed.md 14.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/api/apps.h"
#include "sim/scheduler/pod_info.h"

namespace seatrial::controllers {

// At most so many pods are created, and as many deleted, by one sync.
inline constexpr std::size_t kDaemonBurst = 250;

// ---- Pods and nodes ----

// Where the pod runs or, before it is bound, is to run: the node that its affinity names. "" if none.
api::Symbol target_node(const api::Pod& pod);
// What every daemon pod tolerates: a node that is not ready, unreachable, cordoned, short of disk, memory or
// process IDs; on the host's network also one without a network.
void add_daemon_tolerations(api::PodSpec& spec);
// Lets the pod be scheduled to that node only; other required node affinity is replaced.
void set_target_node(api::PodSpec& spec, api::Symbol node);

struct NodeFit {
  bool should_run = false;       // a pod belongs there
  bool should_continue = false;  // one that runs there may go on
  bool operator==(const NodeFit&) const = default;
};
// `pod` is a pod of the template with the daemon tolerations: it belongs on nodes that its node name,
// selector and affinity match and whose NoSchedule and NoExecute taints it tolerates; NoSchedule alone leaves
// those that run.
NodeFit node_fit(const scheduler::PodInfo& pod, const api::Node& node);

// ---- What a sync sees ----

struct DaemonPod {
  std::uint32_t index = 0;  // in the store
  api::Symbol name;
  bool bound = false, terminating = false, failed = false, succeeded = false, ready = false,
       available = false,
       updated = false;  // made from the template that is in force
  SimTime created;
};
DaemonPod describe(const api::Pod& pod, api::Symbol hash, std::int32_t min_ready_seconds, SimTime now);

struct DaemonNode {
  std::uint32_t index = 0;  // in the store
  api::Symbol name;
  bool exists = true;  // false: pods name it, and there is no such node
  NodeFit fit;
  bool backs_off = false;       // a failed pod was deleted there lately
  std::vector<DaemonPod> pods;  // bound first, then oldest first
};

// ---- One node ----

struct NodePlan {
  bool create = false;
  std::vector<DaemonPod> finished;  // failed or succeeded: deleted, and reported
  std::vector<DaemonPod> surplus;   // deleted
  bool waits = false;               // a failed pod stays until the back-off is over
};
// A node that should run a pod has one: the oldest is kept. With surge two may stand side by side as long as
// the new one is not available and the old one is ready.
NodePlan plan_node(const DaemonNode& node, bool surge);

// ---- Rolling update ----

struct DaemonLimits {
  std::int32_t max_surge = 0, max_unavailable = 0;
  bool operator==(const DaemonLimits&) const = default;
};
// Both are rounded up; 0 and 0 mean 1 unavailable. 10% of 25 nodes: 3.
DaemonLimits daemon_limits(const api::DaemonSet& set, std::int32_t desired);
inline bool allows_surge(const api::DaemonSet& set) { return daemon_limits(set, 100).max_surge > 0; }

struct RollingPlan {
  std::vector<DaemonPod> deletions;
  std::vector<api::Symbol> new_nodes;  // that get a pod beside their old one
};
// Without surge: old pods that are not available go, and of the others as many as maxUnavailable leaves after
// those nodes that have no available pod (five nodes, 2 may be unavailable, one new pod is starting: one more
// goes; two old pods are not available: these go, and no other). With surge: a new pod is made beside old
// ones on up to maxSurge nodes, and beside those that are not available; an old pod goes when the new one
// beside it is available, and on a node that would get none (a NoSchedule taint) when it is not available or
// more pods are than are desired.
RollingPlan plan_rolling_update(std::span<const DaemonNode> nodes, const DaemonLimits& limits);

// ---- Status ----

// `observe`: the sync acted on this generation.
api::DaemonSet::Status calculate_status(const api::DaemonSet& set, std::span<const DaemonNode> nodes,
                                        bool observe);

}  // namespace seatrial::controllers
