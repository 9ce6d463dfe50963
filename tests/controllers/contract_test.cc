// What every controller must hold to, whatever it controls: it has nothing to do where nothing has changed, a
// key of nothing is no error, and it comes to the same end from a stale cache, from conflicts, and when it is
// restarted at any point.
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <set>

#include "sim/api/batch.h"
#include "sim/api/policy.h"
#include "sim/api/storage.h"
#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::Node;
using api::Pod;
using cluster::ControllerRow;

// A cluster with something to do for each of them.
constexpr const char* kObjects = R"(
{apiVersion: v1, kind: Namespace, metadata: {name: app}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: short-lived}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: short-lived}}
---
{apiVersion: storage.k8s.io/v1, kind: CSINode, metadata: {name: node-1},
  spec: {drivers: [{name: ebs.csi.aws.com, nodeID: i-1}]}}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: gp3}, provisioner: ebs.csi.aws.com,
  volumeBindingMode: WaitForFirstConsumer}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: now}, provisioner: ebs.csi.aws.com}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data, namespace: short-lived},
  spec: {accessModes: [ReadWriteOnce], storageClassName: now, resources: {requests: {storage: 1Gi}}}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota, namespace: app}
spec: {hard: {pods: "40", services: "5"}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: app}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: app}
spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: app}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 5}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "web:1.3", resources: {requests: {cpu: 100m}}}]
      tolerations:
      - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 5}
      - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 5}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: old, namespace: app}
spec:
  replicas: 2
  selector: {matchLabels: {app: old}}
  template:
    metadata: {labels: {app: old}}
    spec: {containers: [{name: web, image: "web:1.3"}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: app}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: "db:1"}]
      nodeSelector: {kubernetes.io/hostname: node-1}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], storageClassName: gp3, resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: app}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: app}
spec:
  completions: 3
  parallelism: 2
  template:
    metadata: {annotations: {hollow.example/complete-after-ms: "3000"}}
    spec: {containers: [{name: once, image: "once:1"}], restartPolicy: Never}
---
apiVersion: batch/v1
kind: Job
metadata: {name: forgotten, namespace: app}
spec:
  ttlSecondsAfterFinished: 20
  template:
    metadata: {annotations: {hollow.example/complete-after-ms: "3000"}}
    spec: {containers: [{name: once, image: "once:1"}], restartPolicy: Never}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: app}
spec:
  schedule: "* * * * *"
  successfulJobsHistoryLimit: 2
  jobTemplate:
    spec:
      template:
        metadata: {annotations: {hollow.example/complete-after-ms: "3000"}}
        spec: {containers: [{name: nightly, image: "once:1"}], restartPolicy: Never}
---
apiVersion: v1
kind: Pod
metadata: {name: lost, namespace: default}
spec: {nodeName: nowhere, containers: [{name: lost, image: "once:1"}]}
)";

class Busy : public TestCluster {
 public:
  explicit Busy(const cluster::ControlPlaneTimings& timings = {}) : TestCluster(4, 1, timings) {
    apply(kObjects);
  }

  // Plays the story, and calls `meddle` every 500 ms of its first minute.
  void play(const std::function<void(Busy&)>& meddle = [](Busy&) {}) {
    for (int step = 0; step < 120; ++step) {
      if (step == 20) change_images();
      if (step == 30) {
        remove(named<api::Deployment>("old"));
        remove(server.store().get(server.store().find(Kind::kNamespace, {}, "short-lived")));
      }
      if (step == 36) hollow.set_heartbeat(kernel, server, "node-3", false);
      if (step == 60) {
        hollow.set_heartbeat(kernel, server, "node-4", false);
        remove(server.store().get(server.store().find(Kind::kNode, {}, "node-4")));
      }
      meddle(*this);
      run(500_ms);
    }
    run(120_s);
    hollow.set_heartbeat(kernel, server, "node-3", true);
    run(400_s);
    // The DaemonSet controller does not hear of a taint that goes where its pod stayed: its status is right
    // when somebody touches the set.
    annotate_everything();
    run(60_s);
  }

