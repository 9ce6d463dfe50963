// The timeline's other kubectl verbs: what they send, and what kubectl prints.
#include <gmock/gmock.h>

#include "tests/scenario/kubectl_fixture.h"

namespace seatrial::scenario::tests {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// --- delete

TEST_F(Kubectl, DeletesByNameByLabelAndByFile) {
  play({"at: 5s, delete: [service/web, service/web]", "at: 6s, delete: service/web, ignoreNotFound: true",
        "at: 7s, delete: \"deploy,sts\", selector: \"app=web\"", "at: 8s, delete: objects.yaml"});
  EXPECT_THAT(lines(), ElementsAre("service \"web\" deleted",
                                   "Error from server (NotFound): services \"web\" not found",
                                   "No resources found", "deployment.apps \"web\" deleted",
                                   "Error from server (NotFound): deployments.apps \"web\" not found",
                                   "Error from server (NotFound): services \"web\" not found",
                                   "poddisruptionbudget.policy \"web\" deleted",
                                   "daemonset.apps \"agent\" deleted", "statefulset.apps \"db\" deleted"));
}

TEST_F(Kubectl, DeletesWithPropagation) {
  play({"at: 5s, delete: deployment/web, cascade: orphan",
        "at: 6s, delete: statefulset/db, cascade: foreground"});
  std::size_t sets = 0, web = 0, db = 0;
  for (const api::ObjectPtr& object : world_->cluster().store().list(api::Kind::kReplicaSet)) {
    EXPECT_THAT(object->metadata.owner_references, IsEmpty());
    ++sets;
  }
  for (const api::ObjectPtr& object : world_->cluster().store().list(api::Kind::kPod)) {
    web += object->metadata.labels->get("app") == "web" ? 1 : 0;
    db += object->metadata.labels->get("app") == "db" ? 1 : 0;
  }
  EXPECT_EQ(sets, 1u);
  EXPECT_EQ(web, 3u);
  EXPECT_EQ(db, 0u);
  EXPECT_EQ(find<api::StatefulSet>("db"), nullptr);
}

TEST_F(Kubectl, ForceDeletesAtOnceAndSaysWhatThatMeans) {
  play({"at: 5s, delete: pods, selector: \"app=db\", force: true"}, SimTime::at(Duration::millis(5100)));
  EXPECT_THAT(lines(), ElementsAre(StartsWith("Warning: Immediate deletion does not wait for confirmation"),
                                   "pod \"db-0\" force deleted"));
  EXPECT_THAT(problems_of_entry("at: 5s, delete: pod/x, force: true, gracePeriodSeconds: 3"),
              Contains(EndsWith("--force and --grace-period greater than 0 cannot be specified together")));
}

TEST_F(Kubectl, PrintsTheWarningsOfAdmission) {
  add("namespace.yaml", R"({apiVersion: v1, kind: Namespace, metadata: {name: default,
                            labels: {pod-security.kubernetes.io/warn: baseline}}})");
  play({"at: 5s, apply: namespace.yaml",
        "at: 6s, patch: deployment/web, type: merge, with: {spec: {template: {spec: {hostPID: true}}}}"});
  EXPECT_THAT(lines(), ElementsAre(StartsWith("Warning: resource namespaces/default is missing the"),
                                   "namespace/default configured",
                                   "Warning: would violate PodSecurity \"baseline:latest\": host namespaces "
                                   "(hostPID=true)",
                                   "deployment.apps/web patched"));
}

// --- scale, set, label, annotate, patch, taint

TEST_F(Kubectl, ScalesOnlyWhatHasTheExpectedSize) {
  play({"at: 5s, scale: deployment/web, replicas: 4, currentReplicas: 2",
        "at: 6s, scale: [deployment/web, statefulset/db], replicas: 2, currentReplicas: 3"});
  EXPECT_THAT(lines(), ElementsAre("error: Expected replicas to be 2, was 3", "deployment.apps/web scaled",
                                   "error: Expected replicas to be 3, was 1"));
  EXPECT_THAT(problems_of_entry("at: 5s, scale: daemonset/agent, replicas: 1"),
              ElementsAre(HasSubstr("daemonsets.apps \"agent\" cannot be scaled")));
}

TEST_F(Kubectl, SetsImagesOfNamedContainersOfAnyWorkload) {
  play({"at: 5s, set image: [daemonset/agent, statefulset/db], images: {agent: \"web:2\"}",
        "at: 6s, set image: daemonset/agent, images: {agent: \"web:2\"}"});
  EXPECT_THAT(lines(), ElementsAre("daemonset.apps/agent image updated",
                                   "error: unable to find container named \"agent\""));
  EXPECT_EQ(find<api::DaemonSet>("agent")->template_->spec->containers[0].image.view(), "web:2");
}

