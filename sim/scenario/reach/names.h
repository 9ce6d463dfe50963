// What a name means inside the cluster, and what to say of one that means nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/api/core.h"
#include "sim/scenario/reach/state.h"

namespace seatrial::scenario {

// A host as the cluster's DNS answers for it. Inside are NAME (in the source's namespace), NAME.NAMESPACE, of
// a headless Service POD.NAME.NAMESPACE, and whatever ends in .svc or .cluster.local; a final dot makes a
// name one of outside, but for .cluster.local. One of service, pod and problem is set, of one inside.
// Sources: Kubernetes documentation, "DNS for Services and Pods".
struct ClusterName {
  bool is_inside = false;
  const api::Service* service = nullptr;
  std::optional<network::PodId> pod;
  std::string problem;  // nothing of that name is there; else empty
};
ClusterName cluster_name(const ReachState& state, std::string_view host, api::Symbol own_namespace);

// The Service whose cluster IP it is; null: it is nobody's.
const api::Service* service_at(const ReachState& state, const api::IpAddress& address);
// The pod whose own address it is.
std::optional<network::PodId> pod_at(const ReachState& state, const api::IpAddress& address);

// Why NAMESPACE/NAME is neither a Service nor a managed resource, nor can be a pod; empty: it may be a pod.
std::string not_a_name(const ReachState& state, std::string_view namespace_, std::string_view name);

}  // namespace seatrial::scenario
