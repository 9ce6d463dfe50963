#include "sim/api/meta.h"

#include <gtest/gtest.h>

#include "sim/api/core.h"
#include "sim/api/int_or_string.h"
#include "sim/api/time_text.h"

namespace seatrial::api {
namespace {

TEST(Symbol, EqualTextIsOneObjectAndOrderIsThatOfTheText) {
  EXPECT_EQ(&Symbol("web").str(), &Symbol(std::string("web")).str());
  EXPECT_EQ(Symbol(), Symbol(""));
  EXPECT_TRUE(Symbol().empty());
  EXPECT_LT(Symbol("a"), Symbol("b"));
}

TEST(LabelMap, IsSortedAndReplacesValues) {
  LabelMap labels{{"b", "2"}, {"a", "1"}};
  labels.set("b", "3");
  labels.set("c", "");
  EXPECT_EQ(labels.get("b"), "3");
  EXPECT_TRUE(labels.contains("c"));
  EXPECT_EQ(labels.begin()->first.str(), "a");
  labels.erase("a");
  EXPECT_EQ(labels.size(), 2u);
  EXPECT_EQ(labels.get("a"), "");
}

TEST(Uid, IsPrintedInFiveGroups) {
  EXPECT_EQ((Uid{0x0123456789abcdef, 0xfedcba9876543210}).str(), "01234567-89ab-cdef-fedc-ba9876543210");
}

using Op = LabelSelectorRequirement::Operator;
struct SelectorRow {
  const char* name;
  LabelSelector selector;
  LabelMap labels;
  bool matches;
};
class Selects : public testing::TestWithParam<SelectorRow> {};
TEST_P(Selects, WhatTheRowSays) {
  EXPECT_EQ(GetParam().selector.matches(GetParam().labels), GetParam().matches);
}

LabelSelector expression(Op op, std::vector<Symbol> values) {
  LabelSelector selector;
  selector.match_expressions.push_back({"tier", op, std::move(values)});
  return selector;
}
const LabelMap kFront{{"app", "web"}, {"tier", "front"}};

INSTANTIATE_TEST_SUITE_P(
    Selector, Selects,
    testing::Values(SelectorRow{"EmptyTakesAll", {}, kFront, true},
                    SelectorRow{
                        "LabelsMustAllMatch", {{{"app", "web"}, {"tier", "back"}}, {}}, kFront, false},
                    SelectorRow{"LabelsMatch", {{{"app", "web"}}, {}}, kFront, true},
                    SelectorRow{"In", expression(Op::kIn, {"front", "back"}), kFront, true},
                    SelectorRow{"InNeedsTheKey", expression(Op::kIn, {"front"}), {}, false},
                    SelectorRow{"NotIn", expression(Op::kNotIn, {"front"}), kFront, false},
                    SelectorRow{"NotInTakesAbsent", expression(Op::kNotIn, {"front"}), {}, true},
                    SelectorRow{"Exists", expression(Op::kExists, {}), kFront, true},
                    SelectorRow{"DoesNotExist", expression(Op::kDoesNotExist, {}), kFront, false},
                    SelectorRow{"Greater", expression(Op::kGt, {"3"}), {{"tier", "4"}}, true},
                    SelectorRow{"GreaterOfText", expression(Op::kGt, {"3"}), kFront, false},
                    SelectorRow{"Less", expression(Op::kLt, {"3"}), {{"tier", "3"}}, false}),
    [](const auto& row) { return row.param.name; });

struct ScaleRow {
  IntOrString value;
  int total, up, down;
};
class Scales : public testing::TestWithParam<ScaleRow> {};
TEST_P(Scales, UpAndDown) {
  EXPECT_EQ(scaled_value(GetParam().value, GetParam().total, true).value(), GetParam().up);
  EXPECT_EQ(scaled_value(GetParam().value, GetParam().total, false).value(), GetParam().down);
}
INSTANTIATE_TEST_SUITE_P(IntOrString, Scales,
                         testing::Values(ScaleRow{{0, "25%"}, 10, 3, 2}, ScaleRow{{0, "25%"}, 3, 1, 0},
                                         ScaleRow{{2, {}}, 10, 2, 2}, ScaleRow{{0, "100%"}, 7, 7, 7},
                                         ScaleRow{{0, "0%"}, 7, 0, 0}, ScaleRow{{0, "50%"}, 4, 2, 2}));

TEST(IntOrString, RefusesWhatIsNoPercentage) {
  for (const char* const text : {"200", "30%0", "%", "a%", "a", "40#", "40%%"}) {
    EXPECT_FALSE(scaled_value({0, text}, 10, true).has_value()) << text;
  }
  EXPECT_EQ(scaled_value({0, "x"}, 10, true).error(),
            "invalid value for IntOrString: invalid type: string is not a percentage");
}

TEST(Time, IsWrittenAndReadAsTheApiDoes) {
  const SimTime time = SimTime::at(Duration::seconds(90) + Duration::micros(1500));
  EXPECT_EQ(time_text(time), "2026-01-05T00:01:30Z");
  EXPECT_EQ(micro_time_text(time), "2026-01-05T00:01:30.001500Z");
  EXPECT_EQ(parse_time("2026-01-05T00:01:30Z"), SimTime::at(Duration::seconds(90)));
  EXPECT_EQ(parse_time("2026-01-05T01:01:30+01:00"), SimTime::at(Duration::seconds(90)));
  EXPECT_EQ(time_text(SimTime::at(Duration::seconds(-1))), "2026-01-04T23:59:59Z");
  for (const char* const text :
       {"", "yesterday", "2026-13-05T00:00:00Z", "2026-01-05", "2026-01-05T00:00:00"}) {
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace seatrial::api
