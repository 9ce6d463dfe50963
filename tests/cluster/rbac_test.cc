// The authorizer by tables, and what the API server makes of it.
#include "sim/cluster/rbac.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/manifests.h"
#include "sim/cluster/api_server.h"

namespace seatrial::cluster {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kObjects = R"(
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: other}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: team, namespace: shop}
subjects: [{kind: Group, name: "github:shop"}]
roleRef: {kind: ClusterRole, name: admin}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: narrow, namespace: shop}
rules:
- {apiGroups: [""], resources: [configmaps], resourceNames: [flags], verbs: [get, create, list]}
- {apiGroups: [apps], resources: ["deployments/scale", "*/status"], verbs: [patch]}
- {apiGroups: ["*"], resources: [jobs], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: narrow, namespace: shop}
subjects: [{kind: ServiceAccount, name: ci}, {kind: User, name: alice}]
roleRef: {kind: Role, name: narrow}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: prober}
rules:
- {nonResourceURLs: [/metrics, "/debug/*"], verbs: [get]}
- {apiGroups: [""], resources: [nodes], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: prober}
subjects: [{kind: ServiceAccount, name: ci, namespace: shop}, {kind: Group, name: "system:serviceaccounts:other"}]
roleRef: {kind: ClusterRole, name: prober}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: prober, namespace: other}
subjects: [{kind: User, name: bob}]
roleRef: {kind: ClusterRole, name: prober}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: dangling, namespace: other}
subjects: [{kind: User, name: alice}]
roleRef: {kind: ClusterRole, name: nobody}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: flags, namespace: shop}
)";

class Rbac : public testing::Test {
 protected:
  Rbac() : kernel(1), api(kernel, {}) {
    apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: shop}}", nullptr);
    const api::Manifests read = api::parse_manifests(kObjects, "access.yaml");
    for (const auto& manifest : read.objects) {
      ApiRequest request;
      request.object = manifest.object;
      const ApiResult made = api.execute(kernel, request);
      EXPECT_TRUE(made) << made.error().message;
    }
  }
  using Who = std::shared_ptr<const Identity>;
  static Who who(const char* user, std::vector<api::Symbol> groups = {"system:authenticated"},
                 Who impersonates = nullptr) {
    return std::make_shared<const Identity>(Identity{user, std::move(groups), std::move(impersonates)});
  }
  ApiResult apply(const std::string& manifest, Who as, Verb verb = Verb::kCreate) {
    const api::Manifests read = api::parse_manifests(manifest, "more.yaml");
    EXPECT_TRUE(read.problems.empty()) << read.problems.front().str();
    ApiRequest request;
    request.verb = verb;
    request.object = read.objects.at(0).object;
    request.identity = std::move(as);
    if (verb == Verb::kUpdate) {
      const auto stored = api.store().find(*request.object);
      const auto copy = api::info(*request.object).clone(*request.object);
      copy->index = stored.index;
      request.object = copy;
    }
    return api.execute(kernel, request);
  }
  std::string refused(const std::string& manifest, Who as, Verb verb = Verb::kCreate) {
    const ApiResult result = apply(manifest, std::move(as), verb);
    if (result) return "";
    EXPECT_TRUE(result.error().code == 403 || result.error().code == 404 || result.error().code == 422);
    return result.error().message;
  }

  Kernel kernel;
  ApiServer api;
};

// --- The table

struct AskRow {
  const char* name;
  Identity who;
  Attributes what;
  const char* by;  // the binding; null: refused
};
Attributes on(const char* verb, const char* resource, const char* group = "", const char* ns = "shop",
              const char* name = "", const char* subresource = "") {
  return {verb, group, resource, subresource, ns, name, ""};
}
Attributes url(const char* verb, const char* path) { return {verb, "", "", "", "", "", path}; }
const Identity kTeam{"tess", {"github:shop", "system:authenticated"}, nullptr};
const Identity kAlice{"alice", {"system:authenticated"}, nullptr};
const Identity kBob{"bob", {"system:authenticated"}, nullptr};

