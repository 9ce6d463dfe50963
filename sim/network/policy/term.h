// Whom a rule or a policy names: one condition on a class of peers, all parts of which must hold. A term
// without any is true of everyone. Internal to the compiled evaluator.
#pragma once

#include "sim/api/calico_selector.h"
#include "sim/network/policy/pod_classes.h"

namespace seatrial::network {

struct Term {
  // ---- Pods, where one of these is set
  bool pods = false;
  api::Symbol in_namespace;                                  // empty: of any
  std::optional<api::LabelSelector> namespaces, pod_labels;  // Kubernetes' selectors
  api::CalicoSelector calico_namespaces, calico_pods, calico_accounts;
  std::vector<api::Symbol> accounts;  // one of them; none: all
  // ---- Whoever it is
  api::CalicoSelector not_pods;  // not a pod that this selects; empty: not asked
  bool asks_nets = false;        // an address in one of `nets`
  std::vector<api::Cidr> nets, not_nets;
  bool nets_spare_pods = false;  // no address of a pod is in one
  std::int32_t ip_version = 0;   // 4 or 6; an unknown address is of 4
};

// What must be looked at to answer it.
void add_sight(const Term& term, Sight& sight);
Signature signature_of(const Term& term);
bool holds(const Term& term, const PodClass& of, const PodClasses& classes);
// All classes of which it holds.
ClassSet classes_of(const Term& term, PodClasses& classes);

}  // namespace seatrial::network
