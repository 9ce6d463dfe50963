// A request in flight and the pool that holds all of them.
//
// One slot is one attempt of the client. It is released when the attempt has ended for the client *and* for
// the pod: a request whose client has given up stays with the pod as an orphan (see servers.h); the client's
// next attempt then has a slot of its own.
//
// `generation` changes whenever what the slot waits for is called off, and `epoch` with every attempt: an
// event or a deadline that carries an older one is stale and ignored, so nothing has to be cancelled. A
// stream that has begun is nothing that its client waits for: its epoch changes too.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/api/meta.h"
#include "sim/cluster/origin.h"
#include "sim/engine/check.h"
#include "sim/engine/time.h"
#include "sim/traffic/hops.h"

namespace seatrial::traffic {

using cluster::OriginId;

enum class RequestState : std::uint8_t {
  kFree,
  kWithClient,  // between attempts
  kToProxy,     // on its way to the ingress controller
  kConnecting,  // SYN on its way to the pod
  kSending,     // connected; the request is on its way to the pod
  kQueued,
  kServing,    // at the pod
  kFailing,    // this try has failed; the chooser will know in a moment
  kAnswering,  // the answer is on its way to the client
  kResolving,  // its client asks for the address of the name: see dns.h
};

using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = 0xffffffff;

struct alignas(64) Request {
  std::uint64_t id = 0;
  SimTime sent;         // first attempt
  SimTime deadline;     // of this attempt; SimTime::max() is none
  api::PodKey pod;      // of the latest try
  Slot next = kNoSlot;  // in the pod's queue, or in the free list
  std::uint32_t generation = 0, epoch = 0;
  JournalId view = JournalId::kNone;     // the endpoints that the chooser believed in
  JournalId blocked = JournalId::kNone;  // what of the network swallowed this try, or ended it
  std::uint16_t load = 0, replica = 0;
  RequestState state = RequestState::kFree;
  std::uint8_t attempts = 0;   // by the client, this one included
  std::uint8_t tries = 0;      // upstream, within this attempt
  bool orphan : 1 = false;     // the client is gone, the pod does not know
  bool reused : 1 = false;     // this try goes over a kept-alive connection
  bool written : 1 = false;    // in this try, a byte of it went to the pod
  bool successor : 1 = false;  // it entered by a replica's pod that has replaced another
  bool astray : 1 = false;     // in this try, it goes to a pod of another Service
  OriginId origin{};           // of the sending pod, if one sent it: as the gates know it; …
  PlaceId place{};             // … where it runs …
  Slot caller = kNoSlot;       // … and its request, if that made this one: see calls.h
};
static_assert(sizeof(Request) == 64);

class RequestPool {
 public:
  Slot acquire() {
    ++live_;
    if (free_ == kNoSlot) [[unlikely]] {
      slots_.emplace_back();
      return static_cast<Slot>(slots_.size() - 1);
    }
    const Slot slot = free_;
    free_ = slots_[slot].next;
    return slot;
  }
  void release(Slot slot) {
    Request& r = slots_[slot];
    CHECK(r.state != RequestState::kFree);
    --live_;
    ++r.generation;
    ++r.epoch;
    r.state = RequestState::kFree;
    r.orphan = false;
    r.next = free_;
    free_ = slot;
  }
  // Hints that acquire() comes soon.
  void about_to_acquire() const {
    if (free_ != kNoSlot) __builtin_prefetch(&slots_[free_]);
  }
  // References stay valid until the next acquire().
  Request& operator[](Slot slot) { return slots_[slot]; }
  const Request& operator[](Slot slot) const { return slots_[slot]; }
  std::size_t size() const { return slots_.size(); }
  std::size_t live() const { return live_; }

 private:
  std::vector<Request> slots_;
  Slot free_ = kNoSlot;
  std::size_t live_ = 0;
};

}  // namespace seatrial::traffic
