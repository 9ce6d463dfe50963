// Pipelines of Environments repositories: what a scenario begins with, what a merged pull request sets off
// and in which order, how it fails, and how long a whole checkout takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/api/core.h"
#include "sim/api/resources.h"
#include "sim/scenario/run.h"
#include "tests/scenario/small.h"
#include "tests/support/corpus.h"

namespace seatrial::scenario {
namespace {

using namespace tests;
using cluster::RecordType;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kEnvironments = R"(apiVersion: seatrial/v1
kind: Pipeline
metadata: {name: environments}
spec:
  environments: {checkout: repo}
  starts: 10s
  plan: {takes: 20s}
  apply: {takes: 30s}
  resources:
    rds: {create: 9m, change: 5m, destroy: 4m}
    other: {create: 5s, change: 3s, destroy: 2s}
)";
constexpr const char* kFolder = "namespaces/live.example.org/";

std::string space_text(const std::string& name) {
  return "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + name + "}\n";
}
std::string quota_of(int pods) {
  return "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: quota}\nspec: {hard: {pods: \"" +
         std::to_string(pods) + "\"}}\n";
}
std::string module_text(const std::string& name, const std::string& module, const std::string& more = "") {
  return "module \"" + name + "\" {\n  source = \"github.com/ministryofjustice/cloud-platform-terraform-" +
         module + "?ref=1.0.0\"\n" + more + "}\n";
}
std::string secret_text(const std::string& name, const std::string& space, const std::string& value) {
  return "resource \"kubernetes_secret\" \"" + name + "\" {\n  metadata {\n    name = \"" + name +
         "\"\n    namespace = \"" + space + "\"\n  }\n  data = {\n    key = " + value + "\n  }\n}\n";
}
std::string database_text(const std::string& db_class = "db.t4g.micro") {
  return module_text("rds", "rds-instance", "  db_instance_class = \"" + db_class + "\"\n");
}

class EnvironmentsPipelineTest : public testing::Test {
 protected:
  EnvironmentsPipelineTest() {
    for (const char* const name : {"a-dev", "b-dev", "c-dev"}) {
      base(std::string(name) + "/00-namespace.yaml", space_text(name));
      base(std::string(name) + "/03-quota.yaml", quota_of(10));
    }
    base("a-dev/resources/bucket.tf", module_text("bucket", "s3-bucket") +
                                          secret_text("bucket", "a-dev", "module.bucket.bucket_arn") +
                                          secret_text("bucket-of-a", "b-dev", "module.bucket.bucket_arn"));
  }
  void base(const std::string& path, const std::string& text) { add("repo", path, text); }
  void add(const std::string& root, const std::string& path, const std::string& text) {
    files_.add("s/" + root + "/" + kFolder + path, text);
  }
  // One entry of timeline and `expect` a line, without its `- {` and `}`.
  MemoryFiles files(const std::vector<std::string>& entries, const std::vector<std::string>& expect) const {
    std::string text = R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: merged}
spec:
  seed: 3
  duration: 40m
  platform: platform.yaml
  apply: [web.yaml]
  pipelines: [environments.yaml]
  images: {"web:1": {start: 1s}}
  timeline:
)";
    for (const std::string& entry : entries) text += "    - {" + entry + "}\n";
    text += expect.empty() ? "" : "  expect:\n";
    for (const std::string& entry : expect) text += "    - {" + entry + "}\n";
    MemoryFiles made = files_;
    made.add("s/platform.yaml", kPlatform);
    made.add("s/web.yaml", kWeb);
    made.add("s/environments.yaml", pipeline_);
    made.add("s/scenario.yaml", text);
    return made;
  }
  std::shared_ptr<const Scenario> load(const std::vector<std::string>& entries,
                                       const std::vector<std::string>& expect = {}) const {
    auto loaded = load_scenario("s", files(entries, expect));
    if (!loaded) throw std::logic_error(loaded.error().front().str());
    return std::make_shared<const Scenario>(std::move(*loaded));
  }
  const report::RunResult& play(const std::vector<std::string>& entries,
                                const std::vector<std::string>& expect = {}) {
    auto world = scenario::play(load(entries, expect), {});
    if (!world) throw std::logic_error(world.error().front().str());
    world_.emplace(std::move(*world));
    result_ = collect(*world_);
    return result_;
  }
  std::vector<std::string> problems(const std::string& entry) const {
    return problems_of(files({entry}, {}));
  }
  // What the pipeline said, without its name.
  std::vector<std::string> steps() const {
    const Journal& journal = world_->cluster().kernel().journal();
    std::vector<std::string> texts;
    for (std::uint32_t i = 1; i <= journal.size(); ++i) {
      const JournalRecord& record = journal.record(JournalId{i});
      if (record.type != static_cast<std::uint16_t>(RecordType::kPipeline)) continue;
      texts.emplace_back(journal.text(record.text).substr(std::string("pipeline environments: ").size()));
    }
    return texts;
  }
  bool has_secret(const char* space, const char* name) const {
    return world_->cluster().store().find<api::Secret>(space, name) != nullptr;
  }
  std::int64_t quota(const char* space) const {
    return api::amount(world_->cluster().store().find<api::ResourceQuota>(space, "quota")->hard, "pods")
        .value();
  }
  std::vector<std::string> findings(const std::string& rule) const {
    std::vector<std::string> texts;
    for (const report::Finding& finding : result_.findings)
      if (finding.rule == rule) texts.push_back(finding.what);
    return texts;
  }

  std::string pipeline_ = kEnvironments;
  MemoryFiles files_;
  std::optional<World> world_;
  report::RunResult result_;
};

