// What became of the requests: counts, latencies, seconds, failures, and (where wanted) every request.
//
// Kept by load, and by load × version, the version of the pod that the last try went to (0 where there was
// none). Latency runs from the client's first sending to the end as the client sees it, retries included;
// histograms hold successful requests. Seconds are those in which requests were *sent*, so that in every
// second sent = ok + failed + still in flight. Counts are exact always. The first failures of each outcome
// are written down one by one; later ones together, those that failed alike within a minute.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/event.h"
#include "sim/engine/time.h"
#include "sim/traffic/histogram.h"
#include "sim/traffic/outcome.h"
#include "sim/traffic/servers.h"

namespace seatrial::traffic {

using LoadIndex = std::uint16_t;
using OutcomeCounts = std::array<std::uint64_t, kOutcomeCount>;

struct AccountsConfig {
  std::size_t failures_kept = 100'000;  // one by one, per outcome
  std::uint64_t log_every = 0;          // every n-th request goes to the log; 1: all, 0: none
  bool latency_series = true;           // latency by second
  SimTime from;                         // what second 0 is; requests sent before it count into it
};

// A failed request with its circumstances at the instant of failure. It may stand for `count` of them, which
// differ in their times and tries only; then it is the first.
struct FailedRequest {
  std::uint64_t id = 0;
  SimTime sent, ended;
  api::PodKey pod;                      // of the last try; invalid if there was none
  JournalId record = JournalId::kNone;  // explains it: the pod's latest change; the endpoints' if there is
                                        // no pod; what blocks the network if unreachable
  JournalId view = JournalId::kNone;    // the change of endpoints that the chooser had applied last
  LoadIndex load = 0;
  LoadIndex way = 0;  // by which it went (names.h); else the load
  VersionIndex version = 0;
  std::uint16_t http_code = 0;  // what the client saw; 0: no answer
  Outcome outcome = Outcome::kOk;
  ServerState phase = ServerState::kStarting;  // of the pod …
  Duration since;                              // … for how long
  std::uint8_t attempts = 0, tries = 0;        // by the client; upstream within the last attempt
  bool slots_taken = false;                    // all of the pod's, when it ended …
  bool slots_wait = false;                     // … most of them by requests that wait for what they call
  std::uint32_t count = 1;
  SimTime last_sent, last_ended;  // when the latest of them was

  // What those that failed alike have in common.
  auto kind() const {
    return std::tuple(outcome, pod.index, record, view, load, way, version, http_code, phase, slots_taken,
                      slots_wait);
  }
  // "exited 35ms ago"; empty without a pod.
  std::string phase_text() const { return pod.valid() ? traffic::phase_text(phase, since) : std::string(); }
};

// Columns of equal length, ready for data frames. Times in nanoseconds.
struct RequestLog {
  std::vector<std::uint64_t> id;
  std::vector<std::int64_t> sent, latency;
  std::vector<std::uint32_t> pod;  // 0xffffffff: none
  std::vector<LoadIndex> load;
  std::vector<VersionIndex> version;
  std::vector<std::uint8_t> outcome, attempts, tries;
  std::size_t size() const { return id.size(); }
};

// Latencies of successful requests in one second, coarsely: eight buckets to a power of two from 131 us to
// 137 s, so a quantile is within 6.3 % (values outside count into the first or last bucket).
class SecondLatency {
 public:
  static constexpr std::size_t kBuckets = 160;
  void record(Duration latency) { ++counts_[bucket_of(latency)]; }
  void about_to_record(Duration latency) const { __builtin_prefetch(&counts_[bucket_of(latency)]); }
  void merge(const SecondLatency& other);
  void add(std::size_t bucket, std::uint32_t count) { counts_[bucket] += count; }
  std::uint32_t in_bucket(std::size_t bucket) const { return counts_[bucket]; }
  static std::size_t bucket_of(Duration latency);
  std::uint64_t count() const;
  Duration quantile(std::int64_t per_million) const;  // 0 when empty

