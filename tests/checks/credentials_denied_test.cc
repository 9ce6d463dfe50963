// Pods that could not use a queue or a host for want of a role or of credentials: one reason for each row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/run.h"
#include "tests/scenario/played.h"
#include "tests/scenario/small.h"

namespace seatrial::checks {
namespace {

using scenario::tests::broken;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

constexpr const char* kAccount = R"(apiVersion: v1
kind: ServiceAccount
metadata:
  name: worker
)";
const std::string kAnnotated =
    std::string(kAccount) + "  annotations: {eks.amazonaws.com/role-arn: \"arn:aws:iam::1:role/worker\"}\n";

struct Story {
  std::string account = kAnnotated;
  std::string iam = "{worker: {trusts: default/worker, allows: [sqs/jobs, external/s3]}}";
  std::string timeline = "[]";
  std::string image = "consumes: {from: sqs/jobs, time: 100ms}";
  std::string container = {};  // further fields
  std::string duration = "5m";
};

report::RunResult played(const Story& story) {
  scenario::MemoryFiles files = scenario::tests::small_files(R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: small, description: a test}
spec:
  duration: )" + story.duration + R"(
  platform: platform.yaml
  apply: [account.yaml, web.yaml]
  resources: {sqs: [{name: jobs, rate: 1/s}], external: [{name: s3, address: 203.0.113.10}]}
  iam: )" + story.iam + R"(
  images: {"web:1": {start: 1s, onSigterm: drain, )" + story.image +
                                                             R"(}}
  load: [{name: public, to: "https://web.example.org/", rate: 1/s}]
  timeline: )" + story.timeline + "\n");
  files.add("s/account.yaml", story.account);
  files.add("s/annotated.yaml", kAnnotated);
  files.add("s/web.yaml",
            broken("containers: [{name: web, ",
                   "serviceAccountName: worker\n      containers: [{name: web, " + story.container,
                   scenario::tests::kWeb));
  return scenario::tests::played(files);
}

std::vector<report::Finding> findings_of(const Story& story) { return played(story).findings; }

// The finding, which must be there once.
report::Finding denied(const Story& story) {
  const auto findings = findings_of(story);
  EXPECT_EQ(std::ranges::count(findings, "credentials-denied", &report::Finding::rule), 1);
  const auto found = std::ranges::find(findings, "credentials-denied", &report::Finding::rule);
  return found == findings.end() ? report::Finding() : *found;
}

TEST(CredentialsDenied, IsNotSaidWhereNobodyIs) {
  for (const Story& story : {Story(), Story{.iam = "{}"}, Story{.account = kAccount, .iam = "{}"},
                             Story{.timeline = "[{at: 1m, sts: unavailable, for: 1m}]"}}) {
    const auto findings = findings_of(story);
    EXPECT_EQ(std::ranges::count(findings, "credentials-denied", &report::Finding::rule), 0);
  }
}

TEST(CredentialsDenied, NoAnnotationWhenThePodsWereCreated) {
  const report::Finding found = denied({.account = kAccount});
  EXPECT_THAT(found.what,
              HasSubstr("deployment/web could not use sqs/jobs: 2 pods of version 1 had no IAM role"));
  EXPECT_THAT(found.chain,
              Contains(HasSubstr("ServiceAccount default/worker (s/account.yaml:1) had no "
                                 "annotation eks.amazonaws.com/role-arn when they were created")));
  EXPECT_THAT(found.chain, Contains(HasSubstr("messages waited in sqs/jobs")));
  EXPECT_THAT(found.change, HasSubstr("annotate ServiceAccount default/worker with"));
  EXPECT_THAT(found.change, HasSubstr("the ARN of worker (s/scenario.yaml:9)"));
  EXPECT_EQ(found.manifest.file, "s/account.yaml");
}

TEST(CredentialsDenied, APodsRowSaysWhatItCouldNotCall) {
  const report::RunResult result = played({.account = kAccount});
  ASSERT_EQ(result.pods.front().troubles.size(), 1u);
  EXPECT_EQ(result.pods.front().troubles[0].second, "sqs/jobs: AccessDenied: the pod has no role");
  EXPECT_THAT(played({}).pods.front().troubles, testing::IsEmpty());
}

TEST(CredentialsDenied, AnAnnotationThatCameLaterNeedsARestart) {
  const report::Finding found =
      denied({.account = kAccount, .timeline = "[{at: 2m, apply: annotated.yaml}]"});
  EXPECT_THAT(found.chain, Contains(HasSubstr("it has it since 2m (kubectl apply -f annotated.yaml at 2m)")));
  EXPECT_THAT(found.change, HasSubstr("restart the pods"));
}

TEST(CredentialsDenied, ARoleThatTrustsAnotherAccount) {
  const report::Finding found = denied({.iam = "{worker: {trusts: default/default, allows: sqs/jobs}}"});
  EXPECT_THAT(found.what, HasSubstr("had the role worker, which does not trust their ServiceAccount"));
  EXPECT_THAT(found.chain, Contains(HasSubstr("does not name system:serviceaccount:default:worker")));
  EXPECT_THAT(found.change, HasSubstr("trust policy"));
}

TEST(CredentialsDenied, ARoleThatAllowsSomethingElse) {
  const report::Finding found = denied({.iam = "{worker: {trusts: default/worker, allows: external/s3}, "
                                               "jobs: {trusts: default/worker, allows: sqs/jobs}}"});
  EXPECT_THAT(found.what, HasSubstr("had the role worker, which does not allow it"));
  EXPECT_THAT(found.change,
              AllOf(HasSubstr("a role that allows sqs/jobs: jobs"), HasSubstr("restart the pods")));
}

TEST(CredentialsDenied, ARoleOfWhichNothingIsSaid) {
  const report::Finding found = denied({.iam = "{jobs: {trusts: default/worker, allows: sqs/jobs}}"});
  EXPECT_THAT(found.what, HasSubstr("had the role worker, of which `iam` says nothing"));
}

TEST(CredentialsDenied, AContainerThatSetsAVariableItself) {
  const report::Finding found = denied({.container = "env: [{name: AWS_ROLE_ARN, value: own}], "});
  EXPECT_THAT(found.chain, Contains(HasSubstr("their container sets AWS_ROLE_ARN itself")));
  EXPECT_THAT(found.change, HasSubstr("take the variable away"));
}

TEST(CredentialsDenied, AContainerThatSetsBothVariablesItself) {
  const report::Finding found =
      denied({.container = "env: [{name: AWS_ROLE_ARN, value: \"arn:aws:iam::1:role/other\"}, "
                           "{name: AWS_WEB_IDENTITY_TOKEN_FILE, value: /token}], "});
  EXPECT_THAT(found.what, HasSubstr("had the role other, of which `iam` says nothing"));
  EXPECT_THAT(found.chain, Contains(HasSubstr("their container sets AWS_ROLE_ARN itself")));
  EXPECT_THAT(found.change, HasSubstr("take the variable away"));
}

TEST(CredentialsDenied, RequestsThatFailedAreCounted) {
  const report::Finding found =
      denied({.account = kAccount, .image = "calls: [{to: external/s3, time: 5ms}]"});
  EXPECT_THAT(found.what, HasSubstr("could not use external/s3"));
  EXPECT_GT(found.requests, 290u);
  EXPECT_THAT(found.what, HasSubstr("requests failed"));
  EXPECT_EQ(found.severity, report::Severity::kError);
}

TEST(CredentialsDenied, AnOptionalCallIsAWarning) {
  const report::Finding found =
      denied({.account = kAccount, .image = "calls: [{to: external/s3, time: 5ms, optional: true}]"});
  EXPECT_EQ(found.requests, 0u);
  EXPECT_EQ(found.severity, report::Severity::kWarning);
}

TEST(CredentialsDenied, StsIsNamedWithItsTimes) {
  const report::Finding found =
      denied({.timeline = "[{at: 30m, sts: unavailable, for: 90m}]", .duration = "3h"});
  EXPECT_THAT(found.what, HasSubstr("had no credentials that were valid"));
  EXPECT_THAT(found.chain,
              Contains(HasSubstr("STS could not be reached from 30m to 2h: STS is unavailable for "
                                 "1h30m at 30m")));
  EXPECT_THAT(found.chain, Contains(HasSubstr("stops between 5m and 1h after STS")));
  EXPECT_THAT(found.change, HasSubstr("restart no pod"));
}

}  // namespace
}  // namespace seatrial::checks
