// A namespace's labels say which Pod Security Standard is enforced (pods are refused), warned of and audited
// (pods and what makes pods). Nobody is exempt. Source: k8s.io/pod-security-admission/admission/admission.go;
// the rules stand in sim/cluster/pod_security.h.
#include "sim/cluster/pod_security.h"

#include <fmt/format.h>

#include <map>

#include "sim/api/apps.h"
#include "sim/api/batch.h"
#include "sim/cluster/admission/plugins.h"

namespace seatrial::cluster {

using api::Kind;
using api::LabelMap;
using api::Pod;
using api::PodSpec;

namespace {

constexpr std::size_t kMostPodsLookedAt = 3000;  // when a namespace's enforce label changes

// The pods that a workload makes; null: it is none.
const api::PodTemplateSpec* pods_in(const api::Object& object) {
  switch (object.kind) {
    case Kind::kDeployment:
      return static_cast<const api::Deployment&>(object).template_.get();
    case Kind::kReplicaSet:
      return static_cast<const api::ReplicaSet&>(object).template_.get();
    case Kind::kStatefulSet:
      return static_cast<const api::StatefulSet&>(object).template_.get();
    case Kind::kDaemonSet:
      return static_cast<const api::DaemonSet&>(object).template_.get();
    case Kind::kJob:
      return static_cast<const api::Job&>(object).spec.template_.get();
    case Kind::kCronJob:
      return static_cast<const api::CronJob&>(object).job_spec.template_.get();
    default:
      return nullptr;
  }
}

// Only images can change in a way that matters.
bool is_significant(const PodSpec& spec, const PodSpec& old) {
  const auto images = [](const PodSpec& of) {
    std::vector<api::Symbol> all;
    for (const api::Container& c : of.init_containers) all.push_back(c.image);
    all.emplace_back();
    for (const api::Container& c : of.containers) all.push_back(c.image);
    return all;
  };
  return images(spec) != images(old);
}

// Evaluates one pod against the policies of its namespace, each policy once.
class Evaluation {
 public:
  Evaluation(const PodSecurityPolicies& policies, const LabelMap& annotations, const PodSpec& spec)
      : policies_(policies), annotations_(annotations), document_(api::document_of(spec)) {}

  Refusal enforce(const AdmissionRequest& request) {
    const std::string& found = violations(policies_.enforce);
    if (found.empty()) return std::nullopt;
    return forbidden(request, fmt::format("violates PodSecurity \"{}\": {}", policies_.enforce.str(), found));
  }
  void audit(AdmissionOutcome& outcome) { note(policies_.audit, outcome.audit); }
  void warn(AdmissionOutcome& outcome) { note(policies_.warn, outcome.warnings); }

 private:
  void note(const PodSecurityPolicy& policy, std::vector<std::string>& notes) {
    const std::string& found = violations(policy);
    if (!found.empty())
      notes.push_back(fmt::format("would violate PodSecurity \"{}\": {}", policy.str(), found));
  }
  const std::string& violations(const PodSecurityPolicy& policy) {
    const auto [at, is_new] = found_.try_emplace(policy.str());
    if (is_new) at->second = details(pod_security_violations(policy, annotations_, document_));
    return at->second;
  }

