#include "bench/live_day/generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace seatrial::bench {

namespace {

constexpr std::array kWebReplicas{4, 2, 4, 6, 4}, kWorkerReplicas{2, 4, 2, 2, 3};

struct Controller {
  const char* name;
  int replicas;
  const char* memory;
  int restarted_at;  // the hour; 0: never
};
// ingress-*.tf, replicas and requests on live; maintenance.yaml, the nightly restarts.
constexpr std::array<Controller, 7> kControllers{{{"default", 30, "10Gi", 5},
                                                  {"default-non-prod", 15, "10Gi", 4},
                                                  {"modsec", 12, "4Gi", 3},
                                                  {"modsec-non-prod", 10, "4Gi", 0},
                                                  {"internal", 3, "2Gi", 0},
                                                  {"internal-laa", 3, "2Gi", 0},
                                                  {"internal-non-prod", 2, "2Gi", 0}}};

// As the values of the teams' chart have it.
constexpr std::string_view kDeployment = R"(---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {ns}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  strategy: {{rollingUpdate: {{maxSurge: 100%, maxUnavailable: 0}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      terminationGracePeriodSeconds: 40
      containers:
        - name: {name}
          image: {image}
          ports: [{{containerPort: 8080}}]
          resources: {{requests: {{cpu: 25m, memory: 256Mi}}, limits: {{memory: 1Gi}}}}
          readinessProbe: {{httpGet: {{path: /health, port: 8080}}, periodSeconds: 10}}
          lifecycle: {{preStop: {{sleep: {{seconds: 10}}}}}}
)";

constexpr std::string_view kRoute = R"(---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: {ns}}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web, namespace: {ns}}}
spec:
  ingressClassName: default
  rules: [{{host: {ns}.service.justice.gov.uk, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: web, namespace: {ns}}}
spec: {{maxUnavailable: 1, selector: {{matchLabels: {{app: web}}}}}}
)";

constexpr std::string_view kNamespace = R"(---
apiVersion: v1
kind: Namespace
metadata: {{name: {ns}}}
---
apiVersion: v1
kind: LimitRange
metadata: {{name: limitrange, namespace: {ns}}}
spec: {{limits: [{{default: {{cpu: 1000m, memory: 1000Mi}}, defaultRequest: {{cpu: 10m, memory: 100Mi}}, type: Container}}]}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {{name: namespace-quota, namespace: {ns}}}
spec: {{hard: {{pods: "50"}}}}
)";

constexpr std::string_view kCronJob = R"(---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: housekeeping, namespace: {ns}}}
spec:
  schedule: "{schedule}"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 1
      template:
        spec:
          restartPolicy: Never
          containers: [{{name: job, image: "ministryofjustice/housekeeping:1.0", resources: {{requests: {{cpu: 25m, memory: 128Mi}}}}}}]
)";

constexpr std::string_view kDaemonSet = R"(---
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: {name}, namespace: kube-system}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      priorityClassName: system-node-critical
      tolerations: [{{operator: Exists}}]
      containers: [{{name: {name}, image: "platform/agent:1.0", resources: {{requests: {{cpu: 50m, memory: 128Mi}}}}}}]
)";

constexpr std::string_view kIngressController = R"(---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: ingress-controllers}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  strategy: {{rollingUpdate: {{maxSurge: 25%, maxUnavailable: 1}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      terminationGracePeriodSeconds: 600
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - {{topologyKey: kubernetes.io/hostname, labelSelector: {{matchLabels: {{app: {name}}}}}, matchLabelKeys: [pod-template-hash]}}
      containers:
        - name: controller
          image: platform/ingress-nginx:1.0
          ports: [{{containerPort: 8080}}]
          resources: {{requests: {{cpu: 100m, memory: {memory}}}}}
          readinessProbe: {{httpGet: {{path: /healthz, port: 8080}}, periodSeconds: 10}}
          lifecycle: {{preStop: {{sleep: {{seconds: 30}}}}}}
)";

// autoscaler templates/cpa-*.tpl: for each node a pod of 1800Mi and one of 200m, 100 of each at most.
constexpr std::string_view kOverprovisioning = R"(---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: overprovision}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      priorityClassName: overprovisioning
      terminationGracePeriodSeconds: 0
      containers: [{{name: pause, image: "platform/pause:1.0", resources: {{requests: {requests}}}}}]
)";

