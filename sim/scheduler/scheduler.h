// kube-scheduler: watches pods and nodes, decides one pod at a time where it goes, and binds it through the
// API server.
//
// A cycle takes simulated time: the decision is made on what the caches held when it began, its binding
// leaves when it ends, and the next cycle begins while the binding is under way. Until the watch shows the
// pod on its node it is assumed there. A pod that fits nowhere gets the event FailedScheduling and the
// condition PodScheduled=False, and waits in the queue. Pods of other schedulers, deleted ones and ones with
// a node are left alone.
//
// A pod that would fit if pods of lower priority were not there is nominated for that node, and they are
// evicted; it waits until they are gone.
//
// A value: copied with the World. Sources: pkg/scheduler/{scheduler,schedule_one,eventhandlers}.go; reference
// §5, §8; observed.md 25-28.
#pragma once

#include <map>
#include <optional>

#include "sim/cluster/cache.h"
#include "sim/cluster/event_series.h"
#include "sim/scheduler/cycle.h"
#include "sim/scheduler/preemption_executor.h"
#include "sim/scheduler/scheduling_queue.h"

namespace seatrial::scheduler {

struct SchedulerConfig {
  // By spec.schedulerName; pods of other names are left alone. Each is the source of its pods' events.
  std::vector<Profile> profiles = {Profile::standard()};
  std::int64_t qps = 50, burst = 100;  // of its client; its events have a client of the same limits
  Distribution cycle = Distribution::lognormal(Duration::micros(1500), Duration::micros(6000));
  Duration per_node = Duration::micros(10);  // added for each node filtered
  SearchConfig search;
  QueueConfig queue;
  bool log_decisions = false;  // keep each pod's last decision, for `explain`
  api::Symbol logged_pod;      // of pods of that name only; empty: of all
};

class Scheduler {
 public:
  // Takes in what the store holds already; its pending pods are tried with the first change that it sees.
  Scheduler(const Kernel& kernel, cluster::ApiServer& api, SchedulerConfig config = {});

  void on_watch(Kernel& kernel, cluster::ApiServer& api, const cluster::WatchEvent& change);
  void handle(Kernel& kernel, cluster::ApiServer& api, const Event& event);

  // Another process leads from then on: no cycle begins before.
  void elect(Kernel& kernel, SimTime from);

  // Of the pod's last cycle; null without log_decisions, or before its first one.
  const Decision* decision(api::PodKey pod) const;
  std::uint64_t cycles() const { return cycles_; }
  const SchedulingQueue& queue() const { return queue_; }
  const ClusterState& cluster() const { return cluster_; }

 private:
  enum EventType : std::uint8_t {
    kCycleDone,
    kBound,
    kConditionSet,
    kEventPosted,
    kEventTick,
    kVictimMarked,
    kVictimDeleted,
    kFlush,
    kVolumeWritten,
    kVolumesPolled
  };
  struct PodRecord {
    std::shared_ptr<const api::Pod> pod;  // null: not known (any more)
    PodInfoPtr info;
    std::uint32_t profile = 0;           // of the configuration
    std::uint32_t slot = kNoSlot;        // where it is counted
    bool assumed = false;                // bound by us, not yet seen bound
    JournalId cause = JournalId::kNone;  // of the last change seen
  };
  struct CycleUnderWay {
    QueuedPod queued;
    std::shared_ptr<const api::Pod> pod;  // as it was when the cycle began
    Outcome outcome;
    std::vector<ClusterEvent> events;  // that came since it began
    NodeVolumes volumes = {};          // that the pod's claims get on the node
  };
  // A pod that waits until its claims are bound; then it is.
  struct VolumeWait {
    CycleUnderWay cycle;
    SimTime until;
    std::size_t writes = 0;  // without an answer
  };

  ClusterEvent take_in(const cluster::WatchEvent& change, SimTime now);
  ClusterEvent take_in_node(const cluster::WatchEvent& change);
  void take_in_other(const cluster::WatchEvent& change);
  ClusterEvent take_in_storage(const cluster::WatchEvent& change);
  ClusterEvent take_in_pod(const cluster::WatchEvent& change, SimTime now);
  ClusterEvent forget_pod(PodRecord& record, std::uint32_t index);
  ClusterEvent take_in_assigned(PodRecord& record, const api::ObjectPtr& before, std::uint32_t index);
  ClusterEvent take_in_pending(PodRecord& record, const api::ObjectPtr& before, std::uint32_t index,
                               SimTime now);

