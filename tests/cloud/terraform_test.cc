#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cloud/terraform_fixture.h"

namespace seatrial::cloud {
namespace {

using terraform::AwsKind;
using terraform::AwsResource;
using terraform::MadeObject;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using tests::plan_of;
using tests::Planned;

std::string module(const std::string& name, const std::string& kind, const std::string& arguments) {
  return "module \"" + name + "\" {\n  source = \"" + tests::kSource + kind + "?ref=1.0.0\"\n" + arguments +
         "}\n";
}
const std::string kNamespace =
    "variable \"namespace\" {\n  default = \"here-dev\"\n}\nvariable \"vpc_name\" {}\n";

std::vector<std::string> keys_of(const MadeObject& secret) {
  std::vector<std::string> keys;
  for (const terraform::SecretKey& key : secret.keys) keys.push_back(key.key.str());
  return keys;
}

TEST(Terraform, AModulesNameIsTheLastPartOfItsSource) {
  EXPECT_EQ(
      terraform::module_name("github.com/ministryofjustice/cloud-platform-terraform-rds-instance?ref=9.2.0"),
      "rds-instance");
  EXPECT_EQ(terraform::module_name("git::https://example.org/x/my-module.git?ref=v1"), "my-module");
}

TEST(Terraform, ADatabaseHasAStandbyAndItsSecretKnowsWhoseOutputsItCarries) {
  const Planned planned = plan_of(kNamespace + module("rds", "rds-instance", R"(  vpc_name = var.vpc_name
  db_engine = "postgres"
  db_engine_version = "16"
  db_instance_class = "db.t4g.small"
  enable_rds_auto_start_stop = true
)") + R"(resource "kubernetes_secret" "rds" {
  metadata {
    name      = "rds-output"
    namespace = var.namespace
  }
  data = {
    url      = "postgres://${module.rds.database_username}:${module.rds.database_password}@${module.rds.rds_instance_endpoint}"
    database = module.rds.database_name
    port     = "5432"
  }
}
)");
  ASSERT_THAT(planned.problems, IsEmpty());
  const AwsResource* const database = planned.aws("module.rds");
  ASSERT_TRUE(database && database->instances);
  EXPECT_EQ(database->kind, AwsKind::kDatabase);
  EXPECT_EQ(database->instances->engine.view(), "postgres");
  EXPECT_EQ(database->instances->instance_class.view(), "db.t4g.small");
  EXPECT_EQ(database->instances->port, 5432);
  EXPECT_EQ(database->instances->failover, terraform::Failover::kStandby);
  EXPECT_TRUE(database->instances->stops_at_night);
  EXPECT_EQ(database->instances->placement.vpc.view(), "live-1");
  const MadeObject* const secret = planned.object("Secret", "rds-output");
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->namespace_.view(), "here-dev");
  EXPECT_THAT(keys_of(*secret), ElementsAre("database", "port", "url"));
  EXPECT_THAT(secret->keys[2].sources,
              ElementsAre("module.rds.database_password", "module.rds.database_username",
                          "module.rds.rds_instance_endpoint"));
  EXPECT_THAT(secret->keys[1].sources, IsEmpty());
  // Nothing of a value is kept, not even of one that stands in the file.
  EXPECT_THAT(hcl::json_text(secret->document), testing::Not(HasSubstr("5432")));
}

TEST(Terraform, CountZeroMakesNothing) {
  const Planned planned =
      plan_of(kNamespace + module("off", "rds-instance", "  count = 0\n  vpc_name = var.vpc_name\n"));
  EXPECT_THAT(planned.plan.aws, IsEmpty());
  EXPECT_EQ(planned.plan.modules.at("rds-instance"), 1);
}

TEST(Terraform, ForEachMakesOneInEachNamespace) {
  const Planned planned = plan_of(kNamespace + R"(resource "kubernetes_secret" "audit" {
  for_each = toset(["one-dev", "two-dev"])
  metadata {
    name      = "audit"
    namespace = each.value
  }
  data = { queue = module.queue.sqs_id }
}
)" + module("queue", "sqs", "  sqs_name = \"audit\"\n  team_name = \"t\"\n  environment_name = \"dev\"\n"));
  ASSERT_THAT(planned.problems, IsEmpty());
  std::vector<std::string> namespaces;
  for (const MadeObject& made : planned.plan.objects) namespaces.push_back(made.namespace_.str());
  EXPECT_THAT(namespaces, ElementsAre("one-dev", "two-dev"));
  ASSERT_TRUE(planned.aws("module.queue"));
  EXPECT_EQ(planned.aws("module.queue")->name.view(), "t-dev-audit");
}

