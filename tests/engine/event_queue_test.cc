#include "sim/engine/event_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/engine/distributions.h"
#include "sim/engine/random.h"

namespace seatrial {
namespace {

using namespace literals;

Event event_at(SimTime at, std::uint64_t payload = 0) {
  Event event;
  event.at = at;
  event.payload = payload;
  return event;
}
Event event_at(Duration at, std::uint64_t payload = 0) { return event_at(SimTime::at(at), payload); }

std::vector<std::uint64_t> drain(EventQueue& queue, SimTime end = SimTime::max()) {
  std::vector<std::uint64_t> payloads;
  Event event;
  while (queue.pop_until(end, event)) payloads.push_back(event.payload);
  return payloads;
}
using Payloads = std::vector<std::uint64_t>;

TEST(EventQueue, FiresByTimeAndAmongEqualsInTheOrderOfScheduling) {
  EventQueue queue;
  queue.push(event_at(2_s, 1));
  queue.push(event_at(1_s, 2));
  queue.push(event_at(2_s, 3));
  queue.push(event_at(-(1_s), 4));
  EXPECT_EQ(queue.pending(), 4u);
  EXPECT_EQ(queue.next_time(), SimTime::at(-(1_s)));
  EXPECT_EQ(drain(queue, SimTime::at(1_s)), (Payloads{4, 2}));
  EXPECT_EQ(drain(queue), (Payloads{1, 3}));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.next_time(), std::nullopt);
}

TEST(EventQueue, ARearmedTimerFiresOnceAndACancelledOneNever) {
  EventQueue queue;
  const TimerId a = queue.new_timer(), b = queue.new_timer();
  queue.arm(a, event_at(1_s, 1));
  queue.arm(b, event_at(2_s, 2));
  queue.arm(a, event_at(3_s, 3));
  EXPECT_EQ(queue.pending(), 2u);
  EXPECT_EQ(queue.next_time(), SimTime::at(2_s));
  EXPECT_TRUE(queue.cancel(b));
  EXPECT_FALSE(queue.cancel(b));
  EXPECT_EQ(queue.next_time(), SimTime::at(3_s));
  EXPECT_TRUE(queue.armed(a));
  EXPECT_EQ(drain(queue), (Payloads{3}));
  EXPECT_FALSE(queue.armed(a));
}

TEST(EventQueue, AReusedTimerDoesNotFireForItsFormerOwner) {
  EventQueue queue;
  const TimerId first = queue.new_timer();
  queue.arm(first, event_at(1_s, 1));
  queue.free_timer(first);
  const TimerId second = queue.new_timer();
  EXPECT_EQ(second, first);
  EXPECT_FALSE(queue.armed(second));
  queue.arm(second, event_at(2_s, 2));
  EXPECT_EQ(drain(queue), (Payloads{2}));
}

TEST(EventQueue, LanesKeepTheTotalOrderAcrossLanesAndMainQueue) {
  EventQueue queue;
  const LaneId one = queue.add_lane(1_s), two = queue.add_lane(2_s);
  queue.push_lane(two, SimTime(), event_at(0_s, 1));
  queue.push(event_at(2_s, 2));
  queue.push_lane(one, SimTime::at(1_s), event_at(0_s, 3));
  queue.push(event_at(2_s, 4));
  queue.push_lane(two, SimTime(), event_at(0_s, 5));
  queue.push(event_at(1_s, 6));
  EXPECT_EQ(queue.next_time(), SimTime::at(1_s));
  EXPECT_EQ(drain(queue), (Payloads{6, 1, 2, 3, 4, 5}));
}

TEST(EventQueue, ALaneRefusesToGoBack) {
  EventQueue queue;
  const LaneId lane = queue.add_lane(1_s);
  queue.push_lane(lane, SimTime::at(5_s), Event());
  EXPECT_THROW(queue.push_lane(lane, SimTime::at(4_s), Event()), CheckFailure);
}

TEST(EventQueue, RefusesAnEventWithATimerWhereThereIsNone) {
  EventQueue queue;
  Event event;
  event.timer = queue.new_timer();
  EXPECT_THROW(queue.push(event), CheckFailure);
  EXPECT_THROW(queue.arm(TimerId::kNone, Event()), CheckFailure);
}

// What the queue must do, done plainly.
class Model {
 public:
  void push(const Event& event) { events_[{event.at, ++sequence_}] = event; }
  void arm(TimerId timer, const Event& event) {
    cancel(timer);
    push(event);
    events_[{event.at, sequence_}].timer = timer;
    armed_[timer] = {event.at, sequence_};
  }
  bool cancel(TimerId timer) {
    const auto it = armed_.find(timer);
    if (it == armed_.end()) return false;
    events_.erase(it->second);
    armed_.erase(it);
    return true;
  }
  bool pop_until(SimTime end, Event& out) {
    if (events_.empty() || events_.begin()->first.first > end) return false;
    out = events_.begin()->second;
    out.sequence = events_.begin()->first.second;
    armed_.erase(out.timer);
    events_.erase(events_.begin());
    return true;
  }
  bool armed(TimerId timer) const { return armed_.contains(timer); }
  std::size_t pending() const { return events_.size(); }
  std::optional<SimTime> next_time() const {
    return events_.empty() ? std::nullopt : std::optional(events_.begin()->first.first);
  }

