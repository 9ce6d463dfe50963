// What pods/eviction answers. Texts: tests/conformance/golden/pdb.
#include <gtest/gtest.h>

#include "sim/api/manifests.h"
#include "sim/api/policy.h"
#include "sim/cluster/api_server.h"

namespace seatrial::cluster {
namespace {

using api::PodDisruptionBudget;

class Eviction : public testing::Test {
 protected:
  Eviction() : kernel_(1), server_(kernel_, {}) {
    create("{apiVersion: v1, kind: Namespace, metadata: {name: ns}}");
    create("{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: ns}}");
  }
  api::ObjectPtr create(const std::string& manifest) {
    const api::Manifests read = api::parse_manifests(manifest, "test.yaml");
    EXPECT_TRUE(read.problems.empty()) << manifest;
    ApiRequest request;
    request.object = read.objects.at(0).object;
    return server_.execute(kernel_, request).value();
  }
  // A pod that runs, Ready or not.
  api::ObjectRef pod(const std::string& name, bool ready = true) {
    const api::ObjectPtr made =
        create("{apiVersion: v1, kind: Pod, metadata: {name: " + name +
               ", namespace: ns, labels: {app: web}}, spec: {nodeName: node-1, containers: "
               "[{name: web, image: w}]}}");
    auto running = api::clone(static_cast<const api::Pod&>(*made));
    running->status.phase = api::PodPhase::kRunning;
    if (ready) running->status.conditions = {{"Ready", api::ConditionStatus::kTrue, {}, {}, {}, {}, {}}};
    update_status(running);
    return made->ref();
  }
  // A budget as its controller has filled it in.
  api::ObjectRef budget(const std::string& name, std::int32_t allowed, std::int32_t healthy,
                        std::int32_t desired, const std::string& more = "") {
    const api::ObjectPtr made =
        create("{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: " + name +
               ", namespace: ns}, spec: {minAvailable: 1, selector: {matchLabels: {app: web}}" + more + "}}");
    auto filled = api::clone(static_cast<const PodDisruptionBudget&>(*made));
    filled->status.observed_generation = made->metadata.generation;
    filled->status.disruptions_allowed = allowed;
    filled->status.current_healthy = healthy;
    filled->status.desired_healthy = desired;
    update_status(filled);
    return made->ref();
  }
  void update_status(api::ObjectPtr object) {
    ApiRequest request;
    request.verb = Verb::kPatchStatus;
    request.object = std::move(object);
    ASSERT_TRUE(server_.execute(kernel_, request));
  }
  // "201", or the code, the message and its cause.
  std::string evict(api::ObjectRef pod) {
    ApiRequest request;
    request.verb = Verb::kEvict;
    request.ref = pod;
    const ApiResult result = server_.execute(kernel_, request);
    if (result) return "201";
    const ApiError& error = result.error();
    return std::to_string(error.code) + " " + error.message +
           (error.causes.empty() ? "" : " " + error.causes[0]);
  }
  const PodDisruptionBudget& stored(api::ObjectRef budget) {
    return static_cast<const PodDisruptionBudget&>(*server_.store().get(budget));
  }

  Kernel kernel_;
  ApiServer server_;
};

TEST_F(Eviction, WithoutABudgetIsADeletionThatSaysWhy) {
  const api::ObjectRef web = pod("web");
  EXPECT_EQ(evict(web), "201");
  const auto& evicted = static_cast<const api::Pod&>(*server_.store().get(web));
  EXPECT_TRUE(evicted.metadata.deletion_timestamp);
  const api::Condition* const why = api::find_condition(evicted.status.conditions, "DisruptionTarget");
  ASSERT_NE(why, nullptr);
  EXPECT_EQ(why->reason, "EvictionByEvictionAPI");
}

TEST_F(Eviction, IsCutAtTheBudgetBeforeItsControllerKnows) {
  const api::ObjectRef web = budget("web", 1, 3, 2), first = pod("a"), second = pod("b");
  EXPECT_EQ(evict(first), "201");
  EXPECT_EQ(stored(web).status.disruptions_allowed, 0);
  EXPECT_TRUE(stored(web).status.disrupted_pods.contains("a"));
  EXPECT_EQ(
      evict(second),
      "429 Cannot evict pod as it would violate the pod's disruption budget. The disruption budget web does "
      "not allow evicting pods currently")
      << "its controller has not counted yet";
  EXPECT_FALSE(server_.store().get(second)->metadata.deletion_timestamp);
}

TEST_F(Eviction, WaitsForABudgetThatChanged) {
  create(
      "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web, namespace: ns}, spec: "
      "{minAvailable: 1, selector: {}}}");
  EXPECT_EQ(
      evict(pod("a")),
      "429 Cannot evict pod as it would violate the pod's disruption budget. The disruption budget web is "
      "still being processed by the server.");
}

TEST_F(Eviction, RefusesAPodOfTwoBudgets) {
  budget("one", 1, 1, 0);
  budget("two", 1, 1, 0);
  EXPECT_EQ(
      evict(pod("a")),
      "500 This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
}

TEST_F(Eviction, LetsAnUnreadyPodGoWhereThePolicyDoes) {
  const api::ObjectRef web = budget("web", 0, 2, 2);
  EXPECT_EQ(evict(pod("unready", false)), "201") << "IfHealthyBudget, and enough are healthy";
  EXPECT_TRUE(stored(web).status.disrupted_pods.empty());
}

TEST_F(Eviction, HoldsAnUnreadyPodWhereTheBudgetIsNotMet) {
  budget("web", 0, 1, 2);
  EXPECT_TRUE(evict(pod("unready", false)).starts_with("429"));
}

TEST_F(Eviction, LetsEveryUnreadyPodGoUnderAlwaysAllow) {
  budget("web", 0, 0, 2, ", unhealthyPodEvictionPolicy: AlwaysAllow");
  EXPECT_EQ(evict(pod("unready", false)), "201");
}

TEST_F(Eviction, IsRefusedInANamespaceThatGoes) {
  const api::ObjectRef web = pod("web");
  ApiRequest request;
  request.verb = Verb::kDelete;
  request.ref = server_.store().find(api::Kind::kNamespace, {}, "ns");
  ASSERT_TRUE(server_.execute(kernel_, request));
  EXPECT_EQ(evict(web),
            "403 pods \"web\" is forbidden: unable to create new content in namespace ns because it is being "
            "terminated NamespaceTerminating: namespace ns is being terminated");
}

}  // namespace
}  // namespace seatrial::cluster
