#include "sim/cloud/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace seatrial::cloud {
namespace {

using namespace literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

SimTime at(Duration d) { return SimTime::at(d); }

RegistryConfig docker_hub() {
  RegistryConfig hub;
  hub.hosts = {"docker.io"};
  return hub;
}

TEST(Registry, IsFoundByItsHost) {
  std::vector<RegistryConfig> registries(2);
  registries[0].hosts = {"docker.io"};
  registries[1].hosts = {"*.dkr.ecr.*.amazonaws.com"};
  const auto found = [&](const char* image) { return registry_of(registries, registry_host(image)); };
  EXPECT_EQ(found("ministryofjustice/app:1.3"), &registries[0]);
  EXPECT_EQ(found("754256621582.dkr.ecr.eu-west-2.amazonaws.com/team/app:1"), &registries[1]);
  EXPECT_EQ(found("ghcr.io/team/app:1"), nullptr);
}

TEST(Registry, ReferencesAreWrittenOutAsContainerdDoes) {
  const std::pair<const char*, const char*> rows[] = {
      {"web", "docker.io/library/web:latest"},
      {"web:1", "docker.io/library/web:1"},
      {"org/web:1", "docker.io/org/web:1"},
      {"docker.io/org/web", "docker.io/org/web:latest"},
      {"localhost:5000/web:1", "localhost:5000/web:1"},
      {"ghcr.io/a/b/web@sha256:ab", "ghcr.io/a/b/web@sha256:ab"},
      {"web:1@sha256:ab", "docker.io/library/web:1@sha256:ab"},
  };
  for (const auto& [image, full] : rows) EXPECT_EQ(full_reference(image), full) << image;
}

TEST(Registry, NodesShareAddressesAsTheGatewaysAre) {
  api::Node node;
  node.metadata.name = "n1";
  api::LabelMap labels;
  labels.set("topology.kubernetes.io/zone", "eu-west-2a");
  node.metadata.labels = labels;
  EXPECT_EQ(public_address(Egress::kPerZone, node), "eu-west-2a");
  EXPECT_EQ(public_address(Egress::kShared, node), "cluster");
  EXPECT_EQ(public_address(Egress::kPerNode, node), "n1");
}

// One attempt after the other against a limit of 2 in 60 s.
struct Ask {
  Duration when;
  const char* address;
  bool has_manifest;
  PullRefusal answer;
};
struct LimitRow {
  const char* name;
  Credentials credentials;
  std::int64_t used;
  std::vector<Ask> asks;
};
void PrintTo(const LimitRow& row, std::ostream* out) { *out << row.name; }

class PullLimits : public ::testing::TestWithParam<LimitRow> {};

TEST_P(PullLimits, CountsAsTheRowSays) {
  RegistryConfig hub = docker_hub();
  hub.credentials = GetParam().credentials;
  hub.pull_limit = PullLimit{2, 3, 60_s, GetParam().used};
  Registries registries({hub});
  for (const Ask& ask : GetParam().asks) {
    SCOPED_TRACE(to_string(ask.when));
    EXPECT_EQ(registries.ask("web:1", ask.address, ask.has_manifest, at(ask.when)).refusal, ask.answer);
  }
}

constexpr auto kServes = PullRefusal::kNone;
constexpr auto kLimit = PullRefusal::kLimit;
INSTANTIATE_TEST_SUITE_P(Rows, PullLimits,
                         ::testing::Values(LimitRow{"each_address_has_its_own",
                                                    Credentials::kNone,
                                                    0,
                                                    {{1_s, "a", false, kServes},
                                                     {2_s, "a", false, kServes},
                                                     {3_s, "a", false, kLimit},
                                                     {3_s, "b", false, kServes}}},
                                           LimitRow{"the_window_slides_and_refusals_do_not_count",
                                                    Credentials::kNone,
                                                    0,
                                                    {{1_s, "a", false, kServes},
                                                     {30_s, "a", false, kServes},
                                                     {60_s, "a", false, kLimit},
                                                     {61_s, "a", false, kServes},
                                                     {62_s, "a", false, kLimit},
                                                     {90_s, "a", false, kServes}}},
                                           LimitRow{"a_version_check_is_no_pull",
                                                    Credentials::kNone,
                                                    0,
                                                    {{1_s, "a", true, kServes},
                                                     {1_s, "a", false, kServes},
                                                     {1_s, "a", false, kServes},
                                                     {1_s, "a", true, kServes},
                                                     {1_s, "a", false, kLimit}}},
                                           LimitRow{"the_account_counts_for_all_addresses",
                                                    Credentials::kValid,
                                                    0,
                                                    {{1_s, "a", false, kServes},
                                                     {1_s, "b", false, kServes},
                                                     {1_s, "c", false, kServes},
                                                     {1_s, "d", false, kLimit}}},
                                           // Two of two in the 60 s before: at -30 s and at 0 s.
                                           LimitRow{"what_was_used_before_leaves_the_window",
                                                    Credentials::kNone,
                                                    2,
                                                    {{1_s, "a", false, kLimit},
                                                     {30_s, "a", false, kServes},
                                                     {59_s, "a", false, kLimit},
                                                     {60_s, "a", false, kServes}}},
                                           LimitRow{"nothing_counts_before_time_0",
                                                    Credentials::kNone,
                                                    0,
                                                    {{-3_s, "a", false, kServes},
                                                     {-2_s, "a", false, kServes},
                                                     {-1_s, "a", false, kServes},
                                                     {1_s, "a", false, kServes}}}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Registry, APaidAccountHasNoLimit) {
  RegistryConfig hub = docker_hub();
  hub.credentials = Credentials::kValid;
  hub.pull_limit = PullLimit{0, {}, 60_s, 0};
  Registries registries({hub});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(registries.ask("web:1", "a", false, at(1_s)).refusal, kServes);
}

// kubelet events of issues: suxess-it/kubriX#1075, kata-containers#10109.
TEST(Registry, ALimitIsToldInContainerdsWords) {
  for (const auto credentials : {Credentials::kNone, Credentials::kValid}) {
    RegistryConfig hub = docker_hub();
    hub.credentials = credentials;
    hub.pull_limit = PullLimit{0, 0, 60_s, 0};
    Registries registries({hub});
    const std::string error = registries.ask("prom/exporter:1", "a", false, at(1_s)).error;
    EXPECT_THAT(error, StartsWith("failed to copy: httpReadSeeker: failed open: unexpected status code "
                                  "https://registry-1.docker.io/v2/prom/exporter/manifests/sha256:…: 429 Too "
                                  "Many Requests - Server message: toomanyrequests: You have reached your "));
    EXPECT_THAT(error,
                HasSubstr(credentials == Credentials::kNone ? "your unauthenticated pull rate limit. "
                                                            : "your pull rate limit. You may increase"));
  }
  RegistryConfig other;
  other.hosts = {"*"};
  other.pull_limit = PullLimit{0, 0, 60_s, 0};
  Registries registries({other});
  EXPECT_THAT(registries.ask("ghcr.io/a/b:1", "a", false, at(1_s)).error,
              EndsWith("https://ghcr.io/v2/a/b/manifests/sha256:…: 429 Too Many Requests"));
}

// Each attempt with wrong credentials is two failed logins; the fifth locks.
TEST(Registry, WrongCredentialsLockTheAccount) {
  RegistryConfig hub = docker_hub();
  hub.lockout = Lockout{10, 600_s, 900_s, false};
  Registries registries({hub});
  const auto ask = [&](Duration when, const char* address) {
    return registries.ask("org/app:1", address, true, at(when));
  };
  hub.credentials = Credentials::kInvalid;
  registries = Registries({hub});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(i * 60_s, "a").refusal, PullRefusal::kCredentials);
  EXPECT_EQ(ask(241_s, "b").refusal, PullRefusal::kLockedOut);
  EXPECT_EQ(
      ask(241_s, "b").error,
      "failed to resolve reference \"docker.io/org/app:1\": failed to authorize: failed to fetch oauth "
      "token: unexpected status from POST request to https://auth.docker.io/token: 429 Too Many Requests");
  // Right ones are refused too while the block lasts.
  const RegistryChange right{"docker.io", Credentials::kValid, {}, {}, false};
  registries.begin_change(right);
  EXPECT_EQ(ask(1139_s, "a").refusal, PullRefusal::kLockedOut);
  EXPECT_EQ(ask(1140_s, "a").refusal, kServes);
  registries.end_change(right);
  EXPECT_EQ(
      ask(1141_s, "a").error,
      "failed to resolve reference \"docker.io/org/app:1\": failed to authorize: failed to fetch oauth "
      "token: unexpected status from GET request to "
      "https://auth.docker.io/token?scope=repository%3Aorg%2Fapp%3Apull&service=registry.docker.io: 401 "
      "Unauthorized");
}

TEST(Registry, AnAddressMayBeLockedInsteadAndOldFailuresAreForgotten) {
  RegistryConfig hub = docker_hub();
  hub.credentials = Credentials::kInvalid;
  hub.lockout = Lockout{4, 60_s, 900_s, true};
  Registries registries({hub});
  const auto ask = [&](Duration when, const char* address) {
    return registries.ask("org/app:1", address, false, at(when)).refusal;
  };
  EXPECT_EQ(ask(0_s, "a"), PullRefusal::kCredentials);
  EXPECT_EQ(ask(61_s, "a"), PullRefusal::kCredentials);
  EXPECT_EQ(ask(62_s, "a"), PullRefusal::kCredentials);
  EXPECT_EQ(ask(63_s, "a"), PullRefusal::kLockedOut);
  EXPECT_EQ(ask(63_s, "b"), PullRefusal::kCredentials);
}

TEST(Registry, OneThatIsAwayAnswers503AndAChangeIsOfItsHostOnly) {
  RegistryConfig all;
  all.hosts = {"*"};
  Registries registries({all});
  RegistryChange away{"docker.io", {}, {}, {}, true};
  RegistryChange slow{"docker.io", {}, Distribution::constant(20_s), 1000, false};
  registries.begin_change(away);
  registries.begin_change(slow);
  EXPECT_EQ(registries.ask("web:1", "a", true, at(1_s)).error,
            "failed to resolve reference \"docker.io/library/web:1\": unexpected status from HEAD request to "
            "https://registry-1.docker.io/v2/library/web/manifests/1: 503 Service Unavailable");
  EXPECT_EQ(registries.of("web:1").latency, Distribution::constant(20_s));
  EXPECT_EQ(registries.of("web:1").bytes_per_second, 1000);
  EXPECT_EQ(registries.ask("quay.io/a/b:1", "a", true, at(1_s)).refusal, kServes);
  EXPECT_NE(registries.of("quay.io/a/b:1").bytes_per_second, 1000);
  registries.end_change(away);
  EXPECT_EQ(registries.ask("web:1", "a", true, at(1_s)).refusal, kServes);
  EXPECT_EQ(registries.of("web:1").bytes_per_second, 1000);
}

}  // namespace
}  // namespace seatrial::cloud
