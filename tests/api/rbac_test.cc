// Roles and bindings as the API server reads, defaults and refuses them, and what their rules come to.
#include "sim/api/rbac.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/policy_rules.h"
#include "tests/api/objects.h"

namespace seatrial::api {
namespace {

using testing::ElementsAre;

std::string head(const std::string& kind, const std::string& name = "r") {
  return "apiVersion: rbac.authorization.k8s.io/v1\nkind: " + kind + "\nmetadata: {name: '" + name + "'}\n";
}

TEST(Rbac, GroupsOfSubjectsAndOfTheRoleAreDefaulted) {
  const auto binding =
      as<RoleBinding>(object_of(head("RoleBinding") +
                                "subjects: [{kind: Group, name: 'github:webops'}, {kind: User, name: alice}, "
                                "{kind: ServiceAccount, name: ci, namespace: x}]\n"
                                "roleRef: {kind: ClusterRole, name: admin}\n"));
  ASSERT_TRUE(binding);
  EXPECT_EQ(binding->role_ref, (RoleRef{kRbacGroup, "ClusterRole", "admin"}));
  EXPECT_EQ(binding->subjects[0].api_group.view(), kRbacGroup);
  EXPECT_EQ(binding->subjects[1].api_group.view(), kRbacGroup);
  EXPECT_EQ(binding->subjects[2].api_group.view(), "");
}

TEST(Rbac, ARuleKnowsWhereItIsWritten) {
  const auto role = as<Role>(object_of(head("Role") + "rules:\n- {verbs: [get], apiGroups: [''], resources: "
                                                      "[pods]}\n- {verbs: [list], apiGroups: [''], "
                                                      "resources: [pods]}\n"));
  ASSERT_TRUE(role);
  EXPECT_EQ(role->rules[0].source.line, 5);
  EXPECT_EQ(role->rules[1].source.line, 6);
}

struct RefusedRbac {
  const char *name, *kind, *rest, *message;
};
class RefusesRbac : public testing::TestWithParam<RefusedRbac> {};
TEST_P(RefusesRbac, InTheWordsOfTheApiServer) {
  EXPECT_EQ(problems_of(head(GetParam().kind) + GetParam().rest), GetParam().message);
}

constexpr const char* kRef = "roleRef: {kind: ClusterRole, name: admin}\n";
const std::string kSubject = std::string(kRef) + "subjects: ";

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusesRbac,
    testing::Values(
        RefusedRbac{"NoVerbs", "Role", "rules: [{apiGroups: [''], resources: [pods]}]\n",
                    "f.yaml:4:9: rules[0].verbs: Required value: verbs must contain at least one value\n"},
        RefusedRbac{"NoGroup", "ClusterRole", "rules: [{verbs: [get], resources: [pods]}]\n",
                    "f.yaml:4:9: rules[0].apiGroups: Required value: resource rules must supply at least one "
                    "api group\n"},
        RefusedRbac{"NoResource", "ClusterRole", "rules: [{verbs: [get], apiGroups: ['']}]\n",
                    "f.yaml:4:9: rules[0].resources: Required value: resource rules must supply at least one "
                    "resource\n"},
        RefusedRbac{"UrlOfARole", "Role", "rules: [{verbs: [get], nonResourceURLs: [/healthz]}]\n",
                    "f.yaml:4:24: rules[0].nonResourceURLs: Invalid value: [\"/healthz\"]: namespaced rules "
                    "cannot apply to non-resource URLs\n"},
        RefusedRbac{"UrlAndResource", "ClusterRole",
                    "rules: [{verbs: [get], nonResourceURLs: [/healthz], apiGroups: ['']}]\n",
                    "f.yaml:4:24: rules[0].nonResourceURLs: Invalid value: [\"/healthz\"]: rules cannot "
                    "apply to both regular resources and non-resource URLs\n"},
        RefusedRbac{"NoSelector", "ClusterRole", "aggregationRule: {}\n",
                    "f.yaml:4:1: aggregationRule.clusterRoleSelectors: Required value: at least one "
                    "clusterRoleSelector required if aggregationRule is non-nil\n"},
        RefusedRbac{"RoleKind", "RoleBinding", "roleRef: {kind: Rule, name: admin}\n",
                    "f.yaml:4:17: roleRef.kind: Unsupported value: \"Rule\": supported values: \"Role\", "
                    "\"ClusterRole\"\n"},
        RefusedRbac{"RoleOfTheCluster", "ClusterRoleBinding", "roleRef: {kind: Role, name: admin}\n",
                    "f.yaml:4:17: roleRef.kind: Unsupported value: \"Role\": supported values: "
                    "\"ClusterRole\"\n"},
        RefusedRbac{"RoleGroup", "RoleBinding", "roleRef: {kind: Role, name: r, apiGroup: rbac}\n",
                    "f.yaml:4:42: roleRef.apiGroup: Unsupported value: \"rbac\": supported values: "
                    "\"rbac.authorization.k8s.io\"\n"},
        RefusedRbac{"RoleName", "RoleBinding", "roleRef: {kind: Role}\n",
                    "f.yaml:4:1: roleRef.name: Required value\n"},
        RefusedRbac{"RolePath", "RoleBinding", "roleRef: {kind: Role, name: a/b}\n",
                    "f.yaml:4:29: roleRef.name: Invalid value: \"a/b\": may not contain '/'\n"},
        RefusedRbac{"UnknownField", "RoleBinding", "roleRef: {kind: Role, name: a}\nsubject: []\n",
                    "f.yaml:5:1: unknown field \"subject\"\n"}),
    [](const auto& row) { return row.param.name; });

TEST(Rbac, SubjectsAreRefusedInTheWordsOfTheApiServer) {
  EXPECT_EQ(problems_of(head("RoleBinding") + kSubject + "[{kind: Team, name: webops}]\n"),
            "f.yaml:5:19: subjects[0].kind: Unsupported value: \"Team\": supported values: "
            "\"ServiceAccount\", \"User\", \"Group\"\n");
  EXPECT_EQ(problems_of(head("RoleBinding") + kSubject + "[{kind: Group}]\n"),
            "f.yaml:5:12: subjects[0].name: Required value\n");
  EXPECT_EQ(problems_of(head("ClusterRoleBinding") + kSubject + "[{kind: ServiceAccount, name: ci}]\n"),
            "f.yaml:5:12: subjects[0].namespace: Required value\n");
  EXPECT_EQ(problems_of(head("RoleBinding") + kSubject + "[{kind: User, name: a, apiGroup: users}]\n"),
            "f.yaml:5:44: subjects[0].apiGroup: Unsupported value: \"users\": supported values: "
            "\"rbac.authorization.k8s.io\"\n");
}

TEST(Rbac, NamesOfRolesMayHaveColonsButNoSlash) {
  EXPECT_EQ(problems_of(head("ClusterRole", "system:node-View") + "rules: []\n"), "");
  EXPECT_EQ(problems_of(head("ClusterRole", "a%b/c") + "rules: []\n"),
            "f.yaml:3:18: metadata.name: Invalid value: \"a%b/c\": may not contain '/'\n"
            "f.yaml:3:18: metadata.name: Invalid value: \"a%b/c\": may not contain '%'\n");
}

TEST(Rbac, TheRoleOfABindingCannotChange) {
  const auto before = object_of(head("RoleBinding") + "roleRef: {kind: ClusterRole, name: edit}\n");
  const auto after = object_of(head("RoleBinding") + "roleRef: {kind: ClusterRole, name: admin}\n");
  const Problems problems = info(Kind::kRoleBinding).validate(*after, before.get());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].message,
            "Invalid value: {\"APIGroup\":\"rbac.authorization.k8s.io\",\"Kind\":\"ClusterRole\",\"Name\":"
            "\"admin\"}: cannot change roleRef");
  EXPECT_TRUE(info(Kind::kRoleBinding).validate(*after, after.get()).empty());
}

