#include "sim/scheduler/preemption_executor.h"

#include <fmt/format.h>

namespace seatrial::scheduler {

using cluster::ApiRequest;
using cluster::ApiResult;
using cluster::ApiServer;
using cluster::Verb;

namespace {

// A victim that is gone has been preempted as well as one could wish.
bool is_fine(const ApiResult& result) { return result || result.error().code == 404; }

}  // namespace

void PreemptionExecutor::start(Kernel& kernel, ApiServer& api, const PodPtr& preemptor, api::Symbol node,
                               std::vector<PodPtr> victims, JournalId cause) {
  if (victims.empty()) return;
  Running& running = running_[preemptor->index];
  running = {preemptor, node, std::move(victims), 0, false, false, cause};
  if (running.victims.size() == 1) {
    running.is_last = true;
    return mark(kernel, api, running, running.victims.back());
  }
  for (std::size_t i = 0; i + 1 < running.victims.size(); ++i) mark(kernel, api, running, running.victims[i]);
}

cluster::ReplyTo PreemptionExecutor::reply(std::uint8_t type, Call call) {
  calls_.emplace(++numbers_, std::move(call));
  return {component_, type, numbers_, 0};
}

PreemptionExecutor::Call PreemptionExecutor::take(std::uint32_t number) {
  const auto at = calls_.find(number);
  CHECK(at != calls_.end());
  Call call = std::move(at->second);
  calls_.erase(at);
  return call;
}

void PreemptionExecutor::mark(Kernel& kernel, ApiServer& api, Running& running, const PodPtr& victim) {
  ++running.under_way;
  ApiRequest request;
  request.verb = Verb::kPatchConditions;
  request.ref = victim->ref();
  request.uid_precondition = victim->metadata.uid;
  request.conditions = {{"DisruptionTarget",
                         api::ConditionStatus::kTrue,
                         "PreemptionByScheduler",
                         fmt::format("{}: preempting to accommodate a higher priority pod",
                                     running.preemptor->spec->scheduler_name.view()),
                         {},
                         kernel.now().whole_second(),
                         {}}};
  request.user = running.preemptor->spec->scheduler_name;
  request.cause = running.cause;
  api.submit(kernel, client_, std::move(request), reply(marked_, {running.preemptor->index, victim}));
}

void PreemptionExecutor::remove(Kernel& kernel, ApiServer& api, const Running& running, Call call) {
  ApiRequest request;
  request.verb = Verb::kDelete;
  request.ref = call.victim->ref();
  request.uid_precondition = call.victim->metadata.uid;
  request.user = running.preemptor->spec->scheduler_name;
  request.cause = running.cause;
  api.submit(kernel, client_, std::move(request), reply(deleted_, std::move(call)));
}

std::optional<std::uint32_t> PreemptionExecutor::on_marked(Kernel& kernel, ApiServer& api,
                                                           std::uint32_t number, cluster::CallId id) {
  const ApiResult result = api.take_reply(id);
  Call call = take(number);
  if (!result) return finish_one(kernel, api, call.preemptor, result);
  remove(kernel, api, running_.at(call.preemptor), std::move(call));
  return std::nullopt;
}

std::optional<std::uint32_t> PreemptionExecutor::on_deleted(Kernel& kernel, ApiServer& api,
                                                            const RecorderOf& events, std::uint32_t number,
                                                            cluster::CallId id) {
  const ApiResult result = api.take_reply(id);
  const Call call = take(number);
  const Running& running = running_.at(call.preemptor);
  if (result) {
    events(call.preemptor)
        .record(kernel, api,
                {call.victim,
                 false,
                 "Preempted",
                 fmt::format("Preempted by pod {} on node {}", running.preemptor->metadata.uid.str(),
                             running.node.view()),
                 {}},
                running.cause, running.preemptor->ref());
  }
  return finish_one(kernel, api, call.preemptor, result);
}

std::optional<std::uint32_t> PreemptionExecutor::finish_one(Kernel& kernel, ApiServer& api,
                                                            std::uint32_t preemptor,
                                                            const ApiResult& result) {
  Running& running = running_.at(preemptor);
  running.failed = running.failed || !is_fine(result);
  if (--running.under_way > 0) return std::nullopt;
  if (!running.is_last && !running.failed) {
    running.is_last = true;
    mark(kernel, api, running, running.victims.back());
    return std::nullopt;
  }
  const bool failed = running.failed;
  running_.erase(preemptor);
  return failed ? std::optional(preemptor) : std::nullopt;
}

}  // namespace seatrial::scheduler
