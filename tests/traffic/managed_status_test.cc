// Databases that are stopped and started, and what their clients meet meanwhile.
#include <gtest/gtest.h>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

using cloud::ManagedStatus;

constexpr Duration kDay = Duration::seconds(86'400);

cloud::ManagedConfig micro() {
  cloud::ManagedConfig config = cloud::ManagedConfig::of(cloud::ManagedKind::kRds);
  config.name = "rds/main";
  config.zone = "a";
  config.instance_class = "db.t4g.micro";
  config.stopping = Distribution::constant(60_s);
  config.starting = Distribution::constant(300_s);
  config.restoring = Distribution::constant(900_s);
  config.connect = Distribution::constant(20_ms);
  return config;
}

struct ManagedStatusTest : testing::Test {
  void add(const cloud::ManagedConfig& config) {
    rds = w.traffic.add_resource(w.kernel, config, PlaceId{1}, PlaceId{1});
  }
  void stop() { w.traffic.stop_resource(w.kernel, rds, JournalId::kNone); }
  void start() { w.traffic.start_resource(w.kernel, rds, JournalId::kNone); }
  void sell_out() {
    cloud::CapacityShortage shortage;
    shortage.zone = "a";
    shortage.instance_type = "db.t4g.micro";
    w.traffic.database_shortages().push_back(shortage);
  }
  const cloud::ManagedResource& state() const { return w.traffic.resources()[rds].state; }
  std::string last_words() const {
    const Journal& journal = w.kernel.journal();
    return std::string(
        journal.text(journal.record(JournalId{static_cast<std::uint32_t>(journal.size())}).text));
  }
  World w;
  ResourceIndex rds = 0;
};

TEST_F(ManagedStatusTest, IsStoppedAndStarted) {
  add(micro());
  w.run_until(1_s);
  stop();
  EXPECT_EQ(state().status, ManagedStatus::kStopping);
  EXPECT_TRUE(state().down);
  w.run_until(62_s);
  EXPECT_EQ(state().status, ManagedStatus::kStopped);
  w.run_until(100_s);
  start();
  EXPECT_EQ(state().status, ManagedStatus::kStarting);
  w.run_until(399_s);
  EXPECT_TRUE(state().down);
  w.run_until(401_s);
  EXPECT_EQ(state().status, ManagedStatus::kAvailable);
  EXPECT_FALSE(state().down);
  ASSERT_EQ(state().outages.size(), 1u);
  EXPECT_EQ(state().outages[0].began, SimTime::at(1_s));
  EXPECT_EQ(state().outages[0].ended, SimTime::at(400_s));
  EXPECT_EQ(last_words(), "rds/main: available after 6m39s");
}

TEST_F(ManagedStatusTest, SaysWhatItsStatusDoesNotAllow) {
  add(micro());
  start();
  EXPECT_EQ(last_words(), "rds/main: cannot be started, as it is available (InvalidDBInstanceState)");
  stop();
  stop();
  EXPECT_EQ(last_words(), "rds/main: cannot be stopped, as it is stopping (InvalidDBInstanceState)");
  start();
  EXPECT_EQ(last_words(), "rds/main: cannot be started, as it is stopping (InvalidDBInstanceState)");
  w.run_until(61_s);
  stop();
  EXPECT_EQ(last_words(), "rds/main: cannot be stopped, as it is stopped (InvalidDBInstanceState)");
  start();
  start();
  EXPECT_EQ(last_words(), "rds/main: cannot be started, as it is starting (InvalidDBInstanceState)");
  w.run_until(400_s);
  w.traffic.take_down(w.kernel, rds, false, JournalId::kNone);
  stop();
  EXPECT_EQ(last_words(), "rds/main: cannot be stopped, as it is failed (InvalidDBInstanceState)");
  start();
  EXPECT_EQ(last_words(), "rds/main: cannot be started, as it is failed (InvalidDBInstanceState)");
}

TEST_F(ManagedStatusTest, AwsStartsItAfterSevenDays) {
  add(micro());
  stop();
  const Duration stopped = 61_s, week = 604'800_s;
  w.run_until(stopped + week - 2_s);
  EXPECT_EQ(state().status, ManagedStatus::kStopped);
  sell_out();
  w.run_until(stopped + week + 10_s);
  EXPECT_EQ(state().status, ManagedStatus::kStarting);
  w.run_until(stopped + week + 1000_s);  // there was no host
  EXPECT_EQ(state().status, ManagedStatus::kStopped);
  cloud::end_shortage(w.traffic.database_shortages(), "a", "db.t4g.micro", w.kernel.now());
  w.run_until(stopped + week * 2);
  EXPECT_EQ(state().status, ManagedStatus::kStopped);
  w.run_until(stopped + week * 2 + 1000_s);
  EXPECT_EQ(state().status, ManagedStatus::kAvailable);
}

TEST_F(ManagedStatusTest, TheSevenDaysCountFromTheLatestStop) {
  add(micro());
  stop();
  w.run_until(300'000_s);
  start();
  w.run_until(301'000_s);
  stop();
  w.run_until(700'000_s);
  EXPECT_EQ(state().status, ManagedStatus::kStopped);
}

TEST_F(ManagedStatusTest, AStartWithoutAHostEndsStoppedAndNobodyTriesAgain) {
  add(micro());
  stop();
  w.run_until(100_s);
  sell_out();
  start();
  w.run_until(400_s);
  EXPECT_EQ(state().status, ManagedStatus::kStopping);
  EXPECT_EQ(last_words(),
            "rds/main: Insufficient instance capacity for instance type db.t4g.micro in availability zone a; "
            "putting database instance into stopping");
  EXPECT_EQ(state().cause_for(state().address), state().failed_starts.at(0));
  w.run_until(5000_s);
  EXPECT_EQ(state().status, ManagedStatus::kStopped);
  EXPECT_EQ(state().failed_starts.size(), 1u);
  cloud::end_shortage(w.traffic.database_shortages(), "a", "db.t4g.micro", w.kernel.now());
  start();
  w.run_until(5301_s);
  EXPECT_EQ(state().status, ManagedStatus::kAvailable);
  EXPECT_EQ(state().outages.size(), 1u);
}

TEST_F(ManagedStatusTest, IsRestoredAsAnotherClassWhereThePlatformDoesSo) {
  cloud::ManagedConfig config = micro();
  config.fallback_classes = {"db.t3.micro"};
  add(config);
  sell_out();
  stop();
  w.run_until(100_s);
  start();
  w.run_until(461_s);  // 300 s, and 60 s to stop again
  EXPECT_EQ(state().status, ManagedStatus::kStarting);
  EXPECT_EQ(last_words(), "rds/main: its snapshot is restored as db.t3.micro");
  w.run_until(1361_s);
  EXPECT_EQ(state().status, ManagedStatus::kAvailable);
  EXPECT_EQ(state().config.instance_class, api::Symbol("db.t3.micro"));
  stop();  // an ordinary stop is no failed start
  w.run_until(1500_s);
  EXPECT_EQ(state().status, ManagedStatus::kStopped);
}

TEST_F(ManagedStatusTest, FollowsItsSchedule) {
  cloud::ManagedConfig config = micro();
  config.schedule = {Duration::seconds(22 * 3600), Duration::seconds(6 * 3600)};
  add(config);
  EXPECT_EQ(state().status, ManagedStatus::kStopped);
  w.run_until(Duration::seconds(6 * 3600 + 301));
  EXPECT_EQ(state().status, ManagedStatus::kAvailable);
  w.run_until(Duration::seconds(22 * 3600 + 61));
  EXPECT_EQ(state().status, ManagedStatus::kStopped);
  w.run_until(kDay + Duration::seconds(7 * 3600));
  EXPECT_EQ(state().status, ManagedStatus::kAvailable);
  EXPECT_EQ(state().outages.size(), 2u);
}

TEST_F(ManagedStatusTest, ClientsLoseTheirConnectionsAndNewOnesTimeOut) {
  const ProxyId proxy = w.add_proxy(direct());
  add(micro());
  cluster::ImageBehaviour behaviour = serving(10_ms);
  cluster::Call call = call_of("rds/main");
  call.time = Distribution::constant(5_ms);
  call.readiness = true;
  behaviour.calls.push_back(call);
  w.listen(0, behaviour);
  w.endpoints(proxy, {0});
  LoadConfig load = sending(proxy, {1_s, 10_s});
  load.timeout = 60_s;
  w.add_load(load);
  w.run_until(2_s);
  EXPECT_EQ(w.count(Outcome::kOk), 1u);
  EXPECT_EQ(w.traffic.unready_because({0}, w.kernel.now()), std::nullopt);
  stop();
  EXPECT_EQ(w.traffic.unready_because({0}, w.kernel.now()), state().outages.at(0).record);
  w.run_until(50_s);
  EXPECT_EQ(w.count(Outcome::kDependencyFailed), 1u);  // after the pool's 30 s
  EXPECT_GT(w.failure().ended, SimTime::at(40_s));
  EXPECT_EQ(w.type_of(w.failure().record), cluster::RecordType::kCannotCall);
  w.run_until(100_s);
  start();
  w.run_until(401_s);
  EXPECT_EQ(w.traffic.unready_because({0}, w.kernel.now()), std::nullopt);
}

}  // namespace
}  // namespace seatrial::traffic
