// `dns:` of a platform or a scenario: the cluster's DNS service, which pods ask for names.
#include <algorithm>

#include "sim/api/validation.h"
#include "sim/scenario/decode.h"

namespace seatrial::scenario {
namespace {

constexpr std::string_view kQueries = "dns";  // the load of all queries
constexpr std::int32_t kDnsPort = 53;

// VPC user guide, "DHCP option sets": domain-name of AmazonProvidedDNS.
std::string domain_of_nodes(std::string_view region) {
  return region == "us-east-1" ? "ec2.internal" : std::string(region) + ".compute.internal";
}

std::vector<std::string> read_node_search(const Reader& list, api::Symbol region) {
  if (!list) return region.empty() ? std::vector<std::string>() : std::vector{domain_of_nodes(region.view())};
  std::vector<std::string> domains;
  for (const Reader& item : list.items()) {
    domains.push_back(item.text());
    if (domains.back().empty()) continue;
    for (std::string& why : api::check_dns1123_subdomain(domains.back())) item.problem(std::move(why));
  }
  return domains;
}

}  // namespace

void read_dns(Reader map, Platform& platform) {
  if (!map || !map.expect_map()) return;
  PlatformDns dns;
  const Reader service = map.required("service");
  dns.source = service.where();
  const std::string name = service.text();
  const std::size_t slash = name.find('/');
  if (!name.empty() && (slash == 0 || slash == std::string::npos || slash + 1 == name.size()))
    service.problem("expected NAMESPACE/NAME of the Service, such as kube-system/kube-dns, got \"" + name +
                    "\"");
  else if (!name.empty()) {
    dns.namespace_ = name.substr(0, slash);
    dns.service = name.substr(slash + 1);
  }
  dns.config.cache_ttl = map.field("cacheTtl").duration(dns.config.cache_ttl);
  dns.config.upstream = map.field("upstream").distribution(dns.config.upstream);
  dns.config.upstream_limit =
      static_cast<std::int32_t>(map.field("upstreamLimit").integer(dns.config.upstream_limit, 0, kMany));
  if (const Reader node = map.field("nodeLocalCache"))
    dns.config.node_cache = node.duration(Duration::seconds(30), Duration::millis(1));
  dns.config.cluster.node_search = read_node_search(map.field("nodeSearch"), platform.region);
  map.done();
  platform.dns = std::move(dns);
}

void read_dns_load(Decoding& decoding, Parts& parts) {
  const std::optional<PlatformDns>& dns = parts.scenario.platform.dns;
  if (!dns || dns->service.empty()) return;
  const bool applied = parts.inventory.has({api::Kind::kService, dns->namespace_, dns->service});
  if (!applied && !parts.inventory.incomplete)
    decoding.problems.push_back({dns->source, "",
                                 "no Service \"" + dns->service.str() + "\" in namespace \"" +
                                     dns->namespace_.str() + "\" is applied",
                                 api::Problem::Reason::kBadRequest});
  Load load;
  load.name = kQueries;
  load.source = dns->source;
  load.to.service = dns->service;
  load.to.namespace_ = dns->namespace_;
  load.to.port = kDnsPort;
  load.to.host = dns->service.str() + "." + dns->namespace_.str();
  load.to.url = "udp://" + load.to.host + ":" + std::to_string(kDnsPort);
  if (!parts.scenario.platform.zones.empty()) load.from = parts.scenario.platform.zones.front();
  load.timeout.reset();
  load.queries = true;
  parts.scenario.load.push_back(std::move(load));
}

traffic::DnsName name_of_service(const Destination& to, std::string written) {
  const std::string in_namespace = to.service.str() + "." + to.namespace_.str(),
                    in_cluster = in_namespace + ".svc", full = in_cluster + ".cluster.local";
  std::string as_is = written.ends_with('.') ? written.substr(0, written.size() - 1) : written;
  const bool own = as_is == to.service.view() || as_is == in_namespace || as_is == in_cluster;
  return {std::move(written), own ? full : std::move(as_is)};
}

std::string read_host(const Reader& at, const Platform& platform) {
  std::string host = at.text();
  if (host.empty()) return host;
  if (!platform.dns) at.problem("has a meaning with `dns:` of the platform or the scenario only");
  const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  for (std::string& why : api::check_dns1123_subdomain(name)) at.problem(std::move(why));
  return host;
}

}  // namespace seatrial::scenario
