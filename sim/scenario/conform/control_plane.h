// Plays a recording of the control plane: its nodes, its hollow kubelet's delays and its timed actions go in,
// the store's commits come out, digested as the recording is.
#pragma once

#include <cstdint>
#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sim/scenario/conform/recording.h"

namespace seatrial::scenario {

// How busy the machine was. The rolling traces of 10 and more replicas were recorded on a nearly idle one,
// the others while up to three control planes and other work shared it (reference/observed.md, "Quality of
// the recordings"). kOrdered is a quiet one whose scheduler always finds the nodes in the order of its list,
// and so takes the same of several that are equal (reference §5.6); on others chance decides.
enum class Machine : std::uint8_t { kQuiet, kShared, kCrowded, kOrdered };

// `phase`: how far into a second of the wall clock the recording's time 0 lies; times in status are whole
// seconds, so it matters, and no recording tells. The error names what the recording does that seatrial does
// not support.
std::expected<nlohmann::json, std::string> play(const Recording& recording, std::uint64_t seed,
                                                Duration phase, Machine machine);

}  // namespace seatrial::scenario
