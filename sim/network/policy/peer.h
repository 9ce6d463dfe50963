// The two ends of a flow as network policies see them, and what Kubernetes leaves to the network plugin.
#pragma once

#include <optional>
#include <vector>

#include "sim/api/core.h"
#include "sim/api/ip_address.h"

namespace seatrial::network {

// One end of a flow. Without labels it is an address outside of the cluster.
struct Peer {
  api::Symbol namespace_, name;
  const api::LabelMap* labels = nullptr;            // of the pod
  const api::LabelMap* namespace_labels = nullptr;  // REQUIRES: set where `labels` is
  std::vector<api::ContainerPort> ports;            // for named ports
  std::optional<api::IpAddress> address;
  bool host_network = false;  // no policy selects it, and others see its node's address
  api::Symbol service_account;
  const api::LabelMap* service_account_labels = nullptr;
  bool is_pod() const { return labels != nullptr && !host_network; }
};

struct Flow {
  const Peer &from, &to;
  std::int32_t port = 0;  // of the destination, after a Service's port has become the pod's
  api::Symbol protocol = "TCP";
  bool from_own_node = false;  // the kubelet of the destination's node: always allowed in
};

enum class Direction : std::uint8_t { kIngress, kEgress };

struct PolicyOptions {
  bool blocks_cover_pods = true;  // an ipBlock matches the addresses of pods too
  bool pod_reaches_itself = true;
  // The plugin is Calico: its own kinds count, and Kubernetes' policies stand among them at order 1000 of the
  // tier "default". Elsewhere nobody enforces Calico's kinds.
  bool calico = false;
};

}  // namespace seatrial::network
