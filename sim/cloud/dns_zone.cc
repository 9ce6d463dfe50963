#include "sim/cloud/dns_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>
#include <utility>

#include "sim/api/core.h"
#include "sim/api/networking.h"
#include "sim/engine/duration_text.h"

namespace seatrial::cloud {
namespace {

constexpr std::string_view kPrefix = "external-dns.alpha.kubernetes.io/";
constexpr std::size_t kChangesOfARecord = 2;

std::string_view dns_annotation(const api::Object& object, std::string_view name) {
  return object.metadata.annotations->get(api::Symbol(std::string(kPrefix) + std::string(name)));
}

// What is no number counts as 0, which external-dns says in its log.
std::int64_t weight_of(std::string_view text) {
  std::int64_t weight = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
  return error == std::errc() && end == text.data() + text.size() ? weight : 0;
}

// Routing but by weight: annotations after the prefix.
constexpr std::array<std::string_view, 8> kOtherRouting{"aws-region",
                                                        "aws-failover",
                                                        "aws-geolocation-continent-code",
                                                        "aws-geolocation-country-code",
                                                        "aws-geolocation-subdivision-code",
                                                        "aws-geoproximity-region",
                                                        "aws-geoproximity-coordinates",
                                                        "aws-multi-value-answer"};

bool routed_otherwise(const api::Object& object) {
  return std::ranges::any_of(kOtherRouting, [&](auto name) { return !dns_annotation(object, name).empty(); });
}

// "a.example, b.example"
std::set<std::string> names_in(std::string_view list) {
  std::set<std::string> names;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string name(list.substr(0, comma));
    std::erase(name, ' ');
    if (!name.empty()) names.insert(std::move(name));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

std::set<std::string> names_of(const api::Object& object) {
  const std::string_view source = dns_annotation(object, "ingress-hostname-source");
  std::set<std::string> names = names_in(dns_annotation(object, "hostname"));
  if (object.kind != api::Kind::kIngress || source == "annotation-only") return names;
  if (source == "defined-hosts-only") names.clear();
  const auto& ingress = static_cast<const api::Ingress&>(object);
  for (const api::IngressRule& rule : ingress.rules) names.insert(rule.host.str());
  for (const api::IngressTls& tls : ingress.tls)
    for (const api::Symbol host : tls.hosts) names.insert(host.str());
  names.erase("");
  return names;
}

bool same_answer(const DnsRecord& a, const DnsRecord& b) {
  return a.target == b.target && a.weight == b.weight && a.otherwise_routed == b.otherwise_routed &&
         a.ttl == b.ttl;
}

// Seconds as an integer, or a Go duration, of which the whole seconds count.
std::optional<Duration> ttl_of(std::string_view text) {
  const bool is_go = text.find_first_of("dw") == std::string_view::npos;
  const bool is_number =
      !text.empty() && text.find_first_not_of("0123456789", text[0] == '+' ? 1 : 0) == std::string_view::npos;
  const auto ttl = parse_duration(is_number ? std::string(text) + "s" : std::string(text));
  if (!is_go || !ttl) return std::nullopt;
  const Duration whole = truncated(*ttl, Duration::seconds(1));
  const bool valid =
      whole >= Duration::seconds(1) && whole <= Duration::seconds(std::numeric_limits<std::int32_t>::max());
  return valid ? std::optional(whole) : std::nullopt;
}

bool of_a_set(const DnsRecord& record) { return record.weight || record.otherwise_routed; }

std::optional<DnsFault> fault_of(const DnsRecord& record) {
  if (!record.set_identifier.empty() && !of_a_set(record)) return DnsFault::kNoWeight;
  if (record.set_identifier.empty() && of_a_set(record)) return DnsFault::kNoSetIdentifier;
  if (record.weight && (*record.weight < 0 || *record.weight > 255)) return DnsFault::kWeightRange;
  return std::nullopt;
}

}  // namespace

std::string dns_resource(const api::Object& object) {
  const char* const kind = object.kind == api::Kind::kIngress ? "ingress" : "service";
  return fmt::format("{}/{}/{}", kind, object.metadata.namespace_.view(), object.metadata.name.view());
}

std::vector<DnsRecord> wanted_records(const api::Object& object, const std::string& target,
                                      const DnsRules& rules) {
  DnsRecord record;
  record.set_identifier = dns_annotation(object, "set-identifier");
  if (!record.set_identifier.empty() || rules.sends_routing_alone) {
    if (const auto weight = dns_annotation(object, "aws-weight"); !weight.empty())
      record.weight = weight_of(weight);
    record.otherwise_routed = routed_otherwise(object);
  }
  if (rules.cname_ttl) record.ttl = ttl_of(dns_annotation(object, "ttl")).value_or(*rules.cname_ttl);
  record.target = target;
  record.resource = dns_resource(object);
  std::vector<DnsRecord> records;
  for (const std::string& name : names_of(object)) {
    record.name = name;
    records.push_back(record);
  }
  return records;
}

std::vector<std::string> ignored_annotations(const api::Object& object, const DnsRules& rules) {
  std::vector<std::string> ignored;
  const auto add = [&](std::string_view name, std::string_view value, std::string_view why) {
    ignored.push_back(
        fmt::format("annotation {}{}: {} of {}, {}", kPrefix, name, value, dns_resource(object), why));
  };
  if (const auto ttl = dns_annotation(object, "ttl"); !ttl.empty()) {
    if (!ttl_of(ttl))
      add("ttl", ttl, "is neither seconds (300) nor a duration (10m), so external-dns ignores it");
    else if (!rules.cname_ttl)
      add("ttl", ttl, "which alias records do not have: AWS answers with its own (externalDns: preferCname)");
  }
  if (rules.sends_routing_alone || !dns_annotation(object, "set-identifier").empty()) return ignored;
  const auto tell_routing = [&](std::string_view name) {
    if (const auto value = dns_annotation(object, name); !value.empty())
      add(name, value, "has no set-identifier, so external-dns does not send it");
  };
  tell_routing("aws-weight");
  std::ranges::for_each(kOtherRouting, tell_routing);
  return ignored;
}

namespace {

// Of those that ask for the same record the one that has it, else the first by its load balancer.
std::map<std::pair<std::string, std::string>, const DnsRecord*> choose(const DnsZone& zone,
                                                                       const std::vector<DnsRecord>& wanted) {
  std::map<std::pair<std::string, std::string>, const DnsRecord*> chosen;
  const auto holds = [&](const DnsRecord& record) {
    const auto current = zone.find({record.name, record.set_identifier});
    return current != zone.end() && current->second.resource == record.resource;
  };
  for (const DnsRecord& record : wanted) {
    const DnsRecord*& best = chosen[{record.name, record.set_identifier}];
    const bool better = !best || (holds(record) && !holds(*best)) ||
                        (holds(record) == holds(*best) && record.target < best->target);
    if (better) best = &record;
  }
  return chosen;
}

}  // namespace

void take_over(DnsZone& zone, const std::vector<DnsRecord>& wanted) {
  for (const auto& [key, record] : choose(zone, wanted))
    if (const auto current = zone.find(key); current != zone.end() && same_answer(current->second, *record))
      current->second.resource = record->resource;
}

std::vector<DnsChange> plan_changes(const DnsZone& zone, const std::vector<DnsRecord>& wanted,
                                    DnsPolicy policy) {
  const auto chosen = choose(zone, wanted);
  std::map<std::pair<std::string, std::string>, DnsChange> changes;
  for (const auto& [key, record] : chosen) {
    const auto current = zone.find(key);
    if (current == zone.end())
      changes[key] = {DnsAction::kCreate, *record};
    else if (!same_answer(current->second, *record))
      changes[key] = {DnsAction::kUpsert, *record};
  }
  for (const auto& [key, record] : zone)
    if (policy == DnsPolicy::kSync && !chosen.contains(key)) changes[key] = {DnsAction::kDelete, record};
  std::vector<DnsChange> planned;
  planned.reserve(changes.size());
  for (auto& [key, change] : changes) planned.push_back(std::move(change));
  return planned;
}

std::vector<std::vector<DnsChange>> batches_of(const std::vector<DnsChange>& changes, std::size_t size) {
  std::vector<std::vector<DnsChange>> batches;
  std::size_t counted = size;  // of the last batch
  for (std::size_t begin = 0, end = 0; begin < changes.size(); begin = end) {
    while (end < changes.size() && changes[end].record.name == changes[begin].record.name) ++end;
    const std::size_t more = (end - begin) * kChangesOfARecord;
    if (more > size) continue;
    if (counted + more > size) {
      batches.emplace_back();
      counted = 0;
    }
    counted += more;
    for (std::size_t i = begin; i < end; ++i) batches.back().push_back(changes[i]);
  }
  for (auto& batch : batches) std::ranges::stable_sort(batch, {}, &DnsChange::action);
  return batches;
}

std::string DnsRefusal::str() const {
  switch (fault) {
    case DnsFault::kNoWeight:
      return fmt::format("SetIdentifier {} of {} without a Weight", record.set_identifier, record.name);
    case DnsFault::kNoSetIdentifier:
      return fmt::format("Weight of {} without a SetIdentifier", record.name);
    case DnsFault::kWeightRange:
      return fmt::format("Weight {} of {} is not between 0 and 255", record.weight.value_or(0), record.name);
    case DnsFault::kSetBesideSimple:
      break;
  }
  const char* const type = record.ttl ? "CNAME" : "A";
  if (record.set_identifier.empty())
    return fmt::format(
        "RRSet with DNS name {}., type {} cannot be created as other RRSets exist with the same name and "
        "type",
        record.name, type);
  return fmt::format(
      "RRSet with DNS name {}., type {}, SetIdentifier {} cannot be created as a non-weighted set exists "
      "with "
      "the same name and type",
      record.name, type, record.set_identifier);
}

std::optional<DnsRefusal> refusal_of(const DnsZone& zone, const std::vector<DnsChange>& batch) {
  DnsZone after = zone;
  for (const DnsChange& change : batch) {
    if (change.action == DnsAction::kDelete) {
      make_changes(after, {change});
      continue;
    }
    const DnsRecord& record = change.record;
    if (const auto fault = fault_of(record)) return DnsRefusal{*fault, record};
    for (auto other = after.lower_bound({record.name, ""}); other != after.end(); ++other) {
      if (other->first.first != record.name) break;
      if (other->first.second.empty() != record.set_identifier.empty())
        return DnsRefusal{DnsFault::kSetBesideSimple, record};
    }
    make_changes(after, {change});
  }
  return std::nullopt;
}

void make_changes(DnsZone& zone, const std::vector<DnsChange>& batch) {
  for (const DnsChange& change : batch) {
    const std::pair key{change.record.name, change.record.set_identifier};
    if (change.action == DnsAction::kDelete)
      zone.erase(key);
    else
      zone[key] = change.record;
  }
}

std::vector<const DnsRecord*> records_for(const DnsZone& zone, const std::string& host) {
  std::vector<const DnsRecord*> records;
  const auto add = [&](const std::string& name) {
    for (auto at = zone.lower_bound({name, ""}); at != zone.end() && at->first.first == name; ++at)
      records.push_back(&at->second);
  };
  const auto exists = [&](const std::string& name) {
    return std::ranges::any_of(zone, [&](const auto& row) {
      return row.first.first == name || row.first.first.ends_with("." + name);
    });
  };
  add(host);
  if (records.empty() && exists(host)) return records;
  for (std::size_t dot = host.find('.'); records.empty() && dot != std::string::npos;
       dot = host.find('.', dot + 1)) {
    add("*" + host.substr(dot));
    if (exists(host.substr(dot + 1))) break;
  }
  return records;
}

bool may_answer(const std::string& name, const std::string& host) {
  return name == host || (name.starts_with("*.") && host.ends_with(name.substr(1)));
}

std::vector<std::uint64_t> shares_of(const std::vector<const DnsRecord*>& records) {
  std::vector<std::uint64_t> shares;
  std::uint64_t all = 0;
  for (const DnsRecord* const record : records) {
    const std::int64_t weight = record->weight.value_or(1);
    shares.push_back(weight > 0 ? static_cast<std::uint64_t>(weight) : 0);
    all += shares.back();
  }
  if (all == 0) std::ranges::fill(shares, 1);
  return shares;
}

}  // namespace seatrial::cloud
