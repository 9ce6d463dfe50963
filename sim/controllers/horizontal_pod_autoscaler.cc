// The HorizontalPodAutoscaler: every 15 s from its creation on it reads its target's scale, works out a size
// from its metrics, and sets it.
//
// What it remembers (recommendations and changes of size) is in memory only. A target's scale is read from
// the API server, its pods from the cache. Source: pkg/controller/podautoscaler/horizontal.go; reference,
// part B, §1; observed.md 18-20.

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "sim/api/apps.h"
#include "sim/api/autoscaling.h"
#include "sim/api/kinds.h"
#include "sim/controllers/controllers.h"
#include "sim/controllers/hpa_limits.h"
#include "sim/controllers/hpa_metrics.h"

namespace seatrial::controllers {

using api::HorizontalPodAutoscaler;
using api::Kind;

namespace {

using Hpa = HorizontalPodAutoscaler;
using HpaPtr = std::shared_ptr<const Hpa>;

constexpr Duration kSyncPeriod = Duration::seconds(15);

struct HpaRecord {
  std::vector<Recommendation> recommendations;
  ScaleHistory history;
  std::optional<api::LabelSelector> selector;  // of the pods that it looked at last
};
using HpaMemory = std::map<cluster::SyncKey, HpaRecord>;

// ---- The target ----

struct TargetScale {
  std::int32_t spec_replicas = 0, status_replicas = 0;
  api::LabelSelector selector;
};

template <class T>
TargetScale scale_of(const api::Object& object) {
  const auto& workload = static_cast<const T&>(object);
  return {workload.replicas, workload.status.replicas, workload.selector};
}

// Of those kinds that have the scale subresource.
std::expected<TargetScale, std::string> scale_of(const api::Object& object) {
  switch (object.kind) {
    case Kind::kDeployment:
      return scale_of<api::Deployment>(object);
    case Kind::kReplicaSet:
      return scale_of<api::ReplicaSet>(object);
    case Kind::kStatefulSet:
      return scale_of<api::StatefulSet>(object);
    default:
      return std::unexpected("the server could not find the requested resource");
  }
}

// The object that scaleTargetRef names, of whatever version of its group; or why there is none.
std::expected<api::ObjectPtr, std::string> target_of(const Cache& cache, const Hpa& hpa) {
  const api::CrossVersionObjectReference& ref = hpa.scale_target_ref;
  const std::string& version = ref.api_version.str();
  if (std::ranges::count(version, '/') > 1)
    return std::unexpected("unexpected GroupVersion string: " + version);
  const std::size_t slash = version.find('/');
  const std::string group = slash == std::string::npos ? std::string() : version.substr(0, slash);
  for (const api::KindInfo& kind : api::kinds()) {
    if (!kind.simulated || kind.name != ref.kind.view() || kind.group() != group) continue;
    if (auto found = cache.find(kind.kind, hpa.metadata.namespace_, ref.name)) return found;
    return std::unexpected(cluster::not_found(kind.kind, ref.name).message);
  }
  return std::unexpected(fmt::format("no matches for kind \"{}\" in group \"{}\"", ref.kind.str(), group));
}

// The pods that the target's selector matches, by the cache; from any one on, as Go walks a map. It shows
// where the first of them that has no request is named.
std::vector<std::shared_ptr<const api::Pod>> pods_of(Sync& sync, const Hpa& hpa,
                                                     const api::LabelSelector& selector) {
  std::vector<std::shared_ptr<const api::Pod>> pods;
  for (const std::uint32_t index : sync.cache().in_namespace(Kind::kPod, hpa.metadata.namespace_)) {
    auto pod = sync.cache().get<api::Pod>({index});
    if (selector.matches(*pod->metadata.labels)) pods.push_back(std::move(pod));
  }
  if (!pods.empty())
    std::ranges::rotate(pods, pods.begin() + static_cast<std::ptrdiff_t>(sync.random().below(pods.size())));
  return pods;
}

// As kubectl and the scale subresource write a selector: app=web,tier in (a,b).
std::string text_of(const api::LabelSelector& selector) {
  std::map<api::Symbol, std::string> parts;
  for (const auto& [key, value] : selector.match_labels) parts[key] = key.str() + "=" + value.str();
  for (const api::LabelSelectorRequirement& r : selector.match_expressions) {
    static constexpr const char* kOperators[] = {" in ", " notin ", "", "!", ">", "<"};
    const char* const op = kOperators[static_cast<std::size_t>(r.op)];
    const std::string values = fmt::format(
        "({})", fmt::join(r.values | std::views::transform([](api::Symbol v) { return v.str(); }), ","));
    parts[r.key] = *op == '!'         ? "!" + r.key.str()
                   : r.values.empty() ? r.key.str()
                                      : r.key.str() + op + values;
  }
  return fmt::format("{}", fmt::join(parts | std::views::values, ","));
}

// Why these pods cannot be scaled: another autoscaler has them, too. "": none has.
std::string ambiguity(const Cache& cache, const Hpa& hpa, const ScaledPods& scaled,
                      const api::LabelSelector& selector, const HpaMemory& memory) {
  std::vector<std::string> controlling{hpa.metadata.namespace_.str() + "/" + hpa.metadata.name.str()};
  for (const auto& [key, record] : memory) {
    const api::ObjectPtr other = cache.get(cluster::object_of(key));
    if (!other || other->ref() == hpa.ref() || other->metadata.namespace_ != hpa.metadata.namespace_)
      continue;
    const bool shares = record.selector && std::ranges::any_of(scaled.pods, [&](const auto& pod) {
                          return record.selector->matches(*pod->metadata.labels);
                        });
    if (shares) controlling.push_back(other->metadata.namespace_.str() + "/" + other->metadata.name.str());
  }
  if (controlling.size() < 2) return {};
  std::ranges::sort(controlling);
  return fmt::format("pods by selector {} are controlled by multiple HPAs: [{}]", text_of(selector),
                     fmt::join(controlling, " "));
}

// ---- Deciding ----

// What a sync comes to: Events, the new status, and the size to set, if any.
struct Plan {
  HpaPtr hpa;
  SimTime now;
  Hpa::Status status;
  HpaRecord record;
  std::vector<cluster::EventSpec> events;
  std::string failure;  // of all metrics, reported once the status is written
  std::int32_t current = 0, desired = 0;
  bool rescale = false;
  std::string reason;  // of the change of size
};

void plan_condition(Plan& plan, const char* type, bool value, const char* reason, std::string message) {
  auto& conditions = plan.status.conditions;
  const auto status = value ? api::ConditionStatus::kTrue : api::ConditionStatus::kFalse;
  const auto at = std::ranges::find(conditions, api::Symbol(type), &api::Condition::type);
  const bool known = at != conditions.end();
  const SimTime since = known && at->status == status ? at->last_transition_time : plan.now.whole_second();
  api::Condition condition{type, status, reason, std::move(message), {}, since, {}};
  if (known)
    *at = std::move(condition);
  else
    conditions.push_back(std::move(condition));
}

void warn(Plan& plan, const char* reason, std::string message) {
  plan.events.push_back({plan.hpa, true, reason, std::move(message), {}});
}

// All metrics: the largest size that one of them asks for. False: nothing can be decided.
bool evaluate_metrics(Plan& plan, const ScaledPods& scaled, const cluster::MetricsApi& metrics,
                      const Cache& cache, std::string& name) {
  const Hpa& hpa = *plan.hpa;
  std::optional<MetricFailure> first;
  std::size_t failed = 0;
  plan.status.current_metrics.clear();
  for (const api::Metric& metric : hpa.metrics) {
    auto result = evaluate_metric(metric, scaled, metrics, cache);
    plan.status.current_metrics.push_back(result ? result->status : api::Metric());
    if (!result) {
      warn(plan, result.error().reason, result.error().error);
      if (failed++ == 0) first = std::move(result.error());
    } else if (plan.desired == 0 || result->replicas > plan.desired) {
      plan.desired = result->replicas;
      name = result->name;
    }
  }
  if (failed == hpa.metrics.size() || (failed > 0 && plan.desired < plan.current)) {
    plan_condition(plan, "ScalingActive", false, first->reason,
                   "the HPA was unable to compute the replica count: " + first->error);
    plan.failure = fmt::format("invalid metrics ({} invalid out of {}), first error is: {}", failed,
                               hpa.metrics.size(), first->whole);
    return false;
  }
  plan_condition(plan, "ScalingActive", true, "ValidMetricFound",
                 "the HPA was able to successfully calculate a replica count from " + name);
  return true;
}

// plan.desired is steadied and limited.
void normalize(Plan& plan) {
  const Hpa& hpa = *plan.hpa;
  const std::int32_t asked = plan.desired, min = hpa.min_replicas.value_or(1);
  auto& recommendations = plan.record.recommendations;
  std::int32_t steady;
  bool up = false;
  if (!hpa.behavior) {
    steady = highest_recent(recommendations, asked, kDownscaleStabilization, plan.now);
    remember(recommendations, asked, kDownscaleStabilization, plan.now);
  } else {
    const auto window = [](const api::HpaScalingRules& rules) {
      const auto seconds = rules.stabilization_window_seconds;
      return seconds ? Duration::seconds(*seconds) : kDownscaleStabilization;
    };
    const Duration up_window = window(*hpa.behavior->scale_up),
                   down_window = window(*hpa.behavior->scale_down);
    steady = stabilized(recommendations, plan.current, asked, up_window, down_window, plan.now);
    remember(recommendations, asked, std::max(up_window, down_window), plan.now);
    up = asked >= plan.current;
  }
  if (steady == asked)
    plan_condition(plan, "AbleToScale", true, "ReadyForNewScale", "recommended size matches current size");
  else if (up)
    plan_condition(
        plan, "AbleToScale", true, "ScaleUpStabilized",
        "recent recommendations were lower than current one, applying the lowest recent recommendation");
  else
    plan_condition(plan, "AbleToScale", true, "ScaleDownStabilized",
                   "recent recommendations were higher than current one, applying the highest recent "
                   "recommendation");
  const Limited limited = hpa.behavior ? limit_by_behavior(plan.current, steady, min, hpa.max_replicas,
                                                           *hpa.behavior, plan.record.history, plan.now)
                                       : limit_by_rules_of_old(plan.current, steady, min, hpa.max_replicas);
  plan_condition(plan, "ScalingLimited", limited.replicas != steady, limited.reason, limited.message);
  plan.desired = limited.replicas;
}

void decide_by_metrics(Plan& plan, Sync& sync, const TargetScale& scale) {
  const ScaledPods scaled{*plan.hpa, scale.spec_replicas, scale.status_replicas,
                          pods_of(sync, *plan.hpa, scale.selector), plan.now};
  plan.record.selector = scale.selector;
  const std::string shared =
      ambiguity(sync.cache(), *plan.hpa, scaled, scale.selector, sync.memory<HpaMemory>());
  if (!shared.empty()) {
    warn(plan, "AmbiguousSelector", shared);
    plan_condition(plan, "ScalingActive", false, "AmbiguousSelector", shared);
    plan.status.current_metrics.clear();
    plan.failure = shared;
    return;
  }
  std::string name;
  if (!evaluate_metrics(plan, scaled, sync.metrics(), sync.cache(), name)) return;
  if (plan.desired > plan.current) plan.reason = name + " above target";
  if (plan.desired < plan.current) plan.reason = "All metrics below target";
  normalize(plan);
  plan.rescale = plan.desired != plan.current;
}

// Sizes outside of minReplicas and maxReplicas are set right at once; else the metrics decide.
void decide(Plan& plan, Sync& sync, const TargetScale& scale) {
  const Hpa& hpa = *plan.hpa;
  const std::int32_t min = hpa.min_replicas.value_or(1);
  plan.status.current_metrics.clear();
  plan.current = scale.spec_replicas;
  if (plan.record.recommendations.empty()) plan.record.recommendations.push_back({plan.current, plan.now});
  plan_condition(plan, "AbleToScale", true, "SucceededGetScale",
                 "the HPA controller was able to get the target's current scale");
  if (plan.current == 0 && min != 0) {
    plan_condition(plan, "ScalingActive", false, "ScalingDisabled",
                   "scaling is disabled since the replica count of the target is zero");
  } else if (plan.current > hpa.max_replicas) {
    plan.reason = "Current number of replicas above Spec.MaxReplicas";
    plan.desired = hpa.max_replicas;
    plan.rescale = true;
  } else if (plan.current < min) {
    plan.reason = "Current number of replicas below Spec.MinReplicas";
    plan.desired = min;
    plan.rescale = true;
  } else {
    decide_by_metrics(plan, sync, scale);
  }
}

Plan plan_of(Sync& sync, const HpaPtr& hpa, const std::expected<TargetScale, std::string>& scale) {
  Plan plan{hpa, sync.now(), hpa->status, sync.memory<HpaMemory>()[cluster::sync_key(hpa->ref())], {}, {}, 0,
            0,   false,      {}};
  if (!scale) {
    warn(plan, "FailedGetScale", scale.error());
    plan_condition(plan, "AbleToScale", false, "FailedGetScale",
                   "the HPA controller was unable to get the target's current scale: " + scale.error());
    return plan;
  }
  decide(plan, sync, *scale);
  plan.status.current_replicas = plan.current;
  if (plan.failure.empty()) plan.status.desired_replicas = plan.rescale ? plan.desired : plan.current;
  return plan;
}

// ---- Acting ----

Step<Done> write_status(Sync& sync, const Plan& plan, const Hpa::Status& status) {
  if (status == plan.hpa->status) return Done();
  const ApiResult* const written = sync.write([&] {
    Hpa next = *plan.hpa;
    next.status = status;
    return request(Verb::kUpdateStatus, next);
  });
  if (!written) return pending();
  if (!*written) sync.event({plan.hpa, true, "FailedUpdateStatus", written->error().message, {}});
  return Done();
}

using Target = std::expected<api::ObjectPtr, std::string>;

// The scale of the target as the API server has it.
Step<std::expected<TargetScale, std::string>> read_scale(Sync& sync, const Target& target) {
  using Answer = std::expected<TargetScale, std::string>;
  if (!target) return Answer(std::unexpected(target.error()));
  const ApiResult* const read = sync.write([&] { return get_request(**target); });
  if (!read) return pending();
  if (*read) return scale_of(***read);
  return Answer(std::unexpected(cluster::not_found((*target)->kind, (*target)->metadata.name).message));
}

void remember_change(Plan& plan) {
  if (!plan.hpa->behavior) return;
  auto& [up, down] = plan.record.history;
  if (plan.desired > plan.current)
    remember(up, plan.desired - plan.current, *plan.hpa->behavior->scale_up, plan.now);
  else
    remember(down, plan.current - plan.desired, *plan.hpa->behavior->scale_down, plan.now);
}

// What the answer to the change of size makes of the plan.
Plan rescaled(const Plan& before, const ApiResult& answer) {
  Plan plan = before;
  if (answer) {
    plan_condition(plan, "AbleToScale", true, "SucceededRescale",
                   fmt::format("the HPA controller was able to update the target scale to {}", plan.desired));
    plan.status.last_scale_time = plan.now.whole_second();
    remember_change(plan);
    return plan;
  }
  plan_condition(plan, "AbleToScale", false, "FailedUpdateScale",
                 "the HPA controller was unable to update the target scale: " + answer.error().message);
  plan.status.desired_replicas = plan.hpa->status.desired_replicas;
  return plan;
}

}  // namespace

// A change of the autoscaler itself does not hasten its next sync.
void horizontal_pod_autoscaler_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind == Kind::kHorizontalPodAutoscaler)
    enqueue.add_after(change.object->ref(), kSyncPeriod);
}

