#include "sim/engine/time.h"

#include <gtest/gtest.h>

#include <limits>

namespace seatrial {
namespace {

using namespace literals;

TEST(Duration, IsPrintedInTheShortestExactForm) {
  struct Row {
    Duration value;
    const char* text;
  };
  for (const Row& row :
       {Row{0_s, "0s"}, Row{1_ns, "1ns"}, Row{999_ns, "999ns"}, Row{35_us, "35us"}, Row{1001_ns, "1.001us"},
        Row{850_ms, "850ms"}, Row{1500_us, "1.5ms"}, Row{12345_ms, "12.345s"}, Row{60_s, "1m"},
        Row{123400_ms, "2m3.4s"}, Row{1_h, "1h"}, Row{1_h + 1_s, "1h1s"},
        Row{1_h + 1_min + 1_ms, "1h1m0.001s"}, Row{-(1500_ms), "-1.5s"},
        Row{Duration::max(), "2562047h47m16.854775807s"},
        Row{Duration::nanos(std::numeric_limits<std::int64_t>::min()), "-2562047h47m16.854775808s"}}) {
    EXPECT_EQ(to_string(row.value), row.text);
  }
}

TEST(SimTime, IsPrintedAsTheTimeSinceTheStart) {
  EXPECT_EQ(to_string(SimTime::at(90_s)), "1m30s");
  EXPECT_EQ(to_string(SimTime::at(-(2_s))), "-2s");
}

TEST(SimTime, IsCutToWholeSecondsTowardsThePast) {
  EXPECT_EQ(SimTime::at(1999_ms).whole_second(), SimTime::at(1_s));
  EXPECT_EQ(SimTime::at(2_s).whole_second(), SimTime::at(2_s));
  EXPECT_EQ(SimTime::at(-(1_ms)).whole_second(), SimTime::at(-(1_s)));
}

}  // namespace
}  // namespace seatrial