class RbacTable : public Rbac, public testing::WithParamInterface<AskRow> {};
TEST_P(RbacTable, Decides) {
  const Decision decision = authorize(GetParam().who, GetParam().what, api.store());
  ASSERT_EQ(decision.allowed, GetParam().by != nullptr);
  if (!decision.allowed) return;
  EXPECT_EQ(decision.grant->binding->metadata.name, api::Symbol(GetParam().by));
  EXPECT_TRUE(allows(*decision.grant->rule, GetParam().what));
}
INSTANTIATE_TEST_SUITE_P(
    Rows, RbacTable,
    testing::Values(
        AskRow{"Admin", kTeam, on("patch", "deployments", "apps"), "team"},
        AskRow{"AdminOfAnother", kTeam, on("patch", "deployments", "apps", "other"), nullptr},
        AskRow{"AdminOfAll", kTeam, on("list", "deployments", "apps", ""), nullptr},
        AskRow{"AdminReadsSecrets", kTeam, on("get", "secrets"), "team"},
        AskRow{"AdminBinds", kTeam, on("create", "rolebindings", "rbac.authorization.k8s.io"), "team"},
        AskRow{"AdminNotQuota", kTeam, on("patch", "resourcequotas"), nullptr},
        AskRow{"AdminReadsItsNamespace", kTeam, on("get", "namespaces", "", "shop", "shop"), "team"},
        AskRow{"AdminNotDeletesIt", kTeam, on("delete", "namespaces", "", "shop", "shop"), nullptr},
        AskRow{"AdminEvicts", kTeam, on("create", "pods", "", "shop", "web", "eviction"), "team"},
        AskRow{"GroupIsAString", Identity{"x", {"github:sho"}, nullptr}, on("get", "pods"), nullptr},
        AskRow{"Named", kAlice, on("get", "configmaps", "", "shop", "flags"), "narrow"},
        AskRow{"AnotherName", kAlice, on("get", "configmaps", "", "shop", "other"), nullptr},
        AskRow{"NamedNeverList", kAlice, on("list", "configmaps"), nullptr},
        AskRow{"NamedNeverCreate", kAlice, on("create", "configmaps"), nullptr},
        AskRow{"Subresource", kAlice, on("patch", "deployments", "apps", "shop", "web", "scale"), "narrow"},
        AskRow{"NotItsResource", kAlice, on("patch", "deployments", "apps", "shop", "web"), nullptr},
        AskRow{"AnyStatus", kAlice, on("patch", "daemonsets", "apps", "shop", "web", "status"), "narrow"},
        AskRow{"AnyVerbAnyGroup", kAlice, on("escalate", "jobs", "nowhere.example"), "narrow"},
        AskRow{"AccountOfTheBindingsNamespace", service_account("shop", "ci"), on("get", "jobs", "batch"),
               "narrow"},
        AskRow{"AccountElsewhere", service_account("other", "ci"), on("get", "jobs", "batch"), nullptr},
        AskRow{"GroupOfAccounts", service_account("other", "any"), on("get", "nodes", "", ""), "prober"},
        AskRow{"AccountsOfAnother", service_account("third", "any"), on("get", "nodes", "", ""), nullptr},
        AskRow{"Url", service_account("shop", "ci"), url("get", "/metrics"), "prober"},
        AskRow{"UrlBelow", service_account("shop", "ci"), url("get", "/debug/pprof/heap"), "prober"},
        AskRow{"UrlVerb", service_account("shop", "ci"), url("post", "/metrics"), nullptr},
        AskRow{"UrlOfARoleBinding", kBob, url("get", "/metrics"), nullptr},
        AskRow{"ClusterRoleInANamespace", kBob, on("get", "nodes", "", "other"), "prober"},
        AskRow{"ClusterRoleNotInTheCluster", kBob, on("get", "nodes", "", ""), nullptr},
        AskRow{"Discovery", kBob, url("get", "/apis/apps/v1"), "system:discovery"},
        AskRow{"PublicInfo", Identity{"system:anonymous", {"system:unauthenticated"}, nullptr},
               url("get", "/healthz"), "system:public-info-viewer"},
        AskRow{"AnonymousNoApis", Identity{"system:anonymous", {"system:unauthenticated"}, nullptr},
               url("get", "/apis"), nullptr},
        AskRow{"Self", kBob, on("create", "selfsubjectaccessreviews", "authorization.k8s.io", ""),
               "system:basic-user"}),
    [](const auto& row) { return row.param.name; });

TEST_F(Rbac, MastersMayDoEverything) {
  const Decision decision =
      authorize({"root", {"system:masters"}, nullptr}, on("delete", "nodes"), api.store());
  EXPECT_TRUE(decision.allowed);
  EXPECT_FALSE(decision.grant);
}

TEST_F(Rbac, ABindingToNoRoleIsNamedInTheRefusal) {
  const Attributes what = on("get", "pods", "", "other", "web");
  const auto error = refusal(kAlice, what, api.store());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message,
            "pods \"web\" is forbidden: User \"alice\" cannot get resource \"pods\" in API group \"\" in the "
            "namespace \"other\": RBAC: clusterrole.rbac.authorization.k8s.io \"nobody\" not found");
}

