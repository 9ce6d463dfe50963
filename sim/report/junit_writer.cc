// JUnit XML as CI servers read it: a suite for each scenario, a test case for each expectation and one for
// the invariants.
#include "sim/report/writers.h"

namespace seatrial::report {
namespace {

std::string escaped(std::string_view text) {
  std::string all;
  for (const char c : text) {
    switch (c) {
      case '&':
        all += "&amp;";
        break;
      case '<':
        all += "&lt;";
        break;
      case '>':
        all += "&gt;";
        break;
      case '"':
        all += "&quot;";
        break;
      case '\n':
        all += "&#10;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t') all += c;
    }
  }
  return all;
}

std::string findings_text(const RunResult& result) {
  std::string text;
  for (std::size_t i = 0; i < result.findings.size(); ++i)
    text += explain_finding(result.findings[i], i + 1, Style{false, 100});
  return text;
}

std::string case_text(const RunResult& result, const std::string& name, bool held, const std::string& seen,
                      const std::string& where) {
  std::string text = "    <testcase classname=\"" + escaped(result.full_name()) + "\" name=\"" +
                     escaped(name) + "\" time=\"0\"";
  if (held) return text + "/>\n";
  return text + ">\n      <failure message=\"" + escaped(seen) + "\">" +
         escaped((where.empty() ? "" : where + ": ") + seen) + "</failure>\n    </testcase>\n";
}

std::string suite_text(const RunResult& result) {
  std::size_t failures = result.violations.empty() ? 0 : 1;
  std::string cases;
  for (const Expectation& expectation : result.expectations) {
    failures += expectation.held ? 0 : 1;
    cases +=
        case_text(result, expectation.text, expectation.held, expectation.seen, expectation.source.str());
  }
  const std::string broken =
      result.violations.empty() ? "" : result.violations.front().rule + ": " + result.violations.front().what;
  cases += case_text(result, "invariants hold", result.violations.empty(), broken, "");
  std::string text = "  <testsuite name=\"" + escaped(result.full_name()) + "\" tests=\"" +
                     std::to_string(result.expectations.size() + 1) + "\" failures=\"" +
                     std::to_string(failures) +
                     "\" errors=\"0\" skipped=\"0\" time=\"0\">\n    <properties>\n" +
                     "      <property name=\"seed\" value=\"" + std::to_string(result.seed) + "\"/>\n" +
                     "      <property name=\"fingerprint\" value=\"" + escaped(result.fingerprint) +
                     "\"/>\n    </properties>\n" + cases;
  if (!result.findings.empty())
    text += "    <system-out>" + escaped(findings_text(result)) + "</system-out>\n";
  return text + "  </testsuite>\n";
}

}  // namespace

std::string junit_report(const std::vector<RunResult>& results) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"seatrial\">\n";
  for (const RunResult& result : results) text += suite_text(result);
  return text + "</testsuites>\n";
}

}  // namespace seatrial::report
