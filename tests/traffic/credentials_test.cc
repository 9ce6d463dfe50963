// Pods whose role does not let them call a resource or work off a queue, and what becomes of them without
// STS.
#include <gtest/gtest.h>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

using cloud::Denial;

constexpr const char* kArn = "arn:aws:iam::111122223333:role/worker";

struct CredentialsTest : testing::Test {
  CredentialsTest() {
    const cloud::IamRole role{"worker", {{"ns", "worker"}}, {"sqs/jobs", "external/s3"}, {}};
    w.traffic.credentials().configure({600_s, 60_s}, {role});
  }
  void pod(std::uint32_t index, const char* arn = kArn, const char* account = "worker") {
    created[index] = w.record(cluster::RecordType::kCreated, index);
    w.traffic.credentials().introduce({index}, {{"ns", account}, arn}, created[index]);
  }
  JournalId sts(bool available) {
    const JournalId fault = w.record(cluster::RecordType::kFault, 0);
    w.traffic.set_sts(w.kernel, available, fault);
    return fault;
  }
  // A message each second.
  void queue(int messages, Duration visibility = 30_s) {
    std::vector<SimTime> at;
    for (int i = 1; i <= messages; ++i) at.push_back(SimTime::at(Duration::seconds(i)));
    QueueConfig config;
    config.name = "sqs/jobs";
    config.arrivals = Arrivals::trace(at);
    config.visibility_timeout = visibility;
    w.traffic.add_queue(w.kernel, config);
  }
  void work(std::uint32_t index, Duration time = 100_ms, std::int32_t concurrency = 1) {
    cluster::ImageBehaviour behaviour;
    behaviour.consumes.emplace();
    behaviour.consumes->from = "sqs/jobs";
    behaviour.consumes->stream = "image/worker/consumes";
    behaviour.consumes->time = Distribution::constant(time);
    behaviour.consumes->concurrency = concurrency;
    w.listen(index, behaviour);
  }
  // A request each second, which calls S3.
  void serve(std::uint32_t index, int requests, cluster::Call call = call_of("external/s3")) {
    const ProxyId proxy = w.add_proxy(direct());
    cloud::ManagedConfig config = cloud::ManagedConfig::of(cloud::ManagedKind::kExternal);
    config.name = "external/s3";
    config.connect = Distribution::constant(20_ms);
    w.traffic.add_resource(w.kernel, config, PlaceId{1}, PlaceId{1});
    call.time = Distribution::constant(5_ms);
    cluster::ImageBehaviour behaviour = serving(10_ms);
    behaviour.calls.push_back(call);
    w.listen(index, behaviour);
    w.endpoints(proxy, {index});
    std::vector<Duration> times;
    for (int i = 1; i <= requests; ++i) times.push_back(Duration::seconds(i));
    w.add_load(sending(proxy, times));
  }
  // The records that say that a pod cannot call, with that denial.
  std::vector<JournalId> said(Denial why) {
    std::vector<JournalId> found;
    for (std::uint32_t i = 1; i <= w.kernel.journal().size(); ++i)
      if (w.type_of(JournalId{i}) == cluster::RecordType::kCannotCall &&
          w.kernel.journal().record(JournalId{i}).value == static_cast<std::int64_t>(why))
        found.push_back(JournalId{i});
    return found;
  }
  JournalId cause(JournalId record) { return w.kernel.journal().record(record).cause; }
  std::string text(JournalId record) {
    return std::string(w.kernel.journal().text(w.kernel.journal().record(record).text));
  }
  const QueueTotals& totals() { return w.traffic.queues().totals(0); }
  World w;
  std::map<std::uint32_t, JournalId> created;
};

TEST_F(CredentialsTest, ARequestOfAPodWithItsRoleGoesOnAsBefore) {
  pod(0);
  serve(0, 3);
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kOk), 3u);
  EXPECT_TRUE(said(Denial::kNoRole).empty());
}

