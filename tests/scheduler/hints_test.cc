// Queueing hints by rows: which change of the cluster brings a pod back that a plugin refused. Sources: the
// plugins' EventsToRegister and isSchedulableAfter…
#include <gtest/gtest.h>

#include "sim/api/storage.h"
#include "tests/scheduler/cluster_fixture.h"

namespace seatrial::scheduler {
namespace {

using api::ObjectPtr;

const Plugin& plugin(std::string_view name) {
  const auto all = plugins();
  const auto at = std::ranges::find(all, name, &Plugin::name);
  CHECK(at != all.end());
  return *at;
}

// The pod that waits: 1 CPU, host port 80, zone a, spread and apart from its kind, with a claim.
std::shared_ptr<api::Pod> waiting() {
  auto pod = TestCluster::make_pod("waiting", "1");
  pod->index = 1;
  api::PodSpec& spec = pod->spec.edit();
  spec.containers[0].ports.push_back({"http", 80, 80, "TCP", {}});
  spec.node_selector = {{"topology.kubernetes.io/zone", "a"}};
  spec.volume_claims = {"data"};
  api::TopologySpreadConstraint& spread = spec.topology_spread_constraints.emplace_back();
  spread.topology_key = "topology.kubernetes.io/zone";
  spread.label_selector = api::LabelSelector{{{"app", "web"}}, {}};
  api::PodAffinityTerm term;
  term.topology_key = "kubernetes.io/hostname";
  term.label_selector = api::LabelSelector{{{"app", "web"}}, {}};
  spec.affinity.emplace().pod_anti_required.push_back(term);
  term.label_selector = api::LabelSelector{{{"app", "db"}}, {}};
  spec.affinity->pod_required.push_back(term);
  return pod;
}

std::shared_ptr<api::Node> node(const char* zone, const char* cpu, bool tainted = false,
                                bool cordoned = false) {
  auto made = TestCluster::make_node("n", zone, cpu);
  if (tainted) made->taints.push_back({"dedicated", "x", "NoSchedule"});
  made->unschedulable = cordoned;
  return made;
}
std::shared_ptr<api::Pod> other(const char* app, std::int32_t host_port = 0, const char* claim = nullptr,
                                const char* name_space = "default") {
  auto pod = TestCluster::make_pod("other", "1", "64Mi", {{"app", app}});
  pod->index = 2;
  pod->metadata.namespace_ = name_space;
  pod->node_name = "n";
  if (host_port) pod->spec.edit().containers[0].ports.push_back({"http", 80, host_port, "TCP", {}});
  if (claim) pod->spec.edit().volume_claims = {claim};
  return pod;
}
std::shared_ptr<api::PersistentVolumeClaim> claim(const char* name) {
  auto made = std::make_shared<api::PersistentVolumeClaim>();
  made->metadata.name = name;
  made->metadata.namespace_ = "default";
  return made;
}
std::shared_ptr<api::StorageClass> storage_class(const char* mode) {
  auto made = std::make_shared<api::StorageClass>();
  made->volume_binding_mode = mode;
  return made;
}
std::shared_ptr<api::PersistentVolume> volume(const char* zone) {
  auto made = std::make_shared<api::PersistentVolume>();
  made->metadata.labels = api::LabelMap{{"topology.kubernetes.io/zone", zone}};
  return made;
}
std::shared_ptr<api::CsiNode> csi(std::int32_t count) {
  auto made = std::make_shared<api::CsiNode>();
  made->drivers.push_back({"d", "n", {}, count});
  return made;
}

struct Row {
  const char *name, *plugin;
  std::uint32_t kind;
  ObjectPtr before, after;
  bool queues;
};

TEST(Hints, TellWhichChangesHelp) {
  const Row rows[] = {
      {"a pod went", "NodeResourcesFit", kAssignedPodDelete, other("x"), nullptr, true},
      {"a node with room", "NodeResourcesFit", kNodeAdd, nullptr, node("a", "4"), true},
      {"a node too small", "NodeResourcesFit", kNodeAdd, nullptr, node("a", "500m"), false},
      {"a node grew", "NodeResourcesFit", kNodeAllocatable, node("a", "2"), node("a", "4"), true},
      {"a node shrank", "NodeResourcesFit", kNodeAllocatable, node("a", "4"), node("a", "2"), false},
      {"a node of the zone", "NodeAffinity", kNodeAdd, nullptr, node("a", "4"), true},
      {"a node elsewhere", "NodeAffinity", kNodeAdd, nullptr, node("b", "4"), false},
      {"a node moved into the zone", "NodeAffinity", kNodeLabel, node("b", "4"), node("a", "4"), true},
      {"it was in the zone before", "NodeAffinity", kNodeLabel, node("a", "4"), node("a", "4"), false},
      {"a node without taints", "TaintToleration", kNodeAdd, nullptr, node("a", "4"), true},
      {"a tainted node", "TaintToleration", kNodeAdd, nullptr, node("a", "4", true), false},
      {"a taint went", "TaintToleration", kNodeTaint, node("a", "4", true), node("a", "4"), true},
      {"uncordoned", "NodeUnschedulable", kNodeTaint, node("a", "4", false, true), node("a", "4"), true},
      {"cordoned", "NodeUnschedulable", kNodeTaint, node("a", "4"), node("a", "4", false, true), false},
      {"its port is free", "NodePorts", kAssignedPodDelete, other("x", 80), nullptr, true},
      {"another port is free", "NodePorts", kAssignedPodDelete, other("x", 81), nullptr, false},
      {"one of its kind went", "PodTopologySpread", kAssignedPodDelete, other("web"), nullptr, true},
      {"another kind went", "PodTopologySpread", kAssignedPodDelete, other("x"), nullptr, false},
      {"in another namespace", "PodTopologySpread", kAssignedPodDelete, other("web", 0, nullptr, "far"),
       nullptr, false},
      {"a pod changed sides", "PodTopologySpread", kPodLabel, other("x"), other("web"), true},
      {"a domain appeared", "PodTopologySpread", kNodeAdd, nullptr, node("c", "4"), true},
      {"what it wants to be with", "InterPodAffinity", kAssignedPodAdd, nullptr, other("db"), true},
      {"what it does not care for", "InterPodAffinity", kAssignedPodAdd, nullptr, other("x"), false},
      {"what it keeps away from went", "InterPodAffinity", kAssignedPodDelete, other("web"), nullptr, true},
      {"a node with labels", "InterPodAffinity", kNodeAdd, nullptr, node("a", "4"), true},
      {"its claim", "VolumeBinding", kClaimAdd, nullptr, claim("data"), true},
      {"another's claim", "VolumeBinding", kClaimUpdate, claim("x"), claim("x"), false},
      {"a volume", "VolumeBinding", kVolumeAdd, nullptr, volume("a"), true},
      {"a class with the same topologies", "VolumeBinding", kClassUpdate, storage_class("Immediate"),
       storage_class("Immediate"), false},
      {"a class that waits", "VolumeZone", kClassAdd, nullptr, storage_class("WaitForFirstConsumer"), true},
      {"a class that does not", "VolumeZone", kClassAdd, nullptr, storage_class("Immediate"), false},
      {"a volume of another zone", "VolumeZone", kVolumeUpdate, volume("a"), volume("b"), true},
      {"a volume as it was", "VolumeZone", kVolumeUpdate, volume("a"), volume("a"), false},
      {"a pod with volumes went", "NodeVolumeLimits", kAssignedPodDelete, other("x", 0, "d"), nullptr, true},
      {"a pod without went", "NodeVolumeLimits", kAssignedPodDelete, other("x"), nullptr, false},
      {"a driver takes more", "NodeVolumeLimits", kCsiNodeUpdate, csi(1), csi(2), true},
      {"a driver as it was", "NodeVolumeLimits", kCsiNodeUpdate, csi(1), csi(1), false},
      {"who used its claim went", "VolumeRestrictions", kAssignedPodDelete, other("x", 0, "data"), nullptr,
       true},
      {"who used another went", "VolumeRestrictions", kAssignedPodDelete, other("x", 0, "d"), nullptr, false},
  };
  const auto pod = waiting();
  const PodInfo info = make_pod_info(*pod);
  const NamespaceLabels no_namespaces;
  const PluginConfig config;
  const HintContext context{*pod, info, no_namespaces, config, {}};
  for (const Row& row : rows) {
    const Plugin& refused_by = plugin(row.plugin);
    EXPECT_TRUE(refused_by.events & row.kind) << row.name;
    EXPECT_EQ(refused_by.hint(context, {row.kind, row.before, row.after}), row.queues) << row.name;
  }
}

}  // namespace
}  // namespace seatrial::scheduler