 private:
  std::array<std::uint32_t, kBuckets> counts_{};
};

struct Second {
  std::uint32_t ok = 0, failed = 0;
};

// One load × version. A successful request touches the histogram only, whose count is that of the successes.
struct alignas(64) Cell {
  Histogram latency;
  OutcomeCounts failed{};  // by outcome; nothing under kOk

  OutcomeCounts outcomes() const;
};

struct LoadTotals {
  std::uint64_t sent = 0, ended = 0;
  std::uint64_t attempts = 0;        // by the client, first ones included
  OutcomeCounts outcomes{};          // how requests ended; their sum is `ended`
  OutcomeCounts attempt_outcomes{};  // how attempts ended
  std::uint64_t in_flight() const { return sent - ended; }
  std::uint64_t ok() const { return outcomes[static_cast<std::size_t>(Outcome::kOk)]; }
  std::uint64_t failed() const { return ended - ok(); }
};

// How a request ended.
struct Ending {
  std::uint64_t id;
  SimTime sent, ended;
  api::PodKey pod;
  LoadIndex load;
  VersionIndex version;
  Outcome outcome;
  std::uint8_t attempts, tries;
};

class Accounts {
 public:
  explicit Accounts(AccountsConfig config) : config_(config) {}

  void add_load();
  VersionIndex add_version();  // 0, 1, …

  void sent(LoadIndex load, SimTime at) {
    ++sent_[load].requests;
    ++element(row_at(at).sent, load);
  }
  void attempt_failed(LoadIndex load, Outcome outcome) {
    ++sent_[load].failed_attempts[static_cast<std::size_t>(outcome)];
  }
  bool has_sent(LoadIndex load) const { return sent_[load].requests > 0; }
  void retried(LoadIndex load) { ++sent_[load].retries; }
  void ended(const Ending& e);
  // Books the last few successes, which are still on their way through the cache. REQUIRED before reading.
  void settle();
  void failed(FailedRequest failure);  // after ended(), for those that failed

  std::size_t load_count() const { return sent_.size(); }
  std::size_t version_count() const { return version_count_; }
  const Cell& cell(LoadIndex load, VersionIndex version) const;  // an empty one where nothing ended
  // By second, all of the same length; latencies are empty where nothing of the kind ended.
  std::vector<std::uint32_t> sent_seconds(LoadIndex load) const;
  std::vector<Second> seconds(LoadIndex load, VersionIndex version) const;
  std::vector<SecondLatency> latency_seconds(LoadIndex load, VersionIndex version) const;
  // Over all versions.
  LoadTotals totals(LoadIndex load) const;
  Histogram latency(LoadIndex load) const;
  // In the order in which they, or the first of those that one stands for, ended.
  const std::vector<FailedRequest>& failures() const { return failures_; }
  const RequestLog& log() const { return log_; }
  const AccountsConfig& config() const { return config_; }

 private:
  struct Sent {
    std::uint64_t requests = 0, retries = 0;
    OutcomeCounts failed_attempts{};
  };
  // So many latencies in a bucket of a cell: cell * SecondLatency::kBuckets + bucket.
  struct PackedCount {
    std::uint32_t place, count;
  };
  // A second of everybody: neighbours in time lie close together, whatever the number of loads.
  struct Row {
    std::vector<std::uint32_t> sent;     // by load
    std::vector<Second> ended;           // by cell
    std::vector<SecondLatency> latency;  // by cell, 640 bytes each; empty once the row is packed
    std::vector<PackedCount> packed;     // the same, without zeros, in order
    bool is_packed = false;
  };
  static constexpr std::uint32_t kNoCell = 0xffffffff;
  // Few requests end later than that after they were sent; a row that is older is packed.
  static constexpr std::size_t kOpenRows = 10;

  // With a thousand loads the counters of a success are in nobody's cache: it is booked kDelay successes
  // later, its cell fetched at once and its histogram's bucket halfway.
  struct Success {
    std::uint32_t cell, second;
    Duration latency;
  };
  static constexpr std::size_t kDelay = 16;
  void book(const Success& success);
  void delay(Success success);

