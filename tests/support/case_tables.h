// The case tables: rows of inputs and expected outputs, read from every JSON file of tests/conformance/cases,
// or of the folder in SEATRIAL_CASES_DIR. A file holds
//   tables: [{id, inputs: [name…], outputs: [name…], rows: [[input…, output…]]}], or
//   cases:  [{id, area, input: {name: value}, expected: {name: value}}]; the area is the id of their table.
// Tables of one id in several files are one table. tests/conformance/coverage.txt says which test runs which
// table.
//
//   for_each_row("resolve-fenceposts", [](const CaseRow& row) {
//     EXPECT_EQ(resolve(row["maxSurge"], row["maxUnavailable"]), row["surge"]);
//   });
//
// No row is half understood: one with a column that its test has not looked at fails.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace seatrial::tests {

class CaseRow {
 public:
  // Both are objects. Throws for anything else.
  CaseRow(std::string row_name, nlohmann::json input, nlohmann::json expected)
      : name(std::move(row_name)), input_(std::move(input)), expected_(std::move(expected)) {
    if (!input_.is_object() || !expected_.is_object())
      throw std::invalid_argument(name + ": input and expected are not objects");
  }

  std::string name;  // resolve-fenceposts[2], quantity-01

  // The input of that name, else the output; throws, and so fails the test, where the row has neither.
  const nlohmann::json& operator[](const std::string& column) const {
    return input_.contains(column) ? input(column) : expected(column);
  }
  // One of the inputs or of the outputs, for tables in which both have the name.
  const nlohmann::json& input(const std::string& column) const { return at(input_, "input ", column); }
  const nlohmann::json& expected(const std::string& column) const { return at(expected_, "output ", column); }
  nlohmann::json input_or(const std::string& column, const nlohmann::json& otherwise) const {
    return input_.contains(column) ? input(column) : otherwise;
  }
  bool expects(const std::string& column) const { return expected_.contains(column); }

  // The columns that nobody has looked at.
  std::vector<std::string> unread() const {
    std::vector<std::string> columns;
    for (const auto& [column, value] : input_.items()) {
      if (!read_.contains("input " + column)) columns.push_back(column);
    }
    for (const auto& [column, value] : expected_.items()) {
      if (!read_.contains("output " + column)) columns.push_back(column);
    }
    return columns;
  }

 private:
  const nlohmann::json& at(const nlohmann::json& from, const char* kind, const std::string& column) const {
    if (!from.contains(column)) throw std::out_of_range(name + " has no column " + column);
    read_.insert(kind + column);
    return from.at(column);
  }

  nlohmann::json input_, expected_;
  mutable std::set<std::string> read_;
};

struct CaseTable {
  std::string id, about;
  std::vector<CaseRow> rows;  // in the order of the files
};

inline const char* given_cases_folder() {
  const char* const given = std::getenv("SEATRIAL_CASES_DIR");
  return given != nullptr && *given != '\0' ? given : nullptr;
}
inline std::filesystem::path cases_folder() {
  const char* const given = given_cases_folder();
  return given != nullptr ? given : SEATRIAL_SOURCE_DIR "/tests/conformance/cases";
}

class CaseTables {
 public:
  // Throws for a file that is no JSON, or holds neither tables nor cases, and for a row of another length.
  explicit CaseTables(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      std::ifstream stream(file);
      read(nlohmann::json::parse(stream));
    }
  }

  const std::vector<CaseTable>& all() const { return tables_; }

  const CaseTable* find(const std::string& id) const {
    const auto found =
        std::find_if(tables_.begin(), tables_.end(), [&](const CaseTable& t) { return t.id == id; });
    return found == tables_.end() ? nullptr : &*found;
  }

 private:
  CaseTable& table(const std::string& id) {
    if (const CaseTable* known = find(id)) return tables_[static_cast<std::size_t>(known - tables_.data())];
    return tables_.emplace_back(CaseTable{id, {}, {}});
  }

  void read(const nlohmann::json& document) {
    if (!document.contains("tables") && !document.contains("cases"))
      throw std::invalid_argument("a file of cases without tables and cases");
    for (const auto& json : document.value("tables", nlohmann::json::array())) read_table(json);
    for (const auto& json : document.value("cases", nlohmann::json::array())) {
      table(json.at("area")).rows.emplace_back(json.at("id"), json.at("input"), json.at("expected"));
    }
  }

  void read_table(const nlohmann::json& json) {
    CaseTable& table = this->table(json.at("id"));
    table.about = json.value("about", "");
    for (const auto& values : json.at("rows")) {
      nlohmann::json input = nlohmann::json::object(), expected = nlohmann::json::object();
      std::size_t column = 0;
      for (const std::string name : json.at("inputs")) input[name] = values.at(column++);
      for (const std::string name : json.at("outputs")) expected[name] = values.at(column++);
      const std::string name = table.id + "[" + std::to_string(table.rows.size()) + "]";
      if (column != values.size()) throw std::invalid_argument(name + " is longer than its columns");
      table.rows.emplace_back(name, std::move(input), std::move(expected));
    }
  }

  std::vector<CaseTable> tables_;  // in the order of the files
};

// Calls check(row) for every row of that table, with the row's name in the failure's text. Our own folder has
// rows for every table; a folder that was given need not.
template <class Check>
void for_each_row(const std::string& table, Check&& check) {
  static const CaseTables tables{cases_folder()};
  const CaseTable* const found = tables.find(table);
  if (given_cases_folder() == nullptr) {
    ASSERT_TRUE(found != nullptr && !found->rows.empty()) << table;
  }
  if (found == nullptr) return;
  for (const CaseRow& row : found->rows) {
    SCOPED_TRACE(row.name);
    check(row);
    if (testing::Test::HasFatalFailure()) continue;  // it has said so, and stopped before the other columns
    for (const std::string& column : row.unread()) ADD_FAILURE() << "nothing looks at " << column;
  }
}

}  // namespace seatrial::tests
