// The rows of the case tables about quotas and limit ranges, and what quotas count besides.
#include "sim/cluster/quota.h"

#include <gtest/gtest.h>

#include "sim/api/kinds.h"
#include "sim/api/value.h"
#include "sim/cluster/limit_range.h"
#include "tests/support/case_tables.h"

namespace seatrial::cluster {
namespace {

using api::ResourceList;
using api::Symbol;
using Json = nlohmann::json;
using tests::CaseRow;
using tests::for_each_row;

ResourceList list_of(const Json& json) {
  ResourceList list;
  for (const auto& [name, amount] : json.items())
    list[name] = *api::Quantity::parse(amount.is_string() ? amount.get<std::string>() : amount.dump());
  return list;
}

Json json_of(const ResourceList& list) {
  Json json = Json::object();
  for (const auto& [name, amount] : list) json[name.str()] = amount.str();
  return json;
}

// {"requests": {…}, "limits": {…}} stand in the tables where a container has them under resources.
api::Container container_of(const std::string& name, const Json& json) {
  api::Container container;
  container.name = name;
  container.resources = {list_of(json.value("limits", Json::object())),
                         list_of(json.value("requests", Json::object()))};
  if (json.value("restartPolicy", "") == "Always") container.restart_policy = api::RestartPolicy::kAlways;
  return container;
}

TEST(LimitRange, RefusesWhatItsBoundsRefuse) {
  for_each_row("limitrange-validate", [](const CaseRow& row) {
    api::LimitRange range;
    range.limits.push_back({row["type"].get<std::string>(),
                            list_of(row.input_or("max", Json::object())),
                            list_of(row.input_or("min", Json::object())),
                            {},
                            {},
                            list_of(row.input_or("ratio", Json::object()))});
    api::PodSpec spec;
    const Json resources = {{"requests", row["requests"]}, {"limits", row["limits"]}};
    for (int i = 0; i < row["containers"].get<int>(); ++i)
      spec.containers.push_back(container_of("c" + std::to_string(i), resources));
    const auto problems = limit_violations(range, spec);
    const Json error = row["error"];
    if (error.is_null()) {
      EXPECT_TRUE(problems.empty()) << problems.front();
    } else {
      ASSERT_FALSE(problems.empty());
      EXPECT_EQ(problems.front(), error.get<std::string>());
    }
  });
}

TEST(LimitRange, FillsInWhatIsMissingAndSaysSo) {
  for_each_row("limitrange-default", [](const CaseRow& row) {
    api::LimitRange range;
    range.limits.push_back(
        {"Container", {}, {}, list_of(row["default"]), list_of(row["defaultRequest"]), {}});
    api::PodSpec before;
    before.containers.push_back(container_of(
        row["container"], {{"requests", row.input("requests")}, {"limits", row.input("limits")}}));
    api::PodSpec after = before;
    apply_limit_defaults(range, after);
    EXPECT_EQ(json_of(after.containers[0].resources.requests), row.expected("requests"));
    EXPECT_EQ(json_of(after.containers[0].resources.limits), row.expected("limits"));
    EXPECT_EQ(limit_defaults_text(before, after), row["annotation"].get<std::string>());
  });
}

TEST(Quota, WantsContainersToSayWhatItCounts) {
  for_each_row("quota-constraints", [](const CaseRow& row) {
    std::vector<Symbol> required;
    for (const Json& name : row["required"]) required.push_back(name.get<std::string>());
    api::PodSpec spec;
    for (const auto& [name, json] : row["containers"].items())
      spec.containers.push_back(container_of(name, json));
    for (const auto& [name, json] : row.input_or("init", Json::object()).items())
      spec.init_containers.push_back(container_of(name, json));
    const auto error = must_specify(required, spec);
    EXPECT_EQ(error ? Json(*error) : Json(), row["error"]);
  });
}

TEST(Quota, CountsAPodAsKubernetesDoes) {
  for_each_row("quota-usage", [](const CaseRow& row) {
    api::Pod pod;
    api::PodSpec& spec = pod.spec.edit();
    for (const Json& json : row.input_or("init", Json::array()))
      spec.init_containers.push_back(container_of("init", json));
    for (const Json& json : row["containers"]) spec.containers.push_back(container_of("main", json));
    spec.overhead = list_of(row.input_or("overhead", Json::object()));
    const Json phase = row.input_or("phase", "Pending");
    if (phase == "Succeeded") {
      pod.status.phase = api::PodPhase::kSucceeded;
    } else if (phase == "Failed") {
      pod.status.phase = api::PodPhase::kFailed;
    } else if (phase == "Running") {
      pod.status.phase = api::PodPhase::kRunning;
    } else {
      ASSERT_EQ(phase, "Pending");
    }
    EXPECT_EQ(json_of(quota_usage(pod, SimTime())), row["usage"]);
  });
}

TEST(Quota, PrintsListsSorted) {
  for_each_row("quota-prettyprint", [](const CaseRow& row) {
    EXPECT_EQ(pretty(list_of(row["list"])), row["text"].get<std::string>());
  });
}

TEST(Quota, ComparesLists) {
  for_each_row("quota-lessorequal", [](const CaseRow& row) {
    Json names = Json::array();
    for (const Symbol name : exceeded(list_of(row["a"]), list_of(row["b"]))) names.push_back(name.str());
    EXPECT_EQ(names.empty(), row["ok"].get<bool>());
    EXPECT_EQ(names, row["exceeded"]);
  });
}

api::Pod pod_of(const Json& json) {
  Json spec = json;
  Json containers = Json::array();
  for (const Json& given : json.value("containers", Json::array({Json::object()})))
    containers.push_back({{"name", "main"}, {"image", "x"}, {"resources", given}});
  spec["containers"] = containers;
  const Json document = {
      {"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", "p"}}}, {"spec", spec}};
  const auto read =
      api::info(api::Kind::kPod).decode(api::from_json(nlohmann::ordered_json::parse(document.dump())));
  EXPECT_TRUE(read.has_value()) << document;
  return static_cast<const api::Pod&>(**read);
}

