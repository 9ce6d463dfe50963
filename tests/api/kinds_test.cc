#include "sim/api/kinds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/api/apps.h"
#include "sim/api/networking.h"
#include "sim/api/schema.h"
#include "sim/api/unstructured.h"
#include "tests/api/objects.h"

namespace seatrial::api {
namespace {

using nlohmann::ordered_json;

TEST(Kinds, TheTableIsInTheOrderOfKind) {
  for (std::size_t i = 0; i < kinds().size(); ++i) EXPECT_EQ(static_cast<std::size_t>(kinds()[i].kind), i);
  EXPECT_EQ(kinds().size(), kKindCount);
}

TEST(Kinds, AreFoundByEveryNameThatKubectlTakes) {
  for (const char* const name : {"po", "pod", "pods", "Pod"}) {
    ASSERT_NE(find_kind_by_resource(name), nullptr) << name;
    EXPECT_EQ(find_kind_by_resource(name)->kind, Kind::kPod);
  }
  EXPECT_EQ(find_kind_by_resource("deploy")->kind, Kind::kDeployment);
  EXPECT_EQ(find_kind_by_resource("deployments.apps")->kind, Kind::kDeployment);
  EXPECT_EQ(find_kind_by_resource("widgets"), nullptr);
  EXPECT_EQ(find_kind("apps/v1", "Deployment")->qualified_resource(), "deployments.apps");
  EXPECT_EQ(find_kind("apps/v1beta1", "Deployment"), nullptr);
}

TEST(Schema, NamesNoTypeThatIsNotDefined) { EXPECT_THAT(undefined_types(), testing::IsEmpty()); }

TEST(Decode, FillsAPodWithRequestsFromLimitsAndPortsOfItsHost) {
  const auto pod = as<Pod>(object_of(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {hostNetwork: true, containers: [{name: c, "
      "image: i, "
      "ports: [{containerPort: 80}], resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 10m}}}]}\n"));
  const Container& c = pod->spec->containers.at(0);
  EXPECT_EQ(c.resources.requests.at("memory").str(), "1Gi");
  EXPECT_EQ(c.resources.requests.at("cpu").str(), "10m");
  EXPECT_EQ(c.ports.at(0).host_port, 80);
}

TEST(Decode, FillsADeploymentWithDefaults) {
  const auto d = as<Deployment>(object_of(kDeployment));
  ASSERT_NE(d, nullptr);
  EXPECT_EQ(d->replicas, 4);
  EXPECT_EQ(d->max_surge->str(), "25%");
  EXPECT_EQ(d->max_unavailable->str(), "25%");
  EXPECT_EQ(d->revision_history_limit, 10);
  EXPECT_EQ(d->progress_deadline_seconds, 600);
  const PodSpec& spec = *d->template_->spec;
  EXPECT_EQ(spec.termination_grace_period_seconds, 30);
  EXPECT_EQ(spec.scheduler_name.str(), "default-scheduler");
  EXPECT_EQ(spec.automount_service_account_token, false);
  EXPECT_THAT(spec.volume_secrets, testing::ElementsAre(Symbol("web-key")));
  EXPECT_THAT(spec.volume_config_maps, testing::ElementsAre(Symbol("web-settings")));
  const Container& web = spec.containers.at(0);
  EXPECT_EQ(web.image_pull_policy, PullPolicy::kIfNotPresent);
  EXPECT_EQ(web.env.at(1).secret_name.str(), "web-secret");
  EXPECT_THAT(web.env_from_secrets, testing::ElementsAre(Symbol("rds")));
  EXPECT_EQ(web.resources.requests.at("cpu").str(), "10m");
  EXPECT_FALSE(web.resources.requests.contains("memory"));  // only a pod gets it from its limit
  EXPECT_EQ(std::get<HttpGetAction>(web.readiness_probe->handler).port.str(), "http");
  EXPECT_EQ(web.readiness_probe->failure_threshold, 3);
  EXPECT_EQ(std::get<SleepAction>(web.lifecycle.pre_stop).seconds, 5);
  EXPECT_EQ(spec.init_containers.at(0).restart_policy, RestartPolicy::kAlways);
  EXPECT_EQ(web.source.line, 20);
}

TEST(Decode, AnImageWithoutTagOrLatestIsAlwaysPulled) {
  const auto policy = [](const std::string& image) {
    const auto pod = as<Pod>(object_of(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: c, image: '" +
        image + "'}\n"));
    return pod->spec->containers.at(0).image_pull_policy;
  };
  EXPECT_EQ(policy("web"), PullPolicy::kAlways);
  EXPECT_EQ(policy("host:5000/web"), PullPolicy::kAlways);
  EXPECT_EQ(policy("host:5000/web:latest"), PullPolicy::kAlways);
  EXPECT_EQ(policy("host:5000/web:1"), PullPolicy::kIfNotPresent);
  EXPECT_EQ(policy("web@sha256:0000"), PullPolicy::kIfNotPresent);
}

TEST(Encode, KeepsEveryFieldOfTheManifestThatNothingReads) {
  const ObjectPtr object = object_of(kDeployment);
  const ordered_json json = info(*object).encode(*object);
  const ordered_json& spec = json["spec"]["template"]["spec"];
  EXPECT_EQ(spec["securityContext"]["fsGroup"], 1000);
  EXPECT_EQ(spec["enableServiceLinks"], false);
  EXPECT_EQ(spec["volumes"].size(), 3u);
  EXPECT_EQ(spec["containers"][0]["env"][2]["valueFrom"]["fieldRef"]["fieldPath"], "metadata.name");
  EXPECT_EQ(spec["containers"][0]["envFrom"][0]["secretRef"]["name"], "rds");
  EXPECT_EQ(spec["containers"][0]["securityContext"]["capabilities"]["drop"][0], "ALL");
}

struct ObjectRow {
  const char* name;
  const char* text;
};
class RoundTrip : public testing::TestWithParam<ObjectRow> {};

TEST_P(RoundTrip, DecodingWhatWasEncodedGivesTheSame) {
  const ObjectPtr object = object_of(GetParam().text);
  ASSERT_NE(object, nullptr);
  const KindInfo& kind = info(*object);
  const ordered_json json = kind.encode(*object);
  const auto again = kind.decode(from_json(json));
  ASSERT_TRUE(again.has_value()) << listed(again.error());
  EXPECT_EQ(kind.encode(**again), json);
  EXPECT_EQ(kind.encode(*kind.clone(*object)), json);
  EXPECT_THAT(kind.validate(**again, object.get()), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Objects, RoundTrip,
    testing::Values(
        ObjectRow{"Deployment", kDeployment}, ObjectRow{"Pod", R"(
apiVersion: v1
kind: Pod
metadata: {name: p, uid: 01234567-89ab-cdef-fedc-ba9876543210, resourceVersion: "12", creationTimestamp: "2026-01-05T00:00:03Z"}
spec: {nodeName: node-1, hostNetwork: true, containers: [{name: c, image: "x:1", ports: [{containerPort: 80}]}]}
status:
  phase: Running
  qosClass: BestEffort
  podIP: 10.0.0.1
  startTime: "2026-01-05T00:00:04Z"
  conditions: [{type: Ready, status: "True", lastTransitionTime: "2026-01-05T00:00:05Z"}]
  containerStatuses:
  - {name: c, image: "x:1", imageID: "", ready: true, restartCount: 1, state: {running: {startedAt: "2026-01-05T00:00:05Z"}}, lastState: {terminated: {exitCode: 137, reason: OOMKilled}}}
)"},
        ObjectRow{"StatefulSet", R"(
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  podManagementPolicy: Parallel
  ordinals: {start: 1}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1, maxUnavailable: 10%}}
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Retain}
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: "x:1"}]}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
status: {replicas: 2, currentRevision: db-1, updateRevision: db-2, collisionCount: 0}
)"},
        ObjectRow{"DaemonSet", R"(
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 20%}}
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: c, image: "x:1"}]}
status: {desiredNumberScheduled: 3, numberUnavailable: 1}
)"},
        ObjectRow{"ControllerRevision", R"(
apiVersion: apps/v1
kind: ControllerRevision
metadata: {name: db-1}
revision: 3
data: {spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: "x:1"}]}}}}
)"},
        ObjectRow{"Service", R"(
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}, {name: m, port: 9}]}
)"},
        ObjectRow{"Ingress", R"(
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  ingressClassName: default
  tls: [{hosts: [a.example], secretName: t}]
  rules:
  - host: a.example
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
)"},
        ObjectRow{"EndpointSlice", R"(
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1}
addressType: IPv4
endpoints: [{addresses: [10.0.0.1], conditions: {ready: true, serving: true, terminating: false}, nodeName: n1, zone: z, targetRef: {kind: Pod, name: p}}]
ports: [{name: http, port: 8080}]
)"},
        ObjectRow{"Node", R"(
apiVersion: v1
kind: Node
metadata: {name: node-1}
spec: {unschedulable: true, providerID: "aws:///a/i", taints: [{key: spot, value: a, effect: NoSchedule}]}
status: {capacity: {cpu: "8", memory: 32Gi, pods: 110}, images: [{names: ["x:1"], sizeBytes: 1000}], conditions: [{type: Ready, status: "True"}]}
)"},
        ObjectRow{
            "Namespace",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\nspec: {finalizers: [kubernetes]}\n"},
        ObjectRow{"ConfigMap",
                  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: x, b.txt: \"1\\n2\"}\n"},
        ObjectRow{"Secret", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: hello}\n"},
        ObjectRow{
            "ServiceAccount",
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s}\nimagePullSecrets: [{name: x}]\n"},
        ObjectRow{"ResourceQuota",
                  "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: 50, "
                  "requests.cpu: 6000m}}\n"},
        ObjectRow{"LimitRange", R"(
apiVersion: v1
kind: LimitRange
metadata: {name: l}
spec: {limits: [{type: Container, default: {cpu: 1000m, memory: 1000Mi}, defaultRequest: {cpu: 10m, memory: 100Mi}}]}
)"},
        ObjectRow{"Lease", R"(
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: node-1}
spec: {holderIdentity: node-1, leaseDurationSeconds: 40, renewTime: "2026-01-05T00:00:03.250000Z"}
)"},
        ObjectRow{"RoleBinding", R"(
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: r, namespace: shop}
subjects: [{kind: Group, name: "github:team", apiGroup: rbac.authorization.k8s.io}]
roleRef: {kind: ClusterRole, name: admin, apiGroup: rbac.authorization.k8s.io}
)"}),
    [](const auto& row) { return row.param.name; });

