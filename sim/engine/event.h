// What the event queue holds: plain data, at most 40 bytes, no pointers and no callbacks, so that a queue
// (and with it a World) can be copied.
//
// `component` and `type` say who handles the event and what it means there; `subject`, `payload` and `aux`
// are the handler's own. `cause` is the journal record that led to it. Events are totally ordered by (at,
// sequence); the queue assigns the sequence, so equal instants fire in the order in which they were
// scheduled.
#pragma once

#include <cstdint>
#include <type_traits>

#include "sim/engine/time.h"

namespace seatrial {

// Who handles an event. Each component declares its own constant next to its event types; the composition
// root switches over all of them, so two components with one number do not compile.
enum class ComponentId : std::uint8_t {};

// Index of a journal record; 0 is "no cause".
enum class JournalId : std::uint32_t { kNone = 0 };

// A re-armable, cancellable timer of the queue; 0 is "not a timer".
enum class TimerId : std::uint32_t { kNone = 0 };

struct Event {
  SimTime at;
  std::uint64_t sequence = 0;
  std::uint64_t payload = 0;
  std::uint32_t subject = 0;
  JournalId cause = JournalId::kNone;
  TimerId timer = TimerId::kNone;
  ComponentId component{};
  std::uint8_t type = 0;
  std::uint16_t aux = 0;
};
static_assert(sizeof(Event) <= 40 && std::is_trivially_copyable_v<Event>);

}  // namespace seatrial