// What the tainted node groups are there for: one to each node. How much it requests is assumed: so much that
// the descheduler, which knows nothing of taints, does not take its node for one with room to spare.
constexpr std::string_view kOnOwnNodes = R"(---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: monitoring}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      nodeSelector: {{cloud-platform.justice.gov.uk/{group}-ng: "true"}}
      tolerations: [{{key: {group}-node, value: "true", effect: NoSchedule}}]
      containers: [{{name: {name}, image: "platform/agent:1.0", resources: {{requests: {{cpu: "8", memory: {memory}}}}}}}]
)";

std::string team(int i) { return fmt::format("team-{:04}", i); }
// Those that are rolled out and get requests lie evenly among the others.
bool is_rolled(const LiveDay& size, int i) {
  const int step = size.namespaces / size.rollouts;
  return i % step == 0 && i / step < size.rollouts;
}

std::string platform_manifests() {
  std::string text;
  for (const char* const name : {"ingress-controllers", "overprovision", "monitoring"})
    text += fmt::format("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {}}}\n", name);
  text +=
      "---\napiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: overprovisioning}\n"
      "value: -1\n";
  for (const char* const name : {"aws-node", "kube-proxy", "ebs-csi-node", "fluent-bit"})
    text += fmt::format(kDaemonSet, fmt::arg("name", name));
  for (const Controller& c : kControllers)
    text += fmt::format(kIngressController, fmt::arg("name", c.name), fmt::arg("replicas", c.replicas),
                        fmt::arg("memory", c.memory));
  text += fmt::format(kOnOwnNodes, fmt::arg("name", "prometheus"), fmt::arg("group", "monitoring"),
                      fmt::arg("replicas", 4), fmt::arg("memory", "290Gi"));
  text += fmt::format(kOnOwnNodes, fmt::arg("name", "contained"), fmt::arg("group", "containment"),
                      fmt::arg("replicas", 6), fmt::arg("memory", "96Gi"));
  constexpr int kSpare = 100;
  text += fmt::format(kOverprovisioning, fmt::arg("name", "memory"), fmt::arg("replicas", kSpare),
                      fmt::arg("requests", "{memory: 1800Mi}"));
  text += fmt::format(kOverprovisioning, fmt::arg("name", "cpu"), fmt::arg("replicas", kSpare),
                      fmt::arg("requests", "{cpu: 200m}"));
  return text;
}

std::string team_manifests(const LiveDay& size, int i) {
  const std::string ns = team(i);
  const auto at = static_cast<std::size_t>(i) % kWebReplicas.size();
  std::string text = fmt::format(kNamespace, fmt::arg("ns", ns));
  if (!is_rolled(size, i))
    text += fmt::format(kDeployment, fmt::arg("ns", ns), fmt::arg("name", "web"),
                        fmt::arg("replicas", kWebReplicas[at]),
                        fmt::arg("image", fmt::format("ministryofjustice/web-{}:1.3", i % 40)));
  text += fmt::format(kDeployment, fmt::arg("ns", ns), fmt::arg("name", "worker"),
                      fmt::arg("replicas", kWorkerReplicas[at]),
                      fmt::arg("image", fmt::format("ministryofjustice/worker-{}:1.0", i % 20)));
  text += fmt::format(kRoute, fmt::arg("ns", ns));
  if (i < size.cron_jobs)
    text += fmt::format(kCronJob, fmt::arg("ns", ns),
                        fmt::arg("schedule", i % 2 == 0 ? fmt::format("{}-59/10 * * * *", i % 10)
                                                        : fmt::format("{} * * * *", i % 60)));
  return text;
}

