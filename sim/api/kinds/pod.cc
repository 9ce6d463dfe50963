// Pod (v1).
#include <algorithm>
#include <charconv>

#include "sim/api/fields_core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/pod_validation.h"
#include "sim/api/shown_pod.h"

namespace seatrial::api {

template <class V>
void fields(V& v, ContainerStateWaiting& s) {
  v("message", s.message);
  v("reason", s.reason);
}
template <class V>
void fields(V& v, ContainerStateRunning& s) {
  v("startedAt", s.started_at);
}
template <class V>
void fields(V& v, ContainerStateTerminated& s) {
  v.always("exitCode", s.exit_code);
  v("finishedAt", s.finished_at);
  v("message", s.message);
  v("reason", s.reason);
  v("startedAt", s.started_at);
}

void fields(Decoder& v, ContainerState& s) {
  const auto read_as = [&]<class T>(std::string_view name, T state) {
    if (const Value* const value = v.find(name); value && value->is_map()) {
      v.decode(*value, Place{&v.place(), name, -1}, state);
      s = std::move(state);
    }
  };
  read_as("waiting", ContainerStateWaiting{});
  read_as("running", ContainerStateRunning{});
  read_as("terminated", ContainerStateTerminated{});
}
void fields(Encoder& v, ContainerState& s) {
  if (const auto* waiting = std::get_if<ContainerStateWaiting>(&s)) v.always("waiting", *waiting);
  if (const auto* running = std::get_if<ContainerStateRunning>(&s)) v.always("running", *running);
  if (const auto* terminated = std::get_if<ContainerStateTerminated>(&s)) v.always("terminated", *terminated);
}

template <class V>
void fields(V& v, ContainerStatus& s) {
  v.always("image", s.image);
  v.object("lastState", [&](V& last) { last("terminated", s.last_termination); });
  v.always("name", s.name);
  v.always("ready", s.ready);
  v.always("restartCount", s.restart_count);
  v("started", s.started);
  v("state", s.state);
}

namespace {

const char* const kPodObjectSchema = R"(
Pod: apiVersion string, kind string, metadata ObjectMeta, spec PodSpec, status PodStatus
PodStatus: observedGeneration int64, phase string, conditions []PodCondition, message string, reason string,
  nominatedNodeName string, hostIP string, hostIPs []HostIP, podIP string, podIPs []PodIP, startTime time,
  initContainerStatuses []ContainerStatus, containerStatuses []ContainerStatus, qosClass string,
  ephemeralContainerStatuses []ContainerStatus, resize string, resourceClaimStatuses []PodResourceClaimStatus,
  extendedResourceClaimStatus PodExtendedResourceClaimStatus, allocatedResources {}quantity,
  resources ResourceRequirements, nodeAllocatableResourceClaimStatuses []NodeAllocatableResourceClaimStatus
PodCondition: type string, observedGeneration int64, status string, lastProbeTime time, lastTransitionTime time,
  reason string, message string
HostIP: ip string
PodIP: ip string
ContainerStatus: name string, state ContainerState, lastState ContainerState, ready bool, restartCount int32,
  image string, imageID string, containerID string, started bool, allocatedResources {}quantity,
  resources ResourceRequirements, volumeMounts []VolumeMountStatus, user ContainerUser,
  allocatedResourcesStatus []ResourceStatus, stopSignal string
PodResourceClaimStatus: name string, resourceClaimName string
PodExtendedResourceClaimStatus: requestMappings []ContainerExtendedResourceRequest, resourceClaimName string
NodeAllocatableResourceClaimStatus: resourceClaimName string, containers []string, resources {}quantity
ContainerState: waiting ContainerStateWaiting, running ContainerStateRunning, terminated ContainerStateTerminated
VolumeMountStatus: name string, mountPath string, readOnly bool, recursiveReadOnly string, volumeStatus VolumeStatus
ContainerUser: linux LinuxContainerUser
ResourceStatus: name string, resources []ResourceHealth
ContainerExtendedResourceRequest: containerName string, resourceName string, requestName string
ContainerStateWaiting: reason string, message string
ContainerStateRunning: startedAt time
ContainerStateTerminated: exitCode int32, signal int32, reason string, message string, startedAt time,
  finishedAt time, containerID string
VolumeStatus: image ImageVolumeStatus
LinuxContainerUser: uid int64, gid int64, supplementalGroups []int64
ResourceHealth: resourceID string, health string, message string
ImageVolumeStatus: imageRef string
)";

template <class V>
void status_fields(V& v, PodStatus& s) {
  conditions<ConditionTimes::kProbe>(v, s.conditions);
  v("containerStatuses", s.container_statuses);
  v("hostIP", s.host_ip);
  v("initContainerStatuses", s.init_container_statuses);
  v("message", s.message);
  v("nominatedNodeName", s.nominated_node_name);
  v("observedGeneration", s.observed_generation);
  v("phase", s.phase);
  v("podIP", s.pod_ip);
  v("qosClass", s.qos_class);
  v("reason", s.reason);
  v("startTime", s.start_time);
}

}  // namespace

