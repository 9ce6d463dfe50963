// What every EKS node has without anybody saying so. Pure.
//
// Ephemeral storage comes of the root volume. The kubelet's capacity is its filesystem, which is 12308Ki
// smaller than the volume (partition table, boot partition and XFS's log on the EKS AMI); allocatable is that
// less what is reserved for Kubernetes (1Gi) and less the eviction threshold nodefs.available (10 %, which
// the kubelet holds as a float32). Example, the 20 GiB that a managed node group has by default: capacity
// 20959212Ki, allocatable 18242267924; 80 GiB: 83873772Ki and 76224326324, as nodes of that AMI report.
//
// Sources: pkg/kubelet/cm/node_container_manager_linux.go (GetNodeAllocatableAbsolute), pkg/kubelet/eviction;
// awslabs/amazon-eks-ami, nodeadm/internal/kubelet/config.go (kubeReserved, evictionHard); EKS API Reference,
// CreateNodegroup (diskSize); EC2 User Guide, instance type names (a "g" behind the generation: Graviton).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace seatrial::cloud {

inline constexpr std::int64_t kDefaultRootVolume = std::int64_t{20} << 30;

struct EphemeralStorage {
  std::int64_t capacity = 0, allocatable = 0;  // bytes
};
inline EphemeralStorage ephemeral_storage(std::int64_t root_volume) {
  constexpr std::int64_t kNotInFilesystem = std::int64_t{12308} << 10, kReserved = std::int64_t{1} << 30;
  __extension__ using Wide = __int128;
  const std::int64_t capacity = std::max<std::int64_t>(0, root_volume - kNotInFilesystem);
  const auto threshold = static_cast<std::int64_t>(Wide{capacity} * 13'421'773 >> 27);  // 0.1f
  return {capacity, std::max<std::int64_t>(0, capacity - kReserved - threshold)};
}

// m7g.large, c6gn.xlarge, a1.large: arm64; m6i.large, g5.xlarge, p4d.24xlarge: amd64.
inline std::string_view architecture_of(std::string_view instance_type) {
  const std::string_view family = instance_type.substr(0, instance_type.find('.'));
  if (family == "a1") return "arm64";
  const std::size_t generation = family.find_first_of("0123456789");
  const bool graviton =
      generation != std::string_view::npos && family.find('g', generation) != std::string_view::npos;
  return graviton ? "arm64" : "amd64";
}

}  // namespace seatrial::cloud
