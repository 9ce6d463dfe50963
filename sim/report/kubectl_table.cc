#include "sim/report/kubectl_table.h"

#include <algorithm>
#include <array>

#include "sim/api/admission_registration.h"
#include "sim/api/apps.h"
#include "sim/api/autoscaling.h"
#include "sim/api/batch.h"
#include "sim/api/core.h"
#include "sim/api/kinds.h"
#include "sim/api/networking.h"
#include "sim/api/policy.h"
#include "sim/api/resources.h"
#include "sim/api/scheduling.h"
#include "sim/api/selector_text.h"
#include "sim/api/time_text.h"
#include "sim/report/format.h"
#include "sim/report/kubectl_access.h"
#include "sim/report/kubectl_pod.h"
#include "sim/report/kubectl_policy.h"
#include "sim/report/kubectl_storage.h"
#include "sim/report/node_facts.h"

namespace seatrial::report {
namespace {

using Cells = std::vector<std::string>;

std::string or_none(std::string text, const char* none = "<none>") { return text.empty() ? none : text; }

template <class List, class Text>
std::string joined(const List& list, Text&& text, const char* none = "<none>") {
  std::string all;
  for (const auto& item : list) all += (all.empty() ? "" : ",") + text(item);
  return all.empty() ? none : all;
}

Cells pod_row(const api::Object& object, SimTime now, bool wide) {
  const auto& pod = static_cast<const api::Pod&>(object);
  PodColumns columns = pod_columns(pod, now);
  Cells row{std::move(columns.ready), std::move(columns.status), std::move(columns.restarts),
            age(now - object.metadata.creation_timestamp)};
  if (!wide) return row;
  std::size_t passed = 0;
  for (const api::Symbol gate : pod.spec->readiness_gates) {
    const api::Condition* const condition = api::find_condition(pod.status.conditions, gate);
    passed += condition && condition->status == api::ConditionStatus::kTrue ? 1 : 0;
  }
  for (const api::Symbol name : {pod.status.pod_ip, pod.node_name, pod.status.nominated_node_name})
    row.push_back(or_none(name.str()));
  row.push_back(pod.spec->readiness_gates.empty()
                    ? "<none>"
                    : std::to_string(passed) + "/" + std::to_string(pod.spec->readiness_gates.size()));
  return row;
}

// The containers and images of a template, and the selector where that is shown, as `-o wide` shows them.
void add_containers(Cells& row, const api::PodTemplateSpec& t, const api::LabelSelector* selector = nullptr) {
  row.push_back(joined(t.spec->containers, [](const api::Container& c) { return c.name.str(); }));
  row.push_back(joined(t.spec->containers, [](const api::Container& c) { return c.image.str(); }));
  if (selector) row.push_back(or_none(api::selector_text(*selector)));
}

Cells deployment_row(const api::Object& object, SimTime now, bool wide) {
  const auto& d = static_cast<const api::Deployment&>(object);
  Cells row{std::to_string(d.status.ready_replicas) + "/" + std::to_string(d.replicas),
            std::to_string(d.status.updated_replicas), std::to_string(d.status.available_replicas),
            age(now - object.metadata.creation_timestamp)};
  if (wide) add_containers(row, *d.template_, &d.selector);
  return row;
}

Cells stateful_set_row(const api::Object& object, SimTime now, bool wide) {
  const auto& set = static_cast<const api::StatefulSet&>(object);
  Cells row{std::to_string(set.status.ready_replicas) + "/" + std::to_string(set.replicas),
            age(now - object.metadata.creation_timestamp)};
  if (wide) add_containers(row, *set.template_);
  return row;
}

Cells daemon_set_row(const api::Object& object, SimTime now, bool wide) {
  const auto& set = static_cast<const api::DaemonSet&>(object);
  Cells row;
  for (const std::int32_t number :
       {set.status.desired_number_scheduled, set.status.current_number_scheduled, set.status.number_ready,
        set.status.updated_number_scheduled, set.status.number_available}) {
    row.push_back(std::to_string(number));
  }
  row.push_back(or_none(api::labels_text(set.template_->spec->node_selector)));
  row.push_back(age(now - object.metadata.creation_timestamp));
  if (wide) add_containers(row, *set.template_, &set.selector);
  return row;
}

Cells controller_revision_row(const api::Object& object, SimTime now, bool) {
  const auto& revision = static_cast<const api::ControllerRevision&>(object);
  const api::OwnerReference* const owner = revision.metadata.controller_ref();
  // statefulset.apps/db
  std::string controller = "<none>";
  if (owner) {
    const api::KindInfo* const kind = api::find_kind(owner->api_version.view(), owner->kind.view());
    controller = (kind ? std::string(kind->singular) + "." + std::string(kind->group()) : owner->kind.str()) +
                 "/" + owner->name.str();
  }
  return {controller, std::to_string(revision.revision), age(now - object.metadata.creation_timestamp)};
}

Cells replica_set_row(const api::Object& object, SimTime now, bool wide) {
  const auto& set = static_cast<const api::ReplicaSet&>(object);
  Cells row{std::to_string(set.replicas), std::to_string(set.status.replicas),
            std::to_string(set.status.ready_replicas), age(now - object.metadata.creation_timestamp)};
  if (wide) add_containers(row, *set.template_, &set.selector);
  return row;
}

Cells node_row(const api::Object& object, SimTime now, bool wide) {
  const auto& node = static_cast<const api::Node&>(object);
  const api::Condition* const ready = api::find_condition(node.conditions, "Ready");
  std::string status = !ready                                         ? "Unknown"
                       : ready->status == api::ConditionStatus::kTrue ? "Ready"
                                                                      : "NotReady";
  if (node.unschedulable) status += ",SchedulingDisabled";
  const NodeFacts facts = node_facts(node);
  Cells row{status, or_none(facts.roles), age(now - object.metadata.creation_timestamp),
            facts.kubelet_version};
  if (!wide) return row;
  row.push_back(or_none(facts.internal_ip));
  row.push_back(or_none(facts.external_ip));
  for (const std::string* text : {&facts.os_image, &facts.kernel_version, &facts.container_runtime})
    row.push_back(or_none(*text, "<unknown>"));
  return row;
}

Cells service_row(const api::Object& object, SimTime now, bool wide) {
  const auto& service = static_cast<const api::Service&>(object);
  const std::string ports = joined(service.ports, [](const api::ServicePort& p) {
    return std::to_string(p.port) + (p.node_port > 0 ? ":" + std::to_string(p.node_port) : "") + "/" +
           p.protocol.str();
  });
  const std::string external = service.type == api::Symbol("LoadBalancer")   ? "<pending>"
                               : service.type == api::Symbol("ExternalName") ? service.external_name.str()
                                                                             : "<none>";
  Cells row{service.type.str(), or_none(service.cluster_ip.str()), external, ports,
            age(now - object.metadata.creation_timestamp)};
  if (wide) row.push_back(or_none(api::labels_text(service.selector)));
  return row;
}

// The first three, and how many more there are.
std::string shortened(const std::vector<std::string>& list, const char* none) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(list.size(), kShown); ++i) text += (i > 0 ? "," : "") + list[i];
  if (list.size() > kShown) text += " + " + std::to_string(list.size() - kShown) + " more...";
  return or_none(std::move(text), none);
}

