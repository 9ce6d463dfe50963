#include "sim/scenario/node_replacement.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/controllers/node_scaling.h"
#include "sim/report/format.h"
#include "sim/scenario/choice.h"
#include "sim/scenario/kubectl/drain.h"
#include "sim/scenario/scenario_event.h"

namespace seatrial::scenario {

namespace {

constexpr Duration kSettle = Duration::seconds(60);  // of EKS, after a node is empty
constexpr Duration kLookAtSurge = Duration::seconds(5);
constexpr Duration kLookAgain = Duration::seconds(60);
constexpr std::int32_t kLooks = 7;

NodeChoice nodes_called(std::vector<api::Symbol> names) {
  NodeChoice choice;
  choice.names = std::move(names);
  return choice;
}

// As both drain: whatever runs there goes, but for DaemonSets' pods.
Drain drain_of(std::vector<api::Symbol> nodes, std::optional<Duration> timeout, bool by_force) {
  Drain drain;
  drain.nodes = nodes_called(std::move(nodes));
  drain.ignore_daemonsets = drain.delete_emptydir_data = drain.force = true;
  drain.disable_eviction = by_force;
  drain.timeout = timeout;
  return drain;
}

std::vector<api::Symbol> names_of(const std::vector<std::shared_ptr<const api::Node>>& nodes) {
  std::vector<api::Symbol> names;
  for (const auto& node : nodes) names.push_back(node->metadata.name);
  return names;
}

}  // namespace

NodeReplacements::Plan NodeReplacements::plan_of(const Action& action) {
  Plan plan;
  if (const auto* const recycle = std::get_if<Recycle>(&action)) {
    plan.timeout = recycle->timeout;
    plan.surge = recycle->replace_first ? 1 : 0;
    plan.deletes_node = plan.looks = true;
    plan.speaker = "recycler";
    return plan;
  }
  const auto& update = std::get<UpdateNodeGroup>(action);
  plan.parallel = update.all_at_once;
  plan.drain = !update.all_at_once || update.timeout;
  plan.cordon_first = update.all_at_once ? plan.drain : update.cordon_first;
  plan.every = update.every;
  plan.settle = update.all_at_once ? Duration() : kSettle;
  plan.surge = static_cast<std::size_t>(update.surge);
  plan.timeout = update.timeout;
  plan.late = update.all_at_once ? Plan::Late::kTerminate
              : update.force     ? Plan::Late::kDelete
                                 : Plan::Late::kFail;
  plan.notice = Duration();
  plan.quiet = true;
  plan.speaker = "node group " + update.launches.name.str();
  return plan;
}

void NodeReplacements::begin(SimulatedCluster& cluster, User& user,
                             const std::shared_ptr<const Action>& action, const IdentityPtr& as,
                             JournalId cause) {
  const Context context{cluster, user};
  Job job;
  job.action = action;
  job.as = as;
  job.cause = cause;
  job.plan = plan_of(*action);
  NodeChoice choice;
  if (const auto* const recycle = std::get_if<Recycle>(action.get())) {
    choice = recycle->nodes;
  } else {
    const auto& update = std::get<UpdateNodeGroup>(*action);
    choice.node_group = update.launches.name;
    choice.oldest = true;
    cluster.set_group(update.launches);
  }
  job.nodes = names_of(chosen_nodes(cluster.store(), choice));
  job.nodes_before = cluster.store().list(api::Kind::kNode).size();
  jobs_.push_back(std::move(job));
  const std::size_t id = jobs_.size() - 1;
  if (!may_begin(context, jobs_[id])) return end(context, jobs_[id]);
  launch_surge(context, jobs_[id]);
  pace(context, id);
}

void NodeReplacements::launch_surge(const Context& context, Job& job) {
  job.plan.surge = std::min(job.plan.parallel ? job.nodes.size() : job.plan.surge, job.nodes.size());
  cloud::Ec2& ec2 = context.cluster.ec2();
  for (std::size_t i = 0; i < job.plan.surge; ++i) {
    const auto instance = ec2.of_node(job.nodes[i]);
    if (!instance) continue;
    const api::Symbol group = ec2.instance(*instance).request.owner;
    if (!ec2.group(group)) continue;  // Karpenter's: it brings nodes for pods, not for nodes
    job.surge.push_back(ec2.launch_in(context.cluster.kernel(), group, job.cause, true));
  }
  const std::size_t launched = job.surge.size();
  const std::string news = fmt::format("launches {} new node{}", launched, launched == 1 ? "" : "s");
  if (!job.plan.drain)
    say(context, job, news + fmt::format(", terminates {} without a drain", job.nodes.size()));
  else if (job.plan.surge > 0)
    say(context, job, news + (job.plan.parallel ? fmt::format(", drains {}", job.nodes.size()) : " first"));
}

bool NodeReplacements::may_begin(const Context& context, Job& job) {
  if (job.nodes.empty()) {
    refuse(context, job, "error: there is no such node");
    return false;
  }
  if (!std::holds_alternative<Recycle>(*job.action)) return true;
  for (const api::ObjectPtr& node : context.cluster.store().list(api::Kind::kNode)) {
    if (controllers::is_ready(static_cast<const api::Node&>(*node))) continue;
    refuse(context, job, fmt::format("error: node {} is not ready", node->metadata.name.str()));
    return false;
  }
  return true;
}

void NodeReplacements::handle(SimulatedCluster& cluster, User& user, const Event& event) {
  const Context context{cluster, user};
  switch (event.type) {
    case kPace:
      return pace(context, event.subject);
    case kStepDone:
      return step_done(context, event.subject, event.payload != 0);
    case kNode:
      if (work_[event.subject].stage == Stage::kLooking) return look(context, event.subject);
      return terminate(context, event.subject);
    default:
      CHECK(false);
  }
}

bool NodeReplacements::surge_is_there(const Context& context, const Job& job) {
  if (job.plan.parallel) return true;
  return std::ranges::all_of(job.surge, [&](cloud::InstanceId id) {
    const api::Symbol name = context.cluster.ec2().instance(id).node_name;
    const auto* const node = context.cluster.store().find<api::Node>({}, name);
    return node && controllers::is_ready(*node);
  });
}

// Waits for the new nodes, then for the time of the next one.
void NodeReplacements::pace(const Context& context, std::size_t id) {
  Job& job = jobs_[id];
  if (job.started) return go_on(context, id);
  if (!surge_is_there(context, job)) {
    context.cluster.kernel().after(kLookAtSurge, make_scenario_event(kPace, id, job.cause));
    return;
  }
  job.started = true;
  if (!job.plan.cordon_first) return go_on(context, id);
  run(context, add_work(id, {}, Stage::kCordoning), Cordon{nodes_called(job.nodes), true});
}

void NodeReplacements::go_on(const Context& context, std::size_t id) {
  while (jobs_[id].next < jobs_[id].nodes.size() && !jobs_[id].failed) {
    Job& job = jobs_[id];
    const SimTime now = context.cluster.kernel().now();
    if (job.under_way > 0 && !job.plan.parallel) return;
    if (now < job.not_before) {
      context.cluster.kernel().at(job.not_before, make_scenario_event(kPace, id, job.cause));
      return;
    }
    job.not_before = now + job.plan.every;
    ++job.under_way;
    begin_node(context, id, job.next++);
  }
  if (jobs_[id].under_way == 0) end(context, jobs_[id]);
}

void NodeReplacements::begin_node(const Context& context, std::size_t id, std::size_t node) {
  const std::uint32_t work = add_work(id, jobs_[id].nodes[node], Stage::kDraining);
  if (jobs_[id].plan.drain) return drain(context, work, false);
  emptied(context, work);
}

void NodeReplacements::drain(const Context& context, std::uint32_t id, bool by_force) {
  work_[id].stage = by_force ? Stage::kDeletingPods : Stage::kDraining;
  run(context, id, drain_of({work_[id].node}, jobs_[work_[id].job].plan.timeout, by_force));
}

void NodeReplacements::step_done(const Context& context, std::uint32_t id, bool failed) {
  const Work work = work_[id];
  switch (work.stage) {
    case Stage::kCordoning:
      return go_on(context, work.job);
    case Stage::kDraining:
      return failed ? late(context, id) : emptied(context, id);
    case Stage::kDeletingPods:
      if (failed) return give_up(context, id, "error: unable to drain node " + work.node.str());
      return emptied(context, id);
    case Stage::kDeletingNode:
      return terminate(context, id);
    default:
      CHECK(false);
  }
}

// The drain's time is over.
void NodeReplacements::late(const Context& context, std::uint32_t id) {
  Job& job = jobs_[work_[id].job];
  const api::Symbol node = work_[id].node;
  const auto left =
      kubectl::pods_to_drain(drain_of({node}, {}, true), node, context.cluster.store(), {}).pods.size();
  const std::string which = fmt::format("{} pod{}", left, left == 1 ? "" : "s");
  if (job.plan.late == Plan::Late::kFail)
    return give_up(context, id,
                   fmt::format("error: PodEvictionFailure: reached max retries while trying to evict pods "
                               "from node {}: {} left",
                               node.str(), which));
  job.forced += static_cast<std::int64_t>(left);
  const bool deletes = job.plan.late == Plan::Late::kDelete;
  say(context, job,
      fmt::format("{} still on {} after {}: {}", which, node.str(), report::human(*job.plan.timeout),
                  deletes ? "deletes them, whatever their budgets say" : "terminates it all the same"));
  if (deletes) return drain(context, id, true);
  emptied(context, id);
}

void NodeReplacements::emptied(const Context& context, std::uint32_t id) {
  Work& work = work_[id];
  const Job& job = jobs_[work.job];
  if (job.plan.deletes_node) {
    work.stage = Stage::kDeletingNode;
    Delete verb;
    verb.targets.names = {{api::Kind::kNode, {}, work.node}};
    return run(context, id, std::move(verb));
  }
  work.stage = Stage::kSettling;
  context.cluster.kernel().after(job.plan.settle, make_scenario_event(kNode, id, job.cause));
}

void NodeReplacements::terminate(const Context& context, std::uint32_t id) {
  Work& work = work_[id];
  Job& job = jobs_[work.job];
  cloud::Ec2& ec2 = context.cluster.ec2();
  const std::size_t left =
      job.nodes.size() -
      static_cast<std::size_t>(std::ranges::find(job.nodes, work.node) - job.nodes.begin());
  if (const auto instance = ec2.of_node(work.node)) {
    if (left > job.plan.surge)
      ec2.replace(context.cluster.kernel(), *instance, job.cause, job.plan.notice);
    else
      ec2.terminate(context.cluster.kernel(), *instance, job.cause);
    if (job.plan.drain) say(context, job, "terminates the instance of " + work.node.str());
  }
  if (!job.plan.looks) return node_done(context, id);
  work.stage = Stage::kLooking;
  look(context, id);
}

void NodeReplacements::look(const Context& context, std::uint32_t id) {
  Work& work = work_[id];
  Job& job = jobs_[work.job];
  const std::vector<api::ObjectPtr> nodes = context.cluster.store().list(api::Kind::kNode);
  const auto ready = static_cast<std::size_t>(std::ranges::count_if(nodes, [](const api::ObjectPtr& node) {
    return controllers::is_ready(static_cast<const api::Node&>(*node));
  }));
  const std::size_t wanted = job.nodes_before;
  const bool gone = !context.cluster.ec2().of_node(work.node);
  if (gone && nodes.size() == wanted && ready == wanted) {
    say(context, job,
        fmt::format("{} is recycled: {} of {} nodes are Ready", work.node.str(), ready, wanted));
    return node_done(context, id);
  }
  if (++work.looks == kLooks)
    return give_up(context, id,
                   fmt::format("error: the cluster is not as before, {} after the instance of {} was "
                               "terminated: {} of {} nodes are Ready",
                               report::human(kLookAgain * (kLooks - 1)), work.node.str(), ready, wanted));
  context.cluster.kernel().after(kLookAgain, make_scenario_event(kNode, id, job.cause));
}

void NodeReplacements::node_done(const Context& context, std::uint32_t id) {
  const std::size_t job = work_[id].job;
  --jobs_[job].under_way;
  go_on(context, job);
}

void NodeReplacements::give_up(const Context& context, std::uint32_t id, const std::string& error) {
  Job& job = jobs_[work_[id].job];
  refuse(context, job, error);
  node_done(context, id);
}

void NodeReplacements::end(const Context& context, Job& job) {
  if (std::exchange(job.ended, true)) return;
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(cluster::RecordType::kEnded);
  record.cause = job.cause;
  record.value = job.forced;
  record.other = job.failed ? 1 : 0;
  context.cluster.kernel().record(record);
}

std::uint32_t NodeReplacements::add_work(std::size_t job, api::Symbol node, Stage stage) {
  work_.push_back({job, node, stage, 0});
  return static_cast<std::uint32_t>(work_.size() - 1);
}

void NodeReplacements::run(const Context& context, std::uint32_t work, Action action) {
  const Job& job = jobs_[work_[work].job];
  context.user.act_for(context.cluster.kernel(), context.cluster.api(),
                       std::make_shared<const Action>(std::move(action)), job.as, job.cause,
                       make_scenario_event(kStepDone, work, job.cause), job.plan.quiet);
}

void NodeReplacements::say(const Context& context, const Job& job, const std::string& words) {
  cluster::record_words(context.cluster.kernel(), cluster::RecordType::kSaid, job.plan.speaker + ": " + words,
                        job.cause);
}

void NodeReplacements::refuse(const Context& context, Job& job, const std::string& error) {
  job.failed = true;
  cluster::record_words(context.cluster.kernel(), cluster::RecordType::kRefused, error, job.cause);
}

}  // namespace seatrial::scenario
