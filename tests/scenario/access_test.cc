// Who asks: `as:` of the timeline, what kubectl says of refusals, and `access:` of the platform.
#include <gmock/gmock.h>

#include "sim/scenario/access_review.h"
#include "sim/scenario/run.h"
#include "tests/scenario/kubectl_fixture.h"

namespace seatrial::scenario::tests {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kTeams = R"(  access:
    oidc: {issuer: "https://id.example.org/", groupsClaim: teams, groupsPrefix: "github:"}
    teams: {web: [alice, bob], ops: [bob]}
)";

constexpr const char* kRoles = R"(---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web}
subjects: [{kind: Group, name: "github:web"}]
roleRef: {kind: ClusterRole, name: admin}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cordoner}
rules:
- {apiGroups: [""], resources: [nodes], verbs: [get, list, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: cordoner}
subjects: [{kind: Group, name: "github:ops"}]
roleRef: {kind: ClusterRole, name: cordoner}
---
apiVersion: v1
kind: Namespace
metadata: {name: other}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: other}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: other}
spec:
  replicas: 1
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: "web:1"}]}
)";

class As : public Kubectl {
 protected:
  As() {
    objects_ = std::string(kObjects) + kRoles;
    platform_ = std::string(kPlatform) + kTeams;
  }
  // What kubectl printed about an entry at 5 s.
  std::vector<std::string> said(const std::string& entry) {
    play({"at: 5s, " + entry});
    return lines();
  }
};

TEST_F(As, ATeamsMemberMayWhatTheirTeamMay) {
  EXPECT_THAT(said("scale: deployment/web, replicas: 2, as: {user: alice}"),
              ElementsAre("deployment.apps/web scaled"));
  EXPECT_THAT(world_->cluster().api().denials(), IsEmpty());
}

TEST_F(As, TheCommandSaysWhoRanIt) {
  play({"at: 5s, scale: deployment/web, replicas: 2, as: {user: alice}"});
  EXPECT_EQ(world_->scenario().timeline[0].text, "alice: kubectl scale deployment/web --replicas=2");
  play({"at: 5s, get: pods, namespace: other, selector: a=b, as: {user: alice}"});
  EXPECT_EQ(world_->scenario().timeline[0].text, "alice: kubectl get pods -n other -l a=b");
}

TEST_F(As, AScaleOfNothingItMayReadEndsTheCommand) {
  EXPECT_THAT(said("scale: deployment/api, namespace: other, replicas: 2, as: {user: alice}"),
              ElementsAre("error: no objects passed to scale deployments.apps \"api\" is forbidden: User "
                          "\"alice\" cannot get resource \"deployments\" in API group \"apps\" in the "
                          "namespace \"other\""));
}

TEST_F(As, TheFirstRequestIsWhatIsRefused) {
  const std::string as = ", namespace: other, as: {user: alice}";
  EXPECT_THAT(said("set image: deployment/api, image: \"web:2\"" + as),
              ElementsAre("Error from server (Forbidden): deployments.apps \"api\" is forbidden: User "
                          "\"alice\" cannot get resource \"deployments\" in API group \"apps\" in the "
                          "namespace \"other\""));
  EXPECT_THAT(said("delete: deployment/api" + as),
              ElementsAre("Error from server (Forbidden): deployments.apps \"api\" is forbidden: User "
                          "\"alice\" cannot delete resource \"deployments\" in API group \"apps\" in the "
                          "namespace \"other\""));
  EXPECT_THAT(said("delete: pods, all: true" + as),
              ElementsAre("Error from server (Forbidden): pods is forbidden: User \"alice\" cannot list "
                          "resource \"pods\" in API group \"\" in the namespace \"other\""));
  EXPECT_THAT(
      said("get: secret/key" + as),
      ElementsAre("Error from server (Forbidden): secrets \"key\" is forbidden: User \"alice\" cannot "
                  "get resource \"secrets\" in API group \"\" in the namespace \"other\""));
}

TEST_F(As, ApplyReadsBeforeItWrites) {
  add("api.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: other}\n");
  EXPECT_THAT(
      said("apply: api.yaml, as: {user: alice}"),
      ElementsAre("Error from server (Forbidden): error when retrieving current configuration of:\n"
                  "Resource: \"/v1, Resource=configmaps\", GroupVersionKind: \"/v1, Kind=ConfigMap\"\n"
                  "Name: \"c\", Namespace: \"other\"\n"
                  "from server for: \"s/api.yaml\": configmaps \"c\" is forbidden: User \"alice\" "
                  "cannot get resource \"configmaps\" in API group \"\" in the namespace \"other\""));
  EXPECT_THAT(said("create: api.yaml, as: {user: alice}"),
              ElementsAre("Error from server (Forbidden): error when creating \"s/api.yaml\": configmaps is "
                          "forbidden: User \"alice\" cannot create resource \"configmaps\" in API group \"\" "
                          "in the namespace \"other\""));
  EXPECT_THAT(
      said("apply: api.yaml, serverSide: true, as: {user: alice}"),
      ElementsAre("Error from server (Forbidden): configmaps \"c\" is forbidden: User \"alice\" "
                  "cannot patch resource \"configmaps\" in API group \"\" in the namespace \"other\""));
}

