// What the policies of one direction say of a flow, and which rule of which policy says so.
#pragma once

#include <string>
#include <vector>

#include "sim/network/policy/peer.h"

namespace seatrial::network {

struct Verdict {
  enum class Reason : std::uint8_t {
    kNotSelected,  // no policy of this direction selects the pod
    kRule,         // `rule` of `policy`
    kEndOfTier,    // policies select it, the first of which is `policy`, and none has a rule for the flow
    kPassed,       // policies select it and pass the flow on, and nothing after them decides
    kNoPod,        // the end that the direction is about is no pod, or has its node's network
    kOwnNode,      // from the node of the pod
    kItself        // from the pod itself
  };
  bool allowed = true;
  Reason reason = Reason::kNotSelected;
  const api::Object* policy =
      nullptr;                // of the set that was asked; of kPassed: whose rule passed it on, or null
  std::int32_t rule = -1;     // in `ingress` or `egress` of it
  api::SourcePosition where;  // of the rule; of kEndOfTier of the policy
  // Of kEndOfTier: all of the tier that select the pod, in their order. No single one of them denies.
  std::vector<const api::Object*> selecting = {};
  // Of kEndOfTier, and only of the compiled evaluator: a rule of theirs that would allow the flow but for its
  // port or protocol, in words. Empty: there is none. A hint, which is not compared.
  std::string near_miss = {};
  bool operator==(const Verdict& other) const {
    return allowed == other.allowed && reason == other.reason && policy == other.policy &&
           rule == other.rule && where == other.where && selecting == other.selecting;
  }
};

// "denied by egress[1] of GlobalNetworkPolicy deny-aws-imds (policies.yaml:7:5)"
std::string verdict_text(const Verdict& verdict, Direction direction);

// Of kEndOfTier, without the policies: "select the pod for egress, and no rule of theirs allows it".
std::string end_of_tier_text(const Verdict& verdict, Direction direction);

// " (policies.yaml:7:5)"; empty for nowhere.
std::string position_text(const api::SourcePosition& where);
// "NetworkPolicy shop/cart"
std::string policy_text(const api::Object& policy);
// Those that select the pod: "NetworkPolicy a/x (p.yaml:1:1), a/y (p.yaml:7:1) and 2 more". At most four are
// named.
std::string selecting_text(const Verdict& verdict);

}  // namespace seatrial::network
