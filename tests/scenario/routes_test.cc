// Ingresses and Services that change or go while requests come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sim/scenario/run.h"
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
Played play_routes(const std::string& timeline, const std::string& changed = kWeb) {
  std::string text = broken("    - {at: 1m, set image: deployment/web, image: \"web:2\"}\n", "", kScenario);
  text = broken("    - {at: 2m, drain: {nodeGroup: default, nodes: 1}}\n", timeline, text);
  text = broken("    - {rollout: deployment/web, completesWithin: 3m}\n", "", text);
  text = broken("concurrency: 8,", "concurrency: 8, ports: [8080],", text);
  MemoryFiles files = small_files(text);
  files.add("s/changed.yaml", changed);
  auto loaded = load_scenario("s", files);
  if (!loaded) throw std::logic_error(loaded.error().front().str());
  auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  if (!result) throw std::logic_error(result.error().front().str());
  Played played;
  for (const auto& [outcome, count] : result->requests.front().outcomes)
    played.outcomes[std::string(outcome)] = count;
  for (const auto& finding : result->findings) played.findings.push_back(finding.rule + ": " + finding.what);
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

}  // namespace
}  // namespace seatrial::scenario
