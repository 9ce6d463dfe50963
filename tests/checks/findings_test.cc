// Each rule of sim/checks/findings finds what it is for: one small scenario, broken in one way, for each.
#include "tests/checks/findings_fixture.h"

namespace seatrial::checks::tests {
namespace {

class FindingRules : public testing::TestWithParam<Row> {};

TEST_P(FindingRules, FindsIt) { expect_finding(GetParam()); }

const std::string kRequests = kReady + "resources: {requests: {cpu: 100m}}, ";

// A load that comes and goes, and an autoscaler that waits `window` seconds before it takes pods away.
std::string flapping(int window) {
  std::string profile;
  for (int minute = 0; minute < 12; ++minute)
    profile += std::string(minute ? ", " : "") + "{at: " + std::to_string(minute) +
               "m, rate: " + (minute % 2 ? "40/s" : "5/s") + "}, {at: " + std::to_string(minute) +
               "m59s, rate: " + (minute % 2 ? "40/s" : "5/s") + "}";
  std::string text = broken("rate: 20/s", "rate: {profile: [" + profile + "]}", kScenario);
  text = broken("duration: 3m", "duration: 12m", text);
  text = broken("apply: [web.yaml]", "apply: [web.yaml, hpa-" + std::to_string(window) + ".yaml]", text);
  text = broken("concurrency: 8,", "concurrency: 8, cpu: {idle: 5m, perRequest: 200m},", text);
  return broken("    - {at: 1m, set image: deployment/web, image: \"web:2\"}\n", "    []\n", text);
}

// A cluster of three nodes that web fills, and a Deployment of higher priority that comes later.
const std::string kUrgent = R"(---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: urgent}
value: 1000
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: urgent}
spec:
  replicas: 0
  selector: {matchLabels: {app: urgent}}
  template:
    metadata: {labels: {app: urgent}}
    spec:
      priorityClassName: urgent
      containers: [{name: c, image: "web:1", resources: {requests: {cpu: "3"}}}]
)";

const std::string kSpread = R"(      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: DoNotSchedule
          labelSelector: {matchLabels: {app: web}}
)";

// What nobody may be evicted of.
const std::string kBudget = R"(---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: all}
spec: {minAvailable: 100%, selector: {matchLabels: {app: web}}}
)";

const std::string kStatefulSet = R"(---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "web:1"}]}
)";

// A second Deployment of two pods.
const std::string kOther = R"(---
apiVersion: apps/v1
kind: Deployment
metadata: {name: other}
spec:
  replicas: 2
  selector: {matchLabels: {app: other}}
  template: {metadata: {labels: {app: other}}, spec: {containers: [{name: c, image: "web:1"}]}}
)";

const std::string kQuota = R"(---
apiVersion: v1
kind: ResourceQuota
metadata: {name: few, namespace: default}
spec: {hard: {pods: "4"}}
)";

