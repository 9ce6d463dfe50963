#include "bench/environments/terraform_text.h"

#include <fmt/format.h>

namespace seatrial::bench {
namespace {

constexpr const char* kTags = R"(
  # Tags
  business_unit          = var.business_unit
  application            = var.application
  is_production          = var.is_production
  team_name              = var.team_name # also used for naming
  namespace              = var.namespace
  environment_name       = var.environment
  infrastructure_support = var.infrastructure_support
)";

constexpr const char* kSource = "github.com/example/cloud-platform-terraform-";

// module "NAME" { source, arguments, tags }
std::string module_text(const std::string& name, const std::string& kind, const std::string& arguments,
                        const char* tags = kTags) {
  return fmt::format("module \"{}\" {{\n  source = \"{}{}?ref=1.2.3\"\n\n{}{}}}\n\n", name, kSource, kind,
                     arguments, tags);
}

std::string secret_text(const std::string& name, const std::string& module,
                        const std::vector<std::pair<std::string, std::string>>& keys) {
  std::string data;
  for (const auto& [key, output] : keys) data += fmt::format("    {} = module.{}.{}\n", key, module, output);
  return fmt::format(
      "resource \"kubernetes_secret\" \"{0}\" {{\n  metadata {{\n    name      = \"{0}-output\"\n"
      "    namespace = var.namespace\n  }}\n\n  data = {{\n{1}  }}\n}}\n",
      name, data);
}

std::string database_text(int n, bool effective) {
  const std::string name = fmt::format("rds-{}", n);
  const std::string count = effective ? "" : "  count = 0\n";
  return module_text(name, "rds-instance", count + R"(  # VPC configuration
  vpc_name = var.vpc_name

  # Database configuration
  db_engine                    = "postgres"
  db_engine_version            = "16.4"
  rds_family                   = "postgres16"
  db_instance_class            = "db.t4g.micro"
  db_allocated_storage         = "20"
  allow_minor_version_upgrade  = true
  performance_insights_enabled = false
  enable_rds_auto_start_stop   = true # Uncomment to turn off your database overnight between 10PM and 6AM UTC.

  db_parameter = [
    {
      name         = "rds.force_ssl"
      value        = "0"
      apply_method = "immediate"
    }
  ]
)") + (effective ? secret_text(name, name,
                               {{"rds_instance_endpoint", "rds_instance_endpoint"},
                                {"database_name", "database_name"},
                                {"database_username", "database_username"},
                                {"database_password", "database_password"},
                                {"rds_instance_address", "rds_instance_address"}})
                 : std::string());
}

std::string cache_text(int n) {
  const std::string name = fmt::format("redis-{}", n);
  return module_text(name, "elasticache-cluster", R"(  # VPC configuration
  vpc_name = var.vpc_name

  # Redis cluster configuration
  node_type               = "cache.t4g.micro"
  engine_version          = "7.0"
  parameter_group_name    = "default.redis7"
  number_cache_clusters   = var.number_cache_clusters
  auth_token_rotated_date = "2026-01-01"
)") + secret_text(name, name,
                  {{"primary_endpoint_address", "primary_endpoint_address"},
                   {"auth_token", "auth_token"},
                   {"member_clusters", "member_clusters"},
                   {"replication_group_id", "replication_group_id"}});
}

