// A platform with a VPC under it: whose address is out of which subnet, what a change of routes does to
// requests and pulls, and what is refused when it is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/run.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kInVpc = R"(apiVersion: seatrial/v1
kind: Platform
metadata: {name: in-vpc}
spec:
  region: eu-west-2
  zones: [a, b]
  vpc:
    cidr: 10.0.0.0/16
    internetGateway: igw
    natGateways:
      - {name: nat-a, subnet: public-a, addresses: 192.0.2.1}
      - {name: nat-b, subnet: public-b, addresses: 192.0.2.2}
    routeTables:
      - {name: main, main: true}
      - {name: public, routes: [{to: 0.0.0.0/0, via: igw}]}
      - {name: private-a, routes: [{to: 0.0.0.0/0, via: nat-a}]}
      - {name: private-b, routes: [{to: 0.0.0.0/0, via: nat-b}]}
    subnets:
      - {name: public-a, zone: a, cidr: 10.0.0.0/24, kind: public, routeTable: public}
      - {name: public-b, zone: b, cidr: 10.0.1.0/24, kind: public, routeTable: public}
      - {name: nodes-a, zone: a, cidr: 10.0.16.0/24, kind: eks-private, routeTable: private-a}
      - {name: nodes-b, zone: b, cidr: 10.0.17.0/24, kind: eks-private, routeTable: private-b}
  podNetwork: {prefixDelegation: false}
  nodeGroups:
    - {name: default, instanceType: m5.large, count: 2, allocatable: {cpu: "4", memory: 16Gi, pods: 110}}
  ec2: {answer: 1s, boot: 29s, shutdown: 20s, notice: 10s, retry: 30s}
  ingressControllers:
    - {name: default, defaultClass: true, replicas: 2}
)";

std::string scenario_text(const std::vector<std::string>& entries, const std::string& expect = {}) {
  std::string text = R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: small}
spec:
  seed: 7
  duration: 10m
  platform: platform.yaml
  apply: [web.yaml]
  images:
    web:1: {size: 10Mi, start: 1s, serviceTime: 20ms, concurrency: 8, onSigterm: drain}
    web:2: {size: 10Mi, start: 1s, serviceTime: 20ms, concurrency: 8, onSigterm: drain}
  load:
    - {name: public, from: internet, to: "https://web.example.org/", rate: 10/s, timeout: 2s}
)";
  if (!entries.empty()) text += "  timeline:\n";
  for (const std::string& entry : entries) text += "    - {" + entry + "}\n";
  return text + expect;
}

class InVpc : public testing::Test {
 protected:
  MemoryFiles files(const std::vector<std::string>& entries) const {
    MemoryFiles made;
    made.add("s/platform.yaml", platform_);
    made.add("s/web.yaml", manifest_);
    made.add("s/scenario.yaml", scenario_text(entries));
    return made;
  }
  const report::RunResult& play(const std::vector<std::string>& entries) {
    auto loaded = load_scenario("s", files(entries));
    if (!loaded) throw std::logic_error(loaded.error().front().str());
    auto world = scenario::play(std::make_shared<const Scenario>(std::move(*loaded)), {});
    if (!world) throw std::logic_error(world.error().front().str());
    world_.emplace(std::move(*world));
    return result_ = collect(*world_);
  }
  std::vector<std::string> problems(const std::vector<std::string>& entries) const {
    return problems_of(files(entries));
  }
  std::vector<std::string> addresses_of_pods() const {
    std::vector<std::string> all;
    for (const auto& object : world_->cluster().store().list(api::Kind::kPod)) {
      const auto& pod = static_cast<const api::Pod&>(*object);
      all.push_back(pod.status.pod_ip.str());
    }
    return all;
  }
  std::vector<std::string> rows() const {
    std::vector<std::string> all;
    for (const report::TimelineRow& row : result_.timeline) all.push_back(row.object + row.what);
    return all;
  }
  std::vector<std::string> findings() const {
    std::vector<std::string> all;
    for (const auto& finding : result_.findings) all.push_back(finding.rule + ": " + finding.what);
    return all;
  }

  std::string platform_ = kInVpc, manifest_ = kWeb;
  std::optional<World> world_;
  report::RunResult result_;
};

std::vector<std::string> nodes_in(const World& world, const std::string& zone) {
  std::vector<std::string> names;
  for (const auto& node : world.cluster().store().list(api::Kind::kNode))
    if (node->metadata.labels->get("topology.kubernetes.io/zone") == zone)
      names.push_back(node->metadata.name.str());
  return names;
}

