#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cloud/terraform_fixture.h"

namespace seatrial::cloud {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::value_of;

struct ExpressionRow {
  const char* name;
  const char* expression;
  const char* json;  // what jsonencode makes of it
};
class HclExpression : public testing::TestWithParam<ExpressionRow> {};

TEST_P(HclExpression, ComesTo) {
  EXPECT_EQ(hcl::json_text(value_of(GetParam().expression)), GetParam().json);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, HclExpression,
    testing::Values(
        ExpressionRow{"Number", "1.50", "1.5"}, ExpressionRow{"Precedence", "1 + 2 * 3 - 8 / 4", "5"},
        ExpressionRow{"Comparison", "2 >= 2 && !(1 > 2) || false", "true"},
        ExpressionRow{"Conditional", "1 == 2 ? \"a\" : \"b\"", "\"b\""},
        ExpressionRow{"TextsAndNumbersConvert", "\"5\" + 1", "6"},
        ExpressionRow{"Template", "\"a-${1 + 1}-${true}\"", "\"a-2-true\""},
        ExpressionRow{"EscapedTemplate", "\"$${x} %%{y} \\\"q\\\" \\u00e9\"", "\"${x} %{y} \\\"q\\\" é\""},
        ExpressionRow{"TemplateOfOneValueKeepsItsType", "\"${[1, 2]}\"", "[1,2]"},
        ExpressionRow{"TemplateIf", "\"%{ if true }yes%{ else }no%{ endif }\"", "\"yes\""},
        ExpressionRow{"TemplateFor", "\"%{ for x in [1, 2] }<${x}>%{ endfor }\"",
                      "\"\\u003c1\\u003e\\u003c2\\u003e\""},
        ExpressionRow{"Heredoc", "<<EOT\n  one\n  two\nEOT\n", "\"  one\\n  two\\n\""},
        ExpressionRow{"IndentedHeredoc", "<<-EOT\n    one\n      two\n    EOT\n", "\"one\\n  two\\n\""},
        ExpressionRow{"Object", "{ a = 1, \"b-c\" : [true, null], (\"d\") = {} }",
                      "{\"a\":1,\"b-c\":[true,null],\"d\":{}}"},
        ExpressionRow{"Index", "{ a = [\"x\", \"y\"] }.a[1]", "\"y\""},
        ExpressionRow{"For", "[for i, x in [\"a\", \"b\"] : \"${i}${x}\" if i > 0]", "[\"1b\"]"},
        ExpressionRow{"ForObject", "{ for k, v in { a = 1, b = 2 } : v => k }", "{\"1\":\"a\",\"2\":\"b\"}"},
        ExpressionRow{"ForGrouped", "{ for x in [\"ab\", \"ac\"] : substr(x, 0, 1) => x... }",
                      "{\"a\":[\"ab\",\"ac\"]}"},
        ExpressionRow{"Splat", "[{ a = 1 }, { a = 2 }][*].a", "[1,2]"},
        ExpressionRow{"JsonEncode", "jsonencode({ b = \"<\", a = [1] })",
                      "\"{\\\"a\\\":[1],\\\"b\\\":\\\"\\\\u003c\\\"}\""},
        ExpressionRow{"Functions", "join(\"-\", reverse(sort(distinct([\"b\", \"a\", \"b\"]))))", "\"b-a\""},
        ExpressionRow{"Merge", "merge({ a = 1 }, { a = 2, b = 3 })", "{\"a\":2,\"b\":3}"},
        ExpressionRow{"Replace", "replace(\"app-preprod\", \"preprod\", \"prod\")", "\"app-prod\""},
        ExpressionRow{"Expansion", "max([1, 5, 3]...)", "5"},
        ExpressionRow{"TryTakesWhatWorks", "try({}.none, \"other\")", "\"other\""},
        ExpressionRow{"UnknownStaysAsWritten", "\"postgres://${module.rds.host}/x\"",
                      "\"postgres://${module.rds.host}/x\""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Hcl, AnUnknownValueKnowsWhereItComesFrom) {
  const hcl::Value value = value_of("format(\"%s:%s\", module.rds.host, lower(var.port))");
  EXPECT_TRUE(value.is_unknown());
  EXPECT_THAT(value.sources, ElementsAre("module.rds.host", "var.port"));
}

TEST(Hcl, EveryProblemOfAFileIsFoundWithItsPosition) {
  api::Problems problems;
  const hcl::File file = hcl::parse(
      "resource \"a\" \"b\" {\n  one = \n  two = [1, 2\n}\nlocals {\n  three = 3\n  three = 4\n  four = "
      "$\n}\n",
      "bad.tf", problems);
  ASSERT_GE(problems.size(), 2u);
  for (const api::Problem& problem : problems) {
    EXPECT_EQ(problem.where.file.view(), "bad.tf");
    EXPECT_GT(problem.where.line, 0) << problem.message;
    EXPECT_GT(problem.where.column, 0) << problem.message;
    EXPECT_FALSE(problem.message.empty());
  }
  EXPECT_TRUE(std::ranges::is_sorted(problems, {}, [](const api::Problem& problem) {
    return std::pair(problem.where.line, problem.where.column);
  }));
}

TEST(Hcl, AMistakeIsReportedWhereItStands) {
  api::Problems problems;
  value_of("1 + [2]", &problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].where.line, 1);
  value_of("nosuchfunction(1)", &problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].message, HasSubstr("nosuchfunction"));
}

// Whatever is written, reading ends, and says what is wrong.
TEST(Hcl, HostileTextsAreProblems) {
  const std::string deep(100'000, '['), dots = "a" + [] {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += ".a";
    return text;
  }();
  for (const std::string& text :
       {std::string("x = ") + deep, "x = " + dots, std::string("x = \"${\"${\"${"),
        std::string("x = <<EOT\nnever"), std::string("\0GITCRYPT\0\x01", 11), std::string("a {\n"),
        std::string("}"), std::string("/* "), std::string("x = \xff\xfe"),
        std::string("variable \"a\" \"b\" \"c\"\n{}")}) {
    api::Problems problems;
    hcl::parse(text, "hostile.tf", problems);
    EXPECT_FALSE(problems.empty()) << text.substr(0, 40);
  }
}

// A real file cut off anywhere, or with a byte changed, is read to its end.
TEST(Hcl, BrokenFilesNeverStopTheReader) {
  const std::string whole =
      "module \"q\" {\n  source = \"./x?ref=1\" # c\n  for_each = toset([\"a\", \"b\"])\n  name = "
      "\"${each.key}-${var.e}\"\n"
      "  policy = <<-EOT\n    {\"a\": \"${jsonencode({ b = [for x in [1] : x] })}\"}\n    EOT\n  tags = { "
      "\"k-1\" = null }\n}\n";
  for (std::size_t at = 0; at <= whole.size(); ++at) {
    api::Problems problems;
    hcl::parse(whole.substr(0, at), "cut.tf", problems);
    for (const char byte : {'"', '{', '$', '\n', '\0', '\x80'}) {
      std::string changed = whole;
      if (at < changed.size()) changed[at] = byte;
      tests::plan_of(changed);
    }
  }
}

TEST(Hcl, ExponentialInputsAreBounded) {
  std::string text = "locals {\n  a0 = \"xxxxxxxxxxxxxxxx\"\n";
  for (int i = 1; i < 40; ++i)
    text += "  a" + std::to_string(i) + " = \"${local.a" + std::to_string(i - 1) + "}${local.a" +
            std::to_string(i - 1) + "}\"\n";
  text += "}\nresource \"kubernetes_secret\" \"s\" {\n  metadata {\n    name = local.a39\n  }\n}\n";
  EXPECT_FALSE(tests::plan_of(text).problems.empty());
}

}  // namespace
}  // namespace seatrial::cloud
