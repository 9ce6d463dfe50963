// How the endpoints of a Service are spread over EndpointSlices. Of values only.
//
// A slice holds at most 100 endpoints, all with the same ports. Endpoints stay in the slice that they are in;
// new ones fill slices that are written anyway, then one unchanged slice that has room for all that are left
// (the one that gets fullest), then new slices. Nothing is rebalanced. A Service without endpoints has one
// empty slice. A slice to delete and one to create become one update. 230 pods that appear at once: three new
// slices of 100, 100, 30. 100 of 110 endpoints in slices of 100 and 10, 5 more: the slice of 10 gets them.
// Source: k8s.io/endpointslice/reconciler.go, utils.go; reference §4.1.
#pragma once

#include <span>
#include <vector>

#include "sim/api/networking.h"

namespace seatrial::controllers {

inline constexpr std::size_t kMaxEndpointsPerSlice = 100;
inline constexpr const char* kServiceNameLabel = "kubernetes.io/service-name";
inline constexpr const char* kManagedByLabel = "endpointslice.kubernetes.io/managed-by";
inline constexpr const char* kManagedBy = "endpointslice-controller.k8s.io";

// The pod, ready or not, as an endpoint: serving is Ready; ready is serving and not terminating, or always
// with publishNotReadyAddresses. With trafficDistribution ready ones have a hint of their own zone, with
// PreferSameNode of their node as well (k8s.io/endpointslice/trafficdist).
api::Endpoint endpoint_of(const api::Service& service, const api::Pod& pod, api::Symbol zone);
// The Service's ports on that pod; a named target port that it does not have is left out.
std::vector<api::EndpointPort> ports_on(const api::Service& service, const api::PodSpec& pod);
api::LabelMap slice_labels(const api::Service& service);
// A pod's change matters to endpoints only if labels, readiness, address, node, host name or being deleted
// changed. That it has ended does not by itself, but while it is being deleted. (There Kubernetes takes every
// change for one, and no change of the node; none of those has an effect.)
bool endpoint_changed(const api::Pod& before, const api::Pod& after);

// Endpoints with the same ports.
struct PortGroup {
  std::vector<api::EndpointPort> ports;
  std::vector<api::Endpoint> endpoints;  // sorted by target
};
struct SlicePlan {
  std::vector<api::EndpointSlice> create, update;  // `update` has the metadata of the slices as they are
  std::vector<std::shared_ptr<const api::EndpointSlice>> remove;
};
// `existing`: the Service's slices, none being deleted. Created slices have ports, endpoints and labels only.
SlicePlan plan_slices(std::span<const PortGroup> groups,
                      std::span<const std::shared_ptr<const api::EndpointSlice>> existing,
                      const api::Shared<api::LabelMap>& labels);

}  // namespace seatrial::controllers
