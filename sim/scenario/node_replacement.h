// Those who replace nodes: a node recycler (recycle) and the update of a node group (updateNodeGroup).
//
// Both go the same way with a node: it is drained with kubectl's own code, what is left after a time limit is
// deleted, its instance is terminated, and its Auto Scaling group launches another. They differ in the rest:
//
// recycle refuses to begin while a node is not Ready, takes one node after the other, deletes the Node before
// the instance, and then looks, now and each minute, seven times, whether the cluster is as before. Source:
// ministryofjustice/cloud-platform-cli, pkg/recycle (3e3196a).
//
// updateNodeGroup changes what the group launches, and replaces every node that it has then. Paced: `surge`
// new ones first, all old ones cordoned, one node after the other, each terminated 60 s after it was empty; a
// drain that does not end in time fails the update, unless it is forced. Source: EKS user guide, "Understand
// each phase of node updates"; reference, part B, §8. All at once: as many new ones are launched as there are
// old ones, and the old instances are terminated, after a drain if a time is set for it, as when a managed
// node group is deleted (5 minutes there).
//
// Unlike EKS, the order is that of age (EKS picks at random), and the last `surge` nodes are not replaced
// (EKS replaces them all, and then takes as many away).
#pragma once

#include <memory>
#include <vector>

#include "sim/scenario/simulated_cluster.h"
#include "sim/scenario/user.h"

namespace seatrial::scenario {

class NodeReplacements {
 public:
  // REQUIRES: the action is one of the two. `as`: who runs kubectl's part; `cause`: the timeline's entry.
  void begin(SimulatedCluster& cluster, User& user, const std::shared_ptr<const Action>& action,
             const IdentityPtr& as, JournalId cause);
  // REQUIRES: an event of kScenarioComponent with a type of these.
  void handle(SimulatedCluster& cluster, User& user, const Event& event);

  static constexpr std::uint8_t kStepDone = 4, kPace = 5,
                                kNode = 6;  // the subject: the node's work, or the job

  // Whether this action is one of the two.
  static bool is_one(const Action& action) {
    return std::holds_alternative<Recycle>(action) || std::holds_alternative<UpdateNodeGroup>(action);
  }

 private:
  // How nodes are replaced: what the two verbs come to.
  struct Plan {
    bool parallel = false, cordon_first = false;
    Duration every, settle;
    std::size_t surge = 0;
    bool drain = true;
    std::optional<Duration> timeout;
    enum class Late : std::uint8_t { kDelete, kTerminate, kFail } late = Late::kDelete;
    bool deletes_node = false, looks = false;
    std::optional<Duration> notice;  // until a replacement is launched; none: as the group notices
    std::string speaker;             // "recycler"
    bool quiet = false;              // does not print what kubectl does
  };
  struct Job {
    std::shared_ptr<const Action> action;
    IdentityPtr as;
    JournalId cause = JournalId::kNone;
    Plan plan;
    std::vector<api::Symbol> nodes;  // in order
    std::size_t next = 0, under_way = 0, nodes_before = 0;
    std::vector<cloud::InstanceId> surge;
    bool started = false, failed = false, ended = false;
    SimTime not_before;  // of the next node
    std::int64_t forced = 0;
  };
  enum class Stage : std::uint8_t {
    kCordoning,
    kDraining,
    kDeletingPods,
    kSettling,
    kDeletingNode,
    kLooking
  };
  struct Work {  // on one node, or (kCordoning) on all of the job's
    std::size_t job;
    api::Symbol node;
    Stage stage;
    std::int32_t looks = 0;
  };
  struct Context {
    SimulatedCluster& cluster;
    User& user;
  };

  static Plan plan_of(const Action& action);
  static bool may_begin(const Context& context, Job& job);
  static void launch_surge(const Context& context, Job& job);
  void pace(const Context& context, std::size_t job);
  static bool surge_is_there(const Context& context, const Job& job);
  void start(const Context& context, std::size_t job);
  void go_on(const Context& context, std::size_t job);
  void begin_node(const Context& context, std::size_t job, std::size_t node);
  void drain(const Context& context, std::uint32_t work, bool by_force);
  void step_done(const Context& context, std::uint32_t work, bool failed);
  void late(const Context& context, std::uint32_t work);
  void emptied(const Context& context, std::uint32_t work);
  void terminate(const Context& context, std::uint32_t work);
  void look(const Context& context, std::uint32_t work);
  void node_done(const Context& context, std::uint32_t work);
  void give_up(const Context& context, std::uint32_t work, const std::string& error);
  void end(const Context& context, Job& job);

  std::uint32_t add_work(std::size_t job, api::Symbol node, Stage stage);
  void run(const Context& context, std::uint32_t work, Action action);
  static void say(const Context& context, const Job& job, const std::string& words);
  static void refuse(const Context& context, Job& job, const std::string& error);

  std::vector<Job> jobs_;
  std::vector<Work> work_;
};

}  // namespace seatrial::scenario
