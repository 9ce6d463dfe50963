// What `kubectl rollout status` says of a workload. Source: k8s.io/kubectl/pkg/polymorphichelpers/
// rollout_status.go.
#pragma once

#include <expected>
#include <string>

#include "sim/api/meta.h"

namespace seatrial::report {

struct RolloutStatus {
  std::string text;  // one line: Waiting for deployment "web" rollout to finish: 1 out of 3 …
  bool done = false;
};
// Of a Deployment, StatefulSet or DaemonSet as it is stored. The error ends the command.
std::expected<RolloutStatus, std::string> rollout_status(const api::Object& object);

}  // namespace seatrial::report
