// What the scheduler remembers between cycles changes no decision: random clusters are played with and
// without it, step by step, and end with the same fingerprint.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/api/kinds.h"
#include "sim/api/scheduling.h"
#include "tests/scheduler/cluster_fixture.h"

namespace seatrial::scheduler {
namespace {

using namespace literals;
using Op = api::LabelSelectorRequirement::Operator;

SchedulerConfig config(bool remember, TieBreak ties) {
  SchedulerConfig config;
  config.search.remember = remember;
  config.search.ties = ties;
  config.qps = 0;
  return config;
}

// One cluster twice; whatever is done is done to both.
class Twins {
 public:
  Twins(std::uint64_t seed, TieBreak ties)
      : with_(config(true, ties), seed), without_(config(false, ties), seed), random_(seed, "twins") {}

  void play(int steps) {
    set_up();
    for (int i = 0; i < steps; ++i) {
      step();
      run(Duration::millis(static_cast<std::int64_t>(random_.below(400))));
    }
    run(20_s);
  }
  void expect_equal() const {
    EXPECT_EQ(with_.pods_per_node(), without_.pods_per_node());
    EXPECT_EQ(with_.kernel.fingerprint().value(), without_.kernel.fingerprint().value());
    EXPECT_EQ(with_.scheduler.cycles(), without_.scheduler.cycles());
  }
  std::size_t bound() const {
    std::size_t sum = 0;
    for (const auto& [node, pods] : with_.pods_per_node()) sum += node.empty() ? 0 : pods;
    return sum;
  }
  std::size_t preempted() const { return with_.events("Preempted").size(); }

 private:
  int below(int n) { return static_cast<int>(random_.below(static_cast<std::uint64_t>(n))); }
  bool chance(int percent) { return below(100) < percent; }
  template <class Act>
  void both(Act&& act) {
    act(with_);
    act(without_);
  }
  void run(Duration time) {
    both([&](TestCluster& c) { c.run_until(c.kernel.now().since_start() + time); });
  }
  void create(const std::shared_ptr<api::Object>& object) {
    both([&](TestCluster& c) { c.create(api::info(object->kind).clone(*object)); });
  }

  void set_up() {
    both([](TestCluster& c) { c.create_namespace("other"); });
    for (const auto& [name, value] : {std::pair("low", 10), std::pair("high", 1000)}) {
      auto found = std::make_shared<api::PriorityClass>();
      found->metadata.name = name;
      found->value = value;
      found->preemption_policy = "PreemptLowerPriority";
      create(found);
    }
    for (const char* app : {"a", "b", "c"}) {
      auto service = std::make_shared<api::Service>();
      service->metadata.name = app;
      service->metadata.namespace_ = "default";
      service->selector = {{"app", app}};
      service->ports.push_back({{}, "TCP", {}, 80, 0, {80, {}}});
      create(service);
    }
    for (int i = 0; i < 8; ++i) add_node();
    for (int i = 0; i < 12; ++i) templates_.push_back(make_template());
    run(300_ms);
  }

  void add_node() {
    auto node =
        TestCluster::make_node(fmt::format("node-{}", nodes_),
                               std::string(1, static_cast<char>('a' + below(3))), chance(50) ? "2" : "4");
    if (chance(15)) node->metadata.labels.edit().erase("topology.kubernetes.io/zone");
    if (chance(30)) node->metadata.labels.edit().set("disk", "ssd");
    if (chance(20)) node->taints.push_back({"team", "a", chance(50) ? "NoSchedule" : "PreferNoSchedule"});
    if (chance(30)) node->images.push_back({"registry.example/web:1.3", 400LL << 20});
    ++nodes_;
    create(node);
  }

  api::PodAffinityTerm make_term() {
    static const char* const kApps[] = {"a", "b", "c"};
    api::PodAffinityTerm term;
    term.label_selector = api::LabelSelector{{{"app", kApps[below(3)]}}, {}};
    term.topology_key = chance(50) ? "kubernetes.io/hostname" : "topology.kubernetes.io/zone";
    if (chance(20)) term.namespaces = {"default", "other"};
    if (chance(20)) term.namespace_selector = api::LabelSelector{{{"team", "x"}}, {}};
    return term;
  }
  void add_affinity(api::PodSpec& spec) {
    api::Affinity& affinity = spec.affinity.emplace();
    if (chance(30)) affinity.pod_required.push_back(make_term());
    if (chance(30)) affinity.pod_anti_required.push_back(make_term());
    if (chance(40)) affinity.pod_preferred.push_back({1 + below(100), make_term()});
    if (chance(40)) affinity.pod_anti_preferred.push_back({1 + below(100), make_term()});
    if (chance(20)) affinity.node_preferred.push_back({1 + below(100), {{{"disk", Op::kIn, {"ssd"}}}, {}}});
    if (chance(10)) affinity.node_required.emplace().push_back({{{"disk", Op::kExists, {}}}, {}});
  }
  void add_spread(api::PodSpec& spec, api::Symbol app) {
    api::TopologySpreadConstraint constraint;
    constraint.max_skew = 1 + below(2);
    constraint.topology_key = chance(50) ? "kubernetes.io/hostname" : "topology.kubernetes.io/zone";
    constraint.when_unsatisfiable = chance(50) ? "DoNotSchedule" : "ScheduleAnyway";
    constraint.label_selector = api::LabelSelector{{{"app", app}}, {}};
    if (chance(30)) constraint.node_taints_policy = "Honor";
    if (chance(20)) constraint.node_affinity_policy = "Ignore";
    if (chance(20) && constraint.when_unsatisfiable == api::Symbol("DoNotSchedule"))
      constraint.min_domains = 3;
    spec.topology_spread_constraints.push_back(constraint);
  }
  std::shared_ptr<api::Pod> make_template() {
    static const char* const kApps[] = {"a", "b", "c"};
    static const char* const kCpu[] = {"50m", "200m", "600m"};
    const char* const app = kApps[below(3)];
    auto pod = TestCluster::make_pod("template", kCpu[below(3)], "64Mi", {{"app", app}});
    if (chance(25)) pod->metadata.namespace_ = "other";
    api::PodSpec& spec = pod->spec.edit();
    if (chance(50)) add_affinity(spec);
    if (chance(40)) add_spread(spec, app);
    if (chance(30)) spec.tolerations.push_back({"team", "Exists", {}, {}, {}});
    if (chance(15)) spec.node_selector = {{"disk", "ssd"}};
    if (chance(30)) spec.priority_class_name = chance(50) ? "low" : "high";
    if (chance(10)) {
      api::ContainerPort port;
      port.container_port = port.host_port = 8080;
      spec.containers[0].ports.push_back(port);
    }
    return pod;
  }

