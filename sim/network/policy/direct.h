// Who may talk to whom, straight from the definition: every policy is asked about every flow. Pure functions
// of values. The compiled evaluator (compiled.h) answers the same, faster.
//
// A flow needs the egress of its source and the ingress of its destination; answers to an allowed flow are
// free. In each direction the policies that select the pod are asked in their order (order.h), and the first
// rule that matches decides: Allow, Deny, or Pass, which leads on to the next tier (Log leads on to the next
// rule). If policies of a tier select the pod and none has a rule for the flow, the tier's default action
// applies. What no tier decides is allowed. Of Kubernetes' policies alone this makes what they promise: a pod
// that none of its namespace's isolates may talk to everyone, an isolated one only as one of their rules
// says. Sources: reference/kubernetes-policy.md §6; k8s.io/api/networking/v1/types.go;
// sigs.k8s.io/network-policy-api/apis/v1alpha1; projectcalico/calico, app-policy/checker/check.go and
// libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go.
#pragma once

#include <vector>

#include "sim/network/policy/order.h"
#include "sim/network/policy/verdict.h"

namespace seatrial::network {

class PolicySet {
 public:
  PolicyOptions options;

  // A policy (defaulted) of whatever kind, or a Tier; takes the place of one of its kind and name.
  void set(api::ObjectPtr object);
  void remove(const api::Object& object);
  const std::vector<api::ObjectPtr>& policies() const { return policies_; }
  const Tiers& tiers() const { return tiers_; }

 private:
  std::vector<api::ObjectPtr> policies_;
  Tiers tiers_;
};

Verdict judge(const PolicySet& set, const Flow& flow, Direction direction);

// Egress and ingress together.
bool is_allowed(const PolicySet& set, const Flow& flow);

}  // namespace seatrial::network
