#include "sim/traffic/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sim/engine/random.h"
#include "sim/traffic/accounts.h"

namespace seatrial::traffic {
namespace {

std::vector<Duration> values_over_many_magnitudes(std::size_t n) {
  RandomStream random(7, "test");
  std::vector<Duration> values;
  for (std::size_t i = 0; i < n; ++i)
    values.push_back(Duration::nanos(static_cast<std::int64_t>(random.next_u64() >> (2 + random.below(61)))));
  return values;
}

TEST(HistogramTest, EveryQuantileIsWithinOnePercent) {
  std::vector<Duration> values = values_over_many_magnitudes(20'000);
  Histogram histogram;
  for (const Duration v : values) histogram.record(v);
  std::ranges::sort(values);
  for (std::int64_t q = 0; q <= 1'000'000; q += 1'000) {
    const std::size_t wanted = (values.size() * static_cast<std::size_t>(q) + 999'999) / 1'000'000;
    const std::size_t rank = std::max<std::size_t>(1, wanted);
    const double exact = static_cast<double>(values[rank - 1].count());
    EXPECT_NEAR(static_cast<double>(histogram.quantile(q).count()), exact, exact * 0.01) << q;
  }
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.min(), values.front());
}

TEST(HistogramTest, BucketsCoverEveryValueOnceAndAreNarrow) {
  for (const Duration v : values_over_many_magnitudes(20'000)) {
    Histogram histogram;
    histogram.record(v);
    const Histogram::Bucket bucket = histogram.buckets().at(0);
    ASSERT_LE(bucket.lowest, v);
    ASSERT_GE(bucket.highest, v);
    ASSERT_LE((bucket.highest - bucket.lowest).count() * 64,
              std::max<std::int64_t>(0, bucket.lowest.count()));
  }
}

TEST(HistogramTest, MergingEqualsRecordingAll) {
  Histogram all, evens, odds;
  const std::vector<Duration> values = values_over_many_magnitudes(5'001);
  for (std::size_t i = 0; i < values.size(); ++i) {
    all.record(values[i]);
    (i % 2 == 0 ? evens : odds).record(values[i]);
  }
  evens.merge(odds);
  EXPECT_EQ(evens, all);
  EXPECT_EQ(evens.mean(), all.mean());
}

TEST(HistogramTest, AnEmptyOneAnswersZero) {
  const Histogram empty;
  EXPECT_EQ(empty.quantile(990'000), Duration());
  EXPECT_EQ(empty.mean(), Duration());
  EXPECT_EQ(empty.min(), Duration());
}

TEST(SecondLatencyTest, QuantilesAreWithinSevenPercent) {
  for (std::int64_t nanos = 140'000; nanos < 130'000'000'000; nanos += nanos / 7) {
    SecondLatency second;
    second.record(Duration::nanos(nanos));
    const double exact = static_cast<double>(nanos);
    EXPECT_NEAR(static_cast<double>(second.quantile(990'000).count()), exact, 0.07 * exact);
  }
}

}  // namespace
}  // namespace seatrial::traffic
