// AdminNetworkPolicy and BaselineAdminNetworkPolicy (policy.networking.k8s.io/v1alpha1): the standard
// channel, and named ports of the experimental one. Source: sigs.k8s.io/network-policy-api/apis/v1alpha1.
#pragma once

#include "sim/api/meta.h"

namespace seatrial::api {

enum class AdminAction : std::uint8_t { kUnset, kAllow, kDeny, kPass };

struct NamespacedPods {
  LabelSelector namespace_selector, pod_selector;
  bool operator==(const NamespacedPods&) const = default;
};
// Of a rule or, without networks, the subject of a policy. One of the fields is set.
struct AdminPeer {
  std::optional<LabelSelector> namespaces;  // all pods of these
  std::optional<NamespacedPods> pods;
  std::vector<Symbol> networks;  // CIDRs, of egress; they cover the addresses of pods as well
  bool operator==(const AdminPeer&) const = default;
};

struct AdminPortNumber {
  Symbol protocol;  // TCP after defaulting
  std::int32_t port = 0;
  bool operator==(const AdminPortNumber&) const = default;
};
struct AdminPortRange {
  Symbol protocol;
  std::int32_t start = 0, end = 0;  // both included
  bool operator==(const AdminPortRange&) const = default;
};
// One of the fields is set.
struct AdminPort {
  std::optional<AdminPortNumber> number;
  std::optional<AdminPortRange> range;
  Symbol named;  // of the destination, of any protocol
  bool operator==(const AdminPort&) const = default;
};

struct AdminRule {
  Symbol name;
  AdminAction action = AdminAction::kUnset;
  std::vector<AdminPeer> peers;  // one of them
  std::vector<AdminPort> ports;  // one of them; none: all
  WrittenAt source;              // not serialised
  bool operator==(const AdminRule&) const = default;
};

struct AdminPolicySpec {
  std::optional<std::int32_t> priority;  // lower goes first; a baseline policy has none
  AdminPeer subject;
  std::vector<AdminRule> ingress, egress;
  bool operator==(const AdminPolicySpec&) const = default;
};

struct AdminNetworkPolicy : Object {
  static constexpr Kind kKind = Kind::kAdminNetworkPolicy;
  AdminNetworkPolicy() : Object(kKind) {}
  AdminPolicySpec spec;
};
struct BaselineAdminNetworkPolicy : Object {
  static constexpr Kind kKind = Kind::kBaselineAdminNetworkPolicy;
  BaselineAdminNetworkPolicy() : Object(kKind) {}
  AdminPolicySpec spec;
};

}  // namespace seatrial::api
