// The order in which policies are asked.
//
// Tiers by their order, then by name; in a tier policies by their order (none: last), then by
// NAME/NAMESPACE/KIND. Kubernetes' policies have order 1000 in the tier "default" (order 1,000,000),
// administrators' their priority in a tier before it (1,000), baseline ones stand in a tier behind it
// (10,000,000). Where none of a tier's policies has a rule for a flow, the tier's default action applies:
// Deny, or Pass in the administrators' two. Policies of a tier that does not exist come last.
// Sources: projectcalico/calico, felix/calc/policy_sorter.go, libcalico-go/lib/backend/k8s/conversion/
// conversion.go, api/pkg/apis/projectcalico/v3/tier.go (v3.30 for the administrators' kinds).
#pragma once

#include <map>
#include <string>

#include "sim/api/calico.h"

namespace seatrial::network {

struct TierFacts {
  bool known = false;
  double order = 0;
  bool passes = false;  // its default action
  bool operator==(const TierFacts&) const = default;
};

class Tiers {
 public:
  Tiers();  // the three that there always are
  void set(const api::Tier& tier);
  void erase(api::Symbol name);
  TierFacts find(api::Symbol name) const;

 private:
  std::map<api::Symbol, TierFacts> tiers_;
};

// Where a policy stands among all. REQUIRES: one of the policies' kinds.
struct PolicyRank {
  api::Symbol tier;
  TierFacts facts;
  double order = 0;
  std::string tie;  // NAME/NAMESPACE/KIND
  bool operator<(const PolicyRank& other) const;
};
PolicyRank rank_of(const api::Object& policy, const Tiers& tiers);
// One of the kinds of policies; Calico's count only where it is the plugin.
bool is_enforced_policy(api::Kind kind, bool calico);

}  // namespace seatrial::network
