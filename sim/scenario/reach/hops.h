// The hops of a flow, one function for each. Internal to scenario/reach.
#pragma once

#include "sim/api/core.h"
#include "sim/report/reach.h"
#include "sim/scenario/reach/state.h"

namespace seatrial::scenario {

struct ReachQuestion {
  network::End from;
  std::int32_t port = 0;
  std::string protocol;
};

std::string object_text(const api::Object& object);     // "Service a/b"
std::string service_host(const api::Service& service);  // NAME.NAMESPACE.svc.cluster.local

// Whether the source may ask the cluster's DNS servers (UDP 53): the pods of the Service that the platform's
// `dns` names, else kube-system/kube-dns; where there is no such Service, CoreDNS's pods as installers label
// them (namespace kube-system, k8s-app: kube-dns).
report::ReachHop dns_hop(const ReachState& state, const ReachQuestion& question, const std::string& host);

// The port that a Service's port becomes at each of the pods that it gives traffic to.
struct ServiceHop {
  report::ReachHop hop;
  std::vector<std::pair<network::PodId, std::int32_t>> pods;
};
ServiceHop service_hop(const ReachState& state, const ReachQuestion& question, const api::Service& service);

// What lies between the two ends: policies (egress), the VPC, policies (ingress). The last one that is added
// passes, or stops the flow.
void add_flow_hops(const ReachState& state, const ReachQuestion& question, const network::End& to,
                   std::vector<report::ReachHop>& hops);

report::ReachHop listening_hop(const ReachState& state, const ReachQuestion& question, network::PodId pod);

}  // namespace seatrial::scenario