TEST(Quota, KnowsWhichScopesAPodIsIn) {
  using Op = api::LabelSelectorRequirement::Operator;
  // As the upstream test has them: PriorityClass In [class1], the others by existence.
  const std::vector<api::ScopedResourceSelectorRequirement> scopes = {
      {"Terminating", Op::kExists, {}},       {"NotTerminating", Op::kExists, {}},
      {"BestEffort", Op::kExists, {}},        {"NotBestEffort", Op::kExists, {}},
      {"PriorityClass", Op::kIn, {"class1"}}, {"CrossNamespacePodAffinity", Op::kExists, {}}};
  for_each_row("quota-scopes", [&](const CaseRow& row) {
    for (std::size_t i = 0; i < row["pods"].size(); ++i) {
      const api::Pod pod = pod_of(row["pods"][i]);
      Json found = Json::array();
      for (const auto& scope : scopes) {
        if (in_scope(scope, pod)) found.push_back(scope.scope_name.str());
      }
      EXPECT_EQ(found, row["scopes"][i]) << row["pods"][i];
    }
  });
}

TEST(Quota, SelectsPriorityClassesByOperator) {
  using Op = api::LabelSelectorRequirement::Operator;
  const api::Pod gold = pod_of({{"priorityClassName", "gold"}}), plain = pod_of(Json::object());
  const auto in = [](Op op, const api::Pod& pod) {
    return in_scope(
        {"PriorityClass", op,
         op == Op::kIn || op == Op::kNotIn ? std::vector<Symbol>{"gold", "silver"} : std::vector<Symbol>()},
        pod);
  };
  EXPECT_TRUE(in(Op::kIn, gold));
  EXPECT_FALSE(in(Op::kNotIn, gold));
  EXPECT_TRUE(in(Op::kExists, gold));
  EXPECT_FALSE(in(Op::kDoesNotExist, gold));
  EXPECT_FALSE(in(Op::kIn, plain));
  EXPECT_TRUE(in(Op::kNotIn, plain));
  EXPECT_FALSE(in(Op::kExists, plain));
  EXPECT_TRUE(in(Op::kDoesNotExist, plain));
}

TEST(Quota, ExtendedResourcesAndHugePagesAreCountedAsRequests) {
  const api::Pod pod = pod_of({{"containers",
                                {{{"requests", {{"example.com/gpu", "2"}, {"hugepages-2Mi", "4Mi"}}},
                                  {"limits", {{"example.com/gpu", "2"}, {"hugepages-2Mi", "4Mi"}}}}}}});
  EXPECT_EQ(json_of(quota_usage(pod, SimTime())), (Json{{"count/pods", "1"},
                                                        {"pods", "1"},
                                                        {"requests.example.com/gpu", "2"},
                                                        {"hugepages-2Mi", "4Mi"},
                                                        {"requests.hugepages-2Mi", "4Mi"}}));
}

Json usage_of(const char* manifest) {
  const auto read = api::read_object(api::from_json(nlohmann::ordered_json::parse(manifest)));
  EXPECT_TRUE(read.has_value()) << manifest;
  return json_of(quota_usage(**read, SimTime()));
}

TEST(Quota, CountsServicesClaimsAndCustomResources) {
  EXPECT_EQ(usage_of(R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {
              "type": "LoadBalancer", "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}]}})"),
            (Json{{"services", "1"},
                  {"count/services", "1"},
                  {"services.loadbalancers", "1"},
                  {"services.nodeports", "2"}}));
  EXPECT_EQ(usage_of(R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {
              "type": "LoadBalancer", "allocateLoadBalancerNodePorts": false, "ports": [{"port": 80}]}})")
                .value("services.nodeports", ""),
            "0");
  EXPECT_EQ(
      usage_of(R"({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": {
              "accessModes": ["ReadWriteOnce"], "storageClassName": "gp3", "resources": {"requests": {"storage": "5Gi"}}}})"),
      (Json{{"count/persistentvolumeclaims", "1"},
            {"persistentvolumeclaims", "1"},
            {"requests.storage", "5Gi"},
            {"gp3.storageclass.storage.k8s.io/persistentvolumeclaims", "1"},
            {"gp3.storageclass.storage.k8s.io/requests.storage", "5Gi"}}));
  EXPECT_EQ(usage_of(R"({"apiVersion": "example.com/v1", "kind": "Policy", "metadata": {"name": "x"}})"),
            (Json{{"count/policies.example.com", "1"}}));
}

}  // namespace
}  // namespace seatrial::cluster
