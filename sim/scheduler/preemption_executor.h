// Carries preemptions out: each victim gets the condition DisruptionTarget, is deleted, and an event says by
// whom it was preempted; all at once but the last, which goes when the others are on their way. A pod is not
// tried again before that. Source: pkg/scheduler/framework/preemption/executor.go; reference §5.7;
// observed.md 25, 27.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "sim/cluster/event_series.h"

namespace seatrial::scheduler {

class PreemptionExecutor {
 public:
  // Answers arrive at `component` as events of type `marked` and `deleted`.
  PreemptionExecutor(cluster::ClientId client, ComponentId component, std::uint8_t marked,
                     std::uint8_t deleted)
      : client_(client), component_(component), marked_(marked), deleted_(deleted) {}

  using PodPtr = std::shared_ptr<const api::Pod>;
  // Who reports what happens for that pod.
  using RecorderOf = std::function<cluster::EventSeriesRecorder&(std::uint32_t preemptor)>;
  // `victims`: none that is being deleted already.
  void start(Kernel& kernel, cluster::ApiServer& api, const PodPtr& preemptor, api::Symbol node,
             std::vector<PodPtr> victims, JournalId cause);
  // Whether the pod must wait for that. `last_is_going`: is the pod of that index gone, or being deleted?
  template <class LastIsGoing>
  bool is_running(std::uint32_t preemptor, LastIsGoing&& last_is_going) const {
    const auto at = running_.find(preemptor);
    if (at == running_.end()) return false;
    return !at->second.is_last || !last_is_going(at->second.victims.back()->index);
  }

  // The answer to a call; `number` is the subject of the event. Returns the pod (of the preemptor) that is to
  // be tried again because the API server refused, or nothing.
  std::optional<std::uint32_t> on_marked(Kernel& kernel, cluster::ApiServer& api, std::uint32_t number,
                                         cluster::CallId call);
  std::optional<std::uint32_t> on_deleted(Kernel& kernel, cluster::ApiServer& api, const RecorderOf& events,
                                          std::uint32_t number, cluster::CallId call);

 private:
  struct Running {
    PodPtr preemptor;
    api::Symbol node;
    std::vector<PodPtr> victims;
    std::size_t under_way = 0;
    bool is_last = false, failed = false;
    JournalId cause = JournalId::kNone;
  };
  struct Call {
    std::uint32_t preemptor = 0;
    PodPtr victim;
  };
  void mark(Kernel& kernel, cluster::ApiServer& api, Running& running, const PodPtr& victim);
  void remove(Kernel& kernel, cluster::ApiServer& api, const Running& running, Call call);
  std::optional<std::uint32_t> finish_one(Kernel& kernel, cluster::ApiServer& api, std::uint32_t preemptor,
                                          const cluster::ApiResult& result);
  Call take(std::uint32_t number);
  cluster::ReplyTo reply(std::uint8_t type, Call call);

  cluster::ClientId client_;
  ComponentId component_;
  std::uint8_t marked_, deleted_;
  std::map<std::uint32_t, Running> running_;  // by preemptor
  std::map<std::uint32_t, Call> calls_;
  std::uint32_t numbers_ = 0;
};

}  // namespace seatrial::scheduler