  const PodSecurityPolicies& policies_;
  const LabelMap& annotations_;
  api::Value document_;
  std::map<std::string, std::string> found_;
};

bool is_privileged(const PodSecurityPolicy& policy) { return policy.level == PodSecurityLevel::kPrivileged; }

Refusal check_pod(const PodSecurityPolicies& policies, const AdmissionRequest& request,
                  AdmissionOutcome& outcome) {
  if (is_privileged(policies.enforce) && is_privileged(policies.audit) && is_privileged(policies.warn))
    return std::nullopt;
  const auto& pod = static_cast<const Pod&>(request.object);
  if (request.old && !is_significant(*pod.spec, *static_cast<const Pod&>(*request.old).spec))
    return std::nullopt;
  Evaluation evaluation(policies, *pod.metadata.annotations, *pod.spec);
  Refusal refused = evaluation.enforce(request);
  evaluation.audit(outcome);
  if (!refused) evaluation.warn(outcome);
  return refused;
}

void check_template(const PodSecurityPolicies& policies, const api::PodTemplateSpec& of,
                    AdmissionOutcome& outcome) {
  if (is_privileged(policies.audit) && is_privileged(policies.warn)) return;
  Evaluation evaluation(policies, *of.annotations, *of.spec);
  evaluation.audit(outcome);
  evaluation.warn(outcome);
}

// One pod of each controller comes before the others.
std::vector<const Pod*> by_priority(const Store& store, api::Symbol namespace_) {
  std::vector<const Pod*> first, later;
  std::vector<api::Uid> seen;
  for (const api::ObjectPtr& object : store.list(Kind::kPod, namespace_)) {
    const auto* const pod = static_cast<const Pod*>(object.get());
    const api::OwnerReference* const owner = pod->metadata.controller_ref();
    const bool again = owner && std::ranges::count(seen, owner->uid) > 0;
    if (owner && !again) seen.push_back(owner->uid);
    (again ? later : first).push_back(pod);
  }
  first.insert(first.end(), later.begin(), later.end());
  return first;
}

// What the namespace's pods would break of a new level: they stay, and kubectl warns.
void warn_of_pods(const Store& store, api::Symbol namespace_, const PodSecurityPolicy& policy,
                  AdmissionOutcome& outcome) {
  struct Pods {
    api::Symbol first;
    std::size_t count = 0;
  };
  std::map<std::string, Pods> by_reason;
  std::vector<const Pod*> pods = by_priority(store, namespace_);
  const std::size_t all = pods.size();
  if (all > kMostPodsLookedAt) pods.resize(kMostPodsLookedAt);
  for (const Pod* const pod : pods) {
    const std::string why =
        reasons(pod_security_violations(policy, *pod->metadata.annotations, api::document_of(*pod->spec)));
    if (why.empty()) continue;
    Pods& same = by_reason[why];
    if (same.count++ == 0 || pod->metadata.name < same.first) same.first = pod->metadata.name;
  }
  if (pods.size() < all) {
    outcome.warnings.push_back(
        fmt::format("new PodSecurity enforce level only checked against the first {} of {} existing pods",
                    pods.size(), all));
  }
  if (by_reason.empty()) return;
  outcome.warnings.push_back(
      fmt::format("existing pods in namespace \"{}\" violate the new PodSecurity enforce level \"{}\"",
                  namespace_.str(), policy.str()));
  std::vector<std::string> lines;
  for (const auto& [why, same] : by_reason) {
    const std::string more = same.count == 1   ? ""
                             : same.count == 2 ? " (and 1 other pod)"
                                               : fmt::format(" (and {} other pods)", same.count - 1);
    lines.push_back(fmt::format("{}{}: {}", same.first.str(), more, why));
  }
  std::ranges::sort(lines);
  outcome.warnings.insert(outcome.warnings.end(), lines.begin(), lines.end());
}

Refusal check_labels(const Store& store, const AdmissionRequest& request, AdmissionOutcome& outcome) {
  const PodSecurityPolicies now = pod_security_policies(*request.object.metadata.labels);
  const PodSecurityPolicies before =
      request.old ? pod_security_policies(*request.old->metadata.labels) : PodSecurityPolicies();
  if (!now.problems.empty() && now.problems != before.problems) {
    return ApiError{422,
                    "Invalid",
                    api::invalid_message("Namespace", request.object.metadata.name.view(), now.problems),
                    {},
                    0};
  }
  const bool relaxed = now.enforce.minor == before.enforce.minor && now.enforce.level <= before.enforce.level;
  if (!request.old || now.enforce == before.enforce || is_privileged(now.enforce) || relaxed)
    return std::nullopt;
  warn_of_pods(store, request.object.metadata.name, now.enforce, outcome);
  return std::nullopt;
}

}  // namespace

Refusal check_pod_security(const Store& store, AdmissionState&, const AdmissionRequest& request,
                           AdmissionOutcome& outcome) {
  if (request.verb == Verb::kDelete) return std::nullopt;
  const api::Object& object = request.object;
  if (object.kind == Kind::kNamespace) return check_labels(store, request, outcome);
  const api::PodTemplateSpec* const of = pods_in(object);
  if (!of && object.kind != Kind::kPod) return std::nullopt;
  const auto* const ns = store.find<api::Namespace>({}, object.metadata.namespace_);
  if (!ns) return std::nullopt;
  const PodSecurityPolicies policies = pod_security_policies(*ns->metadata.labels);
  if (object.kind == Kind::kPod) return check_pod(policies, request, outcome);
  check_template(policies, *of, outcome);
  return std::nullopt;
}

}  // namespace seatrial::cluster
