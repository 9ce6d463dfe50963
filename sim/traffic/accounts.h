// What became of the requests: counts, latencies, seconds, failures, and (where wanted) every request.
//
// Kept by load, and by load × version, the version of the pod that the last try went to (0 where there was none).
// Latency runs from the client's first sending to the end as the client sees it, retries included; histograms hold
// successful requests. Seconds are those in which requests were *sent*, so that in every second
// sent = ok + failed + still in flight. Counts are exact always; written-down failures are bounded per outcome.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
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
  std::size_t failures_kept = 100'000;              // per outcome
  std::uint64_t log_every = 0;                      // every n-th request goes to the log; 1: all, 0: none
  bool latency_series = true;                       // latency by second (640 bytes for each second and cell)
  SimTime from;                                     // what second 0 is; requests sent before it count into it
};

// A failed request with its circumstances at the instant of failure.
struct FailedRequest {
  std::uint64_t id = 0;
  SimTime sent, ended;
  api::PodKey pod;                                  // of the last try; invalid if there was none
  JournalId record = JournalId::kNone;              // explains it: the pod's latest change, or the endpoints' for "no endpoints"
  JournalId view = JournalId::kNone;                // the change of endpoints that the chooser had applied last
  LoadIndex load = 0;
  VersionIndex version = 0;
  std::uint16_t http_code = 0;                      // what the client saw; 0: no answer
  Outcome outcome = Outcome::kOk;
  ServerState phase = ServerState::kStarting;       // of the pod …
  Duration since;                                   // … for how long
  std::uint8_t attempts = 0, tries = 0;             // by the client; upstream within the last attempt

  // "exited 35ms ago"; empty without a pod.
  std::string phase_text() const { return pod.valid() ? traffic::phase_text(phase, since) : std::string(); }
};

// Columns of equal length, ready for data frames. Times in nanoseconds.
struct RequestLog {
  std::vector<std::uint64_t> id;
  std::vector<std::int64_t> sent, latency;
  std::vector<std::uint32_t> pod;                   // 0xffffffff: none
  std::vector<LoadIndex> load;
  std::vector<VersionIndex> version;
  std::vector<std::uint8_t> outcome, attempts, tries;
  std::size_t size() const { return id.size(); }
};

// Latencies of successful requests in one second, coarsely: eight buckets to a power of two from 131 us to 137 s, so a
// quantile is within 6.3 % (values outside count into the first or last bucket).
class SecondLatency {
 public:
  static constexpr std::size_t kBuckets = 160;
  void record(Duration latency) { ++counts_[bucket_of(latency)]; }
  void merge(const SecondLatency& other);
  std::uint64_t count() const;
  Duration quantile(std::int64_t per_million) const;  // 0 when empty

 private:
  static std::size_t bucket_of(Duration latency);
  std::array<std::uint32_t, kBuckets> counts_{};
};

struct Second {
  std::uint32_t ok = 0, failed = 0;
};

// One load × version. A successful request touches the histogram, whose count is that of the successes, and its second.
struct alignas(64) Cell {
  Histogram latency;
  std::vector<Second> seconds;
  std::vector<SecondLatency> latency_seconds;       // empty, or for some of the seconds
  OutcomeCounts failed{};                           // by outcome; nothing under kOk

  OutcomeCounts outcomes() const;
};

struct LoadTotals {
  std::uint64_t sent = 0, ended = 0;
  std::uint64_t attempts = 0;                       // by the client, first ones included
  OutcomeCounts outcomes{};                         // how requests ended; their sum is `ended`
  OutcomeCounts attempt_outcomes{};                 // how attempts ended
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
  VersionIndex add_version();                       // 0, 1, …

  void sent(LoadIndex load, SimTime at) {
    Sent& account = sent_[load];
    ++account.requests;
    ++at_second(account.seconds, second_of(at));
  }
  void attempt_failed(LoadIndex load, Outcome outcome) { ++sent_[load].failed_attempts[static_cast<std::size_t>(outcome)]; }
  void retried(LoadIndex load) { ++sent_[load].retries; }
  void ended(const Ending& e);
  void failed(FailedRequest failure);               // after ended(), for those that failed

  std::size_t load_count() const { return sent_.size(); }
  std::size_t version_count() const { return version_count_; }
  const Cell& cell(LoadIndex load, VersionIndex version) const { return cells_[version * sent_.size() + load]; }
  const std::vector<std::uint32_t>& sent_seconds(LoadIndex load) const { return sent_[load].seconds; }
  // Over all versions.
  LoadTotals totals(LoadIndex load) const;
  Histogram latency(LoadIndex load) const;
  // In the order in which they ended.
  const std::vector<FailedRequest>& failures() const { return failures_; }
  const RequestLog& log() const { return log_; }
  const AccountsConfig& config() const { return config_; }

 private:
  struct alignas(64) Sent {
    std::vector<std::uint32_t> seconds;
    std::uint64_t requests = 0, retries = 0;
    OutcomeCounts failed_attempts{};
  };

  template <class T>
  static T& at_second(std::vector<T>& seconds, std::size_t second) {
    if (second >= seconds.size()) [[unlikely]] seconds.resize(second + 1);
    return seconds[second];
  }
  std::size_t second_of(SimTime at) const {
    const std::int64_t nanos = (at - config_.from).count();
    return nanos <= 0 ? 0 : static_cast<std::size_t>(nanos) / 1'000'000'000;
  }
  Cell& cell(LoadIndex load, VersionIndex version) { return cells_[version * sent_.size() + load]; }
  void write_log(const Ending& e);

  AccountsConfig config_;
  std::vector<Sent> sent_;                          // by load
  std::vector<Cell> cells_;                         // [version * loads + load]
  std::size_t version_count_ = 0;
  std::vector<FailedRequest> failures_;
  std::array<std::size_t, kOutcomeCount> failures_kept_{};
  RequestLog log_;
};

inline void Accounts::ended(const Ending& e) {
  Cell& c = cell(e.load, e.version);
  const std::size_t second = second_of(e.sent);
  Second& row = at_second(c.seconds, second);
  if (e.outcome == Outcome::kOk) [[likely]] {
    ++row.ok;
    c.latency.record(e.ended - e.sent);
    if (config_.latency_series) at_second(c.latency_seconds, second).record(e.ended - e.sent);
  } else {
    ++row.failed;
    ++c.failed[static_cast<std::size_t>(e.outcome)];
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
