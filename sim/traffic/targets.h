// The targets of a load balancer that sends to pods by their addresses, as AWS's Network and Application Load
// Balancers do for aws-load-balancer-controller: who is registered, who is healthy, who gets new connections.
//
//   endpoint ready → registration → initial → (checks pass) healthy ⇄ unhealthy
//   endpoint not ready, or gone → deregistration → no new connections; deregistrationDelay later the rest
//   ends
//
// Until a deregistration has reached the balancer's nodes they go on sending to the target as they did,
// whatever the pod does meanwhile: one that is being deregistered is not checked any more. Health checks come
// at an interval, from a drawn instant on, and succeed while the pod's process listens: their outcome is
// known when that changes, so no check is an event. Healthy targets get connections; if there is none, all
// registered ones do (fail open). Without cross-zone balancing a node sends to targets of its own zone only,
// and to nobody if there is none (AWS then takes the node's address out of DNS).
// Plain values and arithmetic; traffic.h plays them. Sources: AWS, "Target groups for your Network Load
// Balancers" and "… Application Load Balancers" (target states, health checks, fail open, deregistration
// delay); aws-load-balancer-controller docs (defaults of its annotations).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/distributions.h"
#include "sim/engine/event.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"

namespace seatrial::traffic {

struct HealthCheck {
  Duration interval = Duration::seconds(10);
  std::int32_t healthy_threshold = 3, unhealthy_threshold = 3;
  std::int32_t first_threshold = 3;  // of a new target
};

// `first`, `first` + `interval`, …: the count-th check at or after `from`. Example: first 3 s, interval 10 s,
// from 20 s, count 2: 23 s is the first, 33 s the second.
SimTime nth_check(SimTime first, Duration interval, SimTime from, std::int32_t count);

struct BalancerConfig {
  Distribution registration,
      deregistration;  // from the change of the endpoints to that of the balancer's nodes
  Duration deregistration_delay = Duration::seconds(300);
  HealthCheck health_check;
  bool cross_zone = true;
};

enum class TargetState : std::uint8_t {
  kRegistering,  // the balancer does not know of it yet
  kInitial,
  kHealthy,
  kUnhealthy,
  kGone,  // or draining: gets nothing new
};

struct Target {
  api::ServiceKey service;
  api::PodKey pod;
  TargetState state = TargetState::kRegistering, next = TargetState::kInitial;
  bool leaving = false;                           // the deregistration is on its way
  std::uint32_t health_turn = 0, leave_turn = 0;  // an event of an older turn is stale
  SimTime first_check;
  JournalId cause = JournalId::kNone;  // of its latest change
};

// What comes next for a target whose pod listens or not: the state, and the instant of the check that brings
// it about; SimTime::max() if nothing does.
struct HealthChange {
  TargetState next = TargetState::kHealthy;
  SimTime at = SimTime::max();
};
HealthChange next_health(const Target& target, bool listens, SimTime now, const HealthCheck& check);

// The pods of a service that get new connections, in order of registration.
std::vector<api::PodKey> targets_in_use(const std::vector<Target>& targets, api::ServiceKey service);

enum class TargetStep : std::uint8_t { kHealth, kLeaves };
struct Balancer {
  BalancerConfig config;
  RandomStream draws;  // proxy/NAME/targets
  std::vector<Target> targets;
};

}  // namespace seatrial::traffic