std::vector<Row> rows() {
  const std::string no_change = broken("    - {at: 1m, set image: deployment/web, image: \"web:2\"}\n",
                                       "    - {at: 1m, scale: deployment/web, replicas: 3}\n", kScenario);
  const std::string exec_hook =
      R"(lifecycle: {preStop: {exec: {command: [sh, -c, "sleep 60"]}}}, readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}, )";
  return {
      {"NoReadinessProbe", "sent-before-listening", version_2("{start: 20s, onSigterm: drain}"),
       with("lifecycle: {preStop: {sleep: {seconds: 8}}}, "), "before", "readinessProbe"},
      {"AnotherPort", "wrong-port", no_change, broken("targetPort: 8080", "targetPort: 8081", with(kReady)),
       "8081", "targetPort"},
      {"NothingSelected", "no-endpoints", no_change,
       broken("spec: {selector: {app: web}", "spec: {selector: {app: wep}", with(kReady)),
       "found no pod that was ready", "spec.selector"},
      {"Crash", "crash", version_2("{start: 1s, exitsAfter: 500ms, exitCode: 1}"), with(kReady), "crashes",
       "find out why web:2 exits"},
      {"LivenessKills", "probe-restarts", version_2("{start: 60s}"),
       with(kReady + "livenessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}, "),
       "failing probes restart version 2", "startupProbe"},
      {"NeverReady", "rollout-incomplete", version_2("{start: 10m}"), with(kReady), "", ""},
      {"GraceTooShort", "killed-at-grace-end",
       broken("onSigterm: drain", "onSigterm: linger, linger: 10s", kScenario), with(exec_hook),
       "had to be killed when the grace period ended",
       "raise terminationGracePeriodSeconds from 30 to well above"},
      {"IgnoresSigterm", "killed-at-grace-end",
       broken("web:1: {start: 1s, serviceTime: 40ms, concurrency: 8, onSigterm: drain}",
              "web:1: {start: 1s, serviceTime: 40ms, concurrency: 8, onSigterm: ignore}", kScenario),
       with(kReady), "had to be killed when the grace period ended", "let the process end on SIGTERM"},
      {"ZoneCutOff", "unreachable", at_1m("partition: [internet, a], for: 20s"), with(kReady),
       "did not get through the network", "every zone"},
      {"NodeDies", "node-silent", at_1m("fail: {node: default-1}"), with(kReady),
       "on default-1, which had fallen silent", "proxy-connect-timeout"},
      {"DrainAgainstABudget", "drain-held-up", at_1m("drain: default-1"), with(kReady) + kBudget,
       "was held up for 2m", "set maxUnavailable: 1"},
      {"CorrectedTooLate", "stuck-behind-broken-pod",
       broken("{at: 1m, set image: deployment/web, image: \"web:2\"}",
              "{at: 30s, set image: statefulset/db, image: \"web:2\"}\n    - {at: 1m, set image: "
              "statefulset/db, image: \"web:1\"}",
              version_2("{start: 10m}")),
       with(kReady) +
           broken("web:1\"}]", "web:1\", readinessProbe: {tcpSocket: {port: 8080}}}]", kStatefulSet),
       "was corrected to 1", "delete the broken pod (kubectl delete pod db-0)"},
      {"FlappingAutoscaler", "hpa-flapping", flapping(0), with(kRequests), "flaps: it turned round",
       "set behavior.scaleDown.stabilizationWindowSeconds to at least"},
      {"BlindAutoscaler", "hpa-blind", flapping(0), with(kReady), "does not scale",
       "a request of what is scaled by"},
      {"NoSuchWorkload", "command-refused",
       broken("set image: deployment/web, image: \"web:2\"", "rollout undo: deployment/web", kScenario),
       with(kReady), "", ""},
      {"MadeRoom", "preempted", at_1m("scale: deployment/urgent, replicas: 2"),
       with(kReady + "resources: {requests: {cpu: \"3\"}}, ") + kUrgent,
       "1 pod of deployment/web had to make room for pods of higher priority",
       "add a node before deployment/urgent needs more room"},
      {"WithoutANode", "unschedulable", at_1m("scale: deployment/web, replicas: 40"),
       with(kReady + "resources: {requests: {cpu: \"1\"}}, "), "of deployment/web fit no node: waiting for",
       "request less CPU, or add a node"},
      {"UnevenAfterwards", "uneven-after-rollout", broken("seed: 7", "seed: 3", kScenario),
       broken("    spec:\n      containers", "    spec:\n" + kSpread + "      containers", with(kReady)),
       "left its pods uneven over topology.kubernetes.io/zone: a 2, b 0",
       "matchLabelKeys: [pod-template-hash]"},
  };
}

std::vector<Row> pod_end_rows() {
  return {
      {"PodsThatEndTooSoon", "lost-at-pod-end", kScenario,
       with("readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}, "),
       "loses requests whenever a pod ends", "add lifecycle: {preStop: {sleep:"},
      {"PodsThatCutWhatTheyServe", "lost-at-pod-end",
       broken("timeout: 2s", "timeout: 30s, method: POST",
              broken("web:1: {start: 1s, serviceTime: 40ms, concurrency: 8, onSigterm: drain}",
                     "web:1: {start: 1s, serviceTime: 12s, concurrency: 300, onSigterm: exit}", kScenario)),
       with(kReady), "loses requests whenever a pod ends", "finish what it has accepted before it ends"},
  };
}

std::vector<Row> refused_rows() {
  return {
      {"NodeNameAgainstATaint", "made-in-vain", at_1m("taint: default-1, taints: [\"a=b:NoExecute\"]"),
       broken("      containers: [", "      nodeName: default-1\n      containers: [", with(kReady)),
       "were made within",
       "take spec.nodeName out, and choose nodes with nodeSelector or affinity; or tolerate a=b"},
      {"NoRoomToSurge", "surge-beyond-quota", at_1m("uncordon: default-1"),
       with(kReady) + broken("pods: \"4\"", "pods: \"2\"", kQuota),
       "deployment/web cannot be rolled out: ResourceQuota few has no room for a surge pod",
       "allow maxUnavailable: 1"},
      {"RoomForHalfTheSurge", "surge-beyond-quota", at_1m("uncordon: default-1"),
       broken("  selector", "  strategy: {rollingUpdate: {maxSurge: 100%, maxUnavailable: 0}}\n  selector",
              with(kReady)) +
           broken("pods: \"4\"", "pods: \"3\"", kQuota),
       "no room for the whole surge", "lower maxSurge"},
      {"NoRoomForTwoAtOnce", "surge-beyond-quota", at_1m("uncordon: default-1"),
       with(kReady) + kOther + broken("pods: \"4\"", "pods: \"5\"", kQuota),
       "rolled out at the same time, will be refused pods", "one after the other"},
  };
}

