// RuntimeClasses are stored and not simulated; what they add to a pod's cost and placement is.
// Source: plugin/pkg/admission/runtimeclass/admission.go.
#include <fmt/format.h>

#include "sim/cluster/admission/plugins.h"

namespace seatrial::cluster {

using api::Pod;
using api::PodSpec;
using api::Symbol;
using api::Value;

namespace {

constexpr const char* kOtherOverhead =
    "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

// What a class says of its pods.
struct RuntimeClass {
  std::optional<api::ResourceList> overhead;
  api::LabelMap node_selector;
  std::vector<api::Toleration> tolerations;
};

const Value* at(const Value& document, std::string_view first, std::string_view second) {
  const Value* const part = document.find(first);
  return part ? part->find(second) : nullptr;
}

Symbol text_at(const Value& map, std::string_view key) {
  const Value* const value = map.find(key);
  return value ? Symbol(value->text) : Symbol();
}

RuntimeClass read(const Value& document) {
  RuntimeClass found;
  if (const Value* const fixed = at(document, "overhead", "podFixed")) {
    found.overhead.emplace();
    for (const auto& [name, amount] : fixed->map) {
      if (const auto quantity = api::Quantity::parse(amount.text)) found.overhead->emplace(name, *quantity);
    }
  }
  if (const Value* const selector = at(document, "scheduling", "nodeSelector")) {
    for (const auto& [key, value] : selector->map) found.node_selector.set(key, value.text);
  }
  if (const Value* const tolerations = at(document, "scheduling", "tolerations")) {
    for (const Value& t : tolerations->list) {
      api::Toleration toleration{text_at(t, "key"), "Equal", text_at(t, "value"), text_at(t, "effect"), {}};
      if (const Value* const op = t.find("operator")) toleration.op = op->text;
      if (const Value* const seconds = t.find("tolerationSeconds"))
        toleration.toleration_seconds = seconds->integer;
      found.tolerations.push_back(toleration);
    }
  }
  return found;
}

struct Looked {
  const api::Unstructured* found = nullptr;  // null: the pod names no class
  Refusal refused;
};
Looked look_up(const Store& store, const AdmissionRequest& request) {
  const Symbol name = static_cast<const Pod&>(request.object).spec->runtime_class_name;
  if (name.empty()) return {};
  const auto* const found = find_unstructured(store, "RuntimeClass", name);
  if (found) return {found, {}};
  return {nullptr,
          forbidden(request, fmt::format("pod rejected: RuntimeClass \"{}\" not found", name.str()))};
}

Refusal conflict_with(const RuntimeClass& runtime_class, const PodSpec& spec,
                      const AdmissionRequest& request) {
  if (runtime_class.overhead && !spec.overhead.empty() && spec.overhead != *runtime_class.overhead)
    return forbidden(request, kOtherOverhead);
  for (const auto& [key, value] : runtime_class.node_selector) {
    const Symbol* const own = spec.node_selector.find(key);
    if (!own || *own == value) continue;
    return forbidden(
        request,
        fmt::format(
            "conflict: runtimeClass.scheduling.nodeSelector[{0}] = {1}; pod.spec.nodeSelector[{0}] = {2}",
            key.str(), value.str(), own->str()));
  }
  return std::nullopt;
}

}  // namespace

Refusal set_runtime_class(const Store& store, AdmissionState& state, AdmissionRequest& request) {
  if (!is_new_pod(request)) return std::nullopt;
  const auto [found, refused] = look_up(store, request);
  if (refused || !found) return refused;
  auto& pod = static_cast<Pod&>(request.object);
  const RuntimeClass runtime_class = read(*found->document);
  if (auto conflict = conflict_with(runtime_class, *pod.spec, request)) return conflict;
  change_spec(state, pod, mixed(kRuntimeClass, found->metadata.resource_version), [&](PodSpec& spec) {
    if (runtime_class.overhead) spec.overhead = *runtime_class.overhead;
    for (const auto& [key, value] : runtime_class.node_selector) spec.node_selector.set(key, value);
    for (const api::Toleration& toleration : runtime_class.tolerations) {
      if (!std::ranges::count(spec.tolerations, toleration)) spec.tolerations.push_back(toleration);
    }
  });
  return std::nullopt;
}

Refusal check_runtime_class(const Store& store, AdmissionState&, const AdmissionRequest& request,
                            AdmissionOutcome&) {
  if (!is_new_pod(request)) return std::nullopt;
  const auto [found, refused] = look_up(store, request);
  if (refused) return refused;
  const PodSpec& spec = *static_cast<const Pod&>(request.object).spec;
  const auto overhead = found ? read(*found->document).overhead : std::nullopt;
  if (overhead) return spec.overhead == *overhead ? Refusal() : forbidden(request, kOtherOverhead);
  if (spec.overhead.empty()) return std::nullopt;
  return forbidden(request,
                   "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
}

}  // namespace seatrial::cluster
