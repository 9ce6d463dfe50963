#include "sim/traffic/accounts.h"

#include <algorithm>
#include <numeric>

namespace seatrial::traffic {

namespace {

constexpr Duration kTogether = Duration::seconds(60);  // from the first to the last that one stands for

}  // namespace

void SecondLatency::merge(const SecondLatency& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
}

std::uint64_t SecondLatency::count() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

Duration SecondLatency::quantile(std::int64_t per_million) const {
  const std::uint64_t total = count();
  if (total == 0) return Duration();
  const std::uint64_t rank =
      std::max<std::uint64_t>(1, (total * static_cast<std::uint64_t>(per_million) + 999'999) / 1'000'000);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen < rank) continue;
    // Bucket i holds [8 + i % 8, 9 + i % 8) << (14 + i / 8); its middle is half a step further.
    return Duration::nanos(static_cast<std::int64_t>(17 + 2 * (i % 8)) << (13 + i / 8));
  }
  return Duration();
}

void Accounts::add_load() {
  const std::size_t before = sent_.size();
  sent_.emplace_back();
  std::vector<std::uint32_t> indexes(version_count_ * sent_.size(), kNoCell);
  for (std::size_t v = 0; v < version_count_; ++v)
    for (std::size_t l = 0; l < before; ++l) indexes[v * sent_.size() + l] = cell_indexes_[v * before + l];
  cell_indexes_ = std::move(indexes);
}

VersionIndex Accounts::add_version() {
  CHECK(version_count_ < 0xffff);
  cell_indexes_.resize(++version_count_ * sent_.size(), kNoCell);
  return static_cast<VersionIndex>(version_count_ - 1);
}

void Accounts::settle() {
  const std::size_t first = delayed_count_ > kDelay ? delayed_count_ - kDelay : 0;
  for (std::size_t n = first; n < delayed_count_; ++n) book(delayed_[n % kDelay]);
  delayed_count_ = 0;
}

void Accounts::add_rows(std::size_t second) {
  rows_.resize(second + 1);
  Row& row = rows_.back();
  row.sent.resize(sent_.size());
  row.ended.resize(cells_.size());
  if (!config_.latency_series) return;
  row.latency.resize(cells_.size());
  for (; looked_at_ + kOpenRows < second; ++looked_at_) pack(rows_[looked_at_]);
}

// Most of a row is zeros, unless a load sends hundreds a second.
void Accounts::pack(Row& row) {
  std::vector<PackedCount> packed;
  for (std::size_t cell = 0; cell < row.latency.size(); ++cell) {
    for (std::size_t bucket = 0; bucket < SecondLatency::kBuckets; ++bucket) {
      const std::uint32_t count = row.latency[cell].in_bucket(bucket);
      if (count > 0)
        packed.push_back({static_cast<std::uint32_t>(cell * SecondLatency::kBuckets + bucket), count});
    }
  }
  if (packed.size() * sizeof(PackedCount) >= row.latency.size() * sizeof(SecondLatency)) return;
  packed.shrink_to_fit();
  row.packed = std::move(packed);
  row.latency = {};
  row.is_packed = true;
}

void Accounts::book_late(Row& row, const Success& success) {
  const auto place = static_cast<std::uint32_t>(success.cell * SecondLatency::kBuckets +
                                                SecondLatency::bucket_of(success.latency));
  auto at = std::ranges::lower_bound(row.packed, place, {}, &PackedCount::place);
  if (at == row.packed.end() || at->place != place) at = row.packed.insert(at, {place, 0});
  ++at->count;
}

const Cell& Accounts::cell(LoadIndex load, VersionIndex version) const {
  static const Cell empty;
  const std::uint32_t index = cell_indexes_[version * sent_.size() + load];
  return index == kNoCell ? empty : cells_[index];
}

std::vector<std::uint32_t> Accounts::sent_seconds(LoadIndex load) const {
  std::vector<std::uint32_t> column(rows_.size());
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (load < rows_[i].sent.size()) column[i] = rows_[i].sent[load];
  return column;
}

std::vector<Second> Accounts::seconds(LoadIndex load, VersionIndex version) const {
  const std::uint32_t cell = cell_indexes_[version * sent_.size() + load];
  std::vector<Second> column(rows_.size());
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (cell < rows_[i].ended.size()) column[i] = rows_[i].ended[cell];
  return column;
}

std::vector<SecondLatency> Accounts::latency_seconds(LoadIndex load, VersionIndex version) const {
  const std::uint32_t cell = cell_indexes_[version * sent_.size() + load];
  if (cell == kNoCell) return {};
  std::vector<SecondLatency> column(rows_.size());
  const std::size_t first = cell * SecondLatency::kBuckets, end = first + SecondLatency::kBuckets;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    if (cell < row.latency.size()) column[i] = row.latency[cell];
    auto at = std::ranges::lower_bound(row.packed, first, {}, &PackedCount::place);
    for (; at != row.packed.end() && at->place < end; ++at) column[i].add(at->place - first, at->count);
  }
  return column;
}

void Accounts::failed(FailedRequest failure) {
  failure.last_sent = failure.sent;
  failure.last_ended = failure.ended;
  std::size_t& kept = failures_kept_[static_cast<std::size_t>(failure.outcome)];
  if (kept == config_.failures_kept) {
    const auto [place, is_new] = together_.try_emplace(failure.kind(), failures_.size());
    if (!is_new) {
      FailedRequest& alike = failures_[place->second];
      if (failure.ended - alike.ended < kTogether) {
        ++alike.count;
        alike.last_sent = std::max(alike.last_sent, failure.sent);
        alike.last_ended = failure.ended;
        return;
      }
      place->second = failures_.size();
    }
  } else {
    ++kept;
  }
  failures_.push_back(failure);
}

void Accounts::write_log(const Ending& e) {
  log_.id.push_back(e.id);
  log_.sent.push_back(e.sent.count());
  log_.latency.push_back((e.ended - e.sent).count());
  log_.pod.push_back(e.pod.index);
  log_.load.push_back(e.load);
  log_.version.push_back(e.version);
  log_.outcome.push_back(static_cast<std::uint8_t>(e.outcome));
  log_.attempts.push_back(e.attempts);
  log_.tries.push_back(e.tries);
}

OutcomeCounts Cell::outcomes() const {
  OutcomeCounts counts = failed;
  counts[static_cast<std::size_t>(Outcome::kOk)] = latency.count();
  return counts;
}

LoadTotals Accounts::totals(LoadIndex load) const {
  const Sent& sent = sent_[load];
  LoadTotals totals;
  totals.sent = sent.requests;
  totals.attempts = sent.requests + sent.retries;
  for (std::size_t v = 0; v < version_count_; ++v) {
    const OutcomeCounts counts = cell(load, static_cast<VersionIndex>(v)).outcomes();
    for (std::size_t i = 0; i < counts.size(); ++i) totals.outcomes[i] += counts[i];
  }
  for (const std::uint64_t n : totals.outcomes) totals.ended += n;
  totals.attempt_outcomes = sent.failed_attempts;
  totals.attempt_outcomes[static_cast<std::size_t>(Outcome::kOk)] = totals.ok();
  return totals;
}

Histogram Accounts::latency(LoadIndex load) const {
  Histogram sum;
  for (std::size_t v = 0; v < version_count_; ++v)
    sum.merge(cell(load, static_cast<VersionIndex>(v)).latency);
  return sum;
}

}  // namespace seatrial::traffic
