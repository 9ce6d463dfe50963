// StatefulSet (apps/v1).
#include <nlohmann/json.hpp>

#include "sim/api/apps.h"
#include "sim/api/fields_core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/kinds/update_strategy.h"
#include "sim/api/pod_validation.h"

namespace seatrial::api {

template <>
struct EnumNames<PodManagementPolicyType> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{"OrderedReady"sv, "Parallel"sv};
  static constexpr std::string_view kMustBe = "must be 'OrderedReady' or 'Parallel'";
};
template <>
struct EnumNames<PersistentVolumeClaimRetentionPolicyType> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{"Retain"sv, "Delete"sv};
  static constexpr std::array kShown{"Delete"sv, "Retain"sv};
};

template <class V>
void fields(V& v, RollingUpdateStatefulSet& r) {
  v("maxUnavailable", r.max_unavailable);
  v("partition", r.partition);
}

namespace {

const char* const kStatefulSetSchema = R"(
StatefulSet: apiVersion string, kind string, metadata ObjectMeta, spec StatefulSetSpec, status StatefulSetStatus
StatefulSetSpec: replicas int32, selector LabelSelector, template PodTemplateSpec,
  volumeClaimTemplates []PersistentVolumeClaim, serviceName string, podManagementPolicy string,
  updateStrategy StatefulSetUpdateStrategy, revisionHistoryLimit int32, minReadySeconds int32,
  persistentVolumeClaimRetentionPolicy StatefulSetPersistentVolumeClaimRetentionPolicy,
  ordinals StatefulSetOrdinals
StatefulSetUpdateStrategy: type string, rollingUpdate RollingUpdateStatefulSetStrategy
RollingUpdateStatefulSetStrategy: partition int32, maxUnavailable intstr
StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted string, whenScaled string
StatefulSetOrdinals: start int32
StatefulSetStatus: observedGeneration int64, replicas int32, readyReplicas int32, currentReplicas int32,
  updatedReplicas int32, currentRevision string, updateRevision string, collisionCount int32,
  conditions []StatefulSetCondition, availableReplicas int32
StatefulSetCondition: type string, status string, lastTransitionTime time, reason string, message string
)";

template <class V>
void status_fields(V& v, StatefulSet::Status& s) {
  v.always("availableReplicas", s.available_replicas);
  v("collisionCount", s.collision_count);
  conditions<ConditionTimes::kTransition>(v, s.conditions);
  v("currentReplicas", s.current_replicas);
  v("currentRevision", s.current_revision);
  v("observedGeneration", s.observed_generation);
  v("readyReplicas", s.ready_replicas);
  v.always("replicas", s.replicas);
  v("updateRevision", s.update_revision);
  v("updatedReplicas", s.updated_replicas);
}

// The pods mount the claims of the templates, which the pod template does not name as volumes.
void accept_mounts(Decoder& v, const std::string& volume) {
  const std::string message = "Not found: \"" + volume + "\"";
  std::erase_if(*v.context().problems, [&](const Problem& problem) {
    const bool mounts = problem.path.find("].volumeMounts[") != std::string::npos ||
                        problem.path.find("].volumeDevices[") != std::string::npos;
    return mounts && problem.message.ends_with(message);
  });
}

void claim_templates(Decoder& v, Symbol& json) {
  const Value* const list = v.find("volumeClaimTemplates");
  if (!list || is_empty(*list)) return;
  json = compact_json(*list);
  for (const Value& claim : list->list) {
    const Value* const metadata = claim.find("metadata");
    if (const Value* const name = metadata ? metadata->find("name") : nullptr) accept_mounts(v, name->text);
  }
}
void claim_templates(Encoder& v, Symbol json) {
  if (!json.empty()) v.put("volumeClaimTemplates", from_json(nlohmann::ordered_json::parse(json.str())));
}