TEST_F(Kubectl, SetsAndRemovesEnvironmentVariables) {
  play({"at: 5s, set env: deployment/web, env: [B=new, C=c, A-]",
        "at: 6s, set env: deployment/web, env: {B: other}, overwrite: false",
        "at: 7s, set env: deployment/web, env: {B: x}, containers: side*"});
  EXPECT_EQ(env().dump(), R"([{"name":"B","value":"new"},{"name":"C","value":"c"}])");
  EXPECT_THAT(lines(),
              ElementsAre("deployment.apps/web env updated",
                          "error: deployments/web 'B' already has a value (new), and --overwrite is false",
                          "Warning: Deployment/web does not have any containers matching \"side*\""));
}

TEST_F(Kubectl, LabelsAndAnnotatesWithoutOverwriting) {
  play({"at: 5s, label: deployment/web, labels: [tier=front, nope-]",
        "at: 6s, label: deployment/web, labels: {tier: back}",
        "at: 7s, label: deployment/web, labels: {tier: back, app: null}, overwrite: true",
        "at: 8s, label: deployment/web, labels: [tier-]",
        "at: 9s, annotate: deployment/web, annotations: [note=a]",
        "at: 10s, annotate: deployment/web, annotations: [note=b]"});
  EXPECT_THAT(
      lines(),
      ElementsAre("label \"nope\" not found.", "deployment.apps/web labeled",
                  "error: 'tier' already has a value (front), and --overwrite is false",
                  "deployment.apps/web modified", "deployment.apps/web unlabeled",
                  "deployment.apps/web annotated",
                  "error: --overwrite is false but found the following declared annotation(s): 'note' "
                  "already has a value (a)"));
  EXPECT_THAT(problems_of_entry("at: 5s, label: deployment/web, labels: [\"a=b c\"]"), Not(IsEmpty()));
  EXPECT_THAT(problems_of_entry("at: 5s, label: deployment/web, labels: [a=b, a-]"),
              ElementsAre(HasSubstr("can not both modify and remove a label in the same command")));
}

TEST_F(Kubectl, PatchesOfAllThreeKinds) {
  play(
      {"at: 5s, patch: deployment/web, with: {spec: {template: {spec: {containers: [{name: web, image: "
       "\"web:2\"}]}}}}",
       "at: 6s, patch: deployment/web, type: merge, with: {metadata: {labels: {app: null, x: z}}}",
       "at: 7s, patch: deployment/web, type: json, with: [{op: replace, path: /spec/replicas, value: 2}]",
       "at: 8s, patch: deployment/web, with: {spec: {replicas: 2}}",
       "at: 9s, patch: deployment/web, with: {spec: {template: {spec: {containers: [{image: "
       "\"web:2\"}]}}}}"});
  const auto d = json(api::Kind::kDeployment, "web");
  EXPECT_EQ(d["metadata"]["labels"].dump(), R"({"x":"z"})");
  EXPECT_EQ(d["spec"]["replicas"], 2);
  EXPECT_EQ(d["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"], 8080);
  EXPECT_THAT(lines(), ElementsAre("deployment.apps/web patched", "deployment.apps/web patched",
                                   "deployment.apps/web patched", "deployment.apps/web patched (no change)",
                                   "Error from server (BadRequest): map: map[image:web:2] does not contain "
                                   "declared merge key: name"));
  EXPECT_THAT(problems_of_entry("at: 5s, patch: deployment/web, type: json, with: {a: b}"),
              ElementsAre(HasSubstr("a JSON patch is a list of operations")));
}

TEST_F(Kubectl, TaintsAndUntaints) {
  play({"at: 5s, taint: default-1, taints: [\"dedicated=db:NoSchedule\"]",
        "at: 6s, taint: default-1, taints: [\"dedicated=web:NoSchedule\"]",
        "at: 7s, taint: default-1, taints: [\"dedicated=web:NoSchedule\"], overwrite: true",
        "at: 8s, taint: default-1, taints: [\"dedicated:NoExecute-\"]",
        "at: 9s, taint: default-1, taints: [\"dedicated-\"]"});
  EXPECT_THAT(lines(),
              ElementsAre("node/default-1 tainted",
                          "error: node default-1 already has dedicated taint(s) with same effect(s) and "
                          "--overwrite is false",
                          "node/default-1 modified", "error: taint \"dedicated:NoExecute\" not found",
                          "node/default-1 untainted"));
  EXPECT_THAT(problems_of_entry("at: 5s, taint: default-1, taints: [\"a=b:Never\"]"),
              ElementsAre(HasSubstr("invalid taint effect: Never, unsupported taint effect")));
  EXPECT_THAT(problems_of_entry("at: 5s, taint: default-1, taints: [\"a=b\"]"),
              ElementsAre(HasSubstr("invalid taint spec: a=b")));
}

