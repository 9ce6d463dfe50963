// Plays a recording of the control plane: its nodes, its hollow kubelet's delays and its timed actions go in,
// the store's commits come out, digested as the recording is.
#pragma once

#include <cstdint>
#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sim/scenario/conform/machine.h"
#include "sim/scenario/conform/recording.h"

namespace seatrial::scenario {

// `phase`: how far into a second of the wall clock the recording's time 0 lies; times in status are whole
// seconds, so it matters, and no recording tells. The error names what the recording does that seatrial does
// not support.
std::expected<nlohmann::json, std::string> play(const Recording& recording, std::uint64_t seed,
                                                Duration phase, Machine machine);

}  // namespace seatrial::scenario
