// What must hold in every run, whatever the scenario: watched at each commit of the store, and once more at
// the end.
//
// A broken invariant is a bug of ours, or a place where Kubernetes itself breaks it; never the user's fault.
// Nothing is changed and nothing thrown: violations are collected. The rules stand in one ordered table in
// invariants.cc.
//   time                a commit never happens before an earlier one; resourceVersion always grows
//   node-capacity       the requests of the pods bound to a node never exceed what is allocatable there
//   bound-once          a pod is bound to one node, for ever
//   deletion            a deletionTimestamp is never taken back
//   counts              updated, ready, available ≤ replicas in every status; available ≤ ready
//   ready-count         at the end, a ReplicaSet that has been left alone for 30 s counts its Ready pods
//   requests            every request ended once or is in flight (at the end)
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cluster/store.h"
#include "sim/cluster/watch.h"
#include "sim/engine/kernel.h"
#include "sim/traffic/traffic.h"

namespace seatrial::checks {

struct Violation {
  SimTime at;
  std::string_view rule;  // a name of the table above
  std::string what;
};

class Invariants {
 public:
  // At every commit of the store, in order.
  void on_commit(const Kernel& kernel, const cluster::Store& store, const cluster::WatchEvent& change);
  // Once, when the run is over.
  void finish(const Kernel& kernel, const cluster::Store& store, const traffic::Traffic& traffic);

  // In the order found; at most kKept of them.
  const std::vector<Violation>& violations() const { return violations_; }
  static constexpr std::size_t kKept = 100;

  // What the rules remember.
  struct NodeLoad {
    api::ResourceList requested;
    std::int64_t pods = 0;
  };
  struct Memory {
    SimTime last_commit = SimTime::at(-Duration::max());
    std::uint64_t resource_version = 0;
    std::vector<api::ObjectPtr> pods;          // by PodKey: the version seen last
    std::vector<SimTime> replica_set_touched;  // by ReplicaSetKey: its last change, or one of a pod of it
    std::vector<std::pair<api::Symbol, NodeLoad>> nodes;  // sorted by name
    NodeLoad& node(api::Symbol name);
    SimTime& touched(std::uint32_t replica_set);
  };

 private:
  Memory memory_;
  std::vector<Violation> violations_;
};

}  // namespace seatrial::checks
