#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/scenario/environments_fixture.h"
#include "tests/support/corpus.h"
#include "tests/support/temporary_folder.h"

namespace seatrial::scenario {
namespace {

using environments::NamespaceFolder;
using environments::PassedOver;
using environments::Repository;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using tests::Checkout;

const std::string kGitCrypt("\0GITCRYPT\0secret", 16);

std::vector<std::string> not_applied(const Repository& repository) {
  std::vector<std::string> lines;
  for (const PassedOver* const file : environments::passed_over_files(repository))
    lines.push_back(file->path.substr(file->path.rfind('/') + 1) + ": " + std::string(to_string(file->why)));
  return lines;
}

TEST(Environments, AFolderIsReadAsThePipelineAppliesIt) {
  Checkout checkout;
  checkout.space("a-dev")
      .file("a-dev", "05.yml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yml}\n")
      .file("a-dev", "06.json",
            "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"json\"}}")
      .file("a-dev", "notes.txt", "hello\n")
      .file("a-dev", "nested/07.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: nested}\n")
      .file("a-dev", "secret.yaml", kGitCrypt)
      .file("a-dev", "resources/main.tf", "locals {}\n")
      .file("a-dev", "resources/secret.tf", kGitCrypt)
      .file("a-dev", "resources/policy.json", "{}\n")
      .file("a-dev", "APPLY_PIPELINE_SKIP_THIS_NAMESPACE", "");
  const Repository repository = checkout.read();
  EXPECT_THAT(repository.problems, IsEmpty());
  ASSERT_THAT(repository.clusters, SizeIs(1));
  EXPECT_EQ(repository.clusters[0].short_name(), "live");
  ASSERT_THAT(repository.clusters[0].namespaces, SizeIs(1));
  const NamespaceFolder& folder = repository.clusters[0].namespaces[0];
  EXPECT_TRUE(folder.skipped);
  std::vector<std::string> names;
  for (const api::ManifestObject& item : folder.objects) {
    names.push_back(item.object->metadata.name.str());
    if (item.object->kind != api::Kind::kNamespace) {
      EXPECT_EQ(item.object->metadata.namespace_.view(), "a-dev");
    }
  }
  EXPECT_THAT(names, ElementsAre("a-dev", "a-dev-admin", "limitrange", "quota", "default", "yml", "json"));
  EXPECT_THAT(
      not_applied(repository),
      ElementsAre("APPLY_PIPELINE_SKIP_THIS_NAMESPACE: for the pipeline",
                  "07.yaml: in a folder that nothing applies", "notes.txt: neither .yaml nor .yml nor .json",
                  "policy.json: in resources/, but no .tf file", "secret.tf: encrypted with git-crypt",
                  "secret.yaml: encrypted with git-crypt"));
}

TEST(Environments, FilesOfTheClusterAreRead) {
  Checkout checkout;
  checkout.space("a-dev").at(
      "repo/namespaces/live.example.org/user-roles.yaml",
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n");
  const Repository repository = checkout.read();
  EXPECT_THAT(repository.clusters[0].objects, SizeIs(1));
}

TEST(Environments, OneClusterMayBeChosenByTheFirstPartOfItsName) {
  Checkout checkout;
  checkout.space("a-dev").at("repo/namespaces/live-2.example.org/b-dev/00.yaml",
                             "apiVersion: v1\nkind: Namespace\nmetadata: {name: b-dev}\n");
  EXPECT_THAT(checkout.read().clusters, SizeIs(2));
  EXPECT_EQ(checkout.read("live-2").clusters.at(0).name.view(), "live-2.example.org");
  const auto none =
      environments::read_repository("repo", checkout.files(), environments::standard_conventions(), {"x"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error(), "there is no cluster \"x\" in \"repo/namespaces\" (there are: live-2, live)");
}

TEST(Environments, WhatIsNoCheckoutIsSaidToBeNone) {
  const auto none =
      environments::read_repository("elsewhere", MemoryFiles(), environments::standard_conventions());
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error(), HasSubstr("\"elsewhere\" is no Environments repository"));
}

TEST(Environments, BrokenFilesAreProblemsAndTheRestIsReported) {
  Checkout checkout;
  checkout.space("a-dev")
      .space("b-dev")
      .file("a-dev", "05.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"x}\n")
      .file("a-dev", "resources/main.tf", "module \"m\" {\n  source = \n}\n")
      .file("b-dev", "05.yaml",
            "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: many}}\n");
  const Repository repository = checkout.read();
  std::vector<std::string> problems;
  for (const api::Problem& problem : repository.problems) problems.push_back(problem.str());
  EXPECT_THAT(problems, Contains(HasSubstr("a-dev/05.yaml:")));
  EXPECT_THAT(problems, Contains(HasSubstr("a-dev/resources/main.tf:2:")));
  EXPECT_THAT(problems, Contains(AllOf(HasSubstr("b-dev/05.yaml:4:"), HasSubstr("quantities must match"))));
  const auto report = environments::report_on(repository, environments::standard_conventions(), nullptr);
  EXPECT_THAT(environments::text_of(report, {}), HasSubstr("b-dev"));
}

// Keys and references, but no value: not of a Secret in a manifest, nor of one in terraform.
TEST(Environments, NoReportHoldsAValueOfASecret) {
  Checkout checkout;
  checkout.space("a-dev")
      .file("a-dev", "05.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n")
      .file("a-dev", "secret.yaml", kGitCrypt)
      .file("a-dev", "resources/main.tf",
            "resource \"kubernetes_secret\" \"s\" {\n  metadata {\n    name = \"t\"\n    namespace = "
            "\"b-dev\"\n  }\n"
            "  data = { token = \"hunter2\", url = module.q.sqs_id }\n}\nmodule \"q\" {\n  source = "
            "\"github.com/ministryofjustice/cloud-platform-terraform-sqs?ref=5\"\n  sqs_name = \"q\"\n}\n");
  const Repository repository = checkout.read();
  const auto report = environments::report_on(repository, environments::standard_conventions(), nullptr);
  const std::string json = environments::json_of(report), text = environments::text_of(report, {}),
                    full = environments::text_of(report, {{}, "a-dev", true});
  for (const std::string& one : {json, text, full}) EXPECT_THAT(one, Not(HasSubstr("hunter2")));
  const auto parsed = nlohmann::json::parse(json);
  const auto& space = parsed["clusters"][0]["namespaces"][0];
  EXPECT_EQ(space["secrets"][0]["namespace"], "b-dev");
  EXPECT_EQ(space["secrets"][0]["keys"][0]["key"], "token");
  EXPECT_EQ(space["secrets"][0]["keys"][1]["from"][0], "module.q.sqs_id");
  EXPECT_EQ(space["aws"][0]["kind"], "SQS queue");
  EXPECT_EQ(space["aws"][0]["secrets"][0]["name"], "t");
  EXPECT_THAT(full, HasSubstr("b-dev/t"));
}

TEST(Environments, ASecretFromAnotherNamespaceStandsWithBoth) {
  Checkout checkout;
  checkout.space("a-dev").space("b-dev").file("a-dev", "resources/main.tf",
                                              "resource \"kubernetes_secret\" \"s\" {\n  metadata {\n    "
                                              "name = \"t\"\n    namespace = \"b-dev\"\n  }\n  data = "
                                              "{ token = \"x\" }\n}\n");
  const Repository repository = checkout.read();
  const auto report = environments::report_on(repository, environments::standard_conventions(), nullptr);
  ASSERT_THAT(report.clusters[0].abroad, SizeIs(1));
  ASSERT_THAT(report.clusters[0].namespaces[1].from_others, SizeIs(1));
  EXPECT_EQ(report.clusters[0].namespaces[1].from_others[0].from->name.view(), "a-dev");
  EXPECT_THAT(environments::text_of(report, {{}, "b-dev", false}),
              AllOf(HasSubstr("SECRETS FROM OTHERS"), HasSubstr("token")));
}

TEST(Environments, AFolderOnTheDiskIsReadTooAndADeadLinkIsAProblem) {
  TemporaryFolder folder;
  const auto space = folder.path() / "namespaces" / "live.example.org" / "a-dev";
  std::filesystem::create_directories(space / "resources");
  std::ofstream(space / "00.yaml") << "apiVersion: v1\nkind: Namespace\nmetadata: {name: a-dev}\n";
  std::filesystem::create_symlink("nowhere", space / "05.yaml");
  const auto repository = environments::read_repository((folder.path() / "namespaces").string(), DiskFiles(),
                                                        environments::standard_conventions());
  ASSERT_TRUE(repository);
  EXPECT_THAT(repository->clusters[0].namespaces[0].objects, SizeIs(1));
  ASSERT_THAT(repository->problems, SizeIs(1));
  EXPECT_THAT(repository->problems[0].str(), HasSubstr("05.yaml"));
}

// --- The 25 real namespaces, where they lie beside the checkout

class EnvironmentsCorpus : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path path = corpus_folder() / "cloud-platform-environments";
    if (!std::filesystem::exists(path))
      GTEST_SKIP()
          << "no corpus of environments here: it is looked for beside the checkout (../shared/corpus) or "
             "where SEATRIAL_CORPUS says";
    auto repository =
        environments::read_repository(path.string(), DiskFiles(), environments::standard_conventions());
    ASSERT_TRUE(repository) << repository.error();
    repository_ = std::move(*repository);
    report_ = environments::report_on(repository_, environments::standard_conventions(), nullptr);
  }
  // PLACE, of the findings of a rule in a namespace.
  std::vector<std::string> places(std::string_view rule, std::string_view name_space) const {
    std::vector<std::string> all;
    for (const environments::Finding& finding : report_.findings) {
      if (finding.rule == rule && finding.namespace_ == name_space)
        all.push_back(finding.where.file.str().substr(finding.where.file.str().rfind('/') + 1) + ":" +
                      std::to_string(finding.where.line));
    }
    return all;
  }
  Repository repository_;
  environments::Report report_;
};

TEST_F(EnvironmentsCorpus, EveryFileIsReadOrNamed) {
  for (const api::Problem& problem : repository_.problems) ADD_FAILURE() << problem.str();
  ASSERT_THAT(repository_.clusters, SizeIs(1));
  ASSERT_THAT(repository_.clusters[0].namespaces, SizeIs(25));
  std::size_t files = 0, read = environments::passed_over_files(repository_).size();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(repository_.clusters[0].path))
    files += entry.is_regular_file() ? 1 : 0;
  for (const NamespaceFolder& folder : repository_.clusters[0].namespaces) {
    read += static_cast<std::size_t>(folder.manifest_files + folder.terraform_files);
    EXPECT_THAT(folder.plan.unknown_modules, IsEmpty()) << folder.name.view();
  }
  EXPECT_EQ(read, files);
  EXPECT_THAT(not_applied(repository_), ElementsAre("APPLY_PIPELINE_SKIP_THIS_NAMESPACE: for the pipeline",
                                                    "09-certificate-yaml: neither .yaml nor .yml nor .json",
                                                    "serviceMonitor.yaml: in resources/, but no .tf file"));
}

