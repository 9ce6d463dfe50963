// Where a new volume is made. Source: kubernetes-csi/external-provisioner, pkg/controller/topology.go
// (GenerateAccessibilityRequirements, getPVCNameHashAndIndexOffset).
#pragma once

#include <string_view>
#include <vector>

#include "sim/api/storage.h"

namespace seatrial::controllers {

// The zone of a volume for which no node has been chosen (volumeBindingMode Immediate): `zones` sorted, in
// turn for the claims of a StatefulSet. data-web-0, data-web-1 and data-web-2 get three neighbours of three
// zones, from the one on that the FNV-1 hash of "web" names. REQUIRES: there are zones.
api::Symbol zone_for_claim(std::string_view claim, const std::vector<api::Symbol>& zones);

// Those that the class allows; all if it says nothing of zones.
std::vector<api::Symbol> allowed_zones(const api::StorageClass& storage_class,
                                       std::vector<api::Symbol> zones);

// EBS makes volumes of whole GiB.
api::Quantity whole_gibibytes(const api::Quantity& requested);

}  // namespace seatrial::controllers
