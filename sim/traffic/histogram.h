// A latency histogram with bounded relative error, in integers only.
//
// Values (nanoseconds) up to 127 have a bucket each; above, every power of two is cut into 64 buckets, so a
// bucket is at most 1/64 of its lower bound wide and its middle is within 1/128 = 0.79 % of every value in
// it. Count, sum, minimum and maximum are exact. Memory covers only the span between the smallest and the
// largest bucket seen (4 bytes a bucket; 1 ms … 10 s is 3.4 KB), and the rest is one cache line. Merging two
// histograms equals recording both their values. Source: the bucket scheme of HdrHistogram.
//
// Worked example: 1000 has bit width 10, shift 10 - 7 = 3, 1000 >> 3 = 125, so bucket 3 * 64 + 125 = 317,
// which holds 1000 … 1007 and reads as 1003.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "sim/engine/check.h"
#include "sim/engine/time.h"

namespace seatrial::traffic {

class Histogram {
 public:
  // REQUIRES: value >= 0.
  void record(Duration value) {
    const std::uint64_t v = static_cast<std::uint64_t>(value.count());
    const std::uint32_t offset = bucket_of(v) - first_;
    if (offset >= counts_.size()) [[unlikely]]
      return record_outside(v);
    tally(v, offset);
  }
  // Hints that this value is about to be recorded.
  void about_to_record(Duration value) const {
    const std::uint32_t offset = bucket_of(static_cast<std::uint64_t>(value.count())) - first_;
    if (offset < counts_.size()) __builtin_prefetch(&counts_[offset]);
  }
  void merge(const Histogram& other);

  std::uint64_t count() const;  // sums up the buckets
  Duration min() const { return Duration::nanos(counts_.empty() ? 0 : static_cast<std::int64_t>(min_)); }
  Duration max() const { return Duration::nanos(static_cast<std::int64_t>(max_)); }
  Duration mean() const;  // 0 when empty; cut off to whole nanoseconds
  // The smallest recorded value v such that at least per_million/10^6 of all values are <= v, within 0.79 %,
  // and never outside [min, max]. 0 when empty. REQUIRES: 0 <= per_million <= 1'000'000.
  Duration quantile(std::int64_t per_million) const;

  struct Bucket {
    Duration lowest, highest;  // inclusive
    std::uint64_t count;
  };
  std::vector<Bucket> buckets() const;  // the non-empty ones, ascending

  bool operator==(const Histogram& other) const;  // same values recorded, as far as buckets tell

 private:
  __extension__ using Sum = unsigned __int128;

  static std::uint32_t bucket_of(std::uint64_t v) {
    const int shift = static_cast<int>(std::bit_width(v | 64)) - 7;
    return static_cast<std::uint32_t>(shift) * 64 + static_cast<std::uint32_t>(v >> shift);
  }
  static std::uint64_t lowest_of(std::uint32_t bucket);
  static std::uint64_t highest_of(std::uint32_t bucket) { return lowest_of(bucket + 1) - 1; }

  void tally(std::uint64_t v, std::uint32_t offset) {
    CHECK(++counts_[offset] != 0);
    sum_ += v;
    if (v < min_) min_ = v;
    if (v > max_) max_ = v;
  }
  void record_outside(std::uint64_t v);
  void cover(std::uint32_t first, std::uint32_t last);

  std::vector<std::uint32_t> counts_;  // of buckets first_, first_ + 1, …
  std::uint32_t first_ = 0;
  Sum sum_ = 0;
  std::uint64_t min_ = ~std::uint64_t{0}, max_ = 0;
};
static_assert(sizeof(Histogram) == 64);

}  // namespace seatrial::traffic