SyncResult sync_horizontal_pod_autoscaler(Sync& sync) {
  const auto& hpa = sync.pin([&] { return api::as<Hpa>(sync.cache().get(sync.key())); });
  if (!hpa) {
    sync.once([&] { sync.memory<HpaMemory>().erase(cluster::sync_key(sync.key())); });
    return SyncResult::done();
  }
  const Target& target = sync.pin([&] { return target_of(sync.cache(), *hpa); });
  const auto scale = read_scale(sync, target);
  if (!scale) return scale.error();
  const Plan& plan = sync.pin([&] { return plan_of(sync, hpa, *scale); });
  HpaRecord& record = sync.memory<HpaMemory>()[cluster::sync_key(sync.key())];
  sync.once([&] { record = plan.record; });
  for (const cluster::EventSpec& event : plan.events) sync.event(event);
  if (!plan.rescale) {
    if (const auto written = write_status(sync, plan, plan.status); !written) return written.error();
    if (!plan.failure.empty()) sync.event({hpa, true, "FailedComputeMetricsReplicas", plan.failure, {}});
    return SyncResult::done(kSyncPeriod);
  }
  const ApiResult* const answer = sync.write([&] {
    ApiRequest size;
    size.verb = Verb::kScale;
    size.ref = (*target)->ref();
    size.replicas = plan.desired;
    return size;
  });
  if (!answer) return SyncResult::pending();
  const Plan& after = sync.pin([&] { return rescaled(plan, *answer); });
  sync.once([&] { record = after.record; });
  const std::string what = fmt::format("New size: {}; reason: {}", plan.desired, plan.reason);
  if (*answer)
    sync.event({hpa, false, "SuccessfulRescale", what, {}});
  else
    sync.event({hpa, true, "FailedRescale", what + "; error: " + answer->error().message, {}});
  if (const auto written = write_status(sync, after, after.status); !written) return written.error();
  return SyncResult::done(kSyncPeriod);
}

}  // namespace seatrial::controllers
