// The table of modules, and the plan of a folder.
#include <algorithm>
#include <array>

#include "sim/cloud/terraform/module_call.h"

namespace seatrial::cloud::terraform {
namespace {

// By the last part of the module's source, without "cloud-platform-terraform-".
constexpr auto kModules = std::to_array<ModuleRow>({
    {"amq-broker", make_amq_broker},
    {"cloudfront", make_cloudfront},
    {"dms", make_dms},
    {"dynamodb-cluster", make_dynamodb},
    {"ecr-credentials", make_ecr},
    {"elasticache-cluster", make_elasticache},
    {"github-prototype", make_nothing_here},
    {"hmpps-egress-controls", make_egress_controls},
    {"hmpps-template", make_hmpps_template, output_of_hmpps_template},
    {"iam-role-for-service-accounts-eks", make_role_for_service_accounts},
    {"irsa", make_irsa, output_of_irsa},
    {"opensearch", make_opensearch},
    {"opensearch-alert", make_nothing_here},
    {"pushgateway", make_pushgateway},
    {"rds-aurora", make_rds_aurora},
    {"rds-instance", make_rds_instance},
    {"s3-bucket", make_s3_bucket},
    {"secrets-manager", make_secrets_manager},
    {"service-pod", make_service_pod},
    {"serviceaccount", make_service_account, output_of_service_account},
    {"sns-topic", make_sns_topic},
    {"sqs", make_sqs, output_of_sqs},
});

constexpr std::array<std::string_view, kAwsKinds> kAwsNames{
    "RDS instance",     "Aurora cluster",   "ElastiCache cluster",
    "S3 bucket",        "SQS queue",        "SNS topic",
    "SNS subscription", "DynamoDB table",   "OpenSearch domain",
    "ECR repository",   "IAM role (IRSA)",  "CloudFront distribution",
    "DMS instance",     "Amazon MQ broker", "Secrets Manager secret",
    "SSM parameter",    "Route 53 zone",    "other"};

constexpr std::array<std::string_view, 4> kFailoverNames{"none", "standby", "replica", "regional"};

std::string source_of(Configuration& configuration, const Located& module) {
  const hcl::Attribute* const source = module.block->body.find("source");
  return source ? configuration.evaluator().evaluate(*source->value, *module.file).str() : std::string();
}

std::optional<hcl::Value> known_output(Configuration& configuration, const Located& module,
                                       const Instance& instance, std::string_view output,
                                       const PlanOptions& options) {
  const std::string source = source_of(configuration, module);
  const ModuleRow* const row = find_module(module_name(source));
  if (!row || !row->output) return std::nullopt;
  Plan unused;
  return row->output(Call(configuration, module, instance, row->name, options, unused), output);
}

void plan_module(Configuration& configuration, const Located& module, const PlanOptions& options,
                 Plan& plan) {
  const std::string source = source_of(configuration, module);
  const std::string_view name = module_name(source);
  const ModuleRow* const row = find_module(name);
  ++plan.modules[api::Symbol(name)];
  if (!row) {
    plan.unknown_modules.push_back({source, module.address, module.where()});
    return;
  }
  for (const Instance& instance : std::vector<Instance>(configuration.instances_of(module)))
    row->make(Call(configuration, module, instance, row->name, options, plan));
}

void plan_resource(Configuration& configuration, const Located& resource, const PlanOptions& options,
                   Plan& plan) {
  const std::string_view type = resource.block->labels[0];
  for (const Instance& instance : std::vector<Instance>(configuration.instances_of(resource))) {
    const Call call(configuration, resource, instance, type, options, plan);
    if (!make_aws_resource(call, type) && !make_kubernetes_resource(call, type)) ++plan.others[type];
  }
}

void plan_data(Configuration& configuration, const Located& data, const PlanOptions& options, Plan& plan) {
  const std::string_view type = data.block->labels[0];
  ++plan.data[type];
  if (type != "kubernetes_secret" && type != "kubernetes_secret_v1") return;
  for (const Instance& instance : std::vector<Instance>(configuration.instances_of(data))) {
    const Call call(configuration, data, instance, type, options, plan);
    const hcl::Value document = document_of_body(call, data.block->body, nullptr);
    const hcl::Value* const metadata = document.find("metadata");
    const hcl::Value* const name = metadata ? metadata->find("name") : nullptr;
    const hcl::Value* const namespace_ = metadata ? metadata->find("namespace") : nullptr;
    if (!name || name->is_unknown() || (namespace_ && namespace_->is_unknown())) continue;
    plan.secrets_read.push_back(
        {namespace_ ? namespace_->str() : "default", name->str(), instance.address, data.where()});
  }
}

}  // namespace

std::string_view to_string(AwsKind kind) { return kAwsNames[static_cast<std::size_t>(kind)]; }
std::string_view to_string(Failover failover) { return kFailoverNames[static_cast<std::size_t>(failover)]; }

std::string_view module_name(std::string_view source) {
  source = source.substr(0, source.find('?'));
  while (source.ends_with('/')) source.remove_suffix(1);
  if (source.ends_with(".git")) source.remove_suffix(4);
  const std::size_t slash = source.rfind('/');
  if (slash != std::string_view::npos) source.remove_prefix(slash + 1);
  static constexpr std::string_view kPrefix = "cloud-platform-terraform-";
  if (source.starts_with(kPrefix)) source.remove_prefix(kPrefix.size());
  return source;
}

const ModuleRow* find_module(std::string_view name) {
  const auto row = std::ranges::find(kModules, name, &ModuleRow::name);
  return row == kModules.end() ? nullptr : &*row;
}

Plan plan(std::vector<hcl::File> files, const PlanOptions& options, api::Problems& problems) {
  const KnownOutputs outputs = [&](Configuration& of, const Located& module, const Instance& instance,
                                   std::string_view name) {
    return known_output(of, module, instance, name, options);
  };
  Configuration configuration(std::move(files), options.variables, outputs, problems);
  Plan plan;
  if (const Located* const declared = configuration.variable("namespace")) {
    plan.namespace_variable_where = declared->where();
    if (const hcl::Attribute* const standard = declared->block->body.find("default")) {
      plan.namespace_variable = configuration.evaluator().evaluate(*standard->value, *declared->file).str();
      plan.namespace_variable_where = declared->file->at(standard->value->where);
    }
  }
  for (const Located& module : configuration.modules()) plan_module(configuration, module, options, plan);
  for (const Located& resource : configuration.resources())
    plan_resource(configuration, resource, options, plan);
  for (const Located& data : configuration.data()) plan_data(configuration, data, options, plan);
  return plan;
}

}  // namespace seatrial::cloud::terraform
