// Small manifests for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "sim/api/manifests.h"

namespace seatrial::api {

inline std::string listed(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.str() + "\n";
  return text;
}

// The one object of a text that has nothing wrong.
inline ObjectPtr object_of(std::string_view text) {
  const Manifests manifests = parse_manifests(text, "f.yaml");
  EXPECT_TRUE(manifests.problems.empty()) << listed(manifests.problems);
  return manifests.objects.size() == 1 ? manifests.objects[0].object : nullptr;
}

inline std::string problems_of(std::string_view text) {
  return listed(parse_manifests(text, "f.yaml").problems);
}

inline const char* const kDeployment = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {note: hello}}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext: {runAsNonRoot: true, fsGroup: 1000}
      volumes:
      - {name: tmp, emptyDir: {}}
      - {name: settings, configMap: {name: web-settings}}
      - {name: key, secret: {secretName: web-key}}
      initContainers:
      - {name: proxy, image: "proxy:2", restartPolicy: Always, startupProbe: {tcpSocket: {port: 9000}}}
      containers:
      - name: web
        image: registry.example/web:1.3
        command: [/bin/web]
        args: ["--port=8080"]
        ports: [{name: http, containerPort: 8080}]
        env:
        - {name: A, value: "1"}
        - {name: B, valueFrom: {secretKeyRef: {name: web-secret, key: b}}}
        - {name: C, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        envFrom: [{secretRef: {name: rds}}, {configMapRef: {name: flags}}]
        resources: {limits: {cpu: 1000m, memory: 0.5Gi}, requests: {cpu: 10m}}
        readinessProbe: {httpGet: {path: /ready, port: http}, periodSeconds: 5}
        livenessProbe: {exec: {command: [ok]}, initialDelaySeconds: 3}
        lifecycle: {preStop: {sleep: {seconds: 5}}}
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        volumeMounts: [{name: tmp, mountPath: /tmp}]
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
          - {weight: 10, podAffinityTerm: {topologyKey: zone, labelSelector: {matchLabels: {app: web}}}}
      tolerations: [{key: spot, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: web}}}
)";

}  // namespace seatrial::api