TEST_F(EnvironmentsCorpus, ItsDefectsAreFound) {
  EXPECT_THAT(places("written-twice", "sif-production"), ElementsAre("04-networkpolicy.yaml:46"));
  EXPECT_THAT(places("dangling-selector", "legal-framework-api-production"), SizeIs(4));
  EXPECT_THAT(places("dangling-selector", "laa-crime-hardship-dev"), ElementsAre("04-networkpolicy.yaml:55"));
  EXPECT_THAT(places("cron-never-fires", "claim-criminal-injuries-compensation-uat"),
              ElementsAre("cronjob-check-supported-versions.yaml:6"));
  EXPECT_THAT(places("forbidden-kind", "formbuilder-saas-live"),
              ElementsAre("05-circleci-service-account.yaml:1"));
  EXPECT_THAT(places("missing-standard-objects", "prisoner-content-hub-db-backups"), SizeIs(1));
  EXPECT_THAT(places("file-not-applied", "hmpps-manage-intelligence-preprod"),
              ElementsAre("09-certificate-yaml:1"));
  EXPECT_THAT(places("file-not-applied", "sif-production"), ElementsAre("serviceMonitor.yaml:1"));
  EXPECT_THAT(places("last-allow-overrides", "laa-info-and-advice-datastore-staging"), SizeIs(1));
  EXPECT_THAT(places("last-allow-overrides", "laa-information-exchange-development"), SizeIs(1));
  EXPECT_THAT(places("calico-order", "laa-data-provider-data-dev"), SizeIs(1));
  EXPECT_THAT(places("calico-order", "kristian-helloworld"), SizeIs(1));
  EXPECT_THAT(places("grants-nobody", "hmpps-manage-intelligence-preprod"), ElementsAre("01-rbac.yaml:10"));
  EXPECT_THAT(places("subject-repeated", "hmpps-community-accommodation-dev"), SizeIs(1));
  EXPECT_THAT(places("ingress-class-unowned", "hmpps-manage-users-dev"), SizeIs(1));
  EXPECT_THAT(places("review-date", "cloud-platform-dev"), SizeIs(1));
  EXPECT_THAT(places("secret-never-made", "hmpps-manage-people-on-probation-dev"), SizeIs(1));
}