// A queue with its dead-letter queue, their Secrets, a policy, and a subscription now and then.
std::string queue_text(int n, bool jsonencoded) {
  const std::string name = fmt::format("events-{}-queue", n), dead = fmt::format("events-{}-dlq", n);
  const std::string redrive =
      jsonencoded
          ? fmt::format(
                "  redrive_policy = jsonencode({{\n    deadLetterTargetArn = module.{}.sqs_arn\n"
                "    maxReceiveCount     = 3\n  }})\n",
                dead)
          : fmt::format(
                "  redrive_policy = <<EOF\n  {{\n    \"deadLetterTargetArn\": \"${{module.{}.sqs_arn}}\","
                "\"maxReceiveCount\": 3\n  }}\nEOF\n",
                dead);
  const std::vector<std::pair<std::string, std::string>> keys{
      {"sqs_queue_url", "sqs_id"}, {"sqs_queue_arn", "sqs_arn"}, {"sqs_queue_name", "sqs_name"}};
  return module_text(name, "sqs",
                     fmt::format("  # Queue configuration\n  sqs_name        = \"events_{}\"\n  "
                                 "encrypt_sqs_kms = \"true\"\n{}",
                                 n, redrive)) +
         module_text(dead, "sqs",
                     fmt::format("  # Queue configuration\n  sqs_name        = \"events_{}_dlq\"\n  "
                                 "encrypt_sqs_kms = \"true\"\n",
                                 n)) +
         secret_text(name, name, keys) + secret_text(dead, dead, keys) +
         fmt::format(R"(
data "aws_iam_policy_document" "{0}-policy" {{
  statement {{
    sid     = "TopicToQueue"
    effect  = "Allow"
    actions = ["sqs:SendMessage"]
    resources = [module.{0}.sqs_arn]
    principals {{
      type        = "AWS"
      identifiers = ["*"]
    }}
    condition {{
      variable = "aws:SourceArn"
      test     = "ArnEquals"
      values   = [data.aws_ssm_parameter.topic-arn.value]
    }}
  }}
}}

resource "aws_sqs_queue_policy" "{0}-policy" {{
  queue_url = module.{0}.sqs_id
  policy    = data.aws_iam_policy_document.{0}-policy.json
}}

resource "aws_sns_topic_subscription" "{0}-subscription" {{
  topic_arn = data.aws_ssm_parameter.topic-arn.value
  protocol  = "sqs"
  endpoint  = module.{0}.sqs_arn
  filter_policy = jsonencode({{
    eventType = [
      "ship.arrived",
      "ship.departed"
    ]
  }})
}}
)",
                     name);
}

std::string account_text(int n) {
  return fmt::format(R"(module "serviceaccount_{0}" {{
  source = "{1}serviceaccount?ref=1.2.0"

  namespace            = var.namespace
  kubernetes_cluster   = var.kubernetes_cluster
  serviceaccount_name  = "pipeline-{0}"
  role_name            = "pipeline-{0}"
  rolebinding_name     = "pipeline-{0}"
  serviceaccount_token_rotated_date = "01-01-2026"

  # Uncomment and provide repository names to create github actions secrets
  # containing the ca.crt and token for use in github actions CI/CD pipelines
  github_repositories = ["example-repository"]
  github_environments = [var.environment]
}}
)",
                     n, kSource);
}

std::string role_text(const std::string& namespace_, int n, int queues) {
  std::string policies;
  for (int queue = 0; queue < queues; ++queue)
    policies += fmt::format("    queue_{0} = module.events-{0}-queue.irsa_policy_arn\n", queue);
  return module_text(
      fmt::format("irsa-{}", n), "irsa",
      fmt::format("  eks_cluster_name     = var.eks_cluster_name\n  service_account_name = \"{}-service{}\"\n"
                  "  role_policy_arns = {{\n{}  }}\n",
                  namespace_, n == 0 ? "" : fmt::format("-{}", n), policies));
}

std::string template_text(const std::string& namespace_, int n) {
  return fmt::format(R"(module "application_{1}" {{
  source                        = "{2}hmpps-template?ref=1.2.1"
  github_repo                   = "{0}-{1}"
  application                   = "{0}-{1}"
  github_team                   = var.team_name
  environment                   = var.environment
  is_production                 = var.is_production
  selected_branch_patterns      = ["main", "release/**"]
  application_insights_instance = "dev"
  source_template_repo          = "{3}"
  github_token                  = var.github_token
  namespace                     = var.namespace
  kubernetes_cluster            = var.kubernetes_cluster
}}
)",
                     namespace_, n, kSource,
                     n % 2 == 0 ? "hmpps-template-kotlin" : "hmpps-template-typescript");
}

