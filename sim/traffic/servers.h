// Pods as servers: who listens, how many requests are being served and queued, who has gone.
//
// A dense array by PodKey. A pod that nobody has heard of counts as starting: its address answers and
// refuses. Slots: `concurrency` requests are served at a time, up to `queue` more wait in order of arrival,
// the next is answered 503 at once. A pod goes on with a request whose client has given up if it has begun
// with it; if it finds, on taking it from the queue, that the client is gone, it lets it go (reference §W4:
// without that rule its figures do not come out). A pod that stopped accepting finishes what it holds. One
// whose memory is full is killed by the next request instead of answering 503.
// Source: cluster/process.h, golden/kubelet.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/distributions.h"
#include "sim/engine/event.h"
#include "sim/engine/time.h"
#include "sim/traffic/hops.h"
#include "sim/traffic/request.h"

namespace seatrial::traffic {

enum class ServerState : std::uint8_t {
  kStarting,  // never listened since the container's start
  kListening,
  kStoppedAccepting,  // drains
  kExited,            // the address still answers, and refuses
  kGone,              // the address answers no more
};
// "starting", "listening", "stopped accepting", "exited", "address gone".
std::string_view to_string(ServerState state);

// Dense index of an image tag (or whatever the composition root calls a version); 0 is "unknown".
using VersionIndex = std::uint16_t;

struct alignas(64) Server {
  std::int32_t busy = 0, concurrency = 0;
  std::int32_t queued = 0, queue_capacity = 0;
  Slot head = kNoSlot, tail = kNoSlot;  // of the queue, linked through Request::next
  VersionIndex version = 0;
  PlaceId place = PlaceId::kDefault;
  std::uint16_t port_set = 0;      // on which ports it listens: an index of the traffic's sets
  std::uint16_t service_time = 0;  // an index of the traffic's distributions
  ServerState state = ServerState::kStarting;
  bool keep_alive = true;
  bool memory_bound = false;  // its slots and queue are as many as its memory allows: see memory_allows()
  bool calls = false;         // what it serves calls others: see calls.h
  JournalId record = JournalId::kNone;  // of the latest change of state
  SimTime changed;                      // when that was
  SimTime closed = SimTime::max();      // when the listener closed; max() while it is open
  std::uint64_t work = 0;               // see busy_time()

  // A slot comes to be busy; some come to be idle.
  void occupy(SimTime now) {
    ++busy;
    work -= static_cast<std::uint64_t>(now.count());
  }
  void vacate(SimTime now, std::int32_t slots = 1) {
    busy -= slots;
    work += static_cast<std::uint64_t>(slots) * static_cast<std::uint64_t>(now.count());
  }
  // For how long slots have been busy since it listens, all slots together. `work` holds the ends of busy
  // spells less their beginnings, modulo 2^64: one addition for each change, exact at any instant.
  Duration busy_time(SimTime now) const {
    const auto open = static_cast<std::uint64_t>(busy) * static_cast<std::uint64_t>(now.count());
    return Duration::nanos(static_cast<std::int64_t>(work + open));
  }
  std::int64_t in_flight() const { return std::int64_t{busy} + queued; }
  // Its memory has room for so many requests, at most; it may be fewer as time goes by, never more. Slots and
  // queue are cut to that number, so that the way of a request need not know of memory. REQUIRES: it holds
  // no more.
  void memory_allows(std::int64_t requests) {
    if (requests >= std::int64_t{concurrency} + queue_capacity) return;
    memory_bound = true;
    concurrency = static_cast<std::int32_t>(std::min<std::int64_t>(concurrency, requests));
    queue_capacity =
        static_cast<std::int32_t>(std::min<std::int64_t>(queue_capacity, requests - concurrency));
  }
  void enqueue(RequestPool& pool, Slot slot) {
    pool[slot].next = kNoSlot;
    if (queued++ == 0)
      head = slot;
    else
      pool[tail].next = slot;
    tail = slot;
  }
  // REQUIRES: queued > 0.
  Slot dequeue(RequestPool& pool) {
    const Slot slot = head;
    head = pool[slot].next;
    --queued;
    return slot;
  }
  void enter(ServerState next, SimTime now, JournalId cause) {
    state = next;
    changed = now;
    record = cause;
  }
};
static_assert(sizeof(Server) == 64);

// "stopped accepting 35ms ago", "starting", "listening".
std::string phase_text(ServerState state, Duration since);

}  // namespace seatrial::traffic
