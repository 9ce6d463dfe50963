// Every rule of the Pod Security Standards as a row: its id (which orders the messages), its level, the minor
// version of Kubernetes from which on it judges like this, and the baseline rule that it replaces in
// restricted. Internal to sim/cluster.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cluster/pod_security.h"

namespace seatrial::cluster {

struct PodUnderCheck {
  const api::LabelMap& annotations;
  const api::Value& spec;
};

struct PodSecurityCheck {
  std::string_view id;
  PodSecurityLevel level;
  int since;
  std::optional<PodSecurityViolation> (*find)(const PodUnderCheck&);
  std::string_view overrides = {};
};

// Those that a policy consists of, in the order of their messages: baseline before restricted, by id.
std::vector<const PodSecurityCheck*> checks_of(const PodSecurityPolicy& policy);

}  // namespace seatrial::cluster
