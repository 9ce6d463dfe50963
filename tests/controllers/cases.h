// Rows of the case tables with their columns as C++ values.
#pragma once

#include <optional>

#include "sim/api/int_or_string.h"
#include "tests/support/case_tables.h"

namespace seatrial::controllers {

using Json = nlohmann::json;
using tests::CaseRow;
using tests::for_each_row;

inline std::int32_t number(const CaseRow& row, const char* column) { return row[column].get<std::int32_t>(); }
inline std::optional<std::int32_t> optional(const CaseRow& row, const char* column) {
  return row[column].is_null() ? std::nullopt : std::optional(number(row, column));
}
inline std::optional<api::IntOrString> int_or_string(const Json& value) {
  if (value.is_null()) return std::nullopt;
  if (value.is_string()) return api::IntOrString{0, value.get<std::string>()};
  return api::IntOrString{value.get<std::int32_t>(), {}};
}

}  // namespace seatrial::controllers
