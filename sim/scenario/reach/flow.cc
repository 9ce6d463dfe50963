#include "sim/scenario/reach/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/api/networking.h"
#include "sim/scenario/reach/hops.h"
#include "sim/scenario/reach/names.h"
#include "sim/scenario/resource_address.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {

using api::Kind;
using report::ReachPath;
using report::ReachVerdict;

namespace {

constexpr std::int32_t kUsualPort = 443;

using Failure = std::unexpected<std::string>;

struct Asked {
  std::string namespace_, name;  // of NAMESPACE/NAME
  std::string host;              // of HOST
  std::optional<api::Cidr> block;
  std::optional<std::int32_t> port;
};

std::optional<std::int32_t> port_of(std::string_view text) {
  std::int32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535)
    return std::nullopt;
  return port;
}

std::optional<api::Cidr> block_of(std::string_view text) {
  if (const auto cidr = api::Cidr::parse(text)) return cidr;
  const auto address = api::IpAddress::parse(text);
  return address ? std::optional(api::Cidr{*address, address->bits()}) : std::nullopt;
}

std::expected<Asked, std::string> parse(const std::string& text) {
  Asked asked;
  if ((asked.block = block_of(text))) return asked;
  std::string_view rest = text;
  if (const std::size_t colon = rest.rfind(':'); colon != std::string_view::npos) {
    asked.port = port_of(rest.substr(colon + 1));
    if (!asked.port) return Failure(fmt::format("{}: the port is none: a number from 1 to 65535", text));
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);  // [fd00::1]:80
  if ((asked.block = block_of(rest))) return asked;
  const bool numbers = rest.find_first_not_of("0123456789./") == std::string_view::npos;
  if (numbers && rest.find('.') != std::string_view::npos)
    return Failure(
        fmt::format("{} is no address and no CIDR: four numbers up to 255, and a length up to 32", rest));
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) {
    asked.host = rest;
  } else {
    asked.namespace_ = rest.substr(0, slash);
    asked.name = rest.substr(slash + 1);
  }
  const bool whole = slash == std::string_view::npos ? !asked.host.empty()
                                                     : !asked.namespace_.empty() && !asked.name.empty();
  if (!whole) return Failure(fmt::format("{}: expected NAMESPACE/NAME:PORT, HOST:PORT or CIDR:PORT", text));
  return asked;
}

// The pod of that name, else the first one whose name begins so.
std::expected<network::PodId, std::string> find_pod(const ReachState& state, const Asked& asked) {
  if (const auto pod = state.policies.find_pod(asked.namespace_, asked.name)) return *pod;
  if (std::string why = not_a_name(state, asked.namespace_, asked.name); !why.empty()) return Failure(why);
  std::vector<std::string> names;
  for (const api::ObjectPtr& object : state.store().list(Kind::kPod, asked.namespace_)) {
    const std::string& name = object->metadata.name.str();
    names.push_back(name);
    const auto pod = state.policies.find_pod(asked.namespace_, name);
    if (pod && name.starts_with(asked.name)) return *pod;
  }
  return Failure(fmt::format("pods \"{}\" not found in namespace \"{}\"{}", asked.name, asked.namespace_,
                             did_you_mean(asked.name, names)));
}

const cloud::ManagedConfig* resource_of(const ReachState& state, const std::string& name) {
  const auto& resources = state.world.scenario().platform.resources;
  const auto found = std::ranges::find(resources, name, [](const auto& r) { return r.name.view(); });
  return found == resources.end() ? nullptr : &*found;
}

std::expected<network::End, std::string> find_source(const ReachState& state, const std::string& text) {
  const auto asked = parse(text);
  if (!asked) return Failure(asked.error());
  if (asked->block) return network::End(asked->block->base);
  if (asked->name.empty()) return Failure(text + ": expected NAMESPACE/POD or an address");
  if (resource_of(state, asked->namespace_ + "/" + asked->name))
    return Failure(text + " opens no connections: expected NAMESPACE/POD or an address");
  const auto pod = find_pod(state, *asked);
  if (!pod) return Failure(pod.error());
  return network::End(*pod);
}

