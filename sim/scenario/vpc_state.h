// The platform's VPC while it is played: which ways are open now, and who has which address.
//
// Requests know places only: the internet and the zones. So a zone stands for the subnet of the first node
// group there, with that group's security groups: a way between two places is open if a packet between such
// ends passes (network/vpc). From the internet it comes through a load balancer in a public subnet, of the
// zone if there is one, to a NodePort; the balancer keeps the client's address, as an NLB does for instances
// (ELB user guide, client IP preservation).
//
// A host on the internet that images call is a place of its own, as a route may lead there alone; and which
// NAT gateway is on the way there counts, as its ports are limited.
//
// A node's pull of an image needs a way to the registry: an address on the internet; for ECR the interface
// endpoint com.amazonaws.REGION.ecr.dkr if the VPC has one, and S3, from where ECR's layers come (its gateway
// endpoint, or the internet). A pull whose layers are coming goes on.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/cluster/node_network.h"
#include "sim/network/vpc/network.h"

namespace seatrial::scenario {

struct VpcConfig {
  struct Group {
    api::Symbol name;
    std::vector<api::Symbol> subnets, security_groups;
  };
  std::shared_ptr<const network::vpc::Objects> objects;
  struct Host {
    api::Symbol name;  // external/payments
    api::IpAddress address;
    std::int32_t port = 443;
  };
  std::vector<api::Symbol> zones;
  std::vector<Host> hosts;  // on the internet
  std::vector<Group> groups;
  std::optional<cluster::PodNetworkConfig> pod_network;
};

// One that has closed, or opened again.
struct WayChange {
  api::Symbol from, to;  // internet, a zone, or (to) a host
  bool open = true;
  std::string why;                     // not open: which object stops it
  JournalId cause = JournalId::kNone;  // of the object's latest change
};

struct NatWay {
  api::Symbol from, to;  // a zone, a host
  std::optional<std::size_t>
      gateway;  // of Objects::nat_gateways; none: there is no way, or none by a gateway
};

class VpcState final : public cluster::WaysOut {
 public:
  VpcState(const VpcConfig& config, std::uint64_t seed);

  network::vpc::Network& network() { return network_; }
  const network::vpc::Network& network() const { return network_; }
  // The node's network interface, whose security groups its pods have as well; null: it is in no subnet.
  const network::vpc::End* end_of(api::Symbol node) const {
    const auto found = nodes_.find(node);
    return found == nodes_.end() ? nullptr : &found->second;
  }
  const network::vpc::Objects& objects() const { return *config_.objects; }
  // Where ways have changed since it was asked last; at first all of them are open.
  std::vector<WayChange> look();

  // By which gateways hosts are reached now.
  std::vector<NatWay> nat_ways() const;

  // Nodes have addresses of their group's subnets, if the platform has a pod network.
  cluster::PodNetwork* pod_network() { return pods_ ? &*pods_ : nullptr; }
  // The primary address of a node to be, which is taken; none: all subnets of its group in its zone are full.
  struct Place {
    std::size_t subnet = 0;  // index in Objects::subnets
    network::vpc::Address address = 0;
  };
  std::optional<Place> take_place(const api::Node& node);
  void join(Kernel& kernel, const api::Node& node, const std::optional<Place>& place);
  void leave(api::Symbol node);
  // REQUIRES: an event of kPodNetworkComponent.
  void handle(Kernel& kernel, const Event& event) { pods_->handle(kernel, addresses_, event); }

  std::optional<cluster::BlockedWay> blocked_pull(api::Symbol node, std::string_view image) const override;

 private:
  const VpcConfig::Group* group_of(const api::Node& node) const;
  std::vector<std::size_t> subnets_for(const api::Node& node) const;
  std::optional<network::vpc::End> end_in(api::Symbol zone) const;
  std::optional<network::vpc::Flow> flow_between(api::Symbol from, api::Symbol to) const;
  std::optional<network::vpc::Front> balancer_in(api::Symbol zone) const;
  std::vector<network::vpc::End> ends_of_pull(const network::vpc::End& node, std::string_view image) const;

  VpcConfig config_;
  network::vpc::Network network_;
  network::vpc::AddressSpace addresses_;
  std::optional<cluster::PodNetwork> pods_;
  std::map<api::Symbol, network::vpc::End> nodes_;  // by name
  std::map<api::Symbol, network::vpc::GroupSet> group_sets_, endpoint_sets_;
  std::map<std::pair<api::Symbol, api::Symbol>, bool> open_;  // by from and to
};

}  // namespace seatrial::scenario
