// Addresses of subnets and nodes by tables: what AWS keeps, whole blocks and fragmentation, reservations; how
// many pods a node can address; cool-down, and blocks of the mode that was.
#include "sim/network/vpc/addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/network/vpc/node_pool.h"

namespace seatrial::network::vpc {
namespace {

using namespace literals;

Subnet subnet(const std::string& cidr, std::vector<Reservation> reservations = {}) {
  Subnet made;
  made.name = "nodes";
  made.cidr = *api::Cidr::parse(cidr);
  made.reservations = std::move(reservations);
  return made;
}
Reservation reservation(const char* cidr, bool prefix) { return {*api::Cidr::parse(cidr), prefix}; }

Address number(const char* address) { return api::IpAddress::parse(address)->number(); }

TEST(SubnetPool, FiveAddressesAreAwsAndBlocksMustBeWhole) {
  struct Row {
    const char* cidr;
    std::vector<Reservation> reservations;
    std::int64_t free, blocks;
  };
  for (const Row& row : std::vector<Row>{
           {"10.0.0.0/28", {}, 11, 0},
           {"10.0.0.0/27", {}, 27, 0},
           {"10.0.0.0/26", {}, 59, 2},
           {"10.0.0.0/24", {}, 251, 14},
           {"172.20.128.0/19", {}, 8187, 510},
           {"10.0.0.0/24", {reservation("10.0.0.128/25", true)}, 124, 14},
           {"10.0.0.0/24", {reservation("10.0.0.128/25", false)}, 124, 7},
           {"10.0.0.0/24", {reservation("10.0.0.128/28", false), reservation("10.0.0.0/26", true)}, 175, 13},
       }) {
    const SubnetPool pool(subnet(row.cidr, row.reservations));
    EXPECT_EQ(pool.free(), row.free) << row.cidr;
    EXPECT_EQ(pool.free_blocks(), row.blocks) << row.cidr;
  }
}

TEST(SubnetPool, SingleAddressesScatterUntilNoBlockIsWhole) {
  SubnetPool pool(subnet("10.0.0.0/24"));
  RandomStream random(1, "test");
  while (pool.free_blocks() > 0) ASSERT_TRUE(pool.take(random));
  EXPECT_GT(pool.free(), 100) << "addresses are left, but no whole /28";
  EXPECT_FALSE(pool.take_block(random));
  EXPECT_TRUE(pool.take(random));
}

TEST(SubnetPool, AReservationKeepsBlocksWhole) {
  SubnetPool pool(subnet("10.0.0.0/24", {reservation("10.0.0.128/26", true)}));
  RandomStream random(1, "test");
  while (const auto address = pool.take(random)) {
    EXPECT_FALSE(api::Cidr::parse("10.0.0.128/26")->contains(api::IpAddress::v4_of(*address)));
  }
  EXPECT_EQ(pool.free(), 0);
  EXPECT_EQ(pool.free_blocks(), 4);
  const auto block = pool.take_block(random);
  ASSERT_TRUE(block);
  EXPECT_EQ(*block % 16, 0u);
  EXPECT_EQ(pool.free_blocks(), 3);
  pool.give_back_block(*block);
  EXPECT_EQ(pool.free_blocks(), 4);
}

TEST(SubnetPool, WhatIsGivenBackMakesABlockWholeAgain) {
  SubnetPool pool(subnet("10.0.0.0/26"));
  RandomStream random(3, "test");
  const auto block = pool.take_block(random);
  ASSERT_TRUE(block);
  EXPECT_EQ(pool.free(), 59 - 16);
  EXPECT_EQ(pool.free_blocks(), 1);
  pool.give_back_block(*block);
  EXPECT_EQ(pool.free(), 59);
}

TEST(InstanceTypes, MaxPodsAreInterfacesTimesSecondaryAddressesAndTwo) {
  for (const auto& [type, pods] : std::vector<std::pair<const char*, int>>{
           {"t3.nano", 4},        {"t3.micro", 4},     {"t3.small", 11},         {"t3a.small", 8},
           {"t3.medium", 17},     {"t3.large", 35},    {"t2.xlarge", 44},        {"m4.large", 20},
           {"m5.large", 29},      {"c5.large", 29},    {"r5.large", 29},         {"m5.xlarge", 58},
           {"r5.2xlarge", 58},    {"r6i.xlarge", 58},  {"r6i.2xlarge", 58},      {"m6a.4xlarge", 234},
           {"r7i.12xlarge", 234}, {"c4.4xlarge", 234}, {"r6i.16xlarge", 737},    {"m6idn.32xlarge", 394},
           {"r8i.4xlarge", 394},  {"r8i.xlarge", 118}, {"r8i-flex.2xlarge", 118}}) {
    const auto limits = interface_limits(type);
    ASSERT_TRUE(limits) << type;
    EXPECT_EQ(limits->max_pods(), pods) << type;
  }
  for (const char* type : {"m5", "m5.", "m5.huge", "p3dn.24xlarge", "", "xm5.large"})
    EXPECT_FALSE(interface_limits(type)) << type;
}

class Pool : public testing::Test {
 protected:
  Pool() {
    pool_.add_blocks(0, {block_of(number("10.0.0.20"), false), block_of(number("10.0.0.21"), false)});
  }
  static SimTime at(Duration d) { return SimTime::at(d); }

