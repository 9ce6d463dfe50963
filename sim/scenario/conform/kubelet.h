// Plays recordings of a real kubelet under load: the manifests, the application's behaviour, the load
// generator and the patch go in; how many requests fail, and of what, comes out, to be compared with what was
// measured. Format and rules: tests/conformance/golden/kubelet/README.md.
#pragma once

#include <expected>
#include <filesystem>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/conform/compare.h"
#include "sim/scenario/conform/conform.h"

namespace seatrial::scenario {

struct KubeletRecording {
  std::string name;
  nlohmann::json document;
};

// The error names what the recording needs that seatrial does not support.
std::expected<KubeletRecording, std::string> load_kubelet_recording(const std::filesystem::path& file,
                                                                    const nlohmann::json& document);

// Prints the table of failed requests, observed and predicted, by cause, with the mean of (observed -
// predicted)² / predicted over the recordings with more than 20 failures; answers a verdict for each
// recording.
std::vector<std::pair<std::string, FieldVerdict>> conform_kubelet(
    const std::vector<KubeletRecording>& recordings, const ConformOptions& options, std::ostream& out);

}  // namespace seatrial::scenario
