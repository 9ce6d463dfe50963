// The descheduler: every interval it looks for pods that lie badly and evicts them, so that the scheduler
// puts them elsewhere.
//
// A pass goes through the plugins of the policy, first those that deschedule, then those that balance;
// evictions go one after the other through the Eviction API, so budgets are asked, and one that is refused is
// passed over. Limits for each node, namespace and pass count what was evicted. What a plugin picks is worked
// out as its turn comes (descheduler_math.h). Sources: kubernetes-sigs/descheduler v0.34,
// pkg/descheduler/descheduler.go, pkg/descheduler/evictions.
#pragma once

#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "sim/cluster/api_server.h"
#include "sim/cluster/cache.h"
#include "sim/controllers/descheduler_math.h"
#include "sim/scheduler/cluster_state.h"

namespace seatrial::controllers {

// A DeschedulerPolicy: its profiles' plugins in order, and the limits of evictions.
struct DeschedulerConfig {
  struct Profile {
    EvictorArgs evictor;
    std::vector<std::variant<NodeTaintsArgs, DuplicatesArgs, NodeUtilizationArgs>> deschedule, balance;
  };
  Duration interval = Duration::seconds(600);
  std::vector<Profile> profiles;
  std::optional<std::int64_t> most_per_node, most_per_namespace, most_in_all;
};

class Descheduler {
 public:
  enum EventType : std::uint8_t { kPass, kAnswer };

  // Its first pass is a drawn part of an interval after the clock's start.
  Descheduler(Kernel& kernel, cluster::ApiServer& api, DeschedulerConfig config, ComponentId component);

  void on_watch(const cluster::WatchEvent& change);
  // `cluster`: the scheduler's picture, to try out what fits where.
  void handle(Kernel& kernel, cluster::ApiServer& api, const scheduler::ClusterState& cluster,
              const Event& event);

 private:
  // The plugin at hand, and what is left of its candidates.
  struct Turn {
    std::size_t profile = 0;
    std::vector<EvictionCandidate> candidates;
    std::optional<NodeUtilization> utilization;
    std::size_t next = 0;
    std::vector<JournalId> said;  // by node: that it is being relieved
  };
  struct Pass {
    std::vector<std::pair<std::size_t, std::size_t>> plugins;  // profile, number (balance after deschedule)
    std::size_t next = 0;
    std::vector<PodsOnNode> nodes;
    Turn turn;
    std::map<api::Symbol, std::int64_t> by_node, by_namespace;
    std::int64_t evicted = 0, refused = 0;
    JournalId cause = JournalId::kNone;  // of the first eviction
  };

  void begin_pass();
  std::vector<PodsOnNode> picture() const;
  bool begin_turn(SimTime now);
  std::vector<bool> evictable(const EvictorArgs& args, SimTime now) const;
  bool is_within_limits(const EvictionCandidate& candidate) const;
  void go_on(Kernel& kernel, cluster::ApiServer& api, const scheduler::ClusterState& cluster);
  void evict(Kernel& kernel, cluster::ApiServer& api, const EvictionCandidate& candidate);
  JournalId relieve(Kernel& kernel, std::uint32_t node);
  void end_pass(Kernel& kernel);
  std::string_view plugin_name() const;

  DeschedulerConfig config_;
  ComponentId component_;
  cluster::ClientId client_;
  cluster::Cache cache_;
  std::map<api::Symbol, JournalId> node_changes_;  // what last changed a node's taints
  bool passing_ = false;
  Pass pass_;  // while passing_
};

}  // namespace seatrial::controllers
