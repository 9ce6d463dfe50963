// HorizontalPodAutoscaler (autoscaling/v2).
#include <algorithm>

#include "sim/api/autoscaling.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/pod_validation.h"

namespace seatrial::api {

template <>
struct EnumNames<MetricTargetType> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "Utilization"sv, "Value"sv, "AverageValue"sv};
  static constexpr std::string_view kMustBe = "must be either Utilization, Value, or AverageValue";
};
template <>
struct EnumNames<MetricSourceType> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv,        "Object"sv, "Pods"sv, "Resource"sv, "ContainerResource"sv,
                                     "External"sv};
  static constexpr std::array kShown{"ContainerResource"sv, "External"sv, "Object"sv, "Pods"sv, "Resource"sv};
};
template <>
struct EnumNames<ScalingPolicySelect> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "Max"sv, "Min"sv, "Disabled"sv};
  static constexpr std::array kShown{"Disabled"sv, "Max"sv, "Min"sv};
};
template <>
struct EnumNames<HpaScalingPolicyType> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "Pods"sv, "Percent"sv};
  static constexpr std::array kShown{"Percent"sv, "Pods"sv};
};

namespace {

const char* const kHorizontalPodAutoscalerSchema = R"(
HorizontalPodAutoscaler: apiVersion string, kind string, metadata ObjectMeta, spec HorizontalPodAutoscalerSpec,
  status HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerSpec: scaleTargetRef CrossVersionObjectReference, minReplicas int32, maxReplicas int32,
  metrics []MetricSpec, behavior HorizontalPodAutoscalerBehavior
CrossVersionObjectReference: apiVersion string, kind string, name string
MetricSpec: type string, object ObjectMetricSource, pods PodsMetricSource, resource ResourceMetricSource,
  containerResource ContainerResourceMetricSource, external ExternalMetricSource
ObjectMetricSource: describedObject CrossVersionObjectReference, target MetricTarget, metric MetricIdentifier
PodsMetricSource: metric MetricIdentifier, target MetricTarget
ResourceMetricSource: name string, target MetricTarget
ContainerResourceMetricSource: name string, target MetricTarget, container string
ExternalMetricSource: metric MetricIdentifier, target MetricTarget
MetricIdentifier: name string, selector LabelSelector
MetricTarget: type string, value quantity, averageValue quantity, averageUtilization int32
HorizontalPodAutoscalerBehavior: scaleUp HPAScalingRules, scaleDown HPAScalingRules
HPAScalingRules: stabilizationWindowSeconds int32, selectPolicy string, policies []HPAScalingPolicy,
  tolerance quantity
HPAScalingPolicy: type string, value int32, periodSeconds int32
HorizontalPodAutoscalerStatus: observedGeneration int64, lastScaleTime time, currentReplicas int32,
  desiredReplicas int32, currentMetrics []MetricStatus, conditions []HorizontalPodAutoscalerCondition
MetricStatus: type string, object ObjectMetricStatus, pods PodsMetricStatus, resource ResourceMetricStatus,
  containerResource ContainerResourceMetricStatus, external ExternalMetricStatus
ObjectMetricStatus: metric MetricIdentifier, current MetricValueStatus,
  describedObject CrossVersionObjectReference
PodsMetricStatus: metric MetricIdentifier, current MetricValueStatus
ResourceMetricStatus: name string, current MetricValueStatus
ContainerResourceMetricStatus: name string, current MetricValueStatus, container string
ExternalMetricStatus: metric MetricIdentifier, current MetricValueStatus
MetricValueStatus: value quantity, averageValue quantity, averageUtilization int32
HorizontalPodAutoscalerV1: apiVersion string, kind string, metadata ObjectMeta,
  spec HorizontalPodAutoscalerV1Spec, status HorizontalPodAutoscalerV1Status
HorizontalPodAutoscalerV1Spec: scaleTargetRef CrossVersionObjectReference, minReplicas int32,
  maxReplicas int32, targetCPUUtilizationPercentage int32
HorizontalPodAutoscalerV1Status: observedGeneration int64, lastScaleTime time, currentReplicas int32,
  desiredReplicas int32, currentCPUUtilizationPercentage int32
HorizontalPodAutoscalerCondition: type string, status string, lastTransitionTime time, reason string,
  message string
)";

}  // namespace