TEST_F(CredentialsTest, WithoutARoleEachCallIsAnswered403AndThePodSaysSoOnce) {
  pod(0, "");
  serve(0, 3);
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kDependencyFailed), 3u);
  EXPECT_EQ(w.failure(0).ended, SimTime::at(1035_ms));  // 10 + 20 + 5 ms, as the answer is one
  EXPECT_EQ(w.failure(1).ended, SimTime::at(2015_ms));  // over the same connection
  EXPECT_EQ(w.traffic.resources()[0].state.connections, 1);
  ASSERT_EQ(said(Denial::kNoRole).size(), 1u);
  const JournalId record = said(Denial::kNoRole)[0];
  EXPECT_EQ(w.failure(2).record, record);
  EXPECT_EQ(cause(record), created[0]);
  EXPECT_EQ(text(record), "external/s3: AccessDenied: the pod has no role");
}

struct DenialRow {
  const char *name, *arn, *account;
  Denial why;
  const char* text;
};
void PrintTo(const DenialRow& row, std::ostream* out) { *out << row.name; }

struct DenialIsSaid : CredentialsTest, testing::WithParamInterface<DenialRow> {};

TEST_P(DenialIsSaid, InWords) {
  const DenialRow& row = GetParam();
  pod(0, row.arn, row.account);
  serve(0, 1);
  w.run_until(5_s);
  ASSERT_EQ(said(row.why).size(), 1u);
  EXPECT_EQ(text(said(row.why)[0]), std::string("external/s3: AccessDenied: ") + row.text);
}

INSTANTIATE_TEST_SUITE_P(Rows, DenialIsSaid,
                         testing::Values(DenialRow{"NotTrusted", kArn, "web", Denial::kNotTrusted,
                                                   "role worker does not trust ServiceAccount ns/web"},
                                         DenialRow{"UnknownRole", "arn:aws:iam::1:role/x", "worker",
                                                   Denial::kUnknownRole,
                                                   "STS gives no credentials for role x"}));

TEST_F(CredentialsTest, ARoleThatAllowsAnotherResourceDoesNotHelp) {
  w.traffic.credentials().configure({}, {{"worker", {{"ns", "worker"}}, {"sqs/jobs"}, {}},
                                         {"reader", {{"ns", "web"}}, {"external/s3"}, {}}});
  pod(0);
  serve(0, 1);
  w.run_until(5_s);
  ASSERT_EQ(said(Denial::kNotAllowed).size(), 1u);
  EXPECT_EQ(text(said(Denial::kNotAllowed)[0]), "external/s3: AccessDenied: role worker does not allow it");
}

TEST_F(CredentialsTest, AResourceThatNoRoleAllowsIsOpenToEverybody) {
  w.traffic.credentials().configure({}, {{"worker", {{"ns", "worker"}}, {"sqs/jobs"}, {}}});
  pod(0, "");
  serve(0, 2);
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kOk), 2u);
}

TEST_F(CredentialsTest, AnOptionalCallThatIsDeniedFailsNoRequest) {
  pod(0, "");
  cluster::Call call = call_of("external/s3");
  call.optional = true;
  serve(0, 3, call);
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kOk), 3u);
  EXPECT_EQ(said(Denial::kNoRole).size(), 1u);
}

TEST_F(CredentialsTest, ADeniedCallIsTriedAgainAsOtherFailures) {
  pod(0, "");
  cluster::Call call = call_of("external/s3");
  call.retries = 2;
  call.backoff = 100_ms;
  serve(0, 1, call);
  w.run_until(5_s);
  EXPECT_EQ(w.failure().ended, SimTime::at(1245_ms));  // 10 + 20 + 3 × 5 + 2 × 100 ms
  EXPECT_EQ(said(Denial::kNoRole).size(), 1u);
}

TEST_F(CredentialsTest, WithoutKeepAliveTheConnectionIsClosedAfterTheAnswer) {
  pod(0, "");
  cluster::Call call = call_of("external/s3");
  call.pool.keep_alive = false;
  serve(0, 2, call);
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kDependencyFailed), 2u);
  EXPECT_EQ(w.traffic.resources()[0].state.connections, 0);
  EXPECT_EQ(said(Denial::kNoRole).size(), 1u);
}

