// Source: k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go.
#include <fmt/format.h>

#include <array>

#include "sim/cluster/admission/plugins.h"

namespace seatrial::cluster {

using api::Kind;
using api::Symbol;

namespace {

bool is_immortal(Symbol name) {
  static const std::array<Symbol, 3> kNames = {"default", "kube-system", "kube-public"};
  return std::ranges::count(kNames, name) > 0;
}

}  // namespace

Refusal check_namespace(const Store& store, AdmissionState&, AdmissionRequest& request) {
  const api::Object& object = request.object;
  if (request.verb == Verb::kDelete) {
    if (object.kind != Kind::kNamespace || !is_immortal(object.metadata.name)) return std::nullopt;
    return forbidden(request, "this namespace may not be deleted");
  }
  if (request.verb != Verb::kCreate || !api::info(object.kind).namespaced ||
      object.metadata.namespace_.empty()) {
    return std::nullopt;
  }
  const Symbol name = object.metadata.namespace_;
  const auto* const ns = store.find<api::Namespace>({}, name);
  if (!ns) return ApiError{404, "NotFound", fmt::format("namespaces \"{}\" not found", name.str()), {}, 0};
  if (!ns->terminating && !ns->metadata.deletion_timestamp) return std::nullopt;
  ApiError refused = forbidden(
      request,
      fmt::format("unable to create new content in namespace {} because it is being terminated", name.str()));
  refused.causes = {fmt::format("NamespaceTerminating: namespace {} is being terminated", name.str())};
  return refused;
}

}  // namespace seatrial::cluster
