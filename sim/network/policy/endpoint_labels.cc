#include "sim/network/policy/endpoint_labels.h"

namespace seatrial::network {

using api::Symbol;

const Symbol* EndpointLabels::find(Symbol key) const {
  static const Symbol kNamespaceLabel("projectcalico.org/namespace"),
      kOrchestratorLabel("projectcalico.org/orchestrator"), kAccountLabel(kCalicoAccount), kKubernetes("k8s");
  if (key == kNamespaceLabel) return &namespace_;
  if (key == kOrchestratorLabel) return &kKubernetes;
  if (key == kAccountLabel) return has_account_label() ? &account : pod.find(key);
  if (const Symbol* const own = pod.find(key)) return own;
  const std::string_view text = key.view();
  if (text.starts_with(kNamespacePrefix)) return find_of_namespace(text.substr(kNamespacePrefix.size()));
  if (text.starts_with(kAccountPrefix)) return find_of_account(text.substr(kAccountPrefix.size()));
  return nullptr;
}

const Symbol* EndpointLabels::find_of_namespace(Symbol key) const {
  static const Symbol kName(kCalicoName);
  return key == kName ? &namespace_ : namespace_labels.find(key);
}

const Symbol* EndpointLabels::find_of_account(Symbol key) const {
  static const Symbol kName(kCalicoName);
  if (account.empty()) return nullptr;
  if (key == kName) return &account;
  return account_labels ? account_labels->find(key) : nullptr;
}

}  // namespace seatrial::network
