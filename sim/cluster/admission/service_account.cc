// Source: plugin/pkg/admission/serviceaccount/admission.go.
#include <fmt/format.h>

#include "sim/cluster/admission/plugins.h"

namespace seatrial::cluster {

using api::Pod;
using api::PodSpec;
using api::ServiceAccount;
using api::Symbol;

Refusal set_service_account(const Store& store, AdmissionState& state, AdmissionRequest& request) {
  if (!is_new_pod(request)) return std::nullopt;
  auto& pod = static_cast<Pod&>(request.object);
  const Symbol namespace_ = pod.metadata.namespace_;
  const Symbol name =
      pod.spec->service_account_name.empty() ? Symbol("default") : pod.spec->service_account_name;
  const auto* const account = store.find<ServiceAccount>(namespace_, name);
  if (!account) {
    return forbidden(request,
                     fmt::format("error looking up service account {}/{}: serviceaccount \"{}\" not found",
                                 namespace_.str(), name.str(), name.str()));
  }
  // What the pod says counts, else what its account says, else yes.
  const bool automount = account->automount_service_account_token.value_or(true);
  pod.has_token_volume = pod.spec->automount_service_account_token.value_or(automount);
  change_spec(state, pod, mixed(kAccount, account->metadata.resource_version), [&](PodSpec& spec) {
    spec.service_account_name = name;
    if (spec.image_pull_secrets.empty()) spec.image_pull_secrets = account->image_pull_secrets;
  });
  return std::nullopt;
}

}  // namespace seatrial::cluster
