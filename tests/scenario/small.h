// A small valid scenario in memory, to be broken in one place at a time.
#pragma once

#include <string>

#include "sim/scenario/load.h"

namespace seatrial::scenario::tests {

inline constexpr const char* kPlatform = R"(apiVersion: seatrial/v1
kind: Platform
metadata: {name: small}
spec:
  region: eu-west-2
  zones: [a, b]
  nodeGroups:
    - {name: default, count: 3, allocatable: {cpu: "4", memory: 16Gi, pods: 110}}
  ingressControllers:
    - {name: default, defaultClass: true}
)";

inline constexpr const char* kWeb = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "web:1", ports: [{containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
    - host: web.example.org
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
)";

inline constexpr const char* kScenario = R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: small, description: a test}
spec:
  seed: 7
  duration: 5m
  platform: platform.yaml
  apply: [web.yaml]
  images:
    web:1: {size: 100Mi, start: 2s, serviceTime: {median: 40ms, p99: 250ms}, concurrency: 8, onSigterm: drain}
    web:2: {start: 1s}
  load:
    - {name: public, from: internet, to: "https://web.example.org/", rate: 100/s, timeout: 2s}
  timeline:
    - {at: 1m, set image: deployment/web, image: "web:2"}
    - {at: 2m, drain: {nodeGroup: default, nodes: 1}}
  expect:
    - {rollout: deployment/web, completesWithin: 3m}
    - {requests: public, failed: 0, p99: "< 800ms"}
    - {always: deployment/web, readyReplicas: ">= 1"}
)";

inline MemoryFiles small_files(std::string scenario = kScenario) {
  MemoryFiles files;
  files.add("s/platform.yaml", kPlatform);
  files.add("s/web.yaml", kWeb);
  files.add("s/scenario.yaml", std::move(scenario));
  return files;
}

// The scenario with the first `what` replaced. REQUIRES: it is there.
inline std::string broken(const std::string& what, const std::string& by, std::string text = kScenario) {
  const std::size_t at = text.find(what);
  if (at == std::string::npos) throw std::logic_error("not in the scenario: " + what);
  return text.replace(at, what.size(), by);
}

inline std::vector<std::string> problems_of(const MemoryFiles& files) {
  std::vector<std::string> texts;
  const auto loaded = load_scenario("s", files);
  if (loaded) return texts;
  for (const api::Problem& problem : loaded.error()) texts.push_back(problem.str());
  return texts;
}

}  // namespace seatrial::scenario::tests
