#include "sim/api/cron_schedule.h"

#include <gtest/gtest.h>

#include "sim/api/time_text.h"

namespace seatrial::api {
namespace {

std::string next(const char* schedule, const char* time, const char* zone = "UTC") {
  const auto parsed = CronSchedule::parse(schedule, TimeZone::find(zone).value());
  if (!parsed) return parsed.error();
  const auto found = parsed->next(*parse_time(time));
  return found ? time_text(*found) : "never";
}

TEST(CronSchedule, TheNextTimeIsLaterThanTheGivenOne) {
  EXPECT_EQ(next("* * * * *", "2026-01-05T10:00:00Z"), "2026-01-05T10:01:00Z");
  EXPECT_EQ(next("* * * * *", "2026-01-05T10:00:59.9Z"), "2026-01-05T10:01:00Z");
  EXPECT_EQ(next("30 4 * * *", "2026-01-05T04:30:00Z"), "2026-01-06T04:30:00Z");
  EXPECT_EQ(next("30 4 * * *", "2026-01-05T04:29:59Z"), "2026-01-05T04:30:00Z");
}

TEST(CronSchedule, ListsRangesAndStepsAreUnderstood) {
  EXPECT_EQ(next("0,20-22 * * * *", "2026-01-05T10:00:00Z"), "2026-01-05T10:20:00Z");
  EXPECT_EQ(next("*/15 * * * *", "2026-01-05T10:16:00Z"), "2026-01-05T10:30:00Z");
  EXPECT_EQ(next("5/20 * * * *", "2026-01-05T10:26:00Z"), "2026-01-05T10:45:00Z");
  EXPECT_EQ(next("30 6-16/4 * * 1-5", "2026-01-09T14:31:00Z"), "2026-01-12T06:30:00Z");
}

TEST(CronSchedule, NamesOfMonthsAndDaysCount) {
  EXPECT_EQ(next("0 0 * MAR mon", "2026-01-05T00:00:00Z"), "2026-03-02T00:00:00Z");
  EXPECT_EQ(next("@weekly", "2026-01-05T00:00:00Z"), "2026-01-11T00:00:00Z");
  EXPECT_EQ(next("@hourly", "2026-01-05T00:30:00Z"), "2026-01-05T01:00:00Z");
  EXPECT_EQ(next("@yearly", "2026-01-05T00:30:00Z"), "2027-01-01T00:00:00Z");
}

TEST(CronSchedule, EitherOfTwoRestrictedDaysWillDo) {
  EXPECT_EQ(next("0 0 13 * 5", "2026-01-05T00:00:00Z"), "2026-01-09T00:00:00Z");  // a Friday
  EXPECT_EQ(next("0 0 13 * 5", "2026-01-09T00:00:00Z"), "2026-01-13T00:00:00Z");  // a 13th
  EXPECT_EQ(next("0 0 13 * *", "2026-01-05T00:00:00Z"), "2026-01-13T00:00:00Z");
}

TEST(CronSchedule, LeapDaysComeAndThirtiethsOfFebruaryDoNot) {
  EXPECT_EQ(next("0 0 29 2 *", "2026-01-05T00:00:00Z"), "2028-02-29T00:00:00Z");
  EXPECT_EQ(next("0 0 30 2 *", "2026-01-05T00:00:00Z"), "never");
}

TEST(CronSchedule, TimesAreThoseOfTheZonesClocks) {
  EXPECT_EQ(next("0 9 * * *", "2026-01-05T00:00:00Z", "Europe/London"), "2026-01-05T09:00:00Z");
  EXPECT_EQ(next("0 9 * * *", "2026-07-01T00:00:00Z", "Europe/London"), "2026-07-01T08:00:00Z");
  EXPECT_EQ(next("0 9 * * *", "2026-01-05T00:00:00Z", "America/New_York"), "2026-01-05T14:00:00Z");
  EXPECT_EQ(next("0 0 * * mon", "2026-01-05T00:00:00Z", "Asia/Kolkata"), "2026-01-11T18:30:00Z");
  EXPECT_EQ(next("0 9 * * *", "2026-01-05T00:00:00Z", "Australia/Sydney"), "2026-01-05T22:00:00Z");
  EXPECT_EQ(next("0 9 * * *", "2026-07-05T00:00:00Z", "Australia/Sydney"), "2026-07-05T23:00:00Z");
}

TEST(CronSchedule, AnHourThatClocksLeaveOutHasNoTimesAndOneShownTwiceHasThemTwice) {
  // Europe/London goes from 00:59 to 02:00 on 29 March, and from 01:59 to 01:00 on 25 October.
  EXPECT_EQ(next("30 1 * * *", "2026-03-29T00:00:00Z", "Europe/London"), "2026-03-30T00:30:00Z");
  EXPECT_EQ(next("0 0 * * mon", "2026-03-28T12:00:00Z", "Europe/London"), "2026-03-29T23:00:00Z");
  EXPECT_EQ(next("30 1 * * *", "2026-10-25T00:00:00Z", "Europe/London"), "2026-10-25T00:30:00Z");
  EXPECT_EQ(next("30 1 * * *", "2026-10-25T00:30:00Z", "Europe/London"), "2026-10-25T01:30:00Z");
  EXPECT_EQ(next("30 1 * * *", "2026-10-25T01:30:00Z", "Europe/London"), "2026-10-26T01:30:00Z");
  EXPECT_EQ(next("30 2 * * *", "2026-03-08T07:31:00Z", "America/New_York"), "2026-03-09T06:30:00Z");
  EXPECT_EQ(next("30 2 * * *", "2026-03-08T06:00:00Z", "America/New_York"), "2026-03-09T06:30:00Z");
}

TEST(CronSchedule, AZonesTimesAreWrittenWithTheirOffset) {
  const auto text = [](const char* zone, const char* time) {
    return TimeZone::find(zone)->time_text(*parse_time(time));
  };
  EXPECT_EQ(text("Europe/London", "2026-01-05T09:00:00Z"), "2026-01-05T09:00:00Z");
  EXPECT_EQ(text("Europe/London", "2026-07-01T08:00:00Z"), "2026-07-01T09:00:00+01:00");
  EXPECT_EQ(text("America/New_York", "2026-01-05T02:00:00Z"), "2026-01-04T21:00:00-05:00");
  EXPECT_FALSE(TimeZone::find("Europe/Atlantis"));
}

TEST(CronSchedule, EveryCountsFromTheGivenTime) {
  EXPECT_EQ(next("@every 90s", "2026-01-05T10:00:10.7Z"), "2026-01-05T10:01:40Z");
  EXPECT_EQ(next("@every 1h30m", "2026-01-05T10:00:00Z"), "2026-01-05T11:30:00Z");
}

TEST(CronSchedule, WhatIsWrongIsSaidAsTheParserSaysIt) {
  const auto error = [](const char* text) {
    const auto parsed = CronSchedule::parse(text);
    return parsed ? std::string("no error") : parsed.error();
  };
  EXPECT_EQ(error(""), "empty spec string");
  EXPECT_EQ(error("* * * *"), "expected exactly 5 fields, found 4: [* * * *]");
  EXPECT_EQ(error("60 * * * *"), "end of range (60) above maximum (59): 60");
  EXPECT_EQ(error("* * 0 * *"), "beginning of range (0) below minimum (1): 0");
  EXPECT_EQ(error("5-3 * * * *"), "beginning of range (5) beyond end of range (3): 5-3");
  EXPECT_EQ(error("*/0 * * * *"), "step of range should be a positive number: */0");
  EXPECT_EQ(error("1-2-3 * * * *"), "too many hyphens: 1-2-3");
  EXPECT_EQ(error("1/2/3 * * * *"), "too many slashes: 1/2/3");
  EXPECT_EQ(error("x * * * *"), "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax");
  EXPECT_EQ(error("-1 * * * *"), "failed to parse int from : strconv.Atoi: parsing \"\": invalid syntax");
  EXPECT_EQ(error("@noon"), "unrecognized descriptor: @noon");
}

}  // namespace
}  // namespace seatrial::api
