#include "sim/engine/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/engine/time.h"

namespace seatrial {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

TEST(Check, NamesFileConditionAndMessage) {
  EXPECT_THAT([] { CHECK_MSG(1 + 1 == 3, "sums are off"); },
              ThrowsMessage<CheckFailure>(
                  AllOf(HasSubstr("check_test.cc:"), HasSubstr("1 + 1 == 3"), HasSubstr("sums are off"))));
  EXPECT_NO_THROW(CHECK(1 + 1 == 2));
}

TEST(Check, SaysHowToReproduceTheRun) {
  set_check_context("scenario drain, seed 7");
  SimTime now;
  {
    const CheckClock clock(now);
    now = SimTime::at(Duration::millis(1500));
    EXPECT_THAT([] { CHECK(false); },
                ThrowsMessage<CheckFailure>(HasSubstr("at 1.5s (scenario drain, seed 7)")));
  }
  EXPECT_THAT([] { CHECK(false); }, ThrowsMessage<CheckFailure>(Not(HasSubstr("1.5s"))));
  set_check_context("");
  EXPECT_THAT([] { CHECK(false); }, ThrowsMessage<CheckFailure>(Not(HasSubstr("seed 7"))));
}

TEST(Check, EvaluatesItsMessageOnlyOnFailure) {
  int evaluated = 0;
  const auto message = [&] {
    ++evaluated;
    return "m";
  };
  CHECK_MSG(true, message());
  EXPECT_EQ(evaluated, 0);
}

}  // namespace
}  // namespace seatrial
