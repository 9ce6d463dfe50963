// How long packets take between two places.
#include "sim/traffic/hops.h"

#include <gtest/gtest.h>

#include <set>

namespace seatrial::traffic {
namespace {

using namespace literals;

constexpr PlaceId kHere{1}, kThere{2};

TEST(Hops, ARequestDrawsOnceForAPair) {
  Hops hops;
  hops.set_random(kHere, kThere, Distribution::lognormal(600_us, 2_ms), 7);
  hops.set_random(kThere, kHere, Distribution::lognormal(600_us, 2_ms), 8);
  const Duration there = hops.get(kHere, kThere, 1).one_way;
  EXPECT_EQ(hops.get(kHere, kThere, 1).one_way, there);
  EXPECT_NE(hops.get(kThere, kHere, 1).one_way, there);
  std::set<Duration> different;
  for (std::uint64_t request = 0; request < 100; ++request)
    different.insert(hops.get(kHere, kThere, request).one_way);
  EXPECT_EQ(different.size(), 100u);
}

TEST(Hops, DrawsHaveTheDistribution) {
  Hops hops;
  hops.set_random(kHere, kThere, Distribution::uniform(1_ms, 3_ms), 7);
  Duration sum;
  for (std::uint64_t request = 0; request < 10'000; ++request) {
    const Duration one_way = hops.get(kHere, kThere, request).one_way;
    ASSERT_GE(one_way, 1_ms);
    ASSERT_LE(one_way, 3_ms);
    sum += one_way;
  }
  EXPECT_GT(sum / 10'000, 1980_us);
  EXPECT_LT(sum / 10'000, 2020_us);
}

TEST(Hops, WhatAFaultAddsComesOnTopOfWhatIsDrawn) {
  Hops hops;
  hops.set_random(kHere, kThere, Distribution::uniform(1_ms, 3_ms), 7);
  const Duration before = hops.get(kHere, kThere, 5).one_way;
  Hop slower = hops.get(kHere, kThere);
  slower.one_way += 50_ms;
  hops.set(kHere, kThere, slower);
  EXPECT_EQ(hops.get(kHere, kThere, 5).one_way, before + 50_ms);
  EXPECT_EQ(hops.get(kThere, kHere, 5).one_way, Duration());
}

}  // namespace
}  // namespace seatrial::traffic
