#include "sim/traffic/arrivals.h"

#include <gtest/gtest.h>

#include <cmath>

namespace seatrial::traffic {
namespace {

using namespace seatrial::literals;

std::vector<SimTime> all_of(Arrivals arrivals) {
  RandomStream stream(3, "load/public/arrivals");
  std::vector<SimTime> times;
  for (SimTime t = arrivals.next(stream); t != SimTime::max(); t = arrivals.next(stream)) {
    EXPECT_TRUE(times.empty() || t >= times.back());
    times.push_back(t);
  }
  return times;
}

SimTime at(Duration d) { return SimTime::at(d); }

TEST(ArrivalsTest, ConstantRateDoesNotDrift) {
  const std::vector<SimTime> times = all_of(Arrivals::constant(Rate{3'000}, at(0_s), at(1000_s)));
  ASSERT_EQ(times.size(), 3'000u);
  EXPECT_EQ(times[1].count(), 333'333'333);
  EXPECT_EQ(times[3], at(1_s));
  EXPECT_EQ(times[2'997], at(999_s));
}

TEST(ArrivalsTest, PoissonHasItsMeanAndVariance) {
  const std::vector<SimTime> times = all_of(Arrivals::poisson(Rate::per_second(400), at(10_s), at(260_s)));
  EXPECT_NEAR(static_cast<double>(times.size()), 100'000, 5 * std::sqrt(100'000.0));
  double sum = 0, squares = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const double gap = (times[i] - times[i - 1]).to_seconds();
    sum += gap;
    squares += gap * gap;
  }
  const double n = static_cast<double>(times.size() - 1), mean = sum / n;
  EXPECT_NEAR((squares / n - mean * mean) / (mean * mean), 1.0, 0.05);
  EXPECT_GE(times.front(), at(10_s));
}

TEST(ArrivalsTest, AProfileIntegratesToItsCountInEverySegment) {
  const std::vector<SimTime> times = all_of(Arrivals::profile({{at(0_s), Rate{0}},
                                                               {at(100_s), Rate::per_second(1000)},
                                                               {at(100_s), Rate::per_second(200)},
                                                               {at(200_s), Rate::per_second(200)},
                                                               {at(300_s), Rate{0}},
                                                               {at(400_s), Rate{0}},
                                                               {at(500_s), Rate::per_second(100)}},
                                                              at(600_s)));
  const double expected[] = {50'000, 20'000, 10'000, 0, 5'000, 10'000};
  double counted[6] = {};
  for (const SimTime t : times) ++counted[t.count() / (100_s).count()];
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(counted[i], expected[i], 5 * std::sqrt(expected[i])) << i;
}

TEST(ArrivalsTest, ARampRisesLinearly) {
  const std::vector<SimTime> times =
      all_of(Arrivals::profile({{at(0_s), Rate{0}}, {at(100_s), Rate::per_second(1000)}}, at(100_s)));
  double first_half = 0;
  for (const SimTime t : times) first_half += t < at(50_s);
  EXPECT_NEAR(first_half / static_cast<double>(times.size()), 0.25, 0.01);
}

TEST(ArrivalsTest, ARateOfZeroSendsNothing) {
  EXPECT_TRUE(all_of(Arrivals::constant(Rate{0}, at(0_s))).empty());
  EXPECT_TRUE(all_of(Arrivals::poisson(Rate{0}, at(0_s))).empty());
  EXPECT_TRUE(all_of(Arrivals::profile({{at(0_s), Rate{0}}})).empty());
  EXPECT_TRUE(all_of(Arrivals()).empty());
}

TEST(ArrivalsTest, ATraceIsReplayedExactly) {
  const auto times = parse_trace_csv("seconds,path\n0.25,/\n\n# pause\n 1.000000001 ,/x\n1.000000001\n2\r\n");
  ASSERT_TRUE(times);
  EXPECT_EQ(all_of(Arrivals::trace(*times)),
            (std::vector<SimTime>{at(250_ms), at(1'000'000'001_ns), at(1'000'000'001_ns), at(2_s)}));
}

TEST(ArrivalsTest, EveryWrongLineOfATraceIsReported) {
  const auto times = parse_trace_csv("time\n1.5\nsoon\n1.4\n1e3\n");
  ASSERT_FALSE(times);
  ASSERT_EQ(times.error().size(), 3u);
  EXPECT_EQ(times.error()[0].line, 3);
  EXPECT_EQ(times.error()[0].message, "not a time in seconds: \"soon\"");
  EXPECT_EQ(times.error()[1].line, 4);
  EXPECT_EQ(times.error()[2].line, 5);
}

}  // namespace
}  // namespace seatrial::traffic
