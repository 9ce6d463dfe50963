// Rows of the case tables with their columns as C++ values.
#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "sim/api/int_or_string.h"
#include "tests/support/case_tables.h"

namespace seatrial::controllers {

using Json = nlohmann::json;
using tests::CaseRow;

inline std::int32_t number(const CaseRow& row, const char* column) { return row[column].get<std::int32_t>(); }
inline std::optional<std::int32_t> optional(const CaseRow& row, const char* column) {
  return row[column].is_null() ? std::nullopt : std::optional(number(row, column));
}
inline std::optional<api::IntOrString> int_or_string(const Json& value) {
  if (value.is_null()) return std::nullopt;
  if (value.is_string()) return api::IntOrString{0, value.get<std::string>()};
  return api::IntOrString{value.get<std::int32_t>(), {}};
}

// Calls check(row) for every row, with the row's name in the failure's text. At least one must exist.
template <class Check>
void for_each_row(const std::string& table, Check&& check) {
  EXPECT_FALSE(tests::case_table(table).rows.empty()) << table;
  for (const CaseRow& row : tests::case_table(table).rows) {
    SCOPED_TRACE(row.name);
    check(row);
  }
}

}  // namespace seatrial::controllers
