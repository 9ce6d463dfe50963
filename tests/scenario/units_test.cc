#include "sim/scenario/units.h"

#include <gtest/gtest.h>

namespace seatrial::scenario {
namespace {

using namespace literals;

TEST(Units, DurationsAreThoseOfGoAndPrometheus) {
  struct Row {
    const char* text;
    Duration value;
  };
  const Row rows[] = {{"90s", 90_s},   {"1m30s", 90_s},      {"1.5h", 90_min},  {"250ms", 250_ms},
                      {"35us", 35_us}, {"2d", 48_h},         {"0", 0_s},        {"-5s", -5_s},
                      {"+5s", 5_s},    {"1m0.5s", 60500_ms}, {"100ns", 100_ns}, {"0.000000001s", 1_ns}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    const auto parsed = parse_duration(row.text);
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(*parsed, row.value);
  }
}

TEST(Units, WrongDurationsSayWhatIsWrong) {
  EXPECT_NE(parse_duration("30").error().find("missing unit"), std::string::npos);
  EXPECT_NE(parse_duration("3 minutes").error().find("unknown unit"), std::string::npos);
  EXPECT_NE(parse_duration("").error().find("invalid duration"), std::string::npos);
  EXPECT_NE(parse_duration("s").error().find("invalid duration"), std::string::npos);
  EXPECT_NE(parse_duration("99999999999999999999s").error().find("too many digits"), std::string::npos);
  EXPECT_NE(parse_duration("999999999w").error().find("longer"), std::string::npos);
}

TEST(Units, RatesAreKeptToThousandths) {
  EXPECT_EQ(parse_rate("400/s")->milli_per_second, 400'000);
  EXPECT_EQ(parse_rate("1.5/s")->milli_per_second, 1'500);
  EXPECT_EQ(parse_rate("24000/m")->milli_per_second, 400'000);
  EXPECT_EQ(parse_rate("90/h")->milli_per_second, 25);
  EXPECT_EQ(parse_rate("0/s")->milli_per_second, 0);
  for (const char* text : {"400", "400/day", "-1/s", "x/s", "/s", "1/h/s", "99999999999/s"})
    EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(Units, ComparisonsHaveTheUnitOfWhatTheyCompare) {
  const auto p99 = parse_bound("< 800ms", checks::Unit::kDuration);
  ASSERT_TRUE(p99);
  EXPECT_TRUE((*p99)(799'000'000));
  EXPECT_FALSE((*p99)(800'000'000));
  EXPECT_TRUE((*parse_bound("0", checks::Unit::kCount))(0));
  EXPECT_TRUE((*parse_bound(">=3", checks::Unit::kCount))(3));
  EXPECT_TRUE((*parse_bound("<= 0.1%", checks::Unit::kShare))(1000));
  EXPECT_FALSE((*parse_bound("!= 3", checks::Unit::kCount))(3));
  EXPECT_FALSE(parse_bound("800ms", checks::Unit::kDuration));
  EXPECT_FALSE(parse_bound("< 3", checks::Unit::kDuration));
  EXPECT_FALSE(parse_bound("many", checks::Unit::kCount));
  EXPECT_FALSE(parse_bound("< 101%", checks::Unit::kShare));
}

TEST(Units, AMisspeltWordFindsTheNearestOne) {
  const std::vector<std::string> words{"timeout", "rate", "retries"};
  EXPECT_EQ(nearest("timout", words), "timeout");
  EXPECT_EQ(nearest("Rate", words), "rate");
  EXPECT_EQ(nearest("colour", words), "");
}

}  // namespace
}  // namespace seatrial::scenario