std::string images() {
  std::string text;
  const auto add = [&](const std::string& name, std::string_view facts) {
    text += fmt::format("    {}: {{{}}}\n", name, facts);
  };
  constexpr std::string_view kServes =
      "size: 200Mi, start: 6s, serviceTime: {median: 40ms, p99: 250ms}, concurrency: 16, onSigterm: exit";
  for (int i = 0; i < 40; ++i) {
    add(fmt::format("ministryofjustice/web-{}:1.3", i), kServes);
    add(fmt::format("ministryofjustice/web-{}:1.4", i), kServes);
  }
  for (int i = 0; i < 20; ++i)
    add(fmt::format("ministryofjustice/worker-{}:1.0", i), "size: 180Mi, start: 4s, onSigterm: exit");
  add("ministryofjustice/housekeeping:1.0", "size: 80Mi, exitsAfter: 45s");
  add("platform/agent:1.0", "size: 30Mi, start: 1s");
  add("platform/pause:1.0", "size: 1Mi");
  add("platform/ingress-nginx:1.0", "size: 100Mi, start: 3s, onSigterm: exit");
  return text;
}

// Nights are Sunday's to Monday and, where the day is long enough, the next one's.
std::string timeline(const LiveDay& size) {
  std::string text;
  text += fmt::format(
      "    - {{at: 0s, every: 45m, until: {}h, recycle: {{nodeGroup: default, oldest: 1}}, timeout: 360s}}\n",
      std::min(3, size.hours));
  for (const Controller& c : kControllers)
    if (c.restarted_at > 0 && c.restarted_at < size.hours)
      text +=
          fmt::format("    - {{at: {}h, rollout restart: deployment/{}, namespace: ingress-controllers}}\n",
                      c.restarted_at, c.name);
  int merged = 0;
  for (int i = 0; i < size.namespaces; ++i) {
    if (!is_rolled(size, i)) continue;
    const int minute = 9 * 60 + merged++ * 8 * 60 / size.rollouts;
    if (minute < size.hours * 60)
      text += fmt::format("    - {{at: {}m, merge: {}, tag: \"1.4\"}}\n", minute, team(i));
  }
  return text;
}

std::string pipeline(int i) {
  return fmt::format(R"(apiVersion: seatrial/v1
kind: Pipeline
metadata: {{name: {0}}}
spec:
  image: ministryofjustice/web-{1}
  namespace: {0}
  manifests: [web-{0}.yaml]
  build: {{takes: {{median: 4m, p99: 9m}}, fails: 2%, tries: 2}}
  push: {{bytesPerSecond: 20M, takes: {{median: 3s, p99: 15s}}, tries: 3}}
  rollout: {{timeout: 10m}}
)",
                     team(i), i % 40);
}

}  // namespace

std::map<std::string, std::string> live_day(const LiveDay& size, const std::string& platform) {
  std::map<std::string, std::string> files;
  files["platform-manifests.yaml"] = platform_manifests();
  std::string teams, rolled, pipelines, load, expect;
  for (int i = 0; i < size.namespaces; ++i) {
    teams += team_manifests(size, i);
    if (!is_rolled(size, i)) continue;
    const std::string ns = team(i), web = "web-" + ns + ".yaml";
    files[web] = fmt::format(kDeployment, fmt::arg("ns", ns), fmt::arg("name", "web"),
                             fmt::arg("replicas", kWebReplicas[static_cast<std::size_t>(i) % 5]),
                             fmt::arg("image", fmt::format("ministryofjustice/web-{}:1.3", i % 40)));
    files["pipeline-" + ns + ".yaml"] = pipeline(i);
    rolled += ", " + web;
    pipelines += (pipelines.empty() ? "" : ", ") + ("pipeline-" + ns + ".yaml");
    load += fmt::format(
        "    - {{name: {0}, from: internet, to: https://{0}.service.justice.gov.uk/, rate: {1}/m, timeout: "
        "5s}}\n",
        ns, size.requests * 60 / size.rollouts);
    if (size.hours >= 18) expect += fmt::format("    - {{pipeline: {}, completesWithin: 30m}}\n", ns);
  }
  files["teams.yaml"] = teams;
  files["scenario.yaml"] = fmt::format(
      R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {{name: live-day, description: a day of the live cluster}}
spec:
  seed: 1
  duration: {}h
  settle: 40m
  platform: {}
  apply: [platform-manifests.yaml, teams.yaml{}]
  pipelines: [{}]
  images:
{}  load:
{}  timeline:
{}  expect:
    - {{command: recycle, completesWithin: 15m}}
    - {{always: nodes, ready: ">= 85"}}
{})",
      size.hours, platform, rolled, pipelines, images(), load, timeline(size), expect);
  return files;
}

}  // namespace seatrial::bench