TEST_F(As, AnApplyOnTheServersSideThatCreatesNeedsBothVerbs) {
  objects_ += R"(---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: patcher, namespace: other}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: patcher, namespace: other}
subjects: [{kind: User, name: alice}]
roleRef: {kind: Role, name: patcher}
)";
  add("api.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: other}\n");
  EXPECT_THAT(said("apply: api.yaml, serverSide: true, as: {user: alice}"),
              ElementsAre(HasSubstr("cannot create resource \"configmaps\"")));
}

TEST_F(As, AScaleIsAPatchOfTheScale) {
  objects_ += R"(---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: other}
rules: [{apiGroups: [apps], resources: [deployments, deployments/scale], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: other}
subjects: [{kind: ServiceAccount, name: ci}]
roleRef: {kind: Role, name: reader}
)";
  const std::string as = ", namespace: other, as: {serviceAccount: other/ci}";
  EXPECT_THAT(said("scale: deployment/api, replicas: 2" + as),
              ElementsAre("Error from server (Forbidden): deployments.apps \"api\" is forbidden: User "
                          "\"system:serviceaccount:other:ci\" cannot patch resource \"deployments/scale\" in "
                          "API group \"apps\" in the namespace \"other\""));
  EXPECT_THAT(said("scale: deployment/api, replicas: 2, currentReplicas: 1" + as),
              ElementsAre(HasSubstr("cannot update resource \"deployments/scale\"")));
  EXPECT_THAT(said("rollout undo: deployment/api" + as),
              ElementsAre("error: failed to retrieve replica sets from deployment api: replicasets.apps is "
                          "forbidden: User \"system:serviceaccount:other:ci\" cannot list resource "
                          "\"replicasets\" in API group \"apps\" in the namespace \"other\""));
  EXPECT_THAT(said("rollout restart: deployment/api" + as),
              ElementsAre(HasSubstr("error: failed to patch: deployments.apps \"api\" is forbidden: User")));
}

TEST_F(As, ADrainNeedsTheNodeItsPodsAndTheirEviction) {
  EXPECT_THAT(said("drain: default-1, as: {user: alice}"),
              ElementsAre("Error from server (Forbidden): nodes \"default-1\" is forbidden: User \"alice\" "
                          "cannot get resource \"nodes\" in API group \"\" at the cluster scope"));
  const std::string list =
      "pods is forbidden: User \"bob\" cannot list resource \"pods\" in API group \"\" "
      "at the cluster scope";
  EXPECT_THAT(
      said("drain: default-1, as: {user: bob}"),
      ElementsAre(
          "node/default-1 cordoned",
          "error: unable to drain node \"default-1\" due to error: " + list + ", continuing command...",
          "There are pending nodes to be drained:", " default-1", "Error from server (Forbidden): " + list));
  EXPECT_THAT(said("cordon: default-1, as: {user: bob}"), ElementsAre("node/default-1 cordoned"));
}

TEST_F(As, EvictionsAreACreationOfTheirOwn) {
  EXPECT_THAT(said("evict: deployment/api, namespace: other, as: {user: alice}"),
              ElementsAre(HasSubstr("cannot create resource \"pods/eviction\" in API group \"\" in the "
                                    "namespace \"other\"")));
}

TEST_F(As, GetPrintsTheTable) {
  const auto lines = said("get: deployments, as: {user: alice}");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0], HasSubstr("NAME   READY   UP-TO-DATE"));
  EXPECT_THAT(lines[1], HasSubstr("web    3/3"));
}

TEST_F(As, GroupsThatAreNamedTakeThePlaceOfTheTeams) {
  EXPECT_THAT(said("scale: deployment/web, replicas: 2, as: {user: alice, groups: [\"github:ops\"]}"),
              ElementsAre(HasSubstr("User \"alice\" cannot get resource")));
}

TEST_F(As, SomebodyMayImpersonateWhereARoleSaysSo) {
  const std::string as =
      ", as: {user: alice, impersonate: {user: \"system:serviceaccount:default:default\"}}";
  EXPECT_THAT(said("get: deployment/web" + as),
              ElementsAre(HasSubstr("User \"system:serviceaccount:default:default\" "
                                    "cannot get resource \"deployments\"")));
  EXPECT_EQ(world_->scenario().timeline[0].text,
            "alice: kubectl get deployment/web --as=system:serviceaccount:default:default");
  EXPECT_THAT(
      said(
          "get: deployment/web, as: {user: alice, impersonate: {user: admin, groups: [\"system:masters\"]}}"),
      ElementsAre(HasSubstr("User \"alice\" cannot impersonate-on:user-info:get resource")));
}

