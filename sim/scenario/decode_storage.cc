// `storage:` the EBS CSI driver: what its classes are, how many volumes a node takes, how long a volume
// takes.
#include <algorithm>

#include "sim/scenario/decode_nodes.h"

namespace seatrial::scenario {
namespace {

std::shared_ptr<const api::StorageClass> read_class(Reader map) {
  auto made = std::make_shared<api::StorageClass>();
  if (!map.expect_map()) return made;
  made->metadata.name = map.required("name").text();
  if (map.field("default").boolean(false))
    made->metadata.annotations = api::LabelMap{{api::kDefaultClass, "true"}};
  constexpr std::array kProvisioners{api::kEbsDriver, api::kInTreeEbs};
  made->provisioner = kProvisioners[map.field("provisioner").choice({kProvisioners[0], kProvisioners[1]}, 0)];
  made->volume_binding_mode =
      map.field("volumeBindingMode").choice({"WaitForFirstConsumer", "Immediate"}, 0) == 0
          ? "WaitForFirstConsumer"
          : "Immediate";
  made->reclaim_policy =
      map.field("reclaimPolicy").choice({"Delete", "Retain"}, 0) == 0 ? "Delete" : "Retain";
  made->parameters = read_labels(map.field("parameters"));
  made->source = map.where();
  map.done();
  return made;
}

}  // namespace

void read_storage(Reader map, Platform& platform) {
  if (!map || !map.expect_map()) return;
  Storage storage;
  storage.volumes_per_node =
      static_cast<std::int32_t>(map.field("volumesPerNode").integer(storage.volumes_per_node, 1, 1000));
  cluster::ControlPlaneTimings& timings = platform.control_plane;
  timings.volume_creation = map.field("volumeCreation").distribution(timings.volume_creation);
  timings.volume_deletion = map.field("volumeDeletion").distribution(timings.volume_deletion);
  const Reader classes = map.field("classes");
  for (const Reader& item : classes.items()) {
    const auto made = read_class(item);
    const bool known = std::ranges::any_of(
        storage.classes, [&](const auto& other) { return other->metadata.name == made->metadata.name; });
    if (known) item.problem("another class is called \"" + made->metadata.name.str() + "\" already");
    storage.classes.push_back(made);
  }
  map.done();
  platform.storage = std::move(storage);
}

}  // namespace seatrial::scenario
