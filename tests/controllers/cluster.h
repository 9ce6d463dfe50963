// A small cluster for tests: API server, all controllers, and, where it has nodes, the scheduler and hollow
// kubelets.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"
#include "sim/api/manifests.h"
#include "sim/api/networking.h"
#include "sim/cluster/controller_runtime.h"
#include "sim/cluster/hollow_kubelet.h"
#include "sim/cluster/node_status.h"
#include "sim/controllers/table.h"
#include "sim/scheduler/scheduler.h"

namespace seatrial::controllers {

using namespace literals;
using api::Kind;
using cluster::ApiRequest;
using cluster::ApiResult;
using cluster::Verb;

class TestCluster {
 public:
  explicit TestCluster(int nodes = 0, std::uint64_t seed = 1,
                       const cluster::ControlPlaneTimings& timings = {})
      : kernel(seed),
        server(kernel, timings),
        manager(kernel, server, controller_rows()),
        scheduler(kernel, server, {}),
        hollow(kernel, server, {}) {
    server.create_system_namespaces(kernel);
    for (int i = 0; i < nodes; ++i) node("node-" + std::to_string(i + 1));
    run(1_s);
  }

  // ---- Time ----
  void run(Duration duration) {
    kernel.run_until(kernel.now() + duration, [&](const Event& event) { handle(event); });
  }

  // ---- Writes, executed at once ----
  api::ObjectPtr create(std::shared_ptr<api::Object> object) {
    api::info(*object).default_object(*object);
    ApiRequest request;
    request.object = object;
    const ApiResult result = server.execute(kernel, request);
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
    return result.value_or(nullptr);
  }
  void apply(const char* manifests) {
    const api::Manifests read = api::parse_manifests(manifests, "test.yaml");
    ASSERT_TRUE(read.problems.empty()) << read.problems.front().str();
    for (const auto& manifest : read.objects) {
      ApiRequest request;
      request.object = manifest.object;
      const ApiResult result = server.execute(kernel, request);
      EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
    }
  }
  ApiResult remove(const api::ObjectPtr& object,
                   cluster::Propagation propagation = cluster::Propagation::kBackground) {
    ApiRequest request;
    request.verb = Verb::kDelete;
    request.ref = object->ref();
    request.propagation = propagation;
    return server.execute(kernel, request);
  }
  void scale(const api::ObjectPtr& object, std::int32_t replicas) {
    ApiRequest request;
    request.verb = Verb::kScale;
    request.ref = object->ref();
    request.replicas = replicas;
    ASSERT_TRUE(server.execute(kernel, request).has_value());
  }
  // Changes the stored object.
  template <class T>
  void edit(const api::ObjectPtr& object, const std::function<void(T&)>& change) {
    auto next = std::make_shared<T>(static_cast<const T&>(*server.store().get(object->ref())));
    change(*next);
    ApiRequest request;
    request.verb = Verb::kUpdate;
    request.object = next;
    const ApiResult result = server.execute(kernel, request);
    ASSERT_TRUE(result.has_value()) << result.error().message;
  }

  void namespace_(const char* name) {
    auto ns = std::make_shared<api::Namespace>();
    ns->metadata.name = name;
    create(ns);
  }
  void node(const std::string& name, const char* zone = "zone-a") {
    auto node = std::make_shared<api::Node>();
    node->metadata.name = name;
    node->metadata.labels =
        api::LabelMap{{"kubernetes.io/hostname", name}, {"topology.kubernetes.io/zone", zone}};
    node->capacity = node->allocatable = {{"cpu", api::Quantity::from_value(64)},
                                          {"memory", api::Quantity::from_value(256LL << 30)},
                                          {"pods", api::Quantity::from_value(110)}};
    node->conditions = cluster::healthy_conditions(kernel.now());
    create(node);
  }
  static std::shared_ptr<api::Deployment> deployment(const char* name, std::int32_t replicas,
                                                     const char* image = "web:1.3") {
    auto d = std::make_shared<api::Deployment>();
    d->metadata.name = name;
    d->metadata.namespace_ = "default";
    d->replicas = replicas;
    d->selector.match_labels = {{"app", name}};
    d->max_surge = d->max_unavailable = api::IntOrString{0, "25%"};
    api::PodTemplateSpec template_;
    template_.labels = api::LabelMap{{"app", name}};
    api::PodSpec spec;
    spec.containers.emplace_back();
    spec.containers.back().name = "web";
    spec.containers.back().image = image;
    template_.spec = std::move(spec);
    d->template_ = std::move(template_);
    return d;
  }
  void set_image(const api::ObjectPtr& d, const char* image) {
    edit<api::Deployment>(d, [&](api::Deployment& next) {
      next.template_.edit().spec.edit().containers.front().image = image;
    });
  }

  // ---- Reads ----
  template <class T>
  std::vector<std::shared_ptr<const T>> all() const {
    std::vector<std::shared_ptr<const T>> found;
    for (const api::ObjectPtr& object : server.store().all(T::kKind)) {
      if (object) found.push_back(std::static_pointer_cast<const T>(object));
    }
    return found;
  }
  template <class T>
  std::shared_ptr<const T> get(const api::ObjectPtr& object) const {
    return api::as<T>(server.store().get(object->ref()));
  }
  // "REASON message" of the Events about objects of that kind, in order of their creation.
  std::vector<std::string> events(const char* kind) const {
    std::vector<std::string> found;
    for (const auto& event : all<api::ApiEvent>()) {
      if (event->involved_kind == api::Symbol(kind))
        found.push_back(event->reason.str() + " " + event->message);
    }
    return found;
  }
  // "True REASON" of a condition, or "".
  template <class T>
  std::string condition(const api::ObjectPtr& object, const char* type) const {
    const api::Condition* found = find_condition(get<T>(object)->status.conditions, type);
    return found ? std::string(to_string(found->status)) + " " + found->reason.str() : "";
  }
  // Of the latest write that was no heartbeat.
  std::uint64_t version() const { return last_version_; }

  Kernel kernel;
  cluster::ApiServer server;
  cluster::ControllerManager manager;
  scheduler::Scheduler scheduler;
  cluster::HollowKubelet hollow;

 private:
  void handle(const Event& event) {
    switch (event.component) {
      case cluster::kApiServerComponent:
        return server.handle(kernel, event);
      case cluster::kControllerComponent:
        return manager.handle(kernel, server, event);
      case cluster::kSchedulerComponent:
        return scheduler.handle(kernel, server, event);
      case cluster::kHollowKubeletComponent:
        return hollow.handle(kernel, server, event);
      case cluster::kWatchComponent: {
        const auto delivery = server.watches().take(event);
        if (delivery.change.object->kind != Kind::kLease)
          last_version_ = std::max(last_version_, delivery.change.object->metadata.resource_version);
        if (delivery.component == cluster::kControllerComponent)
          manager.on_watch(kernel, server, delivery.change);
        if (delivery.component == cluster::kSchedulerComponent)
          scheduler.on_watch(kernel, server, delivery.change);
        if (delivery.component == cluster::kHollowKubeletComponent)
          hollow.on_watch(kernel, server, delivery.change);
        return;
      }
    }
    FAIL() << "an event for nobody";
  }

  std::uint64_t last_version_ = 0;
};

}  // namespace seatrial::controllers
