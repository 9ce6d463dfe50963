// Which volume a claim may have, and where a volume can be used: what the binder, the scheduler and a
// provisioner agree on. Pure. Sources: k8s.io/component-helpers/storage/volume/{pv_helpers,helpers}.go.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "sim/api/storage.h"

namespace seatrial::cluster {

// "" where the claim has none.
api::Symbol class_of(const api::PersistentVolumeClaim& claim);
// A migrated in-tree provisioner is its CSI driver.
api::Symbol driver_of(api::Symbol provisioner);
// kubernetes.io/no-provisioner, or none at all: volumes of the class are made by hand.
bool provisions(const api::StorageClass& storage_class);

// May the volume be used on the node? By its node affinity.
bool reaches(const api::PersistentVolume& volume, const api::Node& node);
// Does the volume name the claim? One that names it without its uid is meant for it.
bool is_meant_for(const api::PersistentVolume& volume, const api::PersistentVolumeClaim& claim);

// The volume that the claim gets: one that is meant for it; else the smallest free one that does, of equal
// ones the first. With a `node`: one that can be used there; without, and with `delayed`, only one that is
// meant for it. `is_taken`: volumes that are promised already. Null: none.
using VolumePtr = std::shared_ptr<const api::PersistentVolume>;
VolumePtr matching_volume(const api::PersistentVolumeClaim& claim, const std::vector<api::ObjectPtr>& volumes,
                          const api::Node* node, bool delayed,
                          const std::function<bool(const api::PersistentVolume&)>& is_taken);

// The volume with its claim, as the binder and the scheduler write it.
std::shared_ptr<api::PersistentVolume> bound_to(const api::PersistentVolume& volume,
                                                const api::PersistentVolumeClaim& claim);

}  // namespace seatrial::cluster