constexpr const char* kMerge = "at: 1m, merge: environments, pullRequest: 7, changes: pr";

TEST_F(EnvironmentsPipelineTest, WhatTheCheckoutDefinesIsThereAtTheStart) {
  play({"at: 1m, cordon: default-1"});
  EXPECT_EQ(quota("c-dev"), 10);
  EXPECT_TRUE(has_secret("a-dev", "bucket"));
  EXPECT_TRUE(has_secret("b-dev", "bucket-of-a"));
}

TEST_F(EnvironmentsPipelineTest, AMergedPullRequestIsPlannedAndAppliedNamespaceByNamespace) {
  add("pr", "b-dev/03-quota.yaml", quota_of(12));
  add("pr", "a-dev/resources/rds.tf",
      database_text() + secret_text("db", "a-dev", "module.rds.database_password") +
          secret_text("db-of-a", "c-dev", "module.rds.database_password"));
  add("pr", "c-dev/03-quota.yaml", quota_of(10));  // as it was: no change
  const auto& result = play({kMerge}, {"pipeline: environments, completesWithin: 12m"});
  const std::vector<std::string> said = steps();
  ASSERT_THAT(said, SizeIs(11)) << testing::PrintToString(said);
  EXPECT_EQ(said[0], "pull request 7 begins: a-dev, b-dev, one after the other");
  EXPECT_EQ(said[1],
            "plan of a-dev in 20s: terraform creates RDS instance module.rds, Secret a-dev/db, Secret "
            "c-dev/db-of-a");
  EXPECT_EQ(said[2], "kubectl -n a-dev apply -f namespaces/live.example.org/a-dev");
  EXPECT_EQ(said[3], "terraform apply of a-dev begins");
  EXPECT_EQ(said[4], "terraform apply of a-dev: created RDS instance module.rds in 9m");
  EXPECT_EQ(said[5], "terraform apply of a-dev: created Secret a-dev/db");
  EXPECT_EQ(said[6], "terraform apply of a-dev: created Secret c-dev/db-of-a");
  EXPECT_THAT(said[7], StartsWith("a-dev applied in 9m5"));
  EXPECT_EQ(said[8], "kubectl -n b-dev apply -f namespaces/live.example.org/b-dev");
  EXPECT_THAT(said[9], StartsWith("b-dev applied in "));
  EXPECT_THAT(said[10], AllOf(StartsWith("pull request 7 green, "), EndsWith(" after the merge: 2 applied")));
  EXPECT_TRUE(has_secret("a-dev", "db"));
  EXPECT_TRUE(has_secret("c-dev", "db-of-a"));
  EXPECT_EQ(quota("b-dev"), 12);
  EXPECT_EQ(quota("c-dev"), 10);
  EXPECT_TRUE(result.pass) << result.expectations[0].seen;
}

TEST_F(EnvironmentsPipelineTest, WhatItChangesLeadsBackToTheMerge) {
  add("pr", "b-dev/03-quota.yaml", quota_of(12));
  play({kMerge});
  const auto& record = world_->cluster().kernel().journal();
  std::vector<std::string> chain;
  for (std::uint32_t i = 1; i <= record.size(); ++i) {
    if (record.record(JournalId{i}).type != static_cast<std::uint16_t>(RecordType::kUpdated)) continue;
    chain.clear();
    for (const JournalId link : record.cause_chain(JournalId{i}))
      chain.emplace_back(record.text(record.record(link).text));
    if (std::ranges::find(chain, "merge of environments pull request 7") != chain.end()) break;
  }
  EXPECT_THAT(chain, Contains(HasSubstr("kubectl -n b-dev apply -f")));
  EXPECT_EQ(chain.back(), "merge of environments pull request 7");
}