TEST_F(InVpc, NodesAndPodsHaveAddressesOfTheSubnetOfTheirZone) {
  play({});
  for (const auto& object : world_->cluster().store().list(api::Kind::kNode)) {
    const bool in_a = object->metadata.labels->get("topology.kubernetes.io/zone") == "a";
    EXPECT_THAT(static_cast<const api::Node&>(*object).other.str(),
                HasSubstr(in_a ? "10.0.16." : "10.0.17."));
  }
  EXPECT_THAT(addresses_of_pods(), testing::SizeIs(2));
  EXPECT_THAT(addresses_of_pods(),
              testing::Each(testing::AnyOf(HasSubstr("10.0.16."), HasSubstr("10.0.17."))));
  EXPECT_EQ(result_.requests.front().failed, 0u);
}

TEST_F(InVpc, ASubnetWithoutItsRoutesAnswersNoClient) {
  play({"at: 2m, disassociate: [nodes-a, nodes-b], for: 3m"});
  // 3 m of 10/s, and those that were on their way.
  EXPECT_NEAR(static_cast<double>(result_.requests.front().failed), 1800, 60);
  EXPECT_THAT(rows(),
              Contains(HasSubstr(
                  "network: no packet from internet to a: for the answer, route main: nodes-a is associated "
                  "with no route table, so the main one counts: no route to 203.0.113.1")));
  EXPECT_THAT(rows(), Contains(HasSubstr("network: packets pass from internet to b")));
  EXPECT_THAT(findings(), Contains(HasSubstr("unreachable")));
  EXPECT_THAT(rows(), Not(Contains(HasSubstr("no packet from a to b"))));
}

TEST_F(InVpc, WithOneOfTwoSubnetsHalfOfTheRequestsFail) {
  play({"at: 2m, disassociate: nodes-a, for: 3m"});
  EXPECT_NEAR(static_cast<double>(result_.requests.front().failed), 900, 120);
}

TEST_F(InVpc, ARouteToAnotherGatewayIsAWayToo) {
  play({"at: 2m, route: {table: private-a, to: 0.0.0.0/0, via: nat-b}"});
  EXPECT_EQ(result_.requests.front().failed, 0u);
  play({"at: 2m, route: {table: private-a, to: 0.0.0.0/0}, for: 1m"});
  EXPECT_GT(result_.requests.front().failed, 200u);
}

TEST_F(InVpc, PullsNeedAWayToTheRegistry) {
  play({"at: 1m, disassociate: [nodes-a, nodes-b], for: 3m",
        "at: 2m, set image: deployment/web, image: \"web:2\""});
  EXPECT_THAT(rows(), Contains(HasSubstr("dial tcp 198.51.100.1:443: i/o timeout")));
  for (const auto& object : world_->cluster().store().list(api::Kind::kPod))
    EXPECT_EQ(static_cast<const api::Pod&>(*object).spec->containers.front().image, "web:2")
        << "after the routes were back";
}

TEST_F(InVpc, ANodeThatTakesMorePodsThanItCanAddressLeavesTheRestWaiting) {
  // m5.large: three interfaces of ten addresses, so 27 pods.
  manifest_ = broken("replicas: 2", "replicas: 60", kWeb);
  play({});
  std::size_t without = 0;
  for (const std::string& address : addresses_of_pods()) without += address.empty() ? 1 : 0;
  EXPECT_EQ(without, 60u - 2 * 27);
  EXPECT_THAT(findings(), Contains(HasSubstr("no-pod-address: 6 pods on 2 nodes waited for an address")));
}

TEST_F(InVpc, AnInstanceThatFindsNoAddressIsLaunchedAgain) {
  // A /28 has 11 addresses, of which one is left.
  platform_ =
      broken("10.0.16.0/24", "10.0.16.0/28, occupied: 10", broken("shutdown: 20s", "shutdown: 100s", kInVpc));
  play({"at: 1m, recycle: {node: default-1}, timeout: 60s"});
  EXPECT_THAT(rows(), Contains(HasSubstr("EC2: no subnet in a has an address for default-3")));
  EXPECT_THAT(nodes_in(*world_, "a"), testing::SizeIs(1)) << "once the old one has given its address back";
  platform_ = broken("count: 2", "count: 3", platform_);
  auto loaded = load_scenario("s", files({}));
  ASSERT_TRUE(loaded);
  const auto world = scenario::play(std::make_shared<const Scenario>(std::move(*loaded)), {});
  ASSERT_FALSE(world);
  EXPECT_THAT(world.error().front().str(), HasSubstr("its subnets have no address left for default-3"));
}

