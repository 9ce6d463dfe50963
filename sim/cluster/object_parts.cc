#include "sim/cluster/object_parts.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "sim/api/admin_network_policy.h"
#include "sim/api/admission_registration.h"
#include "sim/api/apps.h"
#include "sim/api/autoscaling.h"
#include "sim/api/batch.h"
#include "sim/api/calico.h"
#include "sim/api/networking.h"
#include "sim/api/policy.h"
#include "sim/api/rbac.h"
#include "sim/api/scheduling.h"
#include "sim/api/storage.h"
#include "sim/api/unstructured.h"
#include "sim/engine/check.h"

namespace seatrial::cluster {

using namespace api;

namespace {

// For each kind the fields of its spec (with the data of kinds that have no spec) and those of its status.
auto spec_of(const Pod& o) { return std::tie(o.spec, o.node_name); }
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, Pod>
{
  return std::tie(o.status);
}
auto spec_of(const Node& o) { return std::tie(o.unschedulable, o.taints, o.provider_id); }
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, Node>
{
  return std::tie(o.capacity, o.allocatable, o.conditions, o.images);
}
auto spec_of(const Deployment& o) {
  return std::tie(o.replicas, o.selector, o.template_, o.strategy, o.max_unavailable, o.max_surge,
                  o.min_ready_seconds, o.revision_history_limit, o.progress_deadline_seconds, o.paused);
}
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, Deployment>
{
  return std::tie(o.status);
}
auto spec_of(const ReplicaSet& o) {
  return std::tie(o.replicas, o.min_ready_seconds, o.selector, o.template_);
}
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, ReplicaSet>
{
  return std::tie(o.status);
}
auto spec_of(const StatefulSet& o) {
  return std::tie(o.replicas, o.selector, o.template_, o.service_name, o.pod_management_policy,
                  o.update_strategy, o.rolling_update, o.min_ready_seconds, o.revision_history_limit,
                  o.ordinals_start, o.volume_claim_templates, o.claims_when_deleted, o.claims_when_scaled);
}
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, StatefulSet>
{
  return std::tie(o.status);
}
auto spec_of(const DaemonSet& o) {
  return std::tie(o.selector, o.template_, o.update_strategy, o.max_unavailable, o.max_surge,
                  o.min_ready_seconds, o.revision_history_limit);
}
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, DaemonSet>
{
  return std::tie(o.status);
}
auto spec_of(const ControllerRevision& o) { return std::tie(o.template_, o.revision); }
auto spec_of(const Job& o) { return std::tie(o.spec); }
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, Job>
{
  return std::tie(o.status);
}
auto spec_of(const CronJob& o) {
  return std::tie(o.schedule, o.time_zone, o.starting_deadline_seconds, o.concurrency_policy, o.suspend,
                  o.job_labels, o.job_annotations, o.job_spec, o.successful_jobs_history_limit,
                  o.failed_jobs_history_limit);
}
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, CronJob>
{
  return std::tie(o.status);
}
auto spec_of(const Namespace&) { return std::tuple<>(); }
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, Namespace>
{
  return std::tie(o.terminating, o.conditions);
}
auto spec_of(const ResourceQuota& o) { return std::tie(o.hard, o.scopes, o.scope_selector); }
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, ResourceQuota>
{
  return std::tie(o.status_hard, o.used);
}
auto spec_of(const PodDisruptionBudget& o) {
  return std::tie(o.min_available, o.max_unavailable, o.selector, o.unhealthy_pods);
}
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, PodDisruptionBudget>
{
  return std::tie(o.status);
}
auto spec_of(const HorizontalPodAutoscaler& o) {
  return std::tie(o.scale_target_ref, o.min_replicas, o.max_replicas, o.metrics, o.behavior);
}
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, HorizontalPodAutoscaler>
{
  return std::tie(o.status);
}
auto spec_of(const PriorityClass& o) {
  return std::tie(o.value, o.global_default, o.description, o.preemption_policy);
}
auto spec_of(const Service& o) {
  return std::tie(o.selector, o.ports, o.type, o.cluster_ip, o.external_name, o.session_affinity,
                  o.internal_traffic_policy, o.external_traffic_policy, o.traffic_distribution,
                  o.publish_not_ready_addresses);
}
auto spec_of(const EndpointSlice& o) { return std::tie(o.address_type, o.endpoints, o.ports); }
auto spec_of(const Ingress& o) { return std::tie(o.ingress_class_name, o.default_backend, o.rules, o.tls); }
auto spec_of(const ConfigMap& o) { return std::tie(o.data, o.binary_data, o.immutable); }
auto spec_of(const Secret& o) { return std::tie(o.type, o.data, o.string_data, o.immutable); }
auto spec_of(const ServiceAccount& o) {
  return std::tie(o.secrets, o.image_pull_secrets, o.automount_service_account_token);
}
auto spec_of(const LimitRange& o) { return std::tie(o.limits); }
auto spec_of(const ApiEvent& o) {
  return std::tie(o.involved_object, o.type, o.reason, o.message, o.count, o.first_timestamp,
                  o.last_timestamp);
}
auto spec_of(const Lease& o) {
  return std::tie(o.holder_identity, o.lease_duration_seconds, o.renew_time, o.kept_up);
}
auto spec_of(const NetworkPolicy& o) { return std::tie(o.pod_selector, o.ingress, o.egress, o.policy_types); }
auto spec_of(const ValidatingWebhookConfiguration& o) { return std::tie(o.webhooks); }
auto spec_of(const MutatingWebhookConfiguration& o) { return std::tie(o.webhooks); }
auto spec_of(const PersistentVolume& o) {
  return std::tie(o.capacity, o.access_modes, o.mount_options, o.reclaim_policy, o.storage_class_name,
                  o.volume_mode, o.source_kind, o.csi_driver, o.volume_handle, o.claim_ref, o.node_affinity);
}
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, PersistentVolume>
{
  return std::tie(o.status);
}
auto spec_of(const PersistentVolumeClaim& o) {
  return std::tie(o.access_modes, o.selector, o.requests, o.limits, o.volume_name, o.volume_mode,
                  o.storage_class_name);
}
auto status_of(auto& o)
  requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(o)>>, PersistentVolumeClaim>
{
  return std::tie(o.status);
}
auto spec_of(const StorageClass& o) {
  return std::tie(o.provisioner, o.reclaim_policy, o.volume_binding_mode, o.parameters, o.mount_options,
                  o.allow_volume_expansion, o.allowed_topologies);
}
auto spec_of(const CsiNode& o) { return std::tie(o.drivers); }
auto spec_of(const Role& o) { return std::tie(o.rules); }
auto spec_of(const ClusterRole& o) { return std::tie(o.rules, o.aggregation_rule); }
auto spec_of(const RoleBinding& o) { return std::tie(o.subjects, o.role_ref); }
auto spec_of(const ClusterRoleBinding& o) { return std::tie(o.subjects, o.role_ref); }
auto spec_of(const AdminNetworkPolicy& o) { return std::tie(o.spec); }
auto spec_of(const BaselineAdminNetworkPolicy& o) { return std::tie(o.spec); }
auto spec_of(const CalicoNetworkPolicy& o) { return std::tie(o.spec); }
auto spec_of(const GlobalNetworkPolicy& o) { return std::tie(o.spec); }
auto spec_of(const Tier& o) { return std::tie(o.order, o.default_action); }
auto spec_of(const Unstructured& o) { return std::tie(o.api_version, o.kind_name, o.document); }

template <class T>
concept HasStatus = requires(T& o) { status_of(o); };

template <class... Ts>
struct Types {
  static_assert(sizeof...(Ts) == kKindCount, "every kind has a type");
};
using AllTypes =
    Types<Namespace, Node, Pod, ReplicaSet, Deployment, StatefulSet, DaemonSet, ControllerRevision, Service,
          EndpointSlice, Ingress, ConfigMap, Secret, ServiceAccount, ResourceQuota, LimitRange,
          PodDisruptionBudget, HorizontalPodAutoscaler, PriorityClass, Job, CronJob, ApiEvent, Lease,
          NetworkPolicy, ValidatingWebhookConfiguration, MutatingWebhookConfiguration, PersistentVolume,
          PersistentVolumeClaim, StorageClass, CsiNode, Role, ClusterRole, RoleBinding, ClusterRoleBinding,
          AdminNetworkPolicy, BaselineAdminNetworkPolicy, CalicoNetworkPolicy, GlobalNetworkPolicy, Tier,
          Unstructured>;

template <class Visit, class... Ts>
bool with_type_of(Kind kind, Visit& visit, Types<Ts...>) {
  return ((kind == Ts::kKind && (visit.template operator()<Ts>(), true)) || ...);
}

template <class Visit>
void with_type(Kind kind, Visit&& visit) {
  CHECK(with_type_of(kind, visit, AllTypes()));
}

bool same_metadata(const ObjectMeta& a, const ObjectMeta& b) {
  const auto parts = [](const ObjectMeta& m) {
    return std::tie(m.name, m.namespace_, m.uid, m.generation, m.deletion_timestamp,
                    m.deletion_grace_period_seconds, m.labels, m.annotations, m.owner_references,
                    m.finalizers);
  };
  return parts(a) == parts(b);
}

}  // namespace

namespace {

// What no member carries of a status stands in `other` beside the rest that none carries.
void copy_other_status(const Object& from, Object& to) {
  const auto parsed = [](Symbol text) {
    auto json = nlohmann::ordered_json::parse(text.view(), nullptr, false);
    return json.is_object() ? json : nlohmann::ordered_json::object();
  };
  constexpr std::string_view kStatus = "\"status\":";
  const bool some = from.other.view().find(kStatus) != std::string_view::npos ||
                    to.other.view().find(kStatus) != std::string_view::npos;
  if (!some || from.other == to.other) return;
  const auto old = parsed(from.other);
  auto all = parsed(to.other);
  all.erase("status");
  if (old.contains("status")) all["status"] = old["status"];  // after "metadata" and "spec"
  to.other = all.empty() ? Symbol() : Symbol(all.dump());
}

}  // namespace

void copy_status(const Object& from, Object& to) {
  CHECK(from.kind == to.kind);
  copy_other_status(from, to);
  with_type(from.kind, [&]<class T>() {
    if constexpr (HasStatus<T>) {
      status_of(static_cast<T&>(to)) = status_of(static_cast<const T&>(from));
    }
  });
}

bool same_spec(const Object& a, const Object& b) {
  CHECK(a.kind == b.kind);
  bool same = false;
  with_type(a.kind, [&]<class T>() {
    same = spec_of(static_cast<const T&>(a)) == spec_of(static_cast<const T&>(b));
  });
  return same;
}

bool same_object(const Object& a, const Object& b) {
  if (!same_spec(a, b) || !same_metadata(a.metadata, b.metadata) || a.other != b.other) return false;
  bool same = true;
  with_type(a.kind, [&]<class T>() {
    if constexpr (HasStatus<T>) {
      same = status_of(static_cast<const T&>(a)) == status_of(static_cast<const T&>(b));
    }
  });
  return same;
}

Shared<PodTemplateSpec>* template_of(Object& object) {
  switch (object.kind) {
    case Kind::kDeployment:
      return &static_cast<Deployment&>(object).template_;
    case Kind::kReplicaSet:
      return &static_cast<ReplicaSet&>(object).template_;
    case Kind::kStatefulSet:
      return &static_cast<StatefulSet&>(object).template_;
    case Kind::kDaemonSet:
      return &static_cast<DaemonSet&>(object).template_;
    case Kind::kJob:
      return &static_cast<Job&>(object).spec.template_;
    case Kind::kCronJob:
      return &static_cast<CronJob&>(object).job_spec.template_;
    default:
      return nullptr;
  }
}

const Shared<PodTemplateSpec>* template_of(const Object& object) {
  return template_of(const_cast<Object&>(object));  // NOLINT: not changed here
}

namespace {

void copy_positions(const PodSpec& from, PodSpec& to) {
  to.source = from.source;
  const auto of_list = [](const std::vector<Container>& known, std::vector<Container>& containers) {
    for (Container& container : containers) {
      for (const Container& other : known) {
        if (other.name == container.name) container.source = other.source;
      }
    }
  };
  of_list(from.containers, to.containers);
  of_list(from.init_containers, to.init_containers);
}

// Of the rules that are the same ones: from a role that aggregates others, too.
template <class Rule>
void copy_positions(const std::vector<Rule>& known, std::vector<Rule>& rules) {
  for (Rule& rule : rules) {
    const auto same = std::ranges::find(known, rule);
    if (same != known.end() && same->source.line != 0) rule.source = same->source;
  }
}
template <class Rules>
void copy_rule_positions(const Rules& from, Rules& to) {
  copy_positions(from.ingress, to.ingress);
  copy_positions(from.egress, to.egress);
}

}  // namespace

void copy_positions(const Object& from, Object& to) {
  CHECK(from.kind == to.kind);
  if (from.source.line > 0 || to.source.line == 0) to.source = from.source;
  with_type(from.kind, [&]<class T>() {
    const T& known = static_cast<const T&>(from);
    if constexpr (std::same_as<T, NetworkPolicy>) copy_rule_positions(known, static_cast<T&>(to));
    if constexpr (requires { known.spec.ingress; }) copy_rule_positions(known.spec, static_cast<T&>(to).spec);
    if constexpr (requires { known.rules.front().source; })
      copy_positions(known.rules, static_cast<T&>(to).rules);
  });
  if (const auto* const pods = template_of(from))
    copy_positions(*(*pods)->spec, template_of(to)->edit().spec.edit());
  if (from.kind == Kind::kPod)
    copy_positions(*static_cast<const Pod&>(from).spec, static_cast<Pod&>(to).spec.edit());
}

}  // namespace seatrial::cluster