TEST_F(EnvironmentsPipelineTest, APodThatWaitsForASecretStartsWhenTerraformHasMadeIt) {
  add("pr", "a-dev/resources/rds.tf",
      database_text() + secret_text("db", "default", "module.rds.database_password"));
  files_.add("s/with-secret.yaml", R"(apiVersion: v1
kind: Pod
metadata: {name: waits}
spec:
  containers:
    - {name: web, image: "web:1", env: [{name: DB, valueFrom: {secretKeyRef: {name: db, key: key}}}]}
)");
  play({kMerge, "at: 2m, apply: with-secret.yaml"});
  EXPECT_EQ(world_->cluster().store().find<api::Pod>("default", "waits")->status.phase,
            api::PodPhase::kRunning);
  for (const report::Finding& finding : result_.findings) {
    if (finding.rule != "config-missing") continue;
    EXPECT_THAT(finding.what, HasSubstr("secret \"db\" not found"));
    EXPECT_THAT(finding.chain,
                Contains(AllOf(StartsWith("it came at 11m"),
                               EndsWith("because of: merge of environments pull request 7 at 1m"))));
    return;
  }
  ADD_FAILURE() << "no finding";
}

TEST_F(EnvironmentsPipelineTest, WhatIsTakenOutOfTerraformGoes) {
  add("pr", "a-dev/resources/bucket.tf", "# nothing is left\n");
  play({kMerge});
  EXPECT_FALSE(has_secret("a-dev", "bucket"));
  EXPECT_FALSE(has_secret("b-dev", "bucket-of-a"));
  EXPECT_THAT(steps(), Contains("terraform apply of a-dev: destroyed S3 bucket module.bucket in 2s"));
}

TEST_F(EnvironmentsPipelineTest, AChangedDatabaseTakesItsTimeAndTheNextPullRequestFindsIt) {
  base("b-dev/resources/rds.tf", database_text());
  add("pr", "b-dev/resources/rds.tf", database_text("db.t4g.large"));
  add("pr-8", "b-dev/03-quota.yaml", quota_of(20));
  play({kMerge, "at: 20m, merge: environments, pullRequest: 8, changes: pr-8"});
  EXPECT_THAT(steps(), Contains("terraform apply of b-dev: changed RDS instance module.rds in 5m"));
  EXPECT_THAT(steps(), Contains("plan of b-dev in 20s: terraform changes nothing"));
}

TEST_F(EnvironmentsPipelineTest, WhatSomebodyDeletedIsMadeAgain) {
  add("pr", "a-dev/03-quota.yaml", quota_of(12));
  play({"at: 30s, delete: secret/bucket, namespace: a-dev", kMerge});
  EXPECT_THAT(steps(), Contains("plan of a-dev in 20s: terraform creates Secret a-dev/bucket"));
  EXPECT_TRUE(has_secret("a-dev", "bucket"));
}

TEST_F(EnvironmentsPipelineTest, APlanThatFailsStopsItsNamespaceAndNoOther) {
  add("pr", "a-dev/03-quota.yaml", quota_of(12));
  add("pr", "a-dev/resources/rds.tf", secret_text("db", "a-dev", "module.nowhere.password"));
  add("pr", "b-dev/03-quota.yaml", quota_of(12));
  const auto& result = play({kMerge}, {"pipeline: environments, completes: false"});
  EXPECT_TRUE(result.pass);
  EXPECT_EQ(quota("a-dev"), 10);
  EXPECT_EQ(quota("b-dev"), 12);
  EXPECT_THAT(steps(),
              Contains(AllOf(HasSubstr("plan of a-dev failed after 20s: s/pr/"),
                             HasSubstr("a-dev/resources/rds.tf:7:11: Reference to undeclared module"))));
  EXPECT_THAT(steps().back(), EndsWith(": 1 applied, 1 failed (a-dev)"));
  EXPECT_THAT(findings("pipeline-failed"), SizeIs(1));
}