TEST_F(As, WithoutItThePlatformSaysWho) {
  platform_ = std::string(kPlatform) + kTeams + "    defaultUser: {user: alice}\n";
  EXPECT_THAT(said("cordon: default-1"),
              ElementsAre(HasSubstr("nodes \"default-1\" is forbidden: User \"alice\"")));
  platform_ = std::string(kPlatform) + kTeams;
  EXPECT_THAT(said("cordon: default-1"), ElementsAre("node/default-1 cordoned"));
}

TEST_F(As, ARefusalIsAFindingThatSaysWhoMight) {
  World& world = play({"at: 5s, get: deployment/web, as: {user: carol}"});
  const auto result = collect(world);
  ASSERT_EQ(result.findings.size(), 1u);
  const auto& finding = result.findings[0];
  EXPECT_EQ(finding.rule, "access-refused");
  EXPECT_EQ(finding.what, "carol may not get deployments.apps \"web\" in namespace default");
  EXPECT_THAT(finding.chain, Contains(HasSubstr("group github:web: RoleBinding web gives ClusterRole admin "
                                                "(s/objects.yaml:")));
  EXPECT_THAT(finding.change, HasSubstr("a member of github:web"));
}

TEST_F(As, AForkGoesOnAsTheOriginal) {
  World& world = play({"at: 5s, scale: deployment/web, replicas: 5, as: {user: alice}",
                       "at: 6s, drain: default-1, as: {user: bob}"},
                      SimTime::at(Duration::millis(5001)));
  World fork = world;
  world.run_until(SimTime::at(Duration::seconds(60)));
  fork.run_until(SimTime::at(Duration::seconds(60)));
  EXPECT_EQ(fork.cluster().kernel().fingerprint().value(), world.cluster().kernel().fingerprint().value());
  EXPECT_EQ(fork.cluster().api().denials().size(), world.cluster().api().denials().size());
}

// --- What is wrong with an entry, or a platform

TEST(AsProblems, NameWhatIsMeant) {
  EXPECT_THAT(problems_of_entry("at: 5s, cordon: default-1, as: {}"),
              ElementsAre(HasSubstr("who? say either \"user\" or \"serviceAccount\"")));
  EXPECT_THAT(problems_of_entry("at: 5s, cordon: default-1, as: {serviceAccount: ci}"),
              ElementsAre(HasSubstr("as.serviceAccount: expected NAMESPACE/NAME, got \"ci\"")));
  EXPECT_THAT(problems_of_entry("at: 5s, cordon: default-1, as: {serviceAccount: a/b, groups: [c]}"),
              ElementsAre(HasSubstr("as.groups: a service account has the groups that Kubernetes gives it")));
  EXPECT_THAT(problems_of_entry("at: 5s, cordon: default-1, as: {usr: a}"),
              Contains(HasSubstr("as.usr: unknown field, did you mean \"user\"?")));
  EXPECT_THAT(problems_of_entry("at: 5s, fail: {nodeGroup: default, nodes: 1}, as: {user: a}"),
              ElementsAre(HasSubstr("a fault is nobody's request")));
  EXPECT_THAT(problems_of_entry("at: 5s, zone: a, lost: true, as: {user: a}"),
              ElementsAre(HasSubstr("a fault is nobody's request")));
}

TEST(AsProblems, OfAPlatformToo) {
  MemoryFiles files;
  files.add("p.yaml",
            std::string(kPlatform) + "  access: {oidc: {groupsPrefix: 'x:'}, teams: [a], group: b}\n");
  const auto platform = load_platform("p.yaml", files);
  ASSERT_FALSE(platform);
  std::vector<std::string> texts;
  for (const api::Problem& problem : platform.error()) texts.push_back(problem.str());
  EXPECT_THAT(texts, Contains(HasSubstr("spec.access.oidc.issuer")));
  EXPECT_THAT(texts, Contains(HasSubstr("spec.access.teams: expected object, got array")));
  EXPECT_THAT(texts, Contains(HasSubstr("unknown field \"spec.access.group\"")));
}

// --- Manifests alone

