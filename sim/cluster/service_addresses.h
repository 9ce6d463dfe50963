// The cluster IPs and node ports of Services: each drawn from its range and used once.
//
// As the API server does it, the lower part of a range is kept for addresses that a Service asks for by name,
// and is drawn from only when the rest is used up. Sources: pkg/registry/core/service/{ipallocator,
// portallocator}, pkg/registry/core/service/storage/alloc.go.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <set>
#include <string>

#include "sim/api/core.h"
#include "sim/cluster/api_request.h"
#include "sim/engine/random.h"

namespace seatrial::cluster {

// An IPv4 range: 10.100.0.0/16.
struct AddressRange {
  std::uint32_t base = 0;
  int prefix = 32;
  static std::expected<AddressRange, std::string> parse(std::string_view text);
  std::uint64_t size() const { return std::uint64_t{1} << (32 - prefix); }
  std::string str() const;
};
std::string address_text(std::uint32_t address);

class ServiceAddresses {
 public:
  explicit ServiceAddresses(RandomStream random);

  // REQUIRES: nothing is allocated yet.
  void set_range(const AddressRange& range);

  // An update that says nothing of the address keeps it.
  void keep(api::Service& service, const api::Service& old) const;
  // Gives a new Service (old: null), or one that `old` becomes, what it has not got and needs; or says why
  // not, and then nothing is taken.
  std::optional<ApiError> allocate(api::Service& service, const api::Service* old);
  void release(const api::Service& service);

 private:
  std::optional<ApiError> allocate_address(api::Service& service, const api::Service* old);
  std::optional<ApiError> allocate_ports(api::Service& service, const api::Service* old);
  std::optional<ApiError> allocate_port(api::Service& service, std::size_t index);

  AddressRange range_;
  std::set<std::uint32_t> addresses_;  // offsets in the range
  std::set<std::int32_t> ports_;
  RandomStream random_;
};

}  // namespace seatrial::cluster
