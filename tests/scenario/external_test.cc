// Hosts on the internet that images call: what is read of them and of NAT gateways, and what the VPC's
// changes do to those who call them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/run.h"
#include "tests/scenario/played.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kOneGateway = R"(apiVersion: seatrial/v1
kind: Platform
metadata: {name: one-gateway}
spec:
  region: eu-west-2
  zones: [a, b]
  vpc:
    cidr: 10.0.0.0/16
    internetGateway: igw
    natGateways:
      - {name: nat-a, subnet: public-a, addresses: [192.0.2.1, 192.0.2.2], portsPerDestination: 300, closedPortHold: 90s}
      - {name: nat-b, subnet: public-b, addresses: 192.0.2.3}
    routeTables:
      - {name: main, main: true}
      - {name: public, routes: [{to: 0.0.0.0/0, via: igw}]}
      - {name: private, routes: [{to: 0.0.0.0/0, via: nat-a}]}
    subnets:
      - {name: public-a, zone: a, cidr: 10.0.0.0/24, kind: public, routeTable: public}
      - {name: public-b, zone: b, cidr: 10.0.1.0/24, kind: public, routeTable: public}
      - {name: nodes-a, zone: a, cidr: 10.0.16.0/24, kind: eks-private, routeTable: private}
      - {name: nodes-b, zone: b, cidr: 10.0.17.0/24, kind: eks-private, routeTable: private}
  nodeGroups:
    - {name: default, instanceType: m5.large, count: 2, allocatable: {cpu: "4", memory: 16Gi, pods: 110}}
  ingressControllers:
    - {name: default, defaultClass: true, replicas: 2}
)";

std::string calling(const std::string& pool, const std::string& timeline,
                    const std::string& host = "{name: payments, address: 203.0.113.10}") {
  return R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: small}