TEST(Terraform, ANameThatOnlyTerraformKnowsIsSaidToBeUnknown) {
  const Planned planned = plan_of(kNamespace + R"(resource "random_id" "id" {
  byte_length = 4
}
resource "kubernetes_secret" "s" {
  metadata {
    name      = "s-${random_id.id.hex}"
    namespace = var.namespace
  }
  data = {}
}
)");
  ASSERT_THAT(planned.plan.objects, SizeIs(1));
  EXPECT_FALSE(planned.plan.objects[0].has_known_name);
  EXPECT_THAT(planned.plan.objects[0].name.str(), testing::MatchesRegex("s-x[0-9a-f]{8}"));
}

TEST(Terraform, ANameWithPlaceholdersMayBeAnyThatFitsAroundThem) {
  using terraform::matches_placeholders;
  EXPECT_TRUE(matches_placeholders("s-1234", "s-x0123abcd"));
  EXPECT_TRUE(matches_placeholders("a-b-c", "x0123abcd-x0123abcd"));
  EXPECT_TRUE(matches_placeholders("same", "same"));
  EXPECT_FALSE(matches_placeholders("same", "other"));
  EXPECT_FALSE(matches_placeholders("same-more", "same"));
  EXPECT_FALSE(matches_placeholders("t-1234", "s-x0123abcd"));
  EXPECT_FALSE(matches_placeholders("s-1234", "s-x0123abcd-token"));
}

TEST(Terraform, AQueueGoesToItsDeadLettersAfterSoManyTries) {
  const Planned planned = plan_of(kNamespace + module("main", "sqs", R"(  sqs_name = "main"
  visibility_timeout_seconds = 90
  redrive_policy = <<EOF
  {
    "deadLetterTargetArn": "${module.dead.sqs_arn}", "maxReceiveCount": 3
  }
  EOF
)") + module("dead", "sqs", "  sqs_name = \"dead\"\n  fifo_queue = true\n"));
  ASSERT_THAT(planned.problems, IsEmpty());
  const AwsResource* const queue = planned.aws("module.main");
  ASSERT_TRUE(queue && queue->queue);
  EXPECT_EQ(queue->queue->visibility_timeout_seconds, 90);
  EXPECT_EQ(queue->queue->dead_letter_queue.view(), "module.dead");
  EXPECT_EQ(queue->queue->max_receive_count, 3);
  EXPECT_TRUE(planned.aws("module.dead")->queue->fifo);
}

TEST(Terraform, ASubscriptionKnowsItsTopicFromTheParameterStore) {
  const Planned planned = plan_of(kNamespace + R"(data "aws_ssm_parameter" "topic" {
  name = "/events-dev/topic-arn"
}
resource "aws_sns_topic_subscription" "s" {
  topic_arn = data.aws_ssm_parameter.topic.value
  protocol  = "sqs"
  endpoint  = module.queue.sqs_arn
  filter_policy = jsonencode({ eventType = ["a"] })
}
)" + module("queue", "sqs", "  sqs_name = \"q\"\n"));
  const AwsResource* const subscription = planned.aws("aws_sns_topic_subscription.s");
  ASSERT_TRUE(subscription && subscription->subscription);
  EXPECT_EQ(subscription->subscription->topic_parameter.view(), "/events-dev/topic-arn");
  EXPECT_EQ(subscription->subscription->endpoint.view(), "module.queue.sqs_arn");
  EXPECT_TRUE(subscription->subscription->filtered);
}

