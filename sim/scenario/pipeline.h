// `kind: Pipeline` as plain values: how a merged change reaches the cluster. An image is built and pushed,
// its tag is written into the manifests, and these are applied.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/api/meta.h"
#include "sim/engine/distributions.h"
#include "sim/scenario/access.h"

namespace seatrial::scenario {

// A step that takes its time and may fail: `tries` times at most, each as long as drawn.
struct PipelineTask {
  Distribution takes;
  std::int64_t bytes_per_second = 0;  // of a push, on top: what the registry does not have yet; 0: no time
  std::int64_t fails = 0;             // parts per million of the tries
  std::int32_t tries = 1;
};

struct Pipeline {
  api::Symbol name;
  std::string description;
  std::string image;  // the repository, without a tag
  PipelineTask build, push;
  std::optional<Duration> rollout_timeout;  // kubectl rollout status --timeout; none: as long as it takes
  bool undo = false;                        // kubectl rollout undo where it fails
  IdentityPtr as;                           // who applies; null: as the platform says
};

}  // namespace seatrial::scenario
