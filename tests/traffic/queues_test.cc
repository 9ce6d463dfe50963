// Queues and their workers: visibility, redelivery, dead letters.
#include <gtest/gtest.h>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

struct QueuesTest : testing::Test {
  void start(std::vector<Duration> times, Duration visibility = 30_s, std::int32_t most = 0) {
    std::vector<SimTime> at;
    for (const Duration t : times) at.push_back(SimTime::at(t));
    QueueConfig config;
    config.name = "sqs/jobs";
    config.arrivals = Arrivals::trace(at);
    config.visibility_timeout = visibility;
    config.max_receive_count = most;
    w.traffic.add_queue(w.kernel, config);
  }
  void work(std::uint32_t pod, Duration time, std::int32_t concurrency = 1) {
    cluster::ImageBehaviour behaviour;
    behaviour.consumes.emplace();
    behaviour.consumes->from = "sqs/jobs";
    behaviour.consumes->stream = "image/worker/consumes";
    behaviour.consumes->time = Distribution::constant(time);
    behaviour.consumes->concurrency = concurrency;
    w.listen(pod, behaviour);
  }
  const QueueTotals& totals() { return w.traffic.queues().totals(0); }
  World w;
};

TEST_F(QueuesTest, WorkersTakeTurnsAndMessagesWait) {
  start({1_s, 1_s, 1_s});
  work(0, 2_s);
  work(1, 2_s);
  w.run_until(2_s);
  EXPECT_EQ(w.traffic.queues().held({0}), 1);
  EXPECT_EQ(w.traffic.queues().held({1}), 1);
  EXPECT_EQ(totals().waiting, 1u);
  w.run_until(10_s);
  EXPECT_EQ(totals().done, 3u);
  EXPECT_EQ(totals().waiting, 0u);
  EXPECT_EQ(totals().most_waiting, 1u);
  EXPECT_NEAR(static_cast<double>(totals().age.max().count()), 4e9, 5e7);
}

TEST_F(QueuesTest, AMessageOfAKilledWorkerComesAgainAfterTheVisibilityTimeout) {
  start({1_s});
  work(0, 5_s);
  w.run_until(2_s);
  w.exit(0);
  work(1, 5_s);
  w.run_until(30_s);
  EXPECT_EQ(totals().done, 0u);
  EXPECT_TRUE(totals().redeliveries.empty());
  w.run_until(31_s);
  ASSERT_EQ(totals().redeliveries.size(), 1u);
  EXPECT_EQ(totals().redeliveries[0].pod.index, 0u);
  EXPECT_EQ(w.type_of(totals().redeliveries[0].record), cluster::RecordType::kExited);
  w.run_until(36_s);
  EXPECT_EQ(totals().done, 1u);
  EXPECT_EQ(totals().repeated, 0u);
}

TEST_F(QueuesTest, AWorkerThatDrainsFinishesAndIsThenDone) {
  start({1_s, 1_s, 3_s});
  work(0, 5_s, 2);
  w.run_until(2_s);
  EXPECT_EQ(w.stop_accepting(0), 2);
  w.run_until(5_s);
  EXPECT_TRUE(w.drained.empty());
  w.run_until(7_s);
  ASSERT_EQ(w.drained.size(), 1u);
  EXPECT_EQ(w.drained[0].type, kDrainedType);
  EXPECT_EQ(totals().done, 2u);
  EXPECT_EQ(totals().waiting, 1u);  // it has taken no more
}

// Whoever ends has an old receipt: another has received it meanwhile.
TEST_F(QueuesTest, WorkThatTakesLongerThanTheMessageIsInvisibleIsDoneAgainAndAgain) {
  start({1_s}, 30_s);
  work(0, 40_s);
  work(1, 40_s);
  w.run_until(120_s);
  EXPECT_EQ(totals().done, 0u);
  EXPECT_EQ(totals().repeated, 3u);  // at 41 s, 71 s and 101 s
  ASSERT_EQ(totals().redeliveries.size(), 3u);
  EXPECT_EQ(totals().redeliveries[0].record, JournalId::kNone);
}

TEST_F(QueuesTest, ALateReceiptStillDeletesWhatNobodyElseHasTaken) {
  start({1_s}, 30_s);
  work(0, 40_s);
  w.run_until(35_s);
  EXPECT_EQ(totals().waiting, 1u);
  w.run_until(60_s);
  EXPECT_EQ(totals().done, 1u);
  EXPECT_EQ(totals().repeated, 0u);
  EXPECT_EQ(totals().waiting, 0u);
}

TEST_F(QueuesTest, AfterMaxReceiveCountItIsADeadLetter) {
  start({1_s}, 10_s, 2);
  work(0, 5_s);
  w.run_until(2_s);
  w.exit(0);
  work(0, 5_s);
  w.run_until(12_s);  // received again at 11 s
  w.exit(0);
  work(0, 5_s);
  w.run_until(30_s);
  EXPECT_EQ(totals().dead_lettered, 1u);
  EXPECT_EQ(totals().done, 0u);
  EXPECT_EQ(totals().redeliveries.size(), 2u);
}

TEST_F(QueuesTest, ACopyGoesOnAsTheOriginalWould) {
  start({1_s, 2_s, 3_s});
  work(0, 5_s);
  w.run_until(4_s);
  World copy = w;
  w.run_until(60_s);
  copy.run_until(60_s);
  EXPECT_EQ(totals().done, 3u);
  EXPECT_EQ(w.kernel.fingerprint().hex(), copy.kernel.fingerprint().hex());
}

}  // namespace
}  // namespace seatrial::traffic