const char* const kWorkload =
    "\nmetadata: {name: w}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, "
    "spec: {containers: [{name: c, image: i}]}}STRATEGY}\n";
template <class T>
std::shared_ptr<const T> workload(const char* kind, const std::string& strategy = "") {
  std::string text = std::string("apiVersion: apps/v1\nkind: ") + kind + kWorkload;
  text.replace(text.find("STRATEGY"), 8, strategy);
  return as<T>(object_of(text));
}

TEST(Defaults, AStatefulSetRollsWithoutPartition) {
  const auto set = workload<StatefulSet>("StatefulSet");
  EXPECT_EQ(set->replicas, 1);
  EXPECT_EQ(set->update_strategy, UpdateStrategyType::kRollingUpdate);
  ASSERT_TRUE(set->rolling_update.has_value());
  EXPECT_EQ(set->rolling_update->partition, 0);
  EXPECT_EQ(set->revision_history_limit, 10);
  const auto typed = workload<StatefulSet>("StatefulSet", ", updateStrategy: {type: RollingUpdate}");
  EXPECT_FALSE(typed->rolling_update.has_value());
}

TEST(Defaults, ADaemonSetMayHaveOneUnavailable) {
  const auto set = workload<DaemonSet>("DaemonSet");
  EXPECT_EQ(set->max_unavailable, (IntOrString{1, {}}));
  EXPECT_EQ(set->max_surge, (IntOrString{0, {}}));
  EXPECT_EQ(set->revision_history_limit, 10);
  EXPECT_FALSE(workload<DaemonSet>("DaemonSet", ", updateStrategy: {type: OnDelete}")->max_unavailable);
}