template <class V>
void fields(V& v, CrossVersionObjectReference& r) {
  v("apiVersion", r.api_version);
  v("kind", r.kind);
  v("name", r.name);
}
template <class V>
void fields(V& v, MetricIdentifier& m) {
  v("name", m.name);
  v("selector", m.selector);
}
template <class V>
void fields(V& v, MetricValue& m) {
  v("averageUtilization", m.average_utilization);
  v("averageValue", m.average_value);
  v("type", m.type);
  v("value", m.value);
}
template <class V>
void fields(V& v, MetricSource& m) {
  v("container", m.container);
  v("current", m.current);
  v("describedObject", m.described_object);
  v("metric", m.metric);
  v("name", m.name);
  v("target", m.target);
}
template <class V>
void fields(V& v, Metric& m) {
  v("containerResource", m.container_resource);
  v("external", m.external);
  v("object", m.object);
  v("pods", m.pods);
  v("resource", m.resource);
  v.always("type", m.type);
}
template <class V>
void fields(V& v, HpaScalingPolicy& p) {
  v.always("periodSeconds", p.period_seconds);
  v.always("type", p.type);
  v.always("value", p.value);
}
template <class V>
void fields(V& v, HpaScalingRules& r) {
  v("policies", r.policies);
  v("selectPolicy", r.select_policy);
  v("stabilizationWindowSeconds", r.stabilization_window_seconds);
  v("tolerance", r.tolerance);
}
template <class V>
void fields(V& v, HpaBehavior& b) {
  v("scaleDown", b.scale_down);
  v("scaleUp", b.scale_up);
}

template <class V>
void object_fields(V& v, HorizontalPodAutoscaler& h) {
  v.object("spec", [&](V& spec) {
    spec("behavior", h.behavior);
    spec.always("maxReplicas", h.max_replicas);
    spec("metrics", h.metrics);
    spec("minReplicas", h.min_replicas);
    spec.always("scaleTargetRef", h.scale_target_ref);
  });
  v.object("status", [&](V& status) {
    conditions<ConditionTimes::kTransition>(status, h.status.conditions);
    status("currentMetrics", h.status.current_metrics);
    status("currentReplicas", h.status.current_replicas);
    status.always("desiredReplicas", h.status.desired_replicas);
    status("lastScaleTime", h.status.last_scale_time);
    status("observedGeneration", h.status.observed_generation);
  });
}