Cells slice_row(const api::Object& object, SimTime now, bool) {
  const auto& slice = static_cast<const api::EndpointSlice&>(object);
  std::vector<std::string> ports, endpoints;
  for (const api::EndpointPort& port : slice.ports) ports.push_back(std::to_string(port.port));
  for (const api::Endpoint& endpoint : slice.endpoints) endpoints.push_back(endpoint.address.str());
  return {slice.address_type.str(), shortened(ports, "<unset>"), shortened(endpoints, "<unset>"),
          age(now - object.metadata.creation_timestamp)};
}

Cells ingress_row(const api::Object& object, SimTime now, bool) {
  const auto& ingress = static_cast<const api::Ingress&>(object);
  std::vector<std::string> hosts;
  for (const api::IngressRule& rule : ingress.rules) {
    if (!rule.host.empty()) hosts.push_back(rule.host.str());
  }
  return {or_none(ingress.ingress_class_name.str()), shortened(hosts, "*"), "",
          ingress.tls.empty() ? "80" : "80, 443", age(now - object.metadata.creation_timestamp)};
}

Cells namespace_row(const api::Object& object, SimTime now, bool) {
  return {static_cast<const api::Namespace&>(object).terminating ? "Terminating" : "Active",
          age(now - object.metadata.creation_timestamp)};
}