TEST(Defaults, ALimitRangeFillsDefaultsFromMaximum) {
  const auto limits =
      as<LimitRange>(object_of("apiVersion: v1\nkind: LimitRange\nmetadata: {name: l}\nspec: {limits: "
                               "[{type: Container, max: {cpu: 2}, min: {memory: 1Mi}}]}\n"));
  EXPECT_EQ(limits->limits[0].default_.at("cpu").str(), "2");
  EXPECT_EQ(limits->limits[0].default_request.at("cpu").str(), "2");
  EXPECT_EQ(limits->limits[0].default_request.at("memory").str(), "1Mi");
}

TEST(Defaults, StringDataOfASecretBecomesData) {
  const auto secret = as<Secret>(
      object_of("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: hello, b: '', c: ab}\n"));
  EXPECT_EQ(secret->data.at("a"), "aGVsbG8=");
  EXPECT_EQ(secret->data.at("b"), "");
  EXPECT_EQ(secret->data.at("c"), "YWI=");
  EXPECT_TRUE(secret->string_data.empty());
}

TEST(Decode, AKindThatIsNotSimulatedIsStored) {
  const auto object = object_of(
      "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: Any_Name}\nspec: "
      "{groups: []}\n");
  ASSERT_EQ(object->kind, Kind::kUnstructured);
  EXPECT_EQ(kind_name(*object), "PrometheusRule");
  EXPECT_EQ(api_version_of(*object), "monitoring.coreos.com/v1");
}

}  // namespace
}  // namespace seatrial::api
