// Modules that make objects in the namespace. Sources: main.tf and variables.tf of
// cloud-platform-terraform-NAME.
#include "sim/cloud/terraform/module_call.h"

namespace seatrial::cloud::terraform {
namespace {

using hcl::Value;

Value number_value(double number) { return Value::of(number); }

Value deployment_spec(double replicas, const Value& labels, const Value& pod) {
  return object_of({{"replicas", number_value(replicas)},
                    {"selector", object_of({{"matchLabels", labels}})},
                    {"template", object_of({{"metadata", object_of({{"labels", labels}})}, {"spec", pod}})}});
}

// [{apiGroups, resources, verbs}] of terraform's [{api_groups, resources, verbs}].
Value rules_of(const Value& written) {
  Value rules = Value::tuple({});
  for (const Value& item : written.items) {
    Value rule = Value::object();
    for (const hcl::Field& field : item.fields)
      rule.set(field.key == "api_groups" ? "apiGroups" : field.key, field.value);
    rules.items.push_back(std::move(rule));
  }
  return rules;
}

Value texts(std::initializer_list<std::string_view> words) {
  Value list = Value::tuple({});
  for (const std::string_view word : words) list.items.push_back(text_value(word));
  return list;
}

Value rule(const Value& groups, const Value& resources, const Value& verbs) {
  return object_of({{"apiGroups", groups}, {"resources", resources}, {"verbs", verbs}});
}

// What the serviceaccount module lets a pipeline do by default; hmpps-template's says nearly the same.
Value pipeline_rules() {
  const Value all = texts({"get", "update", "delete", "create", "patch", "list", "watch"});
  return list_of(
      {rule(texts({""}),
            texts({"pods/portforward", "deployment", "secrets", "services", "configmaps", "pods"}),
            texts({"patch", "get", "create", "update", "delete", "list", "watch"})),
       rule(texts({"extensions", "apps", "batch", "networking.k8s.io", "policy"}),
            texts({"deployments", "ingresses", "cronjobs", "jobs", "replicasets", "poddisruptionbudgets",
                   "networkpolicies"}),
            all),
       rule(texts({"monitoring.coreos.com"}), texts({"prometheusrules", "servicemonitors"}), texts({"*"})),
       rule(texts({"autoscaling"}), texts({"hpa", "horizontalpodautoscalers"}),
            texts({"get", "update", "delete", "create", "patch"}))});
}

struct AccountNames {
  std::string account, role, binding, rotated;
};

// A service account with its token, and a Role that is bound to it.
void make_account(const Call& call, const AccountNames& names, const Value& rules) {
  const std::string namespace_ = call.name_space().str();
  call.service_account(names.account);
  MadeObject& token = call.object("v1", "Secret", namespace_, names.account + "-token-" + names.rotated);
  token.document.set("type", text_value("kubernetes.io/service-account-token"));
  Value metadata = *token.document.find("metadata");
  metadata.set("annotations", object_of({{"kubernetes.io/service-account.name", text_value(names.account)}}));
  token.document.set("metadata", std::move(metadata));
  for (const char* const key : {"ca.crt", "namespace", "token"})
    token.keys.push_back({key, {"serviceaccount"}});
  call.object("rbac.authorization.k8s.io/v1", "Role", namespace_, names.role).document.set("rules", rules);
  MadeObject& binding = call.object("rbac.authorization.k8s.io/v1", "RoleBinding", namespace_, names.binding);
  binding.document.set("roleRef", object_of({{"apiGroup", text_value("rbac.authorization.k8s.io")},
                                             {"kind", text_value("Role")},
                                             {"name", text_value(names.role)}}));
  binding.document.set("subjects", list_of({object_of({{"kind", text_value("ServiceAccount")},
                                                       {"name", text_value(names.account)},
                                                       {"namespace", text_value(namespace_)}})}));
}

AccountNames account_names(const Call& call) {
  return {call.text("serviceaccount_name", "cd-serviceaccount"),
          call.text("role_name", "serviceaccount-role"),
          call.text("rolebinding_name", "serviceaccount-rolebinding"),
          call.text("serviceaccount_token_rotated_date", "")};
}

Value metadata_of(const std::string& name, api::Symbol namespace_) {
  return object_of({{"name", text_value(name)}, {"namespace", text_value(namespace_.view())}});
}

}  // namespace

void make_service_account(const Call& call) {
  const Value rules = call.input("serviceaccount_rules");
  make_account(call, account_names(call), rules.is_tuple() ? rules_of(rules) : pipeline_rules());
}

std::optional<Value> output_of_service_account(const Call& call, std::string_view name) {
  const AccountNames names = account_names(call);
  if (name == "service_account") return metadata_of(names.account, call.name_space());
  if (name == "default_secret_name") return text_value(names.account + "-token-" + names.rotated);
  return std::nullopt;
}

void make_irsa(const Call& call) {
  const std::string account = call.text("service_account_name");
  AwsResource& resource = call.aws(AwsKind::kRole, "cloud-platform-irsa-" + call.made_up("id"));
  ServiceRole& role = resource.role.emplace();
  role.namespace_ = call.name_space();
  role.service_account = account;
  role.policies = sources_of(call.input("role_policy_arns"));
  MadeObject& object = call.service_account(account);
  Value metadata = *object.document.find("metadata");
  metadata.set(
      "annotations",
      object_of({{"eks.amazonaws.com/role-arn", Value::unknown(call.instance.address + ".role_arn")}}));
  object.document.set("metadata", std::move(metadata));
  object.document.set("automountServiceAccountToken", Value::boolean(true));
}

std::optional<Value> output_of_irsa(const Call& call, std::string_view name) {
  if (name != "service_account") return std::nullopt;
  return metadata_of(call.text("service_account_name"), call.name_space());
}

// terraform-aws-modules' role, of which the account is made elsewhere.
void make_role_for_service_accounts(const Call& call) {
  AwsResource& resource = call.aws(AwsKind::kRole, call.text("role_name", call.made_up("role")));
  ServiceRole& role = resource.role.emplace();
  role.namespace_ = call.options.folder_namespace;
  role.policies = sources_of(call.input("role_policy_arns"));
  for (const hcl::Field& provider : call.input("oidc_providers").fields) {
    const Value* const accounts = provider.value.find("namespace_service_accounts");
    if (!accounts || accounts->items.empty()) continue;
    const std::string text = accounts->items[0].str();
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) continue;
    role.namespace_ = text.substr(0, colon);
    role.service_account = text.substr(colon + 1);
  }
}