// The next request of the same slot has nothing of the answer that was on its way.
TEST_F(CredentialsTest, AProcessThatEndsBeforeItsAnswerLeavesNothingBehind) {
  pod(0, "");
  cluster::Call call = call_of("external/s3");
  call.pool.acquire_timeout = call.pool.connect_timeout = 300_ms;
  serve(0, 2, call);
  w.run_until(1032_ms);  // the query went at 1030 ms, and its answer comes at 1035
  w.exit(0);
  call.time = Distribution::constant(5_ms);
  cluster::ImageBehaviour behaviour = serving(10_ms);
  behaviour.calls.push_back(call);
  w.listen(0, behaviour);
  w.traffic.take_down(w.kernel, 0, true, w.record(cluster::RecordType::kFault, 0));
  w.run_until(5_s);
  EXPECT_EQ(w.failure(1).outcome, Outcome::kDependencyFailed);
  EXPECT_EQ(w.failure(1).ended, SimTime::at(2310_ms));  // 10 + 300 ms, without a connection
  EXPECT_EQ(w.traffic.resources()[0].state.connections, 0);
}

TEST_F(CredentialsTest, ReadinessWaitsForCredentialsToo) {
  pod(0);
  pod(1, "");
  cluster::Call call = call_of("external/s3");
  call.readiness = true;
  serve(0, 1, call);
  cluster::ImageBehaviour same = serving(10_ms);
  call.time = Distribution::constant(5_ms);
  same.calls.push_back(call);
  w.listen(1, same);
  EXPECT_EQ(w.traffic.unready_because({0}, w.kernel.now()), std::nullopt);
  EXPECT_EQ(w.traffic.unready_because({1}, w.kernel.now()), created[1]);
}

// Credentials of 0 s, until 600 s: the renewal of 540 s fails.
TEST_F(CredentialsTest, WhatIsInHandWorksUntilItExpires) {
  pod(0);
  serve(0, 700);
  w.run_until(500_s);
  const JournalId fault = sts(false);
  w.run_until(650_s);
  EXPECT_EQ(w.count(Outcome::kOk), 599u);  // until 600 s
  ASSERT_EQ(said(Denial::kExpired).size(), 1u);
  EXPECT_EQ(cause(said(Denial::kExpired)[0]), fault);
  EXPECT_EQ(text(said(Denial::kExpired)[0]),
            "external/s3: ExpiredToken: STS is unavailable, and the credentials have expired at 10m");
  EXPECT_EQ(w.failure().record, said(Denial::kExpired)[0]);
  sts(true);
  w.run_until(720_s);
  EXPECT_EQ(w.count(Outcome::kOk), 650u);  // those of 600 s to 649 s failed
  EXPECT_EQ(said(Denial::kExpired).size(), 1u);
}

// --- Workers

TEST_F(CredentialsTest, AWorkerWithoutARoleReceivesNothingAndSaysSoOnce) {
  queue(5);
  pod(0, "");
  work(0);
  w.run_until(10_s);
  EXPECT_EQ(totals().waiting, 5u);
  EXPECT_EQ(totals().done, 0u);
  ASSERT_EQ(said(Denial::kNoRole).size(), 1u);
  EXPECT_EQ(cause(said(Denial::kNoRole)[0]), created[0]);
  EXPECT_EQ(text(said(Denial::kNoRole)[0]), "sqs/jobs: AccessDenied: the pod has no role");
}

TEST_F(CredentialsTest, OthersWorkMeanwhile) {
  queue(5);
  pod(0, "");
  pod(1);
  work(0);
  work(1);
  w.run_until(10_s);
  EXPECT_EQ(totals().done, 5u);
  EXPECT_EQ(w.traffic.queues().held({0}), 0);
}

TEST_F(CredentialsTest, AWorkerStopsWhenItsCredentialsExpireAndGoesOnWhenStsIsBack) {
  queue(900);
  pod(0);
  work(0, 100_ms, 3);
  w.run_until(500_s);
  const JournalId fault = sts(false);
  w.run_until(700_s);
  EXPECT_EQ(totals().done, 599u);  // the message of 600 s comes as they expire
  EXPECT_EQ(totals().waiting, 101u);
  ASSERT_EQ(said(Denial::kExpired).size(), 1u);
  EXPECT_EQ(cause(said(Denial::kExpired)[0]), fault);
  EXPECT_EQ(w.kernel.journal().record(said(Denial::kExpired)[0]).at, SimTime::at(600_s));
  sts(true);
  EXPECT_EQ(w.traffic.queues().held({0}), 3);  // all its hands at once, and no more
  w.run_until(910_s);
  EXPECT_EQ(totals().done, 900u);
  EXPECT_EQ(said(Denial::kExpired).size(), 1u);
}