Cells quota_row(const api::Object& object, SimTime now, bool) {
  const auto& quota = static_cast<const api::ResourceQuota&>(object);
  std::string requests, limits;
  for (const auto& [resource, hard] : quota.status_hard) {
    std::string& used = resource.view().starts_with("limits.") ? limits : requests;
    used += (used.empty() ? "" : ", ") + resource.str() + ": " + api::amount(quota.used, resource).str() +
            "/" + hard.str();
  }
  return {requests, limits, age(now - object.metadata.creation_timestamp)};
}

Cells config_map_row(const api::Object& object, SimTime now, bool) {
  const auto& map = static_cast<const api::ConfigMap&>(object);
  return {std::to_string(map.data.size() + map.binary_data.size()),
          age(now - object.metadata.creation_timestamp)};
}

Cells secret_row(const api::Object& object, SimTime now, bool) {
  const auto& secret = static_cast<const api::Secret&>(object);
  return {secret.type.str(), std::to_string(secret.data.size()),
          age(now - object.metadata.creation_timestamp)};
}

Cells service_account_row(const api::Object& object, SimTime now, bool) {
  const auto& account = static_cast<const api::ServiceAccount&>(object);
  return {std::to_string(account.secrets.size()), age(now - object.metadata.creation_timestamp)};
}

Cells limit_range_row(const api::Object& object, SimTime, bool) {
  return {api::time_text(object.metadata.creation_timestamp)};
}

Cells lease_row(const api::Object& object, SimTime now, bool) {
  return {static_cast<const api::Lease&>(object).holder_identity.str(),
          age(now - object.metadata.creation_timestamp)};
}

// The one table that does not begin with names.
Cells event_row(const api::Object& object, SimTime now, bool wide) {
  const auto& event = static_cast<const api::ApiEvent&>(object);
  std::string kind = event.involved_kind.str();
  for (char& c : kind) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  Cells row{age(now - event.last_timestamp), event.type.str(), event.reason.str(),
            kind + "/" + event.involved_name.str()};
  if (wide) {
    row.push_back(event.involved_field_path.str());
    row.push_back(event.source_component.str() +
                  (event.source_host.empty() ? "" : ", " + event.source_host.str()));
  }
  row.push_back(event.message);
  if (wide) {
    for (std::string text :
         {age(now - event.first_timestamp), std::to_string(event.count), event.metadata.name.str()})
      row.push_back(std::move(text));
  }
  return row;
}

Cells budget_row(const api::Object& object, SimTime now, bool) {
  const auto& budget = static_cast<const api::PodDisruptionBudget&>(object);
  const auto text = [](const std::optional<api::IntOrString>& amount) {
    return amount ? amount->str() : "N/A";
  };
  return {text(budget.min_available), text(budget.max_unavailable),
          std::to_string(budget.status.disruptions_allowed), age(now - object.metadata.creation_timestamp)};
}

// "cpu: 50%/80%", "120/100 (avg)"; the current value is unknown until there is one.
std::string metric_target(const api::Metric& metric, const api::Metric* status) {
  const api::MetricSource& spec = *metric.source();
  const api::MetricSource* const seen = status ? status->source() : nullptr;
  const auto text = [](const auto& amount) { return amount ? amount->str() : std::string("<unknown>"); };
  const auto percent = [](const std::optional<std::int32_t>& share, const char* none) {
    return share ? std::to_string(*share) + "%" : std::string(none);
  };
  const api::MetricValue now = seen ? seen->current : api::MetricValue();
  const bool average = spec.target.average_value.has_value();
  const bool one_value =
      metric.type == api::MetricSourceType::kObject || metric.type == api::MetricSourceType::kExternal;
  if (one_value && !average) return text(now.value) + "/" + text(spec.target.value);
  const std::string amounts = text(now.average_value) + "/" + text(spec.target.average_value);
  if (one_value) return amounts + " (avg)";
  if (metric.type == api::MetricSourceType::kPods) return amounts;
  return spec.name.str() + ": " +
         (average ? amounts
                  : percent(now.average_utilization, "<unknown>") + "/" +
                        percent(spec.target.average_utilization, "<auto>"));
}

