// PodDisruptionBudget (policy/v1).
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/policy.h"

namespace seatrial::api {

template <>
struct EnumNames<PodDisruptionBudget::UnhealthyPods> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "IfHealthyBudget"sv, "AlwaysAllow"sv};
  static constexpr std::array kShown{"AlwaysAllow"sv, "IfHealthyBudget"sv};
};

namespace {

const char* const kPodDisruptionBudgetSchema = R"(
PodDisruptionBudget: apiVersion string, kind string, metadata ObjectMeta, spec PodDisruptionBudgetSpec,
  status PodDisruptionBudgetStatus
PodDisruptionBudgetSpec: minAvailable intstr, selector LabelSelector, maxUnavailable intstr,
  unhealthyPodEvictionPolicy string
PodDisruptionBudgetStatus: observedGeneration int64, disruptedPods {}time, disruptionsAllowed int32,
  currentHealthy int32, desiredHealthy int32, expectedPods int32, conditions []PodDisruptionBudgetCondition
PodDisruptionBudgetCondition: type string, status string, observedGeneration int64, lastTransitionTime time,
  reason string, message string
)";

}  // namespace

template <class V>
void object_fields(V& v, PodDisruptionBudget& p) {
  v.object("spec", [&](V& spec) {
    spec("maxUnavailable", p.max_unavailable);
    spec("minAvailable", p.min_available);
    spec("selector", p.selector);
    spec("unhealthyPodEvictionPolicy", p.unhealthy_pods);
  });
  v.object("status", [&](V& status) {
    conditions<ConditionTimes::kTransition>(status, p.status.conditions);
    status.always("currentHealthy", p.status.current_healthy);
    status.always("desiredHealthy", p.status.desired_healthy);
    status("disruptedPods", p.status.disrupted_pods);
    status.always("disruptionsAllowed", p.status.disruptions_allowed);
    status.always("expectedPods", p.status.expected_pods);
    status("observedGeneration", p.status.observed_generation);
  });
}

namespace {

// As the API server's own type prints.
Value shown_spec(const PodDisruptionBudget& p) {
  using Unhealthy = PodDisruptionBudget::UnhealthyPods;
  Value shown = map_value();
  set(shown, "MinAvailable", encode_value(p.min_available));
  set(shown, "Selector", encode_value(p.selector));
  set(shown, "MaxUnavailable", encode_value(p.max_unavailable));
  set(shown, "UnhealthyPodEvictionPolicy",
      p.unhealthy_pods == Unhealthy::kUnset ? Value() : encode_value(p.unhealthy_pods));
  return shown;
}

// Source: pkg/apis/policy/validation/validation.go, ValidatePodDisruptionBudgetSpec.
Problems validate(const PodDisruptionBudget& p, const PodDisruptionBudget* old) {
  Report report;
  const Place root, spec = field(root, "spec");
  validate_metadata(report, p, NameRule::kSubdomain, old);
  if (p.min_available && p.max_unavailable) {
    report.invalid_struct(spec, shown_spec(p), "minAvailable and maxUnavailable cannot be both set");
  }
  if (p.min_available) validate_amount(report, field(spec, "minAvailable"), *p.min_available);
  if (p.max_unavailable) validate_amount(report, field(spec, "maxUnavailable"), *p.max_unavailable);
  for (const auto& [name, amount] :
       {std::pair("minAvailable", &p.min_available), std::pair("maxUnavailable", &p.max_unavailable)}) {
    if (*amount) validate_at_most_100_percent(report, field(spec, name), **amount);
  }
  if (p.selector) validate_label_selector(report, field(spec, "selector"), *p.selector);
  return report.take();
}

}  // namespace

const KindCode& pod_disruption_budget_code() {
  static const KindCode code =
      kind_code<PodDisruptionBudget, no_defaults<PodDisruptionBudget>, validate>(kPodDisruptionBudgetSchema);
  return code;
}

}  // namespace seatrial::api
