// What a checkout defines, namespace by namespace, in rows for reports: objects, AWS resources, and the
// Secrets that carry their credentials into this namespace or another.
//
// Rows point into the repository, which must outlive them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/scenario/environments/facts.h"
#include "sim/scenario/environments/promises.h"

namespace seatrial::scenario::environments {

struct ResourceRow {
  const cloud::terraform::AwsResource* resource = nullptr;
  std::vector<const cloud::terraform::MadeObject*> secrets;  // with keys that it fills
};

// A Secret that one namespace's terraform makes in another.
struct SecretAbroad {
  const NamespaceFolder* from = nullptr;
  const cloud::terraform::MadeObject* secret = nullptr;
};

struct NamespaceRow {
  const NamespaceFolder* folder = nullptr;
  std::vector<api::Symbol> teams;                            // groups that may enter, with the prefix
  std::map<std::string, int> applied, made;                  // objects by kind: of manifests, of terraform
  Room promised;                                             // by its quota
  std::vector<ResourceRow> aws;                              // in the order of the files
  std::vector<const cloud::terraform::MadeObject*> secrets;  // that its terraform makes, wherever
  std::vector<SecretAbroad> from_others;                     // Secrets that others' terraform puts here
  int policies() const;
};

struct ClusterInventory {
  const ClusterFolder* cluster = nullptr;
  std::vector<NamespaceRow> namespaces;
  std::vector<SecretAbroad> abroad;    // all of them
  std::map<std::string, int> applied;  // of the cluster's own files
};

ClusterInventory inventory_of(const Facts& facts);

// "module.rds.database_password" is of "module.rds", and so is "module.rds" itself.
bool is_reference_to(std::string_view reference, std::string_view address);

// "postgres 16, db.t4g.micro, multi-AZ" and the like: what there is to know of it in a few words.
std::string details_of(const cloud::terraform::AwsResource& resource);

}  // namespace seatrial::scenario::environments