TEST_F(EnvironmentsCorpus, CredentialsCrossNamespaces) {
  const auto& rows = report_.clusters[0].namespaces;
  const auto preprod = std::ranges::find_if(rows, [](const environments::NamespaceRow& row) {
    return row.folder->name == "hmpps-manage-intelligence-preprod";
  });
  ASSERT_NE(preprod, rows.end());
  const auto abroad = std::ranges::find_if(preprod->secrets, [](const cloud::terraform::MadeObject* secret) {
    return secret->namespace_ == "hmpps-manage-intelligence-prod";
  });
  ASSERT_NE(abroad, preprod->secrets.end());
  EXPECT_EQ((*abroad)->name.view(), "dps-rds-instance-output-preprod");
  EXPECT_EQ((*abroad)->keys.size(), 4u);
}

TEST_F(EnvironmentsCorpus, DatabasesWithCountZeroAreNotThere) {
  std::size_t databases = 0;
  for (const environments::NamespaceRow& row : report_.clusters[0].namespaces) {
    for (const environments::ResourceRow& resource : row.aws)
      databases += resource.resource->kind == cloud::terraform::AwsKind::kDatabase ? 1 : 0;
  }
  EXPECT_EQ(databases, 23u);  // of 27 calls of the module
}

}  // namespace
}  // namespace seatrial::scenario