void make_service_pod(const Call& call) {
  const std::string account = call.text("service_account_name"),
                    wanted = call.text("override_deployment_name");
  const std::string name = !wanted.empty()   ? wanted
                           : account.empty() ? "cp-" + call.made_up("id") + "-service-pod"
                                             : account + "-service-pod";
  const Value labels = object_of({{"name", text_value(name)}});
  const Value security = object_of({{"allowPrivilegeEscalation", Value::boolean(false)},
                                    {"runAsNonRoot", Value::boolean(true)},
                                    {"runAsUser", number_value(1001)}});
  const Value container =
      object_of({{"name", text_value("service-pod")},
                 {"image", text_value("${data.aws_ecr_repository.service_pod.repository_url}:"
                                      "f9619b99ffe9ae511dde5e7e6e5b67ea289bbab5")},
                 {"stdin", Value::boolean(true)},
                 {"tty", Value::boolean(true)},
                 {"securityContext", security}});
  Value pod = object_of({{"containers", list_of({container})}});
  if (!account.empty()) pod.set("serviceAccountName", text_value(account));
  call.object("apps/v1", "Deployment", call.name_space().str(), name)
      .document.set("spec",
                    deployment_spec(static_cast<double>(call.number("service_pod_count", 1)), labels, pod));
}

void make_secrets_manager(const Call& call) {
  const std::string namespace_ = call.name_space().str(), account = "secrets-store-" + call.made_up("id");
  call.aws(AwsKind::kRole, "cloud-platform-irsa-" + call.made_up("id")).role =
      ServiceRole{call.name_space(), account, {call.instance.address + ".irsa_policy_arn"}};
  call.service_account(account);
  const std::string store = namespace_ + "-secrets-store";
  call.object("external-secrets.io/v1beta1", "SecretStore", namespace_, store);
  for (const hcl::Field& secret : call.input("secrets").fields) {
    const Value* const target = secret.value.find("k8s_secret_name");
    const std::string name = target ? target->str() : secret.key;
    call.aws(AwsKind::kSecret,
             call.text("eks_cluster_name") + "-" + namespace_ + "-" + call.made_up(secret.key));
    MadeObject& external = call.object("external-secrets.io/v1beta1", "ExternalSecret", namespace_,
                                       "eks-external-secret-" + name);
    external.document.set(
        "spec", object_of({{"refreshInterval", text_value("1h")},
                           {"secretStoreRef",
                            object_of({{"name", text_value(store)}, {"kind", text_value("SecretStore")}})},
                           {"target", object_of({{"name", text_value(name)}})}}));
    // The operator makes the Secret; its keys are whatever somebody stored.
    MadeObject& made = call.secret(name, namespace_, Value::object());
    made.has_open_keys = true;
    made.filled_elsewhere = true;
  }
}

void make_hmpps_template(const Call& call) {
  const std::string application = call.text("application"), repository = call.text("source_template_repo");
  const std::string namespace_ = call.name_space().str(), account = application + "-github-actions-sa";
  const std::string rotated =
      call.flag("force_rotate_token", false) ? call.text("custom_token_rotation_date") : call.made_up("week");
  make_account(call, {account, account, account, rotated}, pipeline_rules());
  const bool kotlin = repository == "hmpps-template-kotlin",
             typescript = repository == "hmpps-template-typescript";
  if (!kotlin && !typescript) return;
  const auto by_hand = [&](const std::string& suffix,
                           std::initializer_list<std::pair<std::string_view, Value>> data) {
    call.secret(application + suffix, namespace_, object_of(data)).filled_elsewhere = true;
  };
  const auto insights = [&](std::string_view what) {
    return Value::unknown(call.instance.address + "." + std::string(what));
  };
  call.secret(application + "-application-insights", namespace_,
              object_of({{"APPINSIGHTS_INSTRUMENTATIONKEY", insights("application_insights_key")},
                         {"APPLICATIONINSIGHTS_CONNECTION_STRING", insights("application_insights_key")}}));
  if (kotlin) {
    by_hand("-client-creds", {{"API_CLIENT_ID", {}}, {"API_CLIENT_SECRET", {}}});
    return;
  }
  by_hand("-client-creds", {{"CLIENT_CREDS_CLIENT_ID", {}}, {"CLIENT_CREDS_CLIENT_SECRET", {}}});
  by_hand("-auth-code", {{"AUTH_CODE_CLIENT_ID", {}}, {"AUTH_CODE_CLIENT_SECRET", {}}});
  call.secret(application + "-session-secret", namespace_,
              object_of({{"SESSION_SECRET", insights("session_secret")}}));
}

std::optional<Value> output_of_hmpps_template(const Call& call, std::string_view name) {
  if (name != "application") return std::nullopt;
  return text_value(call.text("application"));
}

void make_nothing_here(const Call&) {}

}  // namespace seatrial::cloud::terraform
