// The rows of the case tables that this folder answers: quantities, IntOrString, quality of service.
#include <gtest/gtest.h>

#include "sim/api/resources.h"
#include "tests/support/case_tables.h"

namespace seatrial::api {
namespace {

using Json = nlohmann::json;
using tests::CaseRow;
using tests::for_each_row;

const char* format_name(Quantity::Format format) {
  switch (format) {
    case Quantity::Format::kDecimalSI:
      return "DecimalSI";
    case Quantity::Format::kBinarySI:
      return "BinarySI";
    case Quantity::Format::kDecimalExponent:
      return "DecimalExponent";
  }
  return "";
}

Quantity parsed(const Json& text) { return Quantity::parse(text.get<std::string>()).value(); }

// Without zeros at the end of the mantissa.
Quantity::Decimal shortest(Quantity::Decimal decimal) {
  if (decimal.mantissa == 0) return {};
  for (; decimal.mantissa % 10 == 0; decimal.mantissa /= 10) ++decimal.power;
  return decimal;
}

TEST(Cases, QuantitiesArePrintedCanonically) {
  for_each_row("quantity-canonical", [](const CaseRow& row) {
    EXPECT_EQ(parsed(row["parse"]).str(), row["canonical"].get<std::string>());
    EXPECT_EQ(format_name(parsed(row["parse"]).format()), row["format"]);
  });
}

TEST(Cases, QuantitiesHaveTheirExactValue) {
  for_each_row("quantity-value", [](const CaseRow& row) {
    const Quantity::Decimal want{row["unscaled"], row["exp10"]};
    EXPECT_EQ(shortest(parsed(row["parse"]).decimal()), shortest(want));
    EXPECT_EQ(format_name(parsed(row["parse"]).format()), row["format"]);
  });
}

TEST(Cases, WhatIsNoQuantityIsRefused) {
  for_each_row("quantity-invalid", [](const CaseRow& row) {
    for (const Json& text : row["parse_each"])
      EXPECT_EQ(!Quantity::parse(text.get<std::string>()), row["error"].get<bool>()) << text;
  });
}

TEST(Cases, QuantitiesAreCompared) {
  for_each_row("quantity-cmp", [](const CaseRow& row) {
    const auto order = parsed(row["x"]) <=> parsed(row["y"]);
    EXPECT_EQ(order < 0 ? -1 : order > 0 ? 1 : 0, row["cmp"]);
  });
}

TEST(Cases, QuantitiesAreRoundedUp) {
  for_each_row("quantity-roundup", [](const CaseRow& row) {
    const Quantity exact = parsed(row["parse"]), rounded = exact.rounded_up(row["scale"]);
    EXPECT_EQ(rounded, parsed(row["value"]));
    EXPECT_EQ(rounded == exact, row["exact"].get<bool>());
  });
}

TEST(Cases, PercentagesAreRead) {
  for_each_row("intorstring", [](const CaseRow& row) {
    const Json &given = row.input("each"), &wanted = row.expected("each");
    ASSERT_EQ(given.size(), wanted.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
      const IntOrString value = given[i].is_string() ? IntOrString{0, given[i].get<std::string>()}
                                                     : IntOrString{given[i].get<std::int32_t>(), {}};
      const auto scaled = scaled_value(value, 100, true);
      ASSERT_EQ(scaled.has_value(), wanted[i].is_object()) << given[i];
      if (!scaled) continue;
      EXPECT_EQ(*scaled, wanted[i]["value"]);
      EXPECT_EQ(value.is_string(), wanted[i]["percent"].get<bool>());
    }
  });
}

ResourceList resources(const Json& json) {
  ResourceList list;
  for (const auto& [name, amount] : json.items()) {
    list[name] = name == "cpu" ? Quantity::from_milli(amount.get<std::int64_t>())
                               : Quantity::from_value(amount.get<std::int64_t>() << 20);
  }
  return list;
}

TEST(Cases, QualityOfServiceAgrees) {
  static constexpr const char* kNames[] = {"BestEffort", "Burstable", "Guaranteed"};
  for_each_row("pod-qos", [](const CaseRow& row) {
    PodSpec spec;
    for (const Json& json : row["containers"]) {
      Container container;
      container.resources = {resources(json.at("limits")), resources(json.at("requests"))};
      spec.containers.push_back(container);
    }
    EXPECT_EQ(kNames[static_cast<int>(qos_class(spec))], row["qos"]);
  });
}

}  // namespace
}  // namespace seatrial::api
