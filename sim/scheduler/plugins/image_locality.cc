// ImageLocality: prefers nodes that have the pod's images, the larger the better.
// Source: pkg/scheduler/framework/plugins/imagelocality.
#include <algorithm>

#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

namespace {

// Where no node has any of the images, all score 0.
bool pre_score(Cycle& cycle, std::span<const std::uint32_t>) {
  return std::ranges::any_of(cycle.info.images,
                             [&](api::Symbol image) { return cycle.cluster.nodes_with_image(image) > 0; });
}

std::int64_t score(const Cycle& cycle, std::uint32_t slot) {
  const NodeInfo& node = cycle.cluster.at(slot);
  if (node.images.empty()) return 0;
  const auto nodes = static_cast<std::int64_t>(cycle.cluster.order().size());
  std::int64_t sum = 0;
  for (const api::Symbol image : cycle.info.images) {
    for (const auto& [name, size] : node.images) {
      if (name == image) {
        sum += scaled_image_size(size, cycle.cluster.nodes_with_image(name), nodes);
        break;
      }
    }
  }
  return image_locality(sum, static_cast<std::int64_t>(cycle.info.images.size()));
}

}  // namespace

const Plugin kImageLocalityPlugin = {
    .name = "ImageLocality", .weight = 1, .pre_score = pre_score, .score = score};

}  // namespace seatrial::scheduler
