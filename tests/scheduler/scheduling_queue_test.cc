#include "sim/scheduler/scheduling_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace seatrial::scheduler {
namespace {

using namespace literals;
using testing::ElementsAre;

constexpr PluginSet kFit = 1;

SimTime at(Duration since_start) { return SimTime::at(since_start); }

QueuedPod make(std::uint32_t pod, std::int64_t priority = 0, Duration since = Duration()) {
  QueuedPod queued;
  queued.pod = pod;
  queued.priority = priority;
  queued.timestamp = at(since);
  return queued;
}

std::vector<std::uint32_t> pop_all(SchedulingQueue& queue) {
  std::vector<std::uint32_t> pods;
  while (const auto pod = queue.pop()) pods.push_back(pod->pod);
  return pods;
}

// A pod that was tried and refused at `when`.
void refuse(SchedulingQueue& queue, QueuedPod pod, Duration when, PluginSet by,
            bool worth_requeuing = false) {
  pod.refused_by = by;
  queue.add_unschedulable(std::move(pod), at(when), worth_requeuing);
}

TEST(SchedulingQueue, OrdersByPriorityThenByWaiting) {
  SchedulingQueue queue({});
  queue.add(make(1, 0, 2_s));
  queue.add(make(2, 0, 1_s));
  queue.add(make(3, 100, 3_s));
  queue.add(make(4, 0, 1_s));
  EXPECT_THAT(pop_all(queue), ElementsAre(3, 2, 4, 1));
}

TEST(SchedulingQueue, KeepsRefusedPodsUntilSomethingHappens) {
  SchedulingQueue queue({});
  refuse(queue, make(1), 10300_ms, kFit);
  EXPECT_FALSE(queue.pop().has_value());
  EXPECT_TRUE(queue.any_refused_by(kFit));
  EXPECT_FALSE(queue.any_refused_by(kFit << 1));
  queue.requeue(1, at(20_s), JournalId::kNone);
  EXPECT_EQ(queue.active_size(), 1u);
  EXPECT_FALSE(queue.any_refused_by(kFit));
}

TEST(SchedulingQueue, TakesABackingOffPodWhenNothingElseIsThere) {
  SchedulingQueue queue({});
  refuse(queue, make(1), 10300_ms, kFit, true);
  queue.add(make(2));
  EXPECT_EQ(queue.backoff_size(), 1u);
  EXPECT_THAT(pop_all(queue), ElementsAre(2, 1));
}

TEST(SchedulingQueue, LetsErrorsBackOffInFull) {
  SchedulingQueue queue({});
  refuse(queue, make(1), 10300_ms, 0);
  EXPECT_FALSE(queue.pop().has_value());
  EXPECT_EQ(queue.next_flush(), at(12_s));  // 11.3 s, cut to 11; released at the second after
  queue.flush(at(11_s));
  EXPECT_FALSE(queue.pop().has_value());
  queue.flush(at(12_s));
  EXPECT_THAT(pop_all(queue), ElementsAre(1));
}

TEST(SchedulingQueue, DoublesTheBackoffWithEachRefusal) {
  SchedulingQueue queue({});
  QueuedPod pod = make(1);
  for (const std::int64_t expected : {1, 2, 4, 8, 10, 10}) {
    refuse(queue, pod, 100_s, kFit, true);
    EXPECT_EQ(queue.get(1).backoff_until, at(100_s + Duration::seconds(expected)));
    pod = *queue.pop();
  }
}

TEST(SchedulingQueue, TriesLeftoversAfterFiveMinutes) {
  SchedulingQueue queue({});
  refuse(queue, make(1), 10_s, kFit);
  EXPECT_EQ(queue.next_flush(), at(330_s));
  queue.flush(at(310_s));
  EXPECT_EQ(queue.unschedulable_size(), 1u);
  queue.flush(at(330_s));
  EXPECT_THAT(pop_all(queue), ElementsAre(1));
}

TEST(SchedulingQueue, HoldsGatedPodsForGood) {
  SchedulingQueue queue({});
  QueuedPod gated = make(1);
  gated.gated = true;
  queue.add(gated);
  EXPECT_EQ(queue.next_flush(), std::nullopt);
  EXPECT_THAT(queue.unschedulable(), testing::IsEmpty());
  queue.requeue(1, at(1_s), JournalId::kNone);
  EXPECT_THAT(pop_all(queue), ElementsAre(1));
}

TEST(SchedulingQueue, ForgetsDeletedPodsWhereverTheyWait) {
  SchedulingQueue queue({});
  queue.add(make(1));
  refuse(queue, make(2), 1_s, kFit);
  refuse(queue, make(3), 1_s, kFit, true);
  refuse(queue, make(4), 1_s, 0);
  for (const std::uint32_t pod : {1u, 2u, 3u, 4u, 5u}) queue.remove(pod);
  EXPECT_THAT(pop_all(queue), testing::IsEmpty());
  EXPECT_EQ(queue.next_flush(), std::nullopt);
}

}  // namespace
}  // namespace seatrial::scheduler
