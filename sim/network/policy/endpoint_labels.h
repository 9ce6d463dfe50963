// What Calico's selectors see of a pod: its labels, three that Calico adds (projectcalico.org/namespace,
// /orchestrator, /serviceaccount), and behind them those of its namespace (pcns.…) and service account
// (pcsa.…). A namespaceSelector asks the namespace's labels only, a selector of service accounts the
// account's; both know the object's name as projectcalico.org/name.
// Source: projectcalico/calico, libcalico-go/lib/backend/k8s/conversion.
#pragma once

#include <string_view>

#include "sim/api/meta.h"

namespace seatrial::network {

inline constexpr std::string_view kAccountPrefix = "pcsa.", kNamespacePrefix = "pcns.";
inline constexpr const char* kCalicoName = "projectcalico.org/name";
inline constexpr const char* kCalicoAccount = "projectcalico.org/serviceaccount";

struct EndpointLabels {
  const api::LabelMap& pod;
  const api::Symbol& namespace_;
  const api::LabelMap& namespace_labels;
  const api::Symbol& account;           // empty: unknown, and then it has no labels
  const api::LabelMap* account_labels;  // may be null

  // The value of a label, or null.
  const api::Symbol* find(api::Symbol key) const;
  const api::Symbol* find_of_namespace(api::Symbol key) const;
  const api::Symbol* find_of_account(api::Symbol key) const;
  // The account as rules name it: no label is made of names that are too long for one.
  bool has_account_label() const { return !account.empty() && account.view().size() < 63; }
};

}  // namespace seatrial::network
