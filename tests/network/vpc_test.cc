// Ways through a VPC: longest prefix, fallback to the main table, security groups, ACLs and their return
// ports, gateways; and what stops a packet, by name and line.
#include "tests/network/vpc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/network/prefix_trie.h"

namespace seatrial::network::vpc {
namespace {

using namespace tests;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr const char *kNodeA = "172.20.128.10", *kNodeB = "172.20.160.10", *kInternet = "203.0.113.10";

class VpcNetwork : public testing::Test {
 protected:
  End end(const std::string& text, const std::vector<api::Symbol>& groups = {}) {
    return {address(text), network_.group_set(groups), {}};
  }
  Verdict judge(const Flow& flow) const {
    Verdict verdict = network_.verdict(flow);
    EXPECT_EQ(verdict.allowed, network_.allows(flow));
    return verdict;
  }
  Verdict judge(const std::string& from, const std::string& to, std::int32_t port = 443) {
    return judge({end(from), end(to), port, Protocol::kTcp, {}});
  }
  // "route private-a: 0.0.0.0/0 via nat-a", with "<-" before what is of the way back and "x" before what
  // stops it.
  static std::vector<std::string> path(const Verdict& verdict) {
    std::vector<std::string> lines;
    for (const Hop& hop : verdict.hops)
      lines.push_back(std::string(hop.passes ? "" : "x ") + (hop.reply ? "<- " : "") +
                      std::string(to_string(hop.kind)) + " " + hop.object.str() + ": " + hop.why);
    return lines;
  }
  static std::string stop(const Verdict& verdict) { return verdict.allowed ? "" : path(verdict).back(); }

