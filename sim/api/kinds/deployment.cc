// Deployment (apps/v1).
#include "sim/api/apps.h"
#include "sim/api/fields_core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/pod_validation.h"

namespace seatrial::api {

template <>
struct EnumNames<DeploymentStrategyType> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{"RollingUpdate"sv, "Recreate"sv};
  static constexpr std::array kShown{"Recreate"sv, "RollingUpdate"sv};
};

namespace {

const char* const kDeploymentSchema = R"(
Deployment: apiVersion string, kind string, metadata ObjectMeta, spec DeploymentSpec, status DeploymentStatus
DeploymentSpec: replicas int32, selector LabelSelector, template PodTemplateSpec, strategy DeploymentStrategy,
  minReadySeconds int32, revisionHistoryLimit int32, paused bool, progressDeadlineSeconds int32
DeploymentStatus: observedGeneration int64, replicas int32, updatedReplicas int32, readyReplicas int32,
  availableReplicas int32, unavailableReplicas int32, terminatingReplicas int32, conditions []DeploymentCondition,
  collisionCount int32
DeploymentStrategy: type string, rollingUpdate RollingUpdateDeployment
DeploymentCondition: type string, status string, lastUpdateTime time, lastTransitionTime time, reason string,
  message string
RollingUpdateDeployment: maxUnavailable intstr, maxSurge intstr
)";

template <class V>
void status_fields(V& v, Deployment::Status& s) {
  v("availableReplicas", s.available_replicas);
  v("collisionCount", s.collision_count);
  conditions<ConditionTimes::kUpdate>(v, s.conditions);
  v("observedGeneration", s.observed_generation);
  v("readyReplicas", s.ready_replicas);
  v("replicas", s.replicas);
  v("terminatingReplicas", s.terminating_replicas);
  v("unavailableReplicas", s.unavailable_replicas);
  v("updatedReplicas", s.updated_replicas);
}

}  // namespace

template <class V>
void object_fields(V& v, Deployment& d) {
  v.object("spec", [&](V& spec) {
    spec("minReadySeconds", d.min_ready_seconds);
    spec("paused", d.paused);
    spec("progressDeadlineSeconds", d.progress_deadline_seconds);
    spec.always("replicas", d.replicas);
    spec("revisionHistoryLimit", d.revision_history_limit);
    spec.always("selector", d.selector);
    spec.object("strategy", [&](V& strategy) {
      strategy.object("rollingUpdate", [&](V& rolling) {
        rolling("maxSurge", d.max_surge);
        rolling("maxUnavailable", d.max_unavailable);
      });
      strategy("type", d.strategy);
    });
    spec.always("template", d.template_);
  });
  v.object("status", [&](V& status) { status_fields(status, d.status); });
}

namespace {

void set_defaults(Deployment& d) {
  default_template(d.template_);
  if (d.strategy == DeploymentStrategyType::kRollingUpdate) {
    if (!d.max_unavailable) d.max_unavailable = IntOrString{0, "25%"};
    if (!d.max_surge) d.max_surge = IntOrString{0, "25%"};
  }
  if (!d.revision_history_limit) d.revision_history_limit = 10;
  if (!d.progress_deadline_seconds) d.progress_deadline_seconds = 600;
}

void validate_strategy(Report& report, const Place& at, const Deployment& d) {
  const Place rolling = field(at, "rollingUpdate");
  if (d.strategy == DeploymentStrategyType::kRecreate) {
    if (d.max_surge || d.max_unavailable) {
      report.forbidden(rolling, "may not be specified when strategy `type` is 'Recreate'");
    }
    return;
  }
  const IntOrString unavailable = d.max_unavailable.value_or(IntOrString()),
                    surge = d.max_surge.value_or(IntOrString());
  const Place at_unavailable = field(rolling, "maxUnavailable");
  validate_amount(report, at_unavailable, unavailable);
  validate_amount(report, field(rolling, "maxSurge"), surge);
  if (is_zero_amount(unavailable) && is_zero_amount(surge)) {
    report.invalid_json(at_unavailable, encode_value(unavailable), "may not be 0 when `maxSurge` is 0");
  }
  validate_at_most_100_percent(report, at_unavailable, unavailable);
}

// Source: pkg/apis/apps/validation/validation.go, ValidateDeploymentSpec.
Problems validate(const Deployment& d, const Deployment* old) {
  Report report;
  const Place root, spec = field(root, "spec"), selector = field(spec, "selector");
  validate_metadata(report, d, NameRule::kSubdomain, old);
  report.non_negative(field(spec, "replicas"), d.replicas);
  validate_controller_selector(report, selector, d.selector);
  validate_template(report, field(spec, "template"), *d.template_, d.selector);
  validate_strategy(report, field(spec, "strategy"), d);
  report.non_negative(field(spec, "minReadySeconds"), d.min_ready_seconds);
  report.non_negative(field(spec, "revisionHistoryLimit"), d.revision_history_limit.value_or(0));
  const Place deadline = field(spec, "progressDeadlineSeconds");
  if (d.progress_deadline_seconds) {
    report.non_negative(deadline, *d.progress_deadline_seconds);
    if (*d.progress_deadline_seconds <= d.min_ready_seconds) {
      report.invalid(deadline, *d.progress_deadline_seconds, "must be greater than minReadySeconds");
    }
  }
  if (old && !(d.selector == old->selector)) {
    report.invalid_json(selector, encode_value(d.selector), "field is immutable");
  }
  return report.take();
}

}  // namespace

const KindCode& deployment_code() {
  static const KindCode code = kind_code<Deployment, set_defaults, validate>(kDeploymentSchema);
  return code;
}

}  // namespace seatrial::api
