// Who sends requests, as the traffic and the enforcement of network policies tell senders apart: an ingress
// controller for one of its loads, a pod for one of its. Given again to another one when its sender has gone.
#pragma once

#include <cstdint>

#include "sim/api/meta.h"
#include "sim/engine/event.h"

namespace seatrial::cluster {

enum class OriginId : std::uint16_t { kUnjudged = 0 };  // kUnjudged: no policy is asked

// Between an origin and a pod.
struct Gate {
  JournalId closed = JournalId::kNone;     // by which record; none: open
  JournalId forbidden = JournalId::kNone;  // it is open, but policies forbid it since this record
  bool operator==(const Gate&) const = default;
};

// Who is told of gates; passed in with a call, never stored.
class GateObserver {
 public:
  virtual void gate_changed(OriginId from, api::PodKey to, Gate gate) = 0;
  // The policies of a pod are programmed for the first time: connections from before are unknown to its node.
  virtual void connections_unknown(api::PodKey pod, JournalId record) = 0;

 protected:
  ~GateObserver() = default;
};

}  // namespace seatrial::cluster
