#include "sim/traffic/histogram.h"

#include <algorithm>
#include <numeric>

namespace seatrial::traffic {

std::uint64_t Histogram::lowest_of(std::uint32_t bucket) {
  if (bucket < 128) return bucket;
  const std::uint32_t shift = bucket / 64 - 1;
  return static_cast<std::uint64_t>(bucket - shift * 64) << shift;
}

void Histogram::cover(std::uint32_t first, std::uint32_t last) {
  if (counts_.empty()) first_ = first;
  if (first < first_) {
    counts_.insert(counts_.begin(), first_ - first, 0);
    first_ = first;
  }
  if (last >= first_ + counts_.size()) counts_.resize(last - first_ + 1, 0);
}

void Histogram::record_outside(std::uint64_t v) {
  CHECK(static_cast<std::int64_t>(v) >= 0);
  // Room for a power of two at a time, so that growing stays rare.
  const std::uint32_t bucket = bucket_of(v);
  cover(bucket / 64 * 64, bucket / 64 * 64 + 63);
  tally(v, bucket - first_);
}

void Histogram::merge(const Histogram& other) {
  if (other.counts_.empty()) return;
  cover(other.first_, other.first_ + static_cast<std::uint32_t>(other.counts_.size()) - 1);
  for (std::size_t i = 0; i < other.counts_.size(); ++i) {
    std::uint32_t& mine = counts_[other.first_ - first_ + i];
    CHECK(mine + other.counts_[i] >= mine);
    mine += other.counts_[i];
  }
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

std::uint64_t Histogram::count() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

Duration Histogram::mean() const {
  return Duration::nanos(counts_.empty() ? 0 : static_cast<std::int64_t>(sum_ / count()));
}

Duration Histogram::quantile(std::int64_t per_million) const {
  CHECK(per_million >= 0 && per_million <= 1'000'000);
  if (counts_.empty()) return Duration();
  const Sum wanted =
      (static_cast<Sum>(count()) * static_cast<std::uint64_t>(per_million) + 999'999) / 1'000'000;
  const std::uint64_t rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen < rank) continue;
    const std::uint32_t bucket = first_ + static_cast<std::uint32_t>(i);
    const std::uint64_t middle = lowest_of(bucket) + (highest_of(bucket) - lowest_of(bucket)) / 2;
    return Duration::nanos(static_cast<std::int64_t>(std::clamp(middle, min_, max_)));
  }
  return max();
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> rows;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    const std::uint32_t bucket = first_ + static_cast<std::uint32_t>(i);
    rows.push_back({Duration::nanos(static_cast<std::int64_t>(lowest_of(bucket))),
                    Duration::nanos(static_cast<std::int64_t>(highest_of(bucket))), counts_[i]});
  }
  return rows;
}

bool Histogram::operator==(const Histogram& other) const {
  if (sum_ != other.sum_ || min_ != other.min_ || max_ != other.max_) return false;
  const std::vector<Bucket> mine = buckets(), theirs = other.buckets();
  return std::ranges::equal(mine, theirs, [](const Bucket& a, const Bucket& b) {
    return a.lowest == b.lowest && a.count == b.count;
  });
}

}  // namespace seatrial::traffic