 private:
  using Key = std::pair<SimTime, std::uint64_t>;
  std::map<Key, Event> events_;
  std::map<TimerId, Key> armed_;
  std::uint64_t sequence_ = 0;
};

struct Shape {
  const char* name;
  std::function<Duration(RandomStream&)> delay;
};

const std::vector<Shape> kShapes{
    {"exponential",
     [](RandomStream& r) { return Duration::nanos(static_cast<std::int64_t>(exponential_unit(r) * 1e9)); }},
    {"equal", [](RandomStream&) { return 5_s; }},
    {"zero", [](RandomStream&) { return 0_s; }},
    {"few values", [](RandomStream& r) { return Duration::nanos(static_cast<std::int64_t>(r.below(5))); }},
    {"two clusters",
     [](RandomStream& r) {
       return (r.below(2) != 0 ? 0_s : 24_h * 30) + Duration::nanos(static_cast<std::int64_t>(r.below(1000)));
     }},
    {"outliers",
     [](RandomStream& r) {
       return r.below(100) == 0 ? 24_h * 365 : Duration::nanos(static_cast<std::int64_t>(r.below(1'000'000)));
     }},
    {"all scales",
     [](RandomStream& r) {
       return Duration::nanos(static_cast<std::int64_t>(r.next_u64() >> (10 + r.below(53))));
     }},
    {"never", [](RandomStream& r) { return r.below(3) == 0 ? Duration::max() / 2 : Duration::nanos(1); }},
};

// Queue and model side by side: `step` is a random operation on both.
class Pair {
 public:
  Pair(std::uint64_t seed, const Shape& shape) : shape_(shape), random_(seed, shape.name) {
    for (const Duration delay : {0_s, 3_s, 3_s, 100_us}) lanes_.push_back({queue_.add_lane(delay), delay});
    for (int i = 0; i < 300; ++i) timers_.push_back(queue_.new_timer());
  }
  void grow() {
    const Event event = event_at(now_ + shape_.delay(random_), ++payload_);
    const TimerId timer = timers_[random_.below(timers_.size())];
    const auto& [lane, delay] = lanes_[random_.below(lanes_.size())];
    const Event in_lane = event_at(now_ + delay, payload_);
    switch (random_.below(8)) {
      case 0:
        queue_.push_lane(lane, now_, event);
        return model_.push(in_lane);
      case 1:
        queue_.arm_lane(lane, timer, now_, event);
        return model_.arm(timer, in_lane);
      case 2:
      case 3:
        queue_.arm(timer, event);
        return model_.arm(timer, event);
      default:
        queue_.push(event);
        return model_.push(event);
    }
  }
  void look() {
    const TimerId timer = timers_[random_.below(timers_.size())];
    ASSERT_EQ(queue_.armed(timer), model_.armed(timer));
    if (random_.below(2) == 0) {
      ASSERT_EQ(queue_.cancel(timer), model_.cancel(timer));
    }
    ASSERT_EQ(queue_.pending(), model_.pending());
    if (random_.below(4) == 0) {
      ASSERT_EQ(queue_.next_time(), model_.next_time());
    }
  }
  // Takes up to n events until a random end, and stands there.
  void take(std::uint64_t n) {
    const SimTime end = n > 100 ? SimTime::max() : now_ + shape_.delay(random_);
    Event actual, expected;
    for (std::uint64_t i = 0; i < n; ++i) {
      const bool any = model_.pop_until(end, expected);
      ASSERT_EQ(queue_.pop_until(end, actual), any);
      if (!any) {
        if (n <= 100) now_ = end;
        return;
      }
      ASSERT_EQ(std::tuple(actual.at, actual.sequence, actual.payload, actual.timer),
                std::tuple(expected.at, expected.sequence, expected.payload, expected.timer));
      now_ = actual.at;
    }
  }
  void run(int rounds, std::uint64_t crowd) {
    for (int round = 0; round < rounds; ++round) {
      if (now_ > SimTime::at(24_h * 365 * 100)) return;  // before sums with "never" overflow
      for (std::uint64_t i = random_.below(crowd); i > 0; --i) grow();
      look();
      take(random_.below(crowd));
      if (testing::Test::HasFatalFailure()) return;
    }
    take(~std::uint64_t{0});
    ASSERT_TRUE(queue_.empty());
  }

