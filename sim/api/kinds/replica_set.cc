// ReplicaSet (apps/v1).
#include "sim/api/apps.h"
#include "sim/api/fields_core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/pod_validation.h"

namespace seatrial::api {
namespace {

const char* const kReplicaSetSchema = R"(
ReplicaSet: apiVersion string, kind string, metadata ObjectMeta, spec ReplicaSetSpec, status ReplicaSetStatus
ReplicaSetSpec: replicas int32, minReadySeconds int32, selector LabelSelector, template PodTemplateSpec
ReplicaSetStatus: replicas int32, fullyLabeledReplicas int32, readyReplicas int32, availableReplicas int32,
  terminatingReplicas int32, observedGeneration int64, conditions []ReplicaSetCondition
ReplicaSetCondition: type string, status string, lastTransitionTime time, reason string, message string
)";

}  // namespace

template <class V>
void object_fields(V& v, ReplicaSet& r) {
  v.object("spec", [&](V& spec) {
    spec("minReadySeconds", r.min_ready_seconds);
    spec.always("replicas", r.replicas);
    spec.always("selector", r.selector);
    spec.always("template", r.template_);
  });
  v.object("status", [&](V& status) {
    status("availableReplicas", r.status.available_replicas);
    conditions<ConditionTimes::kTransition>(status, r.status.conditions);
    status("fullyLabeledReplicas", r.status.fully_labeled_replicas);
    status("observedGeneration", r.status.observed_generation);
    status("readyReplicas", r.status.ready_replicas);
    status.always("replicas", r.status.replicas);
    status("terminatingReplicas", r.status.terminating_replicas);
  });
}

namespace {

void set_defaults(ReplicaSet& r) { default_template(r.template_); }

Problems validate(const ReplicaSet& r, const ReplicaSet* old) {
  Report report;
  const Place root, spec = field(root, "spec"), selector = field(spec, "selector");
  validate_metadata(report, r, NameRule::kSubdomain, old);
  report.non_negative(field(spec, "replicas"), r.replicas);
  report.non_negative(field(spec, "minReadySeconds"), r.min_ready_seconds);
  validate_controller_selector(report, selector, r.selector);
  validate_template(report, field(spec, "template"), *r.template_, r.selector);
  if (old && !(r.selector == old->selector)) {
    report.invalid_json(selector, encode_value(r.selector), "field is immutable");
  }
  return report.take();
}

}  // namespace

const KindCode& replica_set_code() {
  static const KindCode code = kind_code<ReplicaSet, set_defaults, validate>(kReplicaSetSchema);
  return code;
}

}  // namespace seatrial::api
