// How a run's summary is compared with a recording's: the rules of tests/conformance/golden/README.md, "How to compare".
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace seatrial::scenario {

enum class Agreement : std::uint8_t { kSame, kRace, kWithinRange, kDiffers, kNotSupported };
std::string_view to_string(Agreement agreement);

struct FieldVerdict {
  std::string field;
  Agreement agreement = Agreement::kSame;
  std::string recorded, simulated;                  // where they differ
};

// `runs`: the summaries of five seeds. A field that was the same in all three recordings must be so in all runs (kSame),
// or at least in one (kRace); one that varied must lie in its range or be one of its values, up to the order of what
// happens together (kWithinRange).
std::vector<FieldVerdict> compare(const nlohmann::json& summary, const std::vector<std::string>& stable,
                                  const nlohmann::json& varied, const std::vector<nlohmann::json>& runs);

}  // namespace seatrial::scenario
