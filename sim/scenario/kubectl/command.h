// What kubectl makes of a verb: for one object after the other, what it reads, which request that becomes,
// and what it prints. Pure functions of the store (as from a GET) and the arguments; who sends the requests
// and waits for the answers is a User. Sources: k8s.io/kubectl/pkg/cmd, pkg/polymorphichelpers, pkg/scale.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cluster/api_request.h"
#include "sim/cluster/store.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario::kubectl {

// An object that a command is about.
struct Target {
  ObjectName name;
  std::size_t item = 0;      // the number of its manifest, of verbs that take files
  api::ObjectPtr like = {};  // that manifest's object; null where only a name is given
};

// The objects of a command in kubectl's order, and the errors that it prints about those that are not there.
struct Plan {
  std::vector<Target> targets;
  std::vector<std::string> errors;
};

// One step about one object.
struct Step {
  std::vector<std::string> first = {};                        // printed at once
  std::vector<std::string> errors = {};                       // likewise, of what went wrong
  std::optional<cluster::ApiRequest> request = std::nullopt;  // sent then
  std::string said = {};                                      // printed when it is done
  std::string unchanged = {};                                 // instead, where the object stayed as it was
  std::string context = {};                                   // before a refusal: "failed to patch: "
  std::string source = {};                      // in a refusal: `error when creating "x.yaml": `
  std::optional<Duration> wait = std::nullopt;  // nothing to be done yet: asked again after that
  bool more = false;                            // there is another step about this object
};
// Or the error as it is printed.
using Turn = std::expected<Step, std::string>;

// The object as it is stored; null if it is gone.
api::ObjectPtr read(const cluster::Store& store, const Target& target);

// REQUIRES: the action is one of kubectl's. Of a drain this is its cordoning.
Plan plan(const Action& action, const cluster::Store& store);
Turn turn(const Action& action, const Target& target, int stage, const cluster::Store& store, SimTime now);

}  // namespace seatrial::scenario::kubectl
