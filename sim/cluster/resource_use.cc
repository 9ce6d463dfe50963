#include "sim/cluster/resource_use.h"

#include <fmt/format.h>

#include <algorithm>

namespace seatrial::cluster {

namespace {

__extension__ using Wide128 = __int128;

std::int64_t saturated(Wide128 bytes) {
  return static_cast<std::int64_t>(std::min<Wide128>(bytes, kMostMemory));
}

std::int64_t grown(const MemoryUse& use, Duration age) {
  const Wide128 seconds = age / Duration::seconds(1);
  const Wide128 bytes = use.growth * seconds * 1'000'000'000 / use.growth_per.count();
  return saturated(std::min<Wide128>(bytes, use.growth_max.value_or(kMostMemory)));
}

}  // namespace

std::int64_t cpu_used(const CpuUse& use, Duration age, Duration busy) {
  const Duration unit = Duration::micros(1);
  return use.idle * (age / unit) + use.startup * (std::min(age, use.startup_for) / unit) +
         use.per_request * (busy / unit);
}

std::int64_t memory_used(const MemoryUse& use, Duration age, std::int64_t held) {
  return saturated(Wide128{use.idle} + grown(use, age) + Wide128{use.per_request} * held);
}

std::int64_t most_memory(const MemoryUse& use, std::int64_t requests) {
  const std::int64_t most = use.growth == 0 ? 0 : use.growth_max.value_or(kMostMemory);
  return saturated(Wide128{use.idle} + most + Wide128{use.per_request} * requests);
}

std::int64_t requests_that_fit(const MemoryUse& use, Duration age, std::int64_t limit) {
  const Wide128 left = Wide128{limit} - use.idle - grown(use, age);
  if (left < 0) return -1;
  return use.per_request == 0 ? kMostMemory : saturated(left / use.per_request);
}

std::optional<Duration> too_many_from(const MemoryUse& use, std::int64_t requests, std::int64_t limit) {
  const Wide128 left = Wide128{limit} - use.idle - Wide128{use.per_request} * requests;
  if (left < 0) return Duration();
  if (use.growth == 0 || left >= use.growth_max.value_or(kMostMemory)) return std::nullopt;
  // The first whole second at which more than `left` has grown.
  const Wide128 rate = Wide128{use.growth} * 1'000'000'000;
  const Wide128 seconds = ((left + 1) * use.growth_per.count() + rate - 1) / rate;
  constexpr std::int64_t kForEver = 1'000'000'000;
  if (seconds > kForEver) return std::nullopt;
  return Duration::seconds(static_cast<std::int64_t>(seconds));
}

std::string memory_text(std::int64_t bytes) {
  const bool large = bytes >= 10LL << 30;
  const std::int64_t unit = large ? 1LL << 30 : 1LL << 20;
  const std::int64_t tenths = static_cast<std::int64_t>((Wide128{bytes} * 10 + unit / 2) / unit);
  const std::string number =
      tenths % 10 == 0 ? fmt::format("{}", tenths / 10) : fmt::format("{}.{}", tenths / 10, tenths % 10);
  return number + (large ? "Gi" : "Mi");
}

}  // namespace seatrial::cluster
