// Requests that failed as a pod got no address for a name that it calls: the DNS servers did not answer in
// time, were not there, or know no such name. One finding for each workload that asked.
#include <fmt/format.h>

#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using cluster::RecordType;

struct Unresolved {
  FailureGroup group;
  const JournalRecord* record = nullptr;      // of the first
  std::set<std::uint32_t> askers;             // pods
  std::map<std::string, std::int64_t> names;  // and the queries that each takes
};

std::map<std::pair<api::Symbol, api::Symbol>, Unresolved> unresolved_in(const Evidence& evidence) {
  const Journal& journal = evidence.kernel.journal();
  std::map<std::pair<api::Symbol, api::Symbol>, Unresolved> found;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    const JournalRecord* const record = unresolved_name(evidence, failure.record);
    const PodLife* const life = record ? evidence.life_of({record->subject}) : nullptr;
    if (!life || full_table_behind(journal, failure) != JournalId::kNone) continue;
    Unresolved& one = found[{life->workload.namespace_, life->workload.name}];
    if (!one.record) one.record = record;
    one.group.add(failure);
    one.askers.insert(record->subject);
    const std::string_view text = journal.text(record->text);
    one.names[std::string(text.substr(0, text.find(':')))] = record->value;
  }
  return found;
}

struct Servers {
  const api::Service* service = nullptr;
  std::uint64_t pods = 0, killed = 0;  // killed for their memory, as often
};

Servers servers_of(const Evidence& evidence, const traffic::Dns& dns) {
  Servers servers;
  const api::ServiceKey key = evidence.traffic.load(dns.load).service;
  servers.service = evidence.store.get<api::Service>(key);
  if (!servers.service) return servers;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || life.pod->metadata.namespace_ != servers.service->metadata.namespace_) continue;
    if (!api::selects(*servers.service, *life.pod->metadata.labels)) continue;
    ++servers.pods;
    servers.killed += life.out_of_memory.size();
  }
  return servers;
}

void tell_servers(const Evidence& evidence, const traffic::Dns& dns, const Servers& servers,
                  std::vector<std::string>& chain) {
  if (!servers.service) return;
  const std::string name = "service/" + servers.service->metadata.name.str();
  chain.push_back(fmt::format("{} of {} look-ups failed", dns.lookups_failed, dns.lookups_ended));
  const traffic::LoadTotals totals = evidence.traffic.accounts().totals(dns.load);
  chain.push_back(
      fmt::format("{} of the {} queries sent to {} were answered", totals.ok(), totals.sent, name));
  if (servers.killed > 0)
    chain.push_back(fmt::format(
        "the {} behind it were killed {} for the memory that queries in flight use (out-of-memory)",
        plural(servers.pods, "pod"),
        servers.killed == 1 ? "once" : std::to_string(servers.killed) + " times"));
}

std::string how_to_resolve(const traffic::Dns& dns, const std::map<std::string, std::int64_t>& names,
                           const Servers& servers) {
  constexpr std::int64_t kFewest = 2;  // A and AAAA of one name
  const auto most = std::ranges::max_element(names, {}, [](const auto& name) { return name.second; });
  std::vector<std::string> advice;
  const auto name = std::ranges::find(dns.names, most->first, &traffic::DnsName::written);
  const std::string full = name == dns.names.end() ? most->first : name->full;
  // Search lists are what names of the cluster are found by.
  const bool by_itself = full == most->first;
  if (most->second > kFewest)
    advice.push_back(
        fmt::format("write {}. with a dot at its end{}: {} queries instead of {}", full,
                    by_itself ? ", or set dnsConfig: {options: [{name: ndots, value: \"1\"}]}" : "", kFewest,
                    most->second));
  advice.push_back("let nodes or processes keep answers (NodeLocal DNSCache, dnsCache)");
  if (servers.killed > 0)
    advice.push_back("raise limits.memory of the DNS servers to what their queries in flight need");
  advice.push_back("run more replicas of them");
  return joined(advice);
}

// By which side the rule drops the queries.
std::string how_to_allow(const api::Service& service, std::string_view rule) {
  const api::ObjectMeta& dns = service.metadata;
  if (rule.contains("for ingress") || rule.contains("ingress["))
    return fmt::format("let these pods in: ingress to the pods of service/{} in namespace {}, by UDP and TCP",
                       dns.name.view(), dns.namespace_.view());
  return fmt::format("allow these queries: egress to the pods of service/{} in namespace {}, by UDP and TCP",
                     dns.name.view(), dns.namespace_.view());
}

}  // namespace

const JournalRecord* unresolved_name(const Evidence& evidence, JournalId id) {
  const Journal& journal = evidence.kernel.journal();
  if (id == JournalId::kNone) return nullptr;
  const JournalRecord* record = &journal.record(id);
  if (static_cast<RecordType>(record->type) == RecordType::kCannotCall && record->cause != JournalId::kNone)
    record = &journal.record(record->cause);
  return static_cast<RecordType>(record->type) == RecordType::kCannotResolve ? record : nullptr;
}

void names_were_not_resolved(const Evidence& evidence, std::vector<Finding>& findings) {
  const traffic::Dns* const dns = evidence.traffic.dns();
  if (!dns) return;
  const Journal& journal = evidence.kernel.journal();
  const Servers servers = servers_of(evidence, *dns);
  for (const auto& [workload, one] : unresolved_in(evidence)) {
    const PodLife& life = *evidence.life_of({one.record->subject});
    Finding finding;
    finding.severity = Severity::kError;
    finding.object = life.workload;
    finding.requests = one.group.requests;
    if (const api::Container* const container = first_container(life)) finding.manifest = container->source;
    finding.what = life.workload.str() +
                   " could not resolve what it calls: " + plural(finding.requests, "request") + " failed, " +
                   plural(one.askers.size(), "pod") + " asked";
    finding.chain.push_back(outcomes_text(one.group) + ", " + times_ended(one.group));
    finding.chain.push_back("the first: " + std::string(journal.text(one.record->text)));
    for (const auto& [name, queries] : one.names)
      finding.chain.push_back(fmt::format("a look-up of {} is {} queries, A and AAAA of {}", name, queries,
                                          plural(static_cast<std::uint64_t>(queries / 2), "name")));
    const std::string rule = rule_that_drops(journal, one.record->cause);
    if (!rule.empty() && servers.service) {
      finding.chain.push_back("network policies drop the queries: " + rule);
      finding.change = how_to_allow(*servers.service, rule);
    } else {
      tell_servers(evidence, *dns, servers, finding.chain);
      finding.change = how_to_resolve(*dns, one.names, servers);
    }
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
