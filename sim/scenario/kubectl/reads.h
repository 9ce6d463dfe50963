// What kubectl reads before it asks for a change, where somebody may not read everything: a GET of each
// object that is named, a LIST of each kind that a selector picks from. Pure functions; who may read is asked
// of `ask`. Sources: pkg/cmd/{apply,delete,replace,scale,…}, k8s.io/cli-runtime/pkg/resource; reference, part
// B, §11.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/cluster/rbac.h"
#include "sim/scenario/kubectl/command.h"

namespace seatrial::scenario::kubectl {

// The refusal, if it is one.
using Ask = std::function<std::optional<cluster::ApiError>(const cluster::Attributes& what)>;

// The action without the objects that may not be read, and what kubectl says of those.
struct Readable {
  Action action;
  std::vector<std::string> errors;
  bool nothing = false;  // none is left
};
Readable readable(const Action& action, const Ask& ask);

// What kubectl says where it may not read what it is about to write; empty if it may, or reads nothing.
std::string read_refusal(const Action& action, const Target& target, const Ask& ask);

}  // namespace seatrial::scenario::kubectl
