// What is to be said of a flow that no rule of a tier allows: the policies that select the pod, of which no
// single one denies it, and the rule that is near: one that names the peer and would let it through but for
// its port or its protocol. Internal to the compiled evaluator.
#pragma once

#include "sim/network/policy/policy_table.h"

namespace seatrial::network {

struct TierQuestion {
  ClassId subject, peer;
  Direction direction = Direction::kIngress;
  api::Symbol protocol;
  std::int32_t port = 0;
};

// Sets `selecting` and `near_miss`. REQUIRES: it is the verdict of the question, of reason kEndOfTier.
void tell_end_of_tier(Verdict& verdict, const TierQuestion& question, const TableContext& context);

}  // namespace seatrial::network
