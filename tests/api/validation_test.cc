#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/api/apps.h"
#include "sim/api/batch.h"
#include "tests/api/objects.h"

namespace seatrial::api {
namespace {

using testing::HasSubstr;

// kDeployment with one text replaced.
std::string deployment_with(const std::string& from, const std::string& to) {
  std::string text = kDeployment;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

struct RefusedRow {
  const char* name;
  const char* from;
  const char* to;
  const char* message;
};
class Refuses : public testing::TestWithParam<RefusedRow> {};
TEST_P(Refuses, InTheWordsOfTheApiServer) {
  EXPECT_THAT(problems_of(deployment_with(GetParam().from, GetParam().to)), HasSubstr(GetParam().message));
}

constexpr const char* kReplicas = "replicas: 4";
INSTANTIATE_TEST_SUITE_P(
    Deployment, Refuses,
    testing::Values(
        RefusedRow{"UnknownField", kReplicas, "replica: 4", "f.yaml:5:3: unknown field \"spec.replica\"\n"},
        RefusedRow{"UnknownNestedField", "command: [/bin/web]", "comand: [/bin/web]",
                   "f.yaml:22:9: unknown field \"spec.template.spec.containers[0].comand\"\n"},
        RefusedRow{"WrongType", kReplicas, "replicas: four",
                   "f.yaml:5:13: spec.replicas: json: cannot unmarshal string into Go struct field "
                   "DeploymentSpec.spec.replicas of type int32\n"},
        RefusedRow{"NumberAsEnvValue", "value: \"1\"", "value: 1",
                   "json: cannot unmarshal number into Go struct field "
                   "EnvVar.spec.template.spec.containers.env.value of type string\n"},
        RefusedRow{"BadQuantity", "cpu: 10m", "cpu: 10mi",
                   "resources.requests.cpu: unable to parse quantity's suffix\n"},
        RefusedRow{"BadName", "name: web, namespace", "name: Web, namespace",
                   "f.yaml:3:18: metadata.name: Invalid value: \"Web\": a lowercase RFC 1123 subdomain must "
                   "consist of lower case "
                   "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
                   "character (e.g. "
                   "'example.com', regex used for validation is "
                   "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\n"},
        RefusedRow{"SelectorMismatch", "metadata: {labels: {app: web}", "metadata: {labels: {app: x}",
                   "spec.template.metadata.labels: Invalid value: {\"app\":\"x\"}: `selector` does not match "
                   "template `labels`\n"},
        RefusedRow{
            "RequestAboveLimit", "cpu: 10m", "cpu: 2",
            "resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1\n"},
        RefusedRow{"SleepBeyondGrace", "sleep: {seconds: 5}", "sleep: {seconds: 31}",
                   "lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than "
                   "terminationGracePeriodSeconds (30)\n"},
        RefusedRow{"NoHandler", "httpGet: {path: /ready, port: http}, ", "",
                   "readinessProbe: Required value: must specify a handler type\n"},
        RefusedRow{"TwoHandlers", "readinessProbe: {", "readinessProbe: {tcpSocket: {port: 1}, ",
                   "readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type\n"},
        RefusedRow{"Port", "containerPort: 8080", "containerPort: 80800",
                   "containerPort: Invalid value: 80800: must be between 1 and 65535, inclusive\n"},
        RefusedRow{"Surge", kReplicas, "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}",
                   "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when "
                   "`maxSurge` is 0\n"},
        RefusedRow{"Percent", kReplicas, "strategy: {rollingUpdate: {maxSurge: abc}}",
                   "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"abc\": a valid percent string "
                   "must be a numeric "
                   "string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is "
                   "'[0-9]+%')\n"},
        RefusedRow{"Recreate", kReplicas, "strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}",
                   "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is "
                   "'Recreate'\n"},
        RefusedRow{"StrategyType", kReplicas, "strategy: {type: BlueGreen}",
                   "spec.strategy.type: Unsupported value: \"BlueGreen\": supported values: \"Recreate\", "
                   "\"RollingUpdate\"\n"},
        RefusedRow{"Deadline", kReplicas, "progressDeadlineSeconds: 5\n  minReadySeconds: 5",
                   "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds\n"},
        RefusedRow{"Negative", kReplicas, "replicas: -1",
                   "spec.replicas: Invalid value: -1: must be greater than or equal to 0\n"},
        RefusedRow{
            "RestartPolicy", "enableServiceLinks: false", "restartPolicy: Never",
            "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"\n"},
        RefusedRow{"DuplicateContainer", "{name: proxy,", "{name: web,",
                   "spec.template.spec.initContainers[0].name: Duplicate value: \"web\"\n"},
        RefusedRow{"ProbeOfInitContainer", "restartPolicy: Always, ", "",
                   "initContainers[0].startupProbe: Forbidden: may not be set for init containers without "
                   "restartPolicy=Always\n"},
        RefusedRow{
            "MountOfNothing", "{name: tmp, mountPath: /tmp}", "{name: nope, mountPath: /tmp}",
            "f.yaml:35:31: spec.template.spec.containers[0].volumeMounts[0].name: Not found: \"nope\"\n"},
        RefusedRow{"DuplicateVolume", "{name: tmp, emptyDir: {}}", "{name: key, emptyDir: {}}",
                   "spec.template.spec.volumes[2].name: Duplicate value: \"key\"\n"},
        RefusedRow{"VolumeWithoutType", "{name: tmp, emptyDir: {}}", "{name: tmp}",
                   "spec.template.spec.volumes[0]: Required value: must specify a volume type\n"},
        RefusedRow{
            "LabelValue", "labels: {app: web}}", "labels: {app: 'a b'}}",
            "metadata.labels: Invalid value: \"a b\": a valid label must be an empty string or consist of"},
        RefusedRow{"Weight", "weight: 10", "weight: 101",
                   ".weight: Invalid value: 101: must be in the range 1-100\n"},
        RefusedRow{"NoImage", "image: registry.example/web:1.3", "imagePullPolicy: Always",
                   "containers[0].image: Required value\n"},
        RefusedRow{"PullPolicy", "image: registry.example/web:1.3",
                   "image: x\n        imagePullPolicy: Sometimes",
                   "imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", "
                   "\"IfNotPresent\", \"Never\"\n"}),
    [](const auto& row) { return row.param.name; });

TEST(Validation, ReportsEverythingAtOnceFromTopToBottom) {
  const std::string text = problems_of(R"(apiVersion: apps/v1
kind: Deployment
metadata:
  name: Web
spec:
  replica: 4
  replicas: "4"
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      restartPolicy: Sometimes
      containers:
      - name: web
        imge: nginx:1.3
        resources: {limits: {cpu: 1x}}
        readinessProbe: {periodSeconds: 5}
        command: foo
)");
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line.substr(0, line.find(": ")));
  EXPECT_THAT(lines, testing::ElementsAre("f.yaml:6:3", "f.yaml:7:13", "f.yaml:12:22", "f.yaml:15:9",
                                          "f.yaml:16:35", "f.yaml:17:25", "f.yaml:18:18"));
}

TEST(Validation, TheSelectorOfADeploymentIsImmutable) {
  const ObjectPtr old = object_of(kDeployment);
  Deployment changed = *as<Deployment>(old);
  changed.selector.match_labels.set("app", "y");
  changed.template_.edit().labels.edit().set("app", "y");
  const Problems problems = info(changed).validate(changed, old.get());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path + ": " + problems[0].message,
            "spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"y\"}}: field is immutable");
  EXPECT_EQ(invalid_message("Deployment.apps", "web", problems),
            "Deployment.apps \"web\" is invalid: spec.selector: Invalid value: "
            "{\"matchLabels\":{\"app\":\"y\"}}: field is "
            "immutable");
}

TEST(Validation, AnIndexedJobMayChangeItsCompletionsWithItsParallelism) {
  const ObjectPtr object = object_of(
      "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {completionMode: Indexed, completions: 3, "
      "parallelism: 3, template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}\n");
  Job now = *as<Job>(object);
  now.spec.completions = 5;
  const auto texts = [&] {
    std::string text;
    for (const Problem& p : info(now).validate(now, object.get())) {
      if (p.path == "spec.completions") text += p.message;
    }
    return text;
  };
  EXPECT_EQ(texts(), "Invalid value: 5: can only be modified in tandem with spec.parallelism");
  now.spec.parallelism = 5;
  EXPECT_EQ(texts(), "");
}

TEST(Validation, AJobAtRestMayChangeWhereItsPodsRunAndWhatTheyAskFor) {
  const ObjectPtr object = object_of(
      "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {suspend: true, template: {spec: "
      "{restartPolicy: Never, containers: [{name: c, image: i}]}}}\n");
  Job old = *as<Job>(object);
  Job placed = old, other = old;
  PodTemplateSpec& changed = placed.spec.template_.edit();
  changed.labels.edit().set("a", "b");
  PodSpec& spec = changed.spec.edit();
  spec.node_selector.set("disk", "ssd");
  spec.affinity.emplace().node_required.emplace();
  spec.containers[0].resources.requests = {{"cpu", Quantity::from_milli(100)}};
  other.spec.template_.edit().spec.edit().containers[0].image = "k";
  const auto problems = [&](const Job& now) {
    std::vector<std::string> paths;
    for (const Problem& p : info(now).validate(now, &old)) {
      if (p.message.ends_with("field is immutable")) paths.push_back(p.path);
    }
    return paths;
  };
  EXPECT_THAT(problems(placed), testing::IsEmpty());
  EXPECT_THAT(problems(other), testing::ElementsAre("spec.template"));
  old.status.start_time = SimTime();  // not yet seen to be suspended
  EXPECT_THAT(problems(placed), testing::ElementsAre("spec.template"));
  old.status.conditions.push_back({"Suspended", ConditionStatus::kTrue, {}, {}, {}, {}, {}});
  EXPECT_THAT(problems(placed), testing::IsEmpty());
  old.status.active = 1;
  EXPECT_THAT(problems(placed), testing::ElementsAre("spec.template"));
}

TEST(Validation, MaxUnavailableOfAStatefulSetIsLeftOut) {
  const ObjectPtr object = object_of(
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: w}\nspec: {selector: {matchLabels: {a: b}}, "
      "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}, updateStrategy: "
      "{rollingUpdate: {maxUnavailable: 0}}}\n");
  EXPECT_FALSE(as<StatefulSet>(object)->rolling_update->max_unavailable);
}

TEST(Validation, AStatefulSetMayChangeItsReplicasAndNotItsService) {
  const ObjectPtr old = object_of(
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: w}\nspec: {selector: {matchLabels: {a: b}}, "
      "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}\n");
  StatefulSet changed = *as<StatefulSet>(old);
  changed.replicas = 5;
  changed.rolling_update->partition = 3;
  EXPECT_THAT(info(changed).validate(changed, old.get()), testing::IsEmpty());
  changed.service_name = "other";
  const Problems problems = info(changed).validate(changed, old.get());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "spec");
  EXPECT_THAT(
      problems[0].message,
      testing::StartsWith("Forbidden: updates to statefulset spec for fields other than 'replicas', "));
}

TEST(Validation, AMissingSelectorIsRequired) {
  const std::string text = problems_of(deployment_with("  selector: {matchLabels: {app: web}}\n", ""));
  EXPECT_THAT(text, HasSubstr("spec.selector: Required value\n"));
}

TEST(Validation, StrictDecodingErrorsAreSaidAsTheApiServerDoes) {
  const ParseResult parsed =
      parse_documents("apiVersion: apps/v1\nkind: Deployment\nspec: {replica: 1}\n", "f");
  const auto decoded = find_kind("apps/v1", "Deployment")->decode(parsed.documents.at(0));
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(
      bad_request_message("apps/v1", "Deployment", decoded.error()),
      "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field "
      "\"spec.replica\"");
}

TEST(Validation, APodMayChangeItsImageAndNothingElse) {
  const ObjectPtr old = object_of(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: ok}\nspec: {containers: [{name: web, image: "
      "'web:1.3'}]}\n");
  Pod changed = *as<Pod>(old);
  changed.spec.edit().containers[0].image = "web:1.4";
  EXPECT_THAT(info(changed).validate(changed, old.get()), testing::IsEmpty());
  changed.node_name = "node-1";
  EXPECT_THAT(info(changed).validate(changed, old.get()), testing::IsEmpty());
  changed.spec.edit().containers[0].resources.requests["cpu"] = Quantity::from_value(1);
  const Problems problems = info(changed).validate(changed, old.get());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].message,
              testing::StartsWith("Forbidden: pod updates may not change fields other than "));
}

struct ObjectRow {
  const char* name;
  const char* text;
  const char* message;
};
class RefusesObject : public testing::TestWithParam<ObjectRow> {};
TEST_P(RefusesObject, InTheWordsOfTheApiServer) {
  EXPECT_THAT(problems_of(GetParam().text), HasSubstr(GetParam().message));
}
INSTANTIATE_TEST_SUITE_P(
    Objects, RefusesObject,
    testing::Values(
        ObjectRow{"ServiceName",
                  "apiVersion: v1\nkind: Service\nmetadata: {name: 1web}\nspec: {ports: [{port: 80}]}\n",
                  "metadata.name: Invalid value: \"1web\": a DNS-1035 label must consist of"},
        ObjectRow{"ServicePorts", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {}\n",
                  "spec.ports: Required value\n"},
        ObjectRow{
            "ServicePortNames",
            "apiVersion: v1\nkind: Service\nmetadata: {name: w}\nspec: {ports: [{port: 80}, {port: 81}]}\n",
            "spec.ports[0].name: Required value\n"},
        ObjectRow{
            "ServiceType",
            "apiVersion: v1\nkind: Service\nmetadata: {name: w}\nspec: {type: Public, ports: [{port: 80}]}\n",
            "spec.type: Unsupported value: \"Public\": supported values: \"ClusterIP\", \"ExternalName\", "
            "\"LoadBalancer\", \"NodePort\"\n"},
        ObjectRow{"NamespaceName", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a.b}\n",
                  "metadata.name: Invalid value: \"a.b\": must not contain dots\n"},
        ObjectRow{"NoName", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n",
                  "metadata.name: Required value: name or generateName is required\n"},
        ObjectRow{"ConfigMapKey", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a/b: x}\n",
                  "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric "
                  "characters, '-', '_' or '.'"},
        ObjectRow{"SecretData", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: '*'}\n",
                  "data.a: illegal base64 data at input byte 0\n"},
        ObjectRow{"IngressPathType",
                  "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {rules: "
                  "[{http: {paths: [{path: /, "
                  "backend: {service: {name: w, port: {number: 80}}}}]}}]}\n",
                  "spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified\n"},
        ObjectRow{"IngressEmpty",
                  "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {}\n",
                  "spec: Invalid value: "
                  "{\"IngressClassName\":null,\"DefaultBackend\":null,\"TLS\":null,\"Rules\":null}: either "
                  "`defaultBackend` or `rules` must be specified\n"},
        ObjectRow{"LimitRangeOrder",
                  "apiVersion: v1\nkind: LimitRange\nmetadata: {name: l}\nspec: {limits: [{type: Container, "
                  "min: {cpu: 2}, max: {cpu: 1}}]}\n",
                  "spec.limits[0].min[cpu]: Invalid value: \"2\": min value 2 is greater than max value 1\n"},
        ObjectRow{
            "StatefulSetPolicy",
            "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: w}\nspec: {selector: {matchLabels: {a: "
            "b}}, template: "
            "{metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}, podManagementPolicy: "
            "Sorted}\n",
            "spec.podManagementPolicy: Invalid value: \"Sorted\": must be 'OrderedReady' or 'Parallel'\n"},
        ObjectRow{"StatefulSetOnDelete",
                  "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: w}\nspec: {selector: "
                  "{matchLabels: {a: b}}, template: "
                  "{metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}, updateStrategy: "
                  "{type: OnDelete, rollingUpdate: {partition: 1}}}\n",
                  "spec.updateStrategy.rollingUpdate: Invalid value: "
                  "{\"Partition\":1,\"MaxUnavailable\":null}: only allowed for "
                  "updateStrategy 'RollingUpdate'\n"},
        ObjectRow{"DaemonSetBoth",
                  "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: w}\nspec: {selector: {matchLabels: "
                  "{a: b}}, template: "
                  "{metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}, updateStrategy: "
                  "{rollingUpdate: {maxSurge: 1}}}\n",
                  "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when "
                  "maxUnavailable is non-zero\n"},
        ObjectRow{"DaemonSetNeither",
                  "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: w}\nspec: {selector: {matchLabels: "
                  "{a: b}}, template: "
                  "{metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}, updateStrategy: "
                  "{rollingUpdate: {maxUnavailable: 0}}}\n",
                  "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when "
                  "maxSurge is 0\n"},
        ObjectRow{"NoKind", "apiVersion: v1\nmetadata: {name: x}\n",
                  "kind: Object 'Kind' is missing in the document\n"},
        ObjectRow{"NotAnObject", "just text\n",
                  "json: cannot unmarshal string into Go value of type struct\n"},
        ObjectRow{"CustomResourceMetadata", "apiVersion: x.example/v1\nkind: X\nmetadata: {nme: a}\n",
                  "unknown field \"metadata.nme\"\n"}),
    [](const auto& row) { return row.param.name; });

