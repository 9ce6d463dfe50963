// Source: plugin/pkg/admission/podnodeselector/admission.go, without a configuration file: no selector of the
// whole cluster and no whitelists. Off unless enabled.
#include "sim/cluster/admission/plugins.h"

namespace seatrial::cluster {

using api::LabelMap;
using api::Pod;
using api::Symbol;

namespace {

// "a=b,c=d", as the namespace's annotation has it.
LabelMap parse_selector(std::string_view text) {
  LabelMap labels;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view pair = text.substr(0, comma);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) labels.set(pair.substr(0, equals), pair.substr(equals + 1));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return labels;
}

LabelMap selector_of(const Store& store, Symbol namespace_) {
  const auto* const ns = store.find<api::Namespace>({}, namespace_);
  return ns ? parse_selector(ns->metadata.annotations->get("scheduler.alpha.kubernetes.io/node-selector"))
            : LabelMap();
}

Refusal conflict_with(const LabelMap& selector, const AdmissionRequest& request) {
  const auto& pod = static_cast<const Pod&>(request.object);
  for (const auto& [key, value] : selector) {
    const Symbol* const own = pod.spec->node_selector.find(key);
    if (own && *own != value)
      return forbidden(request, "pod node label selector conflicts with its namespace node label selector");
  }
  return std::nullopt;
}

}  // namespace

Refusal add_node_selector(const Store& store, AdmissionState& state, AdmissionRequest& request) {
  if (!is_new_pod(request)) return std::nullopt;
  auto& pod = static_cast<Pod&>(request.object);
  const LabelMap selector = selector_of(store, pod.metadata.namespace_);
  if (auto refused = conflict_with(selector, request)) return refused;
  const auto* const ns = store.find<api::Namespace>({}, pod.metadata.namespace_);
  if (selector.empty()) return std::nullopt;
  change_spec(state, pod, mixed(kNodeSelector, ns->metadata.resource_version), [&](api::PodSpec& spec) {
    for (const auto& [key, value] : selector) spec.node_selector.set(key, value);
  });
  return std::nullopt;
}

Refusal check_node_selector(const Store& store, AdmissionState&, const AdmissionRequest& request,
                            AdmissionOutcome&) {
  if (!is_new_pod(request)) return std::nullopt;
  return conflict_with(selector_of(store, request.object.metadata.namespace_), request);
}

}  // namespace seatrial::cluster
