#include "sim/engine/kernel.h"

#include <gtest/gtest.h>

#include <vector>

#include "sim/engine/distributions.h"

namespace seatrial {
namespace {

using namespace literals;

// A little simulation: each event draws, writes a record, schedules another one and plays with a timer.
struct Toy {
  Kernel kernel{7, SimTime::at(-(10_s))};
  RandomStream stream = kernel.stream("toy");
  std::vector<TimerId> timers;
  LaneId lane = kernel.queue().add_lane(2_s);

  Toy() {
    for (int i = 0; i < 50; ++i) timers.push_back(kernel.queue().new_timer());
    Event event;
    for (event.subject = 0; event.subject < 200; ++event.subject)
      kernel.after(Duration::millis(event.subject), event);
  }
  void handle(const Event& event) {
    JournalRecord record;
    record.subject = event.subject;
    record.cause = event.cause;
    record.value = static_cast<std::int64_t>(stream.below(1000));
    record.text = kernel.journal().text(event.subject % 2 == 0 ? "even" : "odd");
    Event next = event;
    next.timer = TimerId::kNone;
    next.cause = kernel.record(record);
    const TimerId timer = timers[stream.below(timers.size())];
    if (event.timer != TimerId::kNone) return;
    kernel.after(Distribution::exponential(1_s).sample(stream), next);
    switch (stream.below(3)) {
      case 0:
        return kernel.arm(timer, 3_s, next);
      case 1:
        return kernel.queue().arm_lane(lane, timer, kernel.now(), next);
      default:
        kernel.queue().cancel(timer);
    }
  }
  void run_until(SimTime end) {
    kernel.run_until(end, [this](const Event& event) { handle(event); });
  }
};

TEST(Kernel, ACopyInTheMiddleOfARunContinuesAsTheOriginal) {
  Toy original;
  for (const Duration middle : {-(5_s), 0_s, 3_s, 20_s}) {
    original.run_until(SimTime::at(middle));
    Toy copy = original;
    Toy further = original;
    copy.run_until(SimTime::at(40_s));
    for (Duration at = middle; at <= 40_s; at += 100_ms) further.run_until(SimTime::at(at));
    EXPECT_EQ(copy.kernel.fingerprint(), further.kernel.fingerprint());
    EXPECT_EQ(copy.kernel.events_fired(), further.kernel.events_fired());
    EXPECT_EQ(copy.kernel.journal().size(), further.kernel.journal().size());
  }
  original.run_until(SimTime::at(40_s));
  Toy again;
  again.run_until(SimTime::at(40_s));
  EXPECT_EQ(original.kernel.fingerprint(), again.kernel.fingerprint());
  EXPECT_GT(again.kernel.events_fired(), 5000u);
}

TEST(Kernel, FiresWhatIsDueAndThenStandsAtTheEnd) {
  Kernel kernel(1);
  int fired = 0;
  const auto count = [&](const Event&) { ++fired; };
  kernel.after(1_s, Event());
  kernel.after(2_s, Event());
  kernel.run_until(SimTime::at(1_s), count);
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(kernel.now(), SimTime::at(1_s));
  kernel.run_until(SimTime::at(1500_ms), count);
  EXPECT_EQ(kernel.now(), SimTime::at(1500_ms));
  kernel.run_until(SimTime::at(5_s), count);
  EXPECT_EQ(fired, 2);
}

TEST(Kernel, StopsAfterTheEventThatSaysSo) {
  Kernel kernel(1);
  for (int i = 1; i <= 3; ++i) kernel.after(Duration::seconds(i), Event());
  kernel.run_until(SimTime::at(9_s), [&](const Event& event) {
    if (event.at == SimTime::at(2_s)) kernel.stop();
  });
  EXPECT_EQ(kernel.now(), SimTime::at(2_s));
  EXPECT_EQ(kernel.queue().pending(), 1u);
}

TEST(Kernel, RefusesToScheduleInThePast) {
  Kernel kernel(1, SimTime::at(5_s));
  EXPECT_THROW(kernel.at(SimTime::at(4_s), Event()), CheckFailure);
  EXPECT_THROW(kernel.after(-(1_s), Event()), CheckFailure);
}

}  // namespace
}  // namespace seatrial
