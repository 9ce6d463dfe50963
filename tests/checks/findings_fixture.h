// Small scenarios that are broken in one way each, and the finding that says so.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/played.h"
#include "tests/scenario/small.h"

namespace seatrial::checks::tests {

using scenario::tests::broken;
using scenario::tests::kWeb;
using testing::HasSubstr;

inline constexpr const char* kScenario = R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: small, description: a test}
spec:
  seed: 7
  duration: 3m
  platform: platform.yaml
  apply: [web.yaml]
  images:
    web:1: {start: 1s, serviceTime: 40ms, concurrency: 8, onSigterm: drain}
    web:2: {start: 1s, serviceTime: 40ms, concurrency: 8, onSigterm: drain}
  load:
    - {name: public, from: internet, to: "https://web.example.org/", rate: 20/s, timeout: 2s}
  timeline:
    - {at: 1m, set image: deployment/web, image: "web:2"}
)";

inline const std::string kReady =
    R"(readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}, lifecycle: {preStop: {sleep: {seconds: 8}}}, )";

// The Deployment with something more in its container.
inline std::string with(const std::string& more) { return broken("ports: [{c", more + "ports: [{c", kWeb); }
// A scenario in which the new version differs.
inline std::string version_2(const std::string& behaviour) {
  return broken("web:2: {start: 1s, serviceTime: 40ms, concurrency: 8, onSigterm: drain}",
                "web:2: " + behaviour, kScenario);
}
// The scenario with another entry where the rollout begins.
inline std::string at_1m(const std::string& entry) {
  return broken("{at: 1m, set image: deployment/web, image: \"web:2\"}", "{at: 1m, " + entry + "}",
                kScenario);
}

inline std::string autoscaler(int window) {
  return "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: "
         "{scaleTargetRef: "
         "{apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 8, behavior: "
         "{scaleDown: "
         "{stabilizationWindowSeconds: " +
         std::to_string(window) + "}}}}";
}

struct Row {
  const char* name;
  const char* rule;
  std::string scenario, manifest;
  const char* what;    // words of the finding …
  const char* change;  // … and of its advice
};

inline void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

// Plays it: its finding is there, and what failed is accounted for, once.
inline void expect_finding(const Row& row) {
  scenario::MemoryFiles files = scenario::tests::small_files(row.scenario);
  files.add("s/web.yaml", row.manifest);
  for (const int window : {0, 300})
    files.add("s/hpa-" + std::to_string(window) + ".yaml", autoscaler(window));
  const report::RunResult result = scenario::tests::played(files);
  const auto found = std::ranges::find(result.findings, row.rule, &report::Finding::rule);
  ASSERT_NE(found, result.findings.end()) << "of " << result.findings.size() << " findings";
  EXPECT_THAT(found->what, HasSubstr(row.what));
  EXPECT_THAT(found->change, HasSubstr(row.change));
  std::uint64_t failed = 0, explained = 0;
  for (const report::Requests& requests : result.requests) failed += requests.failed;
  for (const report::Finding& finding : result.findings) explained += finding.requests;
  EXPECT_EQ(explained, failed);
}

}  // namespace seatrial::checks::tests