// --- rollout

TEST_F(Kubectl, UndoGoesBackToARevision) {
  play({"at: 5s, rollout undo: deployment/web", "at: 10s, set image: deployment/web, image: \"web:2\"",
        "at: 60s, rollout undo: deployment/web, toRevision: 2",
        "at: 61s, rollout undo: deployment/web, toRevision: 7", "at: 62s, rollout undo: deployment/web"});
  EXPECT_EQ(find<api::Deployment>("web")->template_->spec->containers[0].image.view(), "web:1");
  EXPECT_FALSE(find<api::Deployment>("web")->template_->labels->contains("pod-template-hash"));
  EXPECT_THAT(errors(), ElementsAre("error: no rollout history found for deployment \"web\"",
                                    "error: unable to find specified revision 7 in history"));
  EXPECT_THAT(lines(),
              Contains("deployment.apps/web skipped rollback (current template already matches revision 2)"));
  EXPECT_THAT(lines(), Contains("deployment.apps/web rolled back"));
  EXPECT_THAT(lines(), Contains(StartsWith("Warning: resource deployments/web was previously managed with "
                                           "'kubectl apply'.")));
}

TEST_F(Kubectl, UndoOfStatefulSetsAndDaemonSets) {
  play({"at: 5s, rollout undo: statefulset/db",
        "at: 10s, set image: [statefulset/db, daemonset/agent], image: \"web:2\"",
        "at: 60s, rollout undo: [statefulset/db, daemonset/agent]"});
  EXPECT_EQ(find<api::StatefulSet>("db")->template_->spec->containers[0].image.view(), "web:1");
  EXPECT_EQ(find<api::DaemonSet>("agent")->template_->spec->containers[0].image.view(), "web:1");
  EXPECT_THAT(errors(), ElementsAre("error: no last revision to roll back to"));
}

TEST_F(Kubectl, PausesResumesAndRestarts) {
  play({"at: 5s, rollout pause: deployment/web", "at: 6s, rollout pause: deployment/web",
        "at: 7s, rollout restart: deployment/web", "at: 8s, rollout undo: deployment/web, toRevision: 1",
        "at: 9s, rollout resume: deployment/web", "at: 10s, rollout resume: deployment/web",
        "at: 11s, rollout restart: [deployment/web, statefulset/db, daemonset/agent]"});
  EXPECT_THAT(
      errors(),
      ElementsAre("error: deployments.apps \"web\" is already paused",
                  "error: deployments.apps \"web\" can't restart paused deployment (run rollout resume "
                  "first)",
                  "error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout "
                  "resume' and try again",
                  "error: deployments.apps \"web\" is not paused"));
  EXPECT_EQ(find<api::StatefulSet>("db")->template_->annotations->get("kubectl.kubernetes.io/restartedAt"),
            "2026-01-05T00:00:11Z");
  EXPECT_THAT(problems_of_entry("at: 5s, rollout pause: statefulset/db"),
              ElementsAre(HasSubstr("statefulsets.apps \"db\" pausing is not supported")));
}

// --- cordon, drain, evict

TEST_F(Kubectl, DrainGivesUpBeforeItEvictsAnything) {
  objects_ +=
      "---\napiVersion: v1\nkind: Pod\nmetadata: {name: lone}\nspec:\n  nodeName: default-1\n"
      "  volumes: [{name: tmp, emptyDir: {}}]\n  containers: [{name: a, image: \"web:1\"}]\n";
  play({"at: 5s, drain: default-1", "at: 6s, drain: default-1, ignoreDaemonsets: true",
        "at: 7s, drain: default-1, ignoreDaemonsets: true, deleteEmptydirData: true",
        "at: 8s, drain: default-1, ignoreDaemonsets: true, deleteEmptydirData: true, force: true"});
  EXPECT_THAT(
      errors(),
      ElementsAre(AllOf(StartsWith("cannot delete DaemonSet-managed Pods (use --ignore-daemonsets "
                                   "to ignore): default/agent-"),
                        EndsWith("\ncannot delete Pods with local storage (use --delete-emptydir-data to "
                                 "override): default/lone")),
                  "error: cannot delete Pods with local storage (use --delete-emptydir-data to override): "
                  "default/lone",
                  "error: cannot delete Pods that declare no controller (use --force to override): "
                  "default/lone"));
  EXPECT_THAT(lines(), Contains("There are pending nodes to be drained:"));
  EXPECT_THAT(lines(),
              Contains(AllOf(StartsWith("Warning: deleting Pods that declare no controller: default/lone"),
                             HasSubstr("; ignoring DaemonSet-managed Pods: default/agent-"))));
  EXPECT_THAT(lines(), Contains("pod/lone evicted"));
  EXPECT_EQ(lines().back(), "node/default-1 drained");
  EXPECT_EQ(find<api::Pod>("lone"), nullptr);
}

