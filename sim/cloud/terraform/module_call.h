// What a module's row, or a resource's, works with. Internal to sim/cloud/terraform.
#pragma once

#include <span>

#include "sim/cloud/terraform/plan.h"

namespace seatrial::cloud::terraform {

class Call {
 public:
  Call(Configuration& configuration, const Located& located, const Instance& instance, api::Symbol made_by,
       const PlanOptions& options, Plan& plan)
      : configuration(configuration),
        located(located),
        instance(instance),
        made_by(made_by),
        options(options),
        plan(plan) {}

  // --- Arguments
  hcl::Value input(std::string_view name) const { return configuration.argument(located, instance, name); }
  // As text, with "${…}" for what is unknown; the fallback where it is not written, or null.
  std::string text(std::string_view name, std::string_view fallback = "") const;
  // The fallback where it is not written, or not known.
  std::int64_t number(std::string_view name, std::int64_t fallback) const;
  bool flag(std::string_view name, bool fallback) const;
  // "${random_id.id.hex}" and the like, of what the module makes up.
  std::string made_up(std::string_view what) const {
    return "${" + instance.address + "." + std::string(what) + "}";
  }
  // The namespace that an argument names, else the folder's.
  api::Symbol name_space() const { return text("namespace", options.folder_namespace.view()); }

  // --- What it makes
  AwsResource& aws(AwsKind kind, std::string name) const;
  MadeObject& object(std::string_view api_version, std::string_view kind, const std::string& namespace_,
                     const std::string& name) const;
  MadeObject& secret(const std::string& name, const std::string& namespace_, const hcl::Value& data) const;
  MadeObject& service_account(const std::string& name) const;
  // In private subnets, reached from there and from the nodes' subnets: what the modules' main.tf say.
  Placement private_placement() const;

  Configuration& configuration;
  const Located& located;
  const Instance& instance;
  api::Symbol made_by;
  const PlanOptions& options;
  Plan& plan;
};

struct ModuleRow {
  std::string_view name;
  void (*make)(const Call& call);
  std::optional<hcl::Value> (*output)(const Call& call,
                                      std::string_view name) = nullptr;  // those known before
};
// Null for a module that the table does not have.
const ModuleRow* find_module(std::string_view name);

// --- The rows (modules_data.cc, modules_messaging.cc, modules_kubernetes.cc)
void make_rds_instance(const Call& call);
void make_rds_aurora(const Call& call);
void make_elasticache(const Call& call);
void make_opensearch(const Call& call);
void make_dynamodb(const Call& call);
void make_s3_bucket(const Call& call);
void make_dms(const Call& call);
void make_amq_broker(const Call& call);
void make_cloudfront(const Call& call);
void make_sqs(const Call& call);
void make_sns_topic(const Call& call);
void make_ecr(const Call& call);
void make_irsa(const Call& call);
void make_role_for_service_accounts(const Call& call);
void make_service_account(const Call& call);
void make_service_pod(const Call& call);
void make_secrets_manager(const Call& call);
void make_hmpps_template(const Call& call);
void make_egress_controls(const Call& call);
void make_pushgateway(const Call& call);
void make_nothing_here(const Call& call);  // nothing in the cluster's VPC or namespaces

std::optional<hcl::Value> output_of_sqs(const Call& call, std::string_view name);
std::optional<hcl::Value> output_of_irsa(const Call& call, std::string_view name);
std::optional<hcl::Value> output_of_service_account(const Call& call, std::string_view name);
std::optional<hcl::Value> output_of_hmpps_template(const Call& call, std::string_view name);

// --- Resources (aws_resources.cc, kubernetes_resources.cc). False for a type that they do not know.
bool make_aws_resource(const Call& call, std::string_view type);
bool make_kubernetes_resource(const Call& call, std::string_view type);

// What stands in a Secret for every value.
inline constexpr std::string_view kPlaceholder = "placeholder";

// --- Documents (documents.cc)
hcl::Value object_of(std::initializer_list<std::pair<std::string_view, hcl::Value>> fields);
hcl::Value text_value(std::string_view text);
hcl::Value list_of(std::vector<hcl::Value> items);
// The arguments and blocks of a body of the Kubernetes provider, as the API names them.
hcl::Value document_of_body(const Call& call, const hcl::Body& body, const hcl::Scope* scope);
// The references of a value, as symbols.
std::vector<api::Symbol> sources_of(const hcl::Value& value);
// What is unknown becomes a placeholder that the API would take: "${x.y}-pod" -> "x1a2b3c4d-pod". The same
// reference in the same namespace always becomes the same.
std::string with_placeholders(const std::string& text, api::Symbol namespace_);

}  // namespace seatrial::cloud::terraform