Cells autoscaler_row(const api::Object& object, SimTime now, bool) {
  constexpr std::size_t kShown = 2;
  const auto& hpa = static_cast<const api::HorizontalPodAutoscaler&>(object);
  std::string targets;
  for (std::size_t i = 0; i < std::min(kShown, hpa.metrics.size()); ++i) {
    const auto& seen = hpa.status.current_metrics;
    targets += (i ? ", " : "") + metric_target(hpa.metrics[i], i < seen.size() ? &seen[i] : nullptr);
  }
  if (hpa.metrics.size() > kShown)
    targets += " + " + std::to_string(hpa.metrics.size() - kShown) + " more...";
  return {hpa.scale_target_ref.kind.str() + "/" + hpa.scale_target_ref.name.str(),
          targets,
          hpa.min_replicas ? std::to_string(*hpa.min_replicas) : "<unset>",
          std::to_string(hpa.max_replicas),
          std::to_string(hpa.status.current_replicas),
          age(now - object.metadata.creation_timestamp)};
}

std::string job_status_word(const api::Job& job) {
  const auto is_true = [&](const char* type) {
    const api::Condition* const found = api::find_condition(job.status.conditions, type);
    return found && found->status == api::ConditionStatus::kTrue;
  };
  for (const char* const type : {"Complete", "Failed"}) {
    if (is_true(type)) return type;
  }
  if (job.metadata.deletion_timestamp) return "Terminating";
  for (const char* const type : {"Suspended", "FailureTarget", "SuccessCriteriaMet"}) {
    if (is_true(type)) return type;
  }
  return "Running";
}

Cells job_row(const api::Object& object, SimTime now, bool wide) {
  const auto& job = static_cast<const api::Job&>(object);
  const std::int32_t parallelism = job.spec.parallelism.value_or(0);
  std::string completions =
      std::to_string(job.status.succeeded) + "/" + std::to_string(job.spec.completions.value_or(1));
  if (!job.spec.completions && parallelism > 1) completions += " of " + std::to_string(parallelism);
  const auto& started = job.status.start_time;
  Cells row{job_status_word(job), completions,
            started ? age(job.status.completion_time.value_or(now) - *started) : "",
            age(now - object.metadata.creation_timestamp)};
  if (!wide) return row;
  add_containers(row, *job.spec.template_, &job.spec.selector);
  return row;
}

Cells cron_job_row(const api::Object& object, SimTime now, bool wide) {
  const auto& cron_job = static_cast<const api::CronJob&>(object);
  const auto& last = cron_job.status.last_schedule_time;
  Cells row{cron_job.schedule,
            cron_job.time_zone.value_or("<none>"),
            cron_job.suspend ? "True" : "False",
            std::to_string(cron_job.status.active.size()),
            last ? age(now - *last) : "<none>",
            age(now - object.metadata.creation_timestamp)};
  if (!wide) return row;
  add_containers(row, *cron_job.job_spec.template_, &cron_job.job_spec.selector);
  return row;
}

Cells priority_class_row(const api::Object& object, SimTime now, bool) {
  const auto& found = static_cast<const api::PriorityClass&>(object);
  return {std::to_string(found.value), found.global_default ? "true" : "false",
          age(now - object.metadata.creation_timestamp), found.preemption_policy.str()};
}

template <class Configuration>
Cells webhooks_row(const api::Object& object, SimTime now, bool) {
  return {std::to_string(static_cast<const Configuration&>(object).webhooks.size()),
          age(now - object.metadata.creation_timestamp)};
}

Cells plain_row(const api::Object& object, SimTime now, bool) {
  return {age(now - object.metadata.creation_timestamp)};
}

