// How long a kubelet's and its container runtime's steps take. Defaults: what a real kubelet v1.36.2 with
// containerd on two CPUs was measured to do, tests/conformance/golden/kubelet/README.md, "Measured stages"
// (named in brackets, as p10 / p50 / p90 / p99 in ms); a platform file may set each of them by its name
// (timing_names()).
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

#include "sim/engine/distributions.h"

namespace seatrial::cluster {

// An empirical distribution that is linear between quantiles. REQUIRES: (thousandths, microseconds)
// ascending, the first at 0 and the last at 1000. Example: {{0, 1000}, {500, 2000}, {1000, 9000}}: median 2
// ms, mean 3.5 ms.
Distribution from_quantiles(std::initializer_list<std::pair<std::int64_t, std::int64_t>> quantiles);

struct KubeletTimings {
  // [ADD -> volumes mounted: 305 / 310 / 604 / 629] The token volume is waited for in polls of 300 ms.
  Distribution volumes_mounted = from_quantiles({{0, 302900},
                                                 {100, 304900},
                                                 {500, 309700},
                                                 {750, 320300},
                                                 {880, 331000},
                                                 {881, 600000},
                                                 {900, 603900},
                                                 {990, 629000},
                                                 {1000, 640000}});
  // [volumes mounted -> sandbox start, per-pod times of the recordings: 1.9 / 3.9 / 17.6 / 50]
  Distribution sandbox_prepared = from_quantiles(
      {{0, 1200}, {100, 1900}, {500, 3900}, {750, 9200}, {900, 17600}, {990, 50200}, {1000, 79200}});
  // [RunPodSandbox by pods starting at once: p50 131 for 1, 188 for 2, 301 for 4, 890 for 10] CPU time,
  // shared by all that start on the node at once, and the rest, which is not shared.
  Distribution sandbox_cpu = Distribution::lognormal(Duration::millis(86), Duration::millis(260));
  Distribution sandbox_wait = Distribution::lognormal(Duration::millis(38), Duration::millis(300));
  // [sandbox done -> StartContainer returned: p50 98 for 1, 128 for 2, 219 for 4, 552 for 10] The same for
  // create + start.
  Distribution container_cpu = Distribution::lognormal(Duration::millis(56), Duration::millis(170));
  Distribution container_wait = Distribution::lognormal(Duration::millis(34), Duration::millis(250));
  // [container started -> app listens: p10 -22, p50 -2, p90 15, p99 63] From the runtime's start of the
  // process: until it runs its first instruction, and until the runtime's call returns.
  Distribution process_begins =
      from_quantiles({{0, 500}, {500, 3500}, {750, 9000}, {900, 21000}, {990, 70000}, {1000, 90000}});
  Distribution start_returns =
      from_quantiles({{0, 1500}, {250, 3500}, {500, 6000}, {900, 22000}, {990, 60000}, {1000, 90000}});
  // [A start is noticed 5-20 ms after it] The relist on demand after an action.
  Distribution start_noticed = from_quantiles(
      {{0, 3000}, {250, 4000}, {500, 6500}, {750, 12300}, {900, 22000}, {990, 100000}, {1000, 144000}});
  // [exit -> noticed: 0.14-1.3 s, p10 0.27, p50 0.79, p90 1.03]
  Distribution exit_noticed =
      from_quantiles({{0, 140000}, {100, 270000}, {500, 790000}, {900, 1030000}, {1000, 1300000}});
  // [first probe success -> Ready seen: 11.9 / 27.4 / 110 / 460, less 4 ms of PATCH and watch] A changed
  // status to its PATCH, the GET before it included; and of the first status, while the pod is set up: 16 /
  // 49 / 209 / 728.
  Distribution status_sent = from_quantiles(
      {{0, 5000}, {100, 8000}, {500, 23400}, {750, 45000}, {900, 106000}, {990, 456000}, {1000, 700000}});
  Distribution first_status_sent = from_quantiles(
      {{0, 3000}, {100, 6000}, {500, 16000}, {750, 60000}, {900, 209000}, {990, 728000}, {1000, 1000000}});
  // [SyncLoop DELETE -> runtime sends SIGTERM: 1.6 / 3.4 / 18.5 / 43.6]
  Distribution sigterm_sent =
      from_quantiles({{0, 1000}, {100, 1600}, {500, 3400}, {900, 18500}, {990, 43600}, {1000, 60000}});
  // [runtime sends SIGTERM -> app gets it: 5.9 / 10.8 / 32.1 / 119.2]
  Distribution sigterm_received = from_quantiles({{0, 4600},
                                                  {100, 5900},
                                                  {250, 7200},
                                                  {500, 10800},
                                                  {750, 18100},
                                                  {900, 32100},
                                                  {990, 119200},
                                                  {1000, 302600}});
  // [SIGKILL comes grace + 0-10 ms after SIGTERM]
  Distribution sigkill_delay = Distribution::uniform(Duration(), Duration::millis(10));
  // [app exit -> container exit, per-pod times: 2.8 / 5.8 / 21 / 57]
  Distribution exit_seen = from_quantiles(
      {{0, 1900}, {100, 2800}, {500, 5800}, {750, 11400}, {900, 21000}, {990, 57000}, {1000, 71100}});
  // [container exit -> StopContainer returned, recordings of single pods: 19-60]
  Distribution stop_returns = Distribution::lognormal(Duration::millis(28), Duration::millis(80));
  // [container exit -> pod network torn down: 101 / 168 / 374 / 628]
  Distribution network_down = from_quantiles({{0, 68200},
                                              {100, 101400},
                                              {250, 124600},
                                              {500, 168300},
                                              {900, 374100},
                                              {990, 628400},
                                              {1000, 900000}});
  // [terminated in the API -> gone, per-pod times: 216 / 574 / 913 / 1137, most of it the wait for the next
  // relist] After that relist: volumes are found unmounted at once or at the next poll, 300 ms later; then
  // directories and cgroup.
  Distribution volumes_unmounted = Distribution::empirical({{Duration(), 7}, {Duration::millis(300), 3}});
  Distribution cleanup = Distribution::lognormal(Duration::millis(14), Duration::millis(60));
  // [preStop of the recordings: SyncLoop DELETE -> kill, less the hook's seconds: sleep 0.6-10, command
  // 51-94] A hook's own overhead: of the call, and of a command that is started in the container.
  Distribution hook_call = Distribution::lognormal(Duration::micros(1500), Duration::millis(10));
  Distribution hook_exec = Distribution::lognormal(Duration::millis(64), Duration::millis(150));
};

// The timings by the names of a platform file: volumesMounted, sandboxCpu, …; sorted as above.
struct TimingName {
  std::string_view name;
  Distribution KubeletTimings::* member;
};
std::span<const TimingName> timing_names();

}  // namespace seatrial::cluster
