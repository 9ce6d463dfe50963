#include "sim/engine/random.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "sim/engine/check.h"

namespace seatrial {
namespace {

using Words = std::array<std::uint32_t, 4>;

// Random123's kat_vectors, philox4x32 10.
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, IsTheCounterSequenceOfItsSeedAndName) {
  RandomStream stream(42, "kubelet/node-3/pull");
  const std::uint64_t name = text_hash("kubelet/node-3/pull");
  for (std::uint32_t block = 0; block < 10; ++block) {
    const Words words = philox4x32(
        {block, 0, static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(name >> 32)}, {42, 0});
    EXPECT_EQ(stream.next_u64(), std::uint64_t{words[0]} << 32 | words[1]);
    EXPECT_EQ(stream.next_u64(), std::uint64_t{words[2]} << 32 | words[3]);
  }
}

TEST(RandomStream, CanBeDrawnFromByIndex) {
  RandomStream stream(7, "name");
  for (std::uint64_t i = 0; i < 20; ++i) EXPECT_EQ(stream.next_u64(), random_draw(7, text_hash("name"), i));
}

TEST(RandomStream, DiffersBySeedAndByName) {
  EXPECT_NE(RandomStream(1, "a").next_u64(), RandomStream(2, "a").next_u64());
  EXPECT_NE(RandomStream(1, "a").next_u64(), RandomStream(1, "b").next_u64());
}

TEST(RandomStream, ACopyContinuesEqually) {
  RandomStream stream(1, "a");
  for (int i = 0; i < 5; ++i) stream.next_u64();
  RandomStream copy = stream;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(stream.next_u64(), copy.next_u64());
}

TEST(RandomStream, BelowIsUniformAndInRange) {
  RandomStream stream(3, "dice");
  std::vector<int> counts(6);
  for (int i = 0; i < 600'000; ++i) ++counts.at(stream.below(6));
  for (const int count : counts) EXPECT_NEAR(count, 100'000, 1500);  // 5 standard deviations
  EXPECT_EQ(stream.below(1), 0u);
  constexpr std::uint64_t kTwoThirds = 0xaaaaaaaaaaaaaaab;  // here one draw in three is rejected
  int lower = 0;
  for (int i = 0; i < 30'000; ++i) lower += stream.below(kTwoThirds) < kTwoThirds / 2;
  EXPECT_NEAR(lower, 15'000, 450);
}

TEST(RandomStream, UnitsStayWithinTheirInterval) {
  RandomStream stream(4, "units");
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double u = stream.next_unit(), open = stream.next_open_unit();
    ASSERT_TRUE(u >= 0 && u < 1);
    ASSERT_TRUE(open > 0 && open < 1);
    sum += u + open;
  }
  EXPECT_NEAR(sum / 200'000, 0.5, 0.004);
}

}  // namespace
}  // namespace seatrial
