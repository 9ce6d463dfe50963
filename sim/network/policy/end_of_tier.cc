#include "sim/network/policy/end_of_tier.h"

#include <fmt/format.h>

#include <algorithm>

namespace seatrial::network {

namespace {

// The same protocol on another port, or the same port of another protocol. Others (DNS's port 53, of a flow
// to a database) are no near miss.
bool is_near(const PortTerm& term, const BookRule& rule, const TierQuestion& question) {
  const api::Symbol protocol = term.protocol.empty() ? rule.protocol : term.protocol;
  if (protocol.empty() || protocol == question.protocol) return true;
  return term.name.empty() && term.first <= question.port && question.port <= term.last;
}

bool misses_by_its_port(const BookRule& rule, const TierQuestion& question, const TableContext& context) {
  const auto holds = [&](TermId term, ClassId of) { return context.book.classes_of(term).test(of); };
  if (rule.action != RuleAction::kAllow || rule.ports.empty() || !rule.not_ports.empty()) return false;
  if (rule.subject != kNoId && !holds(rule.subject, question.subject)) return false;
  return std::ranges::any_of(rule.peers, [&](TermId term) { return holds(term, question.peer); }) &&
         std::ranges::any_of(rule.ports, [&](const PortTerm& t) { return is_near(t, rule, question); });
}

// "TCP 80, TCP http, UDP 8000-8100"
std::string ports_of_rule(const BookRule& rule) {
  std::string text;
  for (const PortTerm& term : rule.ports) {
    const api::Symbol protocol = term.protocol.empty() ? rule.protocol : term.protocol;
    text += (text.empty() ? "" : ", ") + (protocol.empty() ? "" : protocol.str() + " ");
    if (!term.name.empty())
      text += term.name.str();
    else if (term.first == 0)
      text += "all";
    else if (term.first == term.last)
      text += std::to_string(term.first);
    else
      text += fmt::format("{}-{}", term.first, term.last);
  }
  return text;
}

}  // namespace

void tell_end_of_tier(Verdict& verdict, const TierQuestion& question, const TableContext& context) {
  const std::size_t way = index_of(question.direction);
  std::vector<PolicyId> all = context.book.selecting(question.subject, question.direction, context.classes);
  const auto ends = std::ranges::find(
      all, verdict.policy, [&](PolicyId id) -> const api::Object* { return context.book[id].object.get(); });
  const api::Symbol tier = context.book[*ends].rank.tier;
  for (const PolicyId id : all) {
    const BookPolicy& policy = context.book[id];
    if (policy.rank.tier != tier) continue;
    verdict.selecting.push_back(policy.object.get());
    const auto& rules = policy.rules[way];
    const auto near = std::ranges::find_if(
        rules, [&](const BookRule& rule) { return misses_by_its_port(rule, question, context); });
    if (near == rules.end() || !verdict.near_miss.empty()) continue;
    verdict.near_miss =
        fmt::format("{}[{}] of {}{} allows this peer, but on {}, and this is {} {}{}",
                    question.direction == Direction::kIngress ? "ingress" : "egress", near->rule,
                    policy_text(*policy.object), position_text(near->where), ports_of_rule(*near),
                    question.protocol.str(), question.port,
                    question.direction == Direction::kIngress || context.classes[question.peer].is_pod
                        ? " of the pods (policies see their ports, not the Service's)"
                        : "");
  }
}

}  // namespace seatrial::network
