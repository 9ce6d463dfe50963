// Resources of the Kubernetes provider: the objects that they describe.
#include <algorithm>
#include <array>

#include "sim/cloud/terraform/module_call.h"

namespace seatrial::cloud::terraform {
namespace {

using hcl::Value;

struct KubernetesType {
  std::string_view type;  // without kubernetes_ and _v1, _v2 …
  std::string_view api_version, kind;
};
constexpr auto kKubernetesTypes = std::to_array<KubernetesType>({
    {"cluster_role", "rbac.authorization.k8s.io/v1", "ClusterRole"},
    {"cluster_role_binding", "rbac.authorization.k8s.io/v1", "ClusterRoleBinding"},
    {"config_map", "v1", "ConfigMap"},
    {"cron_job", "batch/v1", "CronJob"},
    {"daemonset", "apps/v1", "DaemonSet"},
    {"daemon_set", "apps/v1", "DaemonSet"},
    {"deployment", "apps/v1", "Deployment"},
    {"horizontal_pod_autoscaler", "autoscaling/v2", "HorizontalPodAutoscaler"},
    {"ingress", "networking.k8s.io/v1", "Ingress"},
    {"job", "batch/v1", "Job"},
    {"limit_range", "v1", "LimitRange"},
    {"namespace", "v1", "Namespace"},
    {"network_policy", "networking.k8s.io/v1", "NetworkPolicy"},
    {"persistent_volume_claim", "v1", "PersistentVolumeClaim"},
    {"pod", "v1", "Pod"},
    {"pod_disruption_budget", "policy/v1", "PodDisruptionBudget"},
    {"priority_class", "scheduling.k8s.io/v1", "PriorityClass"},
    {"resource_quota", "v1", "ResourceQuota"},
    {"role", "rbac.authorization.k8s.io/v1", "Role"},
    {"role_binding", "rbac.authorization.k8s.io/v1", "RoleBinding"},
    {"secret", "v1", "Secret"},
    {"service", "v1", "Service"},
    {"service_account", "v1", "ServiceAccount"},
    {"stateful_set", "apps/v1", "StatefulSet"},
});

const KubernetesType* type_of(std::string_view type) {
  static constexpr std::string_view kPrefix = "kubernetes_";
  if (!type.starts_with(kPrefix)) return nullptr;
  type.remove_prefix(kPrefix.size());
  const std::size_t version = type.rfind("_v");
  if (version != std::string_view::npos &&
      type.find_first_not_of("0123456789", version + 2) == std::string_view::npos)
    type = type.substr(0, version);
  const auto found = std::ranges::find(kKubernetesTypes, type, &KubernetesType::type);
  return found == kKubernetesTypes.end() ? nullptr : &*found;
}

std::string text_at(const Value* map, std::string_view key) {
  const Value* const value = map ? map->find(key) : nullptr;
  return value ? value->str() : std::string();
}

// Values of credentials are nobody's business: only keys, and the references behind them, are kept.
void take_secret_data(const Value& document, MadeObject& secret) {
  for (const std::string_view field : {"data", "stringData", "binaryData"}) {
    const Value* const data = document.find(field);
    if (!data) continue;
    secret.has_open_keys |= data->is_unknown();
    for (const hcl::Field& entry : data->fields) secret.keys.push_back({entry.key, sources_of(entry.value)});
  }
  secret.filled_elsewhere = secret.keys.empty() && !secret.has_open_keys &&
                            text_at(&document, "type") != "kubernetes.io/service-account-token";
}

bool leaves_data_alone(const hcl::Body& body) {
  const hcl::Block* const lifecycle = body.find_block("lifecycle");
  const hcl::Attribute* const ignored = lifecycle ? lifecycle->body.find("ignore_changes") : nullptr;
  return ignored && std::ranges::any_of(ignored->value->children, [](const hcl::Expression* item) {
           return item->text == "data" || item->source.starts_with("data[");
         });
}

void make_manifest(const Call& call) {
  const Value manifest = call.input("manifest");
  if (!manifest.is_object()) {
    call.object("", "", call.name_space().str(), call.made_up("manifest")).document = manifest;
    return;
  }
  const Value* const metadata = manifest.find("metadata");
  const std::string namespace_ = text_at(metadata, "namespace");
  MadeObject& object = call.object(text_at(&manifest, "apiVersion"), text_at(&manifest, "kind"), namespace_,
                                   text_at(metadata, "name"));
  object.document = manifest;
}

}  // namespace

bool make_kubernetes_resource(const Call& call, std::string_view type) {
  if (type == "kubernetes_manifest" || type == "kubectl_manifest") {
    make_manifest(call);
    return true;
  }
  const KubernetesType* const row = type_of(type);
  if (!row) return false;
  Value document = document_of_body(call, call.located.block->body, nullptr);
  const Value* const metadata = document.find("metadata");
  std::string name = text_at(metadata, "name");
  if (name.empty()) name = text_at(metadata, "generateName") + call.made_up("name");
  const std::string named = text_at(metadata, "namespace");
  const std::string namespace_ = named.empty() ? "default" : named;
  MadeObject& object = call.object(row->api_version, row->kind, namespace_, name);
  if (row->kind == "Secret") {
    take_secret_data(document, object);
    object.filled_elsewhere |= leaves_data_alone(call.located.block->body);
    Value data = Value::object();
    for (const SecretKey& key : object.keys) data.set(key.key.str(), text_value(kPlaceholder));
    std::erase_if(document.fields, [](const hcl::Field& field) {
      return field.key == "data" || field.key == "stringData" || field.key == "binaryData";
    });
    document.set("stringData", std::move(data));
  }
  // What Call::object has made of name and namespace stays.
  for (hcl::Field& field : document.fields) {
    if (field.key != "metadata") {
      object.document.set(field.key, std::move(field.value));
      continue;
    }
    Value merged = *object.document.find("metadata");
    for (hcl::Field& own : field.value.fields) {
      if (own.key != "name" && own.key != "namespace") merged.set(own.key, std::move(own.value));
    }
    object.document.set("metadata", std::move(merged));
  }
  return true;
}

}  // namespace seatrial::cloud::terraform
