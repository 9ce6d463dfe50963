// Objects as `kubectl describe` prints them, their events included. Source:
// k8s.io/kubectl/pkg/describe/describe.go.
#pragma once

#include <expected>
#include <string>

#include "sim/cluster/store.h"
#include "sim/engine/time.h"

namespace seatrial::report {

// The error says that the kind has no description of its own.
std::expected<std::string, std::string> describe(const api::Object& object, const cluster::Store& store,
                                                 SimTime now);

}  // namespace seatrial::report