// --- What rules come to

PolicyRule rule(std::vector<Symbol> verbs, std::vector<Symbol> resources, std::vector<Symbol> names = {},
                std::vector<Symbol> groups = {""}) {
  return {std::move(verbs), std::move(groups), std::move(resources), std::move(names), {}, {}};
}

TEST(PolicyRules, AreCompactedAndSortedAsKubectlShowsThem) {
  const std::vector<PolicyRule> rules{rule({"get", "list"}, {"pods", "pods/log"}),
                                      rule({"create"}, {"pods"}),
                                      rule({"get"}, {"pods"}),
                                      rule({"get"}, {"secrets"}, {"db", "cache"}),
                                      rule({"*"}, {"*"}, {}, {"*"}),
                                      PolicyRule{{"get"}, {}, {}, {}, {"/healthz"}, {}}};
  std::vector<std::string> shown;
  for (const PolicyRule& one : compacted(broken_down(rules))) {
    const PolicyRuleCells cells = cells_of(one);
    shown.push_back(cells.resource + " " + cells.urls + " " + cells.names + " " + cells.verbs);
  }
  EXPECT_THAT(shown,
              ElementsAre("*.* [] [] [*]", "pods [] [] [get list create]", "pods/log [] [] [get list]",
                          " [/healthz] [] [get]", "secrets [] [cache] [get]", "secrets [] [db] [get]"));
}