  void take_in_nomination(const PodRecord& record, const api::ObjectPtr& before, std::uint32_t index);

  void start_cycle(Kernel& kernel);
  void finish_cycle(Kernel& kernel, cluster::ApiServer& api);
  void bind(Kernel& kernel, cluster::ApiServer& api, CycleUnderWay cycle);
  void finish_binding(Kernel& kernel, cluster::ApiServer& api, const Event& event);
  void give_up(Kernel& kernel, cluster::ApiServer& api, CycleUnderWay cycle, const std::string& error);
  void choose_volumes(CycleUnderWay& cycle);
  void bind_volumes(Kernel& kernel, cluster::ApiServer& api, CycleUnderWay cycle);
  void volume_written(Kernel& kernel, cluster::ApiServer& api, const Event& event);
  void poll_volumes(Kernel& kernel, cluster::ApiServer& api, std::uint32_t index);
  void end_volumes(Kernel& kernel, cluster::ApiServer& api, std::uint32_t index, const std::string& error);
  void fail(Kernel& kernel, cluster::ApiServer& api, CycleUnderWay cycle, api::Symbol reason,
            const std::string& message);
  void set_condition(Kernel& kernel, cluster::ApiServer& api, const CycleUnderWay& cycle, api::Symbol reason,
                     const std::string& message);
  void carry_out(Kernel& kernel, cluster::ApiServer& api, const CycleUnderWay& cycle);
  void clear_lower_nominations(Kernel& kernel, cluster::ApiServer& api, const CycleUnderWay& cycle);
  void patch(Kernel& kernel, cluster::ApiServer& api, const api::Pod& pod, cluster::ApiRequest request);
  PreemptionView preemption_view(SimTime now) const;
  bool waits_for_victims(std::uint32_t pod) const;
  void happened(Kernel& kernel, const ClusterEvent& event, JournalId cause);
  bool is_worth_requeuing(std::uint32_t pod, PluginSet refused_by, const ClusterEvent& event);
  const Profile& profile_of(const PodRecord& record) const { return config_.profiles[record.profile]; }
  void go_on(Kernel& kernel);
  bool is_logged(const api::Pod& pod) const;
  void place(PodRecord& record, std::uint32_t index, std::uint32_t slot);
  void displace(PodRecord& record, std::uint32_t index);
  const DefaultConstraints& default_constraints(const PodRecord& record);
  Event own_event(EventType type) const;

  SchedulerConfig config_;
  cluster::ClientId client_;
  std::vector<cluster::EventSeriesRecorder> events_;  // by profile
  RandomStream random_, ties_;
  cluster::Cache objects_;  // Services, ReplicaSets, StatefulSets, PodDisruptionBudgets
  ClusterState cluster_;
  PodInfoCache infos_;
  SchedulingQueue queue_;
  SchedulingCycle algorithm_;
  PreemptionExecutor executor_;
  std::vector<PodRecord> pods_;  // by index
  std::optional<CycleUnderWay> under_way_;
  std::map<std::uint32_t, CycleUnderWay> binding_;
  std::map<std::uint32_t, VolumeWait> volume_waits_;
  std::optional<SimTime> flush_at_;
  SimTime leads_from_ = SimTime::at(-Duration::max() / 2);
  struct DefaultSpread {
    PodInfoPtr info;
    api::Uid owner;
    DefaultConstraints constraints;
  };
  Forgotten<std::unordered_map<const PodInfo*, DefaultSpread>> default_spread_;  // looked up, never iterated
  std::map<std::uint32_t, Decision> decisions_;
  std::uint64_t cycles_ = 0;
};

// The selector by which pods are spread that say nothing about it: those of the Services that select the pod,
// and that of its ReplicaSet or StatefulSet. Empty if there are none.
api::LabelSelector default_spread_selector(const api::Pod& pod, const cluster::Cache& objects);

}  // namespace seatrial::scheduler