struct KindRow {
  api::Kind kind;
  std::array<const char*, 9> columns;  // after NAME; null: none
  std::array<const char*, 5> wide;
  Cells (*row)(const api::Object& object, SimTime now, bool wide);
};
constexpr auto kKinds = std::to_array<KindRow>({
    {api::Kind::kPod,
     {"READY", "STATUS", "RESTARTS", "AGE"},
     {"IP", "NODE", "NOMINATED NODE", "READINESS GATES"},
     pod_row},
    {api::Kind::kDeployment,
     {"READY", "UP-TO-DATE", "AVAILABLE", "AGE"},
     {"CONTAINERS", "IMAGES", "SELECTOR"},
     deployment_row},
    {api::Kind::kReplicaSet,
     {"DESIRED", "CURRENT", "READY", "AGE"},
     {"CONTAINERS", "IMAGES", "SELECTOR"},
     replica_set_row},
    {api::Kind::kStatefulSet, {"READY", "AGE"}, {"CONTAINERS", "IMAGES"}, stateful_set_row},
    {api::Kind::kDaemonSet,
     {"DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "NODE SELECTOR", "AGE"},
     {"CONTAINERS", "IMAGES", "SELECTOR"},
     daemon_set_row},
    {api::Kind::kJob,
     {"STATUS", "COMPLETIONS", "DURATION", "AGE"},
     {"CONTAINERS", "IMAGES", "SELECTOR"},
     job_row},
    {api::Kind::kCronJob,
     {"SCHEDULE", "TIMEZONE", "SUSPEND", "ACTIVE", "LAST SCHEDULE", "AGE"},
     {"CONTAINERS", "IMAGES", "SELECTOR"},
     cron_job_row},
    {api::Kind::kControllerRevision, {"CONTROLLER", "REVISION", "AGE"}, {}, controller_revision_row},
    {api::Kind::kNode,
     {"STATUS", "ROLES", "AGE", "VERSION"},
     {"INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"},
     node_row},
    {api::Kind::kService, {"TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"}, {"SELECTOR"}, service_row},
    {api::Kind::kEndpointSlice, {"ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"}, {}, slice_row},
    {api::Kind::kIngress, {"CLASS", "HOSTS", "ADDRESS", "PORTS", "AGE"}, {}, ingress_row},
    {api::Kind::kNamespace, {"STATUS", "AGE"}, {}, namespace_row},
    {api::Kind::kResourceQuota, {"REQUEST", "LIMIT", "AGE"}, {}, quota_row},
    {api::Kind::kConfigMap, {"DATA", "AGE"}, {}, config_map_row},
    {api::Kind::kSecret, {"TYPE", "DATA", "AGE"}, {}, secret_row},
    {api::Kind::kServiceAccount, {"SECRETS", "AGE"}, {}, service_account_row},
    {api::Kind::kLimitRange, {"CREATED AT"}, {}, limit_range_row},
    {api::Kind::kLease, {"HOLDER", "AGE"}, {}, lease_row},
    {api::Kind::kPodDisruptionBudget,
     {"MIN AVAILABLE", "MAX UNAVAILABLE", "ALLOWED DISRUPTIONS", "AGE"},
     {},
     budget_row},
    {api::Kind::kHorizontalPodAutoscaler,
     {"REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"},
     {},
     autoscaler_row},
    {api::Kind::kPriorityClass,
     {"VALUE", "GLOBAL-DEFAULT", "AGE", "PREEMPTIONPOLICY"},
     {},
     priority_class_row},
    {api::Kind::kNetworkPolicy, {"POD-SELECTOR", "AGE"}, {}, policy_row},
    {api::Kind::kValidatingWebhookConfiguration,
     {"WEBHOOKS", "AGE"},
     {},
     webhooks_row<api::ValidatingWebhookConfiguration>},
    {api::Kind::kMutatingWebhookConfiguration,
     {"WEBHOOKS", "AGE"},
     {},
     webhooks_row<api::MutatingWebhookConfiguration>},
    {api::Kind::kPersistentVolume,
     {"CAPACITY", "ACCESS MODES", "RECLAIM POLICY", "STATUS", "CLAIM", "STORAGECLASS",
      "VOLUMEATTRIBUTESCLASS", "REASON", "AGE"},
     {"VOLUMEMODE"},
     volume_row},
    {api::Kind::kPersistentVolumeClaim,
     {"STATUS", "VOLUME", "CAPACITY", "ACCESS MODES", "STORAGECLASS", "VOLUMEATTRIBUTESCLASS", "AGE"},
     {"VOLUMEMODE"},
     claim_row},
    {api::Kind::kStorageClass,
     {"PROVISIONER", "RECLAIMPOLICY", "VOLUMEBINDINGMODE", "ALLOWVOLUMEEXPANSION", "AGE"},
     {},
     storage_class_row},
    {api::Kind::kCsiNode, {"DRIVERS", "AGE"}, {}, csi_node_row},
    {api::Kind::kRole, {"CREATED AT"}, {}, role_row},
    {api::Kind::kClusterRole, {"CREATED AT"}, {}, role_row},
    {api::Kind::kRoleBinding, {"ROLE", "AGE"}, {"USERS", "GROUPS", "SERVICEACCOUNTS"}, role_binding_row},
    {api::Kind::kClusterRoleBinding,
     {"ROLE", "AGE"},
     {"USERS", "GROUPS", "SERVICEACCOUNTS"},
     role_binding_row},
    {api::Kind::kAdminNetworkPolicy, {"PRIORITY", "AGE"}, {}, admin_policy_row},
    {api::Kind::kCalicoNetworkPolicy, {"TIER", "ORDER"}, {}, calico_policy_row},
    {api::Kind::kGlobalNetworkPolicy, {"TIER", "ORDER", "AGE"}, {}, global_policy_row},
    {api::Kind::kTier, {"ORDER", "DEFAULTACTION"}, {}, tier_row},
});
constexpr KindRow kPlain{api::Kind::kUnstructured, {"AGE"}, {}, plain_row};

}  // namespace

