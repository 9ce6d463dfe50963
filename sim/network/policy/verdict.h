// What the policies of one direction say of a flow, and which rule of which policy says so.
#pragma once

#include <string>

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
  bool operator==(const Verdict&) const = default;
};

// "denied by egress[1] of GlobalNetworkPolicy deny-aws-imds (policies.yaml:7:5)"
std::string verdict_text(const Verdict& verdict, Direction direction);

}  // namespace seatrial::network