namespace {

// ---- Defaults: pkg/apis/autoscaling/v2/defaults.go ----

constexpr std::int32_t kDefaultUtilization = 80;

void fill(std::optional<HpaScalingRules>& rules, const HpaScalingRules& defaults) {
  if (!rules) rules.emplace();
  if (rules->select_policy == ScalingPolicySelect::kUnset) rules->select_policy = defaults.select_policy;
  if (!rules->stabilization_window_seconds)
    rules->stabilization_window_seconds = defaults.stabilization_window_seconds;
  if (!rules->policies) rules->policies = defaults.policies;
}

// The window of scaleDown stays open: it is an option of the controller manager.
void set_defaults(HorizontalPodAutoscaler& h) {
  using Policies = std::vector<HpaScalingPolicy>;
  if (!h.min_replicas) h.min_replicas = 1;
  if (h.metrics.empty()) {
    MetricSource cpu;
    cpu.name = "cpu";
    cpu.target.type = MetricTargetType::kUtilization;
    cpu.target.average_utilization = kDefaultUtilization;
    h.metrics.emplace_back();
    h.metrics.back().type = MetricSourceType::kResource;
    h.metrics.back().resource = std::move(cpu);
  }
  if (!h.behavior) return;
  const HpaScalingPolicy double_it{HpaScalingPolicyType::kPercent, 100, 15};
  const HpaScalingPolicy four_more{HpaScalingPolicyType::kPods, 4, 15};
  fill(h.behavior->scale_up, {0, ScalingPolicySelect::kMax, Policies{four_more, double_it}, {}});
  fill(h.behavior->scale_down, {{}, ScalingPolicySelect::kMax, Policies{double_it}, {}});
}

// ---- Validation: pkg/apis/autoscaling/validation/validation.go ----

constexpr std::int32_t kLongestPeriod = 1800, kLongestWindow = 3600;

void at_most(Report& report, const Place& at, std::int32_t number, std::int32_t most) {
  if (number > most) report.invalid(at, number, "must be less than or equal to " + std::to_string(most));
}

void validate_reference(Report& report, const Place& at, const CrossVersionObjectReference& r) {
  for (const auto& [name, value] : {std::pair("kind", r.kind), std::pair("name", r.name)}) {
    if (value.empty())
      report.required(field(at, name), "");
    else
      report.invalid_all(field(at, name), value.view(), check_path_segment_name(value.view()));
  }
}

void validate_identifier(Report& report, const Place& at, const MetricIdentifier& metric) {
  if (metric.name.empty())
    report.required(field(at, "name"), "must specify a metric name");
  else
    report.invalid_all(field(at, "name"), metric.name.view(), check_path_segment_name(metric.name.view()));
}

void validate_target(Report& report, const Place& at, const MetricValue& target) {
  if (target.type == MetricTargetType::kUnset) {
    report.required(field(at, "type"), "must specify a metric target type");
    report.invalid(field(at, "type"), "", EnumNames<MetricTargetType>::kMustBe);
  }
  for (const auto& [name, value] :
       {std::pair("value", &target.value), std::pair("averageValue", &target.average_value)}) {
    if (*value && ((*value)->is_zero() || (*value)->is_negative()))
      report.invalid(field(at, name), (*value)->str(), "must be positive");
  }
  if (target.average_utilization.value_or(1) < 1)
    report.invalid(field(at, "averageUtilization"), *target.average_utilization, "must be greater than 0");
}

void validate_custom(Report& report, const Place& at, const MetricSource& m, MetricSourceType type) {
  const Place target = field(at, "target"), metric = field(at, "metric");
  if (type == MetricSourceType::kObject)
    validate_reference(report, field(at, "describedObject"), m.described_object);
  validate_identifier(report, metric, m.metric);
  validate_target(report, target, m.target);
  if (m.target.average_value || (m.target.value && type != MetricSourceType::kPods)) {
    if (type == MetricSourceType::kExternal && m.target.value && m.target.average_value)
      report.forbidden(field(target, "value"),
                       "may not set both a target value for metric and a per-pod target");
    return;
  }
  report.required(field(target, "averageValue"),
                  type == MetricSourceType::kPods       ? "must specify a positive target averageValue"
                  : type == MetricSourceType::kExternal ? "must set either a target value for metric or a "
                                                          "per-pod target"
                                                        : "must set either a target value or averageValue");
}

void validate_resource(Report& report, const Place& at, const MetricSource& m, MetricSourceType type) {
  const bool of_container = type == MetricSourceType::kContainerResource;
  if (m.name.empty())
    report.required(field(at, "name"), "must specify a resource name");
  else if (of_container)
    validate_container_resource_name(report, field(at, "name"), m.name.view());
  if (of_container && m.container.empty())
    report.required(field(at, "container"), "must specify a container");
  else if (of_container)
    report.invalid_all(field(at, "container"), m.container.view(), check_dns1123_label(m.container.view()));
  const Place target = field(at, "target");
  validate_target(report, target, m.target);
  if (!m.target.average_utilization && !m.target.average_value)
    report.required(field(target, "averageUtilization"),
                    "must set either a target raw value or a target utilization");
  if (m.target.average_utilization && m.target.average_value)
    report.forbidden(field(target, "averageValue"),
                     "may not set both a target raw value and a target utilization");
}

struct Source {
  MetricSourceType type;
  const char* name;
  std::optional<MetricSource> Metric::* member;
  void (*validate)(Report&, const Place&, const MetricSource&, MetricSourceType);
};
constexpr std::array<Source, 5> kSources{{
    {MetricSourceType::kObject, "object", &Metric::object, validate_custom},
    {MetricSourceType::kExternal, "external", &Metric::external, validate_custom},
    {MetricSourceType::kPods, "pods", &Metric::pods, validate_custom},
    {MetricSourceType::kResource, "resource", &Metric::resource, validate_resource},
    {MetricSourceType::kContainerResource, "containerResource", &Metric::container_resource,
     validate_resource},
}};

// Only the first source that is there is looked into.
void validate_metric(Report& report, const Place& at, const Metric& metric) {
  if (metric.type == MetricSourceType::kUnset) {
    report.required(field(at, "type"), "must specify a metric source type");
    report.unsupported(field(at, "type"), "", EnumNames<MetricSourceType>::kShown);
  }
  bool first = true;
  for (const Source& source : kSources) {
    const auto& given = metric.*source.member;
    if (given && std::exchange(first, false))
      source.validate(report, field(at, source.name), *given, source.type);
  }
  for (const Source& source : kSources) {
    if (source.type == metric.type && !(metric.*source.member))
      report.required(field(at, source.name), "must populate information for the given metric source");
  }
  for (const Source& source : kSources) {
    if (source.type != metric.type && metric.*source.member)
      report.forbidden(field(at, source.name), "must populate the given metric source only");
  }
}

void validate_rules(Report& report, const Place& at, const HpaScalingRules& rules) {
  if (rules.stabilization_window_seconds) {
    const Place window = field(at, "stabilizationWindowSeconds");
    if (*rules.stabilization_window_seconds < 0)
      report.invalid(window, *rules.stabilization_window_seconds, "must be greater than or equal to zero");
    at_most(report, window, *rules.stabilization_window_seconds, kLongestWindow);
  }
  const Place policies = field(at, "policies");
  if (rules.policies && rules.policies->empty())
    report.required(policies, "must specify at least one Policy");
  for (std::size_t i = 0; rules.policies && i < rules.policies->size(); ++i) {
    const HpaScalingPolicy& policy = (*rules.policies)[i];
    const Place here = item(policies, i), period = field(here, "periodSeconds");
    if (policy.type == HpaScalingPolicyType::kUnset)
      report.unsupported(field(here, "type"), "", EnumNames<HpaScalingPolicyType>::kShown);
    if (policy.value <= 0) report.invalid(field(here, "value"), policy.value, "must be greater than zero");
    if (policy.period_seconds <= 0)
      report.invalid(period, policy.period_seconds, "must be greater than zero");
    at_most(report, period, policy.period_seconds, kLongestPeriod);
  }
  if (rules.tolerance && rules.tolerance->is_negative())
    report.invalid(field(at, "tolerance"), rules.tolerance->str(), "must be greater than or equal to 0");
}

Problems validate(const HorizontalPodAutoscaler& h, const HorizontalPodAutoscaler* old) {
  Report report;
  const Place root, spec = field(root, "spec"), metrics = field(spec, "metrics");
  validate_metadata(report, h, NameRule::kSubdomain, old);
  const std::int32_t least = 1;  // 0 only with the feature gate HPAScaleToZero
  if (h.min_replicas && *h.min_replicas < least)
    report.invalid(field(spec, "minReplicas"), *h.min_replicas, "must be greater than or equal to 1");
  if (h.max_replicas < 1)
    report.invalid(field(spec, "maxReplicas"), h.max_replicas, "must be greater than 0");
  if (h.min_replicas && h.max_replicas < *h.min_replicas)
    report.invalid(field(spec, "maxReplicas"), h.max_replicas,
                   "must be greater than or equal to `minReplicas`");
  validate_reference(report, field(spec, "scaleTargetRef"), h.scale_target_ref);
  for (std::size_t i = 0; i < h.metrics.size(); ++i) validate_metric(report, item(metrics, i), h.metrics[i]);
  const bool seen_at_zero = std::ranges::any_of(h.metrics, [](const Metric& metric) {
    return metric.type == MetricSourceType::kObject || metric.type == MetricSourceType::kExternal;
  });
  if (h.min_replicas == 0 && !seen_at_zero)
    report.forbidden(
        metrics, "must specify at least one Object or External metric to support scaling to zero replicas");
  if (h.behavior) {
    const Place behavior = field(spec, "behavior");
    if (h.behavior->scale_up) validate_rules(report, field(behavior, "scaleUp"), *h.behavior->scale_up);
    if (h.behavior->scale_down) validate_rules(report, field(behavior, "scaleDown"), *h.behavior->scale_down);
  }
  return report.take();
}

}  // namespace

const MetricSource* Metric::source() const {
  for (const Source& row : kSources) {
    if (row.type == type && this->*row.member) return &*(this->*row.member);
  }
  return nullptr;
}

const KindCode& horizontal_pod_autoscaler_code() {
  static const KindCode code =
      kind_code<HorizontalPodAutoscaler, set_defaults, validate>(kHorizontalPodAutoscalerSchema);
  return code;
}

}  // namespace seatrial::api
