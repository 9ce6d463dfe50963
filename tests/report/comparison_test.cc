// The versions of one scenario beside each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/report/writers.h"

namespace seatrial::report {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

RunResult version(const std::string& variant, std::uint64_t failed, const std::string& seen) {
  RunResult result;
  result.scenario = "shop";
  result.variant = variant;
  result.pass = failed == 0;
  Requests requests;
  requests.load = "public";
  requests.total = 1000;
  requests.ok = 1000 - failed;
  requests.failed = failed;
  result.requests = {requests};
  result.expectations = {{"requests of public: failed = 0", failed == 0, seen, {}},
                         {"rollout of deployment/web completes", true, "took 30s", {}}};
  if (failed > 0) {
    Finding finding;
    finding.rule = "no-endpoints";
    result.findings = {finding};
  }
  return result;
}

const Style kPlain{false, 100};

TEST(Comparison, ShowsEachVersionWithItsNumbers) {
  const std::string text =
      comparison_report({version("", 20, "failed 20"), version("mended", 0, "failed 0")}, kPlain);
  EXPECT_THAT(text, HasSubstr("shop, 2 versions\n"));
  EXPECT_THAT(text, HasSubstr("  base    FAIL   1 of 2 held     1,000      20  2.00%"));
  EXPECT_THAT(text, HasSubstr("  mended  PASS   2 of 2 held     1,000       0     0%"));
}

TEST(Comparison, NamesWhatHoldsInSomeOnlyAndNothingElse) {
  const std::string text =
      comparison_report({version("", 20, "failed 20"), version("mended", 0, "failed 0")}, kPlain);
  EXPECT_THAT(text, HasSubstr("  requests of public: failed = 0\n"
                              "    base    FAILED  failed 20\n"
                              "    mended  held    failed 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("rollout of deployment/web")));
  EXPECT_THAT(text, HasSubstr("  no-endpoints: base\n"));
}

TEST(Comparison, WhatAllVersionsShareIsNotSaid) {
  const std::string text =
      comparison_report({version("", 20, "failed 20"), version("other", 30, "failed 30")}, kPlain);
  EXPECT_THAT(text, Not(HasSubstr("What holds in some only")));
  EXPECT_THAT(text, Not(HasSubstr("Findings of some only")));
}

TEST(Comparison, AnExpectationThatOnlyOneHasIsSaid) {
  RunResult strict = version("strict", 0, "failed 0");
  strict.expectations.push_back({"requests of public: p99 < 1ms", false, "p99 20ms", {}});
  EXPECT_THAT(comparison_report({version("", 0, "failed 0"), strict}, kPlain),
              HasSubstr("  requests of public: p99 < 1ms\n    strict  FAILED  p99 20ms\n"));
}

TEST(Comparison, OneVersionIsNotCompared) {
  EXPECT_THAT(comparison_report({version("", 20, "failed 20")}, kPlain), IsEmpty());
}

TEST(Comparison, TextAndJUnitNameTheVariant) {
  const RunResult mended = version("mended", 0, "failed 0");
  EXPECT_THAT(text_report(mended, kPlain), testing::StartsWith("shop/mended\nPASS"));
  EXPECT_THAT(junit_report({mended}), HasSubstr("<testsuite name=\"shop/mended\""));
  EXPECT_THAT(json_report({mended}), HasSubstr("\"variant\": \"mended\""));
  EXPECT_THAT(json_report({version("", 0, "failed 0")}), HasSubstr("\"variant\": null"));
}

}  // namespace
}  // namespace seatrial::report
