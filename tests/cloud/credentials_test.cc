// Roles, and how long credentials last while STS comes and goes.
#include "sim/cloud/credentials.h"

#include <gtest/gtest.h>

namespace seatrial::cloud {
namespace {

using namespace literals;

// Minutes throughout; a life of 60, renewed 5 before.
struct HandRow {
  const char* name;
  std::vector<std::pair<int, int>> away;  // -1: it is still away
  int began, now;
  int got, expires;  // -1: none
};
void PrintTo(const HandRow& row, std::ostream* out) { *out << row.name; }

SimTime minute(int n) { return SimTime::at(Duration::seconds(n * 60)); }

class InHand : public testing::TestWithParam<HandRow> {};

TEST_P(InHand, IsTheLatestThatStsGave) {
  const HandRow& row = GetParam();
  std::vector<StsOutage> outages;
  for (const auto& [began, ended] : row.away)
    outages.push_back({minute(began), ended < 0 ? SimTime::max() : minute(ended), JournalId::kNone});
  const auto has = credentials_in_hand({}, outages, minute(row.began), minute(row.now));
  ASSERT_EQ(has.has_value(), row.got >= 0);
  if (!has) return;
  EXPECT_EQ(has->got, minute(row.got));
  EXPECT_EQ(has->expires, minute(row.expires));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, InHand,
    testing::Values(HandRow{"AtTheBeginning", {}, 0, 0, 0, 60}, HandRow{"BeforeTheRenewal", {}, 0, 54, 0, 60},
                    HandRow{"AtTheRenewal", {}, 0, 55, 55, 115},
                    HandRow{"AfterManyRenewals", {}, 3, 3 + 55 * 100 + 7, 3 + 5500, 3 + 5560},
                    HandRow{"ARenewalFails", {{50, -1}}, 0, 58, 0, 60},
                    HandRow{"ExpiredMeanwhile", {{50, -1}}, 0, 100, 0, 60},
                    HandRow{"RenewedAsStsIsBack", {{50, 140}}, 0, 140, 140, 200},
                    HandRow{"RenewsFromThenOn", {{50, 140}}, 0, 200, 195, 255},
                    HandRow{"RenewedJustBefore", {{57, -1}}, 0, 114, 55, 115},
                    HandRow{"ARenewalAtTheInstantOfTheOutage", {{55, -1}}, 0, 56, 0, 60},
                    HandRow{"ARenewalAtTheInstantOfItsEnd", {{50, 55}}, 0, 55, 55, 115},
                    HandRow{"AShortOutageBetweenRenewals", {{10, 50}}, 0, 56, 55, 115},
                    HandRow{"BeganMeanwhile", {{10, -1}}, 20, 30, -1, -1},
                    HandRow{"BeganMeanwhileAndStsIsBack", {{10, 40}}, 20, 45, 40, 100},
                    HandRow{"AfterAnOutageLongAgo", {{10, 40}}, 50, 50, 50, 110},
                    HandRow{"TwoOutages", {{50, 70}, {120, -1}}, 0, 130, 70, 130},
                    HandRow{"TwoOutagesAndAllIsWell", {{50, 70}, {120, 128}}, 0, 129, 128, 188},
                    HandRow{"BegunBeforeTimeZero", {}, -50, 10, 5, 65}));

TEST(Credentials, TheirLifeAndTheirRenewalAreParameters) {
  const CredentialRules rules{900_s, 60_s};
  const auto has = credentials_in_hand(rules, {}, SimTime(), SimTime::at(850_s));
  EXPECT_EQ(has, (CredentialsInHand{SimTime::at(840_s), SimTime::at(1740_s)}));
}

struct RoleRow {
  const char* name;
  const char *account, *arn, *resource;
  Denial denial;
};
void PrintTo(const RoleRow& row, std::ostream* out) { *out << row.name; }

class RolesSay : public testing::TestWithParam<RoleRow> {};

TEST_P(RolesSay, WhoMayUseWhat) {
  const RoleRow& row = GetParam();
  const std::vector<IamRole> roles{{"worker", {{"ns", "worker"}, {"ns", "spare"}}, {"sqs/jobs"}, {}},
                                   {"arn:aws:iam::1:role/reader", {{"ns", "web"}}, {"external/s3"}, {}}};
  EXPECT_EQ(denial_of(roles, {{"ns", row.account}, row.arn}, row.resource), row.denial);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RolesSay,
    testing::Values(
        RoleRow{"Allowed", "worker", "arn:aws:iam::1:role/worker", "sqs/jobs", Denial::kNone},
        RoleRow{"AnyOfThoseItTrusts", "spare", "arn:aws:iam::1:role/worker", "sqs/jobs", Denial::kNone},
        RoleRow{"APathBeforeItsName", "worker", "arn:aws:iam::1:role/team/worker", "sqs/jobs", Denial::kNone},
        RoleRow{"ByItsArn", "web", "arn:aws:iam::1:role/reader", "external/s3", Denial::kNone},
        RoleRow{"OpenToEverybody", "web", "", "rds/main", Denial::kNone},
        RoleRow{"NoRole", "worker", "", "sqs/jobs", Denial::kNoRole},
        RoleRow{"OfAnotherAccount", "web", "arn:aws:iam::2:role/reader", "external/s3", Denial::kUnknownRole},
        RoleRow{"NothingIsSaidOfIt", "worker", "arn:aws:iam::1:role/other", "sqs/jobs", Denial::kUnknownRole},
        RoleRow{"TrustsAnother", "web", "arn:aws:iam::1:role/worker", "sqs/jobs", Denial::kNotTrusted},
        RoleRow{"AllowsSomethingElse", "web", "arn:aws:iam::1:role/reader", "sqs/jobs",
                Denial::kNotAllowed}));

}  // namespace
}  // namespace seatrial::cloud