TEST_F(EnvironmentsPipelineTest, APlanFailsAtAnOutputThatTheModuleDoesNotHave) {
  add("pr", "a-dev/resources/rds.tf",
      database_text() + secret_text("db", "a-dev", "module.rds.database_pasword"));
  EXPECT_TRUE(play({kMerge}, {"pipeline: environments, completes: false"}).pass);
  EXPECT_THAT(steps(), Contains(AllOf(HasSubstr("plan of a-dev failed after 20s: s/pr/"),
                                      HasSubstr("Unsupported attribute: This object does not have an "
                                                "attribute named \"database_pasword\""))));
}

TEST_F(EnvironmentsPipelineTest, OrEverythingBehindItIfSoConfigured) {
  pipeline_ = broken("checkout: repo", "checkout: repo, onFailure: stop", kEnvironments);
  add("pr", "a-dev/03-quota.yaml", "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: \"quota}\n");
  add("pr", "b-dev/03-quota.yaml", quota_of(12));
  play({kMerge});
  EXPECT_EQ(quota("b-dev"), 10);
  EXPECT_THAT(steps().back(), EndsWith(": 0 applied, 1 failed (a-dev), 1 not reached"));
}

TEST_F(EnvironmentsPipelineTest, WhatTheApiServerRefusesIsSaid) {
  pipeline_ += "  as: {user: pipeline, groups: [\"github:nobody\"]}\n";
  add("pr", "b-dev/03-quota.yaml", quota_of(12));
  play({kMerge});
  EXPECT_THAT(steps(), Contains("kubectl apply of b-dev failed"));
  EXPECT_EQ(quota("b-dev"), 10);
  ASSERT_THAT(findings("pipeline-failed"), SizeIs(1));
  for (const report::Finding& finding : result_.findings) {
    if (finding.rule == "pipeline-failed") {
      EXPECT_THAT(finding.chain, Contains(HasSubstr("is forbidden: User \"pipeline\" cannot get resource")));
    }
  }
}

TEST_F(EnvironmentsPipelineTest, ASecretForANamespaceThatIsNotThereIsRefusedAndTheRestIsMade) {
  add("pr", "b-dev/resources/main.tf",
      secret_text("lost", "nowhere", "\"x\"") + secret_text("kept", "b-dev", "\"x\""));
  play({kMerge});
  EXPECT_THAT(steps(), Contains("terraform apply of b-dev: Secret nowhere/lost was refused"));
  EXPECT_TRUE(has_secret("b-dev", "kept"));
  EXPECT_THAT(steps(), Contains("terraform apply of b-dev failed"));
  EXPECT_THAT(findings("pipeline-failed"), SizeIs(1));
}

TEST_F(EnvironmentsPipelineTest, ASkipFileKeepsANamespaceAsItIs) {
  add("pr", "b-dev/APPLY_PIPELINE_SKIP_THIS_NAMESPACE", "");
  add("pr", "b-dev/03-quota.yaml", quota_of(12));
  play({kMerge});
  EXPECT_EQ(quota("b-dev"), 10);
  EXPECT_THAT(steps(), Contains("b-dev is passed over: it has the skip file"));
  pipeline_ = broken("checkout: repo", "checkout: repo, skipFiles: false", kEnvironments);
  play({kMerge});
  EXPECT_EQ(quota("b-dev"), 12);
}

TEST_F(EnvironmentsPipelineTest, TheClustersOwnFilesComeBeforeAllNamespaces) {
  pipeline_ = broken("checkout: repo", "checkout: repo, parallel: 3", kEnvironments);
  add("pr", "roles.yaml", space_text("made-by-the-cluster"));
  add("pr", "a-dev/05.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n");
  play({kMerge});
  const std::vector<std::string> said = steps();
  EXPECT_EQ(said[0], "pull request 7 begins: the cluster's own files, a-dev, 2 at once");
  EXPECT_EQ(said[1], "kubectl apply -f namespaces/live.example.org");
  EXPECT_THAT(said[2], StartsWith("the cluster's own files applied in "));
  EXPECT_THAT(said[3], StartsWith("plan of a-dev"));
}

TEST_F(EnvironmentsPipelineTest, TwoRunsAtOneNamespaceMeetItsStateLock) {
  add("pr", "a-dev/resources/rds.tf", database_text());
  add("pr-8", "a-dev/03-quota.yaml", quota_of(20));
  play({kMerge, "at: 2m, merge: environments, pullRequest: 8, changes: pr-8"});
  EXPECT_THAT(steps(),
              Contains("plan of a-dev failed: Error acquiring the state lock: another run holds it"));
  EXPECT_EQ(quota("a-dev"), 10);
}

