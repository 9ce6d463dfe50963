#include "sim/controllers/daemonset_math.h"

#include <algorithm>
#include <tuple>

#include "sim/scheduler/plugins/taints.h"

namespace seatrial::controllers {

using api::Symbol;

namespace {

const Symbol kMetadataName("metadata.name"), kNoSchedule("NoSchedule"), kNoExecute("NoExecute"),
    kExists("Exists"), kReady("Ready"), kHash("controller-revision-hash");

// A toleration for the same is replaced.
void tolerate(api::PodSpec& spec, const char* key, Symbol effect) {
  const api::Toleration wanted{key, kExists, {}, effect, {}};
  const auto same = [&](const api::Toleration& t) {
    return std::tie(t.key, t.op, t.value, t.effect) ==
           std::tie(wanted.key, wanted.op, wanted.value, wanted.effect);
  };
  std::erase_if(spec.tolerations, same);
  spec.tolerations.push_back(wanted);
}

std::int32_t amount_of(const std::optional<api::IntOrString>& value, std::int32_t desired) {
  return value ? api::scaled_value(*value, desired, true).value_or(0) : 0;
}

// The pods of a node that are not going: the new one and the old one; `clear` unless there are two of a sort.
struct NodePods {
  const DaemonPod *updated = nullptr, *old = nullptr;
  bool clear = true;
};
NodePods pods_on(const DaemonNode& node) {
  NodePods found;
  for (const DaemonPod& pod : node.pods) {
    if (pod.terminating) continue;
    const DaemonPod*& place = pod.updated ? found.updated : found.old;
    if (place) found.clear = false;
    place = &pod;
  }
  return found;
}

// Of the running pods: the oldest new and the oldest old one may stay.
void plan_surplus_with_surge(std::span<const DaemonPod> running, NodePlan& plan) {
  const DaemonPod *updated = nullptr, *old = nullptr;
  for (const DaemonPod& pod : running) {
    const DaemonPod*& place = pod.updated ? updated : old;
    if (place) {
      plan.surplus.push_back(pod);
    } else {
      place = &pod;
    }
  }
  if (updated && old && (!old->ready || updated->available)) plan.surplus.push_back(*old);
}

// A node that should have a pod and has none is unavailable too.
bool is_counted(const DaemonNode& node) { return !node.pods.empty() || node.fit.should_run; }

template <class T>
void append_first(std::vector<T>& to, const std::vector<T>& from, std::int32_t count) {
  const auto taken = std::min(from.size(), static_cast<std::size_t>(std::max(count, 0)));
  to.insert(to.end(), from.begin(), from.begin() + static_cast<std::ptrdiff_t>(taken));
}

RollingPlan replace_pods(std::span<const DaemonNode> nodes, std::int32_t max_unavailable) {
  std::int32_t unavailable = 0;
  RollingPlan plan;
  std::vector<DaemonPod> candidates;
  for (const DaemonNode& node : nodes) {
    if (!is_counted(node)) continue;
    const NodePods pods = pods_on(node);
    if (!pods.clear || (pods.updated == nullptr) == (pods.old == nullptr)) {
      ++unavailable;
    } else if (pods.updated) {
      if (!pods.updated->available) ++unavailable;
    } else if (!pods.old->available) {
      plan.deletions.push_back(*pods.old);
      ++unavailable;
    } else {
      candidates.push_back(*pods.old);
    }
  }
  append_first(plan.deletions, candidates, max_unavailable - unavailable);
  return plan;
}

RollingPlan surge_pods(std::span<const DaemonNode> nodes, std::int32_t max_surge) {
  std::int32_t surging = 0, spare = 0;  // pods that are available beyond what is desired
  RollingPlan plan;
  std::vector<Symbol> candidates;
  std::vector<DaemonPod> unwanted;  // available old pods on nodes that would get none
  for (const DaemonNode& node : nodes) {
    if (!is_counted(node)) continue;
    if (node.fit.should_run) --spare;
    const NodePods pods = pods_on(node);
    const DaemonPod* const counts = pods.old ? pods.old : pods.updated;
    if (pods.clear && counts && counts->available) ++spare;
    if (!pods.clear) {
      ++surging;
    } else if (!pods.old) {
      continue;
    } else if (!pods.updated && !node.fit.should_run) {
      (pods.old->available ? unwanted : plan.deletions).push_back(*pods.old);
    } else if (!pods.updated) {
      (pods.old->available ? candidates : plan.new_nodes).push_back(node.name);
    } else if (!pods.updated->available) {
      ++surging;
    } else {
      plan.deletions.push_back(*pods.old);
    }
  }
  append_first(plan.new_nodes, candidates, max_surge - surging);
  append_first(plan.deletions, unwanted, spare);
  return plan;
}

}  // namespace

Symbol target_node(const api::Pod& pod) {
  using Op = api::LabelSelectorRequirement::Operator;
  if (!pod.node_name.empty()) return pod.node_name;
  if (!pod.spec->affinity || !pod.spec->affinity->node_required) return {};
  for (const api::NodeSelectorTerm& term : *pod.spec->affinity->node_required) {
    for (const api::LabelSelectorRequirement& r : term.match_fields) {
      if (r.key == kMetadataName && r.op == Op::kIn && r.values.size() == 1) return r.values.front();
    }
  }
  return {};
}

void add_daemon_tolerations(api::PodSpec& spec) {
  for (const char* key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"})
    tolerate(spec, key, kNoExecute);
  for (const char* key : {"node.kubernetes.io/disk-pressure", "node.kubernetes.io/memory-pressure",
                          "node.kubernetes.io/pid-pressure", "node.kubernetes.io/unschedulable"}) {
    tolerate(spec, key, kNoSchedule);
  }
  if (spec.host_network) tolerate(spec, "node.kubernetes.io/network-unavailable", kNoSchedule);
}

void set_target_node(api::PodSpec& spec, Symbol node) {
  using Op = api::LabelSelectorRequirement::Operator;
  if (!spec.affinity) spec.affinity.emplace();
  spec.affinity->node_required = {api::NodeSelectorTerm{{}, {{kMetadataName, Op::kIn, {node}}}}};
}

NodeFit node_fit(const scheduler::PodInfo& pod, const api::Node& node) {
  if (!pod.spec->node_name.empty() && pod.spec->node_name != node.metadata.name) return {};
  if (!scheduler::matches_required_nodes(pod, node)) return {};
  const std::vector<api::Toleration>& tolerations = pod.spec->tolerations;
  if (!scheduler::find_untolerated(node.taints, tolerations)) return {true, true};
  return {false, std::ranges::none_of(node.taints, [&](const api::Taint& taint) {
            return taint.effect == kNoExecute && !scheduler::tolerates(tolerations, taint);
          })};
}

DaemonPod describe(const api::Pod& pod, Symbol hash, std::int32_t min_ready_seconds, SimTime now) {
  DaemonPod d;
  d.index = pod.index;
  d.name = pod.metadata.name;
  d.bound = !pod.node_name.empty();
  d.terminating = pod.metadata.deletion_timestamp.has_value();
  d.failed = pod.status.phase == api::PodPhase::kFailed;
  d.succeeded = pod.status.phase == api::PodPhase::kSucceeded;
  d.ready = api::is_pod_ready(pod);
  d.updated = pod.metadata.labels->get(kHash) == hash.view();
  d.created = pod.metadata.creation_timestamp;
  if (!d.ready) return d;
  const SimTime since = find_condition(pod.status.conditions, kReady)->last_transition_time;
  d.available = min_ready_seconds == 0 || since + Duration::seconds(min_ready_seconds) <= now;
  return d;
}

NodePlan plan_node(const DaemonNode& node, bool surge) {
  NodePlan plan;
  if (node.fit.should_run && node.pods.empty()) {
    plan.create = true;
    return plan;
  }
  std::vector<DaemonPod> running;
  for (const DaemonPod& pod : node.pods) {
    if (pod.terminating) continue;
    if (!node.fit.should_continue) {
      plan.surplus.push_back(pod);
    } else if (pod.failed && node.backs_off) {
      plan.waits = true;
    } else if (pod.failed || pod.succeeded) {
      plan.finished.push_back(pod);
    } else {
      running.push_back(pod);
    }
  }
  if (surge) {
    plan_surplus_with_surge(running, plan);
    plan.create = running.empty() && node.fit.should_run;
  } else if (running.size() > 1) {
    plan.surplus.assign(running.begin() + 1, running.end());
  }
  return plan;
}

DaemonLimits daemon_limits(const api::DaemonSet& set, std::int32_t desired) {
  if (set.update_strategy != api::UpdateStrategyType::kRollingUpdate) return {};
  DaemonLimits limits{amount_of(set.max_surge, desired), amount_of(set.max_unavailable, desired)};
  if (desired > 0 && limits == DaemonLimits()) limits.max_unavailable = 1;
  return limits;
}

RollingPlan plan_rolling_update(std::span<const DaemonNode> nodes, const DaemonLimits& limits) {
  return limits.max_surge > 0 ? surge_pods(nodes, limits.max_surge)
                              : replace_pods(nodes, limits.max_unavailable);
}

api::DaemonSet::Status calculate_status(const api::DaemonSet& set, std::span<const DaemonNode> nodes,
                                        bool observe) {
  api::DaemonSet::Status status;
  status.observed_generation = observe ? set.metadata.generation : set.status.observed_generation;
  status.collision_count = set.status.collision_count;
  status.conditions = set.status.conditions;
  for (const DaemonNode& node : nodes) {
    if (!node.exists) continue;
    if (!node.fit.should_run) {
      if (!node.pods.empty()) ++status.number_misscheduled;
      continue;
    }
    ++status.desired_number_scheduled;
    if (node.pods.empty()) continue;
    const DaemonPod& oldest = node.pods.front();
    ++status.current_number_scheduled;
    if (oldest.ready) ++status.number_ready;
    if (oldest.available) ++status.number_available;
    if (oldest.updated) ++status.updated_number_scheduled;
  }
  status.number_unavailable = status.desired_number_scheduled - status.number_available;
  return status;
}

}  // namespace seatrial::controllers
