// What a process uses of CPU and memory at an age, and how many requests fit into its memory limit: pure
// arithmetic on what its image says.
//
// CPU in thousandths of a core: `idle` all the time, `startup` more for the first `startup_for` of its life,
// and `per_request` for each request that it is serving (one that computes all the time uses 1000, one that
// waits for a database most of the time 100). Memory in bytes: `idle`, `per_request` for each request that it
// holds, queued ones included, and what it has grown: `growth` in each `growth_per` of its life, up to
// `growth_max` (a leak, or the replay of a log). It grows once a second: what is grown at 2.9 s is that of
// 2 s, so there are instants, and not too many, at which it changes.
//
// Example: idle 100Mi, 1Mi for each request, growth 2Mi a second up to 20Mi. 3.5 s old and holding 8
// requests it uses 114Mi; into a limit of 128Mi then fit 22 requests, and 21 do only until it is 4 s old.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/engine/time.h"

namespace seatrial::cluster {

struct CpuUse {
  std::int64_t idle = 0, per_request = 0;
  std::int64_t startup = 0;
  Duration startup_for = Duration();
};
// Since its start, in thousandths of a core times microseconds; `busy`: of all requests together.
std::int64_t cpu_used(const CpuUse& use, Duration age, Duration busy);

struct MemoryUse {
  std::int64_t idle = 0, per_request = 0;
  std::int64_t growth = 0;
  Duration growth_per = Duration::seconds(1);
  std::optional<std::int64_t> growth_max = std::nullopt;  // none: it never ends
};
// All of these saturate at kMostMemory. REQUIRES: nothing is negative.
inline constexpr std::int64_t kMostMemory = std::int64_t{1} << 60;
std::int64_t memory_used(const MemoryUse& use, Duration age, std::int64_t held);
// The most it ever comes to, holding `requests`.
std::int64_t most_memory(const MemoryUse& use, std::int64_t requests);
// The most requests that fit into `limit` at that age; -1: it does not fit without any.
std::int64_t requests_that_fit(const MemoryUse& use, Duration age, std::int64_t limit);
// From which age on `requests` do not fit; none: they always do.
std::optional<Duration> too_many_from(const MemoryUse& use, std::int64_t requests, std::int64_t limit);

// In Mi, or from 10Gi on in Gi, with one decimal if it is not whole: "129Mi", "1.5Mi", "12.3Gi".
std::string memory_text(std::int64_t bytes);

}  // namespace seatrial::cluster
