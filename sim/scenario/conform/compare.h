// How a run's summary is compared with a recording's: the rules of tests/conformance/golden/README.md, "How
// to compare".
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/scenario/conform/recording.h"

namespace seatrial::scenario {

enum class Agreement : std::uint8_t { kSame, kRace, kWithinRange, kDiffers, kNotSupported };
std::string_view to_string(Agreement agreement);

struct FieldVerdict {
  std::string field;
  Agreement agreement = Agreement::kSame;
  std::string recorded, simulated;  // where they differ
};

// `runs`: by machine, the first a quiet one, the summaries of five seeds. A field that was the same in all
// three recordings must be so in all runs of the quiet machine (kSame), or at least in one run (kRace); one
// that varied must for each seed lie in its range or be one of its values on one of the machines, up to the
// order of what happens together (kWithinRange).
std::vector<FieldVerdict> compare(const Recording& recording,
                                  const std::vector<std::vector<nlohmann::json>>& runs);

}  // namespace seatrial::scenario
