// rollout/PODS: a Deployment of so many pods on a tenth as many nodes is created and rolled from 1.3 to 1.4
// at 25 %/25 %, without traffic, through API server, controllers, scheduler and kubelets with all their
// limits and latencies. Counters: simulated_s, events, heap_MB (what the world holds in the end).
//
// rollout_baseline/PODS: nothing but as many events as that rollout fires, through a std::priority_queue of
// 24-byte entries that holds one for each pod: what no simulation can go below.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <queue>
#include <string>

#include "sim/api/apps.h"
#include "sim/api/manifests.h"
#include "sim/scenario/simulated_cluster.h"

namespace seatrial::scenario {
namespace {

constexpr const char* kOld = "registry.example/app:1.3";
constexpr const char* kNew = "registry.example/app:1.4";

class Rollout final : public Onlooker {
 public:
  explicit Rollout(std::int32_t pods) : pods_(pods), cluster_(config()) {
    auto ns = std::make_shared<api::Namespace>();
    ns->metadata.name = "app";
    submit(cluster::Verb::kCreate, ns);
    for (std::int32_t i = 0; i < std::max(1, pods / 10); ++i) add_node(i);
    submit(cluster::Verb::kCreate, deployment(kOld));
    settle(kOld);
    auto next = std::make_shared<api::Deployment>(*stored());
    next->metadata.resource_version = 0;
    next->template_ = deployment(kNew)->template_;
    submit(cluster::Verb::kUpdate, next);
    settle(kNew);
  }
  void committed(const cluster::WatchEvent&) override {}
  void scenario_event(const Event&) override {}
  const Kernel& kernel() const { return cluster_.kernel(); }

 private:
  static ClusterConfig config() {
    ClusterConfig config;
    config.kubelet.images_present = {kOld, kNew};
    return config;
  }

  std::shared_ptr<api::Deployment> deployment(const char* image) const {
    auto made = std::make_shared<api::Deployment>();
    made->metadata.name = "app";
    made->metadata.namespace_ = "app";
    made->replicas = pods_;
    made->selector.match_labels = api::LabelMap{{"app", "app"}};
    api::PodSpec spec;
    api::Container container;
    container.name = "app";
    container.image = image;
    container.resources.requests = {{"cpu", api::Quantity::from_milli(100)}};
    spec.containers.push_back(container);
    api::PodTemplateSpec pod;
    pod.labels = api::LabelMap{{"app", "app"}};
    pod.spec = spec;
    made->template_ = pod;
    return made;
  }

  void add_node(std::int32_t number) {
    auto node = std::make_shared<api::Node>();
    node->metadata.name = "node-" + std::to_string(number);
    node->allocatable = {{"cpu", api::Quantity::from_milli(4000)},
                         {"memory", api::Quantity::from_value(16LL << 30)},
                         {"pods", api::Quantity::from_value(110)}};
    node->capacity = node->allocatable;
    cluster_.add_node(node);
  }

  void submit(cluster::Verb verb, api::ObjectPtr object) {
    cluster::ApiRequest request;
    request.verb = verb;
    request.object = std::move(object);
    CHECK(cluster_.api().execute(cluster_.kernel(), request).has_value());
  }

  const api::Deployment* stored() const { return cluster_.store().find<api::Deployment>("app", "app"); }

  bool complete(const char* image) const {
    const api::Deployment& now = *stored();
    const api::Deployment::Status& status = now.status;
    return now.template_->spec->containers.front().image == api::Symbol(image) &&
           status.observed_generation >= now.metadata.generation && status.replicas == pods_ &&
           status.updated_replicas == pods_ && status.available_replicas == pods_;
  }
  void settle(const char* image) {
    while (!complete(image)) cluster_.run_until(cluster_.kernel().now() + Duration::seconds(1), *this);
  }

  std::int32_t pods_;
  SimulatedCluster cluster_;
};

double heap_megabytes() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) / 1e6;
}

void rollout(benchmark::State& state) {
  double heap = 0;
  std::uint64_t events = 0;
  SimTime end;
  for (auto _ : state) {
    const double before = heap_megabytes();
    const Rollout run(static_cast<std::int32_t>(state.range(0)));
    heap = heap_megabytes() - before;
    events = run.kernel().events_fired();
    end = run.kernel().now();
  }
  state.counters["heap_MB"] = heap;
  state.counters["events"] = static_cast<double>(events);
  state.counters["simulated_s"] = end.to_seconds();
}
BENCHMARK(rollout)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

struct Entry {
  std::int64_t at;
  std::uint64_t sequence;
  std::uint64_t payload;
  bool operator>(const Entry& other) const {
    return at != other.at ? at > other.at : sequence > other.sequence;
  }
};

void rollout_baseline(benchmark::State& state) {
  const auto pods = static_cast<std::int32_t>(state.range(0));
  const std::uint64_t events = Rollout(pods).kernel().events_fired();
  for (auto _ : state) {
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    RandomStream gaps(1, "rollout_baseline");
    std::uint64_t sequence = 0;
    for (std::int32_t i = 0; i < pods; ++i)
      queue.push({static_cast<std::int64_t>(gaps.below(1'000'000'000)), ++sequence, 0});
    for (std::uint64_t i = 0; i < events; ++i) {
      const Entry next = queue.top();
      queue.pop();
      queue.push(
          {next.at + static_cast<std::int64_t>(gaps.below(1'000'000'000)), ++sequence, next.payload + 1});
    }
    benchmark::DoNotOptimize(queue.top());
  }
}
BENCHMARK(rollout_baseline)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seatrial::scenario
