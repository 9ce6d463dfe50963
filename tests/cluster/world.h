// An API server and one node's kubelet, and what the node's clients notice.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/api/manifests.h"
#include "sim/cluster/kubelet/kubelet.h"
#include "sim/cluster/node_status.h"

namespace seatrial::cluster {

using namespace literals;

inline SimTime at(Duration d) { return SimTime::at(d); }

// What clients noticed, and when.
struct Notice {
  std::string what;
  SimTime at;
};

class World : public ProcessObserver {
 public:
  std::optional<JournalId> unready_because(api::PodKey) const override { return away; }
  std::optional<JournalId> away;  // what pods call, if their readiness depends on it
  // `memory`: of the node, all of it allocatable but the kubelet's threshold; 0: it has none to run
  // short of.
  explicit World(KubeletConfig config, std::uint64_t seed = 1, std::int64_t memory = 0)
      : kernel(seed), api(kernel, {}), kubelet(kernel, api, std::move(config)) {
    apply("{apiVersion: v1, kind: Namespace, metadata: {name: ns}}");
    apply("{apiVersion: v1, kind: Namespace, metadata: {name: kube-node-lease}}");
    apply("{apiVersion: v1, kind: Namespace, metadata: {name: default}}");
    apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: ns}}");
    auto node = std::make_shared<api::Node>();
    node->metadata.name = "node-1";
    node->allocatable =
        node->capacity = {{"cpu", api::Quantity::from_milli(2000)}, {"pods", api::Quantity::from_value(10)}};
    node->allocatable["memory"] = api::Quantity::from_value(std::int64_t{64} << 30);
    if (memory > 0) {
      node->capacity["memory"] = api::Quantity::from_value(memory);
      node->allocatable["memory"] =
          api::Quantity::from_value(memory - kubelet.config().eviction_hard_memory.value());
    }
    node->conditions = healthy_conditions(kernel.now());
    ApiRequest request;
    request.object = std::move(node);
    EXPECT_TRUE(api.execute(kernel, request).has_value());
    kubelet.add_node(kernel, api, "node-1");
  }
  void apply(const std::string& manifest) {
    const api::Manifests read = api::parse_manifests(manifest, "test.yaml");
    ASSERT_TRUE(read.problems.empty()) << manifest << read.problems.front().str();
    ApiRequest request;
    request.object = read.objects.at(0).object;
    const ApiResult result = api.execute(kernel, request);
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  }
  // A pod on the node, with this spec but for its braces.
  void pod(const std::string& spec, const std::string& name = "web") {
    apply("{apiVersion: v1, kind: Pod, metadata: {name: " + name +
          ", namespace: ns}, spec: {nodeName: node-1, " + spec + "}}");
    ref = api.store().find(api::Kind::kPod, "ns", name);
  }
  void remove(std::int64_t grace) {
    ApiRequest request;
    request.verb = Verb::kDelete;
    request.ref = ref;
    request.grace_period_seconds = grace;
    EXPECT_TRUE(api.execute(kernel, request).has_value());
  }
  void run_until(Duration end) {
    kernel.run_until(SimTime::at(end), [this](const Event& event) {
      if (event.component == kApiServerComponent) return api.handle(kernel, event);
      if (event.component == kKubeletComponent) return kubelet.handle(kernel, api, *this, event);
      ASSERT_EQ(event.component, kWatchComponent);
      kubelet.on_watch(kernel, api, api.watches().take(event).change);
    });
  }

  const api::Pod& named(const char* name) const { return *api.store().find<api::Pod>("ns", name); }
  const api::Node& node() const { return *api.store().find<api::Node>({}, "node-1"); }
  const api::Condition& node_condition(const char* type) const {
    return *api::find_condition(node().conditions, type);
  }
  const api::Pod* stored() const { return static_cast<const api::Pod*>(api.store().get(ref).get()); }
  const api::ContainerStatus& container(std::size_t i = 0) const {
    return stored()->status.container_statuses.at(i);
  }
  std::string waiting() const {
    const auto* state = std::get_if<api::ContainerStateWaiting>(&container().state);
    return state ? state->reason.str() : "";
  }
  bool ready() const { return stored() && is_pod_ready(*stored()); }
  std::vector<std::string> reasons() const {
    std::vector<std::string> found;
    for (const api::ObjectPtr& object : api.store().all(api::Kind::kEvent)) {
      if (object) found.push_back(static_cast<const api::ApiEvent&>(*object).reason.str());
    }
    return found;
  }
  std::string message(const char* reason) const {
    for (const api::ObjectPtr& object : api.store().all(api::Kind::kEvent)) {
      const auto* event = static_cast<const api::ApiEvent*>(object.get());
      if (event && event->reason == api::Symbol(reason)) return event->message;
    }
    return "";
  }
  SimTime when(const std::string& what) const {
    const auto found = std::ranges::find(notices, what, &Notice::what);
    return found == notices.end() ? SimTime::max() : found->at;
  }
  // The instants of all records of a type.
  std::vector<SimTime> records(RecordType type) const {
    std::vector<SimTime> found;
    for (std::uint32_t i = 1; i <= kernel.journal().size(); ++i) {
      const JournalRecord& record = kernel.journal().record(JournalId{i});
      if (record.type == static_cast<std::uint16_t>(type)) found.push_back(record.at);
    }
    return found;
  }

  void listening(api::PodKey, const ImageBehaviour&, const std::vector<std::int32_t>&, JournalId) override {
    notices.push_back({"listening", kernel.now()});
  }
  std::int64_t stopped_accepting(api::PodKey, JournalId) override {
    notices.push_back({"stopped accepting", kernel.now()});
    return in_flight;
  }
  void exited(api::PodKey, JournalId) override { notices.push_back({"exited", kernel.now()}); }
  void network_down(api::PodKey, JournalId) override { notices.push_back({"network down", kernel.now()}); }
  void memory_allows(api::PodKey, std::int64_t requests) override { allowed.push_back(requests); }
  std::int64_t requests_held(api::PodKey) const override { return in_flight; }

  Kernel kernel;
  ApiServer api;
  Kubelet kubelet;
  api::ObjectRef ref;
  std::vector<Notice> notices;
  std::int64_t in_flight = 0;
  std::vector<std::int64_t> allowed;  // requests that fit into its memory limit, as it was told
};

inline KubeletConfig with(ImageBehaviour behaviour = {}) {
  KubeletConfig config;
  config.images["app:1"] = std::move(behaviour);
  config.images["init:1"] = ImageBehaviour();
  config.images["init:1"].exits_after = 1_s;
  config.images["side:1"] = ImageBehaviour();
  config.all_images_present = true;
  return config;
}

}  // namespace seatrial::cluster
