// Node (v1).
#include <algorithm>

#include "sim/api/core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {

template <class V>
void fields(V& v, Taint& t) {
  v.always("effect", t.effect);
  v.always("key", t.key);
  v("timeAdded", t.time_added);
  v("value", t.value);
}

void fields(Decoder& v, ContainerImage& image) {
  std::vector<Symbol> names;
  v("names", names);
  if (!names.empty()) image.name = names[0];
  v("sizeBytes", image.size_bytes);
}
void fields(Encoder& v, ContainerImage& image) {
  v.always("names", std::vector<Symbol>{image.name});
  v("sizeBytes", image.size_bytes);
}

namespace {

const char* const kNodeSchema = R"(
Node: apiVersion string, kind string, metadata ObjectMeta, spec NodeSpec, status NodeStatus
NodeSpec: podCIDR string, podCIDRs []string, providerID string, unschedulable bool, taints []Taint,
  configSource NodeConfigSource, externalID string
NodeStatus: capacity {}quantity, allocatable {}quantity, phase string, conditions []NodeCondition,
  addresses []NodeAddress, daemonEndpoints NodeDaemonEndpoints, nodeInfo NodeSystemInfo, images []ContainerImage,
  volumesInUse []string, volumesAttached []AttachedVolume, config NodeConfigStatus,
  runtimeHandlers []NodeRuntimeHandler, features NodeFeatures, declaredFeatures []string
Taint: key string, value string, effect string, timeAdded time
NodeConfigSource: configMap ConfigMapNodeConfigSource
NodeCondition: type string, status string, lastHeartbeatTime time, lastTransitionTime time, reason string,
  message string
NodeAddress: type string, address string
NodeDaemonEndpoints: kubeletEndpoint DaemonEndpoint
NodeSystemInfo: machineID string, systemUUID string, bootID string, kernelVersion string, osImage string,
  containerRuntimeVersion string, kubeletVersion string, kubeProxyVersion string, operatingSystem string,
  architecture string, swap NodeSwapStatus
ContainerImage: names []string, sizeBytes int64
AttachedVolume: name string, devicePath string
NodeConfigStatus: assigned NodeConfigSource, active NodeConfigSource, lastKnownGood NodeConfigSource, error string
NodeRuntimeHandler: name string, features NodeRuntimeHandlerFeatures
NodeFeatures: supplementalGroupsPolicy bool
ConfigMapNodeConfigSource: namespace string, name string, uid string, resourceVersion string,
  kubeletConfigKey string
DaemonEndpoint: Port int32
NodeSwapStatus: capacity int64
NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts bool, userNamespaces bool
)";

}  // namespace

template <class V>
void object_fields(V& v, Node& n) {
  v.object("spec", [&](V& spec) {
    spec("providerID", n.provider_id);
    spec("taints", n.taints);
    spec("unschedulable", n.unschedulable);
  });
  v.object("status", [&](V& status) {
    status("allocatable", n.allocatable);
    status("capacity", n.capacity);
    conditions<ConditionTimes::kHeartbeat>(status, n.conditions);
    status("images", n.images);
  });
}

namespace {

// SetDefaults_NodeStatus: allocatable is the capacity unless given.
void set_defaults(Node& n) {
  if (n.allocatable.empty()) n.allocatable = n.capacity;
}

constexpr std::array kTaintEffects{"NoSchedule"sv, "PreferNoSchedule"sv, "NoExecute"sv};

void validate_taint(Report& report, const Place& at, const Taint& taint) {
  report.invalid_all(field(at, "key"), taint.key.view(), check_qualified_name(taint.key.view()));
  report.invalid_all(field(at, "value"), taint.value.view(), check_label_value(taint.value.view()));
  if (std::find(kTaintEffects.begin(), kTaintEffects.end(), taint.effect.view()) == kTaintEffects.end()) {
    report.unsupported(field(at, "effect"), taint.effect.view(), kTaintEffects);
  }
}

Problems validate(const Node& n, const Node* old) {
  Report report;
  const Place root, spec = field(root, "spec"), taints = field(spec, "taints");
  validate_metadata(report, n, NameRule::kSubdomain, old);
  for (std::size_t i = 0; i < n.taints.size(); ++i) {
    validate_taint(report, item(taints, i), n.taints[i]);
    const auto same = [&](const Taint& other) {
      return other.key == n.taints[i].key && other.effect == n.taints[i].effect;
    };
    if (!std::any_of(n.taints.begin(), n.taints.begin() + static_cast<std::ptrdiff_t>(i), same)) continue;
    Value shown = map_value();  // as the API server's own type prints
    set(shown, "Key", encode_value(n.taints[i].key));
    set(shown, "Value", encode_value(n.taints[i].value));
    set(shown, "Effect", encode_value(n.taints[i].effect));
    set(shown, "TimeAdded", n.taints[i].time_added ? encode_value(*n.taints[i].time_added) : Value());
    report.duplicate_json(item(taints, i), shown);
  }
  return report.take();
}

}  // namespace

const KindCode& node_code() {
  static const KindCode code = kind_code<Node, set_defaults, validate>(kNodeSchema);
  return code;
}

}  // namespace seatrial::api
