// Images on one node: which layers it has, and the pulls that are under way. Pulls are queued first in, first
// out, one at a time by default, share the link where several are allowed, and are throttled by the kubelet's
// limit for registries. Sources: pkg/kubelet/images/{image_manager,puller}.go (defaults: serializeImagePulls,
// registryPullQPS 5, burst 10); reference §3.5.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "sim/api/core.h"
#include "sim/cluster/kubelet/shared_rate.h"
#include "sim/cluster/node_network.h"
#include "sim/cluster/process.h"
#include "sim/cluster/rate_limiter.h"

namespace seatrial::cluster {

// Always for the tag `latest` or none, else IfNotPresent; unless the container says.
api::PullPolicy pull_policy(const api::Container& container);

struct Pull {
  std::uint32_t pod = 0, epoch = 0;  // who waits for it
  std::uint16_t container = 0;
  api::Symbol image;
  SimTime asked, began;
  bool contacted = false;                  // the registry has answered; layers are coming
  std::optional<BlockedWay> blocked = {};  // the connection to it: it times out
};

class NodeImages {
 public:
  explicit NodeImages(std::int32_t parallel = 1) : parallel_(parallel), link_(1000) {}

  bool present(api::Symbol image) const { return images_.contains(image); }
  void add(api::Symbol image, const ImageBehaviour& behaviour);
  const std::set<api::Symbol>& images() const { return images_; }
  // Bytes of the layers that the node has not.
  std::int64_t missing_bytes(api::Symbol image, const ImageBehaviour& behaviour) const;

  // Queues a pull; answers its number.
  std::uint32_t ask(const Pull& pull);
  // The next pull that may begin, or none.
  std::optional<std::uint32_t> take_next();
  Pull& pull(std::uint32_t number) { return pulls_[number]; }
  // Forgets a pull that ended, or whose pod was deleted meanwhile.
  void end(std::uint32_t number, SimTime now);
  void cancel(std::uint32_t pod, SimTime now);

  SharedRate& link() { return link_; }
  TokenBucket& limiter() { return limiter_; }

 private:
  std::set<api::Symbol> images_, layers_;
  std::vector<Pull> pulls_;  // by number; freed ones are used again
  std::vector<std::uint32_t> free_;
  std::deque<std::uint32_t> waiting_;
  std::vector<std::uint32_t> active_;
  std::int32_t parallel_;
  SharedRate link_;
  TokenBucket limiter_{5, 10};
};

}  // namespace seatrial::cluster
