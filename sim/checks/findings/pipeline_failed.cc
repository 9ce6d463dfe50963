// Pipelines that ended red: at which step, and what the API server said.
#include <algorithm>
#include <array>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {

namespace {

using cluster::RecordType;

std::string pipeline_advice(const std::string& what) {
  struct Row {
    const char *words, *advice;
  };
  static constexpr std::array<Row, 6> kRows{
      {{"rollout failed", "mend what the rollout waits for; its own finding says what that is"},
       {"kubectl apply",
        "change the manifest, or the rights of the pipeline's identity, as the message says"},
       {"state lock", "merge again when the other run has ended"},
       {"was refused",
        "change what terraform makes, or the rights of the pipeline's identity, as the message says"},
       {"plan of", "mend what the message names, and merge again"},
       {"push of", "let the pipeline try again, or look at the registry"}}};
  for (const Row& row : kRows)
    if (what.contains(row.words)) return row.advice;
  return "merge again, or let the build try more often";
}

void add_lines(std::string_view text, std::vector<std::string>& lines) {
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find('\n', from), text.size());
    lines.emplace_back(text.substr(from, to - from));
    from = to + 1;
  }
}

}  // namespace

void pipelines_failed(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  std::map<JournalId, std::vector<std::string>> refusals;
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    const auto type = static_cast<RecordType>(record.type);
    if (type == RecordType::kRefused) add_lines(journal.text(record.text), refusals[record.cause]);
    if (type != RecordType::kPipeline || record.value == 0) continue;
    Finding finding;
    finding.severity = Severity::kError;
    finding.what = std::string(journal.text(record.text)) + " at " + about(record.at.since_start());
    finding.chain = refusals[record.cause];
    for (const JournalId link : journal.cause_chain(record.cause)) {
      const JournalRecord& before = journal.record(link);
      const bool action = static_cast<RecordType>(before.type) == RecordType::kAction;
      if (action || static_cast<RecordType>(before.type) == RecordType::kPipeline)
        finding.chain.push_back(std::string(journal.text(before.text)) + " at " +
                                about(before.at.since_start()));
    }
    finding.change = pipeline_advice(finding.what);
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
