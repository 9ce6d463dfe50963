#include "sim/engine/distributions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "sim/engine/check.h"

namespace seatrial {
namespace {

using namespace literals;

TEST(PortableMath, AgreesWithTheMathematicalFunctions) {
  for (double x = 1e-300; x < 1e300; x *= 1.37)
    EXPECT_NEAR(portable_log(x), std::log(x), 4e-16 * (1 + std::abs(std::log(x)))) << x;
  for (double x = 0.5; x < 2; x += 0.001) EXPECT_NEAR(portable_log(x), std::log(x), 4e-16) << x;
  for (double x = -700; x < 700; x += 0.377) EXPECT_NEAR(portable_exp(x) / std::exp(x), 1, 1e-15) << x;
  EXPECT_EQ(portable_exp(0), 1);
  EXPECT_EQ(portable_exp(-1000), 0);
  EXPECT_TRUE(std::isinf(portable_exp(1000)));
}

TEST(PortableMath, TheNormalQuantileInvertsTheNormalDistribution) {
  for (double p = 1e-300; p < 0.5; p *= 3)
    EXPECT_NEAR(std::erfc(-normal_quantile(p) / std::sqrt(2.0)) / 2 / p, 1, 1e-12) << p;
  for (double p = 0.001; p < 1; p += 0.001)
    EXPECT_NEAR(std::erfc(-normal_quantile(p) / std::sqrt(2.0)) / 2, p, 1e-15) << p;
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_THROW((void)normal_quantile(0), CheckFailure);
}

struct Golden {
  const char* name;
  Distribution distribution;
  std::vector<std::int64_t> first;  // nanoseconds
};

// Bits that must never change: every recorded run depends on them.
TEST(Distribution, DrawsTheSameBitsForEver) {
  const std::vector<Golden> rows{
      {"uniform",
       Distribution::uniform(1_s, 2_s),
       {1'220'791'073, 1'632'935'152, 1'073'061'178, 1'336'380'126}},
      {"exponential", Distribution::exponential(1_s), {663'266'715, 150'009'328, 104'371'458, 469'152'580}},
      {"erlang", Distribution::erlang(3, 1_s), {896'638'767, 264'114'573, 1'365'786'740, 617'755'601}},
      {"lognormal", Distribution::lognormal(40_ms, 250_ms), {46'597'181, 34'676'964, 31'155'793, 30'785'248}},
      {"pareto",
       Distribution::pareto(1_s, 1.5),
       {1'209'045'943, 2'258'175'879, 1'913'704'975, 1'132'737'896}},
      {"empirical",
       Distribution::empirical({{1_s, 1}, {2_s, 2}, {3_s, 1}}),
       {1'000'000'000, 1'000'000'000, 2'000'000'000, 2'000'000'000}},
  };
  for (const Golden& row : rows) {
    RandomStream stream(1, row.name);
    std::vector<std::int64_t> drawn;
    for (std::size_t i = 0; i < 4; ++i) drawn.push_back(row.distribution.sample(stream).count());
    EXPECT_EQ(drawn, row.first) << row.name;
  }
}

TEST(Distribution, ManyDrawsHashToTheSameNumber) {
  RandomStream stream(1, "many");
  std::uint64_t hash = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    hash = hash * 31 + std::bit_cast<std::uint64_t>(exponential_unit(stream));
    hash = hash * 31 + std::bit_cast<std::uint64_t>(standard_normal(stream));
    hash = hash * 31 + std::bit_cast<std::uint64_t>(portable_exp(exponential_unit(stream)));
  }
  EXPECT_EQ(hash, 18234605232877915723u);
}

std::vector<double> sorted_draws(const Distribution& distribution, int n = 400'000) {
  RandomStream stream(11, "draws");
  std::vector<double> draws;
  for (int i = 0; i < n; ++i) draws.push_back(distribution.sample(stream).to_seconds());
  std::ranges::sort(draws);
  return draws;
}
double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}
double variance_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const double v : values) sum += (v - mean) * (v - mean);
  return sum / static_cast<double>(values.size());
}
// The largest distance between the drawn and the given distribution function, in units of 1/sqrt(n):
// above 1.95 in one run out of a thousand.
template <class Cdf>
double kolmogorov(const std::vector<double>& sorted, Cdf cdf) {
  double worst = 0;
  const auto n = static_cast<double>(sorted.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double p = cdf(sorted[i]), rank = static_cast<double>(i);
    worst = std::max({worst, std::abs(p - rank / n), std::abs(p - (rank + 1) / n)});
  }
  return worst * std::sqrt(n);
}

TEST(Distribution, UniformCoversItsInterval) {
  const auto draws = sorted_draws(Distribution::uniform(1_s, 3_s));
  EXPECT_LT(kolmogorov(draws, [](double x) { return (x - 1) / 2; }), 1.95);
  RandomStream stream(1, "ends");
  std::vector<int> counts(3);
  for (int i = 0; i < 3000; ++i)
    ++counts.at(static_cast<std::size_t>(Distribution::uniform(5_ns, 7_ns).sample(stream).count() - 5));
  for (const int count : counts) EXPECT_NEAR(count, 1000, 130);
}

