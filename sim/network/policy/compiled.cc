#include "sim/network/policy/compiled.h"

#include <algorithm>

#include "sim/engine/check.h"
#include "sim/network/policy/end_of_tier.h"

namespace seatrial::network {

using api::Symbol;

namespace {

constexpr Direction kDirections[] = {Direction::kIngress, Direction::kEgress};

std::vector<ClassId> list_of(const ClassSet& set) {
  std::vector<ClassId> ids;
  set.for_each([&](ClassId id) { ids.push_back(id); });
  return ids;
}

Verdict allowed_as(Verdict::Reason reason) { return {true, reason, nullptr, -1, {}, {}, {}}; }

}  // namespace

CompiledPolicies::CompiledPolicies(const PolicyOptions& options) : options_(options) { absorb_new_classes(); }

// ---- Tables

void CompiledPolicies::attach(ClassId id, Direction direction) {
  const std::vector<PolicyId> policies = book_.selecting(id, direction, classes_);
  if (policies.empty()) return;
  PolicyTable table = begin_table(policies, id, direction, context());
  Signature signature = signature_of(table);
  const auto [entry, is_new] = table_ids_.try_emplace(signature);
  if (is_new) {
    compile(table, context());
    if (free_tables_.empty()) {
      entry->second = static_cast<TableId>(tables_.size());
      tables_.emplace_back();
      users_.push_back(0);
      signatures_.emplace_back();
    } else {
      entry->second = free_tables_.back();
      free_tables_.pop_back();
    }
    tables_[entry->second] = std::move(table);
    signatures_[entry->second] = std::move(signature);
  }
  ++users_[entry->second];
  table_of_class_[index_of(direction)][id.index] = entry->second;
}

void CompiledPolicies::detach(ClassId id, Direction direction) {
  TableId& table = table_of_class_[index_of(direction)][id.index];
  if (table == kNoId) return;
  if (--users_[table] == 0) {
    table_ids_.erase(signatures_[table]);
    tables_[table] = {};
    free_tables_.push_back(table);
  }
  table = kNoId;
}

void CompiledPolicies::reattach(const ClassSet& ids, Direction direction) {
  ids.for_each([&](ClassId id) { detach(id, direction); });
  ids.for_each([&](ClassId id) { attach(id, direction); });
}

// Of a class that was a part of another one, all that was said of that one is true.
void CompiledPolicies::absorb_new_classes() {
  std::vector<ClassId> unlike_others;
  bool has_new_ports = false;
  for (const PodClasses::NewClass& added : classes_.take_new_classes()) {
    everyone_.set(added.id);
    book_.add_class(added, classes_);
    for (auto& tables : table_of_class_) tables.push_back(kNoId);
    const bool has_parent = added.parent.index != ClassId::kNone;
    for (const Direction direction : kDirections) {
      if (!has_parent) continue;
      const TableId table = table_of_class_[index_of(direction)][added.parent.index];
      table_of_class_[index_of(direction)][added.id.index] = table;
      if (table != kNoId) ++users_[table];
    }
    for (PolicyTable& table : tables_) {
      if (has_parent)
        copy_class(table, added.parent, added.id);
      else
        renew_class(table, added.id, context());
    }
    if (has_parent) continue;
    unlike_others.push_back(added.id);
    has_new_ports |= !classes_[added.id].ports.empty();
  }
  for (PolicyTable& table : tables_) {
    if (has_new_ports && table.depends_on_named_ports) compile(table, context());
  }
  for (const ClassId id : unlike_others) {
    for (const Direction direction : kDirections) attach(id, direction);
  }
}

// ---- Many changes together

void CompiledPolicies::begin() {
  CHECK(!deferred_);
  deferred_ = true;
  classes_.defer();
}

void CompiledPolicies::commit() {
  CHECK(deferred_);
  deferred_ = false;
  classes_.sort_anew();
  classes_.take_new_classes();
  everyone_ = {};
  tables_.clear();
  users_.clear();
  signatures_.clear();
  free_tables_.clear();
  table_ids_.clear();
  const std::size_t count = classes_.classes().size();
  for (auto& tables : table_of_class_) tables.assign(count, kNoId);
  for (std::uint32_t i = 0; i < count; ++i) everyone_.set(ClassId{i});
  book_.evaluate_all(classes_);
  for (std::uint32_t i = 0; i < count; ++i) {
    for (const Direction direction : kDirections) attach(ClassId{i}, direction);
  }
}

// ---- Changes

PolicyChange CompiledPolicies::set_namespace(Symbol name, const api::Shared<api::LabelMap>& labels) {
  PolicyChange change;
  if (!classes_.set_namespace(name, labels) || deferred_) return change;
  ClassSet own;
  for (const ClassId id : classes_.classes_of(classes_.namespace_index(name))) {
    own.set(id);
    book_.renew_class(id, classes_);
  }
  for (const Direction direction : kDirections) own.for_each([&](ClassId id) { detach(id, direction); });
  own.for_each([&](ClassId id) {
    for (PolicyTable& table : tables_) renew_class(table, id, context());
  });
  for (const Direction direction : kDirections) own.for_each([&](ClassId id) { attach(id, direction); });
  change.seen_otherwise = pods_of(list_of(own));
  return change;
}

PolicyChange CompiledPolicies::set_service_account(Symbol namespace_, Symbol name,
                                                   const api::Shared<api::LabelMap>& labels) {
  PolicyChange change;
  change.seen_otherwise = classes_.set_service_account(namespace_, name, labels);
  if (!deferred_) absorb_new_classes();
  return change;
}

PodId CompiledPolicies::set_pod(const PodFacts& facts) {
  const PodId id = classes_.set_pod(facts);
  if (!deferred_) absorb_new_classes();
  return id;
}

void CompiledPolicies::remove_pod(PodId id) { classes_.remove_pod(id); }

PolicyChange CompiledPolicies::set_policy(const api::ObjectPtr& policy) {
  if (policy->kind == api::Kind::kTier)
    return options_.calico ? set_tier(policy->metadata.name, static_cast<const api::Tier*>(policy.get()))
                           : PolicyChange();
  if (!is_enforced_policy(policy->kind, options_.calico)) return {};
  const PolicyForm form = form_of(*policy, options_);
  classes_.look_at(sight_of(form));
  if (!deferred_) absorb_new_classes();
  std::array<ClassSet, 2> touched;
  const auto note = [&](PolicyId id) {
    for (const Direction direction : kDirections) {
      if (!deferred_) touched[index_of(direction)] |= book_.selected(id, direction);
    }
  };
  const auto old = book_.find(policy->kind, policy->metadata.namespace_, policy->metadata.name);
  if (old) {
    note(*old);
    for (const Direction direction : kDirections)
      touched[index_of(direction)].for_each([&](ClassId id) { detach(id, direction); });
    book_.remove(*old);
  }
  note(book_.add(policy, form, classes_, deferred_));
  for (const Direction direction : kDirections) reattach(touched[index_of(direction)], direction);
  return {list_of(touched[0]), list_of(touched[1]), {}};
}

PolicyChange CompiledPolicies::remove_policy(api::Kind kind, Symbol namespace_, Symbol name) {
  if (kind == api::Kind::kTier) return options_.calico ? set_tier(name, nullptr) : PolicyChange();
  const auto old = book_.find(kind, namespace_, name);
  if (!old) return {};
  std::array<ClassSet, 2> touched;
  for (const Direction direction : kDirections) {
    if (!deferred_) touched[index_of(direction)] = book_.selected(*old, direction);
    touched[index_of(direction)].for_each([&](ClassId id) { detach(id, direction); });
  }
  book_.remove(*old);
  for (const Direction direction : kDirections) reattach(touched[index_of(direction)], direction);
  return {list_of(touched[0]), list_of(touched[1]), {}};
}

PolicyChange CompiledPolicies::set_tier(Symbol name, const api::Tier* tier) {
  std::array<ClassSet, 2> touched;
  for (const PolicyId id : book_.of_tier(name)) {
    for (const Direction direction : kDirections) {
      if (!deferred_) touched[index_of(direction)] |= book_.selected(id, direction);
    }
  }
  for (const Direction direction : kDirections)
    touched[index_of(direction)].for_each([&](ClassId id) { detach(id, direction); });
  if (tier)
    book_.set_tier(*tier);
  else
    book_.remove_tier(name);
  for (const Direction direction : kDirections) reattach(touched[index_of(direction)], direction);
  return {list_of(touched[0]), list_of(touched[1]), {}};
}

// ---- Questions

const PolicyTable* CompiledPolicies::table_of(ClassId id, Direction direction) const {
  const TableId table = table_of_class_[index_of(direction)][id.index];
  return table == kNoId ? nullptr : &tables_[table];
}

bool CompiledPolicies::allows(ClassId subject, ClassId peer, Direction direction, std::int32_t port,
                              Symbol protocol) const {
  const PolicyTable* const table = table_of(subject, direction);
  if (!table) return true;
  const auto known = port_protocol(protocol);
  return known ? table->allowed_at(*known, port).test(peer)
               : network::explain(*table, protocol, port, peer, context()).allowed;
}

bool CompiledPolicies::allows(const End& from, const End& to, std::int32_t port, Symbol protocol,
                              bool from_own_node) const {
  if (to.is_pod() && from.pod == to.pod && options_.pod_reaches_itself) return true;
  const ClassId source = class_of(from), target = class_of(to);
  return allows(source, target, Direction::kEgress, port, protocol) &&
         (from_own_node || allows(target, source, Direction::kIngress, port, protocol));
}

Verdict CompiledPolicies::verdict(ClassId subject, ClassId peer, Direction direction, std::int32_t port,
                                  Symbol protocol) const {
  if (!classes_[subject].is_pod) return allowed_as(Verdict::Reason::kNoPod);
  const PolicyTable* const table = table_of(subject, direction);
  if (!table) return {};
  Verdict verdict = network::explain(*table, protocol, port, peer, context());
  if (verdict.reason == Verdict::Reason::kEndOfTier)
    tell_end_of_tier(verdict, {subject, peer, direction, protocol, port}, context());
  return verdict;
}

FlowVerdict CompiledPolicies::explain(const End& from, const End& to, std::int32_t port, Symbol protocol,
                                      bool from_own_node) const {
  const ClassId source = class_of(from), target = class_of(to);
  FlowVerdict flow{verdict(source, target, Direction::kEgress, port, protocol),
                   verdict(target, source, Direction::kIngress, port, protocol)};
  const bool itself = to.is_pod() && from.pod == to.pod && options_.pod_reaches_itself;
  if (itself && classes_[target].is_pod) flow.egress = flow.ingress = allowed_as(Verdict::Reason::kItself);
  if (from_own_node && classes_[target].is_pod) flow.ingress = allowed_as(Verdict::Reason::kOwnNode);
  return flow;
}

std::vector<PodId> CompiledPolicies::pods_of(const std::vector<ClassId>& ids) const {
  std::vector<PodId> pods;
  for (const ClassId id : ids)
    pods.insert(pods.end(), classes_[id].members.begin(), classes_[id].members.end());
  std::ranges::sort(pods);
  return pods;
}

}  // namespace seatrial::network
