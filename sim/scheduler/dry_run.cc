#include "sim/scheduler/dry_run.h"

#include <algorithm>

#include "sim/scheduler/fit_error.h"

namespace seatrial::scheduler {

namespace {

struct Candidate {
  std::uint32_t slot = kNoSlot;
  std::vector<std::uint32_t> victims;
  PreemptionCandidate cost;
};

// A pod that might go, with what ranks it.
struct Potential {
  const api::Pod* pod = nullptr;
  Victim rank;
  std::uint32_t index = 0;
};

bool is_going_for_preemption(const api::Pod& pod) {
  static const api::Symbol kType("DisruptionTarget"), kReason("PreemptionByScheduler");
  if (!pod.metadata.deletion_timestamp) return false;
  const api::Condition* const condition = api::find_condition(pod.status.conditions, kType);
  return condition && condition->status == api::ConditionStatus::kTrue && condition->reason == kReason;
}

// PodEligibleToPreemptOthers. Empty: it may.
std::string why_not_eligible(const Cycle& cycle, std::span<const std::uint32_t> resolvable,
                             const PreemptionView& view) {
  static const api::Symbol kNever("Never");
  if (cycle.info.spec->preemption_policy == kNever) return "not eligible due to preemptionPolicy=Never.";
  const api::Symbol nominated = cycle.pod.status.nominated_node_name;
  const std::uint32_t slot = nominated.empty() ? kNoSlot : cycle.cluster.find(nominated);
  if (slot == kNoSlot || std::ranges::find(resolvable, slot) == resolvable.end()) return {};
  const bool waits = std::ranges::any_of(cycle.cluster.at(slot).pods, [&](const PodOnNode& pod) {
    return pod.info->priority < cycle.info.priority && is_going_for_preemption(view.pod(pod.pod));
  });
  return waits ? "not eligible due to a terminating pod on the nominated node." : "";
}

class DryRun {
 public:
  DryRun(Cycle& cycle, NodeFilter& filter, const PreemptionView& view)
      : cycle_(cycle), filter_(filter), view_(view) {}

  // SelectVictimsOnNode. No victims: `reasons` got what stands against it.
  Candidate victims_on(std::uint32_t slot, ReasonCounts& reasons) {
    static const api::Symbol kNoVictims("No preemption victims found for incoming pod");
    const std::vector<Potential> potential = potential_victims(slot);
    if (potential.empty()) {
      reasons.add(kNoVictims);
      return {};
    }
    for (const Potential& p : potential) away_.push_back(filter_.suppose_removed(cycle_, slot, p.index));
    Candidate candidate;
    if (filter_.check(cycle_, slot) == Code::kSuccess) {
      candidate = reprieve(slot, potential);
    } else {
      for (const api::Symbol reason : filter_.refusal().reasons) reasons.add(reason);
    }
    for (const PodOnNode& pod : away_) filter_.suppose_added(cycle_, slot, pod);
    away_.clear();
    return candidate;
  }

 private:
  // The most important first.
  std::vector<Potential> potential_victims(std::uint32_t slot) const {
    std::vector<Potential> potential;
    for (const PodOnNode& pod : cycle_.cluster.at(slot).pods) {
      if (pod.info->priority >= cycle_.info.priority) continue;
      const api::Pod& object = view_.pod(pod.pod);
      potential.push_back(
          {&object, {pod.info->priority, object.status.start_time.value_or(view_.now)}, pod.pod});
    }
    std::ranges::sort(potential, [](const Potential& a, const Potential& b) {
      if (is_more_important(a.rank, b.rank)) return true;
      return !is_more_important(b.rank, a.rank) && a.index < b.index;
    });
    return potential;
  }

  std::vector<bool> violations(const std::vector<Potential>& potential) const {
    std::vector<api::Symbol> namespaces;
    std::vector<const api::Pod*> pods;
    std::vector<const api::PodDisruptionBudget*> budgets;
    for (const Potential& p : potential) {
      pods.push_back(p.pod);
      const api::Symbol of_pod = p.pod->metadata.namespace_;
      if (std::ranges::find(namespaces, of_pod) != namespaces.end()) continue;
      namespaces.push_back(of_pod);
      std::ranges::copy(view_.budgets(of_pod), std::back_inserter(budgets));
    }
    return violate_budgets(pods, budgets);
  }

