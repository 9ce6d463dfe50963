// Those who deploy what was merged: the runs of pipelines, one for each `merge` of the timeline.
//
// A run builds the image, pushes it, and applies the manifests with the new tag by kubectl's own code, as the
// pipeline's identity; then it waits, as `kubectl rollout status` does, for each workload among them. A step
// that fails for the last time fails the run, and nothing comes after it. Runs of one pipeline go one after
// the other, in the order of the merges; those of different pipelines side by side.
//
// Each step is a record of the journal that names the one before it as its cause, so what the apply changed
// leads back to the merge. Durations and failures are drawn from a stream for each pipeline.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/engine/random.h"
#include "sim/scenario/simulated_cluster.h"
#include "sim/scenario/user.h"

namespace seatrial::scenario {

class Pipelines {
 public:
  // REQUIRES: the action is a Merge. `as`: who applies where the pipeline does not say; `cause`: the
  // timeline's entry.
  void begin(SimulatedCluster& cluster, User& user, const std::shared_ptr<const Action>& action,
             const IdentityPtr& as, JournalId cause);
  // REQUIRES: an event of kScenarioComponent with a type of these; the subject is the run.
  void handle(SimulatedCluster& cluster, User& user, const Event& event);
  void on_commit(Kernel& kernel, const cluster::WatchEvent& change);

  static constexpr std::uint8_t kTask = 20, kCommand = 21, kLook = 22, kTimeout = 23;

 private:
  enum class Stage : std::uint8_t { kQueued, kBuild, kPush, kApply, kRollout, kUndo, kEnded };
  struct Run {
    std::shared_ptr<const Action> action;
    IdentityPtr as;
    JournalId merged = JournalId::kNone, last = JournalId::kNone;  // the merge, the latest step
    Stage stage = Stage::kQueued;
    std::int32_t tries = 0;
    bool fails = false;  // the try under way will
    SimTime began;       // the step or try
    std::vector<ObjectName> waits_for;
    bool will_look = false;
  };
  struct Context {
    SimulatedCluster& cluster;
    User& user;
    std::uint32_t run;
  };

  const Merge& merge_of(std::uint32_t run) const { return std::get<Merge>(*runs_[run].action); }
  const PipelineTask& task_of(std::uint32_t run) const;
  void start(const Context& context);
  void begin_try(const Context& context);
  void try_done(const Context& context);
  void apply(const Context& context);
  void command_done(const Context& context, bool failed);
  void look(const Context& context);
  void fail(const Context& context, const std::string& what);
  void end(const Context& context, bool failed);
  // Writes down what the pipeline did, or that it failed.
  void say(const Context& context, const std::string& words, bool failed = false);
  void run_command(const Context& context, Action action);

  std::vector<Run> runs_;
  std::size_t rolling_ = 0;                      // runs that wait for a rollout
  std::map<api::Symbol, RandomStream> streams_;  // by pipeline
};

}  // namespace seatrial::scenario
