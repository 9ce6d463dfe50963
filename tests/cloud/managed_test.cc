// When a schedule stops a database, and which hosts a start takes.
#include "sim/cloud/managed.h"

#include <gtest/gtest.h>

namespace seatrial::cloud {
namespace {

using namespace literals;

SimTime at(Duration d) { return SimTime::at(d); }

constexpr Duration kHour = Duration::seconds(3600);

struct TimeRow {
  const char* name;
  Duration stop, start;
  SimTime now;
  bool stopped;
  SimTime next_stop;
};
void PrintTo(const TimeRow& row, std::ostream* out) { *out << row.name; }

class DailyStopTest : public testing::TestWithParam<TimeRow> {};

TEST_P(DailyStopTest, HoldsFromItsStopToTheStartAfterIt) {
  const TimeRow& row = GetParam();
  const DailyStop schedule{row.stop, row.start};
  EXPECT_EQ(schedule.stopped_at(row.now), row.stopped);
  EXPECT_EQ(next_time_of_day(row.now, row.stop), row.next_stop);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, DailyStopTest,
    testing::Values(TimeRow{"AtMidnight", kHour * 22, kHour * 6, at(0_s), true, at(kHour * 22)},
                    TimeRow{"BeforeTheFirstMidnight", kHour * 22, kHour * 6, at(-10_min), true,
                            at(kHour * -2 + kHour * 24)},
                    TimeRow{"AtItsStart", kHour * 22, kHour * 6, at(kHour * 6), false, at(kHour * 22)},
                    TimeRow{"AtItsStop", kHour * 22, kHour * 6, at(kHour * 22), true, at(kHour * 46)},
                    TimeRow{"NextDay", kHour * 22, kHour * 6, at(kHour * 31), false, at(kHour * 46)},
                    TimeRow{"OverNoonInside", kHour * 11, kHour * 13, at(kHour * 12), true, at(kHour * 35)},
                    TimeRow{"OverNoonOutside", kHour * 11, kHour * 13, at(kHour * 14), false,
                            at(kHour * 35)}),
    [](const auto& row) { return row.param.name; });

ManagedResource stopped(bool multi_az) {
  ManagedResource resource;
  resource.config = ManagedConfig::of(ManagedKind::kRds);
  resource.config.instance_class = "db.t4g.micro";
  resource.config.fallback_classes = {"db.t3.micro"};
  resource.config.zone = "a";
  if (multi_az) resource.config.standby = "b";
  resource.go_down(at(1_s), JournalId::kNone);
  return resource;
}

CapacityShortage shortage(const char* zone, std::int64_t instances = 0) {
  CapacityShortage row;
  row.zone = zone;
  row.instance_type = "db.t4g.micro";
  row.instances = instances;
  return row;
}

TEST(ManagedResource, TakesAHostInEachZoneThatItNeeds) {
  Shortages shortages{shortage("b", 1)};
  EXPECT_EQ(stopped(true).take_hosts(shortages, at(2_s)), std::nullopt);
  EXPECT_EQ(stopped(true).take_hosts(shortages, at(3_s)), api::Symbol("b"));  // the one was taken
  EXPECT_EQ(stopped(false).take_hosts(shortages, at(3_s)), std::nullopt);     // needs none there
  shortages = {shortage("a"), shortage("b", 1)};
  EXPECT_EQ(stopped(true).take_hosts(shortages, at(3_s)), api::Symbol("a"));
  EXPECT_EQ(shortages[1].instances, 1);  // all or nothing
  end_shortage(shortages, "a", "db.t4g.micro", at(4_s));
  EXPECT_EQ(stopped(true).take_hosts(shortages, at(4_s)), std::nullopt);
}

TEST(ManagedResource, OneWithoutAClassLacksNothing) {
  Shortages shortages{CapacityShortage{}};
  ManagedResource resource = stopped(false);
  EXPECT_EQ(resource.take_hosts(shortages, at(2_s)), api::Symbol("a"));
  resource.config.instance_class = {};
  EXPECT_EQ(resource.take_hosts(shortages, at(2_s)), std::nullopt);
}

TEST(ManagedResource, IsOfTheClassAsWhichItWasRestored) {
  Shortages shortages{shortage("a")};
  ManagedResource resource = stopped(false);
  resource.attempt = 1;
  EXPECT_EQ(resource.take_hosts(shortages, at(2_s)), std::nullopt);
  resource.started(at(3_s), JournalId::kNone);
  EXPECT_EQ(resource.config.instance_class, api::Symbol("db.t3.micro"));
  EXPECT_EQ(resource.wanted_class(), api::Symbol("db.t3.micro"));
  EXPECT_EQ(resource.address, 1u);
  EXPECT_EQ(resource.config.zone, api::Symbol("a"));
}

}  // namespace
}  // namespace seatrial::cloud
