// The case tables: rows of inputs and expected outputs, read from every JSON file of tests/conformance/cases,
// or of the folder in SEATRIAL_CASES_DIR. A file holds
//   tables: [{id, inputs: [name…], outputs: [name…], rows: [[input…, output…]]}], or
//   cases:  [{id, area, input: {name: value}, expected: {name: value}}]; the area is the id of their table.
// Tables of one id in several files are one table. tests/conformance/coverage.txt says which test runs which
// table.
//
//   for (const CaseRow& row : case_table("resolve-fenceposts").rows) {
//     SCOPED_TRACE(row.name);
//     EXPECT_EQ(resolve(row["maxSurge"], row["maxUnavailable"]), row["surge"]);
//   }
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace seatrial::tests {

struct CaseRow {
  std::string name;                // resolve-fenceposts[2], quantity-01
  nlohmann::json input, expected;  // objects

  // The input of that name, else the output; throws, and so fails the test, where the row has neither.
  const nlohmann::json& operator[](const std::string& column) const {
    if (input.contains(column)) return input[column];
    if (expected.contains(column)) return expected[column];
    throw std::out_of_range(name + " has no column " + column);
  }
};

struct CaseTable {
  std::string id, about;
  std::vector<CaseRow> rows;  // in the order of the files
};

inline std::filesystem::path cases_folder() {
  const char* given = std::getenv("SEATRIAL_CASES_DIR");
  return given != nullptr && *given != '\0' ? given : SEATRIAL_SOURCE_DIR "/tests/conformance/cases";
}

class CaseTables {
 public:
  // Throws what nlohmann::json throws for a file that is no JSON.
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
    if (!document.is_object()) return;
    for (const auto& json : document.value("tables", nlohmann::json::array())) read_table(json);
    for (const auto& json : document.value("cases", nlohmann::json::array())) {
      table(json.at("area")).rows.push_back({json.at("id"), json.at("input"), json.at("expected")});
    }
  }

  void read_table(const nlohmann::json& json) {
    CaseTable& table = this->table(json.at("id"));
    table.about = json.value("about", "");
    for (const auto& values : json.at("rows")) {
      CaseRow row{table.id + "[" + std::to_string(table.rows.size()) + "]", {}, {}};
      std::size_t column = 0;
      for (const std::string name : json.at("inputs")) row.input[name] = values.at(column++);
      for (const std::string name : json.at("outputs")) row.expected[name] = values.at(column++);
      table.rows.push_back(std::move(row));
    }
  }

  std::vector<CaseTable> tables_;  // in the order of the files
};

// The table of that id; one without rows where the folder has none.
inline const CaseTable& case_table(const std::string& id) {
  static const CaseTables tables{cases_folder()};
  static const CaseTable none;
  const CaseTable* found = tables.find(id);
  return found != nullptr ? *found : none;
}

}  // namespace seatrial::tests
