#include "sim/controllers/descheduler.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/controllers/node_scaling.h"
#include "sim/scheduler/what_if.h"

namespace seatrial::controllers {

using api::Kind;
using cluster::RecordType;

namespace {

constexpr const char* kDeschedulerName = "descheduler";
constexpr std::int64_t kDeschedulerQps = 5, kDeschedulerBurst = 10;  // client-go's defaults

JournalId descheduler_note(Kernel& kernel, JournalId cause, const std::string& words) {
  return cluster::record_words(kernel, RecordType::kSaid, "descheduler: " + words, cause);
}

}  // namespace

Descheduler::Descheduler(Kernel& kernel, cluster::ApiServer& api, DeschedulerConfig config,
                         ComponentId component)
    : config_(std::move(config)),
      component_(component),
      client_(api.add_client(kernel, kDeschedulerName, kDeschedulerQps, kDeschedulerBurst)) {
  api.watches().add_consumer(kernel, kDeschedulerName, {Kind::kPod, Kind::kNode}, component,
                             api.timings().watch_delivery);
  RandomStream phase = kernel.stream("descheduler/phase");
  Event first;
  first.component = component_;
  first.type = kPass;
  kernel.after(Duration::nanos(static_cast<std::int64_t>(
                   phase.below(static_cast<std::uint64_t>(config_.interval.count())))),
               first);
}

void Descheduler::on_watch(const cluster::WatchEvent& change) {
  const api::ObjectPtr before = cache_.apply(change);
  if (change.object->kind != Kind::kNode) return;
  const auto& node = static_cast<const api::Node&>(*change.object);
  if (!before || static_cast<const api::Node&>(*before).taints != node.taints)
    node_changes_[node.metadata.name] = change.cause;
}

void Descheduler::handle(Kernel& kernel, cluster::ApiServer& api, const scheduler::ClusterState& cluster,
                         const Event& event) {
  if (event.type == kPass) {
    Event next = event;
    kernel.after(config_.interval, next);
    if (passing_) return;  // the last one goes on
    begin_pass();
  } else {
    const cluster::ApiResult answer = api.take_reply({static_cast<std::uint32_t>(event.payload)});
    Turn& turn = pass_.turn;
    const EvictionCandidate& candidate = turn.candidates[turn.next++];
    if (answer) {
      ++pass_.evicted;
      ++pass_.by_node[candidate.pod->node_name];
      ++pass_.by_namespace[candidate.pod->metadata.namespace_];
      if (turn.utilization) turn.utilization->evicted(candidate);
    } else {
      ++pass_.refused;
    }
  }
  go_on(kernel, api, cluster);
}

void Descheduler::begin_pass() {
  pass_ = Pass();
  passing_ = true;
  for (const bool balance : {false, true}) {
    for (std::size_t i = 0; i < config_.profiles.size(); ++i) {
      const DeschedulerConfig::Profile& profile = config_.profiles[i];
      const std::size_t first = balance ? profile.deschedule.size() : 0;
      const std::size_t count = balance ? profile.balance.size() : profile.deschedule.size();
      for (std::size_t plugin = 0; plugin < count; ++plugin) pass_.plugins.emplace_back(i, first + plugin);
    }
  }
}

std::vector<PodsOnNode> Descheduler::picture() const {
  std::vector<PodsOnNode> nodes;
  std::map<api::Symbol, std::size_t> numbers;
  for (const api::ObjectPtr& object : cache_.all(Kind::kNode)) {
    auto node = std::static_pointer_cast<const api::Node>(object);
    if (!node || !is_ready(*node)) continue;
    numbers[node->metadata.name] = nodes.size();
    nodes.push_back({std::move(node), {}});
  }
  for (const api::ObjectPtr& object : cache_.all(Kind::kPod)) {
    auto pod = std::static_pointer_cast<const api::Pod>(object);
    if (!pod || is_pod_terminal(*pod)) continue;
    if (const auto at = numbers.find(pod->node_name); at != numbers.end())
      nodes[at->second].pods.push_back(std::move(pod));
  }
  return nodes;
}

// By the index of the pod.
std::vector<bool> Descheduler::evictable(const EvictorArgs& args, SimTime now) const {
  std::map<api::Uid, std::size_t> replicas;
  if (args.min_replicas > 1) {
    for (const api::ObjectPtr& object : cache_.all(Kind::kPod))
      if (object && !object->metadata.owner_references.empty())
        ++replicas[object->metadata.owner_references.front().uid];
  }
  std::vector<bool> may_go(cache_.all(Kind::kPod).size());
  for (const PodsOnNode& at : pass_.nodes) {
    for (const PodPtr& pod : at.pods) {
      const auto& owners = pod->metadata.owner_references;
      const auto count = owners.empty() ? replicas.end() : replicas.find(owners.front().uid);
      may_go[pod->index] = is_evictable(*pod, args, count == replicas.end() ? 0 : count->second, now);
    }
  }
  return may_go;
}

// The next plugin; false: there is none.
bool Descheduler::begin_turn(SimTime now) {
  if (pass_.next == pass_.plugins.size()) return false;
  const auto [profile_number, number] = pass_.plugins[pass_.next++];
  const DeschedulerConfig::Profile& profile = config_.profiles[profile_number];
  pass_.nodes = picture();
  pass_.turn = {};
  Turn& turn = pass_.turn;
  turn.profile = profile_number;
  turn.said.resize(pass_.nodes.size(), JournalId::kNone);
  if (pass_.nodes.size() < 2) return true;
  const std::vector<bool> may_go = evictable(profile.evictor, now);
  const std::size_t first = profile.deschedule.size();
  const auto& plugin = number < first ? profile.deschedule[number] : profile.balance[number - first];
  if (const auto* const taints = std::get_if<NodeTaintsArgs>(&plugin)) {
    turn.candidates = pods_violating_taints(pass_.nodes, *taints);
    std::erase_if(turn.candidates, [&](const EvictionCandidate& c) { return !may_go[c.pod->index]; });
  } else if (const auto* const same = std::get_if<DuplicatesArgs>(&plugin)) {
    turn.candidates = duplicates(pass_.nodes, *same, may_go);
  } else {
    turn.utilization.emplace(pass_.nodes, std::get<NodeUtilizationArgs>(plugin), may_go);
    turn.candidates = turn.utilization->candidates();
  }
  return true;
}

bool Descheduler::is_within_limits(const EvictionCandidate& candidate) const {
  const auto below = [](const std::optional<std::int64_t>& most, std::int64_t count) {
    return !most || count < *most;
  };
  const auto count = [](const auto& counts, api::Symbol name) {
    const auto at = counts.find(name);
    return at == counts.end() ? 0 : at->second;
  };
  return below(config_.most_in_all, pass_.evicted) &&
         below(config_.most_per_node, count(pass_.by_node, candidate.pod->node_name)) &&
         below(config_.most_per_namespace, count(pass_.by_namespace, candidate.pod->metadata.namespace_));
}

namespace {

// On any Ready node but its own.
bool fits_elsewhere(scheduler::WhatIf& what_if, const std::vector<PodsOnNode>& nodes,
                    const EvictionCandidate& candidate) {
  std::vector<std::uint32_t> slots;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const std::uint32_t slot = what_if.cluster().find(nodes[i].node->metadata.name);
    if (i != candidate.node && slot != scheduler::kNoSlot) slots.push_back(slot);
  }
  return what_if.first_fit(*candidate.pod, slots) != scheduler::kNoSlot;
}

}  // namespace

