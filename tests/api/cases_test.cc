// The rows of the case tables that this folder answers: quantities, IntOrString, quality of service.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/api/resources.h"

namespace seatrial::api {
namespace {

using Json = nlohmann::ordered_json;

std::filesystem::path cases() {
  if (const char* const given = std::getenv("SEATRIAL_CASES_DIR")) return given;
  return std::filesystem::path(SEATRIAL_SOURCE_DIR) / "tests" / "conformance" / "cases";
}

Json load(const char* name) {
  std::ifstream file(cases() / name);
  return file ? Json::parse(file) : Json();
}

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

Quantity parsed(const Json& text) { return *Quantity::parse(text.get<std::string>()); }

void check_quantity(const std::string& area, const Json& input, const Json& expected) {
  if (area == "quantity-canonical") {
    EXPECT_EQ(parsed(input["parse"]).str(), expected["canonical"].get<std::string>());
    EXPECT_EQ(format_name(parsed(input["parse"]).format()), expected["format"]);
  } else if (area == "quantity-value") {
    const Quantity::Decimal want{expected["unscaled"], expected["exp10"]};
    EXPECT_EQ(parsed(input["parse"]).decimal(), want);
    EXPECT_EQ(format_name(parsed(input["parse"]).format()), expected["format"]);
  } else if (area == "quantity-invalid") {
    for (const Json& text : input["parse_each"])
      EXPECT_FALSE(Quantity::parse(text.get<std::string>()).has_value()) << text;
  } else if (area == "quantity-cmp") {
    const auto order = parsed(input["x"]) <=> parsed(input["y"]);
    EXPECT_EQ(order < 0 ? -1 : order > 0 ? 1 : 0, expected["cmp"]);
  } else if (area == "quantity-roundup") {
    const Quantity exact = parsed(input["parse"]), rounded = exact.rounded_up(input["scale"]);
    EXPECT_EQ(rounded, parsed(expected["value"]));
    EXPECT_EQ(rounded == exact, expected["exact"].get<bool>());
  } else if (area == "intorstring") {
    for (std::size_t i = 0; i < input["each"].size(); ++i) {
      const Json& each = input["each"][i];
      const IntOrString value =
          each.is_string() ? IntOrString{0, each.get<std::string>()} : IntOrString{each, {}};
      const auto scaled = scaled_value(value, 100, true);
      const Json& want = expected["each"][i];
      ASSERT_EQ(scaled.has_value(), want.is_object()) << each;
      if (!scaled) continue;
      EXPECT_EQ(*scaled, want["value"]);
      EXPECT_EQ(value.is_string(), want["percent"].get<bool>());
    }
  } else {
    FAIL() << "no check for " << area;
  }
}

TEST(Cases, QuantitiesAndPercentagesAgree) {
  const Json table = load("policy.json");
  if (table.is_null()) GTEST_SKIP() << "no case tables here (SEATRIAL_CASES_DIR)";
  int rows = 0;
  for (const Json& row : table["cases"]) {
    const std::string area = row["area"];
    if (!area.starts_with("quantity") && area != "intorstring") continue;
    SCOPED_TRACE(row["id"].get<std::string>());
    check_quantity(area, row["input"], row["expected"]);
    ++rows;
  }
  EXPECT_GT(rows, 10);
}

ResourceList resources(const Json& json) {
  ResourceList list;
  for (const auto& [name, amount] : json.items()) {
    list[name] =
        name == "cpu" ? Quantity::from_milli(amount) : Quantity::from_value(amount.get<std::int64_t>() << 20);
  }
  return list;
}

TEST(Cases, QualityOfServiceAgrees) {
  const Json table = load("workloads.json");
  if (table.is_null()) GTEST_SKIP() << "no case tables here (SEATRIAL_CASES_DIR)";
  static constexpr const char* kNames[] = {"BestEffort", "Burstable", "Guaranteed"};
  int rows = 0;
  for (const Json& t : table["tables"]) {
    if (t["id"] != "pod-qos") continue;
    for (const Json& row : t["rows"]) {
      PodSpec spec;
      for (const Json& c : row[0]) {
        Container container;
        container.resources = {resources(c["limits"]), resources(c["requests"])};
        spec.containers.push_back(container);
      }
      EXPECT_EQ(kNames[static_cast<int>(qos_class(spec))], row[1]) << row;
      ++rows;
    }
  }
  EXPECT_GT(rows, 3);
}

}  // namespace
}  // namespace seatrial::api
