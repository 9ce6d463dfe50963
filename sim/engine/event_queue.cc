#include "sim/engine/event_queue.h"

#include <limits>

namespace seatrial {
namespace {

// Of heaps whose front is the earliest.
constexpr auto kLater = [](const auto& a, const auto& b) {
  return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
};

}  // namespace

TimerId EventQueue::new_timer() {
  if (!free_.empty()) {
    const TimerId timer = free_.back();
    free_.pop_back();
    return timer;
  }
  CHECK(live_.size() < std::numeric_limits<std::uint32_t>::max());
  live_.push_back(0);
  return TimerId{static_cast<std::uint32_t>(live_.size() - 1)};
}

void EventQueue::free_timer(TimerId timer) {
  cancel(timer);
  free_.push_back(timer);
}

LaneId EventQueue::add_lane(Duration delay) {
  CHECK(delay >= Duration());
  lanes_.push_back({delay});
  return LaneId{static_cast<std::uint32_t>(lanes_.size() - 1)};
}

std::optional<SimTime> EventQueue::next_time() {
  const LaneHead* lane = live_lane_head();
  const Event* event = main_.peek();
  for (; event != nullptr && !is_live(*event); event = main_.peek()) main_.pop_peeked();
  if (event == nullptr) return lane != nullptr ? std::optional(lane->at) : std::nullopt;
  return lane != nullptr ? std::min(lane->at, event->at) : event->at;
}

void EventQueue::add_lane_head(std::uint32_t lane, const Event& event) {
  lane_heads_.push_back({event.at, event.sequence, lane});
  std::ranges::push_heap(lane_heads_, kLater);
}

// The lane at the front of the heap has lost its first event.
void EventQueue::reorder_lane_heads() {
  std::ranges::pop_heap(lane_heads_, kLater);
  const std::uint32_t index = lane_heads_.back().lane;
  lane_heads_.pop_back();
  const Lane& lane = lanes_[index];
  if (!lane.empty()) add_lane_head(index, lane.front());
}

void EventQueue::Lane::resize(std::size_t size) {
  std::vector<Event> larger(size);
  for (std::uint64_t place = head; place != tail; ++place) larger[place & (size - 1)] = at(place);
  ring.swap(larger);
}

void EventQueue::compact() {
  main_.remove_if([this](const Event& event) { return !is_live(event); });
  in_lanes_ = 0;
  lane_heads_.clear();
  for (std::uint32_t index = 0; index < lanes_.size(); ++index) {
    Lane& lane = lanes_[index];
    std::uint64_t kept = lane.head;
    for (std::uint64_t place = lane.head; place != lane.tail; ++place)
      if (is_live(lane.at(place))) lane.ring[kept++ & (lane.ring.size() - 1)] = lane.at(place);
    lane.tail = kept;
    in_lanes_ += lane.tail - lane.head;
    if (!lane.empty()) add_lane_head(index, lane.front());
  }
  CHECK(main_.size() + in_lanes_ == pending_);
}

}  // namespace seatrial
