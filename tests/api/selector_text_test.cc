#include "sim/api/selector_text.h"

#include <gtest/gtest.h>

namespace seatrial::api {
namespace {

struct Row {
  const char* name;
  const char* text;
  bool web, db;  // does it select {app: web, tier: front}, {app: db}?
};
class Selectors : public testing::TestWithParam<Row> {};
TEST_P(Selectors, SelectWhatTheyShould) {
  const auto selector = parse_selector(GetParam().text);
  ASSERT_TRUE(selector) << selector.error();
  EXPECT_EQ(selector->matches({{"app", "web"}, {"tier", "front"}}), GetParam().web);
  EXPECT_EQ(selector->matches({{"app", "db"}}), GetParam().db);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, Selectors,
    testing::Values(Row{"Empty", "", true, true}, Row{"Equal", "app=web", true, false},
                    Row{"DoubleEqual", "app == db", false, true}, Row{"NotEqual", "app!=web", false, true},
                    Row{"NotEqualToNothing", "tier!=back", true, true},
                    Row{"In", "app in (web, db)", true, true}, Row{"NotIn", "app notin (db)", true, false},
                    Row{"Exists", "tier", true, false}, Row{"DoesNotExist", "!tier", false, true},
                    Row{"Several", "app=web,tier in (front),!canary", true, false}),
    [](const auto& row) { return row.param.name; });

TEST(Selectors, RefuseWhatIsNone) {
  for (const char* const text : {"app=web,", "=web", "app in web", "app in (web", "app ~ web", "a b",
                                 "app=a b", "app=web!", "!", "app==x,", "-x=1"})
    EXPECT_FALSE(parse_selector(text)) << text;
}

TEST(Selectors, ArePrintedAsKubectlPrintsThem) {
  LabelSelector selector;
  selector.match_labels = {{"b", "1"}, {"a", "2"}};
  selector.match_expressions = {{"c", LabelSelectorRequirement::Operator::kIn, {"x", "y"}},
                                {"aa", LabelSelectorRequirement::Operator::kDoesNotExist, {}}};
  EXPECT_EQ(selector_text(selector), "a=2,!aa,b=1,c in (x,y)");
  EXPECT_EQ(selector_text({}), "");
}

}  // namespace
}  // namespace seatrial::api
