// Calls of pods: to managed resources and hosts on the internet, and to Services, which are requests like
// others (of a load of their own, through kube-proxy, from where the calling pod runs). For managed
// resources: the connections that a pod keeps, who waits for one, and where each request is on its way
// through its image's calls.
//
// A pool opens a connection when somebody waits and it has fewer than its size; the one that has waited
// longest gets what is free. It asks DNS when it connects and believes the answer for the resolver's time, so
// after a failover it goes on to the old address, which answers no more, until that is over. A connection
// that was cut fails what runs on it at once; one whose far end is silent only when the call's timeout, or
// TCP's own, is over. A process that ends closes its connections. Left out: connections are never closed for
// being idle (but a NAT gateway forgets them: nat.h), and those of a node that is lost do not linger at the
// server.
//
// Without keep-alive there is no pool: each call opens a connection of its own and closes it when it has its
// answer; if it cannot be opened within the connect timeout, the call has failed.
//
// A SYN that nobody answers, as a NAT gateway has no port for it, is sent again as network/syn.h says,
// until the connect timeout, or until the kernel gives up. A connection that would be open later than that is
// not opened.
//
// Told apart by the journal: a pod that cannot call says so once for each reason (cluster::RecordType::
// kCannotCall, its cause what took the resource away), and what fails meanwhile points there.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cloud/credentials.h"
#include "sim/cloud/managed.h"
#include "sim/cluster/calls.h"
#include "sim/engine/kernel.h"
#include "sim/traffic/hops.h"
#include "sim/traffic/nat.h"
#include "sim/traffic/request.h"

namespace seatrial::traffic {

inline constexpr std::string_view kDropped = "network policies drop what is sent to it",
                                  kUnresolved = "its name cannot be resolved";

// A resource, and in which of its two zones; they have an address each.
struct ResourceAt {
  ResourceIndex index = 0;
  bool standby = false;
  auto operator<=>(const ResourceAt&) const = default;
};

struct Resource {
  cloud::ManagedResource state;
  PlaceId place, standby_place;
  RandomStream stream;  // managed/NAME
  std::vector<SimTime>
      regained;  // for each outage: when the last pool had a connection again; or its beginning
  ResourceIndex destination = 0;  // the first that has the same address and port
  std::vector<NatRoute> nat;      // by place: how it is reached from there
  bool at_standby = false;        // that has taken over
};

// The calls of an image, with what they need in a run.
struct CallPlan {
  std::vector<cluster::Call> calls;
  std::vector<std::uint16_t> targets;  // resources, or the loads of calls to Services
  std::vector<bool> to_service;
  std::vector<RandomStream> streams;
};

enum class CallPhase : std::uint8_t { kNone, kWaiting, kConnecting, kQuerying, kBackingOff, kAtService };

// Where a request is, by its slot. `step` changes with all that it waits for, as Request::generation does.
struct CallProgress {
  std::uint32_t call = 0;  // of the plan
  Connection connection;   // in use
  std::int32_t attempts = 0;
  std::uint16_t step = 0;
  CallPhase phase = CallPhase::kNone;
  bool denied = false;                   // the query will be answered 403
  SimTime began;                         // the query
  std::uint64_t request = 0;             // that it made to a Service
  JournalId failure = JournalId::kNone;  // why it gets no answer, or got none
};

struct Pool {
  struct Waiter {
    Slot slot;
    std::uint32_t generation;
    std::uint16_t step;
  };
  std::int32_t open = 0, connecting = 0;
  std::vector<Connection> idle;
  std::deque<Waiter> waiting;
  std::uint32_t address = 0;                            // as DNS said last …
  SimTime known_until = SimTime::at(-Duration::max());  // … which is believed until then
  bool retry_pending = false;
  bool resolving = false;  // it asks DNS; only where that is simulated
  JournalId trouble = JournalId::kNone, trouble_cause = JournalId::kNone;
};

// Of one pod whose image makes calls: a pool for each call of the plan.
struct PodCalls {
  std::uint16_t plan = 0;
  std::uint32_t generation = 0;          // changes when the process ends
  JournalId trouble = JournalId::kNone;  // as of its pools, until the queue that they left is worked off
  bool slots_wait = false;  // most of its slots are taken by requests that wait for a call, as it was …
  SimTime next_look = SimTime::at(-Duration::max());  // … at the latest look, a second before
  std::vector<Pool> pools;
  std::map<std::uint16_t, OriginId> origins;  // of its calls to Services, by load; none: no policy is asked
  std::map<ResourceAt, OriginId> outside;     // of its connections, likewise
};

// A connection that is being opened, for a pool or for one request.
struct Dial {
  api::PodKey pod;
  std::uint32_t call = 0;
  Slot slot = kNoSlot;  // whose, if the call keeps none alive …
  std::uint32_t generation = 0;
  std::uint16_t step = 0;  // … as CallProgress has them
  std::uint8_t tries = 0;  // SYNs
  bool dropped = false;    // the latest of them
  bool abandoned = false;  // its process has ended
  Connection connection;
  SimTime began;
  Duration takes;  // from a SYN that is answered
};

struct Calls {
  std::vector<Resource> resources;
  cloud::Shortages shortages;  // of classes of database instances
  std::vector<CallPlan> plans;
  std::map<std::string, std::uint16_t> loads;  // of calls to Services, by the calls' streams
  std::vector<PodCalls> pods;                  // by PodKey; as long as pods with calls need
  std::vector<CallProgress> progress;          // by slot, likewise
  std::vector<Dial> dials;
  std::vector<std::uint32_t> free_dials;
  Nat nat;

  CallProgress& of(Slot slot) {
    if (slot >= progress.size()) progress.resize(slot + 1);
    return progress[slot];
  }
};

// Writes why a pod cannot call a resource, or receive from a queue; `denial`: what its role lacks.
JournalId record_cannot_call(Kernel& kernel, api::PodKey pod, api::Symbol resource, JournalId cause,
                             std::string_view why, cloud::Denial denial);

// What comes to a managed resource by itself.
enum class ResourceStep : std::uint16_t {
  kFailedOver,
  kStatusEnds,
  kDailyStop,
  kDailyStart,
  kStoppedForLong
};

}  // namespace seatrial::traffic