TEST_F(EnvironmentsPipelineTest, ARunOfTheWholeCheckoutAppliesWhatIsMergedByThen) {
  pipeline_ = broken("checkout: repo", "checkout: repo, namespaces: all", kEnvironments);
  add("pr", "b-dev/03-quota.yaml", quota_of(12));
  play({"at: 30m, merge: environments", kMerge});
  EXPECT_EQ(quota("b-dev"), 12);
  EXPECT_EQ(steps().front(),
            "pull request 7 begins: the cluster's own files, a-dev, b-dev, c-dev, one after the other");
  EXPECT_THAT(steps().back(), AllOf(StartsWith("the checkout green"), EndsWith("4 applied")));
}

TEST_F(EnvironmentsPipelineTest, ThereAreFailuresByChanceAndFurtherTries) {
  pipeline_ = broken("plan: {takes: 20s}", "plan: {takes: 20s, fails: 100%, tries: 2}", kEnvironments);
  add("pr", "a-dev/03-quota.yaml", quota_of(12));
  play({kMerge});
  EXPECT_THAT(steps(), Contains("plan of a-dev failed after 20s (try 1 of 2)"));
  EXPECT_THAT(steps(), Contains("plan of a-dev failed after 20s (try 2 of 2)"));
  EXPECT_EQ(quota("a-dev"), 10);
}

// 61 namespaces with a bucket each: 30 s each, one after the other; with AWS's limit of one request a second,
// 10 s for each plan and each apply, however many go at once.
TEST_F(EnvironmentsPipelineTest, NamespacesSideBySideAreFasterUntilAwsLimitsThem) {
  for (int i = 0; i < 60; ++i) {
    const std::string name = "space-" + std::to_string(i);
    base(name + "/00.yaml", space_text(name));
    base(name + "/resources/main.tf", module_text("bucket", "s3-bucket"));
  }
  const auto took = [&](const std::string& pipeline) {
    pipeline_ = pipeline;
    play({"at: 0s, merge: environments"});
    const std::string end = steps().back();
    EXPECT_THAT(end, EndsWith("64 applied"));
    const std::size_t from = end.find(", ") + 2;
    return end.substr(from, end.find(" after") - from);
  };
  std::string all = broken("checkout: repo", "checkout: repo, namespaces: all", kEnvironments);
  all = broken("starts: 10s", "starts: 0s", broken("30s", "10s", all));
  EXPECT_EQ(took(all), "30m30s");
  const std::string four = broken("namespaces: all", "namespaces: all, parallel: 4", all);
  EXPECT_EQ(took(four), "8m");
  EXPECT_EQ(took(four + "  awsApi: {requestsPerSecond: 1, burst: 1, requestsPerResource: 10}\n"), "20m19s");
}

TEST_F(EnvironmentsPipelineTest, AForkInTheMiddleOfARunEndsLikeTheOriginal) {
  add("pr", "a-dev/resources/rds.tf", database_text() + secret_text("db", "a-dev", "module.rds.x"));
  auto world = World::create(load({kMerge}), 3);
  ASSERT_TRUE(world);
  world->run_until(SimTime::at(Duration::seconds(300)));
  World fork = *world;
  world->run_until(world->end());
  fork.run_until(fork.end());
  EXPECT_EQ(fork.cluster().kernel().fingerprint().hex(), world->cluster().kernel().fingerprint().hex());
  EXPECT_NE(fork.cluster().store().find<api::Secret>("a-dev", "db"), nullptr);
}

