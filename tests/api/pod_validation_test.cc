// What the API server refuses in a pod, in its words and its order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/api/core.h"
#include "sim/api/kinds.h"
#include "tests/api/objects.h"

namespace seatrial::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The problems of a pod with that spec (in YAML's flow style), as the server's message lists them.
std::vector<std::string> problems_of_pod(const std::string& spec, const std::string& annotations = "{}") {
  const Manifests manifests = parse_manifests(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: web, annotations: " + annotations + "}\nspec: " + spec,
      "f.yaml");
  Problems problems;
  if (const KindInfo* const kind = find_kind("v1", "Pod")) {
    const auto documents =
        parse_documents("apiVersion: v1\nkind: Pod\nmetadata: {name: web, annotations: " + annotations +
                            "}\nspec: " + spec,
                        "f.yaml")
            .documents;
    Problems found;
    const auto object = kind->decode(documents.front(), found);
    EXPECT_TRUE(object.has_value());
    if (object) {
      const auto writable = kind->clone(**object);
      kind->default_object(*writable);
      problems = kind->validate(*writable, nullptr, std::move(found));
    }
  }
  EXPECT_EQ(problems.size(), manifests.problems.size());
  std::vector<std::string> texts;
  for (const Problem& problem : problems) texts.push_back(problem.path + ": " + problem.message);
  return texts;
}

