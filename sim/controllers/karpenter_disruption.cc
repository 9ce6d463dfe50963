// Disruption: nodes that are empty, could be one cheaper node, or are too old.
#include <algorithm>

#include "sim/controllers/karpenter.h"

namespace seatrial::controllers {

using scheduler::NodeInfo;
using scheduler::WhatIf;

namespace {

const char* const kDoNotDisrupt = "karpenter.sh/do-not-disrupt";
constexpr std::size_t kMostAtOnce = 100;  // nodes that multi-node consolidation looks at

bool must_stay(const api::ObjectMeta& metadata) { return metadata.annotations->get(kDoNotDisrupt) == "true"; }

}  // namespace

// Nodes of pools whose pods may go, the cheapest to disrupt first.
std::vector<Karpenter::Candidate> Karpenter::candidates(Kernel& kernel,
                                                        const scheduler::ClusterState& cluster) const {
  std::vector<Candidate> found;
  for (const std::uint32_t slot : cluster.order()) {
    const NodeInfo& node = cluster.at(slot);
    const auto pool = pool_of(*node.node);
    if (!pool || removals_.removing(node.name) || must_stay(node.node->metadata) || !is_ready(*node.node))
      continue;
    const KarpenterPool& config = config_.pools[*pool];
    const auto last = last_pod_event_.find(node.name);
    if (last != last_pod_event_.end() && kernel.now() - last->second < config.consolidate_after) continue;
    Pods pods = view_.movable_pods(node);
    if (std::ranges::any_of(pods, [](const auto& pod) { return must_stay(pod->metadata); })) continue;
    if (view_.blocking_reason_of(pods) == "NotEnoughPdb") continue;
    const api::Symbol type = node.labels().get("node.kubernetes.io/instance-type");
    const auto offer = std::ranges::find(config.offers, type, &InstanceOffer::instance_type);
    const Duration age = kernel.now() - node.node->metadata.creation_timestamp;
    found.push_back({node.name, *pool, offer == config.offers.end() ? 0 : offer->price,
                     disruption_cost(pods, age, config.expire_after), std::move(pods)});
  }
  std::ranges::stable_sort(found, {}, &Candidate::cost);
  return found;
}

std::map<std::size_t, std::int64_t> Karpenter::budgets(const scheduler::ClusterState& cluster) const {
  std::map<std::size_t, std::pair<std::int64_t, std::int64_t>> nodes;  // all, and disrupted ones
  for (const std::uint32_t slot : cluster.order()) {
    const NodeInfo& node = cluster.at(slot);
    const auto pool = pool_of(*node.node);
    if (!pool) continue;
    ++nodes[*pool].first;
    nodes[*pool].second += removals_.removing(node.name) || !is_ready(*node.node);
  }
  std::map<std::size_t, std::int64_t> allowed;
  for (const auto& [pool, counts] : nodes)
    allowed[pool] = disruptions_allowed(config_.pools[pool].budget, counts.first, counts.second);
  return allowed;
}

std::optional<Karpenter::Command> Karpenter::empty_nodes(const std::vector<Candidate>& all,
                                                         std::map<std::size_t, std::int64_t> allowed) const {
  Command command{"Empty", {}, {}};
  for (const Candidate& candidate : all) {
    if (candidate.pods.empty() && allowed[candidate.pool]-- > 0) command.nodes.push_back(candidate.node);
  }
  return command.nodes.empty() ? std::nullopt : std::optional(command);
}

// Whether these nodes can go: their pods fit on others, or on one node more that is cheaper than all of them.
std::optional<Karpenter::Command> Karpenter::consolidation(const std::vector<Candidate>& chosen,
                                                           const cloud::Ec2& ec2,
                                                           const scheduler::ClusterState& cluster,
                                                           SimTime now) const {
  WhatIf what_if(cluster);
  Pods pods;
  std::int64_t price = 0;
  Command command{"Underutilized", {}, {}};
  for (const Candidate& candidate : chosen) {
    what_if.remove_node(candidate.node);
    pods.insert(pods.end(), candidate.pods.begin(), candidate.pods.end());
    price += candidate.price;
    command.nodes.push_back(candidate.node);
  }
  Packing packing = pack(what_if, std::move(pods), ec2, now);
  if (!packing.unplaced.empty() || packing.claims.size() > 1) return std::nullopt;
  if (packing.claims.empty()) return command;
  std::vector<InstanceOffer> storage;
  const InstanceOffer* const offer = offer_for(packing.claims.front(), storage, now);
  if (!offer || offer->price >= price) return std::nullopt;
  command.replacement = std::move(packing.claims.front());
  return command;
}

// The most that can go together, found by halving.
std::optional<Karpenter::Command> Karpenter::several_nodes(const std::vector<Candidate>& within_budget,
                                                           const cloud::Ec2& ec2,
                                                           const scheduler::ClusterState& cluster,
                                                           SimTime now) const {
  std::optional<Command> best;
  std::size_t low = 2, high = std::min(within_budget.size(), kMostAtOnce);
  while (low <= high) {
    const std::size_t middle = (low + high) / 2;
    const std::vector<Candidate> some(within_budget.begin(),
                                      within_budget.begin() + static_cast<std::ptrdiff_t>(middle));
    if (auto command = consolidation(some, ec2, cluster, now)) {
      best = std::move(command);
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return best;
}

std::optional<Karpenter::Command> Karpenter::look_for_command(Kernel& kernel, const cloud::Ec2& ec2,
                                                              const scheduler::ClusterState& cluster) const {
  const std::vector<Candidate> all = candidates(kernel, cluster);
  if (all.empty()) return std::nullopt;
  std::map<std::size_t, std::int64_t> allowed = budgets(cluster);
  if (auto command = empty_nodes(all, allowed)) return command;
  std::vector<Candidate> within_budget;
  for (const Candidate& candidate : all) {
    if (allowed[candidate.pool]-- > 0) within_budget.push_back(candidate);
  }
  if (auto command = several_nodes(within_budget, ec2, cluster, kernel.now())) return command;
  std::map<std::size_t, std::int64_t> single = budgets(cluster);
  for (const Candidate& candidate : all) {
    if (single[candidate.pool] <= 0) continue;
    if (auto command = consolidation({candidate}, ec2, cluster, kernel.now())) return command;
  }
  return std::nullopt;
}

// Too old: they go whatever else holds.
void Karpenter::expire(Kernel& kernel, cluster::ApiServer& api, const scheduler::ClusterState& cluster) {
  for (const std::uint32_t slot : cluster.order()) {
    const NodeInfo& node = cluster.at(slot);
    const auto pool = pool_of(*node.node);
    if (!pool || !config_.pools[*pool].expire_after || removals_.removing(node.name)) continue;
    if (kernel.now() - node.node->metadata.creation_timestamp >= *config_.pools[*pool].expire_after)
      remove(kernel, api, node.name, "Expired", JournalId::kNone);
  }
}

void Karpenter::poll(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
                     const scheduler::ClusterState& cluster) {
  give_up_on_late_instances(kernel, ec2);
  expire(kernel, api, cluster);
  const bool busy = found_ || !waiting_for_replacement_.empty() || view_.has_pending() || !upcoming_.empty();
  const bool idle_nodes_wait = std::ranges::any_of(
      config_.pools, [](const KarpenterPool& pool) { return pool.consolidate_after > Duration(); });
  if (busy || (settled_version_ == view_.version() && !idle_nodes_wait)) return;
  found_ = look_for_command(kernel, ec2, cluster);
  if (!found_) {
    settled_version_ = view_.version();
    return;
  }
  Event validate;
  validate.component = component_;
  validate.type = kValidate;
  kernel.after(config_.validation, validate);
}

void Karpenter::carry_out(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2, const Command& command) {
  if (!command.replacement) {
    for (const api::Symbol node : command.nodes) remove(kernel, api, node, command.reason, JournalId::kNone);
    return;
  }
  const api::Symbol name = launch(kernel, ec2, *command.replacement, JournalId::kNone);
  for (const api::Symbol node : command.nodes)
    event(kernel, api, view_.node(node), false, "DisruptionLaunching",
          "Launching NodeClaim: " + name.str() + ", " + command.reason, JournalId::kNone);
  waiting_for_replacement_[name] = command;
}

void Karpenter::remove(Kernel& kernel, cluster::ApiServer& api, api::Symbol name, const char* reason,
                       JournalId cause) {
  const auto node = view_.node(name);
  if (!node || removals_.removing(name)) return;
  event(kernel, api, node, false, "DisruptionTerminating", std::string("Disrupting Node: ") + reason, cause);
  removals_.begin(kernel, api, view_, name, false, cause);
}

}  // namespace seatrial::controllers
