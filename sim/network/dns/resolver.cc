#include "sim/network/dns/resolver.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace seatrial::network {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> strings_of(const Json& map, const char* key) {
  std::vector<std::string> all;
  const auto list = map.find(key);
  if (list == map.end() || !list->is_array()) return all;
  for (const Json& item : *list)
    if (item.is_string()) all.push_back(item.get<std::string>());
  return all;
}

std::string string_of(const Json& map, const char* key) {
  const auto at = map.is_object() ? map.find(key) : map.end();
  return at != map.end() && at->is_string() ? at->get<std::string>() : std::string();
}

void append_new(std::vector<std::string>& list, const std::vector<std::string>& more) {
  for (const std::string& one : more)
    if (std::ranges::find(list, one) == list.end()) list.push_back(one);
}

// As glibc reads it: a number that it caps; anything else is 0.
std::int64_t capped(const std::string& text, std::int64_t most) {
  std::int64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return std::clamp<std::int64_t>(n, 0, most);
}

void set_option(ResolvConf& conf, const std::string& name, const std::string& value) {
  constexpr std::int64_t kMostDots = 15, kMostSeconds = 30, kMostAttempts = 5;
  if (name == "ndots") conf.ndots = static_cast<std::int32_t>(capped(value, kMostDots));
  if (name == "timeout")
    conf.timeout = Duration::seconds(std::max<std::int64_t>(1, capped(value, kMostSeconds)));
  if (name == "attempts")
    conf.attempts = static_cast<std::int32_t>(std::max<std::int64_t>(1, capped(value, kMostAttempts)));
  if (name == "no-aaaa") conf.ipv6 = false;
}

}  // namespace

PodDns pod_dns(const api::PodSpec& spec) {
  PodDns dns;
  dns.host_network = spec.host_network;
  if (spec.other.empty()) return dns;
  const Json other = Json::parse(spec.other.view(), nullptr, false);
  if (!other.is_object()) return dns;
  if (const std::string policy = string_of(other, "dnsPolicy"); !policy.empty()) dns.policy = policy;
  const auto config = other.find("dnsConfig");
  if (config == other.end() || !config->is_object()) return dns;
  dns.nameservers = strings_of(*config, "nameservers");
  dns.searches = strings_of(*config, "searches");
  const auto options = config->find("options");
  if (options == config->end() || !options->is_array()) return dns;
  for (const Json& option : *options)
    dns.options.emplace_back(string_of(option, "name"), string_of(option, "value"));
  return dns;
}

ResolvConf resolv_conf(const PodDns& pod, std::string_view namespace_, const ClusterDns& cluster) {
  constexpr std::size_t kMostSearches = 32;
  ResolvConf conf;
  conf.cluster =
      pod.policy == "ClusterFirstWithHostNet" || (pod.policy == "ClusterFirst" && !pod.host_network);
  if (conf.cluster) {
    conf.search = {std::string(namespace_) + ".svc." + cluster.domain, "svc." + cluster.domain,
                   cluster.domain};
    conf.ndots = 5;
  }
  if (pod.policy == "None")
    conf.cluster = !pod.nameservers.empty() && pod.nameservers.front() == cluster.address;
  else
    append_new(conf.search, cluster.node_search);
  append_new(conf.search, pod.searches);
  if (conf.search.size() > kMostSearches) conf.search.resize(kMostSearches);
  for (const auto& [name, value] : pod.options) set_option(conf, name, value);
  return conf;
}

std::vector<std::string> names_to_ask(const ResolvConf& conf, std::string_view name) {
  if (name.ends_with('.')) return {std::string(name.substr(0, name.size() - 1))};
  std::vector<std::string> names;
  const bool first = std::ranges::count(name, '.') >= conf.ndots;
  if (first) names.emplace_back(name);
  for (const std::string& suffix : conf.search) names.push_back(std::string(name) + "." + suffix);
  if (!first) names.emplace_back(name);
  return names;
}

bool is_within(std::string_view name, std::string_view domain) {
  if (!name.ends_with(domain)) return false;
  return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

}  // namespace seatrial::network
