// How long the failures of a controller's keys wait.
#include "sim/cluster/work_queue.h"

#include <gtest/gtest.h>

namespace seatrial::cluster {
namespace {

Duration retry_of_the(int nth, WorkQueue<int> queue) {
  for (int key = 0; key < nth - 1; ++key) queue.next_retry(key, SimTime());
  return queue.next_retry(nth - 1, SimTime());
}

TEST(WorkQueue, ManyFailuresAtOnceWaitForTheLimitOfAllKeys) {
  EXPECT_EQ(retry_of_the(100, WorkQueue<int>()), Duration::millis(5));
  EXPECT_EQ(retry_of_the(101, WorkQueue<int>()), Duration::millis(100));
  EXPECT_EQ(retry_of_the(200, WorkQueue<int>()), Duration::seconds(10));
}

TEST(WorkQueue, WithoutThatLimitEachWaitsForItself) {
  EXPECT_EQ(retry_of_the(2000, WorkQueue<int>(Duration::seconds(1), Duration::seconds(60), {})),
            Duration::seconds(1));
}

TEST(WorkQueue, OneKeyWaitsTwiceAsLongEachTimeUpToTheLongest) {
  WorkQueue<int> queue(Duration::seconds(1), Duration::seconds(60), {});
  for (const int seconds : {1, 2, 4, 8, 16, 32, 60, 60})
    EXPECT_EQ(queue.next_retry(7, SimTime()), Duration::seconds(seconds));
  queue.forget(7);
  EXPECT_EQ(queue.next_retry(7, SimTime()), Duration::seconds(1));
}

}  // namespace
}  // namespace seatrial::cluster
