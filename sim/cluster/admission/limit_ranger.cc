// Source: plugin/pkg/admission/limitranger/admission.go; the rules stand in sim/cluster/limit_range.h.
#include <fmt/format.h>

#include "sim/api/storage.h"
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
  if (object.kind != api::Kind::kPersistentVolumeClaim) return std::nullopt;
  return static_cast<const api::PersistentVolumeClaim&>(object).requests;
}

// Two containers that break a limit alike are one message.
void once_each(std::vector<std::string>& texts) {
  std::vector<std::string> seen;
  for (std::string& text : texts) {
    if (std::ranges::find(seen, text) == seen.end()) seen.push_back(std::move(text));
  }
  texts = std::move(seen);
}

}  // namespace

Refusal check_limits(const Store& store, AdmissionState&, const AdmissionRequest& request,
                     AdmissionOutcome&) {
  const auto claim = request.verb == Verb::kDelete ? std::nullopt : claim_requests(request.object);
  if (!claim && !is_new_pod(request)) return std::nullopt;
  Refusal refused;
  for_each<LimitRange>(store, request.object.metadata.namespace_, [&](const LimitRange& range) {
    if (refused) return;
    auto problems = claim ? limit_violations(range, *claim)
                          : limit_violations(range, *static_cast<const Pod&>(request.object).spec);
    if (problems.empty()) return;
    once_each(problems);
    refused = forbidden(
        request, problems.size() == 1 ? problems.front() : fmt::format("[{}]", fmt::join(problems, ", ")));
  });
  return refused;
}

}  // namespace seatrial::cluster