std::string kubectl_name(const api::Object& object) {
  const std::string_view version = api::api_version_of(object);
  const std::size_t slash = version.find('/');
  std::string kind(api::kind_name(object));
  for (char& c : kind) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  if (slash != std::string_view::npos) kind += "." + std::string(version.substr(0, slash));
  return kind + "/" + object.metadata.name.str();
}

namespace {

Cells events_heading(bool wide) {
  if (!wide) return {"LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"};
  return {"LAST SEEN", "TYPE",    "REASON",     "OBJECT", "SUBOBJECT",
          "SOURCE",    "MESSAGE", "FIRST SEEN", "COUNT",  "NAME"};
}

Cells heading_of(const KindRow& kind, bool wide) {
  Cells heading{"NAME"};
  for (const char* const column : kind.columns) {
    if (column) heading.push_back(column);
  }
  for (const char* const column : kind.wide) {
    if (wide && column) heading.push_back(column);
  }
  return heading;
}

}  // namespace

std::string kubectl_table(const std::vector<api::ObjectPtr>& objects, SimTime now,
                          const KubectlTableOptions& options) {
  if (objects.empty()) return "No resources found\n";
  const bool events = objects.front()->kind == api::Kind::kEvent;
  const auto found = std::ranges::find(kKinds, objects.front()->kind, &KindRow::kind);
  const KindRow& kind = found == kKinds.end() ? kPlain : *found;
  Cells heading = events ? events_heading(options.wide) : heading_of(kind, options.wide);
  if (options.with_namespace) heading.insert(heading.begin(), "NAMESPACE");
  Table table(std::move(heading));
  for (const api::ObjectPtr& object : objects) {
    Cells row;
    if (options.with_namespace) row.push_back(object->metadata.namespace_.str());
    if (!events)
      row.push_back((options.with_kind ? kubectl_name(*object) : object->metadata.name.str()) +
                    name_suffix(*object));
    for (std::string& cell : (events ? event_row : kind.row)(*object, now, options.wide))
      row.push_back(std::move(cell));
    table.add(std::move(row));
  }
  return table.str(0, {}, 3);
}

}  // namespace seatrial::report
