// One scheduling cycle as a decision: which node, or why none and whose eviction would help. Takes no time
// and writes nothing; Scheduler makes it last and acts on it. Sources: pkg/scheduler/schedule_one.go
// (schedulePod, findNodesThatFitPod, prioritizeNodes, selectHost); reference §5.2, §5.3, §5.6.
#pragma once

#include <string>

#include "sim/engine/random.h"
#include "sim/scheduler/dry_run.h"
#include "sim/scheduler/fit_error.h"
#include "sim/scheduler/node_filter.h"

namespace seatrial::scheduler {

// Among nodes of one score the first in preorder of the heap wins (first_maximum_in_preorder), which hangs on
// the order in which the workers that filter put the feasible nodes. kPreorder: always list order. kRandom:
// uniform. kRace: as it happens. The first worker goes through the list until a second one has woken up; then
// the order is a race. So small clusters take ties in list order nearly always (golden/scheduling), large
// ones at random.
enum class TieBreak : std::uint8_t { kRace, kRandom, kPreorder };

struct SearchConfig {
  std::int64_t percentage_of_nodes_to_score = 0;  // 0: adaptive
  TieBreak ties = TieBreak::kRace;
  // Of kRace: nodes that are filtered until a second worker comes, on average (exponential).
  std::int64_t nodes_before_race = 40;
  // Keep what filters and scores came to from cycle to cycle: no decision changes.
  bool remember = true;
};

// Why a pod went where it did, for `explain`: of each node that was looked at, the filter that refused it or
// its scores.
struct NodeVerdict {
  api::Symbol node;
  std::string_view refused_by;  // a plugin's name; empty: the node was feasible
  std::vector<api::Symbol> reasons;
  std::vector<std::pair<std::string_view, std::int64_t>> scores;  // by plugin, normalized and weighted
  std::int64_t total = 0;
};
struct Decision {
  SimTime at;
  api::Symbol node;     // empty: none
  std::string message;  // why none
  api::Symbol nominated;
  std::vector<std::uint32_t> victims;  // there
  std::vector<NodeVerdict> nodes;
  std::size_t all_nodes = 0;
};

struct Outcome {
  std::uint32_t slot = kNoSlot;  // kNoSlot: unschedulable
  PluginSet refused_by = 0;      // plugins that refused a node, where no node was found
  std::string message;           // of FailedScheduling
  std::int64_t nodes_filtered = 0;
  // Where no node was found: the node that the pod is nominated for now, empty if none is; not set: the
  // nomination stays as it is.
  std::optional<api::Symbol> nominated;
  std::vector<std::uint32_t> victims;  // pods to be evicted there
};

// What a cycle is about.
struct CycleInput {
  const api::Pod& pod;
  const PodInfoPtr& info;
  const Profile& profile;
  const DefaultConstraints& default_constraints;  // by which it is spread without its own
  const PreemptionView& preemption;
};

class SchedulingCycle {
 public:
  explicit SchedulingCycle(const SearchConfig& search) : search_(search) {}

  // `log`: filled in where not null. REQUIRES: the cluster is as before when the next cycle is run, but for
  // what happened since; what is supposed during a cycle is undone.
  Outcome run(const CycleInput& input, ClusterState& cluster, RandomStream& ties, Decision* log);

 private:
  Outcome fail(Cycle& cycle, const CycleInput& input, RandomStream& random);
  bool fits_nominated_node(Cycle& cycle, Decision* log);
  void find_feasible(Cycle& cycle, Decision* log);
  bool check_node(Cycle& cycle, std::uint32_t slot, Decision* log);
  void refuse_the_others(const Cycle& cycle);
  void prioritize(Cycle& cycle, Decision* log);
  void add_local_scores(const Cycle& cycle);
  void add_scores(const Cycle& cycle, const Profile::Use& use);
  void log_scores(const Profile::Use& use, Decision& log) const;
  bool is_in_list_order(RandomStream& ties) const;
  std::uint32_t select(RandomStream& ties) const;

  SearchConfig search_;
  std::size_t next_start_ = 0;
  CycleState state_;  // and the buffers of the cycle under way
  NodeFilter filter_;
  PluginSet refused_by_ = 0;
  ReasonCounts reasons_;
  std::vector<std::uint32_t> feasible_, resolvable_;
  std::vector<std::int64_t> totals_, scores_;
  std::int64_t filtered_ = 0;
};

}  // namespace seatrial::scheduler
