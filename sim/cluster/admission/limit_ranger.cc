// Source: plugin/pkg/admission/limitranger/admission.go; the rules stand in sim/cluster/limit_range.h.
#include <fmt/format.h>

#include "sim/cluster/admission/plugins.h"
#include "sim/cluster/limit_range.h"

namespace seatrial::cluster {

using api::LimitRange;
using api::Pod;
using api::PodSpec;

namespace {

const api::Symbol kAnnotation = "kubernetes.io/limit-ranger";

}  // namespace

Refusal default_limits(const Store& store, AdmissionState& state, AdmissionRequest& request) {
  if (!is_new_pod(request)) return std::nullopt;
  auto& pod = static_cast<Pod&>(request.object);
  for_each<LimitRange>(store, pod.metadata.namespace_, [&](const LimitRange& range) {
    if (!has_limit_defaults(range)) return;
    const api::Shared<PodSpec> before = pod.spec;
    change_spec(state, pod, mixed(kLimits, range.metadata.resource_version),
                [&](PodSpec& spec) { apply_limit_defaults(range, spec); });
    if (before.same_as(pod.spec)) return;
    pod.metadata.annotations.edit().set(kAnnotation, limit_defaults_text(*before, *pod.spec));
  });
  return std::nullopt;
}

namespace {

// spec.resources.requests; nothing if the object is no claim.
std::optional<api::ResourceList> claim_requests(const api::Object& object) {
  if (object.kind != api::Kind::kUnstructured || api::kind_name(object) != "PersistentVolumeClaim")
    return std::nullopt;
  const api::Value* value = static_cast<const api::Unstructured&>(object).document.get();
  for (const char* const key : {"spec", "resources", "requests"}) value = value ? value->find(key) : nullptr;
  api::ResourceList requests;
  if (!value) return requests;
  for (const auto& [name, amount] : value->map) {
    if (const auto quantity = api::Quantity::parse(amount.text)) requests.emplace(name, *quantity);
  }
  return requests;
}

}  // namespace

Refusal check_limits(const Store& store, AdmissionState&, const AdmissionRequest& request,
                     AdmissionOutcome&) {
  const auto claim = request.verb == Verb::kDelete ? std::nullopt : claim_requests(request.object);
  if (!claim && !is_new_pod(request)) return std::nullopt;
  Refusal refused;
  for_each<LimitRange>(store, request.object.metadata.namespace_, [&](const LimitRange& range) {
    if (refused) return;
    const auto problems = claim ? limit_violations(range, *claim)
                                : limit_violations(range, *static_cast<const Pod&>(request.object).spec);
    if (problems.empty()) return;
    refused = forbidden(
        request, problems.size() == 1 ? problems.front() : fmt::format("[{}]", fmt::join(problems, ", ")));
  });
  return refused;
}

}  // namespace seatrial::cluster