template <class V>
void spec_fields(V& v, StatefulSet& s) {
  v("minReadySeconds", s.min_ready_seconds);
  v.object("ordinals", [&](V& ordinals) { ordinals("start", s.ordinals_start); });
  v.object("persistentVolumeClaimRetentionPolicy", [&](V& policy) {
    policy("whenDeleted", s.claims_when_deleted);
    policy("whenScaled", s.claims_when_scaled);
  });
  v("podManagementPolicy", s.pod_management_policy);
  v.always("replicas", s.replicas);
  v("revisionHistoryLimit", s.revision_history_limit);
  v.always("selector", s.selector);
  v.always("serviceName", s.service_name);
  v.always("template", s.template_);
  v.object("updateStrategy", [&](V& strategy) {
    strategy("rollingUpdate", s.rolling_update);
    strategy("type", s.update_strategy);
  });
  claim_templates(v, s.volume_claim_templates);
}

}  // namespace

template <class V>
void object_fields(V& v, StatefulSet& s) {
  v.object("spec", [&](V& spec) { spec_fields(spec, s); });
  v.object("status", [&](V& status) { status_fields(status, s.status); });
}

namespace {

// A strategy that is written with its type and without rollingUpdate keeps it so: then there is no partition.
void set_defaults(StatefulSet& s) {
  default_template(s.template_);
  if (!s.update_strategy) {
    s.update_strategy = UpdateStrategyType::kRollingUpdate;
    if (!s.rolling_update) s.rolling_update.emplace();
  }
  if (s.update_strategy == UpdateStrategyType::kRollingUpdate && s.rolling_update &&
      !s.rolling_update->partition) {
    s.rolling_update->partition = 0;
  }
  if (!kMaxUnavailableStatefulSet && s.rolling_update) s.rolling_update->max_unavailable.reset();
  if (!s.revision_history_limit) s.revision_history_limit = 10;
}

void validate_strategy(Report& report, const Place& at, const StatefulSet& s) {
  if (!s.rolling_update) return;
  const Place rolling = field(at, "rollingUpdate"), unavailable = field(rolling, "maxUnavailable");
  if (s.update_strategy == UpdateStrategyType::kOnDelete) {
    Value shown = map_value();  // as the API server's own type prints
    set(shown, "Partition", int_value(s.rolling_update->partition.value_or(0)));
    set(shown, "MaxUnavailable", encode_value(s.rolling_update->max_unavailable));
    report.invalid_struct(rolling, shown, "only allowed for updateStrategy 'RollingUpdate'");
    return;
  }
  report.non_negative(field(rolling, "partition"), s.rolling_update->partition.value_or(0));
  const std::optional<IntOrString>& amount = s.rolling_update->max_unavailable;
  if (!amount) return;
  validate_amount(report, unavailable, *amount);
  if (is_zero_amount(amount)) report.invalid_json(unavailable, encode_value(*amount), "cannot be 0");
  validate_at_most_100_percent(report, unavailable, *amount);
}

void validate_update(Report& report, const Place& at, const StatefulSet& s, const StatefulSet& old) {
  if (s.selector == old.selector && s.service_name == old.service_name &&
      s.pod_management_policy == old.pod_management_policy &&
      s.volume_claim_templates == old.volume_claim_templates) {
    return;
  }
  report.forbidden(at,
                   "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
                   "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
                   "'minReadySeconds' are forbidden");
}

// Source: pkg/apis/apps/validation/validation.go, ValidateStatefulSetSpec and ValidateStatefulSetUpdate.
Problems validate(const StatefulSet& s, const StatefulSet* old) {
  Report report;
  const Place root, spec = field(root, "spec"), selector = field(spec, "selector");
  validate_metadata(report, s, NameRule::kLabel, old);
  validate_strategy(report, field(spec, "updateStrategy"), s);
  report.non_negative(field(spec, "replicas"), s.replicas);
  report.non_negative(field(spec, "minReadySeconds"), s.min_ready_seconds);
  report.non_negative(field(field(spec, "ordinals"), "start"), s.ordinals_start.value_or(0));
  report.non_negative(field(spec, "revisionHistoryLimit"), s.revision_history_limit.value_or(0));
  validate_controller_selector(report, selector, s.selector);
  validate_template(report, field(spec, "template"), *s.template_, s.selector, "StatefulSet");
  if (old) validate_update(report, spec, s, *old);
  return report.take();
}

}  // namespace

const KindCode& stateful_set_code() {
  static const KindCode code = kind_code<StatefulSet, set_defaults, validate>(kStatefulSetSchema);
  return code;
}

}  // namespace seatrial::api