struct PodRow {
  const char* name;
  const char* spec;
  const char* message;
};
class RefusesPod : public testing::TestWithParam<PodRow> {};
TEST_P(RefusesPod, WithOneMessage) {
  EXPECT_THAT(problems_of_pod(GetParam().spec), ElementsAre(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Containers, RefusesPod,
    testing::Values(
        PodRow{"MessagePolicy", "{containers: [{name: a, image: x, terminationMessagePolicy: Log}]}",
               "spec.containers[0].terminationMessagePolicy: Unsupported value: \"Log\": supported values: "
               "\"File\", \"FallbackToLogsOnError\""},
        PodRow{
            "ValueAndSource",
            "{containers: [{name: a, image: x, env: [{name: A, value: b, valueFrom: {fieldRef: {fieldPath: "
            "metadata.name}}}]}]}",
            "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is "
            "not empty"},
        PodRow{"NoSource", "{containers: [{name: a, image: x, env: [{name: A, valueFrom: {}}]}]}",
               "spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, "
               "`resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"},
        PodRow{"UnknownFieldPath",
               "{containers: [{name: a, image: x, env: [{name: A, valueFrom: {fieldRef: {fieldPath: "
               "spec.foo}}}]}]}",
               "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.foo\": error "
               "converting fieldPath: field label not supported: spec.foo"},
        PodRow{"KeyOfSecret",
               "{containers: [{name: a, image: x, env: [{name: A, valueFrom: {secretKeyRef: {name: s}}}]}]}",
               "spec.containers[0].env[0].valueFrom.secretKeyRef.key: Required value"},
        PodRow{"EnvFromNothing", "{containers: [{name: a, image: x, envFrom: [{prefix: A}]}]}",
               "spec.containers[0].envFrom: Invalid value: \"\": must specify one of: `configMapRef` or "
               "`secretRef`"},
        PodRow{"HugePagesAlone",
               "{containers: [{name: a, image: x, resources: {limits: {hugepages-2Mi: 4Mi}}}]}",
               "spec.containers[0].resources: Forbidden: HugePages require cpu or memory"},
        PodRow{"HostPort",
               "{hostNetwork: true, containers: [{name: a, image: x, ports: [{containerPort: 80, hostPort: "
               "81}]}]}",
               "spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when "
               "`hostNetwork` is true"},
        PodRow{"PrivilegedWithoutEscalation",
               "{containers: [{name: a, image: x, securityContext: {privileged: true, "
               "allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}",
               "spec.containers[0].securityContext: Invalid value: "
               "{\"Capabilities\":{\"Add\":null,\"Drop\":[\"ALL\"]},\"Privileged\":true,\"SELinuxOptions\":"
               "null,\"WindowsOptions\":null,\"RunAsUser\":null,\"RunAsGroup\":null,\"RunAsNonRoot\":null,"
               "\"ReadOnlyRootFilesystem\":null,\"AllowPrivilegeEscalation\":false,\"ProcMount\":null,"
               "\"SeccompProfile\":null,\"AppArmorProfile\":null}: cannot set `allowPrivilegeEscalation` to "
               "false and `privileged` to true"},
        PodRow{"SeccompOfTheHost",
               "{containers: [{name: a, image: x, securityContext: {seccompProfile: {type: Localhost}}}]}",
               "spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be "
               "set when seccomp type is Localhost"},
        PodRow{
            "UnmaskedProc", "{containers: [{name: a, image: x, securityContext: {procMount: Unmasked}}]}",
            "spec.containers[0].securityContext.procMount: Invalid value: \"Unmasked\": `hostUsers` must be "
            "false to use `Unmasked`"},
        PodRow{"BlankAroundImage", "{containers: [{name: a, image: ' x'}]}",
               "spec.containers[0].image: Invalid value: \" x\": must not have leading or trailing "
               "whitespace"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Volumes, RefusesPod,
    testing::Values(
        PodRow{"HostPathUpwards",
               "{volumes: [{name: v, hostPath: {path: /a/../b}}], containers: [{name: a, image: x}]}",
               "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'"},
        PodRow{
            "SelectorOperator",
            "{containers: [{name: a, image: x}], affinity: {podAffinity: "
            "{requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: "
            "{matchExpressions: [{key: a, operator: Has, values: [b]}]}}]}}}",
            "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector."
            "matchExpressions[0].operator: Unsupported value: \"Has\": supported values: \"In\", \"NotIn\", "
            "\"Exists\", \"DoesNotExist\""},
        PodRow{
            "NodeOperator",
            "{containers: [{name: a, image: x}], affinity: {nodeAffinity: "
            "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: "
            "a, "
            "operator: Has, values: [b]}]}]}}}}",
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]."
            "matchExpressions[0].operator: Unsupported value: \"Has\": supported values: \"In\", \"NotIn\", "
            "\"Exists\", \"DoesNotExist\", \"Gt\", \"Lt\""},
        PodRow{"HostPathType",
               "{volumes: [{name: v, hostPath: {path: /a, type: Dir}}], containers: [{name: a, image: x}]}",
               "spec.volumes[0].hostPath.type: Unsupported value: \"Dir\": supported values: \"\", "
               "\"BlockDevice\", \"CharDevice\", \"Directory\", \"DirectoryOrCreate\", \"File\", "
               "\"FileOrCreate\", \"Socket\""},
        PodRow{
            "TwoTypes",
            "{volumes: [{name: v, configMap: {name: c}, emptyDir: {}}], containers: [{name: a, image: x}]}",
            "spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type"},
        PodRow{"Mode",
               "{volumes: [{name: v, secret: {secretName: s, defaultMode: 512}}], containers: [{name: a, "
               "image: x}]}",
               "spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 "
               "(octal), both inclusive"},
        PodRow{
            "ItemWithoutPath",
            "{volumes: [{name: v, configMap: {name: c, items: [{key: k}]}}], containers: [{name: a, image: "
            "x}]}",
            "spec.volumes[0].configMap.items[0].path: Required value"},
        PodRow{
            "SubPath",
            "{volumes: [{name: v, emptyDir: {}}], containers: [{name: a, image: x, volumeMounts: [{name: v, "
            "mountPath: /v, subPath: ../x}]}]}",
            "spec.containers[0].volumeMounts.subPath: Invalid value: \"../x\": must not contain '..'"},
        PodRow{
            "Propagation",
            "{volumes: [{name: v, emptyDir: {}}], containers: [{name: a, image: x, volumeMounts: [{name: v, "
            "mountPath: /v, mountPropagation: Bidirectional}]}]}",
            "spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation "
            "is available only to privileged containers"},
        PodRow{"DeviceOfAFile",
               "{volumes: [{name: v, emptyDir: {}}], containers: [{name: a, image: x, volumeDevices: [{name: "
               "v, devicePath: /dev/v}]}]}",
               "spec.containers[0].volumeDevices[0].name: Invalid value: \"v\": can only use volume source "
               "type of PersistentVolumeClaim or Ephemeral for block mode"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Spec, RefusesPod,
    testing::Values(
        PodRow{"DnsPolicy", "{dnsPolicy: Cluster, containers: [{name: a, image: x}]}",
               "spec.dnsPolicy: Unsupported value: \"Cluster\": supported values: "
               "\"ClusterFirstWithHostNet\", \"ClusterFirst\", \"Default\", \"None\""},
        PodRow{"DnsOfNobody", "{dnsPolicy: None, containers: [{name: a, image: x}]}",
               "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"},
        PodRow{
            "Alias", "{hostAliases: [{ip: a.b, hostnames: [x]}], containers: [{name: a, image: x}]}",
            "spec.hostAliases[0].ip: Invalid value: \"a.b\": must be a valid IP address, (e.g. 10.9.8.7 or "
            "2001:db8::ffff)"},
        PodRow{"UsersOfTheHost", "{hostUsers: false, hostPID: true, containers: [{name: a, image: x}]}",
               "spec.HostPID: Forbidden: when `pod.Spec.HostUsers` is false"},
        PodRow{
            "Group", "{securityContext: {fsGroup: -1}, containers: [{name: a, image: x}]}",
            "spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive"},
        PodRow{"Sysctl",
               "{hostNetwork: true, securityContext: {sysctls: [{name: net.core.somaxconn, value: '1'}]}, "
               "containers: [{name: a, image: x}]}",
               "spec.securityContext.sysctls[0].name: Invalid value: \"net.core.somaxconn\": may not be "
               "specified when 'hostNetwork' is true"},
        PodRow{"System", "{os: {name: plan9}, containers: [{name: a, image: x}]}",
               "spec.os.name: Unsupported value: \"plan9\": supported values: \"linux\", \"windows\""},
        PodRow{"GateTwice", "{schedulingGates: [{name: a}, {name: a}], containers: [{name: a, image: x}]}",
               "spec.schedulingGates[1]: Duplicate value: \"a\""},
        PodRow{"GatedAndBound",
               "{schedulingGates: [{name: a}], nodeName: node-1, containers: [{name: a, image: x}]}",
               "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"},
        PodRow{"EphemeralContainer",
               "{ephemeralContainers: [{name: d, image: x}], containers: [{name: a, image: x}]}",
               "spec.ephemeralContainers: Forbidden: cannot be set on create"},
        PodRow{"PreemptionPolicy", "{preemptionPolicy: Always, containers: [{name: a, image: x}]}",
               "spec.preemptionPolicy: Unsupported value: \"Always\": supported values: "
               "\"PreemptLowerPriority\", \"Never\""},
        PodRow{
            "SpreadTwice",
            "{topologySpreadConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule}, "
            "{maxSkew: 2, topologyKey: z, whenUnsatisfiable: DoNotSchedule}], containers: [{name: a, image: "
            "x}]}",
            "spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: \"{z, "
            "DoNotSchedule}\""}),
    [](const auto& row) { return row.param.name; });

TEST(PodValidation, NamesItsCausesInTheOrderOfItsChecks) {
  EXPECT_THAT(
      problems_of_pod("{restartPolicy: Sometimes, volumes: [{name: v}], tolerations: [{operator: Equal}], "
                      "containers: [{name: a, image: x, ports: [{containerPort: 0}], imagePullPolicy: Now, "
                      "volumeMounts: [{name: v, mountPath: /v}]}, {name: b, image: ''}]}"),
      ElementsAre(HasSubstr("spec.volumes[0]: "), HasSubstr("spec.containers[0].ports[0].containerPort: "),
                  HasSubstr("spec.containers[0].volumeMounts[0].name: Not found"),
                  HasSubstr("spec.containers[0].imagePullPolicy: "), HasSubstr("spec.containers[1].image: "),
                  HasSubstr("spec.restartPolicy: "), HasSubstr("spec.tolerations[0].operator: ")));
}

TEST(PodValidation, ThereIsNoHalfADevice) {
  EXPECT_THAT(
      problems_of_pod("{containers: [{name: a, image: x, resources: {limits: {example.com/gpu: 500m}}}]}"),
      ElementsAre(
          "spec.containers[0].resources.limits[example.com/gpu]: Invalid value: \"500m\": must be an integer",
          "spec.containers[0].resources.requests[example.com/gpu]: Invalid value: \"500m\": must be an "
          "integer"));
}

TEST(PodValidation, ReadsTheDeletionCost) {
  const std::string spec = "{containers: [{name: a, image: x}]}";
  EXPECT_THAT(problems_of_pod(spec, "{controller.kubernetes.io/pod-deletion-cost: '+5'}"),
              ElementsAre("metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "
                          "\"+5\": must be a 32bit integer"));
  EXPECT_TRUE(problems_of_pod(spec, "{controller.kubernetes.io/pod-deletion-cost: '-5'}").empty());
}

TEST(PodValidation, ATemplateMayHaveAnImageOfBlanks) {
  std::string text = kDeployment;
  const std::string image = "image: registry.example/web:1.3";
  text.replace(text.find(image), image.size(), "image: ' '");
  EXPECT_EQ(problems_of(text), "");
}

// ---- Other objects whose messages show the API server's own structs ----

TEST(ObjectValidation, ShowsStructsAsTheApiServerDoes) {
  EXPECT_THAT(
      problems_of("apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: p}\nspec: "
                  "{minAvailable: 1, maxUnavailable: 50%, selector: {matchLabels: {app: web}}}\n"),
      HasSubstr("spec: Invalid value: {\"MinAvailable\":1,\"Selector\":{\"matchLabels\":{\"app\":\"web\"}},"
                "\"MaxUnavailable\":\"50%\",\"UnhealthyPodEvictionPolicy\":null}: minAvailable and "
                "maxUnavailable cannot be both set\n"));
  EXPECT_THAT(
      problems_of("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{name: a, port: "
                  "80}, {name: b, port: 80}]}\n"),
      HasSubstr("spec.ports[1]: Duplicate value: {\"Name\":\"\",\"Protocol\":\"TCP\",\"AppProtocol\":null,"
                "\"Port\":80,\"TargetPort\":0,\"NodePort\":0}\n"));
  EXPECT_THAT(
      problems_of("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: NodePort, clusterIP: "
                  "None, ports: [{port: 80}]}\n"),
      HasSubstr("spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort "
                "services\n"));
  EXPECT_THAT(
      problems_of("apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: 1}, "
                  "scopeSelector: {matchExpressions: [{scopeName: BestEffort, operator: Exists}, {scopeName: "
                  "NotBestEffort, operator: Exists}]}}\n"),
      HasSubstr(
          "{\"MatchExpressions\":[{\"ScopeName\":\"BestEffort\",\"Operator\":\"Exists\",\"Values\":"
          "null},{\"ScopeName\":\"NotBestEffort\",\"Operator\":\"Exists\",\"Values\":null}]}: conflicting "
          "scopes\n"));
  EXPECT_THAT(
      problems_of("apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\nspec: {taints: [{key: a, effect: "
                  "NoSchedule}, {key: a, value: b, effect: NoSchedule}]}\n"),
      HasSubstr("spec.taints[1]: Duplicate value: {\"Key\":\"a\",\"Value\":\"b\",\"Effect\":\"NoSchedule\","
                "\"TimeAdded\":null}\n"));
  EXPECT_THAT(
      problems_of("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, finalizers: [hold]}\n"),
      HasSubstr("metadata.finalizers[0]: Invalid value: \"hold\": name is neither a standard finalizer name "
                "nor is it fully qualified\n"));
}

TEST(ObjectValidation, AServiceKeepsItsAddress) {
  const std::string head =
      "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}], clusterIP: ";
  const auto old = object_of(head + "10.0.0.1}"), moved = object_of(head + "10.0.0.2}");
  const Problems problems = info(Kind::kService).validate(*moved, old.get());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "spec.clusterIPs[0]");
  EXPECT_EQ(problems[0].message, "Invalid value: [\"10.0.0.2\"]: may not change once set");
}

TEST(ObjectValidation, AnIngressSaysWhereItLeads) {
  const auto problems = [](const std::string& path, const std::string& host = "a.example") {
    return problems_of(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {rules: [{host: '" +
        host + "', http: {paths: [" + path + "]}}]}\n");
  };
  EXPECT_THAT(problems("{path: /, pathType: Prefix, backend: {service: {name: web}}}"),
              HasSubstr("paths[0].backend: Required value: port name or number is required\n"));
  EXPECT_THAT(
      problems("{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: a, number: 1}}}}"),
      HasSubstr("paths[0].backend: Invalid value: \"\": cannot set both port name & port number\n"));
  EXPECT_THAT(problems("{path: /, pathType: Prefix, backend: {}}"),
              HasSubstr("paths[0].backend: Invalid value: \"\": resource or service backend is required\n"));
  EXPECT_THAT(problems("{path: /a//b, pathType: Exact, backend: {service: {name: web, port: {number: 1}}}}"),
              HasSubstr("paths[0].path: Invalid value: \"/a//b\": must not contain '//'\n"));
  EXPECT_THAT(
      problems("{path: /, pathType: Exact, backend: {service: {name: web, port: {number: 1}}}}", "10.0.0.1"),
      HasSubstr("spec.rules[0].host: Invalid value: \"10.0.0.1\": must be a DNS name, not an IP address\n"));
}

TEST(ObjectValidation, ASecretOfATypeHasItsKeys) {
  EXPECT_THAT(
      problems_of("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/tls\nstringData: "
                  "{tls.crt: x}\n"),
      HasSubstr("data[tls.key]: Required value\n"));
  EXPECT_THAT(problems_of("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: "
                          "kubernetes.io/service-account-token\n"),
              HasSubstr("metadata.annotations[kubernetes.io/service-account.name]: Required value\n"));
}

// What the server fills in is shown, and a manifest that spells it out says nothing new.
TEST(ObjectValidation, DefaultsOfVolumesAreShown) {
  const std::string
      head =
          "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: x, env: "
          "[{name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name",
      middle = "}}}]}], volumes: [{name: s, secret: {secretName: s",
      tail = "}}, {name: h, hostPath: {path: /h}}]}";
  const auto silent = object_of(head + middle + tail),
             explicitly = object_of(head + ", apiVersion: v1" + middle + ", defaultMode: 420" + tail);
  const auto shown = info(Kind::kPod).encode(*silent)["spec"];
  EXPECT_EQ(shown["volumes"][0]["secret"]["defaultMode"], 420);
  EXPECT_EQ(shown["volumes"][1]["hostPath"]["type"], "");
  EXPECT_EQ(shown["containers"][0]["env"][0]["valueFrom"]["fieldRef"]["apiVersion"], "v1");
  EXPECT_EQ(shown, info(Kind::kPod).encode(*explicitly)["spec"]);
  EXPECT_EQ(*as<Pod>(silent)->spec, *as<Pod>(explicitly)->spec);
}

// ---- Updates ----

std::vector<std::string> problems_of_update(const std::string& before, const std::string& after) {
  const std::string head = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: ";
  const auto old = object_of(head + before), now = object_of(head + after);
  std::vector<std::string> texts;
  for (const Problem& problem : info(Kind::kPod).validate(*now, old.get()))
    texts.push_back(problem.path + ": " + problem.message);
  return texts;
}

TEST(PodValidation, AnUpdateMayShortenTheDeadlineOnly) {
  const std::string from = "{activeDeadlineSeconds: 60, containers: [{name: a, image: x}]}";
  EXPECT_THAT(problems_of_update(from, "{activeDeadlineSeconds: 61, containers: [{name: a, image: x}]}"),
              ElementsAre("spec.activeDeadlineSeconds: Invalid value: 61: must be less than or equal to "
                          "previous value"));
  EXPECT_THAT(problems_of_update(from, "{containers: [{name: a, image: x}]}"),
              ElementsAre("spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive "
                          "integer to nil value"));
  EXPECT_TRUE(
      problems_of_update(from, "{activeDeadlineSeconds: 30, containers: [{name: a, image: z}]}").empty());
}

TEST(PodValidation, AnUpdateMayChangeHowLongTaintsAreTolerated) {
  const std::string tail = "containers: [{name: a, image: x}]}";
  EXPECT_TRUE(
      problems_of_update(
          "{tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 5}], " + tail,
          "{tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 9}, {key: b, "
          "operator: Exists}], " +
              tail)
          .empty());
  EXPECT_THAT(problems_of_update("{tolerations: [{key: a, operator: Exists}], " + tail, "{" + tail),
              ElementsAre("spec.tolerations: Forbidden: existing toleration can not be modified except its "
                          "tolerationSeconds"));
}

TEST(PodValidation, AGatedPodMayBeDirected) {
  const std::string head = "{schedulingGates: [{name: g}], ", tail = "containers: [{name: a, image: x}]}";
  EXPECT_TRUE(
      problems_of_update(head + "nodeSelector: {a: b}, " + tail, head + "nodeSelector: {a: b, c: d}, " + tail)
          .empty());
  EXPECT_THAT(
      problems_of_update(head + "nodeSelector: {a: b}, " + tail, head + "nodeSelector: {a: c}, " + tail),
      ElementsAre("spec.nodeSelector: Invalid value: {\"a\":\"c\"}: only additions to spec.nodeSelector are "
                  "allowed (no mutations or deletions)"));
  EXPECT_THAT(problems_of_update("{" + tail, "{nodeSelector: {a: b}, " + tail),
              ElementsAre(HasSubstr("spec: Forbidden: pod updates may not change fields other than ")));
}

}  // namespace
}  // namespace seatrial::api