spec:
  seed: 7
  duration: 6m
  platform: platform.yaml
  apply: [web.yaml]
  resources: {external: [)" +
         host + R"(]}
  images:
    web:1: {size: 10Mi, start: 1s, serviceTime: 20ms, concurrency: 64, onSigterm: drain, calls: [{to: external/payments, time: 10ms, timeout: 1s, pool: )" +
         pool + R"(}]}
  load:
    - {name: public, from: internet, to: "https://web.example.org/", rate: 10/s, timeout: 10s}
)" + timeline;
}

MemoryFiles files_of(const std::string& scenario, const std::string& platform = kOneGateway,
                     const std::string& web = kWeb) {
  MemoryFiles files;
  files.add("s/platform.yaml", platform);
  files.add("s/web.yaml", web);
  files.add("s/scenario.yaml", scenario);
  return files;
}

report::RunResult result_of(const std::string& scenario, const std::string& platform = kOneGateway,
                            const std::string& web = kWeb) {
  return played(files_of(scenario, platform, web));
}

const std::string kOwn = "{keepAlive: false, connectTimeout: 5s}", kPool = "{size: 5, acquireTimeout: 2s}";

TEST(External, AHostAndAGatewayAreRead) {
  const auto scenario = load_scenario("s", files_of(calling(kOwn, "")));
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  const cloud::ManagedConfig& host = scenario->platform.resources.at(0);
  EXPECT_EQ(host.name.view(), "external/payments");
  EXPECT_EQ(host.address->str(), "203.0.113.10");
  EXPECT_EQ(host.port, 443);
  EXPECT_EQ(host.host.view(), "payments");
  EXPECT_FALSE(scenario->images.at("web:1").calls[0].pool.keep_alive);
  const auto& gateways = scenario->platform.vpc->nat_gateways;
  EXPECT_EQ(gateways[0].ports.per_destination, 300);
  EXPECT_EQ(gateways[0].ports.closed_hold, 90_s);
  EXPECT_EQ(gateways[1].ports.per_destination, 55'000);
}

// 10 connections a second, each for 90 s: 900 ports would be needed, and it has 600.
TEST(External, AGatewayWithoutPortsIsFound) {
  const report::RunResult result = result_of(calling(kOwn, ""));
  EXPECT_GT(result.requests[0].failed, 0u);
  ASSERT_EQ(result.connection_tables.size(), 1u);
  EXPECT_EQ(result.connection_tables[0].limit, 600u);
  EXPECT_EQ(result.connection_tables[0].peak, 600u);
  ASSERT_FALSE(result.findings.empty());
  EXPECT_EQ(result.findings[0].rule, "nat-ports-exhausted");
  EXPECT_EQ(result.findings[0].requests, result.requests[0].failed);
  std::vector<std::string> chain;
  for (const report::CauseStep& step : result.failures.at(0).cause) chain.push_back(step.what);
  EXPECT_THAT(chain, Contains(HasSubstr("NAT gateway nat-a has no port left for external/payments")));
}

TEST(External, WithKeepAliveAFewPortsAreEnough) {
  const report::RunResult result = result_of(calling(kPool, ""));
  EXPECT_EQ(result.requests[0].failed, 0u);
  EXPECT_LE(result.connection_tables.at(0).peak, 10u);
}

TEST(External, ALostGatewayIsMetByThoseWhoCall) {
  const report::RunResult result =
      result_of(calling(kPool, "  timeline: [{at: 2m, natGateway: nat-a, lost: true, for: 1m}]\n"));
  const std::uint64_t failed = result.requests[0].failed;
  EXPECT_GT(failed, 500u);
  EXPECT_LT(failed, 700u);
  ASSERT_FALSE(result.findings.empty());
  EXPECT_EQ(result.findings[0].rule, "dependency-away");
  EXPECT_EQ(result.findings[0].requests, failed);
  EXPECT_THAT(result.findings[0].chain,
              Contains("the way there was changed by: NAT gateway nat-a is lost for 1m at 2m"));
  std::vector<std::string> rows;
  for (const report::TimelineRow& row : result.timeline) rows.push_back(row.what);
  EXPECT_THAT(rows, Contains("network: no packet from a to external/payments: gateway nat-a: it is down"));
}

// What is advised about a gateway that is lost, and what following it brings.
TEST(External, WhoeverGoesByOneGatewayIsToldToHaveOneForEachZone) {
  const std::string timeline = "  timeline: [{at: 2m, natGateway: nat-a, lost: true, for: 1m}]\n";
  const std::string zonal =
      broken("{name: nodes-b, zone: b, cidr: 10.0.17.0/24, kind: eks-private, routeTable: private}",
             "{name: nodes-b, zone: b, cidr: 10.0.17.0/24, kind: eks-private, routeTable: private-b}",
             broken("    subnets:\n",
                    "      - {name: private-b, routes: [{to: 0.0.0.0/0, via: nat-b}]}\n    subnets:\n",
                    kOneGateway));
  const std::string ready =
      broken("timeout: 1s, pool", "timeout: 1s, readiness: true, pool", calling(kPool, timeline));
  const report::RunResult shared = result_of(calling(kPool, timeline));
  const report::RunResult of_each = result_of(calling(kPool, timeline), zonal);
  const std::string probed = broken(
      "ports: [{containerPort: 8080}]}",
      "ports: [{containerPort: 8080}], readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 5, "
      "failureThreshold: 2}}",
      kWeb);
  const report::RunResult followed = result_of(ready, zonal, probed);
  ASSERT_FALSE(shared.findings.empty());
  EXPECT_EQ(
      shared.findings[0].change,
      "let each zone have a NAT gateway of its own, and a route table that leads to it: all went by nat-a; "
      "let the pods' readinessProbe depend on the call (readiness: true), so that requests go to pods in "
      "zones "
      "that have a way there");
  ASSERT_FALSE(of_each.findings.empty());
  EXPECT_THAT(of_each.findings[0].change,
              ::testing::StartsWith("let the pods' readinessProbe depend on the call"));
  EXPECT_GT(shared.requests[0].failed, 500u);
  EXPECT_LT(of_each.requests[0].failed, shared.requests[0].failed * 6 / 10);
  EXPECT_LT(followed.requests[0].failed, of_each.requests[0].failed / 4);
}

// Connections by the other gateway are not known to this one: those that are kept are reset, once.
TEST(External, ARouteByAnotherGatewayResetsConnections) {
  const report::RunResult result = result_of(
      calling(kPool, "  timeline: [{at: 2m, route: {table: private, to: 0.0.0.0/0, via: nat-b}}]\n"));
  ASSERT_EQ(result.connection_tables.size(), 2u);
  EXPECT_GT(result.requests[0].failed, 0u);
  EXPECT_LE(result.requests[0].failed, result.connection_tables[0].peak);
  EXPECT_THAT(result.connection_tables[1].name, HasSubstr("nat-b"));
  ASSERT_FALSE(result.findings.empty());
  EXPECT_THAT(result.findings[0].chain, Contains(HasSubstr("the way there was changed by: ")));
}

TEST(External, APartitionFromTheInternetCutsItOff) {
  const std::string timeline = "  timeline: [{at: 2m, partition: [internet, a], for: 1m}]\n";
  const report::RunResult result = result_of(calling(kPool, timeline));
  const auto finding =
      std::ranges::find(result.findings, std::string("dependency-away"), &report::Finding::rule);
  ASSERT_NE(finding, result.findings.end());
}

TEST(External, WithoutAVpcThereIsNoLimit) {
  const report::RunResult result = result_of(calling(kOwn, ""), kPlatform);
  EXPECT_EQ(result.requests[0].failed, 0u);
  EXPECT_TRUE(result.connection_tables.empty());
}

std::string with_conntrack(const std::string& of_it) {
  return std::string(kPlatform) + "  serviceProxy: {conntrack: " + of_it + "}\n";
}

// Ten connections a second to one address, of two pods on different nodes or on one.
TEST(External, ConntrackTablesAreCountedWhereThePlatformSaysSo) {
  const report::RunResult result = result_of(calling(kOwn, ""), with_conntrack("{maxPerCore: 10, min: 200}"));
  ASSERT_EQ(result.connection_tables.size(), 3u);
  EXPECT_EQ(result.connection_tables[0].name, "conntrack of default-1");
  EXPECT_EQ(result.connection_tables[0].limit, 200u);
  const auto finding =
      std::ranges::find(result.findings, std::string("conntrack-full"), &report::Finding::rule);
  ASSERT_NE(finding, result.findings.end());
  EXPECT_GT(finding->requests, 0u);
  EXPECT_THAT(finding->change, HasSubstr("keep its connections"));
  std::uint64_t found = 0;
  for (const report::Finding& one : result.findings) found += one.requests;
  EXPECT_EQ(found, result.requests[0].failed);
  const report::RunResult roomy = result_of(calling(kOwn, ""), with_conntrack("{}"));
  EXPECT_EQ(roomy.requests[0].failed, 0u);
  EXPECT_EQ(roomy.connection_tables[0].limit, 131'072u);
}

// The drain comes long after; that the latest pod is there is the restart's doing.
TEST(External, WhatBroughtThePodsToTheNodeIsToldAndNotWhatTheyDidLast) {
  const std::string timeline = R"(  timeline:
    - {at: 10s, rollout restart: deployment/web}
    - {at: 5m, drain: default-1, ignoreDaemonsets: true}
)";
  const report::RunResult result = result_of(
      calling(kOwn, timeline), broken("count: 3", "count: 1", with_conntrack("{maxPerCore: 10, min: 400}")));
  const auto finding =
      std::ranges::find(result.findings, std::string("conntrack-full"), &report::Finding::rule);
  ASSERT_NE(finding, result.findings.end());
  EXPECT_THAT(finding->chain, Contains(AllOf(HasSubstr("ran there, the latest because of: "),
                                             HasSubstr("rollout restart"), HasSubstr(" at 10s"))));
  std::uint64_t found = 0;
  for (const report::Finding& one : result.findings) found += one.requests;
  EXPECT_EQ(found, result.requests[0].failed);
}

// Nobody calls from 2m10s to 5m: the ports were all in use twice, not all the time.
TEST(External, ShortagesThatAreApartAreCounted) {
  const std::string scenario =
      broken("rate: 10/s",
             "rate: {profile: [{at: 0s, rate: 10/s}, {at: 2m, rate: 10/s}, {at: 2m10s, rate: 0/s}, "
             "{at: 4m, rate: 0/s}, {at: 4m10s, rate: 12/s}]}",
             calling(kOwn, ""));
  const report::RunResult result = result_of(scenario);
  const auto finding =
      std::ranges::find(result.findings, std::string("nat-ports-exhausted"), &report::Finding::rule);
  ASSERT_NE(finding, result.findings.end());
  EXPECT_THAT(finding->chain, Contains(HasSubstr("had for it were in use 2 times, between ")));
}

// A node of less than a core has one; without a `min` that is all that counts.
TEST(External, ANodeOfLessThanACoreHasATableForOne) {
  const report::RunResult result = result_of(
      calling(kPool, ""), broken("cpu: \"4\"", "cpu: 950m", with_conntrack("{maxPerCore: 400, min: 0}")));
  ASSERT_FALSE(result.connection_tables.empty());
  EXPECT_EQ(result.connection_tables[0].limit, 400u);
}

// check_invariants() counts whose each open entry and port is.
TEST(External, EntriesAndPortsAreSomebodysWhateverHappens) {
  const std::string timeline = R"(  timeline:
    - {at: 1m, rollout restart: deployment/web}
    - {at: 2m, drain: default-2, ignoreDaemonsets: true}
    - {at: 3m, uncordon: default-2}
    - {at: 3m, natGateway: nat-a, lost: true, for: 20s}
    - {at: 4m, fail: {node: default-1}, for: 1m}
)";
  for (const std::string& pool : {kOwn, kPool}) {
    const std::string platform =
        std::string(kOneGateway) + "  serviceProxy: {conntrack: {min: 500, maxPerCore: 1}}\n";
    auto loaded = load_scenario("s", files_of(calling(pool, timeline), platform));
    ASSERT_TRUE(loaded) << loaded.error().front().str();
    auto world = World::create(std::make_shared<const Scenario>(std::move(*loaded)), 7);
    ASSERT_TRUE(world);
    for (int i = 1; i <= 72; ++i) {
      world->run_until(SimTime::at(Duration::seconds(i * 5)));
      world->cluster().traffic().check_invariants();
    }
    World fork = *world;
    fork.run_until(SimTime::at(Duration::seconds(380)));
    world->run_until(SimTime::at(Duration::seconds(380)));
    EXPECT_EQ(fork.cluster().kernel().fingerprint().hex(), world->cluster().kernel().fingerprint().hex());
    EXPECT_GT(world->cluster().traffic().conntrack()->nodes[0].table.flows.opened(), 0u);
  }
}

TEST(External, WhatIsWrongIsNamedWithItsPlace) {
  const auto host = [](const std::string& text) { return problems_of(files_of(calling(kOwn, "", text))); };
  EXPECT_THAT(host("{name: payments}"),
              Contains(HasSubstr("external[0].address: required field is missing")));
  EXPECT_THAT(host("{name: payments, address: payments.example.com}"),
              Contains(HasSubstr("spec.resources.external[0].address: is not an address")));
  EXPECT_THAT(host("{name: payments, address: 10.0.3.4}"),
              Contains(HasSubstr("is not on the internet: it is of the VPC")));
  for (const char* const address :
       {"10.9.0.5", "172.31.255.255", "192.168.1.1", "127.0.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "'::'", "'::1'", "fd00::1", "fe80::1", "ff02::1"})
    EXPECT_THAT(problems_of(files_of(
                    calling(kOwn, "", std::string("{name: payments, address: ") + address + "}"), kPlatform)),
                ElementsAre(HasSubstr("spec.resources.external[0].address: is not on the internet: ")))
        << address;
  for (const char* const address : {"11.0.0.1", "172.32.0.0", "100.128.0.0", "169.253.0.1", "2600::1"})
    EXPECT_THAT(problems_of(files_of(
                    calling(kOwn, "", std::string("{name: payments, address: ") + address + "}"), kPlatform)),
                IsEmpty())
        << address;
  EXPECT_THAT(host("{name: payments, address: 203.0.113.10, multiAZ: true}"),
              Contains(HasSubstr("unknown field")));
  EXPECT_THAT(problems_of(files_of(calling("{keepAlive: false, size: 5}", ""))),
              Contains(HasSubstr("pool.size: has no meaning with keepAlive: false")));
  EXPECT_THAT(problems_of(files_of(calling(kOwn, "  timeline: [{at: 1m, failover: external/payments}]\n"))),
              Contains(HasSubstr("has no standby")));
  EXPECT_THAT(problems_of(files_of(calling(kPool, ""), with_conntrack("{maxPerCore: 0, tcp: 1}"))),
              AllOf(Contains(HasSubstr("spec.serviceProxy.conntrack.maxPerCore: 0 leaves nodes the limit")),
                    Contains(HasSubstr("unknown field \"spec.serviceProxy.conntrack.tcp\""))));
  const auto gateway = [](const std::string& text) {
    return problems_of(
        files_of(calling(kOwn, ""), broken("subnet: public-b, addresses: 192.0.2.3", text, kOneGateway)));
  };
  EXPECT_THAT(gateway("subnet: public-b, addresses: []"),
              ElementsAre(HasSubstr("addresses: a NAT gateway needs an address")));
  EXPECT_THAT(gateway("subnet: public-b, addresses: 10.0.0.1"),
              ElementsAre(AllOf(HasSubstr("s/platform.yaml:12:"), HasSubstr("natGateways[1].addresses"),
                                HasSubstr("is no Elastic IP address: 10.0.0.0/8 is private"))));
  EXPECT_THAT(gateway("subnet: public-b, addresses: '2600::1'"),
              ElementsAre(HasSubstr("is not an IPv4 address")));
  EXPECT_THAT(gateway("subnet: public-b, addresses: [192.0.2.3, 192.0.2.3]"),
              ElementsAre(HasSubstr("addresses[1]: is the address of a NAT gateway already")));
  EXPECT_THAT(gateway("subnet: public-b, addresses: 192.0.2.1"),
              ElementsAre(HasSubstr("is the address of a NAT gateway already")));
  EXPECT_THAT(gateway("subnet: public-b, addresses: 192.0.2.3, portsPerDestination: 70000"),
              ElementsAre(HasSubstr("portsPerDestination: ")));
  EXPECT_THAT(gateway("subnet: nodes-b, addresses: 192.0.2.3"),
              ElementsAre(HasSubstr("no route of subnet nodes-b leads to an internet gateway")));
  std::string platform = kOneGateway;
  const std::string one = "addresses: 192.0.2.3";
  platform.replace(platform.find(one), one.size(),
                   "addresses: [192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6, 192.0.2.7, 192.0.2.8, 192.0.2.9, "
                   "192.0.2.10, 192.0.2.11]");
  EXPECT_THAT(problems_of(files_of(calling(kOwn, ""), platform)),
              Contains(HasSubstr("a NAT gateway has 8 addresses at most")));
}

}  // namespace
}  // namespace seatrial::scenario
