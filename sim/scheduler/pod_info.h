// What scheduling needs of a pod, worked out once for all pods that share spec, labels and namespace (those
// of a ReplicaSet): requests, host ports, images, affinity terms and spread constraints, ready for comparing.
//
// Immutable and shared. Sources: pkg/scheduler/framework/types.go (PodInfo, AffinityTerm),
// plugins/podtopologyspread/ common.go; reference §5.4, §5.5.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/scheduler/resources.h"

namespace seatrial::scheduler {

struct HostPort {
  api::Symbol ip, protocol;  // ip "0.0.0.0" is every address
  std::int32_t port = 0;
  bool operator==(const HostPort&) const = default;
  bool conflicts_with(const HostPort& other) const;
};

// A label selector with what matchLabelKeys adds. A missing selector matches nothing, an empty one
// everything.
struct PodSelector {
  api::LabelSelector selector;
  bool nothing = false;
  bool matches(const api::LabelMap& labels) const { return !nothing && selector.matches(labels); }
  bool operator==(const PodSelector&) const = default;
};

using NamespaceLabels =
    std::unordered_map<std::string, api::Shared<api::LabelMap>>;  // looked up, never iterated

// Pods of some namespaces.
struct PodFilter {
  PodSelector pods;
  std::vector<api::Symbol> namespaces;
  std::optional<api::LabelSelector> namespace_selector;
  bool matches(api::Symbol pod_namespace, const api::LabelMap& labels, const NamespaceLabels& known) const;
  bool operator==(const PodFilter&) const = default;
};
// Of addresses of interned texts: for looking up, never to order.
std::size_t hash_of(const PodFilter& filter);

struct AffinityTerm {
  PodFilter who;
  api::Symbol topology_key;
  std::int64_t weight = 0;  // of a preferred term
  bool matches(api::Symbol pod_namespace, const api::LabelMap& labels, const NamespaceLabels& known) const {
    return who.matches(pod_namespace, labels, known);
  }
  bool operator==(const AffinityTerm&) const = default;
};

struct SpreadConstraint {
  std::int32_t max_skew = 1, min_domains = 1;
  api::Symbol topology_key;
  PodFilter who;  // in the pod's namespace
  bool honor_node_affinity = true, honor_node_taints = false;
};

// A nodeSelectorTerm; an empty one matches nothing.
struct NodeTerm {
  api::LabelSelector labels, fields;
  std::int64_t weight = 0;  // of a preferred term
  bool matches(const api::Node& node) const;
};

struct PodInfo {
  api::Symbol namespace_;
  api::Shared<api::LabelMap> labels;
  api::Shared<api::PodSpec> spec;
  std::int64_t priority = 0;
  PodRequests requests;
  std::vector<HostPort> ports;
  std::vector<api::Symbol> images;  // with their tag; one for each container, init containers too
  std::optional<std::vector<NodeTerm>> required_nodes;
  std::vector<NodeTerm> preferred_nodes;
  std::vector<AffinityTerm> required_affinity, required_anti_affinity, preferred_affinity,
      preferred_anti_affinity;
  std::vector<SpreadConstraint> hard_spread, soft_spread;
  bool has_affinity_terms = false;  // any of the four lists above
};
// nodeSelector, and one of the required terms where there are any.
bool has_required_nodes(const PodInfo& info);
bool matches_required_nodes(const PodInfo& info, const api::Node& node);

using PodInfoPtr = std::shared_ptr<const PodInfo>;

PodInfo make_pod_info(const api::Pod& pod);
// "registry/web" is "registry/web:latest".
api::Symbol normalized_image_name(api::Symbol image);

// Shares infos among pods that share spec and labels.
class PodInfoCache {
 public:
  PodInfoPtr get(const api::Pod& pod);

 private:
  struct Key {
    const api::PodSpec* spec;
    const api::LabelMap* labels;
    const std::string* namespace_;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  // Keyed by address for looking up only; each value holds what its key points to, so no address is used
  // again.
  std::unordered_map<Key, PodInfoPtr, KeyHash> infos_;
};

}  // namespace seatrial::scheduler
