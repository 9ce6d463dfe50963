// RDS instances that are stopped and started: cloud/managed.h says what follows what.
#include <fmt/format.h>

#include <utility>

#include "sim/cluster/journal_types.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

using cloud::ManagedStatus;

namespace {

JournalId say(Kernel& kernel, const cloud::ManagedResource& state, std::string_view what, JournalId cause) {
  return cluster::record_words(kernel, cluster::RecordType::kSaid,
                               fmt::format("{}: {}", state.config.name.view(), what), cause);
}

std::string_view status_text(const cloud::ManagedResource& state) {
  if (state.status != ManagedStatus::kAvailable || !state.down) return to_string(state.status);
  return state.config.multi_az() ? "failing over" : "failed";
}

// Of the times at which it has become stopped.
std::uint32_t stop_number(const cloud::ManagedResource& state) {
  return static_cast<std::uint32_t>(state.outages.size() + state.failed_starts.size());
}

Event step_event(ResourceIndex index, std::uint8_t type, std::uint16_t step, JournalId cause) {
  Event e;
  e.component = kTrafficComponent;
  e.type = type;
  e.subject = index;
  e.aux = step;
  e.cause = cause;
  return e;
}

}  // namespace

void Traffic::begin_schedule(Kernel& kernel, ResourceIndex index) {
  Resource& resource = calls_.resources[index];
  const cloud::DailyStop& schedule = *resource.state.config.schedule;
  const auto type = static_cast<std::uint8_t>(EventType::kResourceBack);
  for (const auto& [step, time] : {std::pair(ResourceStep::kDailyStop, schedule.stop),
                                   std::pair(ResourceStep::kDailyStart, schedule.start)})
    kernel.at(cloud::next_time_of_day(kernel.now(), time),
              step_event(index, type, static_cast<std::uint16_t>(step), JournalId::kNone));
  if (!schedule.stopped_at(kernel.now())) return;
  resource.state.go_down(kernel.now(), say(kernel, resource.state, "stopped by its schedule", {}));
  resource.state.status = ManagedStatus::kStopped;
  resource.regained.push_back(kernel.now());
}

void Traffic::resource_step(Kernel& kernel, const Event& event) {
  const auto index = static_cast<ResourceIndex>(event.subject);
  const auto step = static_cast<ResourceStep>(event.aux);
  if (step == ResourceStep::kFailedOver) return resource_back(kernel, event);
  if (step == ResourceStep::kStatusEnds) return status_ends(kernel, index, event.cause);
  if (step == ResourceStep::kStoppedForLong) {
    const cloud::ManagedResource& state = calls_.resources[index].state;
    if (state.status != ManagedStatus::kStopped || event.payload != stop_number(state)) return;
    return start_resource(
        kernel, index,
        say(kernel, state, "AWS starts it, as it has been stopped for seven days", event.cause));
  }
  const cloud::DailyStop& schedule = *calls_.resources[index].state.config.schedule;
  const bool stops = step == ResourceStep::kDailyStop;
  kernel.at(cloud::next_time_of_day(kernel.now(), stops ? schedule.stop : schedule.start), event);
  const JournalId cause = say(kernel, calls_.resources[index].state,
                              stops ? "its schedule stops it" : "its schedule starts it", {});
  // A schedule looks before it asks.
  if (calls_.resources[index].state.status == (stops ? ManagedStatus::kStopped : ManagedStatus::kAvailable))
    return;
  stops ? stop_resource(kernel, index, cause) : start_resource(kernel, index, cause);
}

void Traffic::after_status(Kernel& kernel, ResourceIndex index, const Distribution& time, JournalId cause) {
  kernel.after(time.sample(calls_.resources[index].stream),
               step_event(index, static_cast<std::uint8_t>(EventType::kResourceBack),
                          static_cast<std::uint16_t>(ResourceStep::kStatusEnds), cause));
}

