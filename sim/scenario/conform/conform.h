// `seatrial conform`: replays golden recordings and says, for each recording and field, whether seatrial
// decides the same.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <vector>

namespace seatrial::scenario {

struct ConformOptions {
  int seeds = 5;           // for recordings of the control plane
  int kubelet_seeds = 20;  // for recordings of a kubelet under load
  bool verbose = false;    // also the fields that agree
  bool json = false;
};

// `paths`: recordings, or folders of them (read recursively, in order of name). Prints a line for each
// recording and field, then a last line of totals. 0: all agree; 1: something differs or is not supported; 2:
// a file cannot be read.
int conform(const std::vector<std::filesystem::path>& paths, const ConformOptions& options,
            std::ostream& out);

}  // namespace seatrial::scenario
