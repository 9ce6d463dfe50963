// Secrets that something of the checkout needs and nothing of it makes.
#include <algorithm>

#include "sim/scenario/environments/findings/finding.h"
#include "sim/scenario/environments/findings/secret_references.h"

namespace seatrial::scenario::environments {

void secrets_were_never_made(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    std::map<ObjectKey, std::vector<SecretReference>> missing;
    for (SecretReference& reference : secret_references_of(folder)) {
      const ObjectKey key{reference.namespace_, reference.secret};
      if (!facts.secrets.contains(key)) missing[key].push_back(std::move(reference));
    }
    for (const auto& [key, references] : missing) {
      std::vector<std::string> users;
      for (const SecretReference& reference : references) {
        if (std::ranges::find(users, reference.user) == users.end()) users.push_back(reference.user);
      }
      const bool perhaps = may_be_made(facts, key);
      Finding finding =
          finding_at(folder, perhaps ? Severity::kInfo : Severity::kWarning, references[0].where);
      finding.what = "Secret " + key.second.str() +
                     (key.first == folder.name ? "" : " of namespace " + key.first.str()) + " is needed by " +
                     listed(users) + ", and " +
                     (perhaps ? "only terraform knows whether it makes a Secret of that name"
                              : "nothing in this checkout makes it");
      finding.why = references[0].by_terraform
                        ? "The data source comes back empty, and what uses its values has none."
                        : "Until somebody has made it, containers that take a value of it wait in "
                          "CreateContainerConfigError, and pods with a volume of it in ContainerCreating.";
      finding.change = "make it with terraform, or make sure that the team makes it by other means";
      findings.push_back(std::move(finding));
    }
  }
}

}  // namespace seatrial::scenario::environments