// ---- The paths

void add_path(ReachVerdict& verdict, ReachPath path) {
  path.allowed = path.hops.empty() || path.hops.back().passes;
  const auto alike = std::ranges::find_if(verdict.paths, [&](const ReachPath& known) {
    return known.hops.size() == path.hops.size() &&
           std::ranges::equal(known.hops, path.hops, [](const auto& a, const auto& b) {
             return a.kind == b.kind && a.passes == b.passes && a.why == b.why && a.object == b.object;
           });
  });
  if (alike == verdict.paths.end())
    verdict.paths.push_back(std::move(path));
  else
    ++alike->like;
}

// Of one pod, with what stands before it.
void add_pod_path(const ReachState& state, const ReachQuestion& question, std::vector<report::ReachHop> hops,
                  network::PodId pod, ReachVerdict& verdict) {
  const network::PodFacts& facts = state.policies.facts(pod);
  ReachPath path{facts.namespace_.str() + "/" + facts.name.str() + ":" + std::to_string(question.port), 0,
                 true, std::move(hops)};
  const bool goes_on = path.hops.empty() || path.hops.back().passes;
  if (goes_on) add_flow_hops(state, question, pod, path.hops);
  if (path.hops.back().passes) path.hops.push_back(listening_hop(state, question, pod));
  add_path(verdict, std::move(path));
}

// The blocks inside that policies tell apart, each by an address of its own.
void reach_block(const ReachState& state, const ReachQuestion& question, const api::Cidr& block,
                 ReachVerdict& verdict) {
  std::vector<api::Cidr> blocks{block};
  const network::CidrTrie& cells = state.policies.classes().cells();
  for (network::CellId cell = 0; cell < cells.size(); ++cell) {
    const auto inner = cells.cidr_of(cell);
    if (inner && inner->length > block.length && block.contains(inner->base)) blocks.push_back(*inner);
  }
  std::ranges::sort(blocks);
  for (const api::Cidr& inner : blocks) {
    ReachPath path{inner.str() + ":" + std::to_string(question.port), 0, true, {}};
    add_flow_hops(state, question, network::End(outside_of(state, inner)), path.hops);
    add_path(verdict, std::move(path));
  }
}

// At this instant.
void note_if_away(const ReachState& state, const cloud::ManagedConfig& resource, ReachVerdict& verdict) {
  const traffic::Traffic& traffic = state.world.cluster().traffic();
  const auto index = traffic.resource_called(resource.name);
  if (!index) return;
  const cloud::ManagedResource& now = traffic.resources()[*index].state;
  if (!now.down) return;
  const std::string what = now.status == cloud::ManagedStatus::kAvailable
                               ? "has no primary"
                               : "is " + std::string(to_string(now.status));
  verdict.notes.push_back(fmt::format("{} {} at {}: nobody listens, whatever the network lets through",
                                      resource.name.str(), what, verdict.at));
}

// In both of its zones, if it may fail over.
void reach_resource(const ReachState& state, const ReachQuestion& question,
                    const cloud::ManagedConfig& resource, ReachVerdict& verdict) {
  const std::string host = resource.is_external() ? resource.host.str() : resource.name.str();
  for (const bool standby : {false, true}) {
    if (standby && !resource.multi_az()) continue;
    const api::Symbol zone = standby ? resource.standby : resource.zone;
    const auto address = address_of(state.world.scenario().platform, resource, zone);
    if (!address) {
      verdict.notes.push_back("the address of " + resource.name.str() +
                              " is not known: it has no `address` and is in no VPC");
      continue;
    }
    ReachPath path{
        fmt::format("{}:{}", address->str(), question.port), 0, true, {dns_hop(state, question, host)}};
    if (path.hops.back().passes) add_flow_hops(state, question, network::End(*address), path.hops);
    add_path(verdict, std::move(path));
  }
  note_if_away(state, resource, verdict);
}

using Hops = std::vector<report::ReachHop>;

