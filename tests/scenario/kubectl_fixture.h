// A cluster with a Deployment, a Service, a budget, a DaemonSet and a StatefulSet, and a timeline for it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"
#include "sim/scenario/load.h"
#include "sim/scenario/world.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario::tests {

inline constexpr const char* kObjects = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: "web:1"
          ports: [{containerPort: 8080}]
          env: [{name: A, value: a}, {name: B, value: b}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "web:1"}]}
---
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

inline constexpr const char* kHead = R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: verbs}
spec:
  seed: 3
  duration: 4m
  platform: platform.yaml
  apply: [objects.yaml]
  images:
    web:1: {size: 1Mi, start: 1s}
    web:2: {size: 1Mi, start: 1s}
  timeline:
)";

inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

// A scenario of these objects and entries, played to an instant.
class Kubectl : public testing::Test {
 protected:
  void add(const std::string& file, std::string text) { files_.add("s/" + file, std::move(text)); }

  // One entry a line, without its `- {` and `}`.
  World& play(const std::vector<std::string>& entries, SimTime until = SimTime::at(Duration::seconds(240))) {
    std::string text = kHead;
    for (const std::string& entry : entries) text += "    - {" + entry + "}\n";
    files_.add("s/platform.yaml", platform_);
    files_.add("s/objects.yaml", objects_);
    files_.add("s/scenario.yaml", text);
    auto scenario = load_scenario("s", files_);
    if (!scenario) throw std::logic_error(scenario.error().front().str());
    auto world = World::create(std::make_shared<const Scenario>(std::move(*scenario)), 3);
    if (!world) throw std::logic_error(world.error().front().str());
    world_ = std::make_unique<World>(std::move(*world));
    world_->run_until(until);
    return *world_;
  }

  std::vector<std::string> lines(std::optional<cluster::RecordType> only = {}) const {
    std::vector<std::string> texts;
    const Journal& journal = world_->cluster().kernel().journal();
    for (std::uint32_t i = 1; i <= journal.size(); ++i) {
      const JournalRecord& record = journal.record(JournalId{i});
      const auto type = static_cast<cluster::RecordType>(record.type);
      const bool refused =
          type == cluster::RecordType::kRefused && record.cause != JournalId::kNone &&
          static_cast<cluster::RecordType>(journal.record(record.cause).type) == cluster::RecordType::kAction;
      if (type != cluster::RecordType::kPrinted && !refused) continue;
      if (!only || *only == type) texts.emplace_back(journal.text(record.text));
    }
    return texts;
  }
  std::vector<std::string> errors() const { return lines(cluster::RecordType::kRefused); }

  template <class T>
  const T* find(const char* name) const {
    return world_->cluster().store().find<T>("default", name);
  }
  nlohmann::json json(api::Kind kind, const char* name) const {
    const api::ObjectPtr& object =
        world_->cluster().store().get(world_->cluster().store().find(kind, "default", name));
    return object ? nlohmann::json(api::info(kind).encode(*object)) : nlohmann::json();
  }
  nlohmann::json env() const {
    return json(api::Kind::kDeployment, "web")["spec"]["template"]["spec"]["containers"][0]["env"];
  }

  MemoryFiles files_;
  std::string objects_ = kObjects, platform_ = kPlatform;
  std::unique_ptr<World> world_;
};

// What is wrong with a timeline of one entry.
inline std::vector<std::string> problems_of_entry(const std::string& entry) {
  MemoryFiles files;
  files.add("s/platform.yaml", kPlatform);
  files.add("s/objects.yaml", kObjects);
  files.add("s/scenario.yaml", std::string(kHead) + "    - {" + entry + "}\n");
  return problems_of(files);
}

}  // namespace seatrial::scenario::tests