  void step() {
    const int what = below(100);
    if (what < 70) return add_pods();
    if (what < 85) return remove_pod();
    if (what < 90) return change_node();
    if (what < 93) return add_node();
    if (what < 96) return remove_node();
    if (what < 98) return relabel_namespace();
    templates_[static_cast<std::size_t>(below(12))] = make_template();
  }

  void add_pods() {
    const api::Pod& from = *templates_[static_cast<std::size_t>(below(12))];
    for (int i = 1 + below(5); i > 0; --i) {
      auto pod = std::make_shared<api::Pod>(from);
      pod->metadata.name = fmt::format("pod-{}", pods_++);
      create(pod);
    }
  }
  // The pod at a random place of the list: gone at once, or terminating.
  void remove_pod() {
    const std::uint64_t draw = random_.next_u64();
    const bool at_once = chance(70);
    both([&](TestCluster& c) {
      const auto pods = c.api.store().list(api::Kind::kPod);
      if (pods.empty()) return;
      cluster::ApiRequest request;
      request.verb = cluster::Verb::kDelete;
      request.ref = pods[draw % pods.size()]->ref();
      if (at_once) request.grace_period_seconds = 0;
      CHECK(c.api.execute(c.kernel, request).has_value());
    });
  }
  template <class Edit>
  void edit_node(Edit&& edit) {
    const std::uint64_t draw = random_.next_u64();
    both([&](TestCluster& c) {
      const auto nodes = c.api.store().list(api::Kind::kNode);
      if (nodes.empty()) return;
      auto node = std::make_shared<api::Node>(static_cast<const api::Node&>(*nodes[draw % nodes.size()]));
      edit(*node);
      c.update(node);
    });
  }
  void change_node() {
    switch (below(4)) {
      case 0:
        return edit_node(
            [](api::Node& n) { n.metadata.labels.edit().set("topology.kubernetes.io/zone", "d"); });
      case 1:
        return edit_node([](api::Node& n) { n.metadata.labels.edit().erase("disk"); });
      case 2:
        return edit_node([](api::Node& n) { n.taints = {{"team", "a", "NoSchedule"}}; });
      default:
        return edit_node([](api::Node& n) { n.unschedulable = !n.unschedulable; });
    }
  }
  void remove_node() {
    const std::uint64_t draw = random_.next_u64();
    both([&](TestCluster& c) {
      const auto nodes = c.api.store().list(api::Kind::kNode);
      if (nodes.size() > 3) c.remove(nodes[draw % nodes.size()]->ref());
    });
  }
  void relabel_namespace() {
    const bool labelled = chance(50);
    both([&](TestCluster& c) {
      const auto ref = c.api.store().find(api::Kind::kNamespace, {}, "other");
      auto ns = std::make_shared<api::Namespace>(static_cast<const api::Namespace&>(*c.api.store().get(ref)));
      if (labelled) {
        ns->metadata.labels.edit().set("team", "x");
      } else {
        ns->metadata.labels.edit().erase("team");
      }
      c.update(ns);
    });
  }

  TestCluster with_, without_;
  RandomStream random_;
  std::vector<std::shared_ptr<api::Pod>> templates_;
  int nodes_ = 0, pods_ = 0;
};

class Remembering : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Remembering, ChangesNoDecision) {
  const TieBreak ties = GetParam() % 2 == 0 ? TieBreak::kRace : TieBreak::kPreorder;
  Twins twins(GetParam(), ties);
  twins.play(150);
  twins.expect_equal();
  EXPECT_GT(twins.bound(), 20U);
}

TEST(RandomClusters, SeePreemptionToo) {
  std::size_t preempted = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Twins twins(seed, TieBreak::kRandom);
    twins.play(100);
    twins.expect_equal();
    preempted += twins.preempted();
  }
  EXPECT_GT(preempted, 5U);
}

INSTANTIATE_TEST_SUITE_P(RandomClusters, Remembering, testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace seatrial::scheduler