  // What the cluster has come to, without what chance and timing decide: names, addresses, places, times.
  std::string outcome() const {
    std::multiset<std::string> lines;
    for (const auto& pod : all<Pod>()) {
      const api::OwnerReference* owner = pod->metadata.controller_ref();
      lines.insert(fmt::format("Pod of {} {} {} {}", owner ? owner->kind.str() : "nobody",
                               pod->spec->containers.front().image.str(), to_string(pod->status.phase),
                               pod->metadata.deletion_timestamp ? "leaving" : ""));
    }
    for (const auto& d : all<api::Deployment>())
      lines.insert(fmt::format("Deployment {} {}/{}/{}/{}", d->metadata.name.str(), d->replicas,
                               d->status.replicas, d->status.updated_replicas, d->status.available_replicas));
    for (const auto& r : all<api::ReplicaSet>())
      lines.insert(fmt::format("ReplicaSet {} {}", r->metadata.name.str(), r->status.available_replicas));
    for (const auto& s : all<api::StatefulSet>())
      lines.insert(
          fmt::format("StatefulSet {}/{}", s->status.available_replicas, s->status.updated_replicas));
    for (const auto& d : all<api::DaemonSet>())
      lines.insert(fmt::format("DaemonSet {}/{}/{}", d->status.desired_number_scheduled,
                               d->status.number_available, d->status.updated_number_scheduled));
    for (const auto& j : all<api::Job>())
      lines.insert(fmt::format(
          "Job {} {}/{}/{} {}", j->metadata.controller_ref() ? "of a CronJob" : j->metadata.name.str(),
          j->status.active, j->status.succeeded, j->status.failed, finished_condition(*j) != nullptr));
    for (const auto& c : all<api::CronJob>())
      lines.insert(fmt::format("CronJob {} active, has started {}", c->status.active.size(),
                               c->status.last_schedule_time.has_value()));
    for (const auto& b : all<api::PodDisruptionBudget>())
      lines.insert(
          fmt::format("PodDisruptionBudget {}/{}", b->status.current_healthy, b->status.disruptions_allowed));
    for (const auto& q : all<api::ResourceQuota>())
      lines.insert(fmt::format("ResourceQuota {}", q->used.at("pods").str()));
    for (const auto& slice : all<api::EndpointSlice>())
      lines.insert(fmt::format("EndpointSlice {}", slice->endpoints.size()));
    for (const auto& claim : all<api::PersistentVolumeClaim>())
      lines.insert(
          fmt::format("PersistentVolumeClaim {} {}", claim->metadata.name.str(), claim->status.phase.str()));
    for (const auto& volume : all<api::PersistentVolume>())
      lines.insert(fmt::format("PersistentVolume {}", volume->status.phase.str()));
    for (const auto& n : all<Node>()) lines.insert(fmt::format("Node {} taints", n->taints.size()));
    for (const Kind kind : {Kind::kNamespace, Kind::kServiceAccount, Kind::kConfigMap,
                            Kind::kControllerRevision, Kind::kHorizontalPodAutoscaler}) {
      lines.insert(fmt::format("{} of kind {}", server.store().list(kind).size(), api::info(kind).name));
    }
    return fmt::format("{}\n", fmt::join(lines, "\n"));
  }

  template <class T>
  std::shared_ptr<const T> named(const char* name) const {
    const T* const found = server.store().find<T>("app", name);
    return found ? api::as<T>(server.store().get(found->ref())) : nullptr;
  }
  // Somebody else writes every object.
  void annotate_everything() {
    const std::string text = std::to_string(++edits_);
    for (const api::KindInfo& kind : api::kinds()) {
      if (kind.kind == Kind::kEvent || kind.kind == Kind::kLease) continue;
      for (const api::ObjectPtr& object : server.store().list(kind.kind)) {
        auto next = kind.clone(*object);
        next->metadata.annotations.edit().set("example/meddled", text);
        ApiRequest request;
        request.verb = Verb::kUpdate;
        request.object = next;
        (void)server.execute(kernel, request);
      }
    }
  }

 private:
  void change_images() {
    const auto renew = [](auto& next) {
      next.template_.edit().spec.edit().containers.front().image = "web:1.4";
    };
    edit<api::Deployment>(named<api::Deployment>("web"), renew);
    edit<api::StatefulSet>(named<api::StatefulSet>("db"), renew);
    edit<api::DaemonSet>(named<api::DaemonSet>("agent"), renew);
  }
  int edits_ = 0;
};

// As it goes without any trouble.
const std::string& usual() {
  static const std::string outcome = [] {
    Busy cluster;
    cluster.play();
    return cluster.outcome();
  }();
  return outcome;
}

