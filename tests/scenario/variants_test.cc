// spec.variants: other versions of one scenario.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/run.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string with_variants(const std::string& variants) { return std::string(kScenario) + variants; }

constexpr const char* kTwo = R"(  variants:
    - {name: longer, description: twice as long, duration: 10m}
    - name: quiet
      load: []
      expect: [{rollout: deployment/web, completesWithin: 4m}]
)";

std::vector<std::string> problems_of_all(const std::string& scenario) {
  std::vector<std::string> texts;
  if (const auto all = load_versions("s", small_files(scenario)); !all)
    for (const api::Problem& problem : all.error()) texts.push_back(problem.str());
  return texts;
}

TEST(Variants, TheBaseIsWhatSpecSaysWithoutThem) {
  const auto base = load_scenario("s", small_files(with_variants(kTwo)));
  ASSERT_TRUE(base) << base.error().front().str();
  EXPECT_EQ(base->full_name(), "small");
  EXPECT_EQ(base->description, "a test");
  EXPECT_EQ(base->duration, 5_min);
  EXPECT_EQ(base->load.size(), 1u);
  const auto named = load_scenario("s", small_files(with_variants(kTwo)), "base");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->full_name(), "small");
}

TEST(Variants, EachKeyOfAVariantTakesThePlaceOfTheOneInSpec) {
  const auto all = load_versions("s", small_files(with_variants(kTwo)));
  ASSERT_TRUE(all) << all.error().front().str();
  ASSERT_EQ(all->size(), 3u);
  const Scenario &longer = (*all)[1], &quiet = (*all)[2];
  EXPECT_EQ(longer.full_name(), "small/longer");
  EXPECT_EQ(longer.description, "twice as long");
  EXPECT_EQ(longer.duration, 10_min);
  EXPECT_EQ(longer.load.size(), 1u);
  EXPECT_EQ(longer.expect.size(), 3u);
  EXPECT_EQ(quiet.description, "a test");
  EXPECT_EQ(quiet.duration, 5_min);
  EXPECT_TRUE(quiet.load.empty());
  EXPECT_EQ(quiet.expect.size(), 1u);
  EXPECT_EQ(quiet.timeline.size(), 2u);
}

TEST(Variants, AResultNamesItsVariant) {
  auto loaded = load_scenario("s", small_files(with_variants(kTwo)), "quiet");
  ASSERT_TRUE(loaded);
  const auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->scenario, "small");
  EXPECT_EQ(result->variant, "quiet");
}

TEST(Variants, AnUnknownOneIsNamedWithThoseThatThereAre) {
  const auto near = load_scenario("s", small_files(with_variants(kTwo)), "quite");
  ASSERT_FALSE(near);
  EXPECT_THAT(near.error().front().str(),
              testing::AllOf(testing::StartsWith("s/scenario.yaml:22:5: spec.variants: there is no variant "
                                                 "\"quite\", did you mean \"quiet\"?"),
                             HasSubstr("(there are: base, longer, quiet)")));
  const auto none = load_scenario("s", small_files(), "quiet");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().front().str(), HasSubstr("(there are: base)"));
  EXPECT_FALSE(load_scenario("s", small_files(), "all"));
}

TEST(Variants, BadNamesAreReportedWhicheverIsPlayed) {
  const std::string scenario = with_variants(R"(  variants:
    - {name: longer, duration: 10m}
    - {name: longer, duration: 20m}
    - {duration: 7m}
    - {name: all}
    - {name: Not a label}
)");
  EXPECT_THAT(problems_of(small_files(scenario)),
              ElementsAre(HasSubstr("s/scenario.yaml:23:14: spec.variants[1].name: two variants are called"),
                          HasSubstr("24:7: spec.variants[2].name: required field is missing"),
                          HasSubstr("spec.variants[3].name: \"all\" is not for a variant"),
                          HasSubstr("spec.variants[4].name: a lowercase RFC 1123 label")));
}

TEST(Variants, ProblemsInThemHaveTheirPositionAndPath) {
  EXPECT_THAT(problems_of_all(with_variants(R"(  variants:
    - name: odd
      durations: 10m
      timeline: [{at: 9m, cordon: default-1}]
)")),
              ElementsAre(HasSubstr("s/scenario.yaml:23:7: spec.variants[0].durations: unknown field"),
                          HasSubstr("s/scenario.yaml:24:23: spec.variants[0].timeline[0].at: lies after")));
}

TEST(Variants, WhatDoesNotFitTogetherSaysInWhichVariant) {
  EXPECT_THAT(problems_of_all(with_variants("  variants: [{name: brief, duration: 90s}]\n")),
              ElementsAre(HasSubstr("s/scenario.yaml:16:12: spec.timeline[1].at: lies after the end of the "
                                    "scenario (duration 1m30s) (in variant brief)")));
}

TEST(Variants, WhatIsWrongInTheBaseIsReportedOnce) {
  const std::string scenario = with_variants(kTwo);
  EXPECT_EQ(problems_of_all(broken("rate: 100/s", "rate: many", scenario)).size(), 1u);
}

}  // namespace
}  // namespace seatrial::scenario