TEST(AccessStore, AggregatesAndLetsTheLastOfTwoCount) {
  const api::Manifests read = api::parse_manifests(R"(
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: widgets, labels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}}
rules: [{apiGroups: [example.org], resources: [widgets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: team, namespace: shop}
subjects: [{kind: User, name: first}]
roleRef: {kind: ClusterRole, name: admin}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: team, namespace: shop}
subjects: [{kind: User, name: second}]
roleRef: {kind: ClusterRole, name: admin}
)",
                                                   "a.yaml");
  std::vector<api::ObjectPtr> objects;
  for (const auto& manifest : read.objects) objects.push_back(manifest.object);
  const cluster::Store store = access_store(objects);
  const cluster::Attributes what{"get", "example.org", "widgets", "", "shop", "", ""};
  EXPECT_FALSE(cluster::authorize({"first", {}, nullptr}, what, store).allowed);
  EXPECT_TRUE(cluster::authorize({"second", {}, nullptr}, what, store).allowed);
}

TEST(AskedAccess, ReadsTypesNamesAndSubresourcesAsKubectlDoes) {
  const auto asked = [](const char* verb, const char* resource, const char* subresource = "") {
    const AskedAccess access = asked_access({verb, resource, subresource, "shop", false});
    const cluster::Attributes& w = access.what;
    return std::vector<std::string>{w.group, w.resource, w.subresource, w.namespace_, w.name, w.path};
  };
  EXPECT_THAT(asked("get", "pods"), ElementsAre("", "pods", "", "shop", "", ""));
  EXPECT_THAT(asked("get", "po/web-1", "log"), ElementsAre("", "pods", "log", "shop", "web-1", ""));
  EXPECT_THAT(asked("patch", "deploy/web", "scale"),
              ElementsAre("apps", "deployments", "scale", "shop", "web", ""));
  EXPECT_THAT(asked("list", "prometheusrules.monitoring.coreos.com"),
              ElementsAre("monitoring.coreos.com", "prometheusrules", "", "shop", "", ""));
  EXPECT_THAT(asked("get", "/healthz"), ElementsAre("", "", "", "", "", "/healthz"));
  EXPECT_THAT(asked("get", "ep/web"), ElementsAre("", "endpoints", "", "shop", "web", ""));
  EXPECT_THAT(asked("create", "tokenreviews"),
              ElementsAre("authentication.k8s.io", "tokenreviews", "", "shop", "", ""));
  EXPECT_THAT(asked("get", "ns/other"), ElementsAre("", "namespaces", "", "other", "other", ""));
}

TEST(AskedAccess, WarnsOfWhatIsNotKnown) {
  const auto warnings = [](const char* verb, const char* resource) {
    return asked_access({verb, resource, "", "shop", false}).warnings;
  };
  EXPECT_THAT(warnings("get", "pods"), IsEmpty());
  EXPECT_THAT(warnings("frob", "pods"), ElementsAre("verb 'frob' is not a known verb"));
  EXPECT_THAT(warnings("list", "/healthz"), ElementsAre("verb 'list' is not a known verb"));
  EXPECT_THAT(warnings("get", "nodes"), ElementsAre("resource 'nodes' is not namespace scoped"));
  EXPECT_THAT(warnings("get", "clusterroles"),
              ElementsAre("resource 'clusterroles' is not namespace scoped in group "
                          "'rbac.authorization.k8s.io'"));
  EXPECT_THAT(warnings("get", "endpoints"), IsEmpty());
  EXPECT_THAT(warnings("get", "ingressclasses"),
              ElementsAre("resource 'ingressclasses' is not namespace scoped in group 'networking.k8s.io'"));
  EXPECT_THAT(warnings("get", "widgets"), ElementsAre("the server doesn't have a resource type 'widgets'"));
  EXPECT_THAT(warnings("impersonate", "groups"), IsEmpty());
}

TEST(WhoAsks, BringsTheTeamsOfAUserUnlessGroupsAreNamed) {
  Access access;
  access.groups_prefix = "github:";
  access.teams["web"] = {"alice"};
  const auto groups = [&](const char* as, const std::vector<std::string>& named) {
    std::vector<std::string> all;
    for (const api::Symbol group : who_asks(access, as, named).groups) all.push_back(group.str());
    return all;
  };
  EXPECT_THAT(groups("alice", {}), ElementsAre("github:web", "system:authenticated"));
  EXPECT_THAT(groups("alice", {"github:ops"}), ElementsAre("github:ops", "system:authenticated"));
  EXPECT_THAT(groups("", {"github:ops"}), ElementsAre("github:ops", "system:authenticated"));
  EXPECT_THAT(groups("system:serviceaccount:ci:deployer", {}),
              ElementsAre("system:serviceaccounts", "system:serviceaccounts:ci", "system:authenticated"));
  EXPECT_THAT(groups("", {}), ElementsAre("system:masters"));
  access.default_user = std::make_shared<const cluster::Identity>(user_of(access, "alice"));
  EXPECT_THAT(groups("", {}), ElementsAre("github:web", "system:authenticated"));
}

}  // namespace
}  // namespace seatrial::scenario::tests