// spec.nodeName stands in Pod::node_name, so that the spec stays shared when the scheduler binds the pod.
void object_fields(Decoder& v, Pod& pod) {
  if (const Value* const written = v.find("spec"); written && has_token_volume(*written)) {
    Value spec = *written;
    remove_token_volume(spec);
    pod.has_token_volume = true;
    v.decode(spec, Place{&v.place(), "spec", -1}, pod.spec);
  } else {
    v("spec", pod.spec);
  }
  if (!pod.spec->node_name.empty()) {
    pod.node_name = pod.spec->node_name;
    pod.spec.edit().node_name = Symbol();
  }
  v.object("status", [&](Decoder& status) { status_fields(status, pod.status); });
}
void object_fields(Encoder& v, Pod& pod) {
  Value spec = encode_value(pod.spec);
  if (!pod.node_name.empty()) set(spec, "nodeName", text_value(pod.node_name.view()));
  if (pod.has_token_volume) add_token_volume(spec, pod.metadata.uid);
  v.put("spec", std::move(spec));
  v.object("status", [&](Encoder& status) { status_fields(status, pod.status); });
}

namespace {

void set_defaults(Pod& pod) {
  PodSpec spec = *pod.spec;
  default_pod(spec);
  if (!(spec == *pod.spec)) pod.spec = Shared<PodSpec>(std::move(spec));
}

constexpr const char* kMayNotChange =
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

// A spec with what an update may change taken from the old one.
PodSpec with_mutable_fields_of(const PodSpec& spec, const PodSpec& old) {
  PodSpec result = spec;
  const auto images = [](std::vector<Container>& to, const std::vector<Container>& from) {
    for (std::size_t i = 0; i < to.size() && i < from.size(); ++i) to[i].image = from[i].image;
  };
  images(result.containers, old.containers);
  images(result.init_containers, old.init_containers);
  result.active_deadline_seconds = old.active_deadline_seconds;
  const bool negative = old.termination_grace_period_seconds.value_or(0) < 0;
  if (negative && spec.termination_grace_period_seconds == 1) {
    result.termination_grace_period_seconds = old.termination_grace_period_seconds;
  }
  result.scheduling_gates = old.scheduling_gates;
  result.tolerations = old.tolerations;
  return result;
}

// But for their tolerationSeconds.
bool has_all(const std::vector<Toleration>& now, const std::vector<Toleration>& before) {
  return std::ranges::all_of(before, [&](Toleration t) {
    return std::ranges::any_of(now, [&](const Toleration& other) {
      t.toleration_seconds = other.toleration_seconds;
      return t == other;
    });
  });
}

void validate_only_deleted_gates(Report& report, const Place& at, const std::vector<Symbol>& now,
                                 const std::vector<Symbol>& before) {
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (std::find(before.begin(), before.end(), now[i]) != before.end()) continue;
    const Place gate = item(at, i);
    report.forbidden(field(gate, "name"),
                     "only deletion is allowed, but found new scheduling gate '" + now[i].str() + "'");
  }
}

// False where nothing more can be said.
bool validate_deadline_update(Report& report, const Place& at, std::optional<std::int64_t> now,
                              std::optional<std::int64_t> before) {
  if (now && (*now < 0 || *now > INT32_MAX)) {
    report.invalid(at, *now, "must be between 0 and 2147483647, inclusive");
    return false;
  }
  if (now && before && *before < *now) {
    report.invalid(at, *now, "must be less than or equal to previous value");
    return false;
  }
  if (!now && before)
    report.invalid_json(at, Value(), "must not update from a positive integer to nil value");
  return true;
}

// As the API server's own type prints.
Value shown_term(const NodeSelectorTerm& term) {
  const auto shown = [](const std::vector<LabelSelectorRequirement>& list) {
    Value all = list.empty() ? Value() : list_value();
    for (const LabelSelectorRequirement& r : list) {
      Value one = map_value();
      set(one, "Key", encode_value(r.key));
      set(one, "Operator", encode_value(r.op));
      set(one, "Values", r.values.empty() ? Value() : encode_value(r.values));
      all.list.push_back(std::move(one));
    }
    return all;
  };
  Value map = map_value();
  set(map, "MatchExpressions", shown(term.match_expressions));
  set(map, "MatchFields", shown(term.match_fields));
  return map;
}

bool only_extends(const NodeSelectorTerm& term, const NodeSelectorTerm& old) {
  const auto starts_with = [](const auto& list, const auto& start) {
    return list.size() >= start.size() && std::equal(start.begin(), start.end(), list.begin());
  };
  if (old.match_expressions.empty() && old.match_fields.empty()) return term == old;
  return starts_with(term.match_expressions, old.match_expressions) &&
         starts_with(term.match_fields, old.match_fields);
}

