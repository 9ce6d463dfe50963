// Names before connections: a pod that opens a connection to a name asks for it first, as its resolv.conf
// says (network/dns/resolver.h), and its queries are requests to the DNS servers' pods, through kube-proxy.
//
// Only in a run whose platform says `dns:`. Who asks: loads that pods send, and images' calls to Services,
// for each attempt (each is a new connection); pools of managed resources, when they open a connection and
// what they know is out of date. Each query is one request of one load, so all that requests meet holds for
// it: endpoints and their lag, slots, queue, memory, ends of pods. UDP: no handshake; a server whose process
// is not there refuses by ICMP, which the resolver hears at once (as kube-proxy does for a Service without
// endpoints); one that is killed with the query, or whose queue is full, says nothing. A server does not know
// that the asker has given up, and does its work.
//
// glibc's res_send: A and AAAA go out together; what is not answered within `timeout` is asked once more,
// `attempts` times in all. After such a silence the search list is left, as res_search goes on along it only
// if there was an answer; the name as it is written is asked last, unless it was asked before. If each try
// was refused the look-up fails at once. It goes on when whoever wanted it has given up.
//
// CoreDNS: names of the cluster's domain are answered from memory (plugin kubernetes), others are forwarded,
// and an answer, negative or not, is kept for `cache_ttl` by each pod (plugin cache). A query that is
// forwarded keeps its slot meanwhile. The VPC resolver takes 1,024 packets a second from each network
// interface (VPC user guide, "DNS quotas"): each server pod counts as one; what is beyond is lost, and keeps
// its slot for 5 s (plugin forward's timeout). NodeLocal DNSCache, if there is one, answers from its node's
// cache before anybody is asked; what it uses itself is not simulated. A process may keep answers
// (ImageBehaviour::dns_cache). A name exists as A record; AAAA has no data. Left out: TCP, autopath and
// prefetch, ingress controllers' own look-ups, kubelets' and registries'.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/distributions.h"
#include "sim/engine/random.h"
#include "sim/network/dns/resolver.h"
#include "sim/traffic/accounts.h"
#include "sim/traffic/request.h"

namespace seatrial::traffic {

inline constexpr Duration kForwardGivesUp = Duration::seconds(5);

struct DnsConfig {
  network::ClusterDns cluster;
  Duration cache_ttl = Duration::seconds(30);
  Distribution upstream = Distribution::constant(Duration::millis(2));  // of a query that is forwarded
  std::int32_t upstream_limit = 1024;                                   // packets a second; 0: none
  std::optional<Duration> node_cache;  // NodeLocal DNSCache, and how long it keeps an answer
};

// A name as a process writes it, and the one name in full that it can be found under.
struct DnsName {
  std::string written, full;
  bool operator==(const DnsName&) const = default;
};

// What a pod asks for one of its names, up to the first that exists.
struct LookupPlan {
  struct Name {
    std::uint32_t question;  // each name once
    bool forwarded;          // not of the cluster's domain
  };
  std::uint16_t conf = 0, name = 0;
  std::vector<Name> names;
  bool found = false;  // the last of them exists
  // Asked when nobody answers for a name of the search list; none: it was asked first.
  std::optional<Name> as_is;
  bool as_is_found = false;
  const Name& at(std::size_t index) const { return index < names.size() ? names[index] : *as_is; }
};

struct Lookup {
  enum class For : std::uint8_t { kNobody, kRequest, kPool };
  static constexpr std::uint64_t kNoRequest = ~std::uint64_t{0};
  struct Query {
    std::uint64_t request = kNoRequest;
    Slot slot = kNoSlot;
  };
  For whom = For::kNobody;
  std::uint8_t attempt = 0;
  std::uint8_t open = 0;             // bits: A, AAAA are not answered yet
  bool silent = false;               // for this name a try was not answered in time
  std::uint16_t plan = 0, name = 0;  // of the plan's; one more: the name as it is, after a silence
  api::PodKey pod;
  std::uint32_t waiter = 0, waiter_generation = 0;  // a slot, or a call of the pod
  std::uint32_t generation = 0;                     // of its events
  JournalId failure = JournalId::kNone;             // behind the last query without an answer
  bool tracked = false;                             // the name's queries have an entry: see conntrack.h
  std::array<Query, 2> queries{};
};

struct Dns {
  struct Asked {
    std::uint32_t question = 0;  // with its family
    bool forwarded = false;
    Duration timeout;  // of who asks
  };
  struct Pod {  // one that asks
    std::uint16_t conf = 0;
    api::Symbol node;
    OriginId origin = OriginId::kUnjudged;
    Duration cache;  // how long its process believes an answer
    bool known = false;
  };
  struct Trouble {
    JournalId record = JournalId::kNone;  // told last …
    SimTime told;                         // … then
  };
  struct Upstream {  // of a server's pod
    std::int64_t second = -1;
    std::int32_t packets = 0;
  };

  Dns(DnsConfig dns, LoadIndex queries, RandomStream stream);

  DnsConfig config;
  LoadIndex load;
  RandomStream upstream_stream;  // dns/upstream
  std::vector<network::ResolvConf> confs;
  std::vector<DnsName> names;
  std::map<LoadIndex, std::uint16_t> load_names;
  std::vector<std::uint16_t> resource_names;  // by ResourceIndex
  std::map<std::string, std::uint32_t> questions;
  std::vector<LookupPlan> plans;
  std::map<std::pair<std::uint16_t, std::uint16_t>, std::uint16_t> plan_of;  // by conf and name
  std::vector<Pod> pods;                                                     // by PodKey
  std::vector<Asked> asked;                                                  // by slot, of queries
  std::vector<Lookup> lookups;
  std::vector<std::uint32_t> free;
  // When what is kept ceases to be so: by server pod and question, node and question, pod and plan.
  std::map<std::pair<std::uint32_t, std::uint32_t>, SimTime> servers_keep, processes_keep;
  std::map<std::pair<api::Symbol, std::uint32_t>, SimTime> nodes_keep;
  std::map<std::uint32_t, Upstream> upstreams;
  std::map<std::pair<std::uint32_t, std::uint16_t>, Trouble> troubles;  // by pod and plan
  std::uint64_t lookups_ended = 0, lookups_failed = 0;

  bool knows(api::PodKey pod) const { return pod.index < pods.size() && pods[pod.index].known; }
  std::uint16_t name_index(DnsName name);
  std::uint16_t plan_for(api::PodKey pod, std::uint16_t name);
  // How many queries a pod makes for a name, if each is answered.
  std::uint32_t queries_of(const LookupPlan& plan) const {
    return static_cast<std::uint32_t>(plan.names.size()) * (confs[plan.conf].ipv6 ? 2 : 1);
  }
};

}  // namespace seatrial::traffic
