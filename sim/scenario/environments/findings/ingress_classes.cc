// Ingresses of a class that no controller takes.
#include <algorithm>

#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

std::vector<api::Symbol> classes_with_a_controller(const Facts& facts) {
  if (!facts.platform || facts.platform->ingress_controllers.empty())
    return facts.conventions.ingress_classes;
  std::vector<api::Symbol> classes;
  for (const IngressController& controller : facts.platform->ingress_controllers)
    classes.push_back(controller.ingress_class);
  return classes;
}

}  // namespace

void ingress_classes_have_no_owner(const Facts& facts, Findings& findings) {
  const std::vector<api::Symbol> classes = classes_with_a_controller(facts);
  std::vector<std::string> names;
  for (const api::Symbol name : classes) names.push_back(name.str());
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const api::ManifestObject& item : folder.objects) {
      if (item.object->kind != api::Kind::kIngress) continue;
      const auto& ingress = static_cast<const api::Ingress&>(*item.object);
      const bool in_spec = !ingress.ingress_class_name.empty();
      const api::Symbol name =
          in_spec ? ingress.ingress_class_name
                  : api::Symbol(ingress.metadata.annotations->get(facts.conventions.class_annotation));
      if (name.empty() || std::ranges::find(classes, name) != classes.end()) continue;
      Finding finding =
          finding_at(folder, Severity::kWarning,
                     item.document->position_of(in_spec ? "spec.ingressClassName" : "metadata.annotations"));
      finding.what = name_text(ingress) + " is of class " + name.str() + ", which no controller takes";
      finding.why = "No controller routes its hosts. The platform's controllers take " + listed(names) + ".";
      finding.change = "name one of those in spec.ingressClassName";
      findings.push_back(std::move(finding));
    }
  }
}

}  // namespace seatrial::scenario::environments