TEST_F(Rbac, RefusalsAreWordedAsTheApiServerDoes) {
  EXPECT_EQ(refusal(kBob, on("list", "pods", "", ""), api.store())->message,
            "pods is forbidden: User \"bob\" cannot list resource \"pods\" in API group \"\" at the cluster "
            "scope");
  EXPECT_EQ(refusal(kBob, on("patch", "deployments", "apps", "shop", "web", "scale"), api.store())->message,
            "deployments.apps \"web\" is forbidden: User \"bob\" cannot patch resource \"deployments/scale\" "
            "in API group \"apps\" in the namespace \"shop\"");
  EXPECT_EQ(refusal(kBob, url("get", "/metrics"), api.store())->message,
            "forbidden: User \"bob\" cannot get path \"/metrics\"");
}

TEST_F(Rbac, WhoCanNamesEverySubjectWithItsPlace) {
  const auto grants = who_can(on("get", "jobs", "batch"), api.store());
  std::vector<std::string> subjects;
  for (const Grant& grant : grants) subjects.push_back(grant.subject->name.str());
  EXPECT_THAT(subjects, testing::ElementsAre("system:masters", "ci", "alice", "github:shop"));
  EXPECT_EQ(grants[1].binding->source.file, api::Symbol("access.yaml"));
  EXPECT_GT(grants[1].rule->source.line, grants[1].role->source.line);
}

TEST_F(Rbac, AggregatedRolesHaveWhatOthersGiveThem) {
  const auto* const admin = api.store().find<api::ClusterRole>({}, "admin");
  const auto* const edit = api.store().find<api::ClusterRole>({}, "edit");
  ASSERT_TRUE(admin && edit);
  EXPECT_EQ(admin->rules.size(), edit->rules.size() + 2);
  EXPECT_TRUE(admin->aggregation_rule.has_value());
}

// --- The API server

TEST_F(Rbac, ItRefusesBeforeAdmissionAndKeepsWhoAndWhat) {
  // Admission would say 404: there is no such namespace.
  const std::string pod =
      "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: nowhere}, spec: {containers: [{name: c, "
      "image: i}]}}";
  EXPECT_EQ(refused(pod, who("bob")),
            "pods is forbidden: User \"bob\" cannot create resource \"pods\" in API group \"\" in the "
            "namespace \"nowhere\"");
  EXPECT_EQ(refused(pod, nullptr), "namespaces \"nowhere\" not found");
  ASSERT_EQ(api.denials().size(), 1u);
  EXPECT_EQ(api.denials()[0].who.user, api::Symbol("bob"));
  EXPECT_EQ(api.denials()[0].what.verb, "create");
}

TEST_F(Rbac, ARequestOnItsWayIsRefusedWhenItArrives) {
  ApiRequest request;
  request.object = api::parse_manifests(kObjects, "x").objects.back().object;
  request.verb = Verb::kGet;
  request.identity = who("bob");
  const ClientId client = api.add_client(kernel, "bob", 0, 0);
  const CallId call = api.submit(kernel, client, request, {kScenarioComponent, 9, 0, 0});
  bool answered = false;
  kernel.run_until(SimTime::at(Duration::seconds(1)), [&](const Event& event) {
    if (event.component == kApiServerComponent) return api.handle(kernel, event);
    answered = event.type == 9;
  });
  ASSERT_TRUE(answered);
  EXPECT_THAT(api.take_reply(call).error().message, StartsWith("configmaps \"flags\" is forbidden: User"));
}

std::string role_with(const std::string& rules, const std::string& name = "new") {
  return "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: " + name +
         ", namespace: shop}, rules: [" + rules + "]}";
}
std::string binding_to(const std::string& ref, const std::string& name = "new") {
  return "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: " + name +
         ", namespace: shop}, subjects: [{kind: User, name: tess}], roleRef: {" + ref + "}}";
}

TEST_F(Rbac, NobodyGrantsInARoleWhatTheyDoNotHold) {
  const Who team = who("tess", {"github:shop", "system:authenticated"});
  EXPECT_EQ(refused(role_with("{apiGroups: [''], resources: [pods], verbs: [get, delete]}"), team), "");
  EXPECT_EQ(
      refused(role_with("{apiGroups: [''], resources: [nodes, pods], verbs: [list, get]}", "two"), team),
      "roles.rbac.authorization.k8s.io \"two\" is forbidden: user \"tess\" (groups=[\"github:shop\" "
      "\"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n"
      "{APIGroups:[\"\"], Resources:[\"nodes\"], Verbs:[\"list\" \"get\"]}");
  EXPECT_TRUE(api.denials().back().escalation);
  // An update of it is held to the same.
  EXPECT_THAT(refused(role_with("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}"), team, Verb::kUpdate),
              HasSubstr("not currently held:\n{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}"));
  EXPECT_EQ(refused(role_with("{apiGroups: [''], resources: [nodes], verbs: [get]}", "three"),
                    who("root", {"system:masters"})),
            "");
}