  // All are away, and the pod fits. Those come back beside whom it still does.
  Candidate reprieve(std::uint32_t slot, const std::vector<Potential>& potential) {
    const std::vector<bool> violated = violations(potential);
    std::vector<bool> stays(potential.size());
    for (const bool violating : {true, false}) {
      for (std::size_t i = 0; i < potential.size(); ++i) {
        if (violated[i] == violating) stays[i] = comes_back(slot, potential[i].index);
      }
    }
    Candidate candidate;
    candidate.slot = slot;
    for (std::size_t i = 0; i < potential.size(); ++i) {
      if (stays[i]) continue;
      candidate.victims.push_back(potential[i].index);
      candidate.cost.victims.push_back(potential[i].rank);
      candidate.cost.pdb_violations += violated[i] ? 1 : 0;
    }
    return candidate;
  }

  bool comes_back(std::uint32_t slot, std::uint32_t index) {
    const auto at = std::ranges::find(away_, index, &PodOnNode::pod);
    filter_.suppose_added(cycle_, slot, *at);
    if (filter_.check(cycle_, slot) != Code::kSuccess) {
      filter_.suppose_removed(cycle_, slot, index);
      return false;
    }
    away_.erase(at);
    return true;
  }

  Cycle& cycle_;
  NodeFilter& filter_;
  const PreemptionView& view_;
  std::vector<PodOnNode> away_;
};

// As many candidates as wanted, one at least without a violated budget, from a random node on.
std::vector<Candidate> find_candidates(DryRun& run, std::span<const std::uint32_t> nodes, std::int64_t wanted,
                                       RandomStream& random, ReasonCounts& reasons) {
  std::vector<Candidate> found;
  bool any_clean = false;
  const std::size_t offset = random.below(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Candidate candidate = run.victims_on(nodes[(offset + i) % nodes.size()], reasons);
    if (candidate.victims.empty()) continue;
    any_clean = any_clean || candidate.cost.pdb_violations == 0;
    found.push_back(std::move(candidate));
    if (any_clean && static_cast<std::int64_t>(found.size()) >= wanted) break;
  }
  return found;
}

}  // namespace

Preemption preempt(Cycle& cycle, NodeFilter& filter, std::span<const std::uint32_t> resolvable,
                   const PreemptionView& view, const PreemptionConfig& config, RandomStream& random) {
  static const api::Symbol kNotHelpful("Preemption is not helpful for scheduling");
  Preemption result;
  result.message = why_not_eligible(cycle, resolvable, view);
  result.keeps_nomination = !result.message.empty();
  if (result.keeps_nomination) return result;
  ReasonCounts reasons;
  std::vector<Candidate> candidates;
  if (!resolvable.empty()) {
    const std::int64_t wanted =
        num_preemption_candidates(static_cast<std::int64_t>(resolvable.size()),
                                  config.min_candidate_nodes_percentage, config.min_candidate_nodes_absolute);
    DryRun run(cycle, filter, view);
    candidates = find_candidates(run, resolvable, wanted, random, reasons);
  }
  if (candidates.empty()) {
    const auto nodes = static_cast<std::int64_t>(cycle.cluster.order().size());
    const std::int64_t absent = nodes - static_cast<std::int64_t>(resolvable.size());
    if (absent > 0) reasons.add(kNotHelpful, absent);
    result.message = fit_error(nodes, reasons, {}, {});
    return result;
  }
  std::vector<PreemptionCandidate> costs;
  for (const Candidate& candidate : candidates) costs.push_back(candidate.cost);
  Candidate& best = candidates[pick_one_node_for_preemption(costs)];
  result.slot = best.slot;
  result.victims = std::move(best.victims);
  return result;
}

}  // namespace seatrial::scheduler
