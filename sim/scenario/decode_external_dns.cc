// `externalDns:` of a platform, and the verb about the records that it keeps.
#include <algorithm>

#include "sim/cloud/dns_zone.h"
#include "sim/scenario/decode_entry.h"
#include "sim/scenario/route.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {

namespace {

constexpr std::int32_t kChangesAtMost = 1000;           // that Route 53 takes in a batch
constexpr Duration kCnameTtl = Duration::seconds(300);  // provider/aws/aws.go, defaultTTL

// Some object that is applied asks for a record of that name.
void require_record(const Reader& at, const std::string& name, const Inventory& inventory) {
  std::vector<std::string> names;
  if (name.empty() || inventory.incomplete) return;
  for (const auto& object : inventory.objects()) {
    const bool asks = object->kind == api::Kind::kIngress || !balanced_host(*object).empty();
    if (!asks) continue;
    for (const cloud::DnsRecord& record : cloud::wanted_records(*object, "", {})) {
      if (record.name == name) return;
      names.push_back(record.name);
    }
  }
  at.problem("no Ingress or Service that is applied asks for a DNS record of \"" + name + "\"" +
             did_you_mean(name, names));
}

}  // namespace

// {interval: 1m, policy: sync, batchSize: 1000, retryOneByOne: true, ttl: 60s, negativeTTL: 15m, preferCname:
// true, routingWithoutIdentifier: sent, …}
void read_external_dns(Reader map, Platform& platform) {
  if (!map || !map.expect_map()) return;
  ExternalDnsConfig config;
  config.interval = map.field("interval").duration(config.interval, Duration::seconds(1));
  config.policy = static_cast<cloud::DnsPolicy>(map.field("policy").choice({"sync", "upsert-only"}, 0));
  config.batch_size =
      static_cast<std::int32_t>(map.field("batchSize").integer(config.batch_size, 2, kChangesAtMost));
  config.retry_one_by_one = map.field("retryOneByOne").boolean(config.retry_one_by_one);
  const Reader ttl = map.field("ttl");
  config.ttl = ttl.duration(config.ttl, Duration::seconds(1));
  if (map.field("preferCname").boolean(false)) config.records.cname_ttl = ttl ? config.ttl : kCnameTtl;
  config.records.sends_routing_alone =
      map.field("routingWithoutIdentifier").choice({"dropped", "sent"}, 0) == 1;
  config.negative_ttl = map.field("negativeTTL").duration(config.negative_ttl, Duration::seconds(1));
  config.propagation = map.field("propagation").distribution(config.propagation);
  config.ingress_status =
      map.field("ingressStatusInterval").duration(config.ingress_status, Duration::seconds(1));
  map.done();
  platform.external_dns = std::move(config);
}

// {deleteRecords: [a.example.org, b.example.org]}
Action read_delete_records(Entry& entry, std::string& text) {
  DeleteRecords action;
  if (!entry.parts.scenario.platform.external_dns)
    entry.verb.problem("the platform has no externalDns, so DNS never changes");
  for (const Reader& item : entry.verb.items_or_one()) {
    action.names.push_back(item.text());
    require_record(item, action.names.back(), entry.parts.inventory);
    text += (text.empty() ? "" : ", ") + action.names.back();
  }
  if (entry.verb.is_list() && action.names.empty()) entry.verb.problem("at least one name is needed");
  text = "deletion of the DNS records of " + text;
  return action;
}

}  // namespace seatrial::scenario
