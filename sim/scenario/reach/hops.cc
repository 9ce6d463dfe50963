#include "sim/scenario/reach/hops.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/api/kinds.h"
#include "sim/api/networking.h"

namespace seatrial::scenario {

using api::Kind;
using network::Direction;
using network::Verdict;
using report::ReachHop;

namespace {

constexpr const char *kDnsNamespace = "kube-system",
                     *kDnsService = "kube-dns";  // unless the platform says else

// The policy's name is in the hop's object, its line in the hop's position.
std::string policy_why(const Verdict& verdict, Direction direction) {
  const char* const way = direction == Direction::kIngress ? "ingress" : "egress";
  if (verdict.reason == Verdict::Reason::kRule)
    return fmt::format("{} by {}[{}]", verdict.allowed ? "allowed" : "denied", way, verdict.rule);
  if (verdict.reason == Verdict::Reason::kEndOfTier) return network::end_of_tier_text(verdict, direction);
  if (verdict.reason == Verdict::Reason::kPassed && verdict.policy)
    return fmt::format("{}[{}] passes it on, and nothing after it decides", way, verdict.rule);
  Verdict bare = verdict;
  bare.policy = nullptr;
  bare.where = {};
  return network::verdict_text(bare, direction);
}

ReachHop policy_hop(const Verdict& verdict, Direction direction) {
  ReachHop hop;
  hop.kind = direction == Direction::kIngress ? "policy (ingress)" : "policy (egress)";
  hop.passes = verdict.allowed;
  hop.why = policy_why(verdict, direction);
  if (verdict.selecting.size() > 1) {  // each with its line
    hop.object = network::selecting_text(verdict);
    return hop;
  }
  if (verdict.policy) hop.object = object_text(*verdict.policy);
  hop.where = verdict.where;
  return hop;
}

// ---- DNS

struct DnsServers {
  std::vector<std::pair<network::PodId, std::int32_t>> pods;
  bool described = false;
};

// Where the scenario has no DNS servers, one as it is usually labelled, in a copy of the policies.
network::PodId add_usual_dns(network::CompiledPolicies& policies) {
  policies.set_namespace(kDnsNamespace, api::LabelMap{{"kubernetes.io/metadata.name", kDnsNamespace}});
  network::PodFacts facts;
  facts.namespace_ = kDnsNamespace;
  facts.name = "coredns";
  facts.labels = api::LabelMap{{"k8s-app", kDnsService}};
  facts.ports = {{"dns", "UDP", 53}, {"dns-tcp", "TCP", 53}};
  return policies.set_pod(facts);
}

ReachHop hop_to_dns(const network::CompiledPolicies& policies, const ReachQuestion& question,
                    network::PodId server, std::int32_t port) {
  const auto [egress, ingress] = policies.explain(question.from, server, port, "UDP");
  // What stops it; else the rule that lets it through, the source's first.
  const bool tells_ingress = egress.allowed && (!ingress.allowed || (!egress.policy && ingress.policy));
  ReachHop hop =
      policy_hop(tells_ingress ? ingress : egress, tells_ingress ? Direction::kIngress : Direction::kEgress);
  hop.kind = "DNS";
  if (egress.allowed && ingress.allowed && egress.policy && ingress.policy)
    hop.why += "; at the servers " + network::verdict_text(ingress, Direction::kIngress);
  else if (egress.allowed && ingress.allowed && !egress.policy && !ingress.policy)
    hop.why = "allowed: no policy decides";
  hop.passes = egress.allowed && ingress.allowed;
  return hop;
}

// ---- Services

bool is_in_use(const api::Endpoint& endpoint) { return endpoint.ready; }

// The slices of a Service, by name.
std::vector<const api::EndpointSlice*> slices_of(const ReachState& state, const api::Service& service) {
  std::vector<const api::EndpointSlice*> slices;
  for (const api::ObjectPtr& object : state.store().list(Kind::kEndpointSlice, service.metadata.namespace_)) {
    if (object->metadata.labels->get("kubernetes.io/service-name") == service.metadata.name.view())
      slices.push_back(static_cast<const api::EndpointSlice*>(object.get()));
  }
  return slices;
}

// The Service's ports in words: "80 (http), 9090".
std::string service_ports_text(const api::Service& service) {
  std::string text;
  for (const api::ServicePort& port : service.ports) {
    text += (text.empty() ? "" : ", ") + std::to_string(port.port);
    if (!port.name.empty()) text += " (" + port.name.str() + ")";
  }
  return text.empty() ? "none" : text;
}

std::string ports_of_pods(const std::vector<std::pair<network::PodId, std::int32_t>>& pods) {
  std::vector<std::int32_t> ports;
  for (const auto& [pod, port] : pods) {
    if (std::ranges::count(ports, port) == 0) ports.push_back(port);
  }
  std::ranges::sort(ports);
  return fmt::format("{}", fmt::join(ports, ", "));
}

}  // namespace

std::string object_text(const api::Object& object) {
  const std::string namespace_ =
      object.metadata.namespace_.empty() ? "" : object.metadata.namespace_.str() + "/";
  return fmt::format("{} {}{}", api::kind_name(object), namespace_, object.metadata.name.str());
}

std::string service_host(const api::Service& service) {
  return service.metadata.name.str() + "." + service.metadata.namespace_.str() + ".svc.cluster.local";
}

ReachHop dns_hop(const ReachState& state, const ReachQuestion& question, const std::string& host) {
  const auto& own = state.world.scenario().platform.dns;
  const api::Symbol namespace_ = own ? own->namespace_ : api::Symbol(kDnsNamespace),
                    name = own ? own->service : api::Symbol(kDnsService);
  const auto* const dns = state.store().find<api::Service>(namespace_, name);
  if (!dns) {
    network::CompiledPolicies policies = state.policies;
    ReachHop hop = hop_to_dns(policies, question, add_usual_dns(policies), 53);
    hop.why = fmt::format("{}: {} (no Service {}/{} here: as CoreDNS is usually labelled)", host, hop.why,
                          namespace_.str(), name.str());
    return hop;
  }
  const ServiceHop servers = service_hop(state, {question.from, 53, "UDP"}, *dns);
  ReachHop hop = servers.hop;
  hop.kind = "DNS";
  for (const auto& [pod, port] : servers.pods) {
    hop = hop_to_dns(state.policies, question, pod, port);
    if (hop.passes) break;  // the next query goes to another one
  }
  hop.why = host + ": " + hop.why;
  return hop;
}

namespace {

// The name of a headless Service is its pods' addresses: whatever port is asked for is the pods' (Kubernetes
// documentation, "Service", headless Services).
void pass_headless(const ReachState& state, const ReachQuestion& question, const api::Service& service,
                   ServiceHop& made) {
  for (const api::EndpointSlice* const slice : slices_of(state, service)) {
    for (const api::Endpoint& endpoint : slice->endpoints) {
      const auto pod = is_in_use(endpoint)
                           ? state.policies.find_pod(service.metadata.namespace_, endpoint.target_name)
                           : std::nullopt;
      if (pod) made.pods.emplace_back(*pod, question.port);
    }
  }
  made.hop.passes = !made.pods.empty();
  made.hop.why = made.pods.empty()
                     ? "headless, and has no ready endpoint: its name has no address"
                     : fmt::format("headless: its name is the addresses of {} pods, and port {} stays {}",
                                   made.pods.size(), question.port, question.port);
}

}  // namespace

ServiceHop service_hop(const ReachState& state, const ReachQuestion& question, const api::Service& service) {
  ServiceHop made;
  made.hop = {"Service", false, object_text(service), "", service.source};
  if (service.cluster_ip == api::Symbol("None")) {
    pass_headless(state, question, service, made);
    return made;
  }
  const auto port = std::ranges::find_if(service.ports, [&](const api::ServicePort& candidate) {
    return candidate.port == question.port && candidate.protocol == api::Symbol(question.protocol);
  });
  if (port == service.ports.end()) {
    made.hop.why = fmt::format("has no port {} {}; its ports are: {}", question.protocol, question.port,
                               service_ports_text(service));
    return made;
  }
  for (const api::EndpointSlice* const slice : slices_of(state, service)) {
    const auto target = std::ranges::find_if(slice->ports, [&](const api::EndpointPort& candidate) {
      return candidate.name == port->name && candidate.protocol == port->protocol;
    });
    if (target == slice->ports.end()) continue;
    for (const api::Endpoint& endpoint : slice->endpoints) {
      if (!is_in_use(endpoint)) continue;
      const auto pod = state.policies.find_pod(service.metadata.namespace_, endpoint.target_name);
      if (pod) made.pods.emplace_back(*pod, target->port);
    }
  }
  made.hop.passes = !made.pods.empty();
  made.hop.why = made.pods.empty() ? fmt::format("port {} has no ready endpoint", question.port)
                                   : fmt::format("port {} is {} of {} pods", question.port,
                                                 ports_of_pods(made.pods), made.pods.size());
  return made;
}

namespace {

namespace vpc = network::vpc;

// A pod has its node's security groups; its address is its own where subnets give it, else its node's. None:
// not described (an ingress controller's pods).
std::optional<vpc::End> vpc_end(const ReachState& state, const VpcState& of, const network::End& end) {
  if (!end.is_pod()) return vpc::End{*end.address, vpc::GroupSet::kNotDescribed, {}};
  const network::PodFacts& facts = state.policies.facts(end.pod);
  const auto* const pod = state.store().find<api::Pod>(facts.namespace_, facts.name);
  const vpc::End* const node = pod ? of.end_of(pod->node_name) : nullptr;
  if (!node) return std::nullopt;
  vpc::End made = *node;
  if (facts.address && of.network().subnet_of(*facts.address)) made.address = *facts.address;
  return made;
}

vpc::Protocol vpc_protocol(const std::string& protocol) {
  if (protocol == "UDP") return vpc::Protocol::kUdp;
  return protocol == "SCTP" ? vpc::Protocol::kSctp : vpc::Protocol::kTcp;
}

// Security groups, network ACLs and routes on the way, and for the answer.
void add_vpc_hops(const ReachState& state, const ReachQuestion& question, const network::End& to,
                  std::vector<ReachHop>& hops) {
  const VpcState* const of = state.world.cluster().vpc();
  if (!of) return;
  const auto source = vpc_end(state, *of, question.from), target = vpc_end(state, *of, to);
  if (!source || !target || source->address == target->address) return;  // or on one node
  const vpc::Flow flow{*source, *target, question.port, vpc_protocol(question.protocol), {}};
  for (const vpc::Hop& hop : of->network().verdict(flow).hops) {
    const std::string kind = std::string(to_string(hop.kind)) + (hop.reply ? ", answer" : "");
    hops.push_back({kind, hop.passes, hop.object.str(), hop.why, hop.source});
  }
}

}  // namespace

void add_flow_hops(const ReachState& state, const ReachQuestion& question, const network::End& to,
                   std::vector<ReachHop>& hops) {
  const network::FlowVerdict verdict =
      state.policies.explain(question.from, to, question.port, question.protocol);
  hops.push_back(policy_hop(verdict.egress, Direction::kEgress));
  if (!hops.back().passes) return;
  add_vpc_hops(state, question, to, hops);
  if (!hops.back().passes) return;
  if (to.is_pod()) hops.push_back(policy_hop(verdict.ingress, Direction::kIngress));
}

ReachHop listening_hop(const ReachState& state, const ReachQuestion& question, network::PodId id) {
  const network::PodFacts& facts = state.policies.facts(id);
  ReachHop hop{"listening port", true, "", "", {}};
  const auto* const pod = state.store().find<api::Pod>(facts.namespace_, facts.name);
  if (!pod) {
    hop.why = "an ingress controller listens";
    return hop;
  }
  hop.where = pod->source;
  const traffic::Traffic& traffic = state.world.cluster().traffic();
  const api::PodKey key{pod->index};
  if (!traffic.has_server(key)) {
    hop.passes = false;
    hop.why = "no process of it listens";
    return hop;
  }
  const traffic::Server& server = traffic.server(key);
  const auto& ports = traffic.ports_of(server);
  hop.passes = server.state == traffic::ServerState::kListening &&
               (ports.empty() || std::ranges::count(ports, question.port) > 0);
  const Duration since = state.world.cluster().kernel().now() - server.changed;
  hop.why = traffic::phase_text(server.state, since);
  if (server.state == traffic::ServerState::kListening)
    hop.why += ports.empty() ? " on every port"
                             : fmt::format(" on {}{}", fmt::join(ports, ", "),
                                           hop.passes ? "" : fmt::format(", not on {}", question.port));
  return hop;
}

}  // namespace seatrial::scenario