void reach_host(const ReachState& state, const ReachQuestion& question, const std::string& host, Hops before,
                ReachVerdict& verdict) {
  ReachPath path{host + ":" + std::to_string(question.port), 0, true, std::move(before)};
  path.hops.push_back(dns_hop(state, question, host));
  verdict.notes.push_back(
      "the addresses of " + host +
      " are not known here: it is judged as an address of the internet that no policy names");
  if (path.hops.back().passes)
    add_flow_hops(state, question, network::End(outside_of(state, *api::Cidr::parse("0.0.0.0/0"))),
                  path.hops);
  add_path(verdict, std::move(path));
}

void reach_service(const ReachState& state, const ReachQuestion& question, const api::Service& service,
                   Hops before, ReachVerdict& verdict);

// An alias of a name, which may be one of the cluster's own: it keeps the port (Kubernetes documentation,
// "Service", type ExternalName).
void reach_alias(const ReachState& state, const ReachQuestion& question, const api::Service& service,
                 Hops hops, ReachVerdict& verdict) {
  constexpr std::size_t kLongest = 16;  // hops of aliases that lead in a circle
  const std::string host = service.external_name.str();
  hops.push_back({"Service", hops.size() < kLongest, object_text(service), "", service.source});
  hops.back().why = hops.back().passes ? "an alias of " + host : "its aliases lead in a circle";
  if (!hops.back().passes) return add_path(verdict, {verdict.to, 0, false, std::move(hops)});
  const ClusterName own = cluster_name(state, host, {});
  if (own.service) return reach_service(state, question, *own.service, std::move(hops), verdict);
  if (own.pod) return add_pod_path(state, question, std::move(hops), *own.pod, verdict);
  const std::string_view name(host.data(), host.size() - (host.ends_with('.') ? 1 : 0));
  if (own.is_inside && name.ends_with(".cluster.local")) {
    hops.back().passes = false;
    hops.back().why += ", which is not there: " + own.problem;
    return add_path(verdict, {verdict.to, 0, false, std::move(hops)});
  }
  reach_host(state, question, host, std::move(hops), verdict);
}

// Behind its name, or at its cluster IP.
void reach_pods_of(const ReachState& state, ReachQuestion question, const api::Service& service, Hops hops,
                   ReachVerdict& verdict) {
  const ServiceHop hop = service_hop(state, question, service);
  hops.push_back(hop.hop);
  if (!hop.hop.passes) return add_path(verdict, {verdict.to, 0, false, std::move(hops)});
  for (const auto& [pod, port] : hop.pods) {
    question.port = port;
    add_pod_path(state, question, hops, pod, verdict);
  }
}

void reach_service(const ReachState& state, const ReachQuestion& question, const api::Service& service,
                   Hops hops, ReachVerdict& verdict) {
  hops.push_back(dns_hop(state, question, service_host(service)));
  if (!hops.back().passes) return add_path(verdict, {verdict.to, 0, false, std::move(hops)});
  if (service.type == api::Symbol("ExternalName"))
    return reach_alias(state, question, service, std::move(hops), verdict);
  reach_pods_of(state, question, service, std::move(hops), verdict);
}

// Metadata is answered by the instance, of which a pod with a network of its own is one hop further away (EC2
// user guide, "Configure the Instance Metadata Service options": HttpPutResponseHopLimit).
void note_hop_limit(const ReachState& state, const ReachQuestion& question, const api::Cidr& block,
                    ReachVerdict& verdict) {
  const bool is_metadata = block.base == api::IpAddress::parse("169.254.169.254") ||
                           block.base == api::IpAddress::parse("fd00:ec2::254");
  const bool is_one_hop_away =
      question.from.is_pod() && !state.policies.facts(question.from.pod).host_network;
  if (!is_metadata || !is_one_hop_away || !verdict.allowed()) return;
  verdict.notes.push_back(
      "a pod is one hop further away from the instance metadata than its node: it gets no answer where the "
      "instance's hop limit (HttpPutResponseHopLimit) is 1. EKS gives nodes of managed node groups 2; the "
      "platform does not say");
}

