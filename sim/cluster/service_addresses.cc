#include "sim/cluster/service_addresses.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace seatrial::cluster {

using api::Service;
using api::Symbol;

namespace {

// EKS takes this one or 172.20.0.0/16, whichever the VPC does not use:
// https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html
constexpr const char* kDefaultRange = "10.100.0.0/16";
constexpr std::int32_t kFirstPort = 30000, kLastPort = 32767;
constexpr std::uint32_t kOfKubernetes = 1;  // Service default/kubernetes has the first address

bool has_address(const Service& service) { return service.type != Symbol("ExternalName"); }
bool has_node_ports(const Service& service) {
  return service.type == Symbol("NodePort") || service.type == Symbol("LoadBalancer");
}

std::optional<std::uint32_t> parse_address(std::string_view text) {
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    std::uint32_t number = 256;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number > 255) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    address = address << 8 | number;
    if (part == 3) break;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  return text.empty() ? std::optional(address) : std::nullopt;
}

// How many at the beginning of a range are kept: between `least` and `most`, a share of it in between.
std::int64_t reserved(std::int64_t size, std::int64_t divisor, std::int64_t least, std::int64_t most) {
  return size < least ? 0 : std::min(std::max(least, size / divisor), most);
}

// A free number in [first, first + size): drawn among those behind the reserved part, else the first that is
// free.
template <class Number>
std::optional<Number> draw(const std::set<Number>& used, Number first, std::int64_t size, std::int64_t kept,
                           RandomStream& random) {
  if (static_cast<std::int64_t>(used.size()) >= size) return std::nullopt;
  const std::int64_t open = size - kept;
  const auto start = open > 0 ? static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(open))) : 0;
  for (std::int64_t i = 0; i < open; ++i) {
    const auto candidate = static_cast<Number>(first + static_cast<Number>(kept + (start + i) % open));
    if (!used.contains(candidate)) return candidate;
  }
  for (std::int64_t i = 0; i < kept; ++i) {
    const auto candidate = static_cast<Number>(first + static_cast<Number>(i));
    if (!used.contains(candidate)) return candidate;
  }
  return std::nullopt;
}

ApiError invalid(const Service& service, const std::string& cause) {
  return {422,
          "Invalid",
          fmt::format("Service \"{}\" is invalid: {}", service.metadata.name.str(), cause),
          {cause},
          0};
}

ApiError exhausted(std::string_view what) {
  return {500,
          "InternalError",
          fmt::format("Internal error occurred: failed to allocate {}: range is full", what),
          {},
          0};
}

}  // namespace

std::expected<AddressRange, std::string> AddressRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = parse_address(text.substr(0, slash));
  AddressRange range;
  const std::string_view bits = slash == std::string_view::npos ? "" : text.substr(slash + 1);
  const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), range.prefix);
  if (!base || error != std::errc() || end != bits.data() + bits.size() || range.prefix < 0 ||
      range.prefix > 32) {
    return std::unexpected("invalid CIDR address: " + std::string(text));
  }
  const std::uint64_t mask = range.size() - 1;
  range.base = static_cast<std::uint32_t>(*base & ~mask);
  return range;
}

std::string AddressRange::str() const { return fmt::format("{}/{}", address_text(base), prefix); }