std::string repository_text(const std::string& namespace_, int n) {
  const std::string name = fmt::format("ecr-{}", n);
  return module_text(
             name, "ecr-credentials",
             fmt::format(
                 "  repo_name           = \"{}-{}\"\n  oidc_providers      = [\"github\"]\n"
                 "  github_repositories = [\"example-repository\"]\n  lifecycle_policy = <<EOF\n{{\n  "
                 "\"rules\": "
                 "[\n    {{\n      \"rulePriority\": 1,\n      \"description\": \"Keep the newest 40 "
                 "images\",\n"
                 "      \"selection\": {{\"tagStatus\": \"any\", \"countType\": \"imageCountMoreThan\", "
                 "\"countNumber\": 40}},\n      \"action\": {{\"type\": \"expire\"}}\n    }}\n  ]\n}}\nEOF\n",
                 namespace_, n)) +
         secret_text(name, name, {{"repo_arn", "repo_arn"}, {"repo_url", "repo_url"}});
}

std::string bucket_text(int n) {
  const std::string name = fmt::format("s3-{}", n);
  return module_text(name, "s3-bucket", R"(  versioning = true

  /*
   * The following example can be used if you need to set a lifecycle for your bucket.
   *
   lifecycle_rule = [
     {
       enabled = true
       id      = "retire files"
       prefix  = "old/"
       expiration = [
         {
           days = 90
         },
       ]
     },
   ]
   */
)") + secret_text(name, name, {{"bucket_arn", "bucket_arn"}, {"bucket_name", "bucket_name"}});
}

std::string secrets_manager_text() {
  return module_text("secrets_manager", "secrets-manager", R"(  eks_cluster_name = var.eks_cluster_name

  secrets = {
    "application-secret" = {
      description             = "What the application needs to know",
      recovery_window_in_days = 7
      k8s_secret_name         = "application-secret"
    },
    "api-client" = {
      description             = "Credentials of the client",
      recovery_window_in_days = 7
      k8s_secret_name         = "api-client"
    },
  }
)");
}

std::string domain_text(int n) {
  return module_text(fmt::format("opensearch-{}", n), "opensearch", R"(  vpc_name         = var.vpc_name
  eks_cluster_name = var.eks_cluster_name
  engine_version   = "OpenSearch_2.7"
  cluster_config = {
    instance_count = 2
    instance_type  = "t3.medium.search"
  }
  proxy_count = 1
  ebs_options = {
    volume_size = 10
  }
  snapshot_bucket_arn = "arn:aws:s3:::example"
)");
}

}  // namespace

std::string main_text() {
  std::string text = "terraform {\n  backend \"s3\" {\n  }\n}\n\n";
  for (const auto& [alias, region] : {std::pair{"london", "eu-west-2"}, {"ireland", "eu-west-1"}}) {
    text += fmt::format(R"(provider "aws" {{
  alias  = "{}"
  region = "{}"

  default_tags {{
    tags = {{
      business-unit = var.business_unit
      application   = var.application
      owner         = var.team_name
      namespace     = var.namespace
    }}
  }}
}}

)",
                        alias, region);
  }
  return text +
         "provider \"github\" {\n  token = var.github_token\n  owner = var.github_owner\n}\n\nprovider "
         "\"kubernetes\" {}\n";
}

std::string versions_text() {
  return R"(terraform {
  required_version = ">= 1.2.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
    github = {
      source  = "integrations/github"
      version = "~> 6.0"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 2.0"
    }
  }
}
)";
}

