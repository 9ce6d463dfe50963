// requests/PODS: the pod model of reference §W4 through the product's own traffic code, with outcomes,
// latency histograms, per-second series and causes of failures on. One service is 10 pods × concurrency 2,
// queue capacity 32, round robin, service Exp(0.1 s), Poisson 160/s, a client timeout of 1 s and one
// immediate retry on timeout or on a full queue. Counters: mean_latency_s and timeouts_per_request (0.182 and
// 0.0015 by reference §W4).
//
// requests_isolated/PODS: the same where network policies keep somebody out, so that each request asks its
// gate; no policy changes meanwhile. To be less than 3 % slower.
//
// requests_baseline/10: the same model on the ns-3 core (peers/ns3_pods.cc), run as a program of its own
// where it was built; the faster of ns-3's default and PriorityQueue schedulers counts. Both sides count CPU
// time.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>

#include "sim/traffic/traffic.h"

namespace seatrial::traffic {
namespace {

using namespace seatrial::literals;

constexpr std::uint32_t kPodsOfService = 10;
constexpr std::int64_t kRequestsAtOnce = 1'600'000;  // in one iteration, over all services

struct Run {
  Kernel kernel{1};
  Traffic traffic{TrafficConfig{}};

  explicit Run(std::uint32_t services, bool isolated) {
    constexpr OriginId kSender{1};
    // One pod is closed to the sender, so that there is a gate at each.
    if (isolated)
      traffic.gates().set(kSender, {services * kPodsOfService}, {kernel.record({}), JournalId::kNone});
    const ProxyId proxy = traffic.add_proxy(kernel, ProxyConfig::load_generator("clients", Duration(), 1));
    cluster::ImageBehaviour behaviour;
    behaviour.service_time = Distribution::exponential(100_ms);
    behaviour.concurrency = 2;
    behaviour.queue = 32;
    for (std::uint32_t s = 0; s < services; ++s) {
      std::vector<PodEndpoint> endpoints;
      for (std::uint32_t pod = s * kPodsOfService; pod < (s + 1) * kPodsOfService; ++pod) {
        traffic.introduce({pod}, "1.3");
        traffic.listening(kernel, {pod}, behaviour, {}, JournalId::kNone);
        endpoints.push_back({{pod}});
      }
      traffic.endpoints_changed(kernel, proxy, {s}, endpoints, JournalId::kNone);
      LoadConfig load;
      load.name = "service-" + std::to_string(s);
      load.proxy = proxy;
      load.service = {s};
      load.origin = isolated ? kSender : OriginId::kUnjudged;
      load.timeout = 1_s;
      load.retries = {1, {Outcome::kClientTimeout, Outcome::kQueueFull}, Duration()};
      load.arrivals = Arrivals::poisson(Rate::per_second(160), kernel.now());
      traffic.add_load(kernel, load);
    }
  }
  void advance(Duration d) {
    kernel.run_until(
        kernel.now() + d, [this](const Event& e) { traffic.handle(kernel, e); },
        [this](const Event& e, bool soon) { traffic.announce(e, soon); });
  }
};

// What all services have seen since the start.
struct Tally {
  double sent = 0, timeouts = 0, answered = 0, seconds = 0;

  Tally(const Traffic& traffic, std::uint32_t services) : sent(static_cast<double>(traffic.sent())) {
    Histogram latency;
    for (std::uint32_t s = 0; s < services; ++s) {
      const LoadIndex load = static_cast<LoadIndex>(s);
      latency.merge(traffic.accounts().latency(load));
      const LoadTotals totals = traffic.accounts().totals(load);
      timeouts +=
          static_cast<double>(totals.attempt_outcomes[static_cast<std::size_t>(Outcome::kClientTimeout)]);
    }
    answered = static_cast<double>(latency.count());
    seconds = latency.mean().to_seconds() * answered;
  }
};

void play(benchmark::State& state, bool isolated) {
  const std::uint32_t services = static_cast<std::uint32_t>(state.range(0)) / kPodsOfService;
  Run run(services, isolated);
  run.advance(30_s);  // queues fill
  const Duration step = Duration::millis(kRequestsAtOnce * 1000 / 160 / services);
  const Tally before(run.traffic, services);
  const std::uint64_t ended = run.traffic.ended();
  for (auto _ : state) run.advance(step);
  state.SetItemsProcessed(static_cast<std::int64_t>(run.traffic.ended() - ended));
  const Tally after(run.traffic, services);
  state.counters["mean_latency_s"] = (after.seconds - before.seconds) / (after.answered - before.answered);
  state.counters["timeouts_per_request"] = (after.timeouts - before.timeouts) / (after.sent - before.sent);
  run.traffic.check_invariants();
}
void requests(benchmark::State& state) { play(state, false); }
void requests_isolated(benchmark::State& state) { play(state, true); }
BENCHMARK(requests)->Arg(10)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(requests_isolated)->Arg(10)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);

struct PeerResult {
  double requests_per_second = 0, mean_latency = 0, timeouts = 0;
};

PeerResult run_peer(const std::filesystem::path& program, const char* scheduler) {
  std::string command("\"");
  command.append(program.string())
      .append("\" 1 ")
      .append(std::to_string(kRequestsAtOnce))
      .append(" ")
      .append(scheduler);
  PeerResult result;
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return result;
  if (std::fscanf(pipe, "%lf %lf %lf", &result.requests_per_second, &result.mean_latency, &result.timeouts) !=
      3)
    result.requests_per_second = 0;
  pclose(pipe);
  return result;
}

void requests_baseline(benchmark::State& state) {
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "ns3_pods_peer";
  if (!std::filesystem::exists(program))
    return state.SkipWithError("ns3_pods_peer was not built: ns-3 is not installed");
  PeerResult best;
  std::int64_t served = 0;
  for (auto _ : state) {
    for (const char* scheduler : {"map", "priority-queue"}) {
      const PeerResult result = run_peer(program, scheduler);
      if (result.requests_per_second > best.requests_per_second) best = result;
    }
    if (best.requests_per_second == 0) return state.SkipWithError("ns3_pods_peer failed");
    state.SetIterationTime(static_cast<double>(kRequestsAtOnce) / best.requests_per_second);
    served += kRequestsAtOnce;
  }
  state.SetItemsProcessed(served);
  state.counters["mean_latency_s"] = best.mean_latency;
  state.counters["timeouts_per_request"] = best.timeouts;
}
BENCHMARK(requests_baseline)->Arg(10)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(3);

}  // namespace
}  // namespace seatrial::traffic
