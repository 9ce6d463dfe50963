// `iam:`, `credentials:` and the fault of STS: what is read, and what is refused where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/load.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kIam =
    "  iam:\n"
    "    worker: {trusts: default/worker, allows: [sqs/jobs, external/s3]}\n"
    "    arn:aws:iam::1:role/reader: {trusts: [default/default, default/worker], allows: external/s3}\n";

MemoryFiles with_iam(const std::string& iam = kIam, const std::string& entry = "sts: unavailable, for: 3m",
                     const std::string& platform = "") {
  MemoryFiles files = small_files(
      broken("  images:\n",
             "  resources:\n    external: [{name: s3, address: 203.0.113.10}]\n    rds: [{name: main}]\n"
             "    sqs: [{name: jobs, rate: 2/s}]\n" +
                 iam + "  images:\n",
             broken("apply: [web.yaml]", "apply: [web.yaml, account.yaml]",
                    broken("  timeline:\n", "  timeline:\n    - {at: 30s, " + entry + "}\n"))));
  files.add("s/account.yaml", "{apiVersion: v1, kind: ServiceAccount, metadata: {name: worker}}");
  files.add("s/platform.yaml", kPlatform + platform);
  return files;
}

TEST(Iam, IsReadWithItsDefaults) {
  const auto scenario = load_scenario("s", with_iam());
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  ASSERT_EQ(scenario->iam.size(), 2u);
  EXPECT_EQ(scenario->iam[0].name.view(), "worker");
  EXPECT_THAT(scenario->iam[0].trusts, ElementsAre(cloud::ServiceAccountName{"default", "worker"}));
  EXPECT_THAT(scenario->iam[0].allows, ElementsAre(api::Symbol("sqs/jobs"), api::Symbol("external/s3")));
  EXPECT_EQ(scenario->iam[1].trusts.size(), 2u);
  EXPECT_EQ(scenario->iam[1].source.line, 15);
  EXPECT_EQ(scenario->platform.credentials.life, 1_h);
  EXPECT_EQ(scenario->platform.credentials.renew_before, 5_min);
  EXPECT_EQ(scenario->timeline[0].text, "STS is unavailable for 3m");
  EXPECT_EQ(std::get<LoseSts>(scenario->timeline[0].action).lasts, 3_min);
}

TEST(Iam, LifeAndRenewalAreThePlatforms) {
  const auto scenario =
      load_scenario("s", with_iam(kIam, "sts: unavailable", "  credentials: {life: 2h, renewBefore: 1m}\n"));
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  EXPECT_EQ(scenario->platform.credentials.life, 2_h);
  EXPECT_EQ(scenario->platform.credentials.renew_before, 1_min);
}

struct Refused {
  const char* name;
  std::string iam, entry, platform;
  std::string problem;  // "path: message"
};
void PrintTo(const Refused& row, std::ostream* out) { *out << row.name; }

std::string role(const std::string& what) { return "  iam:\n    r: {" + what + "}\n"; }

std::vector<Refused> refused() {
  const std::string sts = "sts: unavailable";
  return {
      {"UnknownAccount", role("trusts: default/wroker, allows: sqs/jobs"), sts, "",
       "spec.iam[r].trusts: no ServiceAccount \"wroker\" in namespace \"default\" is applied, did you mean "
       "\"default/worker\"?"},
      {"NoNamespace", role("trusts: worker, allows: sqs/jobs"), sts, "",
       "spec.iam[r].trusts: expected NAMESPACE/SERVICEACCOUNT, got \"worker\""},
      {"TrustsTwice", role("trusts: [default/worker, default/worker], allows: sqs/jobs"), sts, "",
       "spec.iam[r].trusts[1]: \"default/worker\" is named twice"},
      {"UnknownQueue", role("trusts: default/worker, allows: sqs/job"), sts, "",
       "spec.iam[r].allows: no queue \"sqs/job\" is declared, did you mean \"sqs/jobs\"?"},
      {"UnknownHost", role("trusts: default/worker, allows: [external/s4]"), sts, "",
       "spec.iam[r].allows[0]: no resource \"external/s4\" is declared, did you mean \"external/s3\"?"},
      {"ADatabase", role("trusts: default/worker, allows: rds/main"), sts, "",
       "spec.iam[r].allows: expected sqs/NAME or external/NAME of `resources`, got \"rds/main\""},
      {"AllowsTwice", role("trusts: default/worker, allows: [sqs/jobs, sqs/jobs]"), sts, "",
       "spec.iam[r].allows[1]: \"sqs/jobs\" is named twice"},
      {"UnknownField", role("trusts: default/worker, allows: sqs/jobs, allow: x"), sts, "",
       "unknown field \"spec.iam[r].allow\""},
      {"TrustsNobody", role("allows: sqs/jobs"), sts, "", "spec.iam[r].trusts: "},
      {"TheSameRole", kIam + "    reader: {trusts: default/worker, allows: sqs/jobs}\n", sts, "",
       "spec.iam[reader]: is the role \"arn:aws:iam::1:role/reader\" as well"},
      {"AnotherArn", "  iam:\n    arn:aws:iam::1:user/x: {trusts: default/worker, allows: sqs/jobs}\n", sts,
       "", "expected the ARN of a role"},
      {"NobodyDepends", "", sts, "", "spec.timeline[0].sts: nobody depends on STS"},
      {"OtherThanUnavailable", kIam, "sts: down", "", "spec.timeline[0].sts: "},
      {"LivesTooShort", kIam, sts, "  credentials: {life: 5m, renewBefore: 1m}\n", "spec.credentials.life: "},
      {"LivesTooLong", kIam, sts, "  credentials: {life: 13h}\n",
       "spec.credentials.life: must be at most 12h"},
      {"RenewedTooEarly", kIam, sts, "  credentials: {life: 30m, renewBefore: 30m}\n",
       "spec.credentials.renewBefore: must be less than they live, 30m"},
  };
}

class IamRefused : public testing::TestWithParam<Refused> {};

TEST_P(IamRefused, SaysWhere) {
  const Refused& row = GetParam();
  EXPECT_THAT(problems_of(with_iam(row.iam, row.entry, row.platform)), ElementsAre(HasSubstr(row.problem)));
}

INSTANTIATE_TEST_SUITE_P(All, IamRefused, testing::ValuesIn(refused()),
                         [](const auto& info) { return info.param.name; });

TEST(Iam, AllProblemsAreSaidAtOnce) {
  EXPECT_EQ(problems_of(with_iam(role("trusts: [default/x, y], allows: [sqs/a, rds/b]"))).size(), 4u);
}

}  // namespace
}  // namespace seatrial::scenario
