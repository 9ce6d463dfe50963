#include "sim/api/quantity.h"

#include <gtest/gtest.h>

namespace seatrial::api {
namespace {

Quantity parsed(std::string_view text) {
  const auto quantity = Quantity::parse(text);
  EXPECT_TRUE(quantity.has_value()) << text;
  return quantity.value_or(Quantity());
}

struct CanonicalRow {
  const char* text;
  const char* canonical;
};
class Canonical : public testing::TestWithParam<CanonicalRow> {};

TEST_P(Canonical, IsThePrintedForm) {
  EXPECT_EQ(parsed(GetParam().text).str(), GetParam().canonical) << GetParam().text;
  EXPECT_EQ(parsed(parsed(GetParam().text).str()), parsed(GetParam().text)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Quantity, Canonical,
    testing::Values(CanonicalRow{"0", "0"}, CanonicalRow{"0Ki", "0"}, CanonicalRow{"-0", "0"},
                    CanonicalRow{"0.5Gi", "512Mi"}, CanonicalRow{"100Ki", "100Ki"},
                    CanonicalRow{"1023", "1023"}, CanonicalRow{"0.5", "500m"}, CanonicalRow{"1000m", "1"},
                    CanonicalRow{"1000k", "1M"}, CanonicalRow{"2048Ki", "2Mi"}, CanonicalRow{"1.5Ki", "1536"},
                    CanonicalRow{"1e3", "1e3"}, CanonicalRow{"1.5e3", "1500"}, CanonicalRow{"1024Mi", "1Gi"},
                    CanonicalRow{"1025024Mi", "1001Gi"}, CanonicalRow{"0.001T", "1G"},
                    CanonicalRow{".001e12", "1e9"}, CanonicalRow{"1000e-12", "1e-9"},
                    CanonicalRow{"3.001n", "4n"}, CanonicalRow{"12E", "12E"},
                    CanonicalRow{"-1500m", "-1500m"}, CanonicalRow{"1E3", "1e3"},
                    CanonicalRow{"100m", "100m"}, CanonicalRow{"+2", "2"},
                    CanonicalRow{"0.05Gi", "53687091200m"}, CanonicalRow{"16Ei", "9223372036854775807"},
                    CanonicalRow{"1u", "1u"}, CanonicalRow{"1.G", "1G"}));

TEST(Quantity, RefusesWhatKubernetesRefusesInItsWords) {
  const std::string format =
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  for (const char* const text : {"", "1.1.M", "1+1.0M", "aoeu", " 1", "1 ", "0.1am"}) {
    ASSERT_FALSE(Quantity::parse(text).has_value()) << text;
    EXPECT_EQ(Quantity::parse(text).error(), format) << text;
  }
  for (const char* const text : {"0.1mi", ".5i", "1i", "-3.01i", "-3.01e-", "1e", "1KiB", "10kk"}) {
    EXPECT_FALSE(Quantity::parse(text).has_value()) << text;
  }
  EXPECT_EQ(Quantity::parse("1i").error(), "unable to parse quantity's suffix");
}

TEST(Quantity, RoundsAwayFromZero) {
  EXPECT_EQ(parsed("100u").milli(), 1);
  EXPECT_EQ(parsed("-100u").milli(), -1);
  EXPECT_EQ(parsed("1500m").value(), 2);
  EXPECT_EQ(parsed("-1500m").value(), -2);
  EXPECT_EQ(parsed("0.0000000001").decimal(), (Quantity::Decimal{1, -9}));
  EXPECT_EQ(parsed("9.01").rounded_up(-1).decimal(), (Quantity::Decimal{91, -1}));
  EXPECT_EQ(parsed("-9.01").rounded_up(1).decimal(), (Quantity::Decimal{-1, 1}));
}

TEST(Quantity, ComparesAmountsWhateverTheSuffix) {
  EXPECT_EQ(parsed("1000m"), parsed("1"));
  EXPECT_EQ(parsed("1Ki"), parsed("1024"));
  EXPECT_LT(parsed("50m"), parsed("100m"));
  EXPECT_GT(parsed("10000T"), parsed("100Gi"));
  EXPECT_LT(parsed("1n"), parsed("1u"));
  EXPECT_LT(parsed("-1"), parsed("1n"));
}

TEST(Quantity, AddsAndSubtractsInTheFormatOfTheFirstNonZeroOne) {
  EXPECT_EQ((parsed("1Gi") + parsed("1Mi")).str(), "1025Mi");
  EXPECT_EQ((Quantity() + parsed("1Mi")).str(), "1Mi");
  EXPECT_EQ((parsed("1") - parsed("250m")).str(), "750m");
  EXPECT_EQ((parsed("1Gi") - parsed("1Gi")).str(), "0");
  EXPECT_EQ((parsed("1n") + parsed("1")).str(), "1000000001n");
}

TEST(Quantity, SaturatesInsteadOfOverflowing) {
  const Quantity huge = parsed("999999999999999999999999999999999E");
  EXPECT_GT(huge + huge, Quantity::from_value(1));
  EXPECT_EQ(huge.milli(), INT64_MAX);
  EXPECT_GE(parsed("9223372036854775807").value(), INT64_MAX - 1);
  EXPECT_EQ(Quantity::from_value(INT64_MAX).value(), INT64_MAX);
}

}  // namespace
}  // namespace seatrial::api
