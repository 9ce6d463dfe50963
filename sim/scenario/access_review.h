// Access control of a set of objects, without a run: what a cluster would decide that has these and nothing
// else; and what somebody asks who asks as `kubectl auth can-i`. Source: k8s.io/kubectl/pkg/cmd/auth/cani.go.
#pragma once

#include <string>
#include <vector>

#include "sim/api/meta.h"
#include "sim/cluster/rbac.h"
#include "sim/cluster/store.h"
#include "sim/scenario/access.h"

namespace seatrial::scenario {

// A store with the Roles and bindings among them beside those that every cluster has; of two of one name the
// last counts, as when they are applied. ClusterRoles that aggregate others have done so.
cluster::Store access_store(const std::vector<api::ObjectPtr>& objects);

// The words of a question: get, TYPE or TYPE/NAME or a path that is no resource (/healthz), and
// --subresource.
struct AccessQuestion {
  std::string verb, resource, subresource;
  std::string namespace_;        // empty: all of them together
  bool namespace_given = false;  // not only where one stands: a named namespace is asked about in itself else
};
struct AskedAccess {
  cluster::Attributes what;
  std::vector<std::string> warnings;  // kubectl's, without "Warning: "
};
AskedAccess asked_access(const AccessQuestion& question);

// Of --as and --as-group; without either the platform's default user, or a cluster administrator.
cluster::Identity who_asks(const Access& access, const std::string& as,
                           const std::vector<std::string>& groups);

}  // namespace seatrial::scenario
