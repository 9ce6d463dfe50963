// The events of kTrafficComponent, and what is in them. Internal to sim/traffic.
#pragma once

#include <cstdint>

namespace seatrial::traffic {

enum class TrafficEvent : std::uint8_t {
  kArrival,         // subject: load
  kDeadlines,       // subject: lane
  kApplyEndpoints,  // subject: index of pending_
  // subject: slot, payload: its generation
  kAttempt,
  kReachesProxy,
  kReachesPod,
  kServed,
  kTryFailed,
  kAttemptFailed,
  kReadTimeout,
  kLoneDeadline,  // subject: slot, payload: its epoch
  kReload,        // subject: proxy, aux: replica
  kRetiredEnd,    // cause: the reload or deregistration that retired them
  kReplica,       // subject: replica, payload: proxy, aux: ReplicaStep
  kTarget,        // subject: target, payload: proxy and turn, aux: TargetStep
  kRotation,      // subject: proxy, payload: twice the place, and 1 if its replicas get requests
  // Of a call. Subject: slot, payload: its generation, aux: the step
  kNoConnection,
  kCalled,
  kCallFailed,
  kCallAgain,
  kConnected,     // subject: dial
  kConnectAgain,  // subject: pod, payload: its generation, aux: the call
  kResourceBack,  // subject: resource, aux: a ResourceStep
  kClientCalls,   // subject: load, payload: the pod
  // Subject: look-up, payload: its generation, aux of the first: 0 A, 1 AAAA
  kAnswered,
  kQueryRefused,
  kLookupTimeout,
  kExpires,   // subject: the pod of a worker, whose credentials do
  kOfQueues,  // and those after it: for queues_
};

}  // namespace seatrial::traffic
