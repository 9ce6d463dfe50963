// Keys of Secrets that something needs and terraform does not set.
#include "sim/scenario/environments/findings/finding.h"
#include "sim/scenario/environments/findings/secret_references.h"

namespace seatrial::scenario::environments {

void secret_keys_were_never_set(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const SecretReference& reference : secret_references_of(folder)) {
      const auto known = facts.secret_keys.find({reference.namespace_, reference.secret});
      if (reference.key.empty() || known == facts.secret_keys.end() || known->second.contains(reference.key))
        continue;
      std::vector<std::string> keys;
      for (const api::Symbol key : known->second) keys.push_back(key.str());
      Finding finding = finding_at(folder, Severity::kWarning, reference.where);
      finding.what = reference.user + " needs the key " + reference.key.str() + " of Secret " +
                     reference.secret.str() + ", which has " + (keys.empty() ? "no keys" : listed(keys));
      finding.why = "The container waits in CreateContainerConfigError.";
      finding.change = "correct the key, or add it to the Secret's terraform";
      findings.push_back(std::move(finding));
    }
  }
}

}  // namespace seatrial::scenario::environments
