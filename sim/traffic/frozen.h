// An ingress-nginx controller whose configuration is invalid.
//
// One Ingress of its class carries a snippet that nginx does not understand. Each sync writes the whole
// configuration, tests it, fails at the test and returns: neither are workers replaced nor do the running
// ones get the endpoints that have changed, of whatever Service. They go on with the pods' addresses of
// before. A pod that goes leaves its address to the next one that is given it, when the VPC CNI has let it
// cool down: then a request reaches a pod of another Service. A replica that starts anew has no configuration
// to go on with, and does not become Ready. When the Ingress is mended or deleted, one sync brings everything
// up to date. Source: ingress-nginx internal/ingress/controller/controller.go (syncIngress: OnUpdate's error
// returns before configureDynamically), nginx.go (testTemplate); kubernetes/ingress-nginx#7572, #13351.
//
// What renders an invalid configuration is declared: a text in an annotation, `KEY: VALUE`. The grammar of
// nginx is not simulated.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/event.h"
#include "sim/engine/time.h"

namespace seatrial::traffic {

// A time in which a controller could not apply anything.
struct Freeze {
  SimTime since, until = SimTime::max();
  JournalId record = JournalId::kNone;
  std::string ingress;             // NAMESPACE/NAME, the first
  api::SourcePosition manifest;    // of that
  std::uint64_t failed_syncs = 0;  // changes that it saw meanwhile
};

// What the workers would use if they were told.
struct MissedEndpoints {
  std::vector<api::PodKey> pods;
  JournalId cause = JournalId::kNone;
  bool told = false;  // since the freeze began; else it was under way then
};

struct FrozenProxy {
  std::vector<Freeze> freezes;                      // the last one may go on
  std::map<std::uint32_t, MissedEndpoints> missed;  // by Service, of the last one
};

// Who has which address, of pods that run or ran; kept only where a controller may freeze.
struct PodAddresses {
  bool kept = false;
  std::vector<api::Symbol> of_pod;           // by PodKey
  std::map<api::Symbol, api::PodKey> owner;  // the one that was given it last
};

}  // namespace seatrial::traffic
