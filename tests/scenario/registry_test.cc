// Registries of a platform and what the timeline changes of them: as written, refused, and in a run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/run.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr const char* kRegistries = R"(  natGateways: shared
  registries:
    - hosts: [docker.io]
      credentials: valid
      pullLimit: {anonymous: 100, authenticated: 200, window: 6h, used: 60}
      lockout: {failures: 10, window: 10m, for: 15m, of: address}
    - {hosts: ["*.amazonaws.com"], bytesPerSecond: 100M, latency: 200ms}
)";

MemoryFiles files_with(const std::string& registries, const std::string& entry) {
  MemoryFiles files =
      small_files(broken("{at: 1m, set image: deployment/web, image: \"web:2\"}", "{at: 1m, " + entry + "}"));
  files.add("s/platform.yaml", std::string(kPlatform) + registries);
  return files;
}
constexpr const char* kChange = "registry: {host: docker.io, credentials: invalid}, for: 2m";

TEST(RegistryOfAPlatform, SaysEverything) {
  const auto scenario = load_scenario("s", files_with(kRegistries, kChange));
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  EXPECT_EQ(scenario->platform.egress, cloud::Egress::kShared);
  const cloud::RegistryConfig& hub = scenario->platform.registries.at(0);
  EXPECT_EQ(hub.credentials, cloud::Credentials::kValid);
  EXPECT_EQ(hub.pull_limit, (cloud::PullLimit{100, 200, 6_h, 60}));
  EXPECT_EQ(hub.lockout, (cloud::Lockout{10, 10_min, 15_min, true}));
  EXPECT_EQ(scenario->platform.registries.at(1).pull_limit, std::nullopt);
  const TimelineEntry& entry = scenario->timeline.front();
  EXPECT_EQ(entry.text, "registry docker.io refuses the nodes' credentials for 2m");
  const auto& change = std::get<ChangeRegistry>(entry.action);
  EXPECT_EQ(change.change, (cloud::RegistryChange{"docker.io", cloud::Credentials::kInvalid, {}, {}, false}));
  EXPECT_EQ(change.lasts, 2_min);
}

TEST(RegistryOfAPlatform, MayBeAwayOrSlow) {
  const std::pair<const char*, const char*> rows[] = {
      {"registry: {host: docker.io, away: true}", "registry docker.io is away"},
      {"registry: {host: 1.amazonaws.com, latency: {median: 5s, p99: 20s}}, for: 30s",
       "registry 1.amazonaws.com is slow for 30s"},
      {"registry: {host: docker.io, bytesPerSecond: 1M}", "registry docker.io is slow"},
      {"registry: {host: docker.io, credentials: valid}",
       "registry docker.io accepts the nodes' credentials"}};
  for (const auto& [written, text] : rows) {
    const auto scenario = load_scenario("s", files_with(kRegistries, written));
    ASSERT_TRUE(scenario) << scenario.error().front().str();
    EXPECT_EQ(scenario->timeline.front().text, text);
  }
}

struct Bad {
  const char* what;  // of kRegistries, or of the entry
  const char* by;
  const char* problem;
};
constexpr Bad kBad[] = {
    {"natGateways: shared", "natGateways: one",
     "s/platform.yaml:11:16: spec.natGateways: unsupported value \"one\": must be perZone, shared or none"},
    {"credentials: valid", "credentials: wrong",
     "s/platform.yaml:14:20: spec.registries[0].credentials: unsupported value \"wrong\""},
    {"anonymous: 100, authenticated: 200, ", "",
     "s/platform.yaml:15:18: spec.registries[0].pullLimit: limits nothing: \"anonymous\" or "
     "\"authenticated\" is "
     "needed"},
    {"anonymous: 100", "anonymous: -1",
     "s/platform.yaml:15:30: spec.registries[0].pullLimit.anonymous: must be at least 0"},
    {"window: 6h", "window: 6",
     "s/platform.yaml:15:63: spec.registries[0].pullLimit.window: missing unit in duration \"6\""},
    {"pullLimit: {anonymous: 100, authenticated: 200, window: 6h, used: 60}", "pullLimit: 100",
     "s/platform.yaml:15:18: spec.registries[0].pullLimit: expected object"},
    {"failures: 10", "failures: 0",
     "s/platform.yaml:16:27: spec.registries[0].lockout.failures: must be at least 1, is 0"},
    {"of: address", "of: node", "s/platform.yaml:16:58: spec.registries[0].lockout.of: unsupported value"},
    {"for: 15m", "for: 15m, lasts: 3m",
     "s/platform.yaml:16:54: unknown field \"spec.registries[0].lockout.lasts\""},
    {"bytesPerSecond: 100M", "bytesPerSecond: 0",
     "s/platform.yaml:17:52: spec.registries[1].bytesPerSecond: must be more than 0"},
    {"host: docker.io, ", "",
     "s/scenario.yaml:15:26: spec.timeline[0].registry.host: required field is missing"},
    {"host: docker.io, ", "host: quay.io, ",
     "s/scenario.yaml:15:33: spec.timeline[0].registry.host: no registry of the platform has host "
     "\"quay.io\""},
    {", credentials: invalid", "", "s/scenario.yaml:15:26: spec.timeline[0].registry: changes nothing"},
    {"credentials: invalid", "credentials: none",
     "s/scenario.yaml:15:57: spec.timeline[0].registry.credentials: unsupported value \"none\""},
    {"{host: docker.io, credentials: invalid}, for: 2m", "docker.io",
     "s/scenario.yaml:15:26: spec.timeline[0].registry: expected object"},
};

TEST(RegistryOfAPlatform, WhatIsWrongIsSaidWhereItStands) {
  for (const Bad& row : kBad) {
    SCOPED_TRACE(row.by);
    const bool of_entry = std::string(kChange).contains(row.what);
    const std::vector<std::string> problems =
        problems_of(files_with(of_entry ? kRegistries : broken(row.what, row.by, kRegistries),
                               of_entry ? broken(row.what, row.by, kChange) : kChange));
    ASSERT_THAT(problems, ::testing::SizeIs(1));
    EXPECT_THAT(problems.front(), StartsWith(row.problem));
  }
}

TEST(RegistryOfAPlatform, HollowKubeletsPullNothing) {
  EXPECT_THAT(problems_of(files_with(std::string(kRegistries) + "  kubelet: {kind: hollow}\n", kChange)),
              ElementsAre(HasSubstr("hollow kubelets pull no images")));
}

}  // namespace
}  // namespace seatrial::scenario
