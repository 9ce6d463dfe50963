#include "sim/report/kubectl_table.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sim/api/admission_registration.h"
#include "sim/api/apps.h"
#include "sim/api/autoscaling.h"
#include "sim/api/batch.h"
#include "sim/api/core.h"
#include "sim/api/kinds.h"
#include "sim/api/networking.h"
#include "sim/api/policy.h"
#include "sim/api/scheduling.h"
#include "sim/report/format.h"

namespace seatrial::report {
namespace {

using Cells = std::vector<std::string>;

template <class List, class Text>
std::string joined(const List& list, Text&& text, const char* none = "<none>") {
  std::string all;
  for (const auto& item : list) all += (all.empty() ? "" : ",") + text(item);
  return all.empty() ? none : all;
}

const api::ContainerStatus* stuck(const std::vector<api::ContainerStatus>& statuses) {
  for (auto at = statuses.rbegin(); at != statuses.rend(); ++at) {
    if (!std::holds_alternative<api::ContainerStateRunning>(at->state)) return &*at;
  }
  return nullptr;
}

std::string reason_of(const api::ContainerState& state) {
  if (const auto* const waiting = std::get_if<api::ContainerStateWaiting>(&state))
    return waiting->reason.str();
  const auto* const ended = std::get_if<api::ContainerStateTerminated>(&state);
  if (!ended) return "";
  return ended->reason.empty() ? "ExitCode:" + std::to_string(ended->exit_code) : ended->reason.str();
}

Cells pod_row(const api::Object& object, SimTime now, bool wide) {
  const auto& pod = static_cast<const api::Pod&>(object);
  std::size_t ready = 0;
  std::int32_t restarts = 0;
  std::optional<SimTime> last_restart;
  for (const api::ContainerStatus& status : pod.status.container_statuses) {
    ready += status.ready ? 1 : 0;
    restarts += status.restart_count;
    if (status.last_termination)
      last_restart = std::max(last_restart.value_or(status.last_termination->finished_at),
                              status.last_termination->finished_at);
  }
  std::string restarts_text = std::to_string(restarts);
  if (restarts > 0 && last_restart) restarts_text += " (" + age(now - *last_restart) + " ago)";
  Cells row{std::to_string(ready) + "/" + std::to_string(pod.spec->containers.size()), pod_status_word(pod),
            restarts_text};
  row.push_back(age(now - object.metadata.creation_timestamp));
  if (!wide) return row;
  row.push_back(pod.status.pod_ip.empty() ? "<none>" : pod.status.pod_ip.str());
  row.push_back(pod.node_name.empty() ? "<none>" : pod.node_name.str());
  return row;
}

// The containers and images of a template, as `-o wide` shows them.
void add_containers(Cells& row, const api::PodTemplateSpec& t) {
  row.push_back(joined(t.spec->containers, [](const api::Container& c) { return c.name.str(); }));
  row.push_back(joined(t.spec->containers, [](const api::Container& c) { return c.image.str(); }));
}

Cells deployment_row(const api::Object& object, SimTime now, bool wide) {
  const auto& d = static_cast<const api::Deployment&>(object);
  Cells row{std::to_string(d.status.ready_replicas) + "/" + std::to_string(d.replicas),
            std::to_string(d.status.updated_replicas), std::to_string(d.status.available_replicas),
            age(now - object.metadata.creation_timestamp)};
  if (wide) add_containers(row, *d.template_);
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
  row.push_back(joined(set.template_->spec->node_selector,
                       [](const auto& label) { return label.first.str() + "=" + label.second.str(); }));
  row.push_back(age(now - object.metadata.creation_timestamp));
  if (wide) add_containers(row, *set.template_);
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
  if (wide) add_containers(row, *set.template_);
  return row;
}

Cells node_row(const api::Object& object, SimTime now, bool wide) {
  const auto& node = static_cast<const api::Node&>(object);
  const api::Condition* const ready = api::find_condition(node.conditions, "Ready");
  std::string status = !ready                                         ? "Unknown"
                       : ready->status == api::ConditionStatus::kTrue ? "Ready"
                                                                      : "NotReady";
  if (node.unschedulable) status += ",SchedulingDisabled";
  Cells row{status, "<none>", age(now - object.metadata.creation_timestamp)};
  if (!wide) return row;
  const std::string_view zone = object.metadata.labels->get("topology.kubernetes.io/zone");
  row.emplace_back(zone.empty() ? "<none>" : zone);
  const std::string_view type = object.metadata.labels->get("node.kubernetes.io/instance-type");
  row.emplace_back(type.empty() ? "<none>" : type);
  return row;
}

Cells service_row(const api::Object& object, SimTime now, bool wide) {
  const auto& service = static_cast<const api::Service&>(object);
  const std::string ports = joined(service.ports, [](const api::ServicePort& p) {
    return std::to_string(p.port) + (p.node_port > 0 ? ":" + std::to_string(p.node_port) : "") + "/" +
           p.protocol.str();
  });
  Cells row{service.type.str(), service.cluster_ip.empty() ? "<none>" : service.cluster_ip.str(), "<none>",
            ports, age(now - object.metadata.creation_timestamp)};
  if (wide)
    row.push_back(joined(service.selector,
                         [](const auto& label) { return label.first.str() + "=" + label.second.str(); }));
  return row;
}

Cells slice_row(const api::Object& object, SimTime now, bool) {
  const auto& slice = static_cast<const api::EndpointSlice&>(object);
  return {slice.address_type.str(),
          joined(
              slice.ports, [](const api::EndpointPort& p) { return std::to_string(p.port); }, "<unset>"),
          joined(
              slice.endpoints, [](const api::Endpoint& e) { return e.address.str(); }, "<unset>"),
          age(now - object.metadata.creation_timestamp)};
}

Cells ingress_row(const api::Object& object, SimTime now, bool) {
  const auto& ingress = static_cast<const api::Ingress&>(object);
  return {
      ingress.ingress_class_name.empty() ? "<none>" : ingress.ingress_class_name.str(),
      joined(
          ingress.rules,
          [](const api::IngressRule& r) { return r.host.empty() ? std::string("*") : r.host.str(); }, "*"),
      "", ingress.tls.empty() ? "80" : "80, 443", age(now - object.metadata.creation_timestamp)};
}

Cells namespace_row(const api::Object& object, SimTime now, bool) {
  return {static_cast<const api::Namespace&>(object).terminating ? "Terminating" : "Active",
          age(now - object.metadata.creation_timestamp)};
}

Cells quota_row(const api::Object& object, SimTime now, bool) {
  const auto& quota = static_cast<const api::ResourceQuota&>(object);
  std::string used;
  for (const auto& [resource, hard] : quota.status_hard) {
    const auto at = quota.used.find(resource);
    used += (used.empty() ? "" : ", ") + resource.str() + ": " +
            (at == quota.used.end() ? "0" : at->second.str()) + "/" + hard.str();
  }
  return {used, age(now - object.metadata.creation_timestamp)};
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

std::string selector_text(const api::LabelSelector& selector) {
  return joined(selector.match_labels,
                [](const auto& label) { return label.first.str() + "=" + label.second.str(); });
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
  add_containers(row, *job.spec.template_);
  row.push_back(selector_text(job.spec.selector));
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
  add_containers(row, *cron_job.job_spec.template_);
  row.push_back(selector_text(cron_job.job_spec.selector));
  return row;
}

Cells priority_class_row(const api::Object& object, SimTime now, bool) {
  const auto& found = static_cast<const api::PriorityClass&>(object);
  return {std::to_string(found.value), found.global_default ? "true" : "false",
          age(now - object.metadata.creation_timestamp), found.preemption_policy.str()};
}

Cells policy_row(const api::Object& object, SimTime now, bool) {
  return {selector_text(static_cast<const api::NetworkPolicy&>(object).pod_selector),
          age(now - object.metadata.creation_timestamp)};
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
  std::array<const char*, 7> columns;  // after NAME; null: none
  std::array<const char*, 3> wide;
  Cells (*row)(const api::Object& object, SimTime now, bool wide);
};
constexpr std::array<KindRow, 20> kKinds{{
    {api::Kind::kPod, {"READY", "STATUS", "RESTARTS", "AGE"}, {"IP", "NODE"}, pod_row},
    {api::Kind::kDeployment,
     {"READY", "UP-TO-DATE", "AVAILABLE", "AGE"},
     {"CONTAINERS", "IMAGES"},
     deployment_row},
    {api::Kind::kReplicaSet,
     {"DESIRED", "CURRENT", "READY", "AGE"},
     {"CONTAINERS", "IMAGES"},
     replica_set_row},
    {api::Kind::kStatefulSet, {"READY", "AGE"}, {"CONTAINERS", "IMAGES"}, stateful_set_row},
    {api::Kind::kDaemonSet,
     {"DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "NODE SELECTOR", "AGE"},
     {"CONTAINERS", "IMAGES"},
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
    {api::Kind::kNode, {"STATUS", "ROLES", "AGE"}, {"ZONE", "INSTANCE-TYPE"}, node_row},
    {api::Kind::kService, {"TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"}, {"SELECTOR"}, service_row},
    {api::Kind::kEndpointSlice, {"ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"}, {}, slice_row},
    {api::Kind::kIngress, {"CLASS", "HOSTS", "ADDRESS", "PORTS", "AGE"}, {}, ingress_row},
    {api::Kind::kNamespace, {"STATUS", "AGE"}, {}, namespace_row},
    {api::Kind::kResourceQuota, {"REQUEST", "AGE"}, {}, quota_row},
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
}};
constexpr KindRow kPlain{api::Kind::kUnstructured, {"AGE"}, {}, plain_row};

void yaml_value(const nlohmann::ordered_json& json, std::size_t indent, std::string& text);

bool plain_enough(const std::string& text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./ ()").find(c) != std::string_view::npos;
  };
  const bool letter = (text.front() >= 'a' && text.front() <= 'z') ||
                      (text.front() >= 'A' && text.front() <= 'Z') || text.front() == '/';
  constexpr std::array<std::string_view, 11> kWords{"true", "false", "yes", "no",   "on",   "off",
                                                    "null", "y",     "n",   "True", "False"};
  return letter && std::ranges::all_of(text, allowed) && std::ranges::find(kWords, text) == kWords.end();
}

std::string yaml_scalar(const nlohmann::ordered_json& json) {
  if (json.is_string() && plain_enough(json.get_ref<const std::string&>())) return json.get<std::string>();
  return json.dump();  // a JSON scalar is a YAML scalar
}

void yaml_children(const nlohmann::ordered_json& json, std::size_t indent, std::string& text) {
  bool first = true;
  for (const auto& [key, value] : json.items()) {
    if (!first) text += std::string(indent, ' ');
    first = false;
    text += (plain_enough(key) ? key : nlohmann::ordered_json(key).dump()) + ":";
    yaml_value(value, indent, text);
  }
}

void yaml_value(const nlohmann::ordered_json& json, std::size_t indent, std::string& text) {
  if (json.is_object() && !json.empty()) {
    text += "\n" + std::string(indent + 2, ' ');
    yaml_children(json, indent + 2, text);
  } else if (json.is_array() && !json.empty()) {
    text += "\n";
    for (const auto& item : json) {
      text += std::string(indent, ' ') + "-";
      if (item.is_object() && !item.empty()) {
        text += " ";
        yaml_children(item, indent + 2, text);
      } else {
        yaml_value(item, indent + 2, text);
      }
    }
  } else {
    text += " " + yaml_scalar(json) + "\n";
  }
}

nlohmann::ordered_json list_json(const std::vector<api::ObjectPtr>& objects) {
  if (objects.size() == 1) return api::info(*objects.front()).encode(*objects.front());
  nlohmann::ordered_json list = {
      {"apiVersion", "v1"}, {"items", nlohmann::ordered_json::array()}, {"kind", "List"}};
  for (const api::ObjectPtr& object : objects) list["items"].push_back(api::info(*object).encode(*object));
  return list;
}

}  // namespace

std::string pod_status_word(const api::Object& object) {
  const auto& pod = static_cast<const api::Pod&>(object);
  std::string word =
      pod.status.reason.empty() ? std::string(to_string(pod.status.phase)) : pod.status.reason.str();
  const api::Condition* const scheduled = api::find_condition(pod.status.conditions, "PodScheduled");
  if (scheduled && scheduled->reason == api::Symbol("SchedulingGated")) word = "SchedulingGated";
  std::size_t done = 0;
  for (const api::ContainerStatus& status : pod.status.init_container_statuses) {
    const auto* const ended = std::get_if<api::ContainerStateTerminated>(&status.state);
    const bool sidecar =
        std::holds_alternative<api::ContainerStateRunning>(status.state) && status.started.value_or(false);
    if (sidecar || (ended && ended->exit_code == 0)) {
      ++done;
      continue;
    }
    const std::string reason = reason_of(status.state);
    const bool waits = reason.empty() || reason == "PodInitializing";
    word = "Init:" +
           (waits ? std::to_string(done) + "/" + std::to_string(pod.spec->init_containers.size()) : reason);
    break;
  }
  if (!word.starts_with("Init:")) {
    const api::ContainerStatus* const status = stuck(pod.status.container_statuses);
    if (status && !reason_of(status->state).empty()) word = reason_of(status->state);
  }
  return pod.metadata.deletion_timestamp ? "Terminating" : word;
}

std::string kubectl_table(const std::vector<api::ObjectPtr>& objects, SimTime now,
                          const KubectlTableOptions& options) {
  if (objects.empty()) return "No resources found\n";
  const auto found = std::ranges::find(kKinds, objects.front()->kind, &KindRow::kind);
  const KindRow& kind = found == kKinds.end() ? kPlain : *found;
  Cells heading;
  if (options.with_namespace) heading.push_back("NAMESPACE");
  heading.push_back("NAME");
  for (const char* const column : kind.columns) {
    if (column) heading.push_back(column);
  }
  for (const char* const column : kind.wide) {
    if (options.wide && column) heading.push_back(column);
  }
  Table table(std::move(heading));
  for (const api::ObjectPtr& object : objects) {
    Cells row;
    if (options.with_namespace) row.push_back(object->metadata.namespace_.str());
    std::string prefix;  // deployment.apps/
    if (options.with_kind) {
      const api::KindInfo& info = api::info(object->kind);
      prefix.append(info.singular).append(info.group().empty() ? "" : ".").append(info.group()).append("/");
    }
    row.push_back(prefix + object->metadata.name.str());
    for (std::string& cell : kind.row(*object, now, options.wide)) row.push_back(std::move(cell));
    table.add(std::move(row));
  }
  return table.str(0, {}, 3);
}

std::string kubectl_json(const std::vector<api::ObjectPtr>& objects) {
  return list_json(objects).dump(4) + "\n";
}

std::string kubectl_yaml(const std::vector<api::ObjectPtr>& objects) {
  std::string text;
  yaml_children(list_json(objects), 0, text);
  return text;
}

}  // namespace seatrial::report
