// Network policies on the way from pods to managed resources: which connections are opened, and what is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/reach/flow.h"
#include "sim/scenario/run.h"
#include "tests/scenario/played.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What web may send to: a block at a port.
std::string allowing(const std::string& block, int port) {
  return R"(apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress:
    - {to: [{ipBlock: {cidr: )" +
         block + "}}], ports: [{port: " + std::to_string(port) + "}]}\n";
}

const std::string kAddress = "{name: main, address: 10.9.0.5}", kNoTimeline = "    []\n";

struct Case {
  std::string database = kAddress, policies = allowing("10.9.0.0/24", 5432), timeline = kNoTimeline;
  bool applied = true;  // from the start
  std::string flows = "keep", platform = kPlatform;
};

MemoryFiles files_of(const Case& of) {
  std::string text =
      broken("concurrency: 8, onSigterm: drain}",
             "concurrency: 64, onSigterm: drain, calls: [{to: rds/main, time: 5ms, timeout: 1s, "
             "pool: {size: 4, acquireTimeout: 1s, connectTimeout: 1s}}]}",
             kScenario);
  text = broken("    - {at: 1m, set image: deployment/web, image: \"web:2\"}\n", "", text);
  text = broken("    - {at: 2m, drain: {nodeGroup: default, nodes: 1}}\n", of.timeline, text);
  text = broken("    - {rollout: deployment/web, completesWithin: 3m}\n", "", text);
  text = broken("rate: 100/s", "rate: 10/s", text);
  if (of.applied) text = broken("apply: [web.yaml]", "apply: [web.yaml, policies.yaml]", text);
  text = broken("  images:\n", "  resources: {rds: [" + of.database + "]}\n  images:\n", text);
  MemoryFiles files = small_files(std::move(text));
  files.add(
      "s/platform.yaml",
      of.platform + "  networkPlugin: {policyLag: 1s, start: wait, establishedFlows: " + of.flows + "}\n");
  files.add("s/policies.yaml", of.policies);
  return files;
}

RunResult played(const Case& of) { return tests::played(files_of(of)); }

TEST(Connections, PoliciesDropThoseThatNoRuleAllows) {
  EXPECT_EQ(played({}).requests[0].failed, 0u);
  Case wrong_port;
  wrong_port.policies = allowing("10.9.0.0/24", 5433);
  const RunResult closed = played(wrong_port);
  EXPECT_THAT(closed.requests[0].outcomes, testing::Not(Contains(testing::Key("ok"))));
  ASSERT_FALSE(closed.findings.empty());
  EXPECT_EQ(closed.findings[0].rule, "dependency-away");
  EXPECT_THAT(closed.findings[0].chain, Contains(HasSubstr("NetworkPolicy default/egress")));
  EXPECT_THAT(closed.findings[0].change, HasSubstr("allow egress to its address, TCP port 5432"));
  wrong_port.database = "{name: main, address: 10.9.0.5, port: 5433}";
  EXPECT_EQ(played(wrong_port).requests[0].failed, 0u);
}

// Pools keep what they have opened, unless the plugin cuts it; then they connect again as soon as they may.
TEST(Connections, APolicyOfTheTimelineHoldsForNewOnes) {
  Case later;
  later.applied = false;
  later.policies = allowing("10.8.0.0/24", 5432);
  later.timeline = "    - {at: 1m, apply: policies.yaml}\n    - {at: 2m, delete: networkpolicy/egress}\n";
  EXPECT_EQ(played(later).requests[0].failed, 0u);
  later.flows = "cut";
  const RunResult cut = played(later);
  EXPECT_GT(cut.requests[0].failed, 500u);
  EXPECT_LT(cut.requests[0].failed, 700u);
}

TEST(Connections, WhatIsKeptOpenOutlivesAPolicyAndIsTold) {
  Case shut;
  shut.applied = false;
  shut.policies = R"(apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shut}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}
)";
  shut.timeline = "    - {at: 1m, apply: policies.yaml}\n";
  const auto outlived = [](const RunResult& result) {
    return std::ranges::count(result.findings, "policy-outlived", &report::Finding::rule);
  };
  const RunResult kept = played(shut);
  ASSERT_EQ(outlived(kept), 1);
  const auto found = std::ranges::find(kept.findings, "policy-outlived", &report::Finding::rule);
  EXPECT_THAT(found->what, HasSubstr("of load public got through although network policies forbid it"));
  EXPECT_THAT(found->chain, Contains(HasSubstr("over connections that were open before")));
  shut.flows = "cut";
  const RunResult cut = played(shut);
  EXPECT_EQ(outlived(cut), 0);
  EXPECT_GT(cut.requests[0].failed, kept.requests[0].failed + 500);
}

constexpr const char* kVpc = R"(apiVersion: seatrial/v1
kind: Platform
metadata: {name: small}
spec:
  region: eu-west-2
  zones: [a, b]
  vpc:
    cidr: 10.0.0.0/16
    internetGateway: igw
    natGateways: [{name: nat, subnet: public-a, addresses: 192.0.2.1}]
    routeTables:
      - {name: main, main: true, routes: [{to: 0.0.0.0/0, via: nat}]}
      - {name: public, routes: [{to: 0.0.0.0/0, via: igw}]}
    subnets:
      - {name: public-a, zone: a, cidr: 10.0.0.0/24, kind: public, routeTable: public}
      - {name: data-a, zone: a, cidr: 10.0.1.0/24, kind: private}
      - {name: data-b, zone: b, cidr: 10.0.2.0/24, kind: private}
      - {name: nodes-a, zone: a, cidr: 10.0.16.0/24, kind: eks-private}
      - {name: nodes-b, zone: b, cidr: 10.0.17.0/24, kind: eks-private}
  nodeGroups:
    - {name: default, count: 3, allocatable: {cpu: "4", memory: 16Gi, pods: 110}}
  ingressControllers:
    - {name: default, defaultClass: true}
)";

// A rule that knows the primary's subnet only: all is well until the standby takes over in another zone.
TEST(Connections, AFailoverLeadsToAnAddressThatARuleMayNotAllow) {
  Case failover;
  failover.platform = kVpc;
  failover.database = "{name: main, zone: a, multiAZ: true, failover: 30s}";
  failover.timeline = "    - {at: 2m, failover: rds/main}\n";
  failover.policies = allowing("10.0.0.0/22", 5432);
  const std::uint64_t needed = played(failover).requests[0].failed;
  EXPECT_GT(needed, 0u);  // while nobody is there
  EXPECT_LT(needed, 500u);
  failover.policies = allowing("10.0.1.0/24", 5432);
  EXPECT_GT(played(failover).requests[0].failed, 1700u);  // to the end, three minutes later
}

TEST(Connections, WithoutAnAddressNothingIsJudged) {
  Case unknown;
  unknown.database = "{name: main}";
  unknown.policies = allowing("10.8.0.0/24", 1);
  const RunResult result = played(unknown);
  EXPECT_EQ(result.requests[0].failed, 0u);
  EXPECT_THAT(
      result.not_simulated,
      ElementsAre("network policies on the way to rds/main, which has no `address` and is in no VPC"));
  EXPECT_THAT(problems_of(files_of({.database = "{name: main, address: here, port: 70000}"})),
              ElementsAre(HasSubstr("address: is not an address"), HasSubstr("port: ")));
  EXPECT_THAT(problems_of(files_of({.database = "{name: main, address: 10.9.0.5, multiAZ: true}"})),
              ElementsAre(HasSubstr("address: is of one zone")));
}

TEST(Connections, ReachAsksForAResourceInBothOfItsZones) {
  Case of;
  of.platform = kVpc;
  of.database = "{name: main, zone: a, multiAZ: true}";
  of.policies = allowing("10.0.1.0/24", 5432) + "    - {ports: [{protocol: UDP, port: 53}]}\n";
  auto loaded = load_scenario("s", files_of(of));
  ASSERT_TRUE(loaded) << loaded.error().front().str();
  const auto world =
      play(std::make_shared<const Scenario>(std::move(*loaded)), {{}, SimTime::at(30_s), 0, {}, {}});
  ASSERT_TRUE(world);
  const auto verdict = reach(ReachState(*world), "default/web", "rds/main", "TCP");
  ASSERT_TRUE(verdict) << verdict.error();
  ASSERT_EQ(verdict->paths.size(), 2u);
  EXPECT_EQ(verdict->paths[0].to, "10.0.1.10:5432");
  EXPECT_TRUE(verdict->paths[0].allowed);
  EXPECT_EQ(verdict->paths[1].to, "10.0.2.10:5432");
  EXPECT_FALSE(verdict->paths[1].allowed);
}

}  // namespace
}  // namespace seatrial::scenario