std::string address_text(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

ServiceAddresses::ServiceAddresses(RandomStream random) : random_(random) {
  set_range(*AddressRange::parse(kDefaultRange));
}

void ServiceAddresses::set_range(const AddressRange& range) {
  range_ = range;
  addresses_ = {kOfKubernetes};
}

std::optional<ApiError> ServiceAddresses::allocate_address(Service& service, const Service* old) {
  if (!has_address(service) || service.cluster_ip == Symbol("None")) return std::nullopt;
  if (old && has_address(*old) && !old->cluster_ip.empty()) return std::nullopt;
  // Neither the network's own address nor the one for broadcasts.
  const auto hosts = static_cast<std::int64_t>(range_.size()) - 2;
  if (service.cluster_ip.empty()) {
    const auto offset = draw<std::uint32_t>(addresses_, 1, hosts, reserved(hosts, 16, 16, 256), random_);
    if (!offset) return exhausted("a serviceIP");
    addresses_.insert(*offset);
    service.cluster_ip = address_text(range_.base + *offset);
    return std::nullopt;
  }
  const std::string& wanted = service.cluster_ip.str();
  const std::string prefix =
      fmt::format("spec.clusterIPs: Invalid value: [\"{0}\"]: failed to allocate IP {0}: ", wanted);
  const auto address = parse_address(wanted);
  const bool inside = address && *address > range_.base && *address - range_.base <= hosts;
  if (!inside)
    return invalid(service, prefix + "the provided IP is not in the valid range. The range of valid IPs is " +
                                range_.str());
  if (!addresses_.insert(*address - range_.base).second)
    return invalid(service, prefix + "provided IP is already allocated");
  return std::nullopt;
}

// A port of a Service that has none gets one; the refusal, if there is one.
std::optional<ApiError> ServiceAddresses::allocate_port(Service& service, std::size_t index) {
  constexpr std::int64_t kSize = kLastPort - kFirstPort + 1;
  std::int32_t& port = service.ports[index].node_port;
  if (port == 0) {
    const auto drawn = draw<std::int32_t>(ports_, kFirstPort, kSize, reserved(kSize, 32, 16, 128), random_);
    if (!drawn) return exhausted("a nodePort");
    port = *drawn;
  }
  const std::string prefix = fmt::format("spec.ports[{}].nodePort: Invalid value: {}: ", index, port);
  if (port < kFirstPort || port > kLastPort)
    return invalid(service,
                   prefix + fmt::format("provided port is not in the valid range. The range of valid "
                                        "ports is {}-{}",
                                        kFirstPort, kLastPort));
  if (!ports_.insert(port).second) return invalid(service, prefix + "provided port is already allocated");
  return std::nullopt;
}

std::optional<ApiError> ServiceAddresses::allocate_ports(Service& service, const Service* old) {
  const std::set<std::int32_t> before = ports_;
  for (const api::ServicePort& port : old ? old->ports : std::vector<api::ServicePort>())
    ports_.erase(port.node_port);
  for (std::size_t i = 0; i < service.ports.size(); ++i) {
    api::ServicePort& port = service.ports[i];
    if (!has_node_ports(service)) {
      port.node_port = 0;
      continue;
    }
    if (old && port.node_port == 0) {
      const auto same = std::ranges::find_if(old->ports, [&](const api::ServicePort& other) {
        return other.port == port.port && other.protocol == port.protocol;
      });
      if (same != old->ports.end()) port.node_port = same->node_port;
    }
    if (auto refused = allocate_port(service, i)) {
      ports_ = before;
      return refused;
    }
  }
  return std::nullopt;
}

void ServiceAddresses::keep(Service& service, const Service& old) const {
  if (has_address(old) && has_address(service) && service.cluster_ip.empty())
    service.cluster_ip = old.cluster_ip;
}

std::optional<ApiError> ServiceAddresses::allocate(Service& service, const Service* old) {
  const std::set<std::uint32_t> before = addresses_;
  if (auto refused = allocate_address(service, old)) return refused;
  if (auto refused = allocate_ports(service, old)) {
    addresses_ = before;
    return refused;
  }
  if (old && has_address(*old) && !has_address(service)) {
    release(*old);
    service.cluster_ip = Symbol();
  }
  return std::nullopt;
}

void ServiceAddresses::release(const Service& service) {
  if (const auto address = parse_address(service.cluster_ip.view()); address && *address >= range_.base)
    addresses_.erase(*address - range_.base);
  for (const api::ServicePort& port : service.ports) ports_.erase(port.node_port);
}

}  // namespace seatrial::cluster
