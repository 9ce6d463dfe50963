#include "sim/scheduler/scheduler.h"

#include <fmt/format.h>

#include <algorithm>

namespace seatrial::scheduler {

using api::Kind;
using api::Symbol;
using cluster::ApiServer;

namespace {

const Symbol kPodScheduled("PodScheduled"), kUnschedulable("Unschedulable"),
    kSchedulerError("SchedulerError"), kFailedScheduling("FailedScheduling"), kScheduled("Scheduled");

const std::vector<Kind> kWatched = {Kind::kNamespace,
                                    Kind::kNode,
                                    Kind::kService,
                                    Kind::kReplicaSet,
                                    Kind::kStatefulSet,
                                    Kind::kPodDisruptionBudget,
                                    Kind::kStorageClass,
                                    Kind::kCsiNode,
                                    Kind::kPersistentVolume,
                                    Kind::kPersistentVolumeClaim,
                                    Kind::kPod};

}  // namespace

Scheduler::Scheduler(const Kernel& kernel, ApiServer& api, SchedulerConfig config)
    : config_(std::move(config)),
      client_(api.add_client(kernel, "kube-scheduler", config_.qps, config_.burst)),
      random_(kernel.stream("kube-scheduler/cycle")),
      ties_(kernel.stream("kube-scheduler/ties")),
      queue_(config_.queue),
      algorithm_(config_.search),
      executor_(client_, cluster::kSchedulerComponent, kVictimMarked, kVictimDeleted) {
  const cluster::ClientId events =
      api.add_client(kernel, "kube-scheduler/events", config_.qps, config_.burst);
  for (std::size_t i = 0; i < config_.profiles.size(); ++i) {
    events_.emplace_back(
        kernel.now(), config_.profiles[i].scheduler_name, events,
        cluster::ReplyTo{cluster::kSchedulerComponent, kEventPosted, 0, static_cast<std::uint16_t>(i)},
        kEventTick);
  }
  api.watches().add_consumer(kernel, "kube-scheduler", kWatched, cluster::kSchedulerComponent,
                             api.timings().watch_delivery);
  for (const Kind kind : kWatched) {
    for (const api::ObjectPtr& object : api.store().all(kind)) {
      if (object) take_in({cluster::ChangeType::kAdded, object, JournalId::kNone}, kernel.now());
    }
  }
}

Event Scheduler::own_event(EventType type) const {
  Event event;
  event.component = cluster::kSchedulerComponent;
  event.type = type;
  return event;
}

void Scheduler::on_watch(Kernel& kernel, ApiServer&, const cluster::WatchEvent& change) {
  const ClusterEvent event = take_in(change, kernel.now());
  if (event.kinds != 0) happened(kernel, event, change.cause);
  go_on(kernel);
}

void Scheduler::handle(Kernel& kernel, ApiServer& api, const Event& event) {
  const cluster::CallId call{static_cast<std::uint32_t>(event.payload)};
  const auto recorder_of = [this](std::uint32_t pod) -> cluster::EventSeriesRecorder& {
    return events_[pods_[pod].profile];
  };
  switch (static_cast<EventType>(event.type)) {
    case kCycleDone:
      finish_cycle(kernel, api);
      break;
    case kBound:
      finish_binding(kernel, api, event);
      break;
    case kConditionSet:
      (void)api.take_reply(call);
      break;
    case kEventPosted:
      events_[event.aux].posted(kernel, api, event.subject, call);
      break;
    case kEventTick:
      events_[event.aux].tick(kernel, api);
      break;
    case kVictimMarked:
      if (const auto pod = executor_.on_marked(kernel, api, event.subject, call)) queue_.activate(*pod);
      break;
    case kVictimDeleted:
      if (const auto pod = executor_.on_deleted(kernel, api, recorder_of, event.subject, call))
        queue_.activate(*pod);
      break;
    case kFlush:
      if (flush_at_ == kernel.now()) flush_at_.reset();
      queue_.flush(kernel.now());
      break;
    case kVolumeWritten:
      volume_written(kernel, api, event);
      break;
    case kVolumesPolled:
      poll_volumes(kernel, api, event.subject);
      break;
  }
  go_on(kernel);
}

void Scheduler::elect(Kernel& kernel, SimTime from) {
  leads_from_ = from;
  kernel.at(from, own_event(kFlush));
}

// The next cycle, if none is under way, and the next look at what waits.
void Scheduler::go_on(Kernel& kernel) {
  if (kernel.now() < leads_from_) return;
  if (!under_way_) start_cycle(kernel);
  const std::optional<SimTime> next = queue_.next_flush();
  if (!next || (flush_at_ && *flush_at_ <= *next)) return;
  flush_at_ = std::max(*next, kernel.now());
  kernel.at(*flush_at_, own_event(kFlush));
}

void Scheduler::start_cycle(Kernel& kernel) {
  while (std::optional<QueuedPod> queued = queue_.pop()) {
    const std::uint32_t index = queued->pod;
    PodRecord& record = pods_[index];
    if (!record.pod || record.pod->metadata.deletion_timestamp || record.slot != kNoSlot) continue;
    record.info = infos_.get(*record.pod);
    Decision* log = nullptr;
    if (is_logged(*record.pod)) {
      log = &decisions_[index];
      *log = {kernel.now(), {}, {}, {}, {}, {}, cluster_.order().size()};
    }
    const PreemptionView view = preemption_view(kernel.now());
    Outcome outcome =
        algorithm_.run({*record.pod, record.info, profile_of(record), default_constraints(record), view},
                       cluster_, ties_, log);
    ++cycles_;
    if (outcome.slot != kNoSlot) {
      record.assumed = true;
      cluster_.remove_nomination(index);
      place(record, index, outcome.slot);
    }
    if (log) {
      log->message = outcome.message;
      log->nominated = outcome.nominated.value_or(Symbol());
      log->victims = outcome.victims;
      if (outcome.slot != kNoSlot) log->node = cluster_.at(outcome.slot).name;
    }
    const Duration lasts = config_.cycle.sample(random_) + config_.per_node * outcome.nodes_filtered;
    Event done = own_event(kCycleDone);
    done.cause = queued->cause;
    under_way_ = {std::move(*queued), record.pod, std::move(outcome), {}};
    choose_volumes(*under_way_);
    kernel.after(lasts, done);
    return;
  }
}

void Scheduler::finish_cycle(Kernel& kernel, ApiServer& api) {
  CHECK(under_way_);
  CycleUnderWay cycle = std::move(*under_way_);
  under_way_.reset();
  const std::uint32_t index = cycle.queued.pod;
  const PodRecord& record = pods_[index];
  if (cycle.outcome.slot == kNoSlot) {
    cycle.queued.refused_by = cycle.outcome.refused_by;
    const std::string message = std::move(cycle.outcome.message);
    return fail(kernel, api, std::move(cycle), kUnschedulable, message);
  }
  if (!record.assumed) {  // deleted, or bound by someone else, meanwhile
    cluster_.volumes().forget(cycle.volumes);
    return;
  }
  const bool none = cycle.volumes.matched.empty() && cycle.volumes.provisioned.empty();
  return none ? bind(kernel, api, std::move(cycle)) : bind_volumes(kernel, api, std::move(cycle));
}

void Scheduler::bind(Kernel& kernel, ApiServer& api, CycleUnderWay cycle) {
  const std::uint32_t index = cycle.queued.pod;
  const PodRecord& record = pods_[index];
  cluster::ApiRequest request;
  request.verb = cluster::Verb::kBind;
  request.ref = record.pod->ref();
  request.uid_precondition = record.pod->metadata.uid;
  request.node = cluster_.at(record.slot).name;
  request.user = profile_of(record).scheduler_name;
  request.cause = cycle.queued.cause;
  api.submit(kernel, client_, std::move(request), {cluster::kSchedulerComponent, kBound, index});
  binding_.insert_or_assign(index, std::move(cycle));
}

void Scheduler::finish_binding(Kernel& kernel, ApiServer& api, const Event& event) {
  const cluster::ApiResult result = api.take_reply({static_cast<std::uint32_t>(event.payload)});
  const std::uint32_t index = event.subject;
  CycleUnderWay cycle = std::move(binding_.at(index));
  binding_.erase(index);
  if (result) {
    const api::Pod& pod = static_cast<const api::Pod&>(**result);
    events_[pods_[index].profile].record(
        kernel, api,
        {*result,
         false,
         kScheduled,
         fmt::format("Successfully assigned {}/{} to {}", pod.metadata.namespace_.view(),
                     pod.metadata.name.view(), pod.node_name.view()),
         {}},
        event.cause);
    return;
  }
  if (!pods_[index].assumed) return;
  give_up(kernel, api, std::move(cycle),
          "binding rejected: running Bind plugin \"DefaultBinder\": " + result.error().message);
}

// The node that was chosen cannot be had.
void Scheduler::give_up(Kernel& kernel, ApiServer& api, CycleUnderWay cycle, const std::string& error) {
  PodRecord& record = pods_[cycle.queued.pod];
  displace(record, cycle.queued.pod);
  cluster_.volumes().forget(cycle.volumes);
  happened(kernel, {kAssignedPodDelete, record.pod, nullptr}, cycle.queued.cause);
  CycleUnderWay failed{std::move(cycle.queued), record.pod, {}, {}};
  failed.outcome.nominated = Symbol();
  fail(kernel, api, std::move(failed), kSchedulerError, error);
}

void Scheduler::fail(Kernel& kernel, ApiServer& api, CycleUnderWay cycle, Symbol reason,
                     const std::string& message) {
  const std::uint32_t index = cycle.queued.pod;
  const PodRecord& record = pods_[index];
  if (!record.pod || record.slot != kNoSlot) return;  // deleted or bound by someone else
  const Symbol nominated = cycle.outcome.nominated.value_or(record.pod->status.nominated_node_name);
  if (nominated.empty()) {
    cluster_.remove_nomination(index);
  } else {
    cluster_.nominate(nominated, {record.info, index, false});
  }
  events_[record.profile].record(kernel, api, {cycle.pod, true, kFailedScheduling, message, {}},
                                 cycle.queued.cause);
  set_condition(kernel, api, cycle, reason, message);
  if (!cycle.outcome.victims.empty()) carry_out(kernel, api, cycle);
  const bool worth =
      !waits_for_victims(index) && std::ranges::any_of(cycle.events, [&](const ClusterEvent& event) {
        return is_worth_requeuing(index, cycle.queued.refused_by, event);
      });
  queue_.add_unschedulable(std::move(cycle.queued), kernel.now(), worth);
}

// The condition and the nomination, where they are not so already.
void Scheduler::set_condition(Kernel& kernel, ApiServer& api, const CycleUnderWay& cycle, Symbol reason,
                              const std::string& message) {
  const api::Pod& pod = *pods_[cycle.queued.pod].pod;
  const api::Condition* known = api::find_condition(pod.status.conditions, kPodScheduled);
  const bool same_condition = known && known->status == api::ConditionStatus::kFalse &&
                              known->reason == reason && known->message == message;
  const auto& nominated = cycle.outcome.nominated;
  if (same_condition && (!nominated || *nominated == pod.status.nominated_node_name)) return;
  cluster::ApiRequest request;
  request.nominated = nominated;
  if (!same_condition) {
    api::Condition& condition = request.conditions.emplace_back();
    condition.type = kPodScheduled;
    condition.status = api::ConditionStatus::kFalse;
    condition.reason = reason;
    condition.message = message;
    condition.last_transition_time = kernel.now().whole_second();
  }
  request.cause = cycle.queued.cause;
  patch(kernel, api, pod, std::move(request));
}

void Scheduler::patch(Kernel& kernel, ApiServer& api, const api::Pod& pod, cluster::ApiRequest request) {
  request.verb = cluster::Verb::kPatchConditions;
  request.ref = pod.ref();
  request.uid_precondition = pod.metadata.uid;
  request.user = pod.spec->scheduler_name;
  api.submit(kernel, client_, std::move(request), {cluster::kSchedulerComponent, kConditionSet, pod.index});
}

void Scheduler::happened(Kernel& kernel, const ClusterEvent& event, JournalId cause) {
  if (under_way_) under_way_->events.push_back(event);
  PluginSet interested = 0;
  for (std::size_t i = 0; i < plugins().size(); ++i) {
    if (plugins()[i].events & event.kinds) interested |= PluginSet{1} << i;
  }
  if (!queue_.any_refused_by(interested)) return;
  for (const std::uint32_t pod : queue_.unschedulable()) {
    if (!is_worth_requeuing(pod, queue_.get(pod).refused_by, event) || waits_for_victims(pod)) continue;
    queue_.requeue(pod, kernel.now(), cause);
  }
}

bool Scheduler::is_worth_requeuing(std::uint32_t index, PluginSet refused_by, const ClusterEvent& event) {
  const PodRecord& record = pods_[index];
  if (event.up_to_priority && record.info->priority > *event.up_to_priority) return false;
  const PluginConfig& config = profile_of(record).config;
  HintContext context{*record.pod, *record.info, cluster_.namespace_labels(), config, {}};
  if (config.default_constraints) context.default_hard = default_constraints(record).hard;
  for (std::size_t i = 0; i < plugins().size(); ++i) {
    const Plugin& plugin = plugins()[i];
    if (!(refused_by >> i & 1) || !(plugin.events & event.kinds)) continue;
    ClusterEvent seen = event;
    seen.kinds &= plugin.events;
    if (!plugin.hint || plugin.hint(context, seen)) return true;
  }
  return false;
}

bool Scheduler::is_logged(const api::Pod& pod) const {
  return config_.log_decisions && (config_.logged_pod.empty() || config_.logged_pod == pod.metadata.name);
}

const Decision* Scheduler::decision(api::PodKey pod) const {
  const auto found = decisions_.find(pod.index);
  return found == decisions_.end() ? nullptr : &found->second;
}

}  // namespace seatrial::scheduler
