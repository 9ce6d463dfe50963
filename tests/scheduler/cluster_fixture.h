// An API server and a scheduler on a kernel: no kubelets, no controllers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/api/apps.h"
#include "sim/cluster/api_server.h"
#include "sim/scheduler/scheduler.h"

namespace seatrial::scheduler {

struct TestCluster {
  explicit TestCluster(SchedulerConfig config = logging(), std::uint64_t seed = 1)
      : kernel(seed), api(kernel, {}), scheduler(kernel, api, std::move(config)) {
    create_namespace("default");
  }
  static SchedulerConfig logging() {
    SchedulerConfig config;
    config.log_decisions = true;
    return config;
  }

  void run_until(Duration end) {
    kernel.run_until(SimTime::at(end), [this](const Event& event) { dispatch(event); });
  }
  void dispatch(const Event& event) {
    if (event.component == cluster::kApiServerComponent) {
      api.handle(kernel, event);
    } else if (event.component == cluster::kSchedulerComponent) {
      scheduler.handle(kernel, api, event);
    } else {
      const cluster::Watches::Delivery delivery = api.watches().take(event);
      scheduler.on_watch(kernel, api, delivery.change);
    }
  }

  api::ObjectPtr create(std::shared_ptr<api::Object> object) {
    cluster::ApiRequest request;
    request.object = object;
    const cluster::ApiResult result = api.execute(kernel, request);
    CHECK_MSG(result.has_value(), result ? "" : result.error().message);
    return *result;
  }
  void create_namespace(const char* name) {
    auto ns = std::make_shared<api::Namespace>();
    ns->metadata.name = name;
    create(ns);
    auto account = std::make_shared<api::ServiceAccount>();
    account->metadata.name = "default";
    account->metadata.namespace_ = name;
    create(account);
  }
  static std::shared_ptr<api::Node> make_node(const std::string& name, const std::string& zone = "a",
                                              const char* cpu = "4", const char* memory = "16Gi") {
    auto node = std::make_shared<api::Node>();
    node->metadata.name = name;
    node->metadata.labels =
        api::LabelMap{{"kubernetes.io/hostname", name}, {"topology.kubernetes.io/zone", zone}};
    node->allocatable = {{"cpu", *api::Quantity::parse(cpu)},
                         {"memory", *api::Quantity::parse(memory)},
                         {"pods", *api::Quantity::parse("110")}};
    node->capacity = node->allocatable;
    return node;
  }
  static std::shared_ptr<api::Pod> make_pod(const std::string& name, const char* cpu = "100m",
                                            const char* memory = "64Mi",
                                            api::LabelMap labels = {{"app", "web"}}) {
    auto pod = std::make_shared<api::Pod>();
    pod->metadata.name = name;
    pod->metadata.namespace_ = "default";
    pod->metadata.labels = std::move(labels);
    api::PodSpec& spec = pod->spec.edit();
    api::Container& container = spec.containers.emplace_back();
    container.name = "web";
    container.image = "registry.example/web:1.3";
    container.resources.requests = {{"cpu", *api::Quantity::parse(cpu)},
                                    {"memory", *api::Quantity::parse(memory)}};
    return pod;
  }

  const api::Pod& pod(const std::string& name) const {
    const api::Pod* found = api.store().find<api::Pod>("default", name);
    CHECK(found);
    return *found;
  }
  std::string node_of(const std::string& name) const { return pod(name).node_name.str(); }
  std::map<std::string, int> pods_per_node() const {
    std::map<std::string, int> counts;
    for (const api::ObjectPtr& object : api.store().list(api::Kind::kPod)) {
      ++counts[static_cast<const api::Pod&>(*object).node_name.str()];
    }
    return counts;
  }
  std::vector<std::string> events(const std::string& reason) const {
    std::vector<std::string> messages;
    for (const api::ObjectPtr& object : api.store().list(api::Kind::kEvent)) {
      const auto& event = static_cast<const api::ApiEvent&>(*object);
      if (event.reason == api::Symbol(reason)) messages.push_back(event.message);
    }
    return messages;
  }
  // Of the condition PodScheduled=False.
  std::string why_unscheduled(const std::string& name) const {
    const api::Condition* condition = api::find_condition(pod(name).status.conditions, "PodScheduled");
    return condition && condition->status == api::ConditionStatus::kFalse ? condition->message : "";
  }
  void update(std::shared_ptr<api::Object> object) {
    object->metadata.resource_version = 0;
    cluster::ApiRequest request;
    request.verb = cluster::Verb::kUpdate;
    request.object = object;
    const cluster::ApiResult result = api.execute(kernel, request);
    CHECK_MSG(result.has_value(), result ? "" : result.error().message);
  }
  void remove(api::ObjectRef ref) {
    cluster::ApiRequest request;
    request.verb = cluster::Verb::kDelete;
    request.ref = ref;
    request.grace_period_seconds = 0;
    CHECK(api.execute(kernel, request).has_value());
  }

  Kernel kernel;
  cluster::ApiServer api;
  Scheduler scheduler;
};

}  // namespace seatrial::scheduler
