// What a Node's status tells besides conditions and resources: addresses and its system, as far as known.
#pragma once

#include <string>

#include "sim/api/core.h"

namespace seatrial::report {

struct NodeFacts {  // empty: unknown
  std::string roles, internal_ip, external_ip, hostname;
  std::string kubelet_version, os_image, kernel_version, container_runtime, operating_system, architecture;
};
NodeFacts node_facts(const api::Node& node);

}  // namespace seatrial::report
