#include "sim/network/policy/policy_book.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::network {

using api::Symbol;

// ---- Terms

TermId PolicyBook::intern(const Term& term, PodClasses& classes, bool deferred) {
  Signature signature = signature_of(term);
  const auto [entry, is_new] = term_ids_.try_emplace(signature);
  if (!is_new) {
    ++terms_[entry->second].users;
    return entry->second;
  }
  if (free_terms_.empty()) {
    entry->second = static_cast<TermId>(terms_.size());
    terms_.emplace_back();
  } else {
    entry->second = free_terms_.back();
    free_terms_.pop_back();
  }
  TermEntry& made = terms_[entry->second];
  made = {term, kNoId, {}, 1, std::move(signature)};
  if (term.pods && !term.in_namespace.empty()) made.namespace_ = classes.namespace_index(term.in_namespace);
  if (!deferred) made.classes = network::classes_of(term, classes);
  return entry->second;
}

void PolicyBook::release(TermId id) {
  TermEntry& entry = terms_[id];
  CHECK(entry.users > 0);
  if (--entry.users > 0) return;
  term_ids_.erase(entry.signature);
  entry = {};
  free_terms_.push_back(id);
}

void PolicyBook::evaluate_all(PodClasses& classes) {
  for (TermEntry& entry : terms_) {
    if (entry.users > 0) entry.classes = network::classes_of(entry.term, classes);
  }
}

void PolicyBook::add_class(const PodClasses::NewClass& added, const PodClasses& classes) {
  if (added.parent.index == ClassId::kNone) return renew_class(added.id, classes);
  for (TermEntry& entry : terms_) entry.classes.assign(added.id, entry.classes.test(added.parent));
}

void PolicyBook::renew_class(ClassId id, const PodClasses& classes) {
  const PodClass& of = classes[id];
  for (TermEntry& entry : terms_) {
    const bool possible = entry.namespace_ == kNoId || (of.is_pod && of.namespace_ == entry.namespace_);
    if (entry.users > 0 && possible) entry.classes.assign(id, holds(entry.term, of, classes));
  }
}

// ---- Policies

BookRule PolicyBook::enter(const RuleForm& form, PodClasses& classes, bool deferred) {
  BookRule rule{form.action, form.rule,      form.where, form.protocol, form.not_protocol,
                form.ports,  form.not_ports, {},         kNoId};
  for (const Term& peer : form.peers) rule.peers.push_back(intern(peer, classes, deferred));
  if (form.asks_subject) rule.subject = intern(form.subject, classes, deferred);
  return rule;
}

std::vector<PolicyId>& PolicyBook::list_of(std::uint32_t namespace_) {
  if (namespace_ == kNoId) return of_any_;
  if (of_one_.size() <= namespace_) of_one_.resize(namespace_ + 1);
  return of_one_[namespace_];
}

PolicyId PolicyBook::add(const api::ObjectPtr& object, const PolicyForm& form, PodClasses& classes,
                         bool deferred) {
  const auto [entry, is_new] =
      policy_ids_.try_emplace({object->kind, object->metadata.namespace_, object->metadata.name});
  CHECK(is_new);
  if (free_policies_.empty()) {
    entry->second = static_cast<PolicyId>(policies_.size());
    policies_.emplace_back();
  } else {
    entry->second = free_policies_.back();
    free_policies_.pop_back();
  }
  BookPolicy made;
  made.object = object;
  made.rank = rank_of(*object, tiers_);
  made.subject = intern(form.subject, classes, deferred);
  made.namespace_ = terms_[made.subject].namespace_;
  made.applies = form.applies;
  for (std::size_t i = 0; i < 2; ++i) {
    for (const RuleForm& rule : form.rules[i]) {
      const auto is_named = [](const PortTerm& port) { return !port.name.empty(); };
      made.names_ports[i] |=
          std::ranges::any_of(rule.ports, is_named) || std::ranges::any_of(rule.not_ports, is_named);
      made.asks_subject[i] |= rule.asks_subject;
      made.rules[i].push_back(enter(rule, classes, deferred));
    }
  }
  list_of(made.namespace_).push_back(entry->second);
  policies_[entry->second] = std::move(made);
  return entry->second;
}

void PolicyBook::remove(PolicyId id) {
  BookPolicy& policy = policies_[id];
  const api::Object& object = *policy.object;
  policy_ids_.erase({object.kind, object.metadata.namespace_, object.metadata.name});
  std::erase(list_of(policy.namespace_), id);
  release(policy.subject);
  for (const auto& rules : policy.rules) {
    for (const BookRule& rule : rules) {
      for (const TermId peer : rule.peers) release(peer);
      if (rule.subject != kNoId) release(rule.subject);
    }
  }
  policy = {};
  free_policies_.push_back(id);
}

// ---- Tiers

void PolicyBook::rank_again() {
  for (BookPolicy& policy : policies_) {
    if (policy.object) policy.rank = rank_of(*policy.object, tiers_);
  }
}

void PolicyBook::set_tier(const api::Tier& tier) {
  tiers_.set(tier);
  rank_again();
}

void PolicyBook::remove_tier(Symbol name) {
  tiers_.erase(name);
  rank_again();
}

// ---- Questions

std::optional<PolicyId> PolicyBook::find(api::Kind kind, Symbol namespace_, Symbol name) const {
  const auto found = policy_ids_.find({kind, namespace_, name});
  return found == policy_ids_.end() ? std::nullopt : std::optional(found->second);
}

ClassSet PolicyBook::selected(PolicyId id, Direction direction) const {
  const BookPolicy& policy = policies_[id];
  return policy.applies[index_of(direction)] ? terms_[policy.subject].classes : ClassSet();
}

std::vector<PolicyId> PolicyBook::of_tier(Symbol tier) const {
  std::vector<PolicyId> ids;
  for (PolicyId id = 0; id < policies_.size(); ++id) {
    if (policies_[id].object && policies_[id].rank.tier == tier) ids.push_back(id);
  }
  return ids;
}

std::vector<PolicyId> PolicyBook::selecting(ClassId id, Direction direction,
                                            const PodClasses& classes) const {
  std::vector<PolicyId> ids;
  const PodClass& of = classes[id];
  if (!of.is_pod) return ids;
  const auto add = [&](const std::vector<PolicyId>& list) {
    for (const PolicyId policy : list) {
      const BookPolicy& known = policies_[policy];
      if (known.applies[index_of(direction)] && terms_[known.subject].classes.test(id)) ids.push_back(policy);
    }
  };
  add(of_any_);
  if (of.namespace_ < of_one_.size()) add(of_one_[of.namespace_]);
  std::ranges::sort(ids, [&](PolicyId a, PolicyId b) { return policies_[a].rank < policies_[b].rank; });
  return ids;
}

}  // namespace seatrial::network
