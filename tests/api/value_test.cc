#include "sim/api/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace seatrial::api {
namespace {

std::string json_of(std::string_view text) {
  const ParseResult result = parse_documents(text, "f.yaml");
  EXPECT_TRUE(result.problems.empty()) << text << "\n"
                                       << (result.problems.empty() ? "" : result.problems[0].str());
  return result.documents.size() == 1 ? to_json(result.documents[0]).dump() : "";
}

struct ScalarRow {
  const char* text;
  const char* json;
};
class Scalar : public testing::TestWithParam<ScalarRow> {};
TEST_P(Scalar, HasTheTypeThatKubectlGivesIt) {
  EXPECT_EQ(json_of("a: " + std::string(GetParam().text)), "{\"a\":" + std::string(GetParam().json) + "}");
}
INSTANTIATE_TEST_SUITE_P(
    Yaml, Scalar,
    testing::Values(ScalarRow{"yes", "true"}, ScalarRow{"Off", "false"}, ScalarRow{"n", "false"},
                    ScalarRow{"'yes'", "\"yes\""}, ScalarRow{"\"1\"", "\"1\""}, ScalarRow{"0777", "511"},
                    ScalarRow{"0o17", "15"}, ScalarRow{"0x1F", "31"}, ScalarRow{"1_000", "1000"},
                    ScalarRow{"-12", "-12"}, ScalarRow{"1.5", "1.5"}, ScalarRow{"~", "null"},
                    ScalarRow{"null", "null"}, ScalarRow{"1e3", "1000.0"}, ScalarRow{"1.2.3", "\"1.2.3\""},
                    ScalarRow{"500m", "\"500m\""}, ScalarRow{"!!str 5", "\"5\""},
                    ScalarRow{"2026-01-05", "\"2026-01-05\""}, ScalarRow{"08", "8.0"}));

TEST(Parse, ReadsManyDocumentsAndLeavesOutEmptyOnes) {
  const ParseResult result = parse_documents("---\n---\na: 1\n---\n# nothing\n---\n{\"b\": 2}\n", "f.yaml");
  EXPECT_TRUE(result.problems.empty());
  ASSERT_EQ(result.documents.size(), 2u);
  EXPECT_EQ(result.documents[0].where.line, 3);
  EXPECT_EQ(result.documents[1].find("b")->integer, 2);
  EXPECT_EQ(result.documents[1].where.line, 7);
}

TEST(Parse, AnErrorInOneDocumentDoesNotHideTheNext) {
  const ParseResult result = parse_documents("a: [1\n---\nb: 2\n---\nc: d: e\n", "f.yaml");
  EXPECT_EQ(result.problems.size(), 2u);
  ASSERT_EQ(result.documents.size(), 1u);
  EXPECT_EQ(result.problems[1].where.line, 5);
}

TEST(Parse, KnowsWhereEveryNodeStands) {
  const ParseResult result = parse_documents("spec:\n  list:\n  - name: x\n    image: y\n", "f.yaml");
  const Value& root = result.documents.at(0);
  EXPECT_EQ(root.position_of("spec.list[0].image").line, 4);
  EXPECT_EQ(root.position_of("spec.list[0].image").column, 12);
  EXPECT_EQ(root.position_of("spec.list[0].missing").line, 3);
  EXPECT_EQ(root.position_of("spec.nothing.deeper").line, 1);
}

TEST(Parse, ALineWithoutColonIsNoKey) {
  for (const char* const text :
       {"a: 1\nfoo", "a:\n  b: 1\nhttps://example\n", "{a: 1}\nfoo\n", "- a\nfoo\n"}) {
    EXPECT_EQ(parse_documents(text, "f.yaml").problems.size(), 1u) << text;
  }
  EXPECT_TRUE(parse_documents("a:\nb:\n", "f.yaml").problems.empty());
}

TEST(Parse, ReportsEveryDuplicateKey) {
  const ParseResult result = parse_documents("a: 1\nb: 2\na: 3\nb: 4\n", "f.yaml");
  ASSERT_EQ(result.problems.size(), 2u);
  EXPECT_EQ(result.problems[0].str(), "f.yaml:3:1: yaml: key \"a\" already set in map");
}

TEST(Parse, ExpandsAliasesAndMergesMaps) {
  EXPECT_EQ(json_of("x: &x {a: 1, b: 2}\nz: {<<: *x, b: 3}\n"), R"({"x":{"a":1,"b":2},"z":{"b":3,"a":1}})");
}

TEST(Parse, RefusesAliasBombsAndDeepNestingWithAPosition) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int k = 1; k < 10; ++k) bomb += ", " + last;
    bomb += "]\n";
  }
  for (const std::string& text : {bomb, std::string(100'000, '['), "a: " + std::string(5'000, '{')}) {
    const ParseResult result = parse_documents(text, "f.yaml");
    ASSERT_FALSE(result.problems.empty());
    EXPECT_GT(result.problems[0].where.line, 0);
  }
}

TEST(Parse, SkipsFilesOfGitCrypt) {
  const ParseResult result = parse_documents(std::string_view("\0GITCRYPT\0\x01\x02\xff", 13), "s.yaml");
  EXPECT_TRUE(result.encrypted);
  EXPECT_TRUE(result.problems.empty());
}

TEST(Json, IsReadStrictlyWithPositions) {
  EXPECT_EQ(json_of("{\n\t\"a\": \"\\u00e9\\ud83d\\ude00\\/\",\n\t\"b\": [1, 2.5, true, null]\n}"),
            "{\"a\":\"é😀/\",\"b\":[1,2.5,true,null]}");
  const ParseResult cut = parse_documents("{\"a\": {\"b\": 1", "f.json");
  ASSERT_EQ(cut.problems.size(), 1u);
  EXPECT_EQ(cut.problems[0].str(), "f.json:1:14: json: unexpected end of JSON input");
  EXPECT_EQ(parse_documents("{\"a\": 1,, }", "f.json").problems.at(0).where.column, 9);
}

TEST(Json, SurvivesTheRoundTripThroughAValue) {
  const auto json = nlohmann::ordered_json::parse(R"({"a":[1,"x",null,true,1.5],"b":{"c":{}}})");
  EXPECT_EQ(to_json(from_json(json)), json);
}

}  // namespace
}  // namespace seatrial::api
