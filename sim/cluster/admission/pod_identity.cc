// EKS' pod identity webhook: a pod that is created while its ServiceAccount has the annotation
// eks.amazonaws.com/role-arn gets that role and the path of a token into the environment of each of its
// containers. A container that sets one of the two variables itself keeps what it has, and gets neither. Pods
// that are there are not changed. Source: aws/amazon-eks-pod-identity-webhook, README and
// pkg/handler/handler.go. Left out: the projected volume of the token, the variables of the region, the
// annotation skip-containers, and the webhook's own failure (its failurePolicy is Ignore).
#include "sim/cluster/pod_identity.h"
#include "sim/cluster/admission/plugins.h"

namespace seatrial::cluster {

namespace {

void add_identity(std::vector<api::Container>& containers, api::Symbol role) {
  for (api::Container& container : containers) {
    if (identity_variable(container)) continue;
    container.env.push_back({api::Symbol(kRoleVariable), role, {}, {}});
    container.env.push_back({api::Symbol(kTokenVariable), api::Symbol(kTokenFile), {}, {}});
  }
}

}  // namespace

Refusal add_pod_identity(const Store& store, AdmissionState& state, AdmissionRequest& request) {
  if (!is_new_pod(request)) return std::nullopt;
  auto& pod = static_cast<api::Pod&>(request.object);
  const auto* const account =
      store.find<api::ServiceAccount>(pod.metadata.namespace_, pod.spec->service_account_name);
  const api::Symbol role = account ? role_of_account(*account) : api::Symbol();
  if (role.empty()) return std::nullopt;
  change_spec(state, pod, mixed(kIdentity, account->metadata.resource_version), [&](api::PodSpec& spec) {
    add_identity(spec.init_containers, role);
    add_identity(spec.containers, role);
  });
  return std::nullopt;
}

}  // namespace seatrial::cluster
