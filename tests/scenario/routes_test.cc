// Ingresses and Services that change or go while requests come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sim/scenario/run.h"
#include "tests/scenario/played.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace tests;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Lt;

struct Played {
  std::map<std::string, std::uint64_t> outcomes;
  std::vector<std::string> findings;
};

// 100 requests a second for five minutes, and this timeline; changed.yaml is applied by some.
Played play_routes(const std::string& timeline, const std::string& changed = kWeb,
                   const std::string& platform = kPlatform, const std::string& web = kWeb) {
  std::string text = broken("    - {at: 1m, set image: deployment/web, image: \"web:2\"}\n", "", kScenario);
  text = broken("    - {at: 2m, drain: {nodeGroup: default, nodes: 1}}\n", timeline, text);
  text = broken("    - {rollout: deployment/web, completesWithin: 3m}\n", "", text);
  text = broken("concurrency: 8,", "concurrency: 8, ports: [8080],", text);
  MemoryFiles files = small_files(text);
  files.add("s/changed.yaml", changed);
  files.add("s/platform.yaml", platform);
  files.add("s/web.yaml", web);
  const report::RunResult result = tests::played(files);
  Played played;
  for (const auto& [outcome, count] : result.requests.front().outcomes)
    played.outcomes[std::string(outcome)] = count;
  for (const auto& finding : result.findings) played.findings.push_back(finding.rule + ": " + finding.what);
  return played;
}

TEST(Routes, AHostWhoseIngressIsDeletedIsAnswered404) {
  Played played = play_routes("    - {at: 1m, delete: ingress/web}\n");
  EXPECT_THAT(played.outcomes["no route"], AllOf(Gt(23'000u), Lt(24'100u)));
  EXPECT_THAT(played.findings, Contains(HasSubstr("no-route: ")));
}

TEST(Routes, AHostWhoseServiceIsDeletedIsAnswered503) {
  Played played = play_routes("    - {at: 1m, delete: service/web}\n");
  EXPECT_THAT(played.outcomes["no endpoints"], AllOf(Gt(23'000u), Lt(24'100u)));
}

TEST(Routes, WhatIsAppliedAgainServesAgain) {
  Played played = play_routes(
      "    - {at: 1m, delete: [ingress/web, service/web]}\n    - {at: 2m, apply: changed.yaml}\n");
  EXPECT_THAT(played.outcomes["no route"] + played.outcomes["no endpoints"], AllOf(Gt(5'500u), Lt(7'000u)));
  EXPECT_GT(played.outcomes["ok"], 22'500u);
}

TEST(Routes, AnotherHostIsAnotherRoute) {
  Played played =
      play_routes("    - {at: 1m, apply: changed.yaml}\n", broken("host: web.", "host: shop.", kWeb));
  EXPECT_GT(played.outcomes["no route"], 23'000u);
}

TEST(Routes, APortThatTheServiceDoesNotHaveHasNoEndpoints) {
  Played played = play_routes("    - {at: 1m, apply: changed.yaml}\n",
                              broken("port: {number: 80}", "port: {number: 81}", kWeb));
  EXPECT_GT(played.outcomes["no endpoints"], 23'000u);
  EXPECT_THAT(played.findings, Contains(HasSubstr("no-route: ")));
}

TEST(Routes, APortOnWhichNobodyListensRefuses) {
  Played played = play_routes("    - {at: 1m, apply: changed.yaml}\n",
                              broken("targetPort: 8080", "targetPort: 9999", kWeb));
  EXPECT_GT(played.outcomes["connect refused"], 23'000u);
}

// A Deployment and a Service other, to whose pods nothing may come.
const std::string kClosed = R"(---
apiVersion: apps/v1
kind: Deployment
metadata: {name: other}
spec:
  replicas: 2
  selector: {matchLabels: {app: other}}
  template:
    metadata: {labels: {app: other}}
    spec:
      containers: [{name: web, image: "web:1", ports: [{containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: other}
spec: {selector: {app: other}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {matchLabels: {app: other}}, policyTypes: [Ingress]}
)";

// The Service's policies, with and without external-dns; and back again.
TEST(Routes, ThePoliciesAreThoseOfThePodsToWhichItLeadsNow) {
  const std::string to_other = broken("{service: {name: web,", "{service: {name: other,", kWeb);
  const std::string platform = std::string(kPlatform) + "  networkPlugin: {policyLag: 1s}\n";
  const std::string followed = platform + "  externalDns: {}\n";
  for (const std::string& with : {platform, followed}) {
    Played away = play_routes("    - {at: 2m, apply: changed.yaml}\n", to_other, with, kWeb + kClosed);
    EXPECT_GT(away.outcomes["client timeout"], 17'000u);
    EXPECT_GT(away.outcomes["ok"], 11'900u);
    Played back = play_routes("    - {at: 2m, apply: changed.yaml}\n", kWeb, with, to_other + kClosed);
    EXPECT_GT(back.outcomes["client timeout"], 11'900u);
    EXPECT_GT(back.outcomes["ok"], 17'000u);
  }
}

}  // namespace
}  // namespace seatrial::scenario
