// Matrices as files, and what tells two of them apart.
#include "sim/report/reach.h"

#include <gtest/gtest.h>

namespace seatrial::report {
namespace {

ReachMatrix::Block block(const char* cidr, std::uint32_t of) { return {*api::Cidr::parse(cidr), of}; }

// a reaches b at 80 only, nobody else anybody.
ReachMatrix small() {
  ReachMatrix matrix;
  matrix.scenario = "small";
  matrix.at = "2m";
  matrix.classes = {{"x/deployment/a"}, {"x/deployment/b", "y/deployment/c"}, {"0.0.0.0/0"}};
  matrix.outside = {block("0.0.0.0/0", 2)};
  matrix.ports = {{"TCP", 1, 79, 0}, {"TCP", 80, 80, 1}, {"TCP", 81, 65535, 0}};
  const ReachRow none(3);
  matrix.tables = {{none, none, none}, {{false, true, false}, none, none}};
  return matrix;
}

TEST(ReachMatrix, IsTheSameWhenReadBack) {
  const auto read = read_reach_matrix(reach_matrix_json(small()));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->classes, small().classes);
  EXPECT_EQ(read->tables, small().tables);
  EXPECT_TRUE(reach_changes(small(), *read).empty());
  EXPECT_EQ(reach_matrix_json(*read), reach_matrix_json(small()));
}

TEST(ReachMatrix, OfAnotherFileIsRefused) {
  std::string text = reach_matrix_json(small());
  for (const auto& [word, other] : {std::pair("reach-matrix/v1", "reach/v1"),
                                    {"\"class\": 2", "\"class\": 3"},
                                    {"\"table\": 1", "\"table\": 7"},
                                    {"\"1\"", "\"1-9\""}}) {
    std::string wrong = text;
    const std::size_t at = wrong.find(word);
    ASSERT_NE(at, std::string::npos) << word;
    wrong.replace(at, std::string_view(word).size(), other);
    EXPECT_FALSE(read_reach_matrix(wrong).has_value()) << word;
  }
  EXPECT_EQ(read_reach_matrix("").error(), "it is no JSON from line 1, column 1 on");
  EXPECT_EQ(read_reach_matrix("{\n  \"classes\"").error(), "it is no JSON from line 2, column 12 on");
  EXPECT_EQ(read_reach_matrix("{}").error(), "it is not a matrix of schema seatrial.reach-matrix/v1");
  EXPECT_EQ(read_reach_matrix(R"({"schema": "seatrial.reach-matrix/v1"})").error(),
            "it is not a whole matrix of schema seatrial.reach-matrix/v1");
}

TEST(ReachMatrix, ADiffNamesWhatOpensAndWhatCloses) {
  ReachMatrix after = small();  // b no more, but c; and the outside reaches a at all ports
  after.classes = {{"x/deployment/a"}, {"x/deployment/b"}, {"0.0.0.0/0"}, {"y/deployment/c"}};
  const ReachRow none(4);
  after.tables = {{none, none, {true, false, false, false}, none},
                  {{false, false, false, true}, none, {true, false, false, false}, none}};
  const auto changes = reach_changes(small(), after);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_TRUE(changes[0].opens);
  EXPECT_EQ(changes[0].from, std::vector<std::string>{"0.0.0.0/0"});
  EXPECT_EQ(changes[0].to, std::vector<std::string>{"x/deployment/a"});
  EXPECT_EQ(changes[0].ports, "TCP all");
  EXPECT_FALSE(changes[1].opens);
  EXPECT_EQ(changes[1].from, std::vector<std::string>{"x/deployment/a"});
  EXPECT_EQ(changes[1].to, std::vector<std::string>{"x/deployment/b"});
  EXPECT_EQ(changes[1].ports, "TCP 80");
  EXPECT_EQ(reach_changes_text(changes, {false, 100}),
            "opens   0.0.0.0/0 to x/deployment/a: TCP all\n"
            "closes  x/deployment/a to x/deployment/b: TCP 80\n");
}

// A block that only one of them tells apart belongs to the larger one of the other.
TEST(ReachMatrix, BlocksAreComparedByTheAddressesInThem) {
  ReachMatrix after = small();
  after.classes.push_back({"8.8.8.0/24"});
  after.outside.push_back(block("8.8.8.0/24", 3));
  for (auto& table : after.tables) {
    for (ReachRow& row : table) row.push_back(false);
    table.emplace_back(4);
  }
  EXPECT_TRUE(reach_changes(small(), after).empty());
  after.tables[1][3][0] = true;
  const auto changes = reach_changes(small(), after);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].from, std::vector<std::string>{"8.8.8.0/24"});
  EXPECT_EQ(changes[0].ports, "TCP 80");
}

TEST(ReachMatrix, ItsTextCollapsesNamespaces) {
  EXPECT_EQ(reach_matrix_text(small(), {false, 100}),
            "small at 2m: 3 classes of peers, 3 ranges of ports\n"
            "\nx/deployment/a\n  from nobody else\n"
            "\nx/deployment/b, y/deployment/c\n  from x/deployment/a: TCP 80\n"
            "\n0.0.0.0/0\n  from nobody else\n");
}

TEST(ReachVerdict, IsPrintedHopByHop) {
  ReachVerdict verdict{"x/a", "y/b:80", "2m", {}, {"a note"}};
  verdict.paths.push_back(
      {"y/b-1:8080",
       1,
       false,
       {{"Service", true, "Service y/b", "port 80 is 8080 of 2 pods", {}},
        {"policy (ingress)", false, "NetworkPolicy y/deny", "denied", {"y.yaml", 3, 1}}}});
  EXPECT_FALSE(verdict.allowed());
  EXPECT_EQ(reach_text(verdict, {false, 100}),
            "x/a to y/b:80 at 2m: not reached\n"
            "to y/b-1:8080 and 1 more alike: not reached\n"
            "  pass  Service           Service y/b: port 80 is 8080 of 2 pods\n"
            "  stop  policy (ingress)  NetworkPolicy y/deny: denied (y.yaml:3:1)\n"
            "note: a note\n");
}

}  // namespace
}  // namespace seatrial::report