void Descheduler::go_on(Kernel& kernel, cluster::ApiServer& api, const scheduler::ClusterState& cluster) {
  std::optional<scheduler::WhatIf> what_if;
  while (true) {
    Turn& turn = pass_.turn;
    for (; turn.next < turn.candidates.size(); ++turn.next) {
      const EvictionCandidate& candidate = turn.candidates[turn.next];
      if (!is_within_limits(candidate)) continue;
      if (turn.utilization && !turn.utilization->wants(candidate)) continue;
      if (config_.profiles[turn.profile].evictor.node_fit) {
        if (!what_if) what_if.emplace(cluster);
        if (!fits_elsewhere(*what_if, pass_.nodes, candidate)) continue;
      }
      return evict(kernel, api, candidate);
    }
    if (!begin_turn(kernel.now())) return end_pass(kernel);
  }
}

std::string_view Descheduler::plugin_name() const {
  const auto [profile_number, number] = pass_.plugins[pass_.next - 1];
  const DeschedulerConfig::Profile& profile = config_.profiles[profile_number];
  const std::size_t first = profile.deschedule.size();
  const auto& plugin = number < first ? profile.deschedule[number] : profile.balance[number - first];
  constexpr std::array<std::string_view, 3> kNames{"RemovePodsViolatingNodeTaints", "RemoveDuplicates",
                                                   "LowNodeUtilization"};
  return kNames[plugin.index()];
}

// That pods of the node are being evicted, once for each plugin of a pass.
JournalId Descheduler::relieve(Kernel& kernel, std::uint32_t number) {
  JournalId& said = pass_.turn.said[number];
  if (said != JournalId::kNone) return said;
  const api::Node& node = *pass_.nodes[number].node;
  const auto change = node_changes_.find(node.metadata.name);
  const bool by_taint = plugin_name() == "RemovePodsViolatingNodeTaints" && change != node_changes_.end();
  said = descheduler_note(kernel, by_taint ? change->second : JournalId::kNone,
                          fmt::format("{} evicts pods of {}", plugin_name(), node.metadata.name.str()));
  if (pass_.cause == JournalId::kNone) pass_.cause = said;
  return said;
}

void Descheduler::evict(Kernel& kernel, cluster::ApiServer& api, const EvictionCandidate& candidate) {
  cluster::ApiRequest request;
  request.verb = cluster::Verb::kEvict;
  request.ref = candidate.pod->ref();
  request.user = kDeschedulerName;
  request.cause = relieve(kernel, candidate.node);
  api.submit(kernel, client_, std::move(request), {component_, kAnswer, 0, 0});
}

void Descheduler::end_pass(Kernel& kernel) {
  const std::int64_t evicted = pass_.evicted, refused = pass_.refused;
  if (evicted + refused > 0)
    descheduler_note(kernel, pass_.cause,
                     fmt::format("evicted {} pod{}{}", evicted, evicted == 1 ? "" : "s",
                                 refused == 0 ? "" : fmt::format(", {} refused", refused)));
  passing_ = false;
}

}  // namespace seatrial::controllers
