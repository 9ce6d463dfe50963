#include "sim/network/policy/verdict.h"

#include <fmt/format.h>

#include "sim/api/kinds.h"

namespace seatrial::network {

namespace {

std::string name_text(const api::Object& policy) {
  const api::Symbol namespace_ = policy.metadata.namespace_;
  return (namespace_.empty() ? "" : namespace_.str() + "/") + policy.metadata.name.str();
}

}  // namespace

std::string position_text(const api::SourcePosition& where) {
  return where.line == 0 ? "" : fmt::format(" ({}:{}:{})", where.file.str(), where.line, where.column);
}

std::string policy_text(const api::Object& policy) {
  return std::string(api::kind_name(policy)) + " " + name_text(policy);
}

std::string selecting_text(const Verdict& verdict) {
  constexpr std::size_t kMost = 4;
  const std::vector<const api::Object*>& all = verdict.selecting;
  const std::size_t named = all.size() > kMost ? kMost - 1 : all.size();
  std::string text;
  for (std::size_t i = 0; i < named; ++i) {
    const bool is_last = i + 1 == all.size();
    if (i > 0) text += is_last ? " and " : ", ";
    const bool same_kind = i > 0 && all[i]->kind == all[i - 1]->kind;
    text += (same_kind ? name_text(*all[i]) : policy_text(*all[i])) + position_text(all[i]->source);
  }
  return named == all.size() ? text : fmt::format("{} and {} more", text, all.size() - named);
}

std::string end_of_tier_text(const Verdict& verdict, Direction direction) {
  const bool several = verdict.selecting.size() > 1;
  return fmt::format("{} the pod for {}, and no rule of {} allows it{}", several ? "select" : "selects",
                     direction == Direction::kIngress ? "ingress" : "egress",
                     several ? "theirs" : "a policy that does",
                     verdict.near_miss.empty() ? "" : "; " + verdict.near_miss);
}

std::string verdict_text(const Verdict& verdict, Direction direction) {
  const char* const way = direction == Direction::kIngress ? "ingress" : "egress";
  const char* const what = verdict.allowed ? "allowed" : "denied";
  const std::string where = position_text(verdict.where);
  switch (verdict.reason) {
    case Verdict::Reason::kNotSelected:
      return fmt::format("allowed: no policy selects the pod for {}", way);
    case Verdict::Reason::kRule:
      return fmt::format("{} by {}[{}] of {}{}", what, way, verdict.rule, policy_text(*verdict.policy),
                         where);
    case Verdict::Reason::kEndOfTier:
      return fmt::format("denied: {} {}", selecting_text(verdict), end_of_tier_text(verdict, direction));
    case Verdict::Reason::kPassed:
      if (!verdict.policy) return fmt::format("allowed: no rule of the policies for {} decides", way);
      return fmt::format("allowed: {}[{}] of {}{} passes it on, and nothing after it decides", way,
                         verdict.rule, policy_text(*verdict.policy), where);
    case Verdict::Reason::kNoPod:
      return fmt::format("allowed: policies for {} select pods with a network of their own", way);
    case Verdict::Reason::kOwnNode:
      return "allowed: from the pod's own node";
    case Verdict::Reason::kItself:
      return "allowed: from the pod to itself";
  }
  return what;
}

}  // namespace seatrial::network