void validate_affinity_mutation(Report& report, const Place& at, const Affinity& now, const Affinity& old) {
  if (!old.node_required || old.node_required->empty()) return;
  const Place required = field(at, "requiredDuringSchedulingIgnoredDuringExecution"),
              terms = field(required, "nodeSelectorTerms");
  const auto& list = now.node_required ? *now.node_required : std::vector<NodeSelectorTerm>();
  if (list.size() != old.node_required->size()) {
    Value shown = list.empty() ? Value() : list_value();
    for (const NodeSelectorTerm& term : list) shown.list.push_back(shown_term(term));
    return report.invalid_json(terms, shown,
                               "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!only_extends(list[i], (*old.node_required)[i]))
      report.invalid_json(item(terms, i), shown_term(list[i]),
                          "only additions are allowed (no mutations or deletions)");
  }
}

// A pod that waits at a gate may still be directed: its node selector and its node affinity may become
// narrower. What is judged here is taken over into `compared`.
void validate_gated_update(Report& report, const Place& at, PodSpec& compared, const PodSpec& old) {
  const auto has_entry = [&](const auto& entry) {
    const Symbol* const value = compared.node_selector.find(entry.first);
    return value && *value == entry.second;
  };
  if (!std::ranges::all_of(old.node_selector, has_entry))
    report.invalid_json(field(at, "nodeSelector"), encode_value(compared.node_selector),
                        "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
  compared.node_selector = old.node_selector;
  Affinity now = compared.affinity.value_or(Affinity());
  const Affinity before = old.affinity.value_or(Affinity());
  const Place affinity = field(at, "affinity");
  validate_affinity_mutation(report, field(affinity, "nodeAffinity"), now, before);
  now.node_required = before.node_required;
  now.node_preferred = before.node_preferred;
  if (now == before) compared.affinity = old.affinity;
}

// Source: ValidatePodUpdate. Binding sets spec.nodeName, once.
void validate_update(Report& report, const Place& at, const Pod& pod, const Pod& old) {
  if (pod.spec.same_as(old.spec) && pod.node_name == old.node_name) return;
  for (const auto& [name, list] : {std::pair("containers", &PodSpec::containers),
                                   std::pair("initContainers", &PodSpec::init_containers)}) {
    if (((*pod.spec).*list).size() != ((*old.spec).*list).size())
      return report.forbidden(field(at, name), "pod updates may not add or remove containers");
  }
  if (!validate_deadline_update(report, field(at, "activeDeadlineSeconds"), pod.spec->active_deadline_seconds,
                                old.spec->active_deadline_seconds))
    return;
  if (!has_all(pod.spec->tolerations, old.spec->tolerations)) {
    report.forbidden(field(at, "tolerations"),
                     "existing toleration can not be modified except its tolerationSeconds");
  }
  validate_only_deleted_gates(report, field(at, "schedulingGates"), pod.spec->scheduling_gates,
                              old.spec->scheduling_gates);
  PodSpec compared = with_mutable_fields_of(*pod.spec, *old.spec);
  if (!old.spec->scheduling_gates.empty()) validate_gated_update(report, at, compared, *old.spec);
  const bool rebound = !old.node_name.empty() && pod.node_name != old.node_name;
  if (rebound || !(compared == *old.spec)) report.forbidden(at, kMayNotChange);
}

// ValidatePodSpecificAnnotations: what the API server reads of a pod's annotations is a number.
void validate_deletion_cost(Report& report, const LabelMap& annotations) {
  constexpr const char* kCost = "controller.kubernetes.io/pod-deletion-cost";
  const Symbol* const cost = annotations.find(kCost);
  if (!cost) return;
  const std::string_view text = cost->view();
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool well_begun =
      text == "0" || (!text.empty() && (text[0] == '-' || (text[0] >= '1' && text[0] <= '9')));
  const bool good = well_begun && error == std::errc() && end == text.data() + text.size();
  const Place root, metadata = field(root, "metadata"), at = field(metadata, "annotations");
  if (!good) report.invalid(key(at, kCost), text, "must be a 32bit integer");
}

Problems validate(const Pod& pod, const Pod* old) {
  Report report;
  const Place root, spec = field(root, "spec");
  validate_metadata(report, pod, NameRule::kSubdomain, old);
  validate_deletion_cost(report, *pod.metadata.annotations);
  if (!old || !pod.spec.same_as(old->spec)) {
    validate_pod_spec(report, spec, *pod.spec);
    validate_images_of_pod(report, spec, *pod.spec);
  }
  if (!old && !pod.node_name.empty() && !pod.spec->scheduling_gates.empty())
    report.forbidden(field(spec, "nodeName"), "cannot be set until all schedulingGates have been cleared");
  if (old) validate_update(report, spec, pod, *old);
  return report.take();
}

}  // namespace

const KindCode& pod_code() {
  static const KindCode code = kind_code<Pod, set_defaults, validate>(kPodObjectSchema);
  return code;
}

}  // namespace seatrial::api
