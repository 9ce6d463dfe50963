// Objects that say another namespace than their folder: `kubectl -n NAMESPACE apply` refuses them.
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {

void namespaces_differ(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const api::ManifestObject& item : folder.foreign) {
      const api::Object& object = *item.object;
      Finding finding =
          finding_at(folder, Severity::kError, item.document->position_of("metadata.namespace"));
      finding.what = name_text(object) + " says namespace " + object.metadata.namespace_.str() +
                     ", in the folder of " + folder.name.str();
      finding.why =
          "kubectl apply -n refuses it: the namespace from the provided object does not match the "
          "namespace of the folder. It is never made.";
      finding.change = "correct metadata.namespace, or move the file";
      findings.push_back(std::move(finding));
    }
    const api::ManifestObject* const space = namespace_object(folder);
    if (!space || space->object->metadata.name == folder.name) continue;
    Finding finding = finding_at(folder, Severity::kError, space->document->position_of("metadata.name"));
    finding.what =
        "the Namespace is called " + space->object->metadata.name.str() + ", its folder " + folder.name.str();
    finding.why = "Everything else in the folder is applied to a namespace that nothing here makes.";
    finding.change = "call the folder and the Namespace alike";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::scenario::environments