struct CoverRow {
  const char* name;
  PolicyRule held, wanted;
  bool covered;
};
class Covers : public testing::TestWithParam<CoverRow> {};
TEST_P(Covers, NoMoreThanIsHeld) {
  const std::vector<PolicyRule> held{GetParam().held}, wanted{GetParam().wanted};
  EXPECT_EQ(not_covered(held, wanted).empty(), GetParam().covered);
}
PolicyRule urls(std::vector<Symbol> list) { return {{"get"}, {}, {}, {}, std::move(list), {}}; }
INSTANTIATE_TEST_SUITE_P(
    Rows, Covers,
    testing::Values(
        CoverRow{"Same", rule({"get"}, {"pods"}), rule({"get"}, {"pods"}), true},
        CoverRow{"AnotherVerb", rule({"get"}, {"pods"}), rule({"get", "list"}, {"pods"}), false},
        CoverRow{"AnyVerb", rule({"*"}, {"pods"}), rule({"get"}, {"pods"}), true},
        CoverRow{"TheStarItself", rule({"get"}, {"pods"}), rule({"*"}, {"pods"}), false},
        CoverRow{"AnyResource", rule({"get"}, {"*"}), rule({"get"}, {"pods/log"}), true},
        CoverRow{"AnyOfASubresource", rule({"get"}, {"*/log"}), rule({"get"}, {"pods/log"}), true},
        CoverRow{"NotItsResource", rule({"get"}, {"*/log"}), rule({"get"}, {"pods"}), false},
        CoverRow{"NotItsSubresource", rule({"get"}, {"pods"}), rule({"get"}, {"pods/log"}), false},
        CoverRow{"ANameOfAll", rule({"get"}, {"pods"}), rule({"get"}, {"pods"}, {"a"}), true},
        CoverRow{"AllOfAName", rule({"get"}, {"pods"}, {"a"}), rule({"get"}, {"pods"}), false},
        CoverRow{"AnotherGroup", rule({"get"}, {"pods"}), rule({"get"}, {"pods"}, {}, {"apps"}), false},
        CoverRow{"UrlBelow", urls({"/apis/*"}), urls({"/apis/apps/v1"}), true},
        CoverRow{"UrlBeside", urls({"/apis/*"}), urls({"/api"}), false},
        CoverRow{"UrlStarBelow", urls({"/*"}), urls({"/apis/*"}), true}),
    [](const auto& row) { return row.param.name; });

TEST(PolicyRules, AreWordedAsTheApiServerDoes) {
  const std::vector<PolicyRule> missing = broken_down(
      std::vector{rule({"list", "get"}, {"secrets"}), rule({"get"}, {"pods"}, {"a"}), urls({"/x"})});
  EXPECT_EQ(compact_text(missing),
            "{APIGroups:[\"\"], Resources:[\"pods\"], ResourceNames:[\"a\"], Verbs:[\"get\"]}\n"
            "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"list\" \"get\"]}\n"
            "{NonResourceURLs:[\"/x\"], Verbs:[\"get\"]}");
}

}  // namespace
}  // namespace seatrial::api
