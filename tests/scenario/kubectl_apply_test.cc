// kubectl apply, create, replace in a timeline: what becomes of the objects, and what kubectl prints.
#include <gmock/gmock.h>

#include "tests/scenario/kubectl_fixture.h"

namespace seatrial::scenario::tests {
namespace {

using cluster::RecordType;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// --- apply, create, replace

TEST_F(Kubectl, ApplyKeepsWhatNobodyAppliedAndRemovesWhatWas) {
  add("new.yaml", replaced(replaced(kObjects, "{name: A, value: a}, ", ""), "  replicas: 3\n", ""));
  play({"at: 5s, scale: deployment/web, replicas: 4", "at: 10s, set env: deployment/web, env: [C=c]",
        "at: 20s, apply: new.yaml"});
  // replicas was applied, so it goes and defaulting sets 1; C is another's.
  EXPECT_EQ(find<api::Deployment>("web")->replicas, 1);
  EXPECT_EQ(env().dump(), R"([{"name":"B","value":"b"},{"name":"C","value":"c"}])");
  EXPECT_THAT(lines(), Contains("deployment.apps/web configured"));
  EXPECT_THAT(lines(), Contains("service/web unchanged"));
}

TEST_F(Kubectl, ApplyNotesWhatItAppliedAndWarnsWhereNobodyDid) {
  play({"at: 5s, annotate: deployment/web, annotations: [kubectl.kubernetes.io/last-applied-configuration-]",
        "at: 20s, apply: objects.yaml"});
  const auto annotations = json(api::Kind::kDeployment, "web")["metadata"]["annotations"];
  const auto last = nlohmann::json::parse(
      annotations["kubectl.kubernetes.io/last-applied-configuration"].get<std::string>());
  EXPECT_EQ(last["metadata"].dump(),
            R"({"annotations":{},"labels":{"app":"web"},"name":"web","namespace":"default"})");
  EXPECT_THAT(lines(), Contains(StartsWith("Warning: resource deployments/web is missing the "
                                           "kubectl.kubernetes.io/last-applied-configuration annotation")));
  EXPECT_THAT(lines(), Contains("deployment.apps/web configured"));
}

TEST_F(Kubectl, ApplySaysWhatIsInvalid) {
  add("bad.yaml", replaced(kObjects, "matchLabels: {app: web}", "matchLabels: {app: other}"));
  EXPECT_THROW(play({"at: 5s, apply: bad.yaml"}), std::logic_error);  // found before the run
  play({"at: 5s, patch: deployment/web, with: {spec: {replicas: -1, minReadySeconds: -1}}",
        "at: 6s, patch: deployment/web, with: {spec: {replicas: -1}}"});
  EXPECT_THAT(errors(),
              ElementsAre(AllOf(StartsWith("The Deployment \"web\" is invalid: \n* spec."),
                                HasSubstr("\n* spec.minReadySeconds")),
                          "The Deployment \"web\" is invalid: spec.replicas: Invalid value: -1: must "
                          "be greater than or equal to 0"));
}

TEST_F(Kubectl, CreateRefusesWhatIsThereAndReplaceWhatIsNot) {
  add("other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {a: b}\n");
  play({"at: 5s, create: objects.yaml", "at: 6s, replace: other.yaml", "at: 7s, create: other.yaml",
        "at: 8s, replace: other.yaml"});
  EXPECT_THAT(errors(), Contains("Error from server (AlreadyExists): error when creating \"s/objects.yaml\": "
                                 "deployments.apps \"web\" already exists"));
  EXPECT_THAT(errors(), Contains("Error from server (NotFound): configmaps \"other\" not found"));
  EXPECT_THAT(lines(RecordType::kPrinted),
              ElementsAre("configmap/other created", "configmap/other replaced"));
}

TEST_F(Kubectl, ReplaceWithForceDeletesWaitsAndCreatesAgain) {
  objects_ +=
      "---\napiVersion: v1\nkind: Pod\nmetadata: {name: lone}\nspec:\n  nodeName: default-1\n"
      "  containers: [{name: a, image: \"web:1\"}]\n";
  add("lone.yaml", objects_.substr(objects_.find("apiVersion: v1\nkind: Pod\n")));
  play({"at: 5s, replace: lone.yaml, force: true, gracePeriodSeconds: 20"});
  EXPECT_THAT(lines(), ElementsAre("pod \"lone\" deleted", "pod/lone replaced"));
  EXPECT_GT(find<api::Pod>("lone")->metadata.creation_timestamp, SimTime::at(Duration::seconds(4)));
}

TEST_F(Kubectl, ServerSideApplyRespectsOtherOwners) {
  add("three.yaml", R"({apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 3}})");
  // Not whole: the server asks for more when it has to create, but it has one.
  EXPECT_THROW(play({"at: 5s, apply: three.yaml, serverSide: true"}), std::logic_error);
  add("five.yaml", replaced(kObjects, "replicas: 3", "replicas: 5"));
  play({"at: 5s, scale: deployment/web, replicas: 4",
        "at: 10s, apply: five.yaml, serverSide: true, fieldManager: ci",
        "at: 20s, apply: five.yaml, serverSide: true, fieldManager: ci, forceConflicts: true"});
  EXPECT_EQ(find<api::Deployment>("web")->replicas, 5);
  EXPECT_THAT(errors(),
              Contains(StartsWith("error: Apply failed with 1 conflict: conflict with \"kubectl\" with "
                                  "subresource \"scale\" using apps/v1: .spec.replicas\nPlease review "
                                  "the fields above--they currently have other managers.")));
  EXPECT_THAT(lines(), Contains("deployment.apps/web serverside-applied"));
}

TEST_F(Kubectl, ServerSideApplyTakesOverFromClientSideAndDropsWhatItAppliesNoMore) {
  add("new.yaml", replaced(replaced(kObjects, "{name: A, value: a}, ", ""), "web:1", "web:2"));
  play({"at: 5s, set env: deployment/web, env: [C=c]", "at: 10s, apply: new.yaml, serverSide: true"});
  EXPECT_THAT(errors(), IsEmpty());
  EXPECT_EQ(env().dump(), R"([{"name":"B","value":"b"},{"name":"C","value":"c"}])");
  EXPECT_EQ(find<api::Deployment>("web")->template_->spec->containers[0].image.view(), "web:2");
}

}  // namespace
}  // namespace seatrial::scenario::tests
