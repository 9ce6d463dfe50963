// Objects as `kubectl get` prints them. Source: k8s.io/kubernetes/pkg/printers/internalversion/printers.go.
#pragma once

#include <string>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/time.h"

namespace seatrial::report {

struct KubectlTableOptions {
  bool wide = false;
  bool with_namespace = false;  // a column before all others (-A)
  bool with_kind = false;       // pod/web-0, as where several kinds are asked for
};
// One kind at a time. "No resources found" where there is none.
std::string kubectl_table(const std::vector<api::ObjectPtr>& objects, SimTime now,
                          const KubectlTableOptions& options);
// As -o json and -o yaml: the object, or a List of several. As -o name: deployment.apps/web, one a line.
std::string kubectl_json(const std::vector<api::ObjectPtr>& objects);
std::string kubectl_yaml(const std::vector<api::ObjectPtr>& objects);
std::string kubectl_names(const std::vector<api::ObjectPtr>& objects);

std::string kubectl_name(const api::Object& object);  // deployment.apps/web

}  // namespace seatrial::report
