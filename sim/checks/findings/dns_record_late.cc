// Requests that failed as DNS led to where their host is served no more, or knew no such name: external-dns
// and Route 53 follow an Ingress after a while, and resolvers keep what they have until its TTL is over.
#include <algorithm>
#include <map>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using cluster::RecordType;

bool leads_to(const traffic::NameAnswer& answer, traffic::LoadIndex way) {
  return std::ranges::any_of(answer.ways,
                             [&](const auto& one) { return one.first == way && one.second > 0; });
}

// The latest answer, until it was sent, by which it went where it went.
const traffic::NameAnswer& answer_behind(const traffic::ResolverCopies& copies,
                                         const traffic::FailedRequest& failure) {
  const std::vector<traffic::NameAnswer>& changes = copies.changes();
  for (auto change = changes.rbegin(); change != changes.rend(); ++change)
    if (change->from <= failure.sent && leads_to(*change, failure.way)) return *change;
  return changes.empty() ? copies.latest() : copies.answer_before(changes.front().from);
}

// What DNS answered then, and from when on.
std::string followed_text(const Evidence& evidence, const traffic::ResolverCopies& copies,
                          const traffic::FailedRequest& first, bool left) {
  const traffic::NameAnswer& old = answer_behind(copies, first);
  const auto next = std::ranges::find_if(copies.changes(), [&](const traffic::NameAnswer& answer) {
    return left ? answer.from > old.from && !leads_to(answer, first.way)
                : answer.from > first.sent && !answer.ways.empty();
  });
  if (next == copies.changes().end())
    return left ? "DNS led there until the end of the run" : "DNS knew no such name until the end of the run";
  std::set<std::string> names;
  for (const auto& [way, weight] : next->ways)
    names.insert(evidence.traffic.proxy(evidence.traffic.load(way).proxy).name.str());
  const std::string answer =
      next->ways.empty() ? "DNS knew no such name" : "DNS led to " + joined(names, " and ");
  return answer + " from " + about(next->from.since_start()) + " on" +
         ", after external-dns had looked and Route 53 had passed it on; resolvers kept " +
         (left ? "the old address for up to " + to_string(copies.kept_for(old))
               : "\"no such name\" for up to " + to_string(copies.negative_ttl()));
}

// Alias records have AWS's TTL, which nobody can lower.
std::string advice_for_stale(const traffic::ResolverCopies& copies, const traffic::FailedRequest& first) {
  const traffic::NameAnswer& old = answer_behind(copies, first);
  return "let an Ingress of the new class stand beside the old one, as records of one set (set-identifier, "
         "aws-weight); set the old one's aws-weight to 0, and delete it when DNS has followed and " +
         to_string(copies.kept_for(old)) + " have passed" +
         (old.ttl ? "; a lower TTL (the annotation external-dns.alpha.kubernetes.io/ttl), set before, "
                    "shortens the wait"
                  : "");
}

}  // namespace

void dns_records_were_late(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  std::map<std::pair<traffic::LoadIndex, bool>, FailureGroup> found;  // by load; was there a name?
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    const RecordType type = type_behind(journal, failure);
    const bool left = type == RecordType::kRouteLeft;
    if (failure.pod.valid() || (!left && type != RecordType::kDnsRecord)) continue;
    found[{failure.load, left}].add(failure);
  }
  for (const auto& [key, late] : found) {
    const auto [load, left] = key;
    const traffic::ResolverCopies& copies = *evidence.traffic.copies(load);
    Finding finding;
    finding.severity = Severity::kError;
    finding.requests = late.requests;
    finding.what = plural(late.requests, "request") + " of load " + evidence.traffic.load(load).name.str() +
                   (left ? " went where DNS still led, and their host was not served there any more"
                         : " found no DNS record of their host");
    finding.chain.push_back(times_sent(late) + answered_with(*late.first));
    finding.chain.push_back(std::string(journal.text(journal.record(late.first->record).text)));
    finding.chain.push_back(followed_text(evidence, copies, *late.first, left));
    const std::string action = action_behind(evidence, late.first->record);
    if (!action.empty()) finding.chain.push_back("that began with " + action);
    finding.change =
        left ? advice_for_stale(copies, *late.first)
             : "let the record be there before clients ask for the name, and stay: resolvers keep \"no such "
               "name\" for " +
                   to_string(copies.negative_ttl()) +
                   "; a lower TTL of the zone's SOA record, set before, shortens that";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
