// Which case tables are run by which tests: coverage.txt is held against the tests and against the tables.
#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <sstream>

#include "tests/support/case_tables.h"

namespace seatrial::tests {
namespace {

const std::filesystem::path kRoot = SEATRIAL_SOURCE_DIR;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::map<std::string, std::string> coverage() {
  std::map<std::string, std::string> test_by_table;
  std::istringstream lines(text_of(kRoot / "tests/conformance/coverage.txt"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string table, test;
    if (words >> table >> test && !table.starts_with("#")) test_by_table[table] = test;
  }
  return test_by_table;
}

TEST(Coverage, EveryCoveredTableIsNamedByItsTest) {
  for (const auto& [table, test] : coverage()) {
    EXPECT_TRUE(text_of(kRoot / test).contains('"' + table + '"'))
        << test << " does not name the table " << table;
  }
}

TEST(Coverage, EveryTableThatATestNamesIsListed) {
  const auto covered = coverage();
  const CaseTables ours{kRoot / "tests/conformance/cases"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / "tests")) {
    if (!entry.path().string().ends_with("_test.cc")) continue;
    const std::string text = text_of(entry.path());
    for (const CaseTable& table : ours.all()) {
      if (!text.contains('"' + table.id + '"')) continue;
      EXPECT_TRUE(covered.contains(table.id))
          << entry.path() << " runs " << table.id << ": add it to coverage.txt";
    }
  }
}

TEST(Coverage, EveryCoveredTableExists) {
  const CaseTables ours{kRoot / "tests/conformance/cases"};
  for (const auto& [table, test] : coverage()) EXPECT_NE(ours.find(table), nullptr) << table;
}

TEST(Coverage, EveryRowIsRunByATest) {
  const auto covered = coverage();
  const CaseTables tables{cases_folder()};
  EXPECT_FALSE(tables.all().empty()) << cases_folder();
  for (const CaseTable& table : tables.all()) {
    EXPECT_TRUE(covered.contains(table.id)) << "no test runs the rows of " << table.id;
  }
}

}  // namespace
}  // namespace seatrial::tests