 private:
  const Shape& shape_;
  RandomStream random_;
  EventQueue queue_;
  Model model_;
  std::vector<std::pair<LaneId, Duration>> lanes_;
  std::vector<TimerId> timers_;
  SimTime now_;
  std::uint64_t payload_ = 0;
};

class EventQueueModel : public testing::TestWithParam<Shape> {};

TEST_P(EventQueueModel, AgreesWithAPlainModelInRandomWorkloads) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    for (const auto& [rounds, crowd] : {std::pair{3000, 4}, std::pair{300, 80}, std::pair{30, 3000}}) {
      Pair pair(seed, GetParam());
      pair.run(rounds, static_cast<std::uint64_t>(crowd));
      if (HasFatalFailure()) FAIL() << GetParam().name << ", seed " << seed << ", crowd " << crowd;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Shapes, EventQueueModel, testing::ValuesIn(kShapes), [](const auto& shape) {
  std::string name = shape.param.name;
  std::erase(name, ' ');
  return name;
});

TEST(EventQueue, ACopyContinuesEqually) {
  EventQueue queue;
  RandomStream random(1, "copy");
  const TimerId timer = queue.new_timer();
  const LaneId lane = queue.add_lane(1_s);
  Event event;
  SimTime now;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    queue.push(event_at(now + Duration::nanos(static_cast<std::int64_t>(random.below(1'000'000'000))), i));
    queue.arm_lane(lane, timer, now, event_at(0_s, i));
    if (i % 3 == 0 && queue.pop_until(SimTime::max(), event)) now = event.at;
  }
  EventQueue copy = queue;
  EXPECT_EQ(copy.pending(), queue.pending());
  EXPECT_EQ(drain(copy), drain(queue));
}

// Shapes on which a plain calendar or ladder queue degenerates. A quadratic queue would take minutes.
TEST(EventQueue, StaysFastOnHostileShapes) {
  const auto start = std::chrono::steady_clock::now();
  for (const Shape& shape : kShapes) {
    EventQueue queue;
    RandomStream random(1, shape.name);
    SimTime now;
    Event event;
    for (std::uint64_t i = 0; i < 200'000; ++i) queue.push(event_at(now + shape.delay(random), i));
    for (std::uint64_t i = 0; i < 400'000 && now < SimTime::at(24_h * 365 * 50); ++i) {
      ASSERT_TRUE(queue.pop_until(SimTime::max(), event));
      now = event.at;
      queue.push(event_at(now + shape.delay(random), i));
      if (i % 64 == 0) queue.next_time();
    }
    drain(queue);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(EventQueue, StaysFastWhenEventsAreInsertedBeforeACrowd) {
  EventQueue queue;
  for (int i = 0; i < 300'000; ++i) queue.push(event_at(1_s));
  for (std::int64_t i = 1; i < 300'000; ++i) {
    const SimTime at = SimTime::at(Duration::nanos(i));
    queue.push(event_at(at));
    ASSERT_EQ(queue.next_time(), at);
    Event event;
    ASSERT_TRUE(queue.pop_until(SimTime::at(Duration::nanos(i)), event));
    ASSERT_FALSE(queue.pop_until(SimTime::at(Duration::nanos(i)), event));
    ASSERT_EQ(queue.next_time(), SimTime::at(1_s));
  }
  EXPECT_EQ(drain(queue).size(), 300'000u);
}

TEST(EventQueue, ManyRearmingsNeitherGrowNorSlowIt) {
  EventQueue queue;
  const TimerId timer = queue.new_timer(), in_lane = queue.new_timer();
  const LaneId lane = queue.add_lane(24_h);
  for (std::int64_t i = 0; i < 3'000'000; ++i) {
    const SimTime now = SimTime::at(Duration::nanos(i));
    queue.arm(timer, event_at(now + 24_h));
    queue.arm_lane(lane, in_lane, now, Event());
    ASSERT_EQ(queue.pending(), 2u);
  }
  EXPECT_EQ(drain(queue).size(), 2u);
}

}  // namespace
}  // namespace seatrial
