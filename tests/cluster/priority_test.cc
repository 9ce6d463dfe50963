// The Priority admission plugin and PriorityClasses. Source: plugin/pkg/admission/priority/admission_test.go.
#include "sim/cluster/priority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/manifests.h"
#include "sim/cluster/api_server.h"

namespace seatrial::cluster {
namespace {

class Priority : public testing::Test {
 protected:
  Priority() : kernel(1), api(kernel, {}) {
    create("{apiVersion: v1, kind: Namespace, metadata: {name: ns}}");
    create("{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: ns}}");
  }
  ApiResult create(const std::string& yaml) {
    const api::Manifests manifests = api::parse_manifests(yaml, "test.yaml");
    CHECK_MSG(manifests.problems.empty(), manifests.problems.empty() ? "" : manifests.problems[0].message);
    ApiRequest request;
    request.object = manifests.objects[0].object;
    return api.execute(kernel, request);
  }
  ApiResult create_class(const std::string& name, const std::string& rest) {
    return create("{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: " + name + "}, " +
                  rest + "}");
  }
  ApiResult create_pod(const std::string& name, const std::string& spec) {
    return create("{apiVersion: v1, kind: Pod, metadata: {name: " + name + ", namespace: ns}, spec: {" +
                  spec + "containers: [{name: c, image: i}]}}");
  }
  static std::string text(const ApiResult& result) { return result ? "accepted" : result.error().message; }
  static const api::PodSpec& spec(const ApiResult& result) {
    return *static_cast<const api::Pod&>(**result).spec;
  }
  Kernel kernel;
  ApiServer api;
};

TEST_F(Priority, PodsGetTheValueAndPolicyOfTheirClass) {
  create_class("polite", "value: 7, preemptionPolicy: Never");
  const ApiResult pod = create_pod("a", "priorityClassName: polite, ");
  ASSERT_TRUE(pod) << text(pod);
  EXPECT_EQ(spec(pod).priority, 7);
  EXPECT_EQ(spec(pod).preemption_policy, api::Symbol("Never"));
  const ApiResult plain = create_pod("b", "");
  EXPECT_EQ(spec(plain).priority, 0);
  EXPECT_EQ(spec(plain).preemption_policy, api::Symbol("PreemptLowerPriority"));
  const ApiResult system = create_pod("c", "priorityClassName: system-node-critical, ");
  EXPECT_EQ(spec(system).priority, 2000001000);
}

TEST_F(Priority, TheGlobalDefaultIsForThoseThatNameNone) {
  create_class("usual", "value: 50, globalDefault: true");
  const ApiResult pod = create_pod("a", "");
  EXPECT_EQ(spec(pod).priority, 50);
  EXPECT_EQ(spec(pod).priority_class_name, api::Symbol("usual"));
  EXPECT_EQ(
      text(create_class("second", "value: 60, globalDefault: true")),
      "priorityclasses.scheduling.k8s.io \"second\" is forbidden: PriorityClass usual is already marked as "
      "default. Only one default can exist");
}

TEST_F(Priority, WhatContradictsTheClassIsForbidden) {
  create_class("usual", "value: 50");
  EXPECT_EQ(text(create_pod("a", "priorityClassName: missing, ")),
            "pods \"a\" is forbidden: no PriorityClass with name missing was found");
  EXPECT_EQ(text(create_pod("a", "priorityClassName: usual, priority: 51, ")),
            "pods \"a\" is forbidden: the integer value of priority (51) must not be provided in pod spec; "
            "priority admission controller computed 50 from the given PriorityClass name");
  EXPECT_EQ(
      text(create_pod("a", "preemptionPolicy: Never, ")),
      "pods \"a\" is forbidden: the string value of PreemptionPolicy (Never) must not be provided in pod "
      "spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name");
  EXPECT_EQ(text(create_pod("a", "priorityClassName: usual, priority: 50, ")), "accepted");
}

std::string problem_of(const std::string& fields) {
  const api::Manifests manifests = api::parse_manifests(
      "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: " + fields + "}", "t.yaml");
  return manifests.problems.empty() ? "" : manifests.problems[0].path + ": " + manifests.problems[0].message;
}

TEST(PriorityClass, IsValidatedAsTheApiServerDoes) {
  EXPECT_EQ(problem_of("a}, value: 1000000000"), "");
  EXPECT_EQ(problem_of("a}, value: 1000000001"),
            "value: Forbidden: maximum allowed value of a user defined priority is 1000000000");
  EXPECT_EQ(problem_of("a}, value: 1, preemptionPolicy: Sometimes"),
            "preemptionPolicy: Unsupported value: \"Sometimes\": supported values: \"PreemptLowerPriority\", "
            "\"Never\"");
  EXPECT_EQ(
      problem_of("system-mine}, value: 1"),
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use "
      "only. error: system-mine is not a known system priority class");
  EXPECT_EQ(
      problem_of("system-node-critical}, value: 1"),
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use "
      "only. error: value of system-node-critical PriorityClass must be 2000001000");
  EXPECT_EQ(problem_of("system-node-critical}, value: 2000001000"), "");
}

}  // namespace
}  // namespace seatrial::cluster
