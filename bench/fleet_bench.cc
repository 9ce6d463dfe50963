// Whole clusters, without traffic.
//
// fleet_idle/NODES: one simulated hour of a cluster of so many nodes and 30 times as many pods, in
// Deployments of 100, in which nothing changes. Counters: events.
//
// fleet_rollout/PODS: so many pods in Deployments of 100 on a thirtieth as many nodes, and a rolling update
// of all of them at 25 %/25 %. Creating them is not timed. Counters: simulated_s, events, heap_MB (what the
// world holds in the end).
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"
#include "sim/cluster/node_status.h"
#include "sim/scenario/simulated_cluster.h"

namespace seatrial::scenario {
namespace {

constexpr const char* kOld = "registry.example/app:1.3";
constexpr const char* kNew = "registry.example/app:1.4";
constexpr std::int32_t kPodsOfOne = 100, kPodsOfANode = 30;

class Fleet final : public Onlooker {
 public:
  Fleet(std::int32_t nodes, std::int32_t pods) : deployments_(pods / kPodsOfOne), cluster_(config()) {
    create_namespace();
    for (std::int32_t i = 0; i < nodes; ++i) add_node(i);
    for (std::int32_t i = 0; i < deployments_; ++i) submit(cluster::Verb::kCreate, deployment(i));
    while (!complete(kOld)) run(Duration::seconds(10));
  }
  void roll() {
    for (std::int32_t i = 0; i < deployments_; ++i) {
      auto next = api::clone(*stored(i));
      next->metadata.resource_version = 0;
      next->template_.edit().spec.edit().containers.front().image = kNew;
      submit(cluster::Verb::kUpdate, next);
    }
    while (!complete(kNew)) run(Duration::seconds(10));
  }
  void run(Duration duration) { cluster_.run_until(kernel().now() + duration, *this); }
  void committed(const cluster::WatchEvent&) override {}
  void scenario_event(const Event&) override {}
  const Kernel& kernel() const { return cluster_.kernel(); }

 private:
  static ClusterConfig config() {
    ClusterConfig config;
    config.kubelet.images_present = {kOld, kNew};
    return config;
  }
  static std::string name(std::int32_t number) { return fmt::format("app-{}", number); }

  void create_namespace() {
    auto ns = std::make_shared<api::Namespace>();
    ns->metadata.name = "app";
    submit(cluster::Verb::kCreate, ns);
  }
  void add_node(std::int32_t number) {
    auto node = std::make_shared<api::Node>();
    node->metadata.name = fmt::format("node-{}", number);
    node->metadata.labels =
        api::LabelMap{{"kubernetes.io/hostname", node->metadata.name},
                      {"topology.kubernetes.io/zone", fmt::format("zone-{}", number % 3)}};
    node->allocatable = {{"cpu", api::Quantity::from_milli(8000)},
                         {"memory", api::Quantity::from_value(32LL << 30)},
                         {"pods", api::Quantity::from_value(110)}};
    node->capacity = node->allocatable;
    node->conditions = cluster::healthy_conditions({});
    cluster_.add_node(node);
  }
  static std::shared_ptr<api::Deployment> deployment(std::int32_t number) {
    auto made = std::make_shared<api::Deployment>();
    made->metadata.name = name(number);
    made->metadata.namespace_ = "app";
    made->replicas = kPodsOfOne;
    made->selector.match_labels = api::LabelMap{{"app", name(number)}};
    api::PodSpec spec;
    spec.containers.emplace_back();
    spec.containers.front().name = "app";
    spec.containers.front().image = kOld;
    spec.containers.front().resources.requests = {{"cpu", api::Quantity::from_milli(100)},
                                                  {"memory", api::Quantity::from_value(128LL << 20)}};
    api::PodTemplateSpec pod;
    pod.labels = made->selector.match_labels;
    pod.spec = spec;
    made->template_ = pod;
    return made;
  }
  const api::Deployment* stored(std::int32_t number) const {
    return cluster_.store().find<api::Deployment>("app", name(number));
  }
  bool complete(const char* image) const {
    for (std::int32_t i = 0; i < deployments_; ++i) {
      const api::Deployment& d = *stored(i);
      const bool updated = d.template_->spec->containers.front().image == api::Symbol(image) &&
                           d.status.observed_generation >= d.metadata.generation;
      if (!updated || d.status.replicas != kPodsOfOne || d.status.updated_replicas != kPodsOfOne ||
          d.status.available_replicas != kPodsOfOne)
        return false;
    }
    return true;
  }
  void submit(cluster::Verb verb, api::ObjectPtr object) {
    cluster::ApiRequest request;
    request.verb = verb;
    request.object = std::move(object);
    CHECK(cluster_.api().execute(cluster_.kernel(), request).has_value());
  }

  std::int32_t deployments_;
  SimulatedCluster cluster_;
};

void fleet_idle(benchmark::State& state) {
  const auto nodes = static_cast<std::int32_t>(state.range(0));
  Fleet fleet(nodes, nodes * kPodsOfANode);
  fleet.run(Duration::seconds(600));  // until the last status has been written
  std::uint64_t events = 0;
  for (auto _ : state) {
    const std::uint64_t before = fleet.kernel().events_fired();
    fleet.run(Duration::seconds(3600));
    events = fleet.kernel().events_fired() - before;
  }
  state.counters["events"] = static_cast<double>(events);
}
BENCHMARK(fleet_idle)->Arg(100)->Arg(1000)->Iterations(10)->Unit(benchmark::kMillisecond);

double heap_megabytes() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) / 1e6;
}

void fleet_rollout(benchmark::State& state) {
  const auto pods = static_cast<std::int32_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const double before = heap_megabytes();
    Fleet fleet(pods / kPodsOfANode, pods);
    const SimTime begun = fleet.kernel().now();
    const std::uint64_t events = fleet.kernel().events_fired();
    state.ResumeTiming();
    fleet.roll();
    state.PauseTiming();
    state.counters["heap_MB"] = heap_megabytes() - before;
    state.counters["events"] = static_cast<double>(fleet.kernel().events_fired() - events);
    state.counters["simulated_s"] = (fleet.kernel().now() - begun).to_seconds();
    state.ResumeTiming();
  }
}
BENCHMARK(fleet_rollout)->Arg(3000)->Arg(30000)->Arg(150000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seatrial::scenario
