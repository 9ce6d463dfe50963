// How webhooks answer, as a scenario says it: their certificates, and what kubectl is refused because of
// them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/run.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace tests;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kScenario = R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: small, description: a test}
spec:
  duration: 1m
  platform: platform.yaml
  apply: [web.yaml, policy.yaml]
  images:
    web:1: {start: 2s}
  webhooks:
    ingress.policy.example.com: {certificate: CERTIFICATE}
  timeline:
    - {at: 10s, annotate: ingress/web, annotations: {a: "1"}}
    - {at: 20s, annotate: service/web, annotations: {a: "1"}}
  expect:
    - {refusedCommands: 0}
)";
constexpr const char* kPolicy = R"(apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: policy}
webhooks:
  - name: ingress.policy.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    clientConfig: {url: "https://policy.example.com:8443/check"}
    rules: [{operations: [UPDATE], apiGroups: [networking.k8s.io], apiVersions: [v1], resources: [ingresses]}]
)";

MemoryFiles files_with(const std::string& certificate) {
  MemoryFiles files = small_files(broken("CERTIFICATE", certificate, kScenario));
  files.add("s/policy.yaml", kPolicy);
  return files;
}

TEST(WebhookOfAScenario, ACertificateDecidesWhetherCommandsAreRefused) {
  const std::pair<const char*, const char*> rows[] = {
      {"{names: [policy.example.com]}", ""},
      {"{names: [\"*.example.com\"], trusted: true}", ""},
      {"{names: [other.example.com, localhost]}",
       "certificate is valid for other.example.com, localhost, not policy.example.com"},
      {"{trusted: false}", "certificate signed by unknown authority"}};
  for (const auto& [certificate, refusal] : rows) {
    SCOPED_TRACE(certificate);
    auto loaded = load_scenario("s", files_with(certificate));
    ASSERT_TRUE(loaded) << loaded.error().front().str();
    const auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
    ASSERT_TRUE(result);
    const bool refused = std::string(refusal) != "";
    ASSERT_EQ(result->expectations.size(), 1u);
    EXPECT_EQ(result->expectations[0].held, !refused);
    EXPECT_THAT(result->expectations[0].seen,
                StartsWith(refused ? "1 refusal, the first at 10" : "0 refusals"));
    const auto found = std::ranges::find(result->findings, "webhook-in-the-way", &report::Finding::rule);
    ASSERT_EQ(found != result->findings.end(), refused);
    if (refused) EXPECT_THAT(found->chain.front(), HasSubstr(refusal));
  }
}

TEST(WebhookOfAScenario, ACertificateIsReadStrictly) {
  const std::pair<const char*, const char*> rows[] = {
      {"yes",
       "s/scenario.yaml:11:47: spec.webhooks[ingress.policy.example.com].certificate: expected object"},
      {"{}", "s/scenario.yaml:11:47: spec.webhooks[ingress.policy.example.com].certificate: says nothing"},
      {"{names: []}",
       "s/scenario.yaml:11:55: spec.webhooks[ingress.policy.example.com].certificate.names: names "
       "no host"},
      {"{trusted: maybe}",
       "s/scenario.yaml:11:57: spec.webhooks[ingress.policy.example.com].certificate.trusted: "},
      {"{name: a}", "s/scenario.yaml:11:"}};
  for (const auto& [certificate, problem] : rows) {
    const std::vector<std::string> problems = problems_of(files_with(certificate));
    ASSERT_FALSE(problems.empty()) << certificate;
    EXPECT_THAT(problems.front(), StartsWith(problem));
  }
}

TEST(WebhookOfAScenario, RefusedCommandsAreCompared) {
  MemoryFiles files = small_files(broken("refusedCommands: 0", "refusedCommands: some",
                                         broken("CERTIFICATE", "{trusted: false}", kScenario)));
  files.add("s/policy.yaml", kPolicy);
  EXPECT_THAT(problems_of(files),
              ElementsAre(StartsWith("s/scenario.yaml:16:25: spec.expect[0].refusedCommands:")));
}

}  // namespace
}  // namespace seatrial::scenario
