// DaemonSet (apps/v1).
#include "sim/api/apps.h"
#include "sim/api/fields_core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/kinds/update_strategy.h"
#include "sim/api/pod_validation.h"

namespace seatrial::api {
namespace {

const char* const kDaemonSetSchema = R"(
DaemonSet: apiVersion string, kind string, metadata ObjectMeta, spec DaemonSetSpec, status DaemonSetStatus
DaemonSetSpec: selector LabelSelector, template PodTemplateSpec, updateStrategy DaemonSetUpdateStrategy,
  minReadySeconds int32, revisionHistoryLimit int32
DaemonSetUpdateStrategy: type string, rollingUpdate RollingUpdateDaemonSet
RollingUpdateDaemonSet: maxUnavailable intstr, maxSurge intstr
DaemonSetStatus: currentNumberScheduled int32, numberMisscheduled int32, desiredNumberScheduled int32,
  numberReady int32, observedGeneration int64, updatedNumberScheduled int32, numberAvailable int32,
  numberUnavailable int32, collisionCount int32, conditions []DaemonSetCondition
DaemonSetCondition: type string, status string, lastTransitionTime time, reason string, message string
)";

template <class V>
void status_fields(V& v, DaemonSet::Status& s) {
  v("collisionCount", s.collision_count);
  conditions<ConditionTimes::kTransition>(v, s.conditions);
  v.always("currentNumberScheduled", s.current_number_scheduled);
  v.always("desiredNumberScheduled", s.desired_number_scheduled);
  v("numberAvailable", s.number_available);
  v.always("numberMisscheduled", s.number_misscheduled);
  v.always("numberReady", s.number_ready);
  v("numberUnavailable", s.number_unavailable);
  v("observedGeneration", s.observed_generation);
  v("updatedNumberScheduled", s.updated_number_scheduled);
}

}  // namespace

template <class V>
void object_fields(V& v, DaemonSet& d) {
  v.object("spec", [&](V& spec) {
    spec("minReadySeconds", d.min_ready_seconds);
    spec("revisionHistoryLimit", d.revision_history_limit);
    spec.always("selector", d.selector);
    spec.always("template", d.template_);
    spec.object("updateStrategy", [&](V& strategy) {
      strategy.object("rollingUpdate", [&](V& rolling) {
        rolling("maxSurge", d.max_surge);
        rolling("maxUnavailable", d.max_unavailable);
      });
      strategy("type", d.update_strategy);
    });
  });
  v.object("status", [&](V& status) { status_fields(status, d.status); });
}

namespace {

void set_defaults(DaemonSet& d) {
  default_template(d.template_);
  if (d.update_strategy == UpdateStrategyType::kRollingUpdate) {
    if (!d.max_unavailable) d.max_unavailable = IntOrString{1, {}};
    if (!d.max_surge) d.max_surge = IntOrString{0, {}};
  }
  if (!d.revision_history_limit) d.revision_history_limit = 10;
}

// ValidateRollingUpdateDaemonSet: exactly one of the two is not 0.
void validate_strategy(Report& report, const Place& at, const DaemonSet& d) {
  if (d.update_strategy == UpdateStrategyType::kOnDelete) return;
  const Place rolling = field(at, "rollingUpdate"), at_unavailable = field(rolling, "maxUnavailable"),
              at_surge = field(rolling, "maxSurge");
  const IntOrString unavailable = d.max_unavailable.value_or(IntOrString()),
                    surge = d.max_surge.value_or(IntOrString());
  const bool has_unavailable = !is_zero_amount(unavailable), has_surge = !is_zero_amount(surge);
  validate_amount(report, at_unavailable, unavailable);
  validate_at_most_100_percent(report, at_unavailable, unavailable);
  validate_amount(report, at_surge, surge);
  validate_at_most_100_percent(report, at_surge, surge);
  if (has_unavailable && has_surge) {
    report.invalid_json(at_surge, encode_value(surge), "may not be set when maxUnavailable is non-zero");
  } else if (!has_unavailable && !has_surge) {
    report.required(at_unavailable, "cannot be 0 when maxSurge is 0");
  }
}

// Source: pkg/apis/apps/validation/validation.go, ValidateDaemonSetSpec and ValidateDaemonSetUpdate.
Problems validate(const DaemonSet& d, const DaemonSet* old) {
  Report report;
  const Place root, spec = field(root, "spec"), selector = field(spec, "selector");
  validate_metadata(report, d, NameRule::kSubdomain, old);
  validate_controller_selector(report, selector, d.selector);
  validate_template(report, field(spec, "template"), *d.template_, d.selector, "DaemonSet");
  report.non_negative(field(spec, "minReadySeconds"), d.min_ready_seconds);
  validate_strategy(report, field(spec, "updateStrategy"), d);
  report.non_negative(field(spec, "revisionHistoryLimit"), d.revision_history_limit.value_or(0));
  if (old && !(d.selector == old->selector)) {
    report.invalid_json(selector, encode_value(d.selector), "field is immutable");
  }
  return report.take();
}

}  // namespace

const KindCode& daemon_set_code() {
  static const KindCode code = kind_code<DaemonSet, set_defaults, validate>(kDaemonSetSchema);
  return code;
}

}  // namespace seatrial::api
