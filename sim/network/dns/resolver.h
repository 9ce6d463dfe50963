// What the resolver of a pod asks for a name, in which order, and whom.
//
// Sources: Kubernetes "DNS for Services and Pods" (dnsPolicy, dnsConfig) and pkg/kubelet/network/dns/dns.go
// (GetPodDNS: the cluster's search list, options ndots:5, dnsConfig appended, duplicates left out);
// resolv.conf(5) (ndots, timeout, attempts, their caps) and glibc's resolv/res_query.c (__res_context_search:
// the order of names); glibc 2.36 for no-aaaa. Left out: a second nameserver (the first always gets the
// query), rotate, use-vc, LOCALDOMAIN and musl's own rules.
//
// Worked example: a pod of namespace shop on a node of eu-west-2 asks for api.example.com. It has two dots,
// fewer than ndots:5, so the search list comes first: api.example.com.shop.svc.cluster.local,
// ….svc.cluster.local, ….cluster.local, ….eu-west-2.compute.internal, and then the name as it is. Each is
// asked for A and AAAA: ten queries, of which two are answered with an address. api.example.com. (with a dot
// at its end), or ndots:1, is two queries.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/api/core.h"
#include "sim/engine/time.h"

namespace seatrial::network {

struct ResolvConf {
  bool cluster = true;  // its first nameserver is the cluster's; else the node's
  std::vector<std::string> search;
  std::int32_t ndots = 1, attempts = 2;
  Duration timeout = Duration::seconds(5);  // of each attempt
  bool ipv6 = true;                         // AAAA is asked for beside A
  bool operator==(const ResolvConf&) const = default;
};

// What the kubelet knows of it: clusterDomain, clusterDNS, and the search list of the node's own resolv.conf.
struct ClusterDns {
  std::string domain = "cluster.local";
  std::string address;
  std::vector<std::string> node_search;
};

// dnsPolicy and dnsConfig of a pod.
struct PodDns {
  std::string policy = "ClusterFirst";
  bool host_network = false;
  std::vector<std::string> nameservers, searches;
  std::vector<std::pair<std::string, std::string>> options;
};
PodDns pod_dns(const api::PodSpec& spec);

ResolvConf resolv_conf(const PodDns& pod, std::string_view namespace_, const ClusterDns& cluster);

// All names that are asked for, in order, until one exists. Without a dot at their ends.
std::vector<std::string> names_to_ask(const ResolvConf& conf, std::string_view name);

// Is it within that domain?
bool is_within(std::string_view name, std::string_view domain);

}  // namespace seatrial::network