TEST_F(Rbac, EscalateAndBindArePermissionsOfTheirOwn) {
  apply(
      "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: delegate}, rules: "
      "[{apiGroups: [rbac.authorization.k8s.io], resources: [roles, rolebindings], verbs: [create]}, "
      "{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [escalate]}, "
      "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [view], verbs: "
      "[bind]}]}",
      nullptr);
  apply(
      "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: delegate, namespace: "
      "shop}, subjects: [{kind: User, name: dan}], roleRef: {kind: ClusterRole, name: delegate}}",
      nullptr);
  EXPECT_EQ(refused(role_with("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}", "all"), who("dan")), "");
  EXPECT_EQ(refused(binding_to("kind: ClusterRole, name: view"), who("dan")), "");
  EXPECT_THAT(refused(binding_to("kind: ClusterRole, name: edit", "b"), who("dan")),
              StartsWith("rolebindings.rbac.authorization.k8s.io \"b\" is forbidden: user \"dan\" "
                         "(groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions not "
                         "currently held:\n"));
}

TEST_F(Rbac, BindingsGrantNoMoreThanTheirWriterHolds) {
  const Who team = who("tess", {"github:shop", "system:authenticated"});
  EXPECT_EQ(refused(binding_to("kind: ClusterRole, name: edit"), team), "");
  EXPECT_EQ(refused(binding_to("kind: ClusterRole, name: cluster-admin", "b"), team),
            "rolebindings.rbac.authorization.k8s.io \"b\" is forbidden: user \"tess\" "
            "(groups=[\"github:shop\" \"system:authenticated\"]) is attempting to grant RBAC permissions not "
            "currently held:\n{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}\n"
            "{NonResourceURLs:[\"*\"], Verbs:[\"*\"]}");
  EXPECT_EQ(refused(binding_to("kind: Role, name: missing", "c"), team),
            "roles.rbac.authorization.k8s.io \"missing\" not found");
}

TEST_F(Rbac, TheRoleOfAStoredBindingIsImmutable) {
  EXPECT_EQ(refused(binding_to("kind: ClusterRole, name: view"), nullptr), "");
  EXPECT_EQ(refused(binding_to("kind: ClusterRole, name: edit"), nullptr, Verb::kUpdate),
            "RoleBinding.rbac.authorization.k8s.io \"new\" is invalid: roleRef: Invalid value: "
            "{\"APIGroup\":\"rbac.authorization.k8s.io\",\"Kind\":\"ClusterRole\",\"Name\":\"edit\"}: cannot "
            "change roleRef");
}

TEST_F(Rbac, AnAggregationRuleNeedsEverything) {
  apply(
      "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: e}, subjects: "
      "[{kind: User, name: eve}], roleRef: {kind: ClusterRole, name: role-writer}}",
      nullptr);
  apply(
      "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: role-writer}, rules: "
      "[{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [create]}]}",
      nullptr);
  EXPECT_EQ(refused("{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: all}, "
                    "aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}, rules: []}",
                    who("eve")),
            "clusterroles.rbac.authorization.k8s.io \"all\" is forbidden: must have cluster-admin privileges "
            "to use the aggregationRule");
}

// --- Impersonation

TEST_F(Rbac, ImpersonationNeedsItsVerb) {
  const Who tess = who("tess", {"github:shop"});
  // The constrained mode is asked first, and its refusal is what is answered (v1.36).
  EXPECT_EQ(refused("{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: shop}}",
                    who("bob", {"system:authenticated"}, tess)),
            "configmaps is forbidden: User \"bob\" cannot impersonate-on:user-info:create resource "
            "\"configmaps\" in API group \"\" in the namespace \"shop\"");
  EXPECT_EQ(refused("{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: shop}}",
                    who("root", {"system:masters"}, tess)),
            "");
}

TEST_F(Rbac, AnImpersonatedUserMayDoNoMoreThanTheyMay) {
  EXPECT_EQ(
      refused("{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: other}}",
              who("root", {"system:masters"}, who("tess", {"github:shop"}))),
      "configmaps is forbidden: User \"tess\" cannot create resource \"configmaps\" in API group \"\" in "
      "the namespace \"other\"");
}

TEST_F(Rbac, AdminsOfANamespaceImpersonateItsServiceAccounts) {
  const Who tess =
      who("tess", {"github:shop", "system:authenticated"}, who("system:serviceaccount:shop:ci", {}));
  EXPECT_EQ(
      refused("{apiVersion: batch/v1, kind: Job, metadata: {name: j, namespace: shop}, spec: {template: "
              "{spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}",
              tess),
      "");
  const Identity acting = acting_as(*tess);
  EXPECT_THAT(acting.groups, testing::ElementsAre("system:serviceaccounts", "system:serviceaccounts:shop",
                                                  "system:authenticated"));
}

}  // namespace
}  // namespace seatrial::cluster
