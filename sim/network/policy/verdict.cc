#include "sim/network/policy/verdict.h"

#include <fmt/format.h>

#include "sim/api/kinds.h"

namespace seatrial::network {

namespace {

std::string policy_text(const api::Object& policy) {
  const std::string namespace_ =
      policy.metadata.namespace_.empty() ? "" : policy.metadata.namespace_.str() + "/";
  return fmt::format("{} {}{}", api::kind_name(policy), namespace_, policy.metadata.name.str());
}

std::string position_text(const api::SourcePosition& where) {
  return where.line == 0 ? "" : fmt::format(" ({}:{}:{})", where.file.str(), where.line, where.column);
}

}  // namespace

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
      return fmt::format("denied: {}{} selects the pod for {}, and no rule of a policy that does allows it",
                         policy_text(*verdict.policy), where, way);
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