  CniSettings single_, prefixes_{.prefix_delegation = true};
  NodePool pool_{*interface_limits("t3.small"), 110, {0, number("10.0.0.10"), SimTime(), {}}};
};

TEST_F(Pool, AnAddressThatWasGivenBackIsNotGivenAgainForThirtySeconds) {
  EXPECT_EQ(pool_.assign(single_, at(0_s)), number("10.0.0.20"));
  EXPECT_EQ(pool_.assign(single_, at(0_s)), number("10.0.0.21"));
  EXPECT_FALSE(pool_.assign(single_, at(1_s)));
  pool_.release(number("10.0.0.20"), at(10_s));
  EXPECT_EQ(pool_.stats(single_).available(), 1) << "it counts as available meanwhile";
  EXPECT_FALSE(pool_.assign(single_, at(40_s)));
  EXPECT_EQ(pool_.assign(single_, at(40_s) + 1_ns), number("10.0.0.20"));
}

TEST_F(Pool, BlocksOfTheOtherModeGiveNothingButTakeTheirPlace) {
  pool_.add_blocks(0, {block_of(number("10.0.1.0"), true)});
  EXPECT_EQ(pool_.assign(prefixes_, at(0_s)), number("10.0.1.0"));
  EXPECT_EQ(pool_.stats(prefixes_).total, 16);
  EXPECT_EQ(pool_.stats(single_).total, 2);
  EXPECT_EQ(pool_.assign(single_, at(0_s)), number("10.0.0.20"));
  EXPECT_TRUE(pool_.take_out_of_other_mode(single_).empty()) << "a pod has an address of the prefix";
  const auto taken = pool_.take_out_of_other_mode(prefixes_);
  ASSERT_EQ(taken.size(), 1u) << "10.0.0.21 is free, 10.0.0.20 is not";
  EXPECT_EQ(taken.front().second.first, number("10.0.0.21"));
  EXPECT_EQ(pool_.interfaces().front().blocks.size(), 2u);
}

TEST_F(Pool, AFullNodeHasNothingToPlan) {
  for (int i = 0; i < 2; ++i) pool_.add_interface({0, number("10.0.0.11"), SimTime(), {}});
  for (std::size_t i = 0; i < 3; ++i) {
    while (std::ssize(pool_.interfaces()[i].blocks) < pool_.blocks_each())
      pool_.add_blocks(i, {block_of(number("10.0.2.0") + static_cast<Address>(i * 16) +
                                        static_cast<Address>(pool_.interfaces()[i].blocks.size()),
                                    false)});
  }
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(pool_.assign(single_, at(0_s)));
  EXPECT_FALSE(pool_.assign(single_, at(0_s)));
  EXPECT_EQ(pool_.plan(single_, at(1_s), at(0_s)).action, PoolAction::kNothing);
}

}  // namespace
}  // namespace seatrial::network::vpc
