// Those who apply an Environments repository: the runs of its pipelines, one for each merged pull request (or
// of the checkout as it is).
//
// A run takes its namespaces in order, `parallel` of them at once, the cluster's own files before all others.
// For each: the plan (kubectl's dry run, terraform init and plan), kubectl apply of the folder as the
// pipeline's identity, then terraform apply. What fails ends its namespace. Terraform makes AWS resources
// side by side, each after what it refers to, and the objects in Kubernetes that carry their outputs when
// these are there; it holds its namespace's state lock meanwhile, and who finds it held fails at once. Runs
// go side by side. Sources: cloud-platform-cli, pkg/environment/{apply,applier}.go; terraform's -lock-timeout
// (0s).
//
// What terraform made before the run is what it would make of the checkout, and stands in the scenario's
// `apply`; what has changed since is found by its refresh. Each step is a record of the journal whose cause
// is the one before it. A namespace without a change is silent unless something fails. What is drawn comes
// from a stream for each pipeline.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster/rate_limiter.h"
#include "sim/engine/random.h"
#include "sim/scenario/simulated_cluster.h"
#include "sim/scenario/user.h"

namespace seatrial::scenario {

class EnvironmentRuns {
 public:
  // REQUIRES: the action is a MergeEnvironments. `as`: who applies where the pipeline does not say; `cause`:
  // the timeline's entry.
  void begin(SimulatedCluster& cluster, const std::shared_ptr<const Action>& action, const IdentityPtr& as,
             JournalId cause);
  // REQUIRES: an event of kScenarioComponent with a type of these; the subject is the run, or the worker.
  void handle(SimulatedCluster& cluster, User& user, const Event& event);

  static constexpr std::uint8_t kStart = 24, kTask = 25, kCommand = 26, kStep = 27;

 private:
  // What a pipeline knows from one run to the next.
  struct Checkout {
    std::map<api::Symbol, environments::FolderPtr> folders;  // as merged so far
    std::map<api::Symbol, environments::TerraformState> states;
    std::set<api::Symbol> locked;
    cluster::TokenBucket aws;
    RandomStream stream;
  };
  struct Item {
    api::Symbol name;
    environments::FolderPtr version;  // null: as it is merged when its turn comes
    bool changed = false;             // by the pull request
  };
  struct Run {
    std::shared_ptr<const Action> action;
    IdentityPtr as;
    JournalId merged = JournalId::kNone, begun = JournalId::kNone;
    std::vector<Item> items;
    std::size_t next = 0;  // of items
    std::size_t at_work = 0;
    std::size_t applied = 0, passed_over = 0;
    std::vector<std::string> failed;
  };
  enum class Stage : std::uint8_t { kWaits, kPlan, kKubectl, kTerraform, kSteps, kEnded };
  // One namespace at a time.
  struct Worker {
    std::uint32_t run = 0;
    Stage stage = Stage::kWaits;  // for the cluster's own files
    Item item;
    JournalId last = JournalId::kNone;
    SimTime began, step_began;  // the namespace, the stage or try
    std::int32_t tries = 0;
    bool fails = false;        // the try under way will
    bool refused = false;      // something that terraform made was
    bool has_changes = false;  // so it is not silent
    std::vector<environments::TerraformStep> steps;
    std::vector<std::size_t> order;  // of steps, by their ends
    std::vector<Duration> takes, ends;
    std::size_t at = 0;  // of order
  };
  struct Context {
    SimulatedCluster& cluster;
    User& user;
    std::uint32_t worker;
  };

  const MergeEnvironments& merge_of(std::uint32_t run) const {
    return std::get<MergeEnvironments>(*runs_[run].action);
  }
  const EnvironmentsPipeline& pipeline_of(const Context& context) const {
    return *merge_of(workers_[context.worker].run).pipeline;
  }
  Checkout& checkout_of(const Context& context) { return checkouts_.at(pipeline_of(context).name); }
  environments::TerraformState& state_of(const Context& context);

  void start(SimulatedCluster& cluster, User& user, std::uint32_t run);
  void next(const Context& context);
  bool take(const Context& context);
  void begin_try(const Context& context);
  void try_done(const Context& context);
  void planned(const Context& context);
  void kubectl_done(const Context& context, bool failed);
  void begin_steps(const Context& context);
  void step(const Context& context);
  void step_done(const Context& context, bool refused);
  void refresh(const Context& context);
  void make(const Context& context, const environments::TerraformStep& step);
  // Tells of a failure and goes on, with another namespace.
  void fail(const Context& context, const std::string& what);
  void done(const Context& context);
  void next_after(const Context& context);
  static std::string items_text(const std::vector<Item>& items, std::int32_t at_once);
  void end(SimulatedCluster& cluster, std::uint32_t run);
  bool lock(const Context& context, std::string_view what);
  void unlock(const Context& context);
  void run_command(const Context& context, Action action, bool quiet);
  std::string name_of(const Context& context) const;
  void say(const Context& context, const std::string& words, bool failed = false);
  JournalId say(Kernel& kernel, std::uint32_t run, const std::string& words, bool failed, JournalId cause);

  std::vector<Run> runs_;
  std::vector<Worker> workers_;
  std::map<api::Symbol, Checkout> checkouts_;  // by pipeline
};

}  // namespace seatrial::scenario
