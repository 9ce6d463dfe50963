// The records of a Route 53 hosted zone as external-dns keeps them: what Ingresses and Services ask for, what
// has to change, and which batch of changes Route 53 refuses. Values in, values out.
//
// A name asks for an alias of the load balancer that its object has: of spec.rules, of spec.tls, of the
// annotation external-dns.alpha.kubernetes.io/hostname (ingress-hostname-source: annotation-only, or
// defined-hosts-only); with the annotation set-identifier it is one record of a set, from which DNS chooses
// by aws-weight. A weight, or another routing policy, without a set identifier is not sent by external-dns
// before v0.21.0, and is since then (DnsRules). Where external-dns prefers CNAMEs (--aws-prefer-cname) they
// have a TTL: that of the annotation ttl, in seconds ("300") or as Go writes durations ("10m"; fractions of a
// second are cut off), from 1 to 2^31 - 1; anything else is ignored, as external-dns says in its log. Aliases
// have none: AWS answers for them. Of several objects that ask for the same record, the one that has it keeps
// it, else the load balancer that is first in order of name wins. Each record counts as two changes in a
// batch: itself, and the TXT record that says whose it is.
//
// Route 53 makes all changes of a batch or none. It refuses a set identifier without a weight (or another
// routing policy), a weight without a set identifier or beyond 255, and a record of a set beside a simple
// one. Sources: kubernetes-sigs/external-dns source/ingress.go (endpointsFromIngress), plan/plan.go,
// plan/conflict.go (PerResource), provider/aws/aws.go (batchChangeSet, newChange; pull request
// #6082), source/annotations/processors.go (TTLFromAnnotations); Route 53 API reference,
// ChangeResourceRecordSets and ResourceRecordSet. Left out: which of a set DNS chooses by latency, geography
// or health: they count alike; the annotations target and controller; names with a dot at the end.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/time.h"

namespace seatrial::cloud {

struct DnsRecord {
  std::string name;            // "web.example.org", "*.example.org"
  std::string set_identifier;  // empty: a simple record
  std::optional<std::int64_t> weight;
  bool otherwise_routed = false;  // by latency, geography, …
  std::string target;             // the load balancer
  std::string resource;           // who asks for it: "ingress/NAMESPACE/NAME"
  std::optional<Duration> ttl;    // of a CNAME; none: an alias

  bool operator==(const DnsRecord&) const = default;
};

using DnsZone = std::map<std::pair<std::string, std::string>, DnsRecord>;  // by name and set identifier

// "ingress/NAMESPACE/NAME", "service/NAMESPACE/NAME"
std::string dns_resource(const api::Object& object);
// What external-dns makes of annotations.
struct DnsRules {
  bool sends_routing_alone = false;  // without a set identifier, as since v0.21.0
  std::optional<Duration>
      cname_ttl;  // records are CNAMEs, with this TTL unless they say another; none: aliases
};
// What an Ingress or a Service asks for, as `target` is its load balancer.
std::vector<DnsRecord> wanted_records(const api::Object& object, const std::string& target,
                                      const DnsRules& rules = {});
// Which of its annotations external-dns ignores, and why; empty: none.
std::vector<std::string> ignored_annotations(const api::Object& object, const DnsRules& rules);

// In the order in which a batch makes them.
enum class DnsAction : std::uint8_t { kUpsert, kDelete, kCreate };
struct DnsChange {
  DnsAction action = DnsAction::kCreate;
  DnsRecord record;  // as it will be, or was
};
enum class DnsPolicy : std::uint8_t { kSync, kUpsertOnly };  // the latter deletes nothing

// In order of name and set identifier.
std::vector<DnsChange> plan_changes(const DnsZone& zone, const std::vector<DnsRecord>& wanted,
                                    DnsPolicy policy);
// Records whose object asks for them no more are those of another one that asks for the same, without a
// change.
void take_over(DnsZone& zone, const std::vector<DnsRecord>& wanted);
// All changes of a name stay together; `size` counts changes. Names with more changes than that are left out,
// as external-dns does.
std::vector<std::vector<DnsChange>> batches_of(const std::vector<DnsChange>& changes, std::size_t size);

// JournalRecord::value of RecordType::kDnsRefused.
enum class DnsFault : std::uint8_t { kNoWeight, kNoSetIdentifier, kWeightRange, kSetBesideSimple };
struct DnsRefusal {
  DnsFault fault;
  DnsRecord record;  // the first that is wrong
  std::string str() const;
};
// Why Route 53 makes none of these changes; none: it makes all.
std::optional<DnsRefusal> refusal_of(const DnsZone& zone, const std::vector<DnsChange>& batch);
void make_changes(DnsZone& zone, const std::vector<DnsChange>& batch);

// The records that answer for a host: those of its name, else those of *.PARENT, of the nearest parent that
// there is, unless there are names below the host itself (RFC 4592 2.2.2); none: no such name, or no record.
std::vector<const DnsRecord*> records_for(const DnsZone& zone, const std::string& host);
// Could records of that name be among them?
bool may_answer(const std::string& name, const std::string& host);
// How often each of them is the answer, as weights; if all are 0, all alike.
std::vector<std::uint64_t> shares_of(const std::vector<const DnsRecord*>& records);

}  // namespace seatrial::cloud
