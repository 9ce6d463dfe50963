// Who waited for an image, and why: one registry, one change of it, for each row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/run.h"
#include "tests/scenario/small.h"

namespace seatrial::checks {
namespace {

using scenario::tests::broken;
using testing::Contains;
using testing::HasSubstr;

constexpr const char* kScenario = R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: small, description: a test}
spec:
  duration: 4m
  platform: platform.yaml
  apply: [web.yaml]
  images:
    web:1: {start: 1s, onSigterm: drain}
    web:2: {start: 1s, onSigterm: drain}
  timeline:
    - {at: 30s, ENTRY}
    - {at: 1m, set image: deployment/web, image: "web:2"}
)";

struct Row {
  const char* name;
  const char* registry;  // what its map says besides hosts
  const char* entry;     // of the timeline
  const char* image;     // what web:2 says besides
  const char* why;       // words of the finding …
  const char* words;     // … of its chain …
  const char* change;    // … and of its advice
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class WaitsForImages : public testing::TestWithParam<Row> {};

TEST_P(WaitsForImages, AreExplained) {
  const Row& row = GetParam();
  const std::string scenario =
      broken("web:2: {", std::string("web:2: {") + row.image, broken("ENTRY", row.entry, kScenario));
  scenario::MemoryFiles files = scenario::tests::small_files(scenario);
  files.add("s/platform.yaml", std::string(scenario::tests::kPlatform) +
                                   "  registries: [{hosts: [docker.io]" + row.registry + "}]\n");
  auto loaded = scenario::load_scenario("s", files);
  ASSERT_TRUE(loaded) << loaded.error().front().str();
  const auto result = scenario::run(std::make_shared<const scenario::Scenario>(std::move(*loaded)), {});
  ASSERT_TRUE(result);
  const auto found = std::ranges::find(result->findings, "waited-for-image", &report::Finding::rule);
  ASSERT_NE(found, result->findings.end());
  EXPECT_THAT(found->what,
              HasSubstr("1 pod of 1 workload on 1 node waited for images of docker.io, up to 2m"));
  EXPECT_THAT(found->what, HasSubstr(row.why));
  EXPECT_THAT(found->chain, Contains(HasSubstr(row.words)));
  EXPECT_THAT(found->chain, Contains(HasSubstr("web:2: 1 pod of deployment/web, up to 2m")));
  EXPECT_THAT(found->chain, Contains(HasSubstr("kubectl set image deployment/web *=web:2 at 1m")));
  EXPECT_THAT(found->change, HasSubstr(row.change));
  EXPECT_EQ(found->manifest.file, "s/web.yaml");
  EXPECT_EQ(found->manifest.line, 10);
}

constexpr const char* kNothing = "scale: deployment/web, replicas: 2";
INSTANTIATE_TEST_SUITE_P(
    Rows, WaitsForImages,
    testing::Values(Row{"Limit", ", pullLimit: {anonymous: 50, used: 50}", kNothing, "",
                        "the registry's pull limit was reached",
                        "429 Too Many Requests - Server message: toomanyrequests", "pull through a cache"},
                    Row{"Credentials", ", credentials: valid",
                        "registry: {host: docker.io, credentials: invalid}", "",
                        "refused the nodes' credentials", "401 Unauthorized", "let both be valid"},
                    Row{"LockedOut", ", credentials: valid, lockout: {failures: 1}",
                        "registry: {host: docker.io, credentials: invalid}", "",
                        "after too many failed logins every login", "429 Too Many Requests",
                        "wait until the block has passed"},
                    Row{"Away", "", "registry: {host: docker.io, away: true}", "", "the registry was away",
                        "503 Service Unavailable", "a registry of your own"},
                    Row{"NoSuchImage", "", kNothing, "pullError: \"docker.io/library/web:2: not found\", ",
                        "the registry does not give it", "not found", "name an image that exists"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace seatrial::checks
