#include "sim/traffic/names.h"

#include <gtest/gtest.h>

namespace seatrial::traffic {
namespace {

using namespace literals;

constexpr std::uint64_t kHalf = std::uint64_t{1} << 63;
constexpr std::uint64_t kQuarter = kHalf / 2;

NameAnswer to(Duration from, std::uint16_t way) {
  return {SimTime::at(from), {{way, 1}}, JournalId::kNone, {}};
}
NameAnswer nothing(Duration from) { return {SimTime::at(from), {}, JournalId::kNone, {}}; }

ResolverCopies copies(NameAnswer first) { return {60_s, 900_s, 7, std::move(first)}; }

// 0: there is no such name.
int way_at(const ResolverCopies& all, Duration at, std::uint64_t place) {
  const NameAnswer& answer = all.held(SimTime::at(at), place);
  return answer.ways.empty() ? 0 : answer.ways.front().first;
}

// Of a thousand requests.
int share_of(const ResolverCopies& all, Duration at, int way) {
  int count = 0;
  for (std::uint64_t request = 0; request < 1000; ++request) {
    const NameAnswer& answer = all.kept(SimTime::at(at), request);
    count += (answer.ways.empty() ? 0 : all.way(answer, request)) == way ? 1 : 0;
  }
  return count;
}

TEST(ResolverCopies, AChangeIsSeenAsCopiesExpire) {
  ResolverCopies all = copies(to(0_s, 1));
  all.change(to(100_s, 2), true);
  EXPECT_EQ(way_at(all, 100_s, 0), 2);
  EXPECT_EQ(way_at(all, 114999_ms, kQuarter), 1);
  EXPECT_EQ(way_at(all, 115_s, kQuarter), 2);
  EXPECT_EQ(way_at(all, 129999_ms, kHalf), 1);
  EXPECT_EQ(way_at(all, 159_s, ~std::uint64_t{0}), 1);
  EXPECT_EQ(way_at(all, 160_s, ~std::uint64_t{0}), 2);
}

TEST(ResolverCopies, AnAnswerWithATtlOfItsOwnIsKeptForThat) {
  NameAnswer first = to(0_s, 1);
  first.ttl = 300_s;
  ResolverCopies all = copies(first);
  all.change(to(100_s, 2), true);
  EXPECT_EQ(way_at(all, 249_s, kHalf), 1);
  EXPECT_EQ(way_at(all, 250_s, kHalf), 2);
  EXPECT_EQ(all.kept_for(all.answer_before(SimTime::at(100_s))), 300_s);
  EXPECT_EQ(all.kept_for(all.answer_before(SimTime::at(101_s))), 60_s);
}

TEST(ResolverCopies, TheShareOfTheOldWayFallsInAStraightLine) {
  ResolverCopies all = copies(to(0_s, 1));
  all.change(to(100_s, 2), true);
  for (int second = 0; second <= 60; second += 15)
    EXPECT_NEAR(share_of(all, 100_s + 1_s * second, 1), 1000 - 1000 * second / 60, 45) << second;
}

TEST(ResolverCopies, ThatThereIsNoSuchNameIsKeptLonger) {
  ResolverCopies all = copies(nothing(0_s));
  all.change(to(100_s, 1), true);
  EXPECT_NEAR(share_of(all, 325_s, 1), 250, 45);
  EXPECT_NEAR(share_of(all, 775_s, 1), 750, 45);
  EXPECT_EQ(share_of(all, 1000_s, 1), 1000);
}

// Gone at 100 s, back at 130 s: who asked between the two has heard that it is gone.
TEST(ResolverCopies, ANameThatComesBackIsMissedByThoseWhoAskedMeanwhile) {
  ResolverCopies all = copies(to(0_s, 1));
  all.change(nothing(100_s), true);
  all.change(to(130_s, 1), true);
  EXPECT_NEAR(share_of(all, 129_s, 0), 480, 45);
  EXPECT_NEAR(share_of(all, 600_s, 0), 500, 45);
  EXPECT_EQ(way_at(all, 1014_s, kQuarter), 0);
  EXPECT_EQ(way_at(all, 1015_s, kQuarter), 1);  // it asked at 115 s
  EXPECT_EQ(way_at(all, 600_s, kHalf + kQuarter), 1);
  EXPECT_EQ(share_of(all, 1030_s, 0), 0);
}

TEST(ResolverCopies, BeforeTheFirstRequestNobodyHasAsked) {
  ResolverCopies all = copies(nothing(-600_s));
  all.change(to(100_s, 1), false);
  EXPECT_EQ(share_of(all, 100_s, 1), 1000);
}

TEST(ResolverCopies, WeightsShareTheAnswersOut) {
  ResolverCopies all = copies({SimTime(), {{1, 1}, {2, 3}}, JournalId::kNone, {}});
  EXPECT_NEAR(share_of(all, 10_s, 1), 250, 45);
  EXPECT_NEAR(share_of(all, 10_s, 2), 750, 45);
}

TEST(ResolverCopies, ALateChangeFindsAllWithTheLatestAnswer) {
  ResolverCopies all = copies(to(0_s, 1));
  all.change(to(100_s, 2), true);
  all.change(to(500_s, 3), true);
  EXPECT_EQ(way_at(all, 520_s, kHalf), 2);
  EXPECT_EQ(way_at(all, 530_s, kHalf), 3);
}

}  // namespace
}  // namespace seatrial::traffic