TEST(Distribution, ExponentialHasItsDistributionFunctionUpToTheTail) {
  const auto draws = sorted_draws(Distribution::exponential(2_s), 1'000'000);
  EXPECT_LT(kolmogorov(draws, [](double x) { return 1 - std::exp(-x / 2); }), 1.95);
  const auto beyond = draws.end() - std::ranges::lower_bound(draws, 2 * 8.0);
  EXPECT_NEAR(static_cast<double>(beyond), 1'000'000 * std::exp(-8.0),
              5 * std::sqrt(1'000'000 * std::exp(-8.0)));
}

TEST(Distribution, ErlangHasItsMeanAndVariance) {
  const auto draws = sorted_draws(Distribution::erlang(4, 2_s));
  EXPECT_NEAR(mean_of(draws), 2, 0.01);
  EXPECT_NEAR(variance_of(draws), 1, 0.02);
}

TEST(Distribution, LognormalHasItsMedianAndP99) {
  const auto draws = sorted_draws(Distribution::lognormal(40_ms, 250_ms));
  EXPECT_NEAR(draws[200'000], 0.040, 0.0004);
  EXPECT_NEAR(draws[396'000], 0.250, 0.006);
  EXPECT_EQ(Distribution::lognormal(40_ms, 40_ms).mean(), 40_ms);
}

TEST(Distribution, ParetoHasItsTail) {
  const auto draws = sorted_draws(Distribution::pareto(1_s, 2.5));
  EXPECT_LT(kolmogorov(draws, [](double x) { return x <= 1 ? 0 : 1 - std::pow(x, -2.5); }), 1.95);
}

TEST(Distribution, EmpiricalDrawsItsValuesByWeight) {
  const Distribution d = Distribution::empirical({{3_s, 1}, {1_s, 0}, {2_s, 3}});
  const auto draws = sorted_draws(d);
  EXPECT_EQ(draws.front(), 2);
  EXPECT_EQ(draws.back(), 3);
  EXPECT_NEAR(mean_of(draws), 2.25, 0.004);
  EXPECT_EQ(d.mean(), 2250_ms);
}

TEST(Distribution, KnowsItsMean) {
  EXPECT_EQ(Distribution().mean(), 0_s);
  EXPECT_EQ(Distribution::constant(5_s).mean(), 5_s);
  EXPECT_EQ(Distribution::uniform(1_s, 3_s).mean(), 2_s);
  EXPECT_EQ(Distribution::exponential(3_s).mean(), 3_s);
  EXPECT_EQ(Distribution::erlang(4, 2_s).mean(), 2_s);
  EXPECT_EQ(Distribution::pareto(1_s, 2).mean(), 2_s);
  EXPECT_EQ(Distribution::pareto(1_s, 1).mean(), Duration::max());
  EXPECT_NEAR(mean_of(sorted_draws(Distribution::lognormal(1_s, 3_s))),
              Distribution::lognormal(1_s, 3_s).mean().to_seconds(), 0.005);
}

TEST(Distribution, CutsOffWhatDoesNotFitIntoTime) {
  RandomStream stream(1, "far");
  const Distribution wild = Distribution::pareto(1_s, 0.01);
  for (int i = 0; i < 1000; ++i) {
    const Duration drawn = wild.sample(stream);
    ASSERT_GE(drawn, 1_s);
    ASSERT_LE(drawn.count(), std::int64_t{1} << 62);
  }
}

TEST(Distribution, ConstantsAreExactAndDrawNothing) {
  RandomStream stream(1, "none"), untouched = stream;
  const Duration odd = Duration::nanos(9'007'199'254'740'993);  // 2^53 + 1
  EXPECT_EQ(Distribution::constant(odd).sample(stream), odd);
  EXPECT_EQ(stream.next_u64(), untouched.next_u64());
}

TEST(Distribution, RefusesWhatItsContractExcludes) {
  EXPECT_THROW(Distribution::constant(-(1_s)), CheckFailure);
  EXPECT_THROW(Distribution::uniform(2_s, 1_s), CheckFailure);
  EXPECT_THROW(Distribution::lognormal(2_s, 1_s), CheckFailure);
  EXPECT_THROW(Distribution::lognormal(0_s, 1_s), CheckFailure);
  EXPECT_THROW(Distribution::erlang(0, 1_s), CheckFailure);
  EXPECT_THROW(Distribution::empirical({}), CheckFailure);
  EXPECT_THROW(Distribution::empirical({{1_s, 0}}), CheckFailure);
}

TEST(Zipf, DrawsRanksByTheirPower) {
  const Zipf zipf(3, 1);  // 1 : 1/2 : 1/3, together 11/6
  RandomStream stream(1, "zipf");
  std::vector<int> counts(4);
  for (int i = 0; i < 110'000; ++i) ++counts.at(zipf.sample(stream));
  EXPECT_EQ(counts[0], 0);
  EXPECT_NEAR(counts[1], 60'000, 850);
  EXPECT_NEAR(counts[2], 30'000, 750);
  EXPECT_NEAR(counts[3], 20'000, 650);
}

}  // namespace
}  // namespace seatrial
