// The rules of one probe of one container, without a clock: what a worker does at a try, and what it makes of
// an answer. Source: pkg/kubelet/prober/worker.go (doProbe); reference §3.6; golden/kubelet README, "Rules
// the timings show".
#pragma once

#include <cstdint>
#include <optional>

#include "sim/api/core.h"
#include "sim/engine/event.h"
#include "sim/engine/time.h"

namespace seatrial::cluster {

enum class ProbeKind : std::uint8_t { kStartup, kReadiness, kLiveness };
enum class ProbeResult : std::uint8_t { kUnknown, kSuccess, kFailure };

struct ProbeWorker {
  ProbeKind kind = ProbeKind::kReadiness;
  std::uint16_t container = 0;
  TimerId timer = TimerId::kNone;                 // its ticker
  std::uint32_t instance = 0;                     // of the container that it knows; 0: none
  ProbeResult published = ProbeResult::kUnknown;  // the result that others see, of that instance
  bool last_ok = false;                           // of the run of equal answers
  std::int32_t run = 0;
  bool on_hold = false;  // failed; until there is a new instance
  bool stopped = false;
  // Its tries would find the same again and again: it makes none until something changes. Then the next one
  // is at this instant, or a whole number of periods later.
  std::optional<SimTime> rests_until = {};
};

// The container as the last generated pod status shows it.
struct ProbedContainer {
  std::uint32_t instance = 0;  // 0: the status has no container ID yet
  bool running = false;
  bool started = false;  // its startup probe, if any, has passed
  SimTime running_since;
  bool pod_deleted = false;
};

enum class ProbeTry : std::uint8_t { kSkip, kStop, kProbe };

// Before a try: takes notice of a new instance (readiness starts as failure, liveness as success, startup as
// unknown; counters go on), and says whether to probe. `published_changed` tells whether the result changed.
ProbeTry before_probe(ProbeWorker& worker, const api::Probe& probe, const ProbedContainer& container,
                      SimTime now, bool& published_changed);
// After it: whether the published result changed. A result counts after its threshold of equal answers.
bool after_probe(ProbeWorker& worker, const api::Probe& probe, bool ok);

// A port's number; a name is looked up among the ports that the container declares. Source: pkg/probe/util.go
// (ResolveContainerPort).
std::optional<std::int32_t> port_number(const api::Container& container, const api::IntOrString& port);

}  // namespace seatrial::cluster
