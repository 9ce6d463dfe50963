// IngressClasses are stored and not simulated; which of them is the default one is read here. Source:
// plugin/pkg/admission/network/defaultingressclass/admission.go.
#include <tuple>

#include "sim/api/networking.h"
#include "sim/cluster/admission/plugins.h"

namespace seatrial::cluster {

using api::Symbol;

namespace {

// The newest of the default classes, of equally new ones the first by name; null: there is none.
const api::Object* default_ingress_class(const Store& store) {
  const api::Object* found = nullptr;
  for (const api::ObjectPtr& object : store.all(api::Kind::kUnstructured)) {
    if (!object || static_cast<const api::Unstructured&>(*object).kind_name != Symbol("IngressClass"))
      continue;
    if (object->metadata.annotations->get("ingressclass.kubernetes.io/is-default-class") != "true") continue;
    const auto rank = [](const api::Object& c) {
      return std::tuple(-c.metadata.creation_timestamp.count(), c.metadata.name);
    };
    if (!found || rank(*object) < rank(*found)) found = object.get();
  }
  return found;
}

}  // namespace

// An Ingress may still name its class by the annotation of old.
Refusal set_ingress_class(const Store& store, AdmissionState&, AdmissionRequest& request) {
  if (request.verb != Verb::kCreate || request.object.kind != api::Kind::kIngress) return std::nullopt;
  auto& ingress = static_cast<api::Ingress&>(request.object);
  if (!ingress.ingress_class_name.empty() ||
      ingress.metadata.annotations->contains("kubernetes.io/ingress.class"))
    return std::nullopt;
  if (const api::Object* const fallback = default_ingress_class(store))
    ingress.ingress_class_name = fallback->metadata.name;
  return std::nullopt;
}

}  // namespace seatrial::cluster