TEST_F(CredentialsTest, AnOutageThatEndsBeforeTheyExpireIsNotNoticed) {
  queue(700);
  pod(0);
  work(0);
  w.run_until(500_s);
  sts(false);
  w.run_until(590_s);
  sts(true);
  w.run_until(710_s);
  EXPECT_EQ(totals().done, 700u);
  EXPECT_TRUE(said(Denial::kExpired).empty());
}

TEST_F(CredentialsTest, WhoBeginsWithoutStsHasNoneUntilItIsBack) {
  queue(20);
  pod(0);
  const JournalId fault = sts(false);
  work(0);
  w.run_until(10_s);
  EXPECT_EQ(totals().done, 0u);
  ASSERT_EQ(said(Denial::kExpired).size(), 1u);
  EXPECT_EQ(cause(said(Denial::kExpired)[0]), fault);
  EXPECT_EQ(text(said(Denial::kExpired)[0]),
            "sqs/jobs: STS is unavailable, and the process has no credentials yet");
  sts(true);
  w.run_until(30_s);
  EXPECT_EQ(totals().done, 20u);
}

TEST_F(CredentialsTest, StsIsBackWhenTheLastOfTwoFaultsHasEnded) {
  queue(20);
  pod(0);
  sts(false);
  sts(false);
  work(0);
  sts(true);
  w.run_until(10_s);
  EXPECT_EQ(totals().done, 0u);
  sts(true);
  w.run_until(30_s);
  EXPECT_EQ(totals().done, 20u);
}

// It has credentials until 600 s, and is done at 621 s.
TEST_F(CredentialsTest, WorkThatEndsWithoutCredentialsCannotBeDeletedAndComesAgain) {
  queue(1, 1000_s);
  pod(0);
  work(0, 620_s);
  w.run_until(Duration::millis(1));
  sts(false);
  w.run_until(700_s);
  EXPECT_EQ(totals().done, 0u);
  EXPECT_EQ(totals().repeated, 1u);
  sts(true);
  w.run_until(1002_s);
  ASSERT_EQ(totals().redeliveries.size(), 1u);
  EXPECT_EQ(w.type_of(totals().redeliveries[0].record), cluster::RecordType::kCannotCall);
  w.run_until(1700_s);
  EXPECT_EQ(totals().done, 1u);
}

TEST_F(CredentialsTest, AWorkerThatDrainsEndsAlsoWithoutCredentials) {
  queue(1);
  pod(0);
  work(0, 700_s);
  w.run_until(2_s);
  sts(false);
  w.run_until(650_s);
  EXPECT_EQ(w.stop_accepting(0), 1);
  w.run_until(710_s);
  EXPECT_EQ(w.drained.size(), 1u);
  sts(true);
  w.run_until(720_s);
  EXPECT_EQ(totals().waiting, 1u);  // it takes no more
}

TEST_F(CredentialsTest, AProcessThatBeginsAgainAsksAgain) {
  queue(900);
  pod(0);
  work(0);
  w.run_until(300_s);
  w.exit(0);
  work(0);
  w.run_until(500_s);
  sts(false);
  w.run_until(880_s);
  EXPECT_TRUE(said(Denial::kExpired).empty());
  w.run_until(910_s);
  ASSERT_EQ(said(Denial::kExpired).size(), 1u);
  EXPECT_EQ(w.kernel.journal().record(said(Denial::kExpired)[0]).at, SimTime::at(900_s));
}

TEST_F(CredentialsTest, ACopyGoesOnAsTheOriginalWould) {
  queue(900);
  pod(0);
  pod(1);
  work(0);
  work(1, 250_ms, 2);
  w.run_until(500_s);
  sts(false);
  w.run_until(550_s);
  World copy = w;
  for (World* const one : {&w, &copy}) {
    one->run_until(700_s);
    one->traffic.set_sts(one->kernel, true, one->record(cluster::RecordType::kFault, 0));
    one->run_until(950_s);
  }
  EXPECT_EQ(w.kernel.fingerprint().hex(), copy.kernel.fingerprint().hex());
  EXPECT_EQ(totals().done, copy.traffic.queues().totals(0).done);
}

}  // namespace
}  // namespace seatrial::traffic