TEST_F(InVpc, ALostZoneTakesItsNodesAndTheirGroupReplacesThemElsewhere) {
  play({"at: 1m, zone: a, lost: true"});
  EXPECT_THAT(nodes_in(*world_, "a"), IsEmpty());
  EXPECT_THAT(nodes_in(*world_, "b"), ElementsAre("default-2", "default-3"));
  EXPECT_THAT(rows(), Contains(HasSubstr("fault: zone a is lost")));
  EXPECT_THAT(rows(), Contains(HasSubstr("Node default-1NotReady")));
  EXPECT_THAT(rows(),
              Contains(HasSubstr(
                  "network: no packet from internet to a: gateway a: the zone of public-a is cut off")));
  const std::uint64_t failed = result_.requests.front().failed;
  EXPECT_GT(failed, 400u) << "half of the requests for two minutes, until the balancer leaves the zone out";
  EXPECT_LT(failed, 900u);
}

TEST_F(InVpc, AZoneThatIsSoonBackStillHasItsNodes) {
  play({"at: 1m, zone: a, lost: true, for: 90s"});
  EXPECT_THAT(nodes_in(*world_, "a"), ElementsAre("default-1"));
  EXPECT_THAT(nodes_in(*world_, "b"), ElementsAre("default-2"));
  EXPECT_THAT(rows(), Contains(HasSubstr("Node default-1Ready")));
  EXPECT_THAT(rows(), Contains(HasSubstr("network: packets pass from internet to a")));
}

TEST_F(InVpc, WithoutItsNatGatewayAZonePullsNothingAndServesOn) {
  play({"at: 1m, natGateway: nat-a, lost: true, for: 4m",
        "at: 2m, set image: deployment/web, image: \"web:2\""});
  EXPECT_THAT(findings(), Not(Contains(HasSubstr("unreachable")))) << "clients do not come by NAT";
  EXPECT_THAT(rows(), Contains(HasSubstr("https://registry-1.docker.io/v2/library/web/manifests/2\": dial "
                                         "tcp 198.51.100.1:443: i/o timeout")));
  EXPECT_THAT(findings(), Contains(HasSubstr("waited for images of docker.io, up to")));
  EXPECT_THAT(findings(), Contains(HasSubstr("no packet got there")));
  EXPECT_TRUE(std::ranges::any_of(result_.findings, [](const report::Finding& finding) {
    return finding.change.contains("pull what docker.io has from ECR");
  }));
}

TEST_F(InVpc, WhatIsRefused) {
  EXPECT_THAT(problems({"at: 1m, disassociate: node-a"}),
              ElementsAre(HasSubstr("the platform has no subnet \"node-a\", did you mean \"nodes-a\"?")));
  EXPECT_THAT(problems({"at: 1m, associate: nodes-a"}), ElementsAre(HasSubstr("routeTable")));
  EXPECT_THAT(problems({"at: 1m, route: {table: public, to: 0.0.0.0/0, via: nat}"}),
              ElementsAre(HasSubstr("the platform has no gateway \"nat\"")));
  EXPECT_THAT(problems({"at: 1m, natGateway: nat-a"}), ElementsAre(HasSubstr("lost")));
  EXPECT_THAT(problems({"at: 1m, zone: a, lost: false"}), ElementsAre(HasSubstr("can only be true")));
  platform_ = broken("instanceType: m5.large", "instanceType: m9.huge", kInVpc);
  EXPECT_THAT(problems({}), ElementsAre(HasSubstr("how many network interfaces has a m9.huge?")));
  platform_ = broken("{prefixDelegation: false}",
                     "{instanceTypes: {m9.huge: {interfaces: 3, addressesEach: 10}}}", platform_);
  EXPECT_THAT(problems({}), IsEmpty());
  platform_ = broken("instanceType: m5.large, ", "", kInVpc);
  EXPECT_THAT(problems({}), ElementsAre(HasSubstr("node group default has no instanceType")));
}

TEST(WithoutVpc, AZoneMayBeLost) {
  auto loaded = load_scenario(
      "s", small_files(broken("drain: {nodeGroup: default, nodes: 1}", "zone: a, lost: true, for: 1m")));
  ASSERT_TRUE(loaded) << loaded.error().front().str();
  auto world = play(std::make_shared<const Scenario>(std::move(*loaded)), {});
  ASSERT_TRUE(world);
  EXPECT_GT(collect(*world).requests.front().failed, 100u);
  EXPECT_THAT(
      problems_of(small_files(broken("drain: {nodeGroup: default, nodes: 1}", "zone: c, lost: true"))),
      Contains(HasSubstr("the platform has no zone \"c\"")));
}

TEST(WithoutVpc, TheTimelineCannotChangeIt) {
  EXPECT_THAT(
      problems_of(small_files(broken("drain: {nodeGroup: default, nodes: 1}", "disassociate: nodes-a"))),
      Contains(HasSubstr("the platform has no vpc")));
}

}  // namespace
}  // namespace seatrial::scenario
