// How many network interfaces an EC2 instance of a type may have, and how many IPv4 addresses each. Source:
// amazon-vpc-cni-k8s at b521883, pkg/vpc/vpc_ip_resource_limit.go (generated from EC2's
// DescribeInstanceTypes); the families t2 to t4g, and c, m, r of generations 4 to 8. A platform file may add
// others.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace seatrial::network::vpc {

struct InterfaceLimits {
  std::int32_t interfaces = 0, addresses_each = 0;  // its primary address included
  bool operator==(const InterfaceLimits&) const = default;

  // How many pods with addresses of their own a node can have in secondary-IP mode, and two of the host
  // network: what the EKS AMI takes for max-pods. Example, m5.large: 3 * (10 - 1) + 2 = 29.
  std::int32_t max_pods() const { return interfaces * (addresses_each - 1) + 2; }
};
std::optional<InterfaceLimits> interface_limits(std::string_view instance_type);

}  // namespace seatrial::network::vpc