TEST_F(Kubectl, DrainTriesAgainEveryFiveSecondsAndGoesNodeByNode) {
  objects_ = replaced(objects_, "minAvailable: 2", "minAvailable: 3");
  play({"at: 5s, drain: {nodeGroup: default, nodes: 2}, ignoreDaemonsets: true",
        "at: 12s, scale: deployment/web, replicas: 5"});
  const auto all = lines();
  const auto at = [&](const std::string& text) {
    return std::ranges::find_if(
               all, [&](const std::string& line) { return line.find(text) != std::string::npos; }) -
           all.begin();
  };
  EXPECT_THAT(all,
              Contains(AllOf(StartsWith("error when evicting pods/\"web-"),
                             EndsWith("-n \"default\" (will retry after 5s): Cannot evict pod as it would "
                                      "violate the pod's disruption budget."))));
  EXPECT_LT(at("node/default-1 cordoned"), at("node/default-2 cordoned"));
  EXPECT_LT(at("node/default-2 cordoned"), at("evicting pod"));
  EXPECT_LT(at("node/default-1 drained"), at("node/default-2 drained"));
  EXPECT_LT(at("node/default-2 drained"), static_cast<std::ptrdiff_t>(all.size()));
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_F(Kubectl, DrainStopsAtItsTimeout) {
  objects_ = replaced(objects_, "minAvailable: 2", "minAvailable: 3");
  play({"at: 5s, drain: {nodeGroup: default}, ignoreDaemonsets: true, timeout: 12s, podSelector: app=web"});
  EXPECT_THAT(errors(), ElementsAre(AllOf(HasSubstr("error when evicting pods/\"web-"),
                                          HasSubstr("\" -n \"default\": global timeout reached: 12s"))));
  EXPECT_THAT(lines(), Contains(StartsWith("There are pending pods in node \"default-")));
  EXPECT_THAT(lines(), Not(Contains(HasSubstr("evicting pod default/db"))));
}

TEST_F(Kubectl, CordonAndUncordonSayWhatIsSoAlready) {
  play({"at: 5s, cordon: default-1", "at: 6s, cordon: {nodeGroup: default, nodes: 2}",
        "at: 7s, uncordon: default-3"});
  EXPECT_THAT(lines(), ElementsAre("node/default-1 cordoned", "node/default-1 already cordoned",
                                   "node/default-2 cordoned", "node/default-3 already uncordoned"));
}

TEST_F(Kubectl, EvictionsAreRefusedByTheBudget) {
  play({"at: 5s, evict: deployment/web, pods: 2"});
  EXPECT_THAT(lines(),
              ElementsAre(AllOf(StartsWith("pod/web-"), EndsWith(" evicted")),
                          "Error from server (TooManyRequests): Cannot evict pod as it would violate the "
                          "pod's disruption budget."));
}

TEST_F(Kubectl, AForkGoesOnAsTheOriginalThroughADrain) {
  World& world = play({"at: 5s, drain: {nodeGroup: default, nodes: 2}, ignoreDaemonsets: true"},
                      SimTime::at(Duration::millis(5500)));
  World fork = world;
  world.run_until(SimTime::at(Duration::seconds(60)));
  fork.run_until(SimTime::at(Duration::seconds(60)));
  EXPECT_EQ(fork.cluster().kernel().fingerprint().value(), world.cluster().kernel().fingerprint().value());
}

// --- cluster IPs

TEST_F(Kubectl, ServicesGetAnAddressAndKeepIt) {
  play({"at: 5s, replace: objects.yaml"});
  const std::string address = find<api::Service>("web")->cluster_ip.str();
  EXPECT_THAT(address, StartsWith("10.100."));
  play({"at: 5s, cordon: default-1"});
  EXPECT_EQ(find<api::Service>("web")->cluster_ip.str(), address);
}

}  // namespace
}  // namespace seatrial::scenario::tests