TEST(Terraform, AServicePodIsADeployment) {
  const Planned planned =
      plan_of(kNamespace +
              module("pod", "service-pod", "  namespace = var.namespace\n  service_account_name = \"sa\"\n"));
  ASSERT_THAT(planned.problems, IsEmpty());
  const auto is_deployment = [](const MadeObject& made) { return made.kind == "Deployment"; };
  ASSERT_TRUE(std::ranges::any_of(planned.plan.objects, is_deployment));
  const auto made = std::ranges::find_if(planned.plan.objects, is_deployment);
  const api::Value document = terraform::document_of(*made);
  EXPECT_EQ(document.find("spec")->find("replicas")->integer, 1);
  EXPECT_EQ(document.where.file.view(), "resources/main.tf");
}

TEST(Terraform, AModuleWithoutARowIsNamed) {
  const Planned planned = plan_of("module \"m\" {\n  source = \"./modules/mine\"\n}\n");
  ASSERT_THAT(planned.plan.unknown_modules, SizeIs(1));
  EXPECT_EQ(planned.plan.unknown_modules[0].source.view(), "./modules/mine");
  EXPECT_EQ(planned.plan.unknown_modules[0].where.line, 1);
}

TEST(Terraform, WhatNothingDeclaresIsAProblem) {
  const Planned planned =
      plan_of("resource \"aws_sqs_queue\" \"q\" {\n  name = \"${var.none}-${local.no}\"\n}\n");
  ASSERT_THAT(planned.problems, SizeIs(2));
  EXPECT_THAT(planned.problems[0].str(), HasSubstr("resources/main.tf:2:"));
  EXPECT_THAT(planned.problems[0].message, HasSubstr("\"none\" has not been declared"));
}

struct MisspeltRow {
  const char *name, *kind, *arguments, *expression;
  const char* problem;  // null: there is none
};
constexpr MisspeltRow kMisspelt[] = {
    {"an output", "rds-instance", "", "module.m.database_name", nullptr},
    {"a misspelt one", "rds-instance", "", "module.m.databse_name",
     "main.tf:6:8: Unsupported attribute: This object does not have an attribute named \"databse_name\": "
     "module.m has no such output; did you mean \"database_name\"?"},
    {"of an older release", "rds-instance", "", "module.m.access_key_id", nullptr},
    {"of a newer release, perhaps", "rds-instance", "", "module.m.blue_green_url", nullptr},
    {"one of another module", "sqs", "", "module.m.database_name", nullptr},
    {"behind an index", "rds-instance", "  count = 1\n", "module.m[0].rds_instance_adress",
     "did you mean \"rds_instance_address\"?"},
    {"in a text", "irsa", "", "\"x-${module.m.service_acount.name}\"", "did you mean \"service_account\"?"},
    {"within try()", "rds-instance", "", "try(module.m.databse_name, 1)", nullptr},
    {"of a module that nobody knows", "my-own", "", "module.m.databse_name", nullptr},
    {"an argument", "rds-instance", "  db_engine = \"postgres\"\n", "1", nullptr},
    {"a misspelt argument", "rds-instance", "  db_engin = \"postgres\"\n", "1",
     "main.tf:3:3: Unsupported argument: An argument named \"db_engin\" is not expected here. Did you mean "
     "\"db_engine\"?"},
    {"an older argument", "rds-instance", "  business-unit = \"x\"\n", "1", nullptr},
    {"an argument like no other", "rds-instance", "  blue_green_update = true\n", "1", nullptr},
    {"a meta-argument", "sqs", "  depends_on = []\n", "1", nullptr},
};

TEST(Terraform, AnOutputOrArgumentThatIsNearlyOneOfTheModuleIsAProblem) {
  for (const MisspeltRow& row : kMisspelt) {
    SCOPED_TRACE(row.name);
    const std::string arguments = *row.arguments ? row.arguments : "  namespace = \"x\"\n";
    const Planned planned =
        plan_of(module("m", row.kind, arguments) + "locals {\n  x = [" + row.expression + "]\n}\n");
    ASSERT_THAT(planned.problems, SizeIs(row.problem ? 1 : 0));
    if (row.problem) EXPECT_THAT(planned.problems[0].str(), HasSubstr(row.problem));
  }
}

TEST(Terraform, ACycleIsAProblem) {
  EXPECT_FALSE(plan_of("locals {\n  a = local.b\n  b = local.a\n}\nresource \"aws_sqs_queue\" \"q\" {\n  "
                       "name = local.a\n}\n")
                   .problems.empty());
}

}  // namespace
}  // namespace seatrial::cloud
