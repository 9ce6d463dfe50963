// schedule/PODS: so many pending pods of 300 Deployments are scheduled on 5,000 nodes in three zones that run
// 120,000 pods already, by the product's own scheduler through its API server: each is taken from the queue,
// filtered, scored, assumed, bound, seen bound and reported in an event, at the client's 50 writes a
// simulated second. items_per_second is pods for each second of wall time.
//
// schedule_uncached/PODS: the same decisions without what the scheduler remembers between cycles.
#include <benchmark/benchmark.h>

#include <chrono>
#include <string>

#include "sim/api/apps.h"
#include "sim/cluster/api_server.h"
#include "sim/scheduler/scheduler.h"

namespace seatrial::scheduler {
namespace {

constexpr std::int32_t kNodes = 5000, kRunning = 120'000, kDeployments = 300, kNamespaces = 30;

class Cluster {
 public:
  explicit Cluster(std::int32_t pending, bool cached) : kernel_(1), api_(kernel_, {}), pending_(pending) {
    for (std::int32_t i = 0; i < kNamespaces; ++i) add_namespace(i);
    for (std::int32_t i = 0; i < kNodes; ++i) add_node(i);
    for (std::int32_t i = 0; i < 4 * kDeployments; ++i)
      add_workload("old", i, kRunning / 4 / kDeployments, i * 24 / 10);
    for (std::int32_t i = 0; i < kDeployments; ++i) add_workload("new", i, pending / kDeployments, -1);
    SchedulerConfig config;
    config.search.remember = cached;
    scheduler_.emplace(kernel_, api_, config);
    add_node(kNodes);  // a change for it to see
  }

  // Until every pod has its node.
  void run() {
    while (bound_ < pending_) {
      kernel_.run_until(kernel_.now() + Duration::seconds(10), [this](const Event& event) { handle(event); });
    }
  }
  std::uint64_t cycles() const { return scheduler_->cycles(); }
  std::uint64_t fingerprint() const { return kernel_.fingerprint().value(); }

 private:
  void handle(const Event& event) {
    if (event.component == cluster::kApiServerComponent) return api_.handle(kernel_, event);
    if (event.component == cluster::kSchedulerComponent) return scheduler_->handle(kernel_, api_, event);
    const cluster::Watches::Delivery delivery = api_.watches().take(event);
    const api::Object& object = *delivery.change.object;
    if (object.kind == api::Kind::kPod && !static_cast<const api::Pod&>(object).node_name.empty()) ++bound_;
    scheduler_->on_watch(kernel_, api_, delivery.change);
  }

  api::ObjectPtr create(std::shared_ptr<api::Object> object) {
    cluster::ApiRequest request;
    request.object = std::move(object);
    const cluster::ApiResult result = api_.execute(kernel_, request);
    CHECK_MSG(result.has_value(), result ? "" : result.error().message);
    return *result;
  }

  void add_namespace(std::int32_t number) {
    auto ns = std::make_shared<api::Namespace>();
    ns->metadata.name = "team-" + std::to_string(number);
    create(ns);
    auto account = std::make_shared<api::ServiceAccount>();
    account->metadata.name = "default";
    account->metadata.namespace_ = ns->metadata.name;
    create(account);
  }

  void add_node(std::int32_t number) {
    auto node = std::make_shared<api::Node>();
    node->metadata.name = "node-" + std::to_string(number);
    const std::string zone = "eu-west-2" + std::string(1, static_cast<char>('a' + number % 3));
    node->metadata.labels = api::LabelMap{{"kubernetes.io/hostname", node->metadata.name},
                                          {"topology.kubernetes.io/region", "eu-west-2"},
                                          {"topology.kubernetes.io/zone", zone}};
    node->allocatable = {{"cpu", api::Quantity::from_milli(16000)},
                         {"memory", api::Quantity::from_value(64LL << 30)},
                         {"pods", api::Quantity::from_value(110)}};
    node->capacity = node->allocatable;
    create(node);
  }

  // A ReplicaSet with its Service; its pods are on nodes from `first` on, or pending where that is negative.
  void add_workload(const std::string& kind, std::int32_t number, std::int32_t pods, std::int32_t first) {
    const api::Symbol name = kind + "-" + std::to_string(number),
                      ns = "team-" + std::to_string(number % kNamespaces);
    const api::LabelMap labels{{"app", name}};
    auto service = std::make_shared<api::Service>();
    service->metadata.name = name;
    service->metadata.namespace_ = ns;
    service->selector = labels;
    service->ports.push_back({"http", "TCP", {}, 80, 0, {8080, {}}});
    create(service);
    auto set = std::make_shared<api::ReplicaSet>();
    set->metadata.name = name;
    set->metadata.namespace_ = ns;
    set->replicas = pods;
    set->selector.match_labels = labels;
    set->template_.edit().labels = labels;
    api::PodSpec spec;
    api::Container& container = spec.containers.emplace_back();
    container.name = "web";
    container.image = "registry.example/" + name.str() + ":1.0";
    container.resources.requests = {{"cpu", api::Quantity::from_milli(100 + 50 * (number % 7))},
                                    {"memory", api::Quantity::from_value((128LL + 64 * (number % 5)) << 20)}};
    set->template_.edit().spec = spec;
    const auto stored = api::as<api::ReplicaSet>(create(set));
    for (std::int32_t i = 0; i < pods; ++i) {
      auto pod = std::make_shared<api::Pod>();
      pod->metadata.name = name.str() + "-" + std::to_string(i);
      pod->metadata.namespace_ = ns;
      pod->metadata.labels = stored->template_->labels;
      pod->metadata.owner_references.push_back(
          {"apps/v1", "ReplicaSet", name, stored->metadata.uid, true, true});
      pod->spec = stored->template_->spec;
      if (first >= 0) pod->node_name = "node-" + std::to_string((first + i * 50) % kNodes);
      create(pod);
    }
  }

  Kernel kernel_;
  cluster::ApiServer api_;
  std::optional<Scheduler> scheduler_;
  std::int32_t pending_, bound_ = 0;
};

void run_schedule(benchmark::State& state, bool cached) {
  const auto pods = static_cast<std::int32_t>(state.range(0));
  std::uint64_t cycles = 0;
  for (auto _ : state) {
    Cluster cluster(pods, cached);
    const auto start = std::chrono::steady_clock::now();
    cluster.run();
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    cycles = cluster.cycles();
    benchmark::DoNotOptimize(cluster.fingerprint());
  }
  state.SetItemsProcessed(state.iterations() * pods);
  state.counters["cycles"] = static_cast<double>(cycles);
}

void schedule(benchmark::State& state) { run_schedule(state, true); }
BENCHMARK(schedule)->Arg(3000)->Arg(30'000)->UseManualTime()->Unit(benchmark::kMillisecond);

void schedule_uncached(benchmark::State& state) { run_schedule(state, false); }
BENCHMARK(schedule_uncached)->Arg(3000)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seatrial::scheduler
