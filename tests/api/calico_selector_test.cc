// Calico's selector language: what it takes, what it refuses and where, what it selects.
#include "sim/api/calico_selector.h"

#include <gtest/gtest.h>

namespace seatrial::api {
namespace {

struct Selects {
  const char* selector;
  LabelMap labels;
  bool expected;
};

TEST(CalicoSelector, SelectsByTable) {
  const LabelMap none, a_b{{"a", "b"}}, a_b_c{{"a", "b"}, {"c", "d"}}, a_empty{{"a", ""}};
  const Selects rows[] = {
      {"", none, true},
      {"  ", a_b, true},
      {"all()", none, true},
      {"!all()", a_b, false},
      {"global()", a_b, false},
      {"!global()", a_b, true},
      {"has(a)", a_b, true},
      {"has( a )", a_b, true},
      {"has(a)", a_empty, true},
      {"has(b)", a_b, false},
      {"!has(b)", a_b, true},
      {"a == 'b'", a_b, true},
      {"a == \"b\"", a_b, true},
      {"a=='b'", a_b, true},
      {"a == 'B'", a_b, false},
      {"a == ''", none, false},
      {"a == ''", a_empty, true},
      {"a != 'b'", a_b, false},
      {"a != 'c'", a_b, true},
      {"a != 'b'", none, true},
      {"a in {'b', 'c'}", a_b, true},
      {"a in {'b',}", a_b, true},
      {"a in{\"c\"}", a_b, false},
      {"a in {}", a_b, false},
      {"a in {'b'}", none, false},
      {"a not in {'b'}", a_b, false},
      {"a notin {'c'}", a_b, true},
      {"a not in {}", a_b, true},
      {"a not in {'b'}", none, true},
      {"a contains 'b'", a_b, true},
      {"a contains ''", a_b, true},
      {"a contains 'x'", a_b, false},
      {"a contains 'b'", none, false},
      {"a starts with 'xy'", {{"a", "xyz"}}, true},
      {"a startswith 'yz'", {{"a", "xyz"}}, false},
      {"a ends with 'yz'", {{"a", "xyz"}}, true},
      {"a ends  with 'xy'", {{"a", "xyz"}}, false},
      {"a ends with 'z'", none, false},
      {"!a == 'b'", a_b, false},
      {"!!a == 'b'", a_b, true},
      {"a == 'b' && c == 'd'", a_b_c, true},
      {"a == 'b' && c == 'x'", a_b_c, false},
      {"a == 'x' || c == 'd'", a_b_c, true},
      // && binds more than ||
      {"a == 'b' || c == 'd' && c == 'x'", a_b_c, true},
      {"(a == 'b' || c == 'd') && c == 'x'", a_b_c, false},
      {"c == 'x' && a == 'b' || a == 'b'", a_b_c, true},
      {"!(a == 'b' && c == 'd')", a_b_c, false},
      {"! ( a == 'x' )", a_b_c, true},
      // words of the language are labels where a label stands
      {"all == 'x'", {{"all", "x"}}, true},
      {"in in {'x'}", {{"in", "x"}}, true},
      {"contains contains 'x'", {{"contains", "x"}}, true},
      {"kubernetes.io/metadata.name == \"kube-system\"",
       {{"kubernetes.io/metadata.name", "kube-system"}},
       true},
      {"a == '\"'", {{"a", "\""}}, true},
      {"9a_b.c/d-e == 'x'", {{"9a_b.c/d-e", "x"}}, true},
  };
  for (const Selects& row : rows) {
    const CalicoSelector selector{Symbol(row.selector)};
    EXPECT_FALSE(selector.error()) << row.selector << ": " << selector.error()->message;
    EXPECT_EQ(selector.matches(row.labels), row.expected) << row.selector;
  }
}

struct Refused {
  const char* selector;
  CalicoSelector::Error expected;
};

TEST(CalicoSelector, SaysWhereItIsWrong) {
  const Refused rows[] = {
      {"a", {2, "expected operator after label \"a\""}},
      {"a = 'b'", {3, "expected =="}},
      {"a == b", {6, "expected string"}},
      {"a == 'b", {6, "unterminated string"}},
      {"a == 'b\"", {6, "unterminated string"}},
      {"a == 'b' & c == 'd'", {10, "expected &&"}},
      {"a == 'b' | c == 'd'", {10, "expected ||"}},
      {"a == 'b' &&", {12, "unexpected end of selector"}},
      {"&& a == 'b'", {1, "expected identifier"}},
      {"a in ('b')", {6, "expected set literal"}},
      {"a in {'b'", {10, "expected }"}},
      {"a in {b}", {7, "expected }"}},
      {"a in 'b'", {6, "expected set literal"}},
      {"a not 'b'", {3, "expected operator after label \"a\""}},
      {"a not inx {'b'}", {3, "expected operator after label \"a\""}},
      {"a containsx 'b'", {3, "expected operator after label \"a\""}},
      {"a starts 'b'", {3, "expected operator after label \"a\""}},
      {"(a == 'b'", {10, "expected )"}},
      {"a == 'b')", {9, "unexpected content at end of selector"}},
      {"a == 'b' c == 'd'", {10, "unexpected content at end of selector"}},
      {"has()", {5, "expected identifier"}},
      {"has(a", {6, "no closing ')' after has("}},
      {"has (a)", {5, "expected operator after label \"has\""}},
      {"all(a)", {5, "no closing ')' after all("}},
      {"global(", {8, "no closing ')' after global("}},
      {"!", {2, "unexpected end of selector"}},
      {"!= 'b'", {1, "unexpected !="}},
      {"a, b", {2, "expected operator after label \"a\""}},
      {"app in (a,b)", {8, "expected set literal"}},
  };
  for (const Refused& row : rows) {
    const CalicoSelector selector{Symbol(row.selector)};
    ASSERT_TRUE(selector.error()) << row.selector;
    EXPECT_EQ(selector.error()->message, row.expected.message) << row.selector;
    EXPECT_EQ(selector.error()->at, row.expected.at) << row.selector << ": " << selector.error()->message;
    EXPECT_FALSE(selector.matches(LabelMap{{"a", "b"}})) << row.selector;
  }
  const CalicoSelector label{std::string(513, 'a') + " == 'b'"}, whole{std::string(1025, 'a')};
  EXPECT_EQ(label.error()->message, "label too long");
  EXPECT_EQ(whole.error()->message, "selector too long");
}

TEST(CalicoSelector, NamesItsLabelsAndWhetherItIsGlobal) {
  const CalicoSelector selector("b == 'x' && (has(a) || b in {'y'}) && !c contains 'z'");
  EXPECT_EQ(selector.keys(), (std::vector<Symbol>{"a", "b", "c"}));
  EXPECT_FALSE(selector.names_global());
  EXPECT_TRUE(CalicoSelector("global() || has(a)").names_global());
  EXPECT_FALSE(CalicoSelector("global() || has(a)").is_global());
  EXPECT_TRUE(CalicoSelector(" global( ) ").is_global());
  EXPECT_TRUE(CalicoSelector().keys().empty());
}

// Deep nesting ends at the longest text.
TEST(CalicoSelector, TakesTheDeepestNestingThatFits) {
  const std::string deep = std::string(500, '(') + "has(a)" + std::string(500, ')');
  EXPECT_FALSE(CalicoSelector(deep).error());
  EXPECT_TRUE(CalicoSelector(deep).matches(LabelMap{{"a", "b"}}));
  EXPECT_TRUE(CalicoSelector(std::string(1024, '(')).error());
  EXPECT_TRUE(CalicoSelector(std::string(1018, '!') + "has(a)").matches(LabelMap{{"a", "b"}}));
}

}  // namespace
}  // namespace seatrial::api
