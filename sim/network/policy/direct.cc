#include "sim/network/policy/direct.h"

#include <algorithm>

#include "sim/network/policy/rules.h"

namespace seatrial::network {

using api::Kind;
using api::Symbol;

namespace {

bool is_same(const api::Object& a, const api::Object& b) {
  return a.kind == b.kind && a.metadata.name == b.metadata.name &&
         a.metadata.namespace_ == b.metadata.namespace_;
}

// Calls `visit` with the policy of its own type.
template <class Visit>
auto with_policy(const api::Object& policy, Visit&& visit) {
  switch (policy.kind) {
    case Kind::kAdminNetworkPolicy:
      return visit(static_cast<const api::AdminNetworkPolicy&>(policy).spec);
    case Kind::kBaselineAdminNetworkPolicy:
      return visit(static_cast<const api::BaselineAdminNetworkPolicy&>(policy).spec);
    case Kind::kCalicoNetworkPolicy:
      return visit(static_cast<const api::CalicoNetworkPolicy&>(policy));
    case Kind::kGlobalNetworkPolicy:
      return visit(static_cast<const api::GlobalNetworkPolicy&>(policy));
    default:
      return visit(static_cast<const api::NetworkPolicy&>(policy));
  }
}

struct Selected {
  PolicyRank rank;
  const api::Object* policy = nullptr;
};

// The policies that select the subject, in their order.
std::vector<Selected> selected_by(const PolicySet& set, const Question& question) {
  std::vector<Selected> all;
  for (const api::ObjectPtr& policy : set.policies()) {
    if (!is_enforced_policy(policy->kind, set.options.calico)) continue;
    if (with_policy(*policy, [&](const auto& typed) { return selects(typed, question); }))
      all.push_back({rank_of(*policy, set.tiers()), policy.get()});
  }
  std::ranges::sort(all, [](const Selected& a, const Selected& b) { return a.rank < b.rank; });
  return all;
}

Verdict decided(bool allowed, const RuleHit& hit, const api::Object* policy) {
  return {allowed, Verdict::Reason::kRule, policy, hit.rule, hit.where, {}, {}};
}

// Tier by tier. `policies` has all that select the subject.
Verdict ask_in_order(const std::vector<Selected>& policies, const Question& question) {
  Verdict passed{true, Verdict::Reason::kPassed, nullptr, -1, {}, {}, {}};
  for (std::size_t i = 0; i < policies.size();) {
    const Symbol tier = policies[i].rank.tier;
    const Selected& first = policies[i];
    bool is_passed = first.rank.facts.passes;
    for (; i < policies.size() && policies[i].rank.tier == tier; ++i) {
      const api::Object* const policy = policies[i].policy;
      const auto hit = with_policy(*policy, [&](const auto& typed) { return first_hit(typed, question); });
      if (!hit) continue;
      if (hit->action != RuleAction::kPass) return decided(hit->action == RuleAction::kAllow, *hit, policy);
      passed = {true, Verdict::Reason::kPassed, policy, hit->rule, hit->where, {}, {}};
      is_passed = true;
      while (i < policies.size() && policies[i].rank.tier == tier) ++i;
      break;
    }
    if (is_passed) continue;
    Verdict verdict{false, Verdict::Reason::kEndOfTier, first.policy, -1, first.policy->source, {}, {}};
    for (const Selected& of : policies)
      if (of.rank.tier == tier) verdict.selecting.push_back(of.policy);
    return verdict;
  }
  return policies.empty() ? Verdict() : passed;
}

bool to_itself(const Flow& flow) {
  return flow.from.is_pod() && flow.to.is_pod() && flow.from.namespace_ == flow.to.namespace_ &&
         flow.from.name == flow.to.name;
}

}  // namespace

void PolicySet::set(api::ObjectPtr object) {
  if (object->kind == Kind::kTier) return tiers_.set(static_cast<const api::Tier&>(*object));
  remove(*object);
  policies_.push_back(std::move(object));
}

void PolicySet::remove(const api::Object& object) {
  if (object.kind == Kind::kTier) return tiers_.erase(object.metadata.name);
  std::erase_if(policies_, [&](const api::ObjectPtr& other) { return is_same(*other, object); });
}

Verdict judge(const PolicySet& set, const Flow& flow, Direction direction) {
  const bool in = direction == Direction::kIngress;
  const Question question{flow, direction, in ? flow.to : flow.from, in ? flow.from : flow.to, set.options};
  const auto allowed = [](Verdict::Reason reason) { return Verdict{true, reason, nullptr, -1, {}, {}, {}}; };
  if (!question.subject.is_pod()) return allowed(Verdict::Reason::kNoPod);
  if (in && flow.from_own_node) return allowed(Verdict::Reason::kOwnNode);
  if (set.options.pod_reaches_itself && to_itself(flow)) return allowed(Verdict::Reason::kItself);
  return ask_in_order(selected_by(set, question), question);
}

bool is_allowed(const PolicySet& set, const Flow& flow) {
  return judge(set, flow, Direction::kEgress).allowed && judge(set, flow, Direction::kIngress).allowed;
}

}  // namespace seatrial::network
