// The kinds of the core group (v1). Fields that seatrial gives a meaning are typed; a manifest's other known
// fields are checked against the schema and kept for printing, but nothing reads them. Sources:
// k8s.io/api/core/v1/types.go.
#pragma once

#include <map>
#include <string>
#include <variant>

#include "sim/api/int_or_string.h"
#include "sim/api/meta.h"
#include "sim/api/quantity.h"

namespace seatrial::api {

// cpu, memory, pods, ephemeral-storage, extended resources. Sorted by name.
using ResourceList = std::map<Symbol, Quantity>;

struct ResourceRequirements {
  ResourceList limits, requests;
  bool operator==(const ResourceRequirements&) const = default;
};

struct ContainerPort {
  Symbol name;
  std::int32_t container_port = 0, host_port = 0;
  Symbol protocol = "TCP", host_ip;
  bool operator==(const ContainerPort&) const = default;
};

struct EnvVar {
  Symbol name, value;
  Symbol secret_name, config_map_name;  // of valueFrom, for references that may dangle
  bool operator==(const EnvVar&) const = default;
};

struct HttpGetAction {
  Symbol path, scheme = "HTTP", host;
  IntOrString port;
  bool operator==(const HttpGetAction&) const = default;
};
struct TcpSocketAction {
  IntOrString port;
  Symbol host;
  bool operator==(const TcpSocketAction&) const = default;
};
struct GrpcAction {
  std::int32_t port = 0;
  Symbol service;
  bool operator==(const GrpcAction&) const = default;
};
struct ExecAction {
  std::vector<Symbol> command;
  bool operator==(const ExecAction&) const = default;
};
struct SleepAction {
  std::int64_t seconds = 0;
  bool operator==(const SleepAction&) const = default;
};

struct Probe {
  std::variant<HttpGetAction, TcpSocketAction, GrpcAction, ExecAction> handler;
  std::int32_t initial_delay_seconds = 0, timeout_seconds = 1, period_seconds = 10, success_threshold = 1,
               failure_threshold = 3;
  std::optional<std::int64_t> termination_grace_period_seconds;
  bool operator==(const Probe&) const = default;
};

using LifecycleHandler =
    std::variant<std::monostate, ExecAction, HttpGetAction, SleepAction, TcpSocketAction>;
struct Lifecycle {
  LifecycleHandler post_start, pre_stop;
  bool operator==(const Lifecycle&) const = default;
};

enum class PullPolicy : std::uint8_t { kUnset, kAlways, kIfNotPresent, kNever };
enum class RestartPolicy : std::uint8_t { kAlways, kOnFailure, kNever };

struct Container {
  Symbol name, image;
  std::vector<Symbol> command, args;
  std::vector<ContainerPort> ports;
  std::vector<EnvVar> env;
  std::vector<Symbol> env_from_secrets, env_from_config_maps;
  ResourceRequirements resources;
  std::optional<Probe> liveness_probe, readiness_probe, startup_probe;
  Lifecycle lifecycle;
  PullPolicy image_pull_policy = PullPolicy::kUnset;
  std::optional<RestartPolicy> restart_policy;  // Always in an init container makes it a sidecar
  SourcePosition source;                        // not serialised, not compared
  bool operator==(const Container& o) const;
};

struct Toleration {
  Symbol key, op = "Equal", value, effect;
  std::optional<std::int64_t> toleration_seconds;
  bool operator==(const Toleration&) const = default;
};
struct Taint {
  Symbol key, value, effect;
  std::optional<SimTime> time_added = std::nullopt;  // whole seconds; of NoExecute taints
  bool operator==(const Taint&) const = default;
};

struct NodeSelectorTerm {
  std::vector<LabelSelectorRequirement> match_expressions, match_fields;
  bool operator==(const NodeSelectorTerm&) const = default;
};
struct PreferredSchedulingTerm {
  std::int32_t weight = 0;
  NodeSelectorTerm preference;
  bool operator==(const PreferredSchedulingTerm&) const = default;
};
struct PodAffinityTerm {
  std::optional<LabelSelector> label_selector, namespace_selector;
  std::vector<Symbol> namespaces, match_label_keys, mismatch_label_keys;
  Symbol topology_key;
  bool operator==(const PodAffinityTerm&) const = default;
};
struct WeightedPodAffinityTerm {
  std::int32_t weight = 0;
  PodAffinityTerm term;
  bool operator==(const WeightedPodAffinityTerm&) const = default;
};
struct Affinity {
  std::optional<std::vector<NodeSelectorTerm>> node_required;
  std::vector<PreferredSchedulingTerm> node_preferred;
  std::vector<PodAffinityTerm> pod_required, pod_anti_required;
  std::vector<WeightedPodAffinityTerm> pod_preferred, pod_anti_preferred;
  bool operator==(const Affinity&) const = default;
};
struct TopologySpreadConstraint {
  std::int32_t max_skew = 1;
  Symbol topology_key, when_unsatisfiable = "DoNotSchedule";
  std::optional<LabelSelector> label_selector;
  std::optional<std::int32_t> min_domains;
  Symbol node_affinity_policy, node_taints_policy;
  std::vector<Symbol> match_label_keys;
  bool operator==(const TopologySpreadConstraint&) const = default;
};

struct PodSpec {
  std::vector<Container> init_containers, containers;
  RestartPolicy restart_policy = RestartPolicy::kAlways;
  std::optional<std::int64_t> termination_grace_period_seconds, active_deadline_seconds;
  Symbol service_account_name, scheduler_name, priority_class_name, preemption_policy, hostname, subdomain;
  Symbol runtime_class_name;
  std::optional<std::int32_t> priority;
  LabelMap node_selector;
  std::optional<Affinity> affinity;
  std::vector<Toleration> tolerations;
  std::vector<TopologySpreadConstraint> topology_spread_constraints;
  std::vector<Symbol> readiness_gates, scheduling_gates, image_pull_secrets;
  std::vector<Symbol> volume_secrets, volume_config_maps, volume_claims;  // names that volumes refer to
  ResourceList overhead;
  ResourceRequirements resources;  // of the pod as a whole
  bool host_network = false;
  std::optional<bool> automount_service_account_token;
  Symbol node_name;       // of a manifest; a stored pod has it in Pod::node_name
  Symbol other;           // JSON of the fields that no member carries; kept for printing
  SourcePosition source;  // not serialised, not compared
  bool operator==(const PodSpec& o) const;
};

// The template's metadata has labels and annotations only.
struct PodTemplateSpec {
  Shared<LabelMap> labels, annotations;
  Shared<PodSpec> spec;
  bool operator==(const PodTemplateSpec&) const = default;
};

enum class PodPhase : std::uint8_t { kPending, kRunning, kSucceeded, kFailed, kUnknown };
std::string_view to_string(PodPhase phase);
enum class QosClass : std::uint8_t { kBestEffort, kBurstable, kGuaranteed };

struct ContainerStateWaiting {
  Symbol reason;
  std::string message;
  bool operator==(const ContainerStateWaiting&) const = default;
};
struct ContainerStateRunning {
  SimTime started_at;
  bool operator==(const ContainerStateRunning&) const = default;
};
struct ContainerStateTerminated {
  std::int32_t exit_code = 0;
  Symbol reason;  // Completed, Error, OOMKilled
  std::string message;
  SimTime started_at, finished_at;
  bool operator==(const ContainerStateTerminated&) const = default;
};
using ContainerState = std::variant<ContainerStateWaiting, ContainerStateRunning, ContainerStateTerminated>;

struct ContainerStatus {
  Symbol name, image;
  ContainerState state;
  std::optional<ContainerStateTerminated> last_termination;
  bool ready = false;
  std::optional<bool> started;
  std::int32_t restart_count = 0;
  bool operator==(const ContainerStatus&) const = default;
};

struct PodStatus {
  PodPhase phase = PodPhase::kPending;
  std::vector<Condition> conditions;
  Symbol pod_ip, host_ip, reason, nominated_node_name;
  std::string message;
  std::optional<SimTime> start_time;
  std::vector<ContainerStatus> init_container_statuses, container_statuses;
  QosClass qos_class = QosClass::kBestEffort;
  std::int64_t observed_generation = 0;
  bool operator==(const PodStatus&) const = default;
};

struct Pod : Object {
  static constexpr Kind kKind = Kind::kPod;
  Pod() : Object(kKind) {}
  Shared<PodSpec> spec;  // shared by all pods of a template
  Symbol node_name;      // spec.nodeName
  // It has the volume with its account's token. Each pod's has another name, so only printing shows it.
  bool has_token_volume = false;
  PodStatus status;
};
bool is_pod_ready(const Pod& pod);     // condition Ready is True
bool is_pod_active(const Pod& pod);    // not Succeeded, not Failed, no deletionTimestamp
bool is_pod_terminal(const Pod& pod);  // Succeeded or Failed

struct ContainerImage {
  Symbol name;
  std::int64_t size_bytes = 0;
  bool operator==(const ContainerImage&) const = default;
};
struct Node : Object {
  static constexpr Kind kKind = Kind::kNode;
  Node() : Object(kKind) {}
  bool unschedulable = false;          // spec
  std::vector<Taint> taints;           // spec
  Symbol provider_id;                  // spec
  ResourceList capacity, allocatable;  // status
  std::vector<Condition> conditions;   // status
  std::vector<ContainerImage> images;  // status
};

struct Namespace : Object {
  static constexpr Kind kKind = Kind::kNamespace;
  Namespace() : Object(kKind) {}
  bool terminating = false;  // status.phase
  std::vector<Condition> conditions;
};

struct ServicePort {
  Symbol name, protocol = "TCP", app_protocol;
  std::int32_t port = 0, node_port = 0;
  IntOrString target_port;
  bool operator==(const ServicePort&) const = default;
};
struct Service : Object {
  static constexpr Kind kKind = Kind::kService;
  Service() : Object(kKind) {}
  LabelMap selector;
  std::vector<ServicePort> ports;
  Symbol type = "ClusterIP", cluster_ip, external_name, session_affinity = "None",
         internal_traffic_policy = "Cluster", external_traffic_policy, traffic_distribution;
  bool publish_not_ready_addresses = false;
};
// Does its selector match these labels? An empty one matches all.
bool selects(const Service& service, const LabelMap& labels);

struct ConfigMap : Object {
  static constexpr Kind kKind = Kind::kConfigMap;
  ConfigMap() : Object(kKind) {}
  std::map<Symbol, std::string> data;
  std::map<Symbol, std::string> binary_data;
  bool immutable = false;
};
struct Secret : Object {
  static constexpr Kind kKind = Kind::kSecret;
  Secret() : Object(kKind) {}
  Symbol type = "Opaque";
  std::map<Symbol, std::string> data, string_data;
  bool immutable = false;
};
struct ServiceAccount : Object {
  static constexpr Kind kKind = Kind::kServiceAccount;
  ServiceAccount() : Object(kKind) {}
  std::vector<Symbol> secrets, image_pull_secrets;
  std::optional<bool> automount_service_account_token;
};
// One of spec.scopeSelector.matchExpressions.
struct ScopedResourceSelectorRequirement {
  Symbol scope_name;
  LabelSelectorRequirement::Operator op = LabelSelectorRequirement::Operator::kExists;
  std::vector<Symbol> values;
  bool operator==(const ScopedResourceSelectorRequirement&) const = default;
};
struct ResourceQuota : Object {
  static constexpr Kind kKind = Kind::kResourceQuota;
  ResourceQuota() : Object(kKind) {}
  ResourceList hard;                                              // spec
  std::vector<Symbol> scopes;                                     // spec
  std::vector<ScopedResourceSelectorRequirement> scope_selector;  // spec
  ResourceList status_hard, used;                                 // status
};
struct LimitRangeItem {
  Symbol type;
  ResourceList max, min, default_, default_request, max_limit_request_ratio;
  bool operator==(const LimitRangeItem&) const = default;
};
struct LimitRange : Object {
  static constexpr Kind kKind = Kind::kLimitRange;
  LimitRange() : Object(kKind) {}
  std::vector<LimitRangeItem> limits;
};

// v1 Event (what `kubectl get events` shows). Named so because an Event of the engine is something else.
struct ApiEvent : Object {
  static constexpr Kind kKind = Kind::kEvent;
  ApiEvent() : Object(kKind) {}
  ObjectRef involved_object;
  Symbol involved_kind, involved_name, involved_field_path;
  Symbol type = "Normal", reason, source_component, source_host;
  std::string message;
  std::int32_t count = 1;
  SimTime first_timestamp, last_timestamp;  // whole seconds
};

// coordination.k8s.io/v1: the kubelet's heartbeat.
struct Lease : Object {
  static constexpr Kind kKind = Kind::kLease;
  Lease() : Object(kKind) {}
  Symbol holder_identity;
  std::int32_t lease_duration_seconds = 40;
  SimTime renew_time;
  bool kept_up = false;  // simulation's own: its holder goes on renewing it, without a write for each time
};

}  // namespace seatrial::api
