// live_day/HOURS: a day of the live cluster, from midnight on: 10,000 pods of 1,400 namespaces, 17,000 Jobs,
// nodes recycled, ingress controllers restarted, twenty pipelines, 200 requests a second; or its first hours.
// Reading the scenario, settling it (40 simulated minutes) and the report's findings are part of the time.
// `./dev bench` plays the first hour, --benchmark_filter=live_day/24 the day. Counters: pods
// (at the end), requests, events, records (of the journal), heap_MB (what the world holds in the end).
#include <benchmark/benchmark.h>
#include <malloc.h>

#include "bench/live_day/generator.h"
#include "sim/scenario/load.h"
#include "sim/scenario/run.h"

namespace seatrial::bench {
namespace {

// The scenario is in memory, its platform in the checkout.
class LiveDayFiles final : public scenario::FileSource {
 public:
  explicit LiveDayFiles(int hours) {
    LiveDay size;
    size.hours = hours;
    const std::string platform =
        std::string(SEATRIAL_SOURCE_DIR) + "/scenarios/platforms/cloud-platform-live.yaml";
    for (auto& [name, text] : live_day(size, platform)) memory_.add("live-day/" + name, text);
  }
  std::expected<std::string, std::string> read(const std::string& path) const override {
    return path.starts_with('/') ? disk_.read(path) : memory_.read(path);
  }
  bool is_folder(const std::string& path) const override {
    return path.starts_with('/') ? disk_.is_folder(path) : memory_.is_folder(path);
  }
  std::expected<std::vector<std::string>, std::string> manifests_in(
      const std::string& folder) const override {
    return memory_.manifests_in(folder);
  }
  std::expected<std::vector<scenario::FolderEntry>, std::string> list(
      const std::string& folder) const override {
    return memory_.list(folder);
  }

 private:
  scenario::MemoryFiles memory_;
  scenario::DiskFiles disk_;
};

double heap_megabytes() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) / 1e6;
}

void live_day_of_hours(benchmark::State& state) {
  const LiveDayFiles files(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    const double before = heap_megabytes();
    auto scenario = scenario::load_scenario("live-day", files);
    if (!scenario) return state.SkipWithError(scenario.error().front().str().c_str());
    const auto world = scenario::play(std::make_shared<const scenario::Scenario>(std::move(*scenario)), {});
    if (!world) return state.SkipWithError(world.error().front().str().c_str());
    const report::RunResult result = scenario::collect(*world);
    std::uint64_t requests = 0;
    for (const report::Requests& load : result.requests) requests += load.total;
    const scenario::SimulatedCluster& cluster = world->cluster();
    state.counters["pods"] = static_cast<double>(cluster.store().list(api::Kind::kPod).size());
    state.counters["requests"] = static_cast<double>(requests);
    state.counters["events"] = static_cast<double>(result.events_fired);
    state.counters["records"] = static_cast<double>(cluster.kernel().journal().size());
    state.counters["heap_MB"] = heap_megabytes() - before;
  }
}
BENCHMARK(live_day_of_hours)
    ->Name("live_day")
    ->Arg(1)
    ->Arg(6)
    ->Arg(24)
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

}  // namespace
}  // namespace seatrial::bench
