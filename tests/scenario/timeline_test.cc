// When the timeline's entries are due.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The scenario with one entry instead of its drain, and 5 minutes long.
std::string with_entry(const std::string& entry) {
  return broken("{at: 2m, drain: {nodeGroup: default, nodes: 1}}", entry);
}

std::vector<SimTime> times_of(const std::string& entry) {
  const auto scenario = load_scenario("s", small_files(with_entry(entry)));
  EXPECT_TRUE(scenario) << scenario.error().front().str();
  std::vector<SimTime> times;
  for (const TimelineEntry& row : scenario->timeline)
    if (std::holds_alternative<Cordon>(row.action)) times.push_back(row.at);
  return times;
}

TEST(RepeatingEntries, AreDueUntilAnInstantAndAtIt) {
  EXPECT_THAT(times_of("{at: 30s, every: 90s, until: 3m30s, cordon: default-1}"),
              ElementsAre(SimTime::at(30_s), SimTime::at(2_min), SimTime::at(210_s)));
  EXPECT_THAT(times_of("{at: 30s, every: 90s, until: 3m29s, cordon: default-1}"),
              ElementsAre(SimTime::at(30_s), SimTime::at(2_min)));
}

TEST(RepeatingEntries, AreDueSoManyTimes) {
  EXPECT_THAT(times_of("{at: 1m, every: 2m, times: 3, cordon: default-1}"),
              ElementsAre(SimTime::at(1_min), SimTime::at(3_min), SimTime::at(5_min)));
}

TEST(RepeatingEntries, AreInOrderWithTheOthers) {
  const auto scenario =
      load_scenario("s", small_files(with_entry("{at: 0s, every: 2m, times: 2, cordon: default-1}")));
  ASSERT_TRUE(scenario);
  ASSERT_EQ(scenario->timeline.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<SetImage>(scenario->timeline[1].action));
}

struct BadRow {
  const char* name;
  const char* entry;
  const char* problem;
};
class BadRepetition : public ::testing::TestWithParam<BadRow> {};

TEST_P(BadRepetition, IsReportedWithItsPosition) {
  EXPECT_THAT(problems_of(small_files(with_entry(GetParam().entry))),
              ElementsAre(HasSubstr(GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadRepetition,
    ::testing::Values(
        BadRow{"no_end", "{at: 1m, every: 1m, cordon: default-1}",
               "s/scenario.yaml:16:23: spec.timeline[1].every: how often? say until: or times:"},
        BadRow{"two_ends", "{at: 1m, every: 1m, until: 3m, times: 2, cordon: default-1}",
               "16:34: spec.timeline[1].until: either \"until\" or \"times\""},
        BadRow{"end_without_every", "{at: 1m, until: 3m, cordon: default-1}",
               "spec.timeline[1].until: needs \"every\" beside it"},
        BadRow{"ends_before_it_begins", "{at: 2m, every: 1m, until: 1m, cordon: default-1}",
               "spec.timeline[1].until: lies before \"at\""},
        BadRow{"until_after_the_scenario", "{at: 1m, every: 1m, until: 6m, cordon: default-1}",
               "spec.timeline[1].until: lies after the end of the scenario (duration 5m)"},
        BadRow{"times_after_the_scenario", "{at: 1m, every: 2m, times: 4, cordon: default-1}",
               "spec.timeline[1].times: the last one lies after the end of the scenario"},
        BadRow{"too_often", "{at: 0s, every: 1ms, until: 5m, cordon: default-1}",
               "spec.timeline[1].every: repeats more than 100000 times"},
        BadRow{"never", "{at: 1m, every: 0s, times: 2, cordon: default-1}",
               "spec.timeline[1].every: must be at least 1ms"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace seatrial::scenario
