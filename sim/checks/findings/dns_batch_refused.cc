// Route 53 refused batches of external-dns's changes for one that is wrong, so that others' records in it
// were not made either. One finding for each change of an object that did it.
#include <algorithm>
#include <map>

#include "sim/checks/findings/common.h"
#include "sim/cloud/dns_zone.h"

namespace seatrial::checks {
namespace {

using cluster::RecordType;

struct RefusedBatches {
  std::uint64_t requests = 0, batches = 0;
  std::uint32_t names = 0;  // in the largest
  std::set<std::string> loads;
  const JournalRecord* said = nullptr;  // the first, or the first that requests met
  SimTime first, last;
};

std::string advice_for(cloud::DnsFault fault) {
  constexpr std::string_view kAnnotation = "external-dns.alpha.kubernetes.io/";
  const std::string annotation(kAnnotation);
  switch (fault) {
    case cloud::DnsFault::kNoWeight:
      return "add the annotation " + annotation + "aws-weight beside set-identifier";
    case cloud::DnsFault::kNoSetIdentifier:
      return "add the annotation " + annotation + "set-identifier beside aws-weight";
    case cloud::DnsFault::kWeightRange:
      return "let the annotation " + annotation + "aws-weight be between 0 and 255";
    case cloud::DnsFault::kSetBesideSimple:
      break;
  }
  return "let all Ingresses of the host have the annotations " + annotation + "set-identifier and " +
         annotation + "aws-weight, or none";
}

// The version of the object that a change made; null: none did.
const api::Object* object_of(const Evidence& evidence, JournalId id) {
  const auto change = std::ranges::find(evidence.history, id, &cluster::WatchEvent::cause);
  return id == JournalId::kNone || change == evidence.history.end() ? nullptr : change->object.get();
}

}  // namespace

void dns_batches_were_refused(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  std::map<JournalId, RefusedBatches> found;  // by the change that is wrong
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (static_cast<RecordType>(record.type) != RecordType::kDnsRefused) continue;
    RefusedBatches& refused = found[record.cause];
    if (refused.batches++ == 0) {
      refused.said = &record;
      refused.first = record.at;
    }
    refused.last = record.at;
    refused.names = std::max(refused.names, record.other);
  }
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (type_behind(journal, failure) != RecordType::kDnsRefused || failure.pod.valid()) continue;
    RefusedBatches& refused = found[journal.record(failure.record).cause];
    if (refused.requests == 0) refused.said = &journal.record(failure.record);
    refused.requests += failure.count;
    refused.loads.insert(evidence.traffic.load(failure.load).name.str());
  }
  for (const auto& [cause, refused] : found) {
    Finding finding;
    finding.severity = refused.requests > 0 ? Severity::kError : Severity::kWarning;
    finding.requests = refused.requests;
    finding.what = refused.requests > 0
                       ? plural(refused.requests, "request") + " of " + joined(refused.loads) +
                             " found no DNS record, or one that was out of date: Route 53 refused its change"
                       : "Route 53 refused changes of DNS records";
    if (const api::Object* const object = object_of(evidence, cause)) {
      finding.object = {object->kind, object->metadata.namespace_, object->metadata.name};
      finding.manifest = object->source;
    }
    finding.chain.push_back(std::string(journal.text(refused.said->text)));
    finding.chain.push_back("of a batch Route 53 makes all changes or none; external-dns sent " +
                            (refused.batches == 1 ? "one" : std::to_string(refused.batches)) +
                            " with it, the first at " + about(refused.first.since_start()) +
                            ", the last at " + about(refused.last.since_start()));
    const std::string action = action_behind(evidence, cause);
    if (!action.empty()) finding.chain.push_back("that began with " + action);
    finding.change = advice_for(static_cast<cloud::DnsFault>(refused.said->value));
    if (refused.names > 1)
      finding.change +=
          "; an external-dns that submits what a refused batch holds one by one, or smaller batches, keep it "
          "from holding up others";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
