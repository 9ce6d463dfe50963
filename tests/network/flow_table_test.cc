// Tables of connections: what takes a place, for how long, and when there is none.
#include <gtest/gtest.h>

#include "sim/network/conntrack.h"
#include "sim/network/flow_table.h"
#include "sim/network/syn.h"
#include "sim/network/vpc/nat_ports.h"

namespace seatrial::network {
namespace {

using namespace seatrial::literals;

SimTime at(Duration d) { return SimTime::at(d); }

TEST(FlowTable, AnEntryCountsWhileItIsOpenAndForItsTimeAfterwards) {
  FlowTable table(2, {60_s});
  EXPECT_TRUE(table.open(1, at(0_s)));
  EXPECT_TRUE(table.open(1, at(1_s)));
  EXPECT_TRUE(table.is_full(at(1_s)));
  table.close(1, 0, at(10_s));
  EXPECT_TRUE(table.is_full(at(69_s)));
  EXPECT_FALSE(table.is_full(at(70_s)));
  EXPECT_TRUE(table.open(2, at(70_s)));
  EXPECT_EQ(table.peak(), 2);
  EXPECT_EQ(table.peak_at(), at(1_s));
  EXPECT_EQ(table.opened(), 3u);
  EXPECT_TRUE(table.shortages().empty());
}

TEST(FlowTable, ClassesHaveTimesOfTheirOwn) {
  FlowTable table(10, {120_s, 30_s});
  EXPECT_TRUE(table.pass(1, 1, at(0_s)));
  EXPECT_TRUE(table.open(1, at(0_s)));
  table.close(1, 0, at(0_s));
  EXPECT_EQ(table.lingering(1, at(29_s)), 1);
  EXPECT_EQ(table.lingering(1, at(30_s)), 0);
  EXPECT_EQ(table.lingering(0, at(119_s)), 1);
  EXPECT_EQ(table.lingering(0, at(120_s)), 0);
}

TEST(FlowTable, WhatIsDroppedIsForgottenAtOnce) {
  FlowTable table(1, {60_s});
  EXPECT_TRUE(table.open(1, at(0_s)));
  table.drop(1);
  EXPECT_TRUE(table.open(2, at(0_s)));
}

TEST(FlowTable, WhatIsClosedMayBeForgottenAllAtOnce) {
  FlowTable table(3, {60_s, 30_s});
  EXPECT_TRUE(table.open(1, at(0_s)));
  EXPECT_TRUE(table.open(2, at(0_s)));
  EXPECT_TRUE(table.pass(2, 1, at(0_s)));
  table.close(1, 0, at(1_s));
  table.forget_closed();
  EXPECT_EQ(table.lingering(0, at(2_s)), 0);
  EXPECT_EQ(table.lingering(1, at(2_s)), 0);
  EXPECT_EQ(table.open_now(), 1);
  EXPECT_FALSE(table.is_full(at(2_s)));
}

TEST(FlowTable, AShortageIsOverAMinuteAfterItsLastRefusal) {
  FlowTable table(2, {60_s});
  EXPECT_TRUE(table.open(7, at(0_s)));
  EXPECT_TRUE(table.open(7, at(0_s)));
  EXPECT_FALSE(table.open(3, at(5_s)));
  EXPECT_FALSE(table.open(3, at(6_s)));
  EXPECT_TRUE(table.is_short(at(65_s)));
  EXPECT_FALSE(table.is_short(at(66_s)));  // whether somebody asks recovers() or not
  EXPECT_FALSE(table.recovers(at(65_s)));
  EXPECT_TRUE(table.recovers(at(66_s)));
  EXPECT_FALSE(table.recovers(at(66_s)));
  EXPECT_FALSE(table.open(3, at(70_s)));
  ASSERT_EQ(table.shortages().size(), 2u);
  const Shortage& first = table.shortages()[0];
  EXPECT_EQ(first.first, at(5_s));
  EXPECT_EQ(first.last, at(6_s));
  EXPECT_EQ(first.refused, 2u);
  EXPECT_EQ(first.most, 7u);
  EXPECT_EQ(first.most_held, 2);
}

// AWS VPC user guide: 55,000 to each destination for each address, eight addresses at most.
TEST(NatPorts, AreAsManyAsItsAddressesHave) {
  const vpc::NatPortRules rules;
  EXPECT_EQ(nat_ports(rules, 1), 55'000);
  EXPECT_EQ(nat_ports(rules, 8), 440'000);
  EXPECT_EQ(nat_connections_per_second(rules, 1), 916);
  EXPECT_EQ(nat_connections_per_second(rules, 2), 1'833);
}

// kube-proxy: 32768 for each core, at least 131072.
TEST(ConntrackMax, GoesByCoresFromFourOn) {
  const ConntrackRules rules;
  EXPECT_EQ(conntrack_max(rules, 0), 131'072);
  EXPECT_EQ(conntrack_max(rules, 2), 131'072);
  EXPECT_EQ(conntrack_max(rules, 4), 131'072);
  EXPECT_EQ(conntrack_max(rules, 8), 262'144);
}

// Linux, ip-sysctl, tcp_syn_retries: 67 s till the last retransmission, 131 s till the attempt ends.
TEST(Syn, IsSentAgainFiveTimesInARowAndThenEverMoreSeldom) {
  std::vector<std::int64_t> seconds;
  for (std::uint8_t number = 0; number <= 10; ++number) seconds.push_back(syn_sent_again_after(number) / 1_s);
  EXPECT_EQ(seconds, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67}));
  EXPECT_EQ(kSynGivesUp, 131_s);
}

}  // namespace
}  // namespace seatrial::network