// An address or a block of them. In the cluster that of a Service leads to its pods, and that of a pod to it.
void reach_addresses(const ReachState& state, const ReachQuestion& question, const api::Cidr& block,
                     ReachVerdict& verdict) {
  const bool is_one = block.length == block.base.bits() && question.from.is_pod();
  if (const api::Service* const service = is_one ? service_at(state, block.base) : nullptr)
    return reach_pods_of(state, question, *service, {}, verdict);
  if (const auto pod = is_one ? pod_at(state, block.base) : std::nullopt)
    return add_pod_path(state, question, {}, *pod, verdict);
  reach_block(state, question, block, verdict);
  if (is_one) note_hop_limit(state, question, block, verdict);
}

// What is behind a name inside the cluster.
void reach_inside(const ReachState& state, const ReachQuestion& question, const ClusterName& name,
                  const std::string& host, ReachVerdict& verdict) {
  if (name.service) return reach_service(state, question, *name.service, {}, verdict);
  Hops hops{dns_hop(state, question, host)};
  add_pod_path(state, question, std::move(hops), *name.pod, verdict);
}

}  // namespace

api::IpAddress outside_of(const ReachState& state, const api::Cidr& block) {
  const network::CidrTrie& cells = state.policies.classes().cells();
  api::IpAddress address = block.network().base;
  while (block.contains(address)) {
    const auto inner = cells.cidr_of(cells.find(address));
    if (!inner || inner->length <= block.length) return address;
    address = inner->network().base;  // on to what comes after the smaller block
    for (int bit = inner->length; bit < address.bits(); ++bit)
      address.bytes[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(1 << (7 - bit % 8));
    int byte = address.bits() / 8 - 1;
    while (byte >= 0 && ++address.bytes[static_cast<std::size_t>(byte)] == 0) --byte;
    if (byte < 0) break;
  }
  return block.network().base;
}

std::expected<ReachVerdict, std::string> reach(const ReachState& state, const std::string& from,
                                               const std::string& to, const std::string& protocol) {
  const auto source = find_source(state, from);
  if (!source) return Failure("--from: " + source.error());
  const auto asked = parse(to);
  if (!asked) return Failure("--to: " + asked.error());
  ReachVerdict verdict;
  verdict.from = from;
  verdict.to = to;
  verdict.at = to_string(state.world.cluster().kernel().now().since_start());
  if (!state.world.scenario().platform.network_plugin)
    verdict.notes.push_back(
        "the platform has no networkPlugin: no policy is enforced in its runs; this is what one would "
        "enforce");
  const ReachQuestion question{*source, asked->port.value_or(kUsualPort), protocol};
  const api::Symbol own_namespace =
      source->is_pod() ? state.policies.facts(source->pod).namespace_ : api::Symbol();
  const ClusterName inside =
      asked->host.empty() ? ClusterName() : cluster_name(state, asked->host, own_namespace);
  if (!inside.problem.empty()) return Failure("--to: " + inside.problem);
  if (asked->block) {
    reach_addresses(state, question, *asked->block, verdict);
  } else if (inside.is_inside) {
    reach_inside(state, question, inside, asked->host, verdict);
  } else if (const auto* const service = state.store().find<api::Service>(asked->namespace_, asked->name)) {
    reach_service(state, question, *service, {}, verdict);
  } else if (const auto* const resource = resource_of(state, asked->namespace_ + "/" + asked->name)) {
    reach_resource(state, {*source, asked->port.value_or(resource->port), protocol}, *resource, verdict);
  } else if (!asked->host.empty()) {
    reach_host(state, question, asked->host, {}, verdict);
  } else {
    const auto pod = find_pod(state, *asked);
    if (!pod)
      return Failure(
          "--to: " + std::string(pod.error().starts_with("pods ") ? "no Service of that name, and " : "") +
          pod.error());
    add_pod_path(state, question, {}, *pod, verdict);
  }
  return verdict;
}

}  // namespace seatrial::scenario
