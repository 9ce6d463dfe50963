// Recordings of golden/networkpolicy: worlds of namespaces, pods and NetworkPolicies with the verdict for
// every pair. Format: tests/conformance/golden/networkpolicy/README.md.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "sim/scenario/conform/compare.h"

namespace seatrial::scenario {

bool is_policy_recording(const nlohmann::json& document);

// One verdict for each world, over all cells that are judged there. Throws what nlohmann::json throws for a
// document of another form.
std::vector<FieldVerdict> judge_worlds(const nlohmann::json& document);

}  // namespace seatrial::scenario