std::string golden_path() {
  const std::string root = SEATRIAL_SOURCE_DIR;
  for (const std::string& folder : {root + "/tests/conformance/golden", root + "/../shared/golden"}) {
    const std::string path = folder + "/admission/invalid-pods.json";
    if (std::ifstream(path)) return path;
  }
  return {};
}

TEST(Validation, SaysWhatARealApiServerSaidOfInvalidPods) {
  const std::string path = golden_path();
  if (path.empty()) GTEST_SKIP() << "no recording of admission here";
  std::ifstream file(path);
  const auto golden = nlohmann::ordered_json::parse(file);
  int compared = 0;
  for (const auto& step : golden["input"]) {
    if (step["do"] != "create") continue;
    const std::string name = step["object"]["metadata"]["name"];
    for (const auto& response : golden["timeline"]) {
      if (response["kind"] != "Response" || response["target"] != "Pod/" + name || response["do"] != "create")
        continue;
      if (response.value("code", 0) != 422) continue;
      const auto object = read_object(from_json(step["object"]));
      ASSERT_FALSE(object.has_value()) << name;
      EXPECT_EQ(invalid_message("Pod", name, object.error()), response["message"].get<std::string>());
      ++compared;
    }
  }
  EXPECT_GT(compared, 3);
}

}  // namespace
}  // namespace seatrial::api