TEST(ControllerContract, TheStoryGivesEveryControllerSomethingToDo) {
  EXPECT_THAT(usual(), testing::HasSubstr("Deployment web 4/4/4/4"));
  EXPECT_THAT(usual(), testing::Not(testing::HasSubstr("Deployment old")));
  EXPECT_THAT(usual(), testing::HasSubstr("StatefulSet 2/2"));
  EXPECT_THAT(usual(), testing::HasSubstr("DaemonSet 3/3/3"));
  EXPECT_THAT(usual(), testing::HasSubstr("Job once 0/3/0 true"));
  EXPECT_THAT(usual(), testing::Not(testing::HasSubstr("Job forgotten")));
  EXPECT_THAT(usual(), testing::HasSubstr("CronJob 0 active, has started true"));
  EXPECT_THAT(usual(),
              testing::HasSubstr("Job of a CronJob 0/1/0 true\nJob of a CronJob 0/1/0 true\nJob once"));
  EXPECT_THAT(usual(), testing::Not(testing::HasSubstr("Pod of nobody")));
  EXPECT_THAT(usual(), testing::HasSubstr("PodDisruptionBudget 4/2"));
  EXPECT_THAT(usual(), testing::HasSubstr("EndpointSlice 4"));
  EXPECT_THAT(usual(), testing::HasSubstr("ResourceQuota 9"));
  EXPECT_THAT(usual(), testing::HasSubstr("PersistentVolumeClaim data-db-1 Bound\n"));
  EXPECT_THAT(usual(), testing::Not(testing::HasSubstr("PersistentVolumeClaim data ")));
  EXPECT_THAT(usual(), testing::Not(testing::HasSubstr("PersistentVolume Released")));
  EXPECT_THAT(usual(), testing::Not(testing::HasSubstr("leaving")));
}

TEST(ControllerContract, FromAStaleCacheItComesToTheSameEnd) {
  cluster::ControlPlaneTimings timings;
  timings.watch_delivery = Distribution::uniform(100_ms, 3_s);
  Busy cluster(timings);
  cluster.play();
  EXPECT_EQ(cluster.outcome(), usual());
}

TEST(ControllerContract, FromConflictsItComesToTheSameEnd) {
  Busy cluster;
  cluster.play([](Busy& c) { c.annotate_everything(); });
  EXPECT_EQ(cluster.outcome(), usual());
}

class EachController : public testing::TestWithParam<std::string_view> {
 protected:
  static const ControllerRow& row() {
    const auto rows = controller_rows();
    return *std::ranges::find(rows, GetParam(), &ControllerRow::name);
  }
};
std::vector<std::string_view> all_names() {
  std::vector<std::string_view> names;
  for (const ControllerRow& row : controller_rows()) names.push_back(row.name);
  return names;
}
INSTANTIATE_TEST_SUITE_P(ControllerContract, EachController, testing::ValuesIn(all_names()),
                         [](const auto& test) {
                           std::string name(test.param);
                           std::ranges::replace(name, '-', '_');
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

TEST_P(EachController, RestartedInTheMiddleComesToTheSameEnd) {
  Busy cluster;
  const std::uint32_t index = cluster.manager.controller(GetParam());
  int step = 0;
  cluster.play([&](Busy& c) {
    if (++step % 3 == 0) c.manager.restart(c.kernel, c.server, index);
  });
  EXPECT_EQ(cluster.outcome(), usual());
}

TEST_P(EachController, ReconcilingTwiceChangesNothing) {
  Busy cluster;
  cluster.play();
  const std::uint32_t index = cluster.manager.controller(GetParam());
  const std::uint64_t before = cluster.version();
  // Each key twice, at one instant.
  for (int times = 0; times < 2; ++times) {
    for (const Kind kind : row().watches) {
      for (const api::ObjectPtr& object : cluster.manager.cache().all(kind)) {
        if (object)
          cluster.manager.enqueue(cluster.kernel, cluster.server, index, cluster::sync_key(object->ref()),
                                  JournalId::kNone);
      }
    }
    cluster.run(1_s);
  }
  EXPECT_EQ(cluster.version(), before);
}

TEST_P(EachController, AMissingKeyIsNoError) {
  Busy cluster;
  cluster.play();
  const std::uint32_t index = cluster.manager.controller(GetParam());
  const std::uint64_t version = cluster.version(), syncs = cluster.manager.syncs();
  for (const Kind kind : row().watches)
    cluster.manager.enqueue(cluster.kernel, cluster.server, index, cluster::sync_key({kind, 1'000'000}),
                            JournalId::kNone);
  cluster.run(10_s);  // one that failed would be tried again
  EXPECT_EQ(cluster.version(), version);
  EXPECT_LE(cluster.manager.syncs() - syncs, row().watches.size() + 2);  // others have a period
}

}  // namespace
}  // namespace seatrial::controllers