  template <class T>
  static T& element(std::vector<T>& row, std::size_t i) {
    if (i >= row.size()) [[unlikely]]
      row.resize(i + 1);
    return row[i];
  }
  std::uint32_t second_of(SimTime at) const {
    const std::int64_t nanos = (at - config_.from).count();
    return nanos <= 0 ? 0 : static_cast<std::uint32_t>(static_cast<std::uint64_t>(nanos) / 1'000'000'000);
  }
  Row& row_at(SimTime at) {
    const std::uint32_t second = second_of(at);
    if (second >= rows_.size()) [[unlikely]]
      add_rows(second);
    return rows_[second];
  }
  void add_rows(std::size_t second);
  static void pack(Row& row);
  static void book_late(Row& row, const Success& success);
  std::uint32_t cell_index(LoadIndex load, VersionIndex version) {
    std::uint32_t& index = cell_indexes_[version * sent_.size() + load];
    if (index == kNoCell) [[unlikely]] {
      index = static_cast<std::uint32_t>(cells_.size());
      cells_.emplace_back();
    }
    return index;
  }
  void write_log(const Ending& e);

  AccountsConfig config_;
  std::vector<Sent> sent_;                   // by load
  std::vector<Cell> cells_;                  // in the order of their first request
  std::vector<std::uint32_t> cell_indexes_;  // [version * loads + load]
  std::vector<Row> rows_;                    // by second
  std::size_t looked_at_ = 0;                // rows before that are packed, if that makes them smaller
  std::array<Success, kDelay> delayed_{};
  std::size_t delayed_count_ = 0;  // since the last settle(); taken modulo kDelay
  std::size_t version_count_ = 0;
  std::vector<FailedRequest> failures_;
  std::array<std::size_t, kOutcomeCount> failures_kept_{};
  std::map<decltype(FailedRequest().kind()), std::size_t> together_;  // the latest of a kind, in failures_
  RequestLog log_;
};

inline void Accounts::book(const Success& success) {
  Row& row = rows_[success.second];
  ++element(row.ended, success.cell).ok;
  cells_[success.cell].latency.record(success.latency);
  if (row.is_packed) [[unlikely]]
    return book_late(row, success);
  if (config_.latency_series) element(row.latency, success.cell).record(success.latency);
}

inline void Accounts::delay(Success success) {
  const std::size_t n = delayed_count_++;
  Success& oldest = delayed_[n % kDelay];
  if (n >= kDelay) [[likely]]
    book(oldest);
  oldest = success;
  __builtin_prefetch(&cells_[success.cell]);
  const std::vector<SecondLatency>& row = rows_[success.second].latency;
  if (success.cell < row.size()) row[success.cell].about_to_record(success.latency);
  if (n < kDelay / 2) [[unlikely]]
    return;
  const Success& halfway = delayed_[(n - kDelay / 2) % kDelay];
  cells_[halfway.cell].latency.about_to_record(halfway.latency);
}

inline void Accounts::ended(const Ending& e) {
  const std::uint32_t index = cell_index(e.load, e.version);
  if (e.outcome == Outcome::kOk) [[likely]] {
    delay({index, second_of(e.sent), e.ended - e.sent});
  } else {
    ++element(row_at(e.sent).ended, index).failed;
    ++cells_[index].failed[static_cast<std::size_t>(e.outcome)];
  }
  if (config_.log_every != 0 && e.id % config_.log_every == 0) write_log(e);
}

inline std::size_t SecondLatency::bucket_of(Duration latency) {
  const std::uint64_t v = static_cast<std::uint64_t>(latency.count());
  const int width = static_cast<int>(std::bit_width(v | 1));
  if (width <= 17) return 0;
  const std::size_t bucket = static_cast<std::size_t>(width - 18) * 8 + ((v >> (width - 4)) & 7);
  return bucket < kBuckets ? bucket : kBuckets - 1;
}

}  // namespace seatrial::traffic
