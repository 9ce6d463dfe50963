#include "sim/scenario/pipelines.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/report/format.h"
#include "sim/report/rollout_status.h"
#include "sim/scenario/scenario_event.h"

namespace seatrial::scenario {

using cluster::RecordType;

namespace {

// How long the pushing of so many bytes takes.
Duration transfer_time(std::int64_t bytes, std::int64_t bytes_per_second) {
  if (bytes_per_second == 0) return Duration();
  return Duration::seconds(bytes / bytes_per_second) +
         Duration::micros(bytes % bytes_per_second * 1'000'000 / bytes_per_second);
}

}  // namespace

void Pipelines::begin(SimulatedCluster& cluster, User& user, const std::shared_ptr<const Action>& action,
                      const IdentityPtr& as, JournalId cause) {
  Run run;
  run.action = action;
  run.as = std::get<Merge>(*action).pipeline->as ? std::get<Merge>(*action).pipeline->as : as;
  run.merged = run.last = cause;
  const auto id = static_cast<std::uint32_t>(runs_.size());
  const api::Symbol name = std::get<Merge>(*action).pipeline->name;
  const bool busy = std::ranges::any_of(runs_, [&](const Run& other) {
    return other.stage != Stage::kEnded && std::get<Merge>(*other.action).pipeline->name == name;
  });
  runs_.push_back(std::move(run));
  streams_.try_emplace(name, cluster.kernel().seed(), "pipeline/" + name.str());
  const Context context{cluster, user, id};
  if (busy) return say(context, "waits for the run before it");
  start(context);
}

void Pipelines::start(const Context& context) {
  runs_[context.run].stage = Stage::kBuild;
  begin_try(context);
}

const PipelineTask& Pipelines::task_of(std::uint32_t run) const {
  const Pipeline& pipeline = *merge_of(run).pipeline;
  return runs_[run].stage == Stage::kBuild ? pipeline.build : pipeline.push;
}

void Pipelines::begin_try(const Context& context) {
  Run& run = runs_[context.run];
  const Merge& merge = merge_of(context.run);
  const PipelineTask& task = task_of(context.run);
  RandomStream& stream = streams_.at(merge.pipeline->name);
  run.began = context.cluster.kernel().now();
  const Duration takes = task.takes.sample(stream) + transfer_time(merge.pushed_bytes, task.bytes_per_second);
  run.fails = stream.below(1'000'000) < static_cast<std::uint64_t>(task.fails);
  context.cluster.kernel().after(takes, make_scenario_event(kTask, context.run, run.last));
}

void Pipelines::try_done(const Context& context) {
  Run& run = runs_[context.run];
  const Merge& merge = merge_of(context.run);
  const PipelineTask& task = task_of(context.run);
  const bool builds = run.stage == Stage::kBuild;
  const std::string took = report::human(context.cluster.kernel().now() - run.began);
  if (run.fails) {
    const std::string what =
        fmt::format("{} of {} failed after {}", builds ? "build" : "push", merge.reference(), took);
    const std::string which =
        task.tries == 1 ? "" : fmt::format(" (try {} of {})", run.tries + 1, task.tries);
    if (++run.tries >= task.tries) return fail(context, what + which);
    say(context, what + which);
    return begin_try(context);
  }
  run.tries = 0;
  say(context, fmt::format("{} {} in {}", builds ? "built" : "pushed", merge.reference(), took));
  if (!builds) return apply(context);
  run.stage = Stage::kPush;
  begin_try(context);
}

void Pipelines::apply(const Context& context) {
  const Merge& merge = merge_of(context.run);
  runs_[context.run].stage = Stage::kApply;
  say(context, merge.command + ", with " + merge.reference());
  run_command(context, Apply{merge.manifests});
}

void Pipelines::run_command(const Context& context, Action action) {
  const JournalId cause = runs_[context.run].last;
  context.user.act_for(context.cluster.kernel(), context.cluster.api(),
                       std::make_shared<const Action>(std::move(action)), runs_[context.run].as, cause,
                       make_scenario_event(kCommand, context.run, cause), false);
}

void Pipelines::command_done(const Context& context, bool failed) {
  Run& run = runs_[context.run];
  if (run.stage == Stage::kUndo) return end(context, true);
  const Merge& merge = merge_of(context.run);
  if (failed) return fail(context, merge.command + " failed");
  run.stage = Stage::kRollout;
  ++rolling_;
  run.waits_for = merge.workloads;
  if (const auto& timeout = merge.pipeline->rollout_timeout)
    context.cluster.kernel().after(*timeout, make_scenario_event(kTimeout, context.run, run.last));
  look(context);
}

// kubectl rollout status, one workload after the other.
void Pipelines::look(const Context& context) {
  Run& run = runs_[context.run];
  run.will_look = false;
  while (!run.waits_for.empty()) {
    const ObjectName& name = run.waits_for.front();
    const cluster::Store& store = context.cluster.store();
    const api::ObjectPtr& object = store.get(store.find(name.kind, name.namespace_, name.name));
    const auto status = object ? report::rollout_status(*object)
                               : std::unexpected(name.str() + " is gone, its rollout with it");
    if (!status) return fail(context, "rollout failed: error: " + status.error());
    if (!status->done) return;
    run.waits_for.erase(run.waits_for.begin());
  }
  end(context, false);
}

void Pipelines::on_commit(Kernel& kernel, const cluster::WatchEvent& change) {
  if (rolling_ == 0) return;
  for (std::uint32_t id = 0; id < runs_.size(); ++id) {
    Run& run = runs_[id];
    if (run.stage != Stage::kRollout || run.will_look || run.waits_for.empty()) continue;
    const ObjectName& name = run.waits_for.front();
    const api::Object& object = *change.object;
    if (object.kind != name.kind || object.metadata.name != name.name ||
        object.metadata.namespace_ != name.namespace_)
      continue;
    run.will_look = true;
    kernel.after(Duration(), make_scenario_event(kLook, id, change.cause));
  }
}

void Pipelines::handle(SimulatedCluster& cluster, User& user, const Event& event) {
  const Context context{cluster, user, event.subject};
  switch (event.type) {
    case kTask:
      return try_done(context);
    case kCommand:
      return command_done(context, event.payload != 0);
    case kLook:
      if (runs_[event.subject].stage == Stage::kRollout) look(context);
      return;
    case kTimeout:
      if (runs_[event.subject].stage == Stage::kRollout)
        fail(context, "rollout failed: error: timed out waiting for the condition, " +
                          runs_[event.subject].waits_for.front().str());
      return;
    default:
      CHECK(false);
  }
}

void Pipelines::fail(const Context& context, const std::string& what) {
  Run& run = runs_[context.run];
  const Merge& merge = merge_of(context.run);
  say(context, what, true);
  if (run.stage != Stage::kRollout || !merge.pipeline->undo) return end(context, true);
  Rollout undo;
  undo.targets.names = merge.workloads;
  run.stage = Stage::kUndo;
  --rolling_;
  say(context, "kubectl rollout undo");
  run_command(context, std::move(undo));
}

void Pipelines::end(const Context& context, bool failed) {
  Kernel& kernel = context.cluster.kernel();
  Run& run = runs_[context.run];
  const std::string since = report::human(kernel.now() - kernel.journal().record(run.merged).at);
  say(context, fmt::format("{} {} after the merge", failed ? "red," : "green,", since));
  if (std::exchange(run.stage, Stage::kEnded) == Stage::kRollout) --rolling_;
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(RecordType::kEnded);
  record.cause = run.merged;
  record.other = failed ? 1 : 0;
  kernel.record(record);
  const api::Symbol name = merge_of(context.run).pipeline->name;
  for (std::uint32_t id = 0; id < runs_.size(); ++id) {
    if (runs_[id].stage == Stage::kQueued && merge_of(id).pipeline->name == name)
      return start({context.cluster, context.user, id});
  }
}

void Pipelines::say(const Context& context, const std::string& words, bool failed) {
  Run& run = runs_[context.run];
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(RecordType::kPipeline);
  record.cause = run.last;
  record.value = failed ? 1 : 0;
  Kernel& kernel = context.cluster.kernel();
  record.text =
      kernel.journal().text("pipeline " + merge_of(context.run).pipeline->name.str() + ": " + words);
  run.last = kernel.record(record);
}

}  // namespace seatrial::scenario