  Network network_ = network_of();
};

TEST(PrefixTrie, TheLongestBlockThatHoldsAnAddressCounts) {
  PrefixTrie trie;
  for (const auto& [block, value] : std::vector<std::pair<const char*, int>>{{"0.0.0.0/0", 1},
                                                                             {"10.0.0.0/8", 2},
                                                                             {"10.26.0.0/16", 3},
                                                                             {"10.26.7.0/24", 4},
                                                                             {"10.26.7.9/32", 5},
                                                                             {"2001:db8::/32", 6}})
    trie.add(*api::Cidr::parse(block), value);
  struct Row {
    const char* address;
    std::optional<int> value;
  };
  for (const Row& row : {Row{"8.8.8.8", 1}, Row{"10.27.0.1", 2}, Row{"10.26.0.1", 3}, Row{"10.26.7.8", 4},
                         Row{"10.26.7.9", 5}, Row{"2001:db8::1", 6}, Row{"2001:db9::1", std::nullopt}})
    EXPECT_EQ(trie.longest_match(address(row.address)), row.value) << row.address;
}

TEST_F(VpcNetwork, TheWayToTheInternetIsThroughTheNatGatewayOfTheZone) {
  EXPECT_THAT(
      path(judge(kNodeA, kInternet)),
      ElementsAre("route private-a: 0.0.0.0/0 via nat-a", "gateway nat-a: the source becomes 35.178.0.1",
                  "route public: 0.0.0.0/0 via igw", "gateway igw: to the internet as 35.178.0.1"));
  EXPECT_THAT(path(judge(kNodeB, kInternet)),
              testing::Contains("gateway nat-b: the source becomes 35.178.0.2"));
}

TEST_F(VpcNetwork, RoutesGoByTheLongestPrefix) {
  struct Row {
    const char *from, *to, *route;
  };
  for (const Row& row : {
           Row{kNodeA, "172.20.160.10", "172.20.0.0/16 via local"},
           Row{kNodeA, "10.26.0.1", "10.0.0.0/8 via tgw"},
           Row{kNodeA, "10.99.0.1", "10.99.0.0/16 via peer"},
           Row{kNodeA, "52.95.149.1", "52.95.148.0/23 via s3"},
           Row{kNodeA, "52.95.151.1", "0.0.0.0/0 via nat-a"},
       })
    EXPECT_EQ(judge(row.from, row.to).hops.front().why, row.route) << row.to;
}

TEST_F(VpcNetwork, WithoutAnAssociationTheMainTableCounts) {
  ASSERT_TRUE(judge(kNodeA, kInternet).allowed);
  network_.associate("nodes-a", {}, JournalId{7});
  const Verdict verdict = judge(kNodeA, kInternet);
  EXPECT_EQ(stop(verdict),
            "x route main: nodes-a is associated with no route table, so the main one counts: no route to "
            "203.0.113.10");
  EXPECT_EQ(verdict.hops.back().cause, JournalId{7});
  EXPECT_EQ(verdict.hops.back().source.file, "platform.yaml");
  EXPECT_TRUE(judge(kNodeA, kNodeB).allowed) << "the route local is in every table";
  EXPECT_TRUE(judge("172.20.32.5", kInternet).allowed) << "the other subnets keep their table";
  network_.associate("nodes-a", "private-a", JournalId{8});
  EXPECT_TRUE(judge(kNodeA, kInternet).allowed);
}

TEST_F(VpcNetwork, ARouteThatGoesAndComesBack) {
  const api::Cidr all = *api::Cidr::parse("0.0.0.0/0");
  network_.set_route("private-a", all, {}, JournalId{3});
  EXPECT_EQ(stop(judge(kNodeA, kInternet)), "x route private-a: no route to 203.0.113.10");
  EXPECT_TRUE(judge(kNodeB, kInternet).allowed);
  network_.set_route("private-a", all, "nat-b", JournalId{4});
  EXPECT_THAT(path(judge(kNodeA, kInternet)), testing::Contains(HasSubstr("gateway nat-b")));
}

TEST_F(VpcNetwork, AGatewayThatIsDownCarriesNothingUntilEveryFailureHasEnded) {
  network_.fail("nat-a", JournalId{5});
  network_.fail("nat-a", JournalId{6});
  EXPECT_EQ(stop(judge(kNodeA, kInternet)), "x gateway nat-a: it is down");
  EXPECT_EQ(judge(kNodeA, kInternet).hops.back().cause, JournalId{6});
  EXPECT_TRUE(judge(kNodeA, "52.95.148.1").allowed) << "S3 has an endpoint";
  network_.restore("nat-a");
  EXPECT_FALSE(judge(kNodeA, kInternet).allowed);
  network_.restore("nat-a");
  EXPECT_TRUE(judge(kNodeA, kInternet).allowed);
}

TEST_F(VpcNetwork, AZoneThatIsCutOffKeepsWhatIsWithinIt) {
  network_.fail_zone("a", JournalId{9});
  EXPECT_EQ(stop(judge(kNodeA, kNodeB)), "x gateway a: the zone of nodes-a is cut off");
  EXPECT_EQ(stop(judge(kNodeB, kNodeA)), "x gateway a: the zone of nodes-a is cut off");
  EXPECT_FALSE(judge(kNodeA, kInternet).allowed);
  EXPECT_TRUE(judge(kNodeA, "172.20.32.5").allowed);
  EXPECT_TRUE(judge(kNodeB, kInternet).allowed);
  network_.restore_zone("a");
  EXPECT_TRUE(judge(kNodeA, kNodeB).allowed);
}

TEST_F(VpcNetwork, SecurityGroupsAddUpAndReferToEachOther) {
  struct Row {
    std::vector<api::Symbol> from, to;
    int port;
    std::string stop;
  };
  for (const Row& row : std::vector<Row>{
           {{"node"}, {"node"}, 1, ""},
           {{"control-plane"}, {"node"}, 10250, ""},
           {{"control-plane"},
            {"node"},
            443,
            "x security group (ingress) node: no rule of its group allows tcp 443 from 172.20.128.10"},
           {{"control-plane"}, {"node", "monitored"}, 9100, ""},
           {{"control-plane", "node"}, {"node"}, 443, ""},
           {{"node"}, {"database"}, 5432, ""},
           {{"node"},
            {"database"},
            5433,
            "x security group (ingress) database: no rule of its group allows tcp 5433 from 172.20.128.10"},
           {{"database"},
            {"database"},
            5432,
            "x security group (egress) database: no rule of its group allows tcp 5432 to 172.20.160.10"},
           {{"database", "node"}, {"database"}, 5432, ""},
           {{}, {}, 1, ""},
       }) {
    const Verdict verdict = judge({end(kNodeA, row.from), end(kNodeB, row.to), row.port, Protocol::kTcp, {}});
    EXPECT_EQ(stop(verdict), row.stop) << row.port;
  }
}

TEST_F(VpcNetwork, ARuleNamesThePrefixListAndTheLineThatAllowed) {
  const Verdict verdict = judge({end(kNodeA, {"monitored"}), end("52.95.148.7"), 443, Protocol::kTcp, {}});
  EXPECT_TRUE(verdict.allowed);
  EXPECT_EQ(path(verdict).front(), "security group (egress) monitored: allows tcp 443 to s3-list");
  const SecurityGroup& group = network_.objects().security_groups[3];
  EXPECT_EQ(verdict.hops.front().source, group.egress[0].source);
  EXPECT_GT(verdict.hops.front().source.line, 0);
}

TEST_F(VpcNetwork, AnAclIsReadByNumberAndTheFirstMatchDecides) {
  const char* const fenced = "172.20.64.5";
  EXPECT_EQ(stop(judge(kNodeA, fenced, 443)), "");
  EXPECT_EQ(stop(judge(kNodeB, fenced, 443)),
            "x network ACL (ingress) fenced: rule 100 denies tcp 443 from 172.20.160.10");
  EXPECT_EQ(stop(judge(kNodeB, fenced, 5432)), "");
  EXPECT_EQ(stop(judge(kNodeA, fenced, 22)),
            "x network ACL (ingress) fenced: no entry allows all of tcp 22 from 172.20.128.10: denied");
  EXPECT_TRUE(judge("172.20.64.6", fenced, 22).allowed) << "nothing is looked at within a subnet";
}

TEST(NetworkAcl, RepliesNeedAllPortsThatClientsOpen) {
  const auto entry = [](int number, bool allow, int first, int last) {
    AclEntry made;
    made.number = number;
    made.allow = allow;
    made.protocol = Protocol::kTcp;
    made.first = first;
    made.last = last;
    made.network = *api::Cidr::parse("0.0.0.0/0");
    return made;
  };
  struct Row {
    const char* name;
    std::vector<AclEntry> entries;
    Ports ports;
    bool allowed;
    int decided_by;  // 0: none
  };
  for (const Row& row : std::vector<Row>{
           {"the whole range", {entry(1, true, 1024, 65535)}, kLinuxPorts, true, 1},
           {"Linux's range is not a gateway's", {entry(1, true, 32768, 65535)}, kGatewayPorts, false, 0},
           {"two entries together",
            {entry(1, true, 1024, 40000), entry(2, true, 40001, 65535)},
            kGatewayPorts,
            true,
            2},
           {"a hole", {entry(1, true, 1024, 40000), entry(2, true, 40002, 65535)}, kGatewayPorts, false, 0},
           {"a denial in the range",
            {entry(1, true, 1024, 40000), entry(2, false, 50000, 50000), entry(3, true, 0, 65535)},
            kGatewayPorts,
            false,
            2},
           {"a denial of what was allowed before",
            {entry(1, true, 0, 65535), entry(2, false, 50000, 50000)},
            kGatewayPorts,
            true,
            1},
           {"nothing", {}, kLinuxPorts, false, 0},
       }) {
    const AclAnswer answer = judge(row.entries, Protocol::kTcp, row.ports, address("10.0.0.1"));
    EXPECT_EQ(answer.allowed, row.allowed) << row.name;
    EXPECT_EQ(answer.entry ? answer.entry->number : 0, row.decided_by) << row.name;
    EXPECT_FALSE(judge(row.entries, Protocol::kUdp, row.ports, address("10.0.0.1")).allowed) << row.name;
  }
}

TEST_F(VpcNetwork, AnAclWithoutReturnPortsStopsTheAnswer) {
  EXPECT_EQ(stop(judge("172.20.64.5", kNodeA, 443)),
            "x network ACL (egress) fenced: no entry allows all of tcp 443 to 172.20.128.10: denied");
  std::string vpc = kVpc;
  const std::string all = "{rule: 100, action: allow, protocol: tcp, ports: 32768-60999, to: 0.0.0.0/0}";
  vpc.replace(vpc.find(all), all.size(), "{rule: 100, action: allow, to: 0.0.0.0/0}");
  network_ = network_of(vpc);
  EXPECT_EQ(stop(judge("172.20.64.5", kNodeA, 443)),
            "x <- network ACL (ingress) fenced: no entry allows all of tcp 32768-60999 from 172.20.128.10: "
            "denied");
}

// Whatever the route tables, network ACLs and security groups say. Elsewhere nobody routes them.
TEST_F(VpcNetwork, ALinkLocalAddressIsAnsweredByTheHost) {
  const auto answered = ElementsAre(
      "link-local : the host itself answers: no route table, network ACL or security group is asked");
  for (const char* const to : {"169.254.169.254", "169.254.169.253", "fd00:ec2::254"}) {
    EXPECT_THAT(path(judge(kNodeA, to, 80)), answered) << to;
    EXPECT_THAT(path(judge("172.20.64.5", to, 80)), answered) << "a fenced subnet";
    const Flow flow{end(kNodeA, {"monitored"}), end(to), 80, Protocol::kTcp, {}};
    EXPECT_THAT(path(judge(flow)), answered) << "a group that allows 443 only";
    EXPECT_FALSE(judge(kInternet, to, 80).allowed) << to;
  }
  EXPECT_FALSE(is_link_local(address("169.253.0.1")));
  EXPECT_FALSE(is_link_local(address("fd00:ec3::254")));
}

TEST_F(VpcNetwork, AnInternetGatewayNeedsAPublicAddress) {
  Flow flow{end("172.20.0.9"), end(kInternet), 443, Protocol::kTcp, {}};
  EXPECT_EQ(stop(judge(flow)), "x gateway igw: 172.20.0.9 has no public address");
  flow.from.public_address = address("18.0.0.1");
  EXPECT_TRUE(judge(flow).allowed);
  flow.to.address = address("10.1.2.3");
  EXPECT_EQ(stop(judge(flow)), "x gateway igw: 10.1.2.3 is a private address");
}

TEST_F(VpcNetwork, FromTheInternetAnAddressIsReachedIfItIsPublicAndItsAnswersLeaveTheSameWay) {
  Flow flow{end(kInternet), end("172.20.0.9"), 443, Protocol::kTcp, {}};
  EXPECT_EQ(stop(judge(flow)), "x gateway igw: 172.20.0.9 has no public address");
  flow.to.public_address = address("18.0.0.1");
  EXPECT_THAT(path(judge(flow)),
              ElementsAre("gateway igw: 18.0.0.1 is 172.20.0.9", "<- route public: 0.0.0.0/0 via igw"));
  flow.to.address = address(kNodeA);
  EXPECT_EQ(stop(judge(flow)),
            "x <- route private-a: 0.0.0.0/0 via nat-a: an answer to 203.0.113.10 must leave by igw");
}

TEST_F(VpcNetwork, ALoadBalancerThatKeepsTheClientsAddressNeedsARouteBackToIt) {
  Front front{end("172.20.0.20"), true};
  front.end.public_address = address("18.0.0.2");
  Flow flow{end(kInternet), end(kNodeA), 443, Protocol::kTcp, front};
  EXPECT_THAT(
      path(judge(flow)),
      ElementsAre("gateway igw: 18.0.0.2 is 172.20.0.20", "<- route public: 0.0.0.0/0 via igw",
                  "route public: 172.20.0.0/16 via local", "<- route private-a: 0.0.0.0/0 via nat-a"));
  network_.fail("nat-a", JournalId::kNone);
  EXPECT_TRUE(judge(flow).allowed) << "the answer goes back through the balancer";
  network_.associate("nodes-a", {}, JournalId{4});
  EXPECT_EQ(stop(judge(flow)),
            "x <- route main: nodes-a is associated with no route table, so the main one counts: no route to "
            "203.0.113.10");
  flow.through->preserves_client_address = false;
  EXPECT_TRUE(judge(flow).allowed) << "then only the balancer's address has to be reached";
}

TEST_F(VpcNetwork, TheTargetsGroupsSeeTheClientIfItsAddressIsKept) {
  Front front{end("172.20.0.20", {"control-plane"}), true};
  front.end.public_address = address("18.0.0.2");
  Flow flow{end(kInternet), end(kNodeA, {"node"}), 30443, Protocol::kTcp, front};
  EXPECT_EQ(stop(judge(flow)),
            "x security group (ingress) control-plane: no rule of its group allows tcp 30443 from "
            "203.0.113.10");
  flow.through->end.groups = GroupSet::kNotDescribed;
  EXPECT_EQ(stop(judge(flow)),
            "x security group (ingress) node: no rule of its group allows tcp 30443 from 203.0.113.10");
}

TEST_F(VpcNetwork, ATransitGatewayTakesPacketsWhereItHasAnAttachment) {
  EXPECT_THAT(path(judge(kNodeA, "10.26.1.1")),
              ElementsAre("route private-a: 10.0.0.0/8 via tgw", "gateway tgw: to modernisation-platform"));
  EXPECT_EQ(stop(judge(kNodeA, "10.27.1.1")), "x gateway tgw: no route to 10.27.1.1");
  EXPECT_EQ(stop(judge(kNodeB, "10.26.1.1")), "x gateway tgw: it has no attachment in b, where nodes-b is");
}

TEST_F(VpcNetwork, FromBehindATransitGatewayTheAnswerNeedsARouteBack) {
  EXPECT_TRUE(judge("10.26.1.1", kNodeA, 5432).allowed);
  EXPECT_EQ(stop(judge("10.202.1.1", kNodeB, 5432)),
            "x <- route private-b: 0.0.0.0/0 via nat-b: an answer to 10.202.1.1 must leave by tgw");
  EXPECT_EQ(stop(judge("10.50.1.1", kNodeA, 5432)), "x gateway live: no gateway leads to where 10.50.1.1 is");
  EXPECT_TRUE(judge({end("10.26.1.1"), end(kNodeA, {"database"}), 5432, Protocol::kTcp, {}}).allowed);
  EXPECT_TRUE(judge("10.99.1.1", kNodeA, 5432).allowed) << "through the peering";
}

TEST_F(VpcNetwork, TwoVpcsMeetOverAPeeringIfBothHaveRoutes) {
  const std::string two = R"(
    - name: one
      cidr: 10.1.0.0/16
      peerings: [{name: both, vpc: two}]
      routeTables: [{name: one-table, routes: [{to: 10.2.0.0/16, via: both}]}]
      subnets: [{name: one-a, zone: a, cidr: 10.1.0.0/24, kind: eks-private, routeTable: one-table},
                {name: one-b, zone: b, cidr: 10.1.1.0/24, kind: eks-private, routeTable: one-table}]
    - name: two
      cidr: 10.2.0.0/16
      routeTables: [{name: two-table, routes: [{to: 10.1.0.0/24, via: both}]}]
      subnets: [{name: two-a, zone: a, cidr: 10.2.0.0/24, kind: private, routeTable: two-table}]
)";
  network_ = network_of(two);
  EXPECT_TRUE(judge("10.1.0.5", "10.2.0.5").allowed);
  EXPECT_EQ(stop(judge("10.1.1.5", "10.2.0.5")), "x <- route two-table: no route to 10.1.1.5");
  EXPECT_EQ(stop(judge("10.2.0.5", "10.3.0.5")), "x route two-table: no route to 10.3.0.5");
}

TEST_F(VpcNetwork, TheSubnetsBehindAGatewayAreThoseWhoseRoutesLeadThere) {
  EXPECT_THAT(network_.subnets_through("nat-a"), UnorderedElementsAre("private-a", "fenced-a", "nodes-a"));
  EXPECT_THAT(network_.subnets_through("igw"),
              UnorderedElementsAre("public-a", "public-b", "private-a", "fenced-a", "nodes-a", "nodes-b"));
  network_.associate("nodes-a", {}, JournalId::kNone);
  EXPECT_THAT(network_.subnets_through("nat-a"), UnorderedElementsAre("private-a", "fenced-a"));
  EXPECT_THAT(network_.subnets_through("s3"), UnorderedElementsAre("private-a", "fenced-a", "nodes-b"));
}

TEST_F(VpcNetwork, ACopyGoesItsOwnWay) {
  Network copy = network_;
  copy.fail("nat-a", JournalId::kNone);
  copy.associate("nodes-b", {}, JournalId::kNone);
  EXPECT_TRUE(judge(kNodeA, kInternet).allowed);
  EXPECT_TRUE(judge(kNodeB, kInternet).allowed);
  EXPECT_THAT(network_.subnets_through("nat-b"), ElementsAre("nodes-b"));
  EXPECT_THAT(copy.subnets_through("nat-b"), IsEmpty());
}

}  // namespace
}  // namespace seatrial::network::vpc
