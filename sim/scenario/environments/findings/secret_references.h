// Where a folder's objects use Secrets: environment variables, volumes, image pulls, certificates of
// Ingresses; and where its terraform reads them.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/environments/repository.h"

namespace seatrial::scenario::environments {

struct SecretReference {
  api::Symbol namespace_, secret;
  api::Symbol key;   // empty: the whole Secret
  std::string user;  // "CronJob nightly"
  api::SourcePosition where;
  bool by_terraform = false;  // read while it is planned
};

// Without those that are optional; in the order of the objects.
std::vector<SecretReference> secret_references_of(const NamespaceFolder& folder);

}  // namespace seatrial::scenario::environments
