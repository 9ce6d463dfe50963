// discovery.k8s.io/v1 EndpointSlice, networking.k8s.io/v1 Ingress and NetworkPolicy.
// Sources: k8s.io/api/discovery/v1/types.go, k8s.io/api/networking/v1/types.go.
#pragma once

#include "sim/api/core.h"

namespace seatrial::api {

struct Endpoint {
  Symbol address, hostname, node_name, zone;
  PodKey target;  // targetRef
  Symbol target_name;
  bool ready = false, serving = false, terminating = false;
  bool for_its_zone = false, for_its_node = false;  // hints
  bool operator==(const Endpoint&) const = default;
};
struct EndpointPort {
  Symbol name, protocol, app_protocol;
  std::int32_t port = 0;
  bool operator==(const EndpointPort&) const = default;
};
struct EndpointSlice : Object {
  static constexpr Kind kKind = Kind::kEndpointSlice;
  EndpointSlice() : Object(kKind) {}
  Symbol address_type = "IPv4";
  std::vector<Endpoint> endpoints;
  std::vector<EndpointPort> ports;
};

struct IngressBackend {
  bool is_resource = false;  // an object rather than a service: nothing is simulated of it
  Symbol service_name, port_name;
  std::int32_t port_number = 0;
  bool operator==(const IngressBackend&) const = default;
};
struct HttpIngressPath {
  Symbol path, path_type;
  IngressBackend backend;
  bool operator==(const HttpIngressPath&) const = default;
};
struct IngressRule {
  Symbol host;
  std::vector<HttpIngressPath> paths;
  bool operator==(const IngressRule&) const = default;
};
struct IngressTls {
  std::vector<Symbol> hosts;
  Symbol secret_name;
  bool operator==(const IngressTls&) const = default;
};
struct Ingress : Object {
  static constexpr Kind kKind = Kind::kIngress;
  Ingress() : Object(kKind) {}
  Symbol ingress_class_name;
  std::optional<IngressBackend> default_backend;
  std::vector<IngressRule> rules;
  std::vector<IngressTls> tls;
};

struct NetworkPolicyPort {
  std::optional<IntOrString> port;  // none: all ports of the protocol
  std::optional<std::int32_t> end_port;
  Symbol protocol;  // TCP after defaulting
  bool operator==(const NetworkPolicyPort&) const = default;
};
struct IpBlock {
  Symbol cidr;
  std::vector<Symbol> except;
  bool operator==(const IpBlock&) const = default;
};
struct NetworkPolicyPeer {
  std::optional<LabelSelector> pod_selector, namespace_selector;
  std::optional<IpBlock> ip_block;
  bool operator==(const NetworkPolicyPeer&) const = default;
};
// Of `ingress` or `egress`; no peers (from, to) are all peers, no ports are all ports.
struct NetworkPolicyRule {
  std::vector<NetworkPolicyPeer> peers;
  std::vector<NetworkPolicyPort> ports;
  WrittenAt source;  // not serialised
  bool operator==(const NetworkPolicyRule&) const = default;
};
struct NetworkPolicy : Object {
  static constexpr Kind kKind = Kind::kNetworkPolicy;
  NetworkPolicy() : Object(kKind) {}
  LabelSelector pod_selector;
  std::vector<NetworkPolicyRule> ingress, egress;
  std::vector<Symbol> policy_types;  // Ingress, Egress
};

}  // namespace seatrial::api