std::string variables_text(const std::string& namespace_) {
  const auto variable = [](const char* name, const char* description, const std::string& standard) {
    return fmt::format("variable \"{}\" {{\n  description = \"{}\"\n  type        = string\n{}}}\n\n", name,
                       description, standard.empty() ? "" : "  default     = \"" + standard + "\"\n");
  };
  return variable("vpc_name", "VPC name to create security groups in", "") +
         variable("kubernetes_cluster",
                  "Kubernetes cluster name for references to secrets for service accounts", "") +
         variable("eks_cluster_name", "Name of the cluster to retrieve the OIDC information", "") +
         variable("application", "Name of the application you are deploying",
                  "The application of " + namespace_) +
         variable("namespace", "Name of the namespace these resources are part of", namespace_) +
         variable("business_unit", "Area responsible for this service", "Example") +
         variable("team_name", "Name of the development team responsible for this service", "example-team") +
         variable("environment", "Name of the environment type for this service", "development") +
         variable("infrastructure_support", "Email address of the team responsible for this service",
                  "team@example.org") +
         variable("is_production", "Whether this environment type is production or not", "false") +
         variable("slack_channel", "Slack channel name for your team", "ask-example") +
         variable("github_owner", "The GitHub organization or individual user account", "example") +
         variable("github_token", "Required by the GitHub Terraform provider", "") +
         variable("number_cache_clusters", "The number of cache clusters", "2") +
         variable("base_domain", "The base domain of the application", "example.org");
}

std::vector<std::pair<std::string, std::string>> terraform_files(const std::string& namespace_, int i,
                                                                 const ModuleCounts& counts) {
  std::vector<std::pair<std::string, std::string>> files;
  const auto add = [&](const std::string& name, const std::string& text) { files.emplace_back(name, text); };
  for (int n = 0; n < counts.accounts; ++n) add(fmt::format("serviceaccount-{}.tf", n), account_text(n));
  const int pairs = (counts.queues + 1) / 2;
  for (int n = 0; n < counts.roles; ++n) add(fmt::format("irsa-{}.tf", n), role_text(namespace_, n, pairs));
  for (int n = 0; n < counts.databases; ++n)
    add(fmt::format("rds-{}.tf", n), database_text(n, (i + n) % 6 != 0));
  for (int n = 0; n < counts.templates; ++n)
    add(fmt::format("application-{}.tf", n), template_text(namespace_, n));
  for (int n = 0; n < counts.repositories; ++n)
    add(fmt::format("ecr-{}.tf", n), repository_text(namespace_, n));
  for (int n = 0; n < counts.caches; ++n) add(fmt::format("elasticache-{}.tf", n), cache_text(n));
  for (int n = 0; n < counts.buckets; ++n) add(fmt::format("s3-{}.tf", n), bucket_text(n));
  if (counts.secrets > 0) add("secrets.tf", secrets_manager_text());
  for (int n = 0; n < pairs; ++n) add(fmt::format("events-{}.tf", n), queue_text(n, n % 2 == 0));
  if (pairs > 0)
    add("topic.tf", "data \"aws_ssm_parameter\" \"topic-arn\" {\n  name = \"/ferry-000-dev/topic-arn\"\n}\n");
  for (int n = 0; n < counts.topics; ++n) {
    add(fmt::format("sns-{}.tf", n),
        module_text(fmt::format("topic-{}", n), "sns-topic", "  topic_display_name = \"events\"\n") +
            fmt::format("resource \"aws_ssm_parameter\" \"topic-{0}\" {{\n  type  = \"String\"\n  name  = "
                        "\"/${{var.namespace}}/topic-arn\"\n  value = module.topic-{0}.topic_arn\n}}\n",
                        n));
  }
  for (int n = 0; n < counts.domains; ++n) add(fmt::format("opensearch-{}.tf", n), domain_text(n));
  for (int n = 0; n < counts.pods; ++n) {
    const std::string account = counts.roles > 0 ? "module.irsa-0.service_account.name" : "\"default\"";
    add(fmt::format("service-pod-{}.tf", n),
        fmt::format("module \"service_pod_{}\" {{\n  source = \"{}service-pod?ref=1.2.1\"\n\n  namespace     "
                    "       = "
                    "var.namespace\n  service_account_name = {}\n}}\n",
                    n, kSource, account));
  }
  return files;
}

}  // namespace seatrial::bench
