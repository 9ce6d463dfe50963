// Lists of events in chunks of a common pool: appending is a store, memory goes from list to list without the
// allocator, and a copy is a copy of one vector, because chunks are named by index.
//
// Invariants: a chunk belongs to one list or to the pool's free ones; all chunks of a list but its last are
// full.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "sim/engine/event.h"

namespace seatrial {

inline constexpr std::uint32_t kEventsOfChunk = 6;  // 40 bytes each: a chunk is four cache lines

// In order of appending. `fill` counts the events of the last chunk; an empty list has none and looks full.
struct EventList {
  std::uint32_t first = 0, last = 0;
  std::uint32_t count = 0;
  std::uint32_t fill = kEventsOfChunk;
};

class EventPool {
 public:
  // Room for one more at the end, to be written before the next call.
  Event& append(EventList& list) {
    if (list.fill == kEventsOfChunk) add_chunk(list);
    ++list.count;
    return chunks_[list.last].events[list.fill++];
  }

  // Calls visit(const Event&) for each event in order and gives the chunks back; `list` is empty from the
  // start, and visit may append to any list.
  template <class Visit>
  void drain(EventList& list, Visit&& visit) {
    const EventList all = list;
    list = EventList();
    std::uint32_t chunk = all.first;
    for (std::uint32_t left = all.count; left > 0;) {
      const std::uint32_t next = chunks_[chunk].next, here = std::min(left, kEventsOfChunk);
      if (left > here) prefetch(next);
      for (std::uint32_t i = 0; i < here; ++i) {
        const Event event = chunks_[chunk].events[i];
        visit(event);
      }
      left -= here;
      free_chunk(chunk);
      chunk = next;
    }
  }

  // Calls visit(const Event&) for each event in order; visit may not append to any list.
  template <class Visit>
  void for_each(const EventList& list, Visit&& visit) const {
    std::uint32_t chunk = list.first;
    for (std::uint32_t left = list.count; left > 0; chunk = chunks_[chunk].next) {
      const std::uint32_t here = std::min(left, kEventsOfChunk);
      for (std::uint32_t i = 0; i < here; ++i) visit(chunks_[chunk].events[i]);
      left -= here;
    }
  }
  // Gives the chunks back and leaves the list empty.
  void release(EventList& list) {
    if (list.count == 0) return;
    chunks_[list.last].next = free_;
    free_ = list.first;
    list = EventList();
  }

  const Event& front(const EventList& list) const { return chunks_[list.first].events[0]; }

  // Asks for the first chunk of a list that is about to be drained.
  void prefetch(const EventList& list) const {
    if (list.count > 0) prefetch(list.first);
  }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  struct alignas(64) Chunk {
    std::uint32_t next;
    std::array<Event, kEventsOfChunk> events;
  };

  void prefetch(std::uint32_t chunk) const {
    const char* address = reinterpret_cast<const char*>(&chunks_[chunk]);
    for (std::size_t offset = 0; offset < sizeof(Chunk); offset += 64) __builtin_prefetch(address + offset);
  }
  void add_chunk(EventList& list) {
    std::uint32_t chunk = free_;
    if (chunk == kNone) {
      chunk = static_cast<std::uint32_t>(chunks_.size());
      chunks_.emplace_back();
    } else {
      free_ = chunks_[chunk].next;
    }
    if (list.count == 0) {
      list.first = chunk;
    } else {
      chunks_[list.last].next = chunk;
    }
    list.last = chunk;
    list.fill = 0;
  }
  void free_chunk(std::uint32_t chunk) {
    chunks_[chunk].next = free_;
    free_ = chunk;
  }

  std::vector<Chunk> chunks_;
  std::uint32_t free_ = kNone;
};

}  // namespace seatrial