std::vector<Row> memory_rows() {
  return {
      {"OutOfMemory", "out-of-memory",
       version_2("{start: 1s, serviceTime: 900ms, concurrency: 4, onSigterm: drain, memory: {idle: 60Mi, "
                 "perRequest: 1Mi}}"),
       with(kReady + "resources: {limits: {memory: 64Mi}}, "),
       "version 2 of deployment/web is killed for its memory", "raise limits.memory of container web"},
      {"Evicted", "evicted", version_2("{start: 1s, memory: {idle: 16300Mi}}"), with(kReady),
       "evicted, as the node's memory ran short", "let container web request the memory that it uses"},
      {"NodeOutOfMemory", "out-of-memory", version_2("{start: 1s, memory: {idle: 17Gi}}"), with(kReady),
       "version 2 of deployment/web is killed for its node's memory",
       "a request of the memory that it really uses"},
  };
}

// A CronJob of each minute beside the Deployment, with something more in its spec and in its container.
std::string with_task(const std::string& more, const std::string& requests = "{}") {
  return with(kReady) + R"(---
apiVersion: batch/v1
kind: CronJob
metadata: {name: task}
spec:
  schedule: "* * * * *"
  )" + more +
         R"(
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers: [{name: task, image: "task:1", resources: {requests: )" +
         requests + "}}]\n";
}
// So many of them, task, task-2 and so on.
std::string with_tasks(int count) {
  std::string text = with_task("suspend: false");
  const std::string task = text.substr(with(kReady).size());
  for (int i = 2; i <= count; ++i)
    text += broken("metadata: {name: task}", "metadata: {name: task-" + std::to_string(i) + "}", task);
  return text;
}
// A scenario without a change, in which the task runs like that.
std::string task_runs(const std::string& behaviour) {
  return broken("    web:1:", "    task:1: " + behaviour + "\n    web:1:",
                broken("    - {at: 1m, set image: deployment/web, image: \"web:2\"}\n",
                       "    - {at: 1m, scale: deployment/web, replicas: 3}\n", kScenario));
}
std::vector<Row> task_rows() {
  const std::string short_run = "{exitsAfter: 10s}", long_run = "{exitsAfter: 80s}";
  return {
      {"StartsLeftOut", "cron-start-missed", task_runs(long_run),
       with_task("concurrencyPolicy: Forbid\n  startingDeadlineSeconds: 10"), "cronjob/task left out",
       "let a run take less time"},
      {"RefusedJobs", "cron-start-missed", task_runs(short_run),
       with_task("startingDeadlineSeconds: 10") + broken("pods: \"4\"", "count/jobs.batch: \"0\"", kQuota),
       "left out", "raise the namespace's ResourceQuota"},
      {"RefusedJobsOfMany", "cron-start-missed", task_runs(short_run),
       with_tasks(4) + broken("pods: \"4\"", "count/jobs.batch: \"0\"", kQuota),
       "4 CronJobs of namespace default left out", "raise the namespace's ResourceQuota"},
      {"JobsWithoutEnd", "jobs-piled-up", task_runs("{start: 1s}"), with_task("suspend: false"),
       "Jobs active at once", "set activeDeadlineSeconds"},
      {"FailedJobs", "job-failed", task_runs("{exitsAfter: 5s, exitCode: 3}"), with_task("suspend: false"),
       "of cronjob/task failed", "find out why task:1 fails"},
      {"JobsWithoutRoom", "job-waited", task_runs(short_run), with_task("suspend: false", "{cpu: 40}"),
       "had to wait for a node", "request less CPU"},
      {"JobsForAnotherNode", "job-waited", task_runs(short_run),
       broken("restartPolicy: Never", "restartPolicy: Never\n          nodeSelector: {disk: ssd}",
              with_task("suspend: false")),
       "had to wait for a node", "labels that a node has"},
      {"JobsBeyondTheQuota", "job-waited", task_runs(long_run), with_task("suspend: false") + kQuota,
       "had to wait for pods that the API server refused", "raise the namespace's ResourceQuota"},
  };
}

std::vector<Row> node_rows() {
  const std::string at_once = at_1m("updateNodeGroup: {nodeGroup: default, pace: allAtOnce}");
  const std::string recycled = "recycle: {node: default-1}, timeout: 2m";
  return {
      {"AllNodesAtOnce", "went-undrained", at_once, with(kReady),
       "whose instances were terminated under them", "pace: {every: 5m} instead of allAtOnce"},
      {"AllPodsAtOnce", "no-endpoints", at_once, with(kReady), "found no pod that was ready",
       "let no more than one of its nodes go at a time"},
      {"AllPodsByForce", "no-endpoints",
       broken("duration: 3m", "duration: 6m",
              at_1m("recycle: [default-1, default-2, default-3], timeout: 1m")),
       broken("replicas: 2", "replicas: 1", with(kReady)), "found no pod that was ready",
       "run more than one replica"},
      {"RecycledAgainstABudget", "drain-held-up", broken("duration: 3m", "duration: 6m", at_1m(recycled)),
       with(kReady) + kBudget, "was held up for 1m55", "set maxUnavailable: 1"},
      {"SoldOut", "no-capacity",
       broken("duration: 3m", "duration: 8m", at_1m("capacity: {instances: 0}}\n    - {at: 1m, " + recycled)),
       with(kReady), "EC2 had no", "and let the new node come before the old one goes"},
      {"SoldOutButStillThere", "no-capacity",
       broken(
           "duration: 3m", "duration: 8m",
           at_1m("capacity: {instances: 0}, for: 5m}\n    - {at: 1m, " + recycled + ", replaceFirst: true")),
       with(kReady), "EC2 had no", "give the node group several instance types"},
      {"NothingReplacesThem", "nodes-too-late",
       broken("duration: 3m", "duration: 5m", at_1m("recycle: default-1, timeout: 2m")),
       broken("replicas: 2", "replicas: 3", with(kReady + "resources: {requests: {cpu: \"3\"}}, ")),
       "waited for new nodes", "replaceFirst: true"},
  };
}

// The controller that sent the lost requests is named, not one that hears of endpoints later.
TEST(Findings, WhoLosesRequestsAtAPodsEndIsWhoSentThem) {
  scenario::MemoryFiles files = scenario::tests::small_files(kScenario);
  files.add("s/web.yaml", with("readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}, "));
  files.add("s/platform.yaml",
            std::string(scenario::tests::kPlatform) + "    - {name: slow, class: slow, changeLag: 20s}\n");
  const report::RunResult result = scenario::tests::played(files);
  const auto found =
      std::ranges::find(result.findings, std::string("lost-at-pod-end"), &report::Finding::rule);
  ASSERT_NE(found, result.findings.end());
  EXPECT_THAT(found->chain, testing::Contains(testing::StartsWith("\"default\" went on sending")));
}

TEST(Findings, AShutdownCutsWhatIsOnTheNode) {
  scenario::MemoryFiles files;
  files.add("s/platform.yaml",
            std::string(scenario::tests::kPlatform) +
                "  kubelet: {shutdownGracePeriod: 30s, shutdownGracePeriodCriticalPods: 10s}\n");
  files.add("s/web.yaml", with(kReady));
  files.add("s/scenario.yaml", broken("onSigterm: drain", "onSigterm: exit",
                                      at_1m("shutdown: {nodeGroup: default, nodes: 3}, for: 60s")));
  const report::RunResult result = scenario::tests::played(files);
  const auto finding =
      std::ranges::find(result.findings, std::string("node-shutdown"), &report::Finding::rule);
  ASSERT_NE(finding, result.findings.end());
  EXPECT_THAT(finding->what, testing::HasSubstr("terminated, as the node was shut down, "));
  EXPECT_THAT(finding->change, testing::HasSubstr("drain a node before it is shut down"));
}

TEST(Findings, AnAutoscalerWithPatienceDoesNotFlap) {
  scenario::MemoryFiles files = scenario::tests::small_files(flapping(300));
  files.add("s/web.yaml", with(kRequests));
  files.add("s/hpa-300.yaml", autoscaler(300));
  const report::RunResult result = scenario::tests::played(files);
  EXPECT_EQ(std::ranges::count(result.findings, std::string("hpa-flapping"), &report::Finding::rule), 0);
}

INSTANTIATE_TEST_SUITE_P(All, FindingRules, testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(PodEnds, FindingRules, testing::ValuesIn(pod_end_rows()),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(Refusals, FindingRules, testing::ValuesIn(refused_rows()),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(Nodes, FindingRules, testing::ValuesIn(node_rows()),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(Memory, FindingRules, testing::ValuesIn(memory_rows()),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(Tasks, FindingRules, testing::ValuesIn(task_rows()),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace seatrial::checks::tests
