#include "sim/cluster/kubelet/timings.h"

#include <array>
#include <vector>

#include "sim/engine/check.h"

namespace seatrial::cluster {

namespace {

constexpr std::int64_t kSteps = 500;  // values of a table made from quantiles

using T = KubeletTimings;
constexpr std::array kTimingNames{
    TimingName{"volumesMounted", &T::volumes_mounted},
    TimingName{"sandboxPrepared", &T::sandbox_prepared},
    TimingName{"sandboxCpu", &T::sandbox_cpu},
    TimingName{"sandboxWait", &T::sandbox_wait},
    TimingName{"containerCpu", &T::container_cpu},
    TimingName{"containerWait", &T::container_wait},
    TimingName{"processBegins", &T::process_begins},
    TimingName{"startReturns", &T::start_returns},
    TimingName{"startNoticed", &T::start_noticed},
    TimingName{"exitNoticed", &T::exit_noticed},
    TimingName{"statusSent", &T::status_sent},
    TimingName{"firstStatusSent", &T::first_status_sent},
    TimingName{"sigtermSent", &T::sigterm_sent},
    TimingName{"sigtermReceived", &T::sigterm_received},
    TimingName{"sigkillDelay", &T::sigkill_delay},
    TimingName{"exitSeen", &T::exit_seen},
    TimingName{"stopReturns", &T::stop_returns},
    TimingName{"networkDown", &T::network_down},
    TimingName{"volumesUnmounted", &T::volumes_unmounted},
    TimingName{"cleanup", &T::cleanup},
    TimingName{"hookCall", &T::hook_call},
    TimingName{"hookExec", &T::hook_exec},
};

}  // namespace

Distribution from_quantiles(std::initializer_list<std::pair<std::int64_t, std::int64_t>> quantiles) {
  CHECK(quantiles.size() >= 2 && quantiles.begin()->first == 0 && (quantiles.end() - 1)->first == 1000);
  std::vector<std::pair<Duration, double>> table;
  table.reserve(kSteps);
  const auto* upper = quantiles.begin() + 1;
  for (std::int64_t i = 0; i < kSteps; ++i) {
    const std::int64_t at =
        (2 * i + 1) * 1'000'000 / (2 * kSteps);  // millionths: the middle of the i-th step
    while (upper->first * 1000 < at) ++upper;
    const auto* lower = upper - 1;
    const std::int64_t width = (upper->first - lower->first) * 1000, rise = upper->second - lower->second;
    CHECK(width > 0 && rise >= 0);
    table.emplace_back(
        Duration::nanos(lower->second * 1000 + rise * 1000 * (at - lower->first * 1000) / width), 1.0);
  }
  return Distribution::empirical(std::move(table));
}

std::span<const TimingName> timing_names() { return kTimingNames; }

}  // namespace seatrial::cluster
