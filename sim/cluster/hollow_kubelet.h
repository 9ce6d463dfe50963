// Hollow kubelets: nodes whose pods become Running, Ready and gone after exact delays, and run nothing. For
// clusters in which only the control plane matters, and for the recordings that were made with such nodes.
//
// The semantics are those of tests/conformance/golden/README.md, "The hollow kubelet", its pod annotations
// `hollow.example/*` included. Condition times have one second's resolution. A value: copied with the World.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster/api_server.h"
#include "sim/cluster/node_lease.h"
#include "sim/engine/distributions.h"

namespace seatrial::cluster {

struct HollowTimings {
  Distribution start = Distribution::constant(Duration::millis(300));  // bound (as seen) -> Running
  Distribution ready = Distribution::constant(Duration::millis(700));  // Running -> Ready
  Distribution term =
      Distribution::constant(Duration::millis(500));  // deletion (as seen) -> containers ended
  Duration removal = Duration::millis(20);            // of a pod that had not started, or had finished
};

class HollowKubelet {
 public:
  HollowKubelet(const Kernel& kernel, ApiServer& api, HollowTimings timings);

  void on_watch(Kernel& kernel, ApiServer& api, const WatchEvent& change);
  void handle(Kernel& kernel, ApiServer& api, const Event& event);

  // From now on the pod's readiness is `ready`, whatever its delays say.
  void set_ready(Kernel& kernel, ApiServer& api, api::PodKey pod, bool ready);
  // A silent node: no heartbeat, no status, no deletion. One that is heard again says at once that it is
  // Ready.
  void set_heartbeat(Kernel& kernel, ApiServer& api, api::Symbol node, bool beats);

 private:
  enum class Stage : std::uint8_t { kUnknown, kCreating, kRunning, kReady, kTerminating, kFinished };
  struct PodState {
    std::shared_ptr<const api::Pod> seen;
    api::PodStatus status;  // as this kubelet last wrote it
    Stage stage = Stage::kUnknown;
    std::uint32_t epoch = 0;  // events of earlier stages are void
    std::int32_t restarts = 0;
    std::optional<bool> fails;  // decided when it runs first
    bool forced = false;        // readiness was set by hand
  };
  PodState& state_of(std::uint32_t pod);
  void pod_changed(Kernel& kernel, ApiServer& api, const WatchEvent& change);
  void catch_up(Kernel& kernel, ApiServer& api, std::uint32_t pod);
  Duration delay(const api::Pod& pod, const char* annotation, const Distribution& usual);
  void later(Kernel& kernel, std::uint32_t pod, std::uint8_t type, Duration delay);
  void start(Kernel& kernel, ApiServer& api, std::uint32_t pod);
  bool decide_failure(const api::Pod& pod);
  void run(Kernel& kernel, ApiServer& api, std::uint32_t pod);
  void become(Kernel& kernel, ApiServer& api, std::uint32_t pod, bool ready);
  void end(Kernel& kernel, ApiServer& api, std::uint32_t pod, std::int32_t exit_code, bool deleted);
  void remove(Kernel& kernel, ApiServer& api, std::uint32_t pod);
  // Writes the status; `last`: the pod is removed once that is answered.
  void write(Kernel& kernel, ApiServer& api, std::uint32_t pod, bool last = false);

  HollowTimings timings_;
  ClientId client_;
  RandomStream random_, phases_;
  std::vector<PodState> pods_;                 // by pod index
  std::map<api::Uid, std::int64_t> failures_;  // of each owner's pods, for fail-first
  std::set<api::Symbol> silent_;
  std::map<api::Symbol, NodeLease> leases_;
  std::uint32_t next_address_ = 0;
};

}  // namespace seatrial::cluster
