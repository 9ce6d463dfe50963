#include "sim/cluster/enforcement.h"

#include <algorithm>

#include "sim/cluster/components.h"
#include "sim/cluster/journal_types.h"
#include "sim/cluster/policy_state.h"

namespace seatrial::cluster {

using network::Direction;
using network::End;

Enforcement::Enforcement(EnforcementConfig config, const Store& store)
    : config_(std::move(config)), policies_(compile_policies(store, config_.options)), origins_(1) {}

// ---- Origins

void Enforcement::add_fixed_pod(const network::PodFacts& facts, const api::LabelMap& namespace_labels) {
  api::LabelMap labels = namespace_labels;
  labels.set("kubernetes.io/metadata.name", facts.namespace_);
  policies_.set_namespace(facts.namespace_, labels);
  policies_.set_pod(facts);
}

OriginId Enforcement::add_origin(Kernel& kernel, OriginConfig config, GateObserver& gates, JournalId cause) {
  OriginId id{static_cast<std::uint16_t>(origins_.size())};
  if (!free_origins_.empty()) {
    id = free_origins_.back();
    free_origins_.pop_back();
  } else {
    CHECK(origins_.size() < 0xffff);
    origins_.emplace_back();
  }
  Origin& origin = origins_[static_cast<std::size_t>(id)];
  origin = {};
  origin.config = std::move(config);
  origin.is_live = true;
  if (origin.config.key && origin.config.key->index >= pods_.size())
    pods_.resize(origin.config.key->index + 1);
  if (!is_active(origin)) return id;
  if (origin.config.outside) {
    program_egress(kernel, origin, kOutside, cause);
    refresh(origin, id, kOutside, cause, gates);
    return id;
  }
  for (std::uint32_t i = 0; i < pods_.size(); ++i) {
    if (!pods_[i].is_live || !is_target(origin, i)) continue;
    program_ingress(kernel, origin, i, cause);
    program_egress(kernel, origin, i, cause);
    refresh(origin, id, i, cause, gates);
  }
  return id;
}

void Enforcement::remove_origin(OriginId id, GateObserver& gates) {
  Origin& origin = origins_[static_cast<std::size_t>(id)];
  CHECK(origin.is_live);
  for (const auto& [pod, gate] : origin.told) {
    if (gate != Gate{}) gates.gate_changed(id, gate_of(origin, pod), {});
  }
  origin = {};
  free_origins_.push_back(id);
}

bool Enforcement::is_target(const Origin& origin, std::uint32_t index) const {
  const PodState& pod = pods_[index];
  if (origin.config.outside) return false;
  if (pod.namespace_ != origin.config.target_namespace) return false;
  const auto id = policies_.find_pod(pod.namespace_, pod.name);
  if (!id || policies_.facts(*id).host_network) return false;
  const api::LabelMap& labels = *policies_.facts(*id).labels;
  return std::ranges::all_of(origin.config.target_labels, [&](const auto& label) {
    const api::Symbol* const value = labels.find(label.first);
    return value && *value == label.second;
  });
}

std::int32_t Enforcement::port_at(const Origin& origin, std::uint32_t pod) const {
  if (origin.config.port != 0) return origin.config.port;
  const auto id = policies_.find_pod(pods_[pod].namespace_, pods_[pod].name);
  for (const network::NamedPort& port : policies_.facts(*id).ports) {
    if (port.name == origin.config.port_name && port.protocol == origin.config.protocol) return port.number;
  }
  return 0;
}

// ---- What the nodes know

// As nodes that do not know the pod yet see it: an address.
End Enforcement::end_of(std::uint32_t index, bool is_known) const {
  const auto id = policies_.find_pod(pods_[index].namespace_, pods_[index].name);
  End end(*id);
  if (is_known) return end;
  end.address = policies_.facts(*id).address;
  end.pod = {};
  return end;
}

End Enforcement::end_of(const Origin& origin) const {
  return *policies_.find_pod(origin.config.namespace_, origin.config.pod);
}

JournalId Enforcement::note(Kernel& kernel, std::uint32_t pod, bool open, const std::string& text,
                            JournalId cause) {
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(RecordType::kPolicyEnforced);
  record.cause = cause;
  record.subject_kind = static_cast<std::uint8_t>(api::Kind::kPod);
  record.subject = pod;
  record.value = open ? 1 : 0;
  record.text = kernel.journal().text(text);
  return kernel.record(record);
}

void Enforcement::set_side(Kernel& kernel, const Origin& origin, JournalId& side, std::uint32_t pod,
                           const network::Verdict& verdict, Direction direction, JournalId cause) {
  const bool was_open = side == JournalId::kNone;
  if (verdict.allowed && was_open) return;
  const std::string text = origin.config.name + ": " + network::verdict_text(verdict, direction);
  if (!was_open && !verdict.allowed && kernel.journal().text(kernel.journal().record(side).text) == text)
    return;
  // Who drops it now may be another; that it is dropped began with the first.
  const JournalId because = was_open || verdict.allowed ? cause : side;
  const JournalId id = note(kernel, gate_of(origin, pod).index, verdict.allowed, text, because);
  side = verdict.allowed ? JournalId::kNone : id;
}

void Enforcement::program_ingress(Kernel& kernel, Origin& origin, std::uint32_t index, JournalId cause) {
  if (index == kOutside) return;
  const PodState& pod = pods_[index];
  Side& side = origin.cells[index];
  if (!pod.is_programmed) {
    if (config_.start == EnforcementConfig::Start::kClosed) side.ingress = pod.since;
    return;
  }
  const auto& key = origin.config.key;
  const End from = !key || pods_[key->index].is_known ? end_of(origin) : end_of(key->index, false);
  const auto verdict =
      policies_.explain(from, end_of(index, true), port_at(origin, index), origin.config.protocol);
  set_side(kernel, origin, side.ingress, index, verdict.ingress, Direction::kIngress, cause);
}

void Enforcement::program_egress(Kernel& kernel, Origin& origin, std::uint32_t index, JournalId cause) {
  Side& side = origin.cells[index];
  const auto& key = origin.config.key;
  if (key && !pods_[key->index].is_programmed) {
    if (config_.start == EnforcementConfig::Start::kClosed) side.egress = pods_[key->index].since;
    return;
  }
  const End to = target_of(origin, index, index == kOutside || pods_[index].is_known);
  const auto verdict = policies_.explain(end_of(origin), to, port_at(origin, index), origin.config.protocol);
  set_side(kernel, origin, side.egress, index, verdict.egress, Direction::kEgress, cause);
}

// What requests meet now: closed by either side; or open, whatever the policies say.
void Enforcement::refresh(Origin& origin, OriginId id, std::uint32_t index, JournalId cause,
                          GateObserver& gates) {
  const Side& side = origin.cells[index];
  Gate& told = origin.told[index];
  Gate gate;
  gate.closed = side.ingress != JournalId::kNone ? side.ingress : side.egress;
  if (gate.closed == JournalId::kNone) {
    const bool allowed = policies_.allows(end_of(origin), target_of(origin, index, true),
                                          port_at(origin, index), origin.config.protocol);
    if (!allowed) gate.forbidden = told.forbidden != JournalId::kNone ? told.forbidden : cause;
  }
  if (gate == told) return;
  told = gate;
  gates.gate_changed(id, gate_of(origin, index), gate);
}

// All cells of a pod: `as_target(origin, id)` where it is sent to, `as_sender(origin, id, to)` for each live
// pod that it sends to, and for what is outside.
template <class AsTarget, class AsSender>
void Enforcement::each_cell_of(std::uint32_t index, AsTarget&& as_target, AsSender&& as_sender) {
  for (std::size_t i = 1; i < origins_.size(); ++i) {
    Origin& origin = origins_[i];
    if (!is_active(origin)) continue;
    const OriginId id{static_cast<std::uint16_t>(i)};
    if (is_target(origin, index)) as_target(origin, id);
    if (!sends(origin, index)) continue;
    for (const auto& cell : origin.cells)
      if (cell.first == kOutside || pods_[cell.first].is_live) as_sender(origin, id, cell.first);
  }
}

void Enforcement::refresh_all_of(std::uint32_t index, JournalId cause, GateObserver& gates) {
  each_cell_of(
      index, [&](Origin& origin, OriginId id) { refresh(origin, id, index, cause, gates); },
      [&](Origin& origin, OriginId id, std::uint32_t to) { refresh(origin, id, to, cause, gates); });
}

void Enforcement::program_own(Kernel& kernel, std::uint32_t index, JournalId cause, GateObserver& gates) {
  PodState& pod = pods_[index];
  const bool first = !pod.is_programmed;
  pod.is_programmed = true;
  each_cell_of(
      index, [&](Origin& origin, OriginId) { program_ingress(kernel, origin, index, cause); },
      [&](Origin& origin, OriginId, std::uint32_t to) { program_egress(kernel, origin, to, cause); });
  refresh_all_of(index, cause, gates);
  if (!first || config_.keeps_established || config_.start != EnforcementConfig::Start::kOpen) return;
  const std::string text = "its policies are programmed, and connections from before are unknown";
  gates.connections_unknown(pod.key, note(kernel, index, false, text, cause));
}

void Enforcement::learn_peer(Kernel& kernel, std::uint32_t index, JournalId cause, GateObserver& gates) {
  pods_[index].is_known = true;
  each_cell_of(
      index, [&](Origin& origin, OriginId) { program_egress(kernel, origin, index, cause); },
      [&](Origin& origin, OriginId, std::uint32_t to) { program_ingress(kernel, origin, to, cause); });
  refresh_all_of(index, cause, gates);
}

// ---- Changes

Duration Enforcement::draw_lag(Kernel& kernel, api::Symbol node) {
  auto found = nodes_.find(node);
  if (found == nodes_.end()) found = nodes_.emplace(node, kernel.stream("networkPlugin/" + node.str())).first;
  return config_.policy_lag.sample(found->second.lags);
}

void Enforcement::schedule(Kernel& kernel, Work work, std::uint32_t index, JournalId cause) {
  const api::Symbol node = pods_[index].node;
  const Duration lag = draw_lag(kernel, node);
  Node& agent = nodes_.at(node);
  Event event;
  event.component = kEnforcementComponent;
  event.type = static_cast<std::uint8_t>(work);
  event.subject = index;
  event.cause = cause;
  SimTime due = kernel.now() + lag;
  if (work == Work::kOwn) due = agent.due = std::max(agent.due, due);
  kernel.at(due, event);
}

void Enforcement::handle(Kernel& kernel, const Event& event, GateObserver& gates) {
  CHECK(event.component == kEnforcementComponent);
  if (!pods_[event.subject].is_live) return;
  if (static_cast<Work>(event.type) == Work::kOwn)
    return program_own(kernel, event.subject, event.cause, gates);
  learn_peer(kernel, event.subject, event.cause, gates);
}

void Enforcement::on_commit(Kernel& kernel, const WatchEvent& change, GateObserver& gates) {
  if (!concerns_policies(change.object->kind)) return;
  const bool gone = change.type == ChangeType::kDeleted;
  if (change.object->kind == api::Kind::kPod) {
    const auto& pod = static_cast<const api::Pod&>(*change.object);
    return take_pod(kernel, pod, gone || is_pod_terminal(pod), change.cause, gates);
  }
  take_policies(kernel, take_over(policies_, change), change.cause, gates);
}

void Enforcement::take_pod(Kernel& kernel, const api::Pod& pod, bool gone, JournalId cause,
                           GateObserver& gates) {
  const std::uint32_t index = pod.index;
  if (index >= pods_.size()) pods_.resize(index + 1);
  PodState& state = pods_[index];
  const auto id = policies_.find_pod(pod.metadata.namespace_, pod.metadata.name);
  if (gone) {
    if (!state.is_live) return;
    state.is_live = false;
    if (id) policies_.remove_pod(*id);
    return;
  }
  const network::PodFacts facts = network::facts_of(pod);
  const bool is_new = !state.is_live;
  const bool moved = state.node != pod.node_name;
  if (!is_new && !moved && policies_.facts(*id) == facts) return;
  if (is_new)
    state = {{index}, pod.metadata.namespace_, pod.metadata.name, {}, true, false, false, JournalId::kNone};
  state.node = pod.node_name;
  policies_.set_pod(facts);
  if (state.node.empty()) return;
  if (moved) {  // it is on its node
    if (config_.start == EnforcementConfig::Start::kClosed)
      state.since = note(kernel, index, false,
                         "its policies are not programmed yet, and until then nothing passes", cause);
    for (std::size_t i = 1; i < origins_.size(); ++i) {
      Origin& origin = origins_[i];
      if (!is_active(origin) || !is_target(origin, index)) continue;
      program_ingress(kernel, origin, index, cause);
      program_egress(kernel, origin, index, cause);
    }
    refresh_all_of(index, cause, gates);
  }
  if (config_.start == EnforcementConfig::Start::kWait) {
    program_own(kernel, index, cause, gates);
    return learn_peer(kernel, index, cause, gates);
  }
  if (!facts.address) return;
  schedule(kernel, Work::kOwn, index, cause);
  schedule(kernel, Work::kPeer, index, cause);
  refresh_all_of(index, cause, gates);
}

// Those whom changed policies select, and those of which selectors think otherwise: their nodes hear of it.
void Enforcement::take_policies(Kernel& kernel, const network::PolicyChange& change, JournalId cause,
                                GateObserver& gates) {
  if (change.empty()) return;
  std::set<network::PodId> own;
  for (const auto* const classes : {&change.ingress, &change.egress}) {
    for (const network::PodId pod : policies_.pods_of(*classes)) own.insert(pod);
  }
  own.insert(change.seen_otherwise.begin(), change.seen_otherwise.end());
  const std::set<network::PodId> peers(change.seen_otherwise.begin(), change.seen_otherwise.end());
  for (std::uint32_t i = 0; i < pods_.size(); ++i) {
    const PodState& pod = pods_[i];
    if (!pod.is_live) continue;
    const network::PodId id = *policies_.find_pod(pod.namespace_, pod.name);
    if (!own.contains(id)) continue;
    refresh_all_of(i, cause, gates);
    if (!policies_.facts(id).address) continue;  // it will be programmed anyway
    schedule(kernel, Work::kOwn, i, cause);
    if (peers.contains(id)) schedule(kernel, Work::kPeer, i, cause);
  }
}

}  // namespace seatrial::cluster