TEST_F(EnvironmentsPipelineTest, SaysWhatIsWrongWithAPullRequest) {
  add("pr", "b-dev/03-quota.yaml", quota_of(12));
  EXPECT_THAT(problems("at: 1m, merge: environment, pullRequest: 1, changes: pr"),
              Contains(HasSubstr("no pipeline is called \"environment\", did you mean \"environments\"?")));
  EXPECT_THAT(problems("at: 1m, merge: environments"),
              AllOf(Contains(HasSubstr("pullRequest: required")), Contains(HasSubstr("changes: required"))));
  EXPECT_THAT(problems("at: 1m, merge: environments, pullRequest: 1, changes: elsewhere"),
              Contains(HasSubstr("the folder \"s/elsewhere\" does not exist")));
  add("same", "b-dev/03-quota.yaml", quota_of(10));
  EXPECT_THAT(problems("at: 1m, merge: environments, pullRequest: 1, changes: same"),
              Contains(HasSubstr("\"same\" changes nothing")));
  EXPECT_THAT(problems("at: 1m, merge: environments, pullRequest: 1, changes: pr, every: 5m, times: 2"),
              Contains(HasSubstr("a pull request is merged once")));
  EXPECT_THAT(problems("at: 1m, merge: environments, pullRequest: 1, changes: pr, tag: x"),
              Contains(HasSubstr("tag")));
  EXPECT_THAT(problems_of(files({"at: 2m, merge: environments, pullRequest: 1, changes: pr",
                                 "at: 1m, merge: environments, pullRequest: 2, changes: pr"},
                                {})),
              Contains(HasSubstr("lies before the merge above it")));
  EXPECT_THAT(problems_of(files({kMerge}, {"pipeline: environments, oldPodsGoneWithin: 1m"})),
              Contains(HasSubstr("has no old pods")));
}

TEST_F(EnvironmentsPipelineTest, SaysWhatIsWrongWithAPipelineAndItsCheckoutAtOnce) {
  base("c-dev/05.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"x}\n");
  base("c-dev/06.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: a-dev}\n");
  base("c-dev/resources/main.tf", "module \"m\" {\n  source = \n}\n");
  pipeline_ = broken("starts: 10s", "begins: 10s", kEnvironments);
  pipeline_ = broken("    other: {create: 5s, change: 3s, destroy: 2s}\n", "    rdz: 5s\n", pipeline_);
  const std::vector<std::string> found = problems(kMerge);
  for (const char* const words :
       {"spec.starts: required", "begins", "spec.resources.other: required", "rdz", "c-dev/05.yaml:",
        "c-dev/06.yaml:1:1: metadata.namespace: the namespace from the provided object \"a-dev\" does not "
        "match",
        "c-dev/resources/main.tf:2:"})
    EXPECT_THAT(found, Contains(HasSubstr(words)));
  pipeline_ = broken("checkout: repo", "checkout: repo/namespaces", kEnvironments);
  EXPECT_THAT(problems(kMerge), Contains(HasSubstr("c-dev/05.yaml:")));
  pipeline_ = broken("checkout: repo", "checkout: nowhere", kEnvironments);
  EXPECT_THAT(problems(kMerge), Contains(HasSubstr("is no Environments repository")));
  files_.add("s/repo/namespaces/live-2.example.org/x-dev/00.yaml", space_text("x-dev"));
  pipeline_ = kEnvironments;
  EXPECT_THAT(problems(kMerge), Contains(HasSubstr("several clusters")));
  pipeline_ = broken("checkout: repo", "checkout: repo, cluster: live-3", kEnvironments);
  EXPECT_THAT(problems(kMerge), Contains(HasSubstr("there is no cluster \"live-3\"")));
}

// A real namespace: what it has is there, and a pull request that adds a database is applied.
TEST_F(EnvironmentsPipelineTest, CorpusIsTheStartAndAPullRequestIsApplied) {
  const std::filesystem::path path = corpus_folder() / "cloud-platform-environments";
  if (!std::filesystem::exists(path))
    GTEST_SKIP()
        << "no corpus of environments here: it is looked for beside the checkout (../shared/corpus) or "
           "where SEATRIAL_CORPUS says";
  constexpr const char* kSpace = "laa-data-provider-data-dev";
  files_ = {};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    const std::string below = std::filesystem::relative(entry.path(), path).string();
    if (entry.is_regular_file() && below.find(kSpace) != std::string::npos)
      files_.add("s/repo/" + below, *DiskFiles().read(entry.path().string()));
  }
  files_.add(std::string("s/pr/namespaces/live.cloud-platform.service.justice.gov.uk/") + kSpace +
                 "/resources/new.tf",
             module_text("new_database", "rds-instance") +
                 secret_text("new-database", kSpace, "module.new_database.database_password"));
  play({kMerge}, {"pipeline: environments, completesWithin: 12m"});
  EXPECT_TRUE(result_.pass) << result_.expectations[0].seen;
  EXPECT_TRUE(has_secret(kSpace, "new-database"));
  EXPECT_THAT(steps(), Contains("terraform apply of laa-data-provider-data-dev: created RDS instance "
                                "module.new_database in 9m"));
  EXPECT_THAT(steps(), Each(Not(HasSubstr("changes RDS instance"))));
}

}  // namespace
}  // namespace seatrial::scenario
