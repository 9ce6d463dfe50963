#include "sim/cluster/policy_state.h"

#include <algorithm>
#include <array>

namespace seatrial::cluster {

using api::Kind;
using network::PolicyChange;

namespace {

constexpr std::array kPolicyKinds{Kind::kTier,
                                  Kind::kNetworkPolicy,
                                  Kind::kAdminNetworkPolicy,
                                  Kind::kBaselineAdminNetworkPolicy,
                                  Kind::kCalicoNetworkPolicy,
                                  Kind::kGlobalNetworkPolicy};

void take_over_pod(network::CompiledPolicies& policies, const api::Pod& pod, bool gone) {
  if (!gone && !is_pod_terminal(pod)) {
    policies.set_pod(network::facts_of(pod));
  } else if (const auto id = policies.find_pod(pod.metadata.namespace_, pod.metadata.name)) {
    policies.remove_pod(*id);
  }
}

}  // namespace

bool concerns_policies(Kind kind) {
  return kind == Kind::kPod || kind == Kind::kNamespace || kind == Kind::kServiceAccount ||
         std::ranges::count(kPolicyKinds, kind) > 0;
}

PolicyChange take_over(network::CompiledPolicies& policies, const WatchEvent& change) {
  const api::Object& object = *change.object;
  const api::ObjectMeta& metadata = object.metadata;
  const bool gone = change.type == ChangeType::kDeleted;
  if (object.kind == Kind::kPod) {
    take_over_pod(policies, static_cast<const api::Pod&>(object), gone);
    return {};
  }
  const api::Shared<api::LabelMap> labels = gone ? api::Shared<api::LabelMap>() : metadata.labels;
  if (object.kind == Kind::kNamespace) return policies.set_namespace(metadata.name, labels);
  if (object.kind == Kind::kServiceAccount)
    return policies.set_service_account(metadata.namespace_, metadata.name, labels);
  if (gone) return policies.remove_policy(object.kind, metadata.namespace_, metadata.name);
  return policies.set_policy(change.object);
}

network::CompiledPolicies compile_policies(const Store& store, const network::PolicyOptions& options) {
  network::CompiledPolicies policies(options);
  policies.begin();
  const auto take = [&](Kind kind) {
    for (const api::ObjectPtr& object : store.list(kind))
      take_over(policies, {ChangeType::kAdded, object, JournalId::kNone});
  };
  for (const Kind kind : {Kind::kNamespace, Kind::kServiceAccount, Kind::kPod}) take(kind);
  for (const Kind kind : kPolicyKinds) take(kind);
  policies.commit();
  return policies;
}

}  // namespace seatrial::cluster
