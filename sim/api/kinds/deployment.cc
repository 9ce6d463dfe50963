// Deployment (apps/v1).
#include "sim/api/apps.h"
#include "sim/api/fields_core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {

template <>
struct EnumNames<DeploymentStrategyType> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{"RollingUpdate"sv, "Recreate"sv};
  static constexpr std::array kShown{"Recreate"sv, "RollingUpdate"sv};
};

namespace {

const char* const kSchema = R"(
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

Problems validate(const Deployment& d, const Deployment* old) {
  Report report;
  const Place root;
  validate_metadata(report, d, NameRule::kSubdomain, old);
  return report.take();
}

}  // namespace

const KindCode& deployment_code() {
  static const KindCode code = kind_code<Deployment, set_defaults, validate>(kSchema);
  return code;
}

}  // namespace seatrial::api
