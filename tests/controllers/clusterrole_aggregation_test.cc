// ClusterRoles that aggregate others follow what others say.
#include "sim/api/rbac.h"
#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

class Aggregation : public TestCluster, public testing::Test {
 protected:
  const api::ClusterRole& role(const char* name) { return *server.store().find<api::ClusterRole>({}, name); }
  // Null if it has none.
  const api::PolicyRule* rule_on(const char* name, const char* resource) {
    for (const api::PolicyRule& rule : role(name).rules)
      if (std::ranges::count(rule.resources, api::Symbol(resource)) > 0) return &rule;
    return nullptr;
  }
  bool has(const char* name, const char* resource) { return rule_on(name, resource) != nullptr; }
};

constexpr const char* kExtension = R"(
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: widgets, labels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}}
rules:
- {apiGroups: [example.org], resources: [widgets], verbs: [get]}
)";

TEST_F(Aggregation, WhatIsAddedToViewReachesEditAndAdmin) {
  const std::size_t before = role("admin").rules.size();
  apply(kExtension);
  run(10_s);
  for (const char* const name : {"view", "edit", "admin"}) ASSERT_TRUE(has(name, "widgets")) << name;
  EXPECT_EQ(role("admin").rules.size(), before + 1);
  EXPECT_EQ(rule_on("admin", "widgets")->source.file.str(), "test.yaml");
  EXPECT_TRUE(role("admin").aggregation_rule.has_value());
  remove(server.store().get(server.store().find(Kind::kClusterRole, {}, "widgets")));
  run(10_s);
  for (const char* const name : {"view", "edit", "admin"}) EXPECT_FALSE(has(name, "widgets")) << name;
}

TEST_F(Aggregation, OwnRulesOfARoleThatAggregatesAreOverwritten) {
  apply(kExtension);
  apply(R"(
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: gadgets}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}}]}
rules:
- {apiGroups: [example.org], resources: [gadgets], verbs: [get]}
)");
  run(10_s);
  EXPECT_TRUE(has("gadgets", "widgets"));
  EXPECT_FALSE(has("gadgets", "gadgets"));
}

TEST_F(Aggregation, NothingIsWrittenWhereNothingChanges) {
  run(10_s);
  const std::uint64_t version = role("admin").metadata.resource_version;
  run(100_s);
  EXPECT_EQ(role("admin").metadata.resource_version, version);
}

}  // namespace
}  // namespace seatrial::controllers