void Traffic::stop_resource(Kernel& kernel, ResourceIndex index, JournalId cause) {
  cloud::ManagedResource& state = calls_.resources[index].state;
  if (!state.may_be_stopped()) {
    say(kernel, state,
        fmt::format("cannot be stopped, as it is {} (InvalidDBInstanceState)", status_text(state)), cause);
    return;
  }
  const JournalId record = say(kernel, state, "stopping", cause);
  state.status = ManagedStatus::kStopping;
  lose_primary(kernel, index, false, record);
  after_status(kernel, index, state.config.stopping, record);
}

void Traffic::start_resource(Kernel& kernel, ResourceIndex index, JournalId cause) {
  const cloud::ManagedResource& state = calls_.resources[index].state;
  if (state.status == ManagedStatus::kStopped) return begin_start(kernel, index, 0, cause);
  say(kernel, state,
      fmt::format("cannot be started, as it is {} (InvalidDBInstanceState)", status_text(state)), cause);
}

void Traffic::begin_start(Kernel& kernel, ResourceIndex index, std::size_t attempt, JournalId cause) {
  cloud::ManagedResource& state = calls_.resources[index].state;
  state.attempt = attempt;
  state.status = ManagedStatus::kStarting;
  const JournalId record = say(
      kernel, state,
      attempt == 0 ? "starting" : fmt::format("its snapshot is restored as {}", state.wanted_class().view()),
      cause);
  after_status(kernel, index, attempt == 0 ? state.config.starting : state.config.restoring, record);
}

void Traffic::status_ends(Kernel& kernel, ResourceIndex index, JournalId cause) {
  cloud::ManagedResource& state = calls_.resources[index].state;
  if (state.status == ManagedStatus::kStarting) return start_ends(kernel, index, cause);
  CHECK(state.status == ManagedStatus::kStopping);
  state.status = ManagedStatus::kStopped;
  const JournalId record = say(kernel, state, "stopped", cause);
  if (std::exchange(state.start_failed, false) && state.attempt < state.config.fallback_classes.size())
    return begin_start(kernel, index, state.attempt + 1, record);
  Event event = step_event(index, static_cast<std::uint8_t>(EventType::kResourceBack),
                           static_cast<std::uint16_t>(ResourceStep::kStoppedForLong), record);
  event.payload = stop_number(state);
  kernel.after(cloud::kLongestStop, event);
}

void Traffic::start_ends(Kernel& kernel, ResourceIndex index, JournalId cause) {
  cloud::ManagedResource& state = calls_.resources[index].state;
  if (const auto zone = state.take_hosts(calls_.shortages, kernel.now())) {
    const JournalId record = say(
        kernel, state,
        fmt::format("Insufficient instance capacity for instance type {} in availability zone {}; putting "
                    "database instance into stopping",
                    state.wanted_class().view(), zone->view()),
        cause);
    state.failed_starts.push_back(record);
    state.outages.back().kept = record;
    state.start_failed = true;
    state.status = ManagedStatus::kStopping;
    return after_status(kernel, index, state.config.stopping, record);
  }
  const Duration away = kernel.now() - state.outages.back().began;
  state.status = ManagedStatus::kAvailable;
  const std::string what = "available after " + to_string(truncated(away, Duration::seconds(1)));
  state.started(kernel.now(), say(kernel, state, what, cause));
}

std::optional<JournalId> Traffic::unready_because(api::PodKey pod, SimTime now) const {
  if (!has_server(pod) || !server(pod).calls) return std::nullopt;
  const PodCalls& mine = calls_.pods[pod.index];
  const CallPlan& plan = calls_.plans[mine.plan];
  for (std::size_t i = 0; i < plan.calls.size(); ++i) {
    if (!plan.calls[i].readiness) continue;
    const Resource& resource = calls_.resources[plan.targets[i]];
    const Hop hop = hops_.get(servers_[pod.index].place, resource.place);
    if (!hop.reachable()) return hop.cause;
    if (!resource.state.accepts(resource.state.address))
      return resource.state.cause_for(resource.state.address);
    if (credentials_.trivial()) continue;
    if (const Refusal refused = credentials_.judge(pod, resource.state.config.name, now))
      return refused.cause;
  }
  return std::nullopt;
}

}  // namespace seatrial::traffic
