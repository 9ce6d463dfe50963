#include "sim/scenario/environment_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/report/format.h"
#include "sim/scenario/kubectl/command.h"
#include "sim/scenario/scenario_event.h"

namespace seatrial::scenario {

using cluster::RecordType;
using environments::FolderVersion;
using environments::TerraformStep;

namespace {

// The first, as they are said; "" if there is none.
std::string problem_text(const api::Problems& problems, api::Problem::Reason reason) {
  const auto of_these = [&](const api::Problem& problem) { return problem.reason == reason; };
  const auto first = std::ranges::find_if(problems, of_these);
  if (first == problems.end()) return "";
  const auto count = std::ranges::count_if(problems, of_these);
  return first->str() + (count > 1 ? fmt::format(" (and {} more)", count - 1) : "");
}

const ResourceTimes& times_of(const EnvironmentsPipeline& pipeline, cloud::terraform::AwsKind kind) {
  const auto found = pipeline.resources.find(kind);
  return found == pipeline.resources.end() ? pipeline.other_resources : found->second;
}

Duration drawn_time(const EnvironmentsPipeline& pipeline, const TerraformStep& step, RandomStream& stream) {
  if (!step.made->is_aws()) return Duration();  // the API server's time is simulated
  const ResourceTimes& times = times_of(pipeline, step.made->kind);
  switch (step.does) {
    case TerraformStep::Does::kCreates:
      return times.create.sample(stream);
    case TerraformStep::Does::kChanges:
      return times.change.sample(stream);
    case TerraformStep::Does::kDestroys:
      return times.destroy.sample(stream);
  }
  CHECK(false);
}

std::string in_the_past(TerraformStep::Does does) {
  return does == TerraformStep::Does::kCreates   ? "created"
         : does == TerraformStep::Does::kChanges ? "changed"
                                                 : "destroyed";
}

std::string names_text(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string folder_text(api::Symbol name) { return name.empty() ? "the cluster's own files" : name.str(); }

}  // namespace

// "web-dev, web-prod, one after the other"; "1,460 folders by name, 15 at once".
std::string EnvironmentRuns::items_text(const std::vector<Item>& items, std::int32_t at_once) {
  constexpr std::size_t kMostNames = 6;
  std::vector<std::string> names;
  for (const Item& item : items) names.push_back(folder_text(item.name));
  const std::string which = names.size() > kMostNames
                                ? report::with_thousands(names.size()) + " folders by name"
                                : names_text(names);
  if (names.size() < 2) return which;
  return which + (at_once == 1 ? ", one after the other" : fmt::format(", {} at once", at_once));
}

void EnvironmentRuns::begin(SimulatedCluster& cluster, const std::shared_ptr<const Action>& action,
                            const IdentityPtr& as, JournalId cause) {
  Kernel& kernel = cluster.kernel();
  const auto& merge = std::get<MergeEnvironments>(*action);
  const EnvironmentsPipeline& pipeline = *merge.pipeline;
  const bool limited = pipeline.aws_requests_per_second > 0;
  Checkout& checkout =
      checkouts_
          .try_emplace(
              pipeline.name,
              Checkout{pipeline.folders,
                       {},
                       {},
                       limited ? cluster::TokenBucket(pipeline.aws_requests_per_second, pipeline.aws_burst)
                               : cluster::TokenBucket(),
                       RandomStream(kernel.seed(), "environments/" + pipeline.name.str())})
          .first->second;
  Run run;
  run.action = action;
  run.as = pipeline.as ? pipeline.as : as;
  run.merged = cause;
  for (const environments::FolderPtr& folder : merge.folders) {
    checkout.folders[folder->name] = folder;
    if (!pipeline.every_namespace) run.items.push_back({folder->name, folder, true});
  }
  runs_.push_back(std::move(run));
  kernel.after(pipeline.starts.sample(checkout.stream), make_scenario_event(kStart, runs_.size() - 1, cause));
}

void EnvironmentRuns::start(SimulatedCluster& cluster, User& user, std::uint32_t id) {
  Run& run = runs_[id];
  const MergeEnvironments& merge = merge_of(id);
  if (merge.pipeline->every_namespace) {
    for (const auto& [name, folder] : checkouts_.at(merge.pipeline->name).folders) {
      const bool changed = std::ranges::any_of(
          merge.folders, [&](const environments::FolderPtr& of_request) { return of_request->name == name; });
      run.items.push_back({name, nullptr, changed});
    }
  }
  const auto most = static_cast<std::int32_t>(std::max<std::size_t>(run.items.size(), 1));
  const std::int32_t at_once = std::min(merge.pipeline->parallel, most);
  run.begun = say(cluster.kernel(), id, merge.title() + " begins: " + items_text(run.items, at_once), false,
                  run.merged);
  for (std::int32_t i = 0; i < at_once; ++i) {
    Worker worker;
    worker.run = id;
    workers_.push_back(std::move(worker));
  }
  const auto first = static_cast<std::uint32_t>(workers_.size()) - static_cast<std::uint32_t>(at_once);
  run.at_work = static_cast<std::size_t>(at_once);
  for (std::int32_t i = 0; i < at_once; ++i) next({cluster, user, first + static_cast<std::uint32_t>(i)});
}

void EnvironmentRuns::next(const Context& context) {
  while (true) {
    Worker& worker = workers_[context.worker];
    Run& run = runs_[worker.run];
    const bool stops = pipeline_of(context).stops_at_failure && !run.failed.empty();
    if (stops || run.next == run.items.size()) break;
    // The cluster's own files before all others.
    if (run.next == 1 && run.items[0].name.empty() && run.applied + run.failed.size() == 0) {
      worker.stage = Stage::kWaits;
      return;
    }
    const std::uint32_t of_run = worker.run;
    worker = {};
    worker.run = of_run;
    worker.item = run.items[run.next++];
    if (!worker.item.version) worker.item.version = checkout_of(context).folders.at(worker.item.name);
    worker.last = run.begun;
    worker.began = context.cluster.kernel().now();
    worker.has_changes = worker.item.changed;
    if (take(context)) return;
  }
  workers_[context.worker].stage = Stage::kEnded;
  Run& run = runs_[workers_[context.worker].run];
  if (--run.at_work == 0) end(context.cluster, workers_[context.worker].run);
}

// Begins with a namespace; false if it is passed over, or has failed already.
bool EnvironmentRuns::take(const Context& context) {
  Worker& worker = workers_[context.worker];
  if (worker.item.version->skipped && pipeline_of(context).heeds_skip_files) {
    ++runs_[worker.run].passed_over;
    if (worker.item.changed) say(context, name_of(context) + " is passed over: it has the skip file");
    return false;
  }
  if (!lock(context, "plan")) return false;
  worker.stage = Stage::kPlan;
  begin_try(context);
  return true;
}

void EnvironmentRuns::begin_try(const Context& context) {
  Worker& worker = workers_[context.worker];
  Kernel& kernel = context.cluster.kernel();
  const EnvironmentsPipeline& pipeline = pipeline_of(context);
  Checkout& checkout = checkout_of(context);
  const PipelineTask& task = worker.stage == Stage::kPlan ? pipeline.plan : pipeline.apply;
  worker.step_began = kernel.now();
  SimTime ready = kernel.now();
  worker.fails = false;
  if (worker.item.version->has_terraform) {
    ready += task.takes.sample(checkout.stream);
    worker.fails = checkout.stream.below(1'000'000) < static_cast<std::uint64_t>(task.fails);
    const auto resources = static_cast<std::int64_t>(
        std::ranges::count_if(worker.item.version->made, [](const auto& made) { return made->is_aws(); }));
    for (std::int64_t i = 0; i < resources * pipeline.requests_per_resource; ++i)
      ready = std::max(ready, checkout.aws.reserve(kernel.now()));
  }
  kernel.after(ready - kernel.now(), make_scenario_event(kTask, context.worker, worker.last));
}

void EnvironmentRuns::try_done(const Context& context) {
  Worker& worker = workers_[context.worker];
  const bool plans = worker.stage == Stage::kPlan;
  const PipelineTask& task = plans ? pipeline_of(context).plan : pipeline_of(context).apply;
  if (worker.fails) {
    const std::string took = report::human(context.cluster.kernel().now() - worker.step_began);
    std::string what =
        fmt::format("{} of {} failed after {}", plans ? "plan" : "terraform apply", name_of(context), took);
    if (task.tries > 1) what += fmt::format(" (try {} of {})", worker.tries + 1, task.tries);
    if (++worker.tries >= task.tries) return fail(context, what);
    say(context, what);
    return begin_try(context);
  }
  worker.tries = 0;
  if (plans) return planned(context);
  begin_steps(context);
}

void EnvironmentRuns::planned(const Context& context) {
  Worker& worker = workers_[context.worker];
  const FolderVersion& wanted = *worker.item.version;
  const std::string took = report::human(context.cluster.kernel().now() - worker.step_began);
  const std::string why = problem_text(wanted.problems, api::Problem::Reason::kBadRequest);
  if (!why.empty())
    return fail(context, fmt::format("plan of {} failed after {}: {}", name_of(context), took, why));
  unlock(context);
  refresh(context);
  const auto steps = environments::steps_to(wanted, state_of(context));
  worker.has_changes |= !steps.empty();
  if (worker.has_changes && wanted.has_terraform)
    say(context,
        fmt::format("plan of {} in {}: terraform {}", name_of(context), took, environments::words_of(steps)));
  worker.stage = Stage::kKubectl;
  if (wanted.manifests.empty()) return kubectl_done(context, false);
  if (worker.has_changes) {
    const IdentityPtr& as = runs_[worker.run].as;
    const std::string where = wanted.name.empty() ? "" : " -n " + wanted.name.str();
    say(context, fmt::format("{}kubectl{} apply -f {}", as ? name_text(*as) + ": " : "", where,
                             wanted.path.substr(wanted.path.rfind("namespaces/"))));
  }
  run_command(context, Apply{wanted.manifests}, !worker.has_changes);
}

void EnvironmentRuns::kubectl_done(const Context& context, bool failed) {
  Worker& worker = workers_[context.worker];
  const std::string why = problem_text(worker.item.version->problems, api::Problem::Reason::kInvalid);
  if (failed || !why.empty())
    return fail(context,
                fmt::format("kubectl apply of {} failed{}", name_of(context), why.empty() ? "" : ": " + why));
  if (!worker.item.version->has_terraform) return done(context);
  if (!lock(context, "terraform apply")) return next(context);
  worker.stage = Stage::kTerraform;
  if (worker.has_changes) say(context, "terraform apply of " + name_of(context) + " begins");
  begin_try(context);
}

void EnvironmentRuns::begin_steps(const Context& context) {
  Worker& worker = workers_[context.worker];
  const EnvironmentsPipeline& pipeline = pipeline_of(context);
  worker.stage = Stage::kSteps;
  worker.step_began = context.cluster.kernel().now();
  refresh(context);
  worker.steps = environments::steps_to(*worker.item.version, state_of(context));
  worker.takes.clear();
  for (const TerraformStep& step : worker.steps)
    worker.takes.push_back(drawn_time(pipeline, step, checkout_of(context).stream));
  worker.ends = environments::ends_of(worker.steps, worker.takes);
  worker.order.resize(worker.steps.size());
  std::iota(worker.order.begin(), worker.order.end(), std::size_t{0});
  std::ranges::stable_sort(worker.order, {}, [&](std::size_t i) { return worker.ends[i]; });
  worker.at = 0;
  step(context);
}

// The next one, when its time has come.
void EnvironmentRuns::step(const Context& context) {
  Worker& worker = workers_[context.worker];
  Kernel& kernel = context.cluster.kernel();
  if (worker.at == worker.order.size()) {
    unlock(context);
    if (worker.refused) return fail(context, "terraform apply of " + name_of(context) + " failed");
    return done(context);
  }
  const std::size_t index = worker.order[worker.at];
  const SimTime due = worker.step_began + worker.ends[index];
  if (kernel.now() < due)
    return static_cast<void>(
        kernel.after(due - kernel.now(), make_scenario_event(kStep, context.worker, worker.last)));
  const TerraformStep& step = worker.steps[index];
  if (step.made->is_aws()) return step_done(context, false);
  make(context, step);
}

void EnvironmentRuns::make(const Context& context, const TerraformStep& step) {
  const Manifest& manifest = step.made->object;
  switch (step.does) {
    case TerraformStep::Does::kCreates:
      return run_command(context, Create{{manifest}}, true);
    case TerraformStep::Does::kChanges: {
      Replace replace;
      replace.manifests = {manifest};
      return run_command(context, std::move(replace), true);
    }
    case TerraformStep::Does::kDestroys: {
      Delete remove;
      remove.targets.files = {manifest.object};
      remove.ignore_not_found = true;
      return run_command(context, std::move(remove), true);
    }
  }
  CHECK(false);
}

void EnvironmentRuns::step_done(const Context& context, bool refused) {
  Worker& worker = workers_[context.worker];
  const std::size_t index = worker.order[worker.at++];
  const TerraformStep& step = worker.steps[index];
  worker.refused |= refused;
  if (refused) {
    say(context, fmt::format("terraform apply of {}: {} was refused", name_of(context), step.made->what),
        true);
  } else {
    environments::TerraformState& state = state_of(context);
    if (step.does == TerraformStep::Does::kDestroys)
      state.erase(step.made->what);
    else
      state[step.made->what] = step.made;
    say(context,
        fmt::format("terraform apply of {}: {} {}{}", name_of(context), in_the_past(step.does),
                    step.made->what, step.made->is_aws() ? " in " + report::human(worker.takes[index]) : ""));
  }
  this->step(context);
}

bool EnvironmentRuns::lock(const Context& context, std::string_view what) {
  const FolderVersion& version = *workers_[context.worker].item.version;
  if (!version.has_terraform || checkout_of(context).locked.insert(version.name).second) return true;
  Worker& worker = workers_[context.worker];
  runs_[worker.run].failed.push_back(name_of(context));
  say(context,
      fmt::format("{} of {} failed: Error acquiring the state lock: another run holds it", what,
                  name_of(context)),
      true);
  return false;
}

void EnvironmentRuns::unlock(const Context& context) {
  const FolderVersion& version = *workers_[context.worker].item.version;
  if (version.has_terraform) checkout_of(context).locked.erase(version.name);
}

environments::TerraformState& EnvironmentRuns::state_of(const Context& context) {
  const api::Symbol name = workers_[context.worker].item.version->name;
  Checkout& checkout = checkout_of(context);
  const auto found = checkout.states.find(name);
  if (found != checkout.states.end()) return found->second;
  const auto& before = pipeline_of(context).folders;
  const auto there = before.find(name);
  return checkout.states
      .emplace(name, there == before.end() ? environments::TerraformState()
                                           : environments::state_of(*there->second))
      .first->second;
}

// As terraform's refresh: what somebody has deleted is to be made again. Whose namespace has never been there
// is none of this cluster.
void EnvironmentRuns::refresh(const Context& context) {
  const cluster::Store& store = context.cluster.store();
  std::erase_if(state_of(context), [&](const auto& entry) {
    const api::ObjectPtr& object = entry.second->object.object;
    if (!object) return false;
    const api::ObjectMeta& meta = object->metadata;
    const bool has_place =
        meta.namespace_.empty() || store.find(api::Kind::kNamespace, {}, meta.namespace_).valid();
    return has_place && !kubectl::read(store, {{object->kind, meta.namespace_, meta.name}, 0, object});
  });
}

void EnvironmentRuns::fail(const Context& context, const std::string& what) {
  Worker& worker = workers_[context.worker];
  if (worker.stage == Stage::kPlan || worker.stage == Stage::kTerraform) unlock(context);
  // What terraform was refused has been told.
  say(context, what, worker.stage != Stage::kSteps);
  runs_[worker.run].failed.push_back(name_of(context));
  next_after(context);
}

void EnvironmentRuns::done(const Context& context) {
  const Worker& worker = workers_[context.worker];
  const Duration took = context.cluster.kernel().now() - worker.began;
  if (worker.has_changes)
    say(context, fmt::format("{} applied in {}", name_of(context), report::human(took)));
  ++runs_[worker.run].applied;
  next_after(context);
}

void EnvironmentRuns::next_after(const Context& context) {
  const std::uint32_t run = workers_[context.worker].run;
  const bool was_clusters = workers_[context.worker].item.name.empty();
  next(context);
  if (!was_clusters) return;
  for (std::uint32_t other = 0; other < workers_.size(); ++other)
    if (workers_[other].run == run && workers_[other].stage == Stage::kWaits)
      next({context.cluster, context.user, other});
}

void EnvironmentRuns::end(SimulatedCluster& cluster, std::uint32_t id) {
  Kernel& kernel = cluster.kernel();
  Run& run = runs_[id];
  const SimTime merged = kernel.journal().record(run.merged).at;
  std::string words =
      fmt::format("{} {}, {} after the merge: {} applied", merge_of(id).title(),
                  run.failed.empty() ? "green" : "red", report::human(kernel.now() - merged), run.applied);
  if (!run.failed.empty())
    words += fmt::format(", {} failed ({})", run.failed.size(), names_text(run.failed));
  if (run.passed_over > 0) words += fmt::format(", {} passed over", run.passed_over);
  const std::size_t left = run.items.size() - run.next;
  if (left > 0) words += fmt::format(", {} not reached", left);
  say(kernel, id, words, false, run.begun);
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(RecordType::kEnded);
  record.cause = run.merged;
  record.other = run.failed.empty() ? 0 : 1;
  kernel.record(record);
}

void EnvironmentRuns::handle(SimulatedCluster& cluster, User& user, const Event& event) {
  if (event.type == kStart) return start(cluster, user, event.subject);
  const Context context{cluster, user, event.subject};
  switch (event.type) {
    case kTask:
      return try_done(context);
    case kStep:
      return step(context);
    case kCommand:
      if (workers_[event.subject].stage == Stage::kKubectl) return kubectl_done(context, event.payload != 0);
      return step_done(context, event.payload != 0);
    default:
      CHECK(false);
  }
}

void EnvironmentRuns::run_command(const Context& context, Action action, bool quiet) {
  const Worker& worker = workers_[context.worker];
  context.user.act_for(context.cluster.kernel(), context.cluster.api(),
                       std::make_shared<const Action>(std::move(action)), runs_[worker.run].as, worker.last,
                       make_scenario_event(kCommand, context.worker, worker.last), quiet);
}

std::string EnvironmentRuns::name_of(const Context& context) const {
  return folder_text(workers_[context.worker].item.name);
}

void EnvironmentRuns::say(const Context& context, const std::string& words, bool failed) {
  Worker& worker = workers_[context.worker];
  worker.last = say(context.cluster.kernel(), worker.run, words, failed, worker.last);
}

JournalId EnvironmentRuns::say(Kernel& kernel, std::uint32_t run, const std::string& words, bool failed,
                               JournalId cause) {
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(RecordType::kPipeline);
  record.cause = cause;
  record.value = failed ? 1 : 0;
  record.text = kernel.journal().text("pipeline " + merge_of(run).pipeline->name.str() + ": " + words);
  return kernel.record(record);
}

}  // namespace seatrial::scenario
