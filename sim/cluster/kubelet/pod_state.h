// What a kubelet holds of its nodes and pods. Plain values, copied with the World.
#pragma once

#include <bitset>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "sim/cluster/event_recorder.h"
#include "sim/cluster/kubelet/backoff.h"
#include "sim/cluster/kubelet/images.h"
#include "sim/cluster/kubelet/plan.h"
#include "sim/cluster/kubelet/probes.h"
#include "sim/cluster/kubelet/shutdown_math.h"
#include "sim/cluster/kubelet/status.h"
#include "sim/cluster/node_lease.h"
#include "sim/cluster/pod_network.h"
#include "sim/cluster/process.h"

namespace seatrial::cluster {

// Of the pod lifecycle event generator: it relists a second after its last relist ended.
inline constexpr Duration kRelistPeriod = Duration::millis(1005);

// The process of a container's present instance.
struct ContainerProcess {
  bool running = false, listening = false, draining = false;
  bool signalled = false;   // it has got SIGTERM
  bool ended = false;       // though the runtime may not have seen it
  SimTime began, ready_at;  // ready_at counts once it listens
};

// A container that is being stopped: hook, turn, SIGTERM, SIGKILL.
struct ContainerKill {
  enum class Stage : std::uint8_t { kNone, kHook, kTurn, kStopping };
  Stage stage = Stage::kNone;
  SimTime begun, killed_at;  // killed_at: when SIGKILL is due
  Duration grace;
};

struct KubeletContainer {
  ContainerRun run, seen;  // as it is, and as last noticed
  ContainerProcess process;
  ContainerKill kill;
  Backoff restart_backoff, image_backoff;
  std::string pull_error;      // of the last pull
  api::Symbol waiting_reason;  // of the last failed start
  std::string waiting_message;
  JournalId record = JournalId::kNone;        // the latest one about the process
  JournalId probe_record = JournalId::kNone;  // the latest probe of it that failed
};

struct KubeletPod {
  enum class Worker : std::uint8_t { kNone, kIdle, kWaitsForRelist, kSyncing };
  enum class Sandbox : std::uint8_t { kNone, kStarting, kReady, kDown };
  // What its piece of work on the node's CPUs is.
  enum class Starting : std::uint8_t { kNothing, kSandbox, kContainer };

  std::shared_ptr<const api::Pod> object;  // null: no such pod here
  std::uint32_t node = 0;
  api::PodStatus status;                     // as last generated
  std::vector<KubeletContainer> containers;  // init containers first
  std::vector<ProbeWorker> probes;
  api::Symbol ip;
  std::uint8_t address = 0;  // in the node's range; 0: none
  std::optional<PodNetwork::Address> address_of_subnet;
  std::uint32_t sandboxes = 0;  // tried
  SimTime start_time;
  JournalId cause = JournalId::kNone;  // of what it does now: the binding, then the deletion

  Worker worker = Worker::kNone;
  Sandbox sandbox = Sandbox::kNone;
  Starting starting = Starting::kNothing;
  std::uint16_t starting_container = 0;
  bool sync_wanted = false, synced_once = false, volumes_mounted = false, sandbox_noticed = false;
  bool acted = false, sync_failed = false;  // in the present sync
  std::optional<Duration> sync_backoff;
  std::uint32_t epoch = 0;         // events of earlier syncs are void
  SimTime last_sync_end, seen_at;  // seen_at: of the newest view of the runtime
  TimerId resync = TimerId::kNone;
  Plan plan;  // what is left of the present sync
  std::size_t kills_left = 0;

  bool terminating = false;  // deleted, or finished
  bool deleted = false;      // by the API
  bool stopping = false, stopped = false,
       removed = false;        // its containers are being stopped; have; all is cleaned up
  bool object_gone = false;    // from the API
  bool deadline_over = false;  // activeDeadlineSeconds
  std::int64_t grace = 30;
  SimTime stop_begun;
  std::optional<PodEnding> ending;  // by the kubelet itself

  JournalId status_cause = JournalId::kNone;
  bool status_sending = false, status_changed = false, delete_sent = false;
};

// What the eviction manager holds of a node.
struct NodeMemory {
  std::optional<std::int64_t> limit;  // of all pods together; none: nobody knows what there is
  std::int64_t capacity = 0;
  Duration phase;  // of the looks
  TimerId timer = TimerId::kNone;
  bool watched = false;  // the timer is set
  SimTime next_check;
  std::optional<std::uint32_t> victim;  // the pod whose end is waited for …
  SimTime wait_until;                   // … until then at the latest
  std::optional<SimTime> short_at;      // when the threshold was last seen to be met
  bool pressure = false;                // the condition MemoryPressure, as last worked out
};

// A graceful shutdown under way.
struct NodeShutdown {
  bool begun = false;
  std::vector<ShutdownGroup> groups;  // the first is being ended
  TimerId timer = TimerId::kNone;     // of its grace period
  JournalId cause = JournalId::kNone;
};

struct KubeletNode {
  KubeletNode(api::Symbol node_name, ClientId node_client, const EventRecorder& recorder,
              const RandomStream& stream)
      : name(node_name), client(node_client), events(recorder), random(stream) {}

  api::Symbol name, host_ip;
  api::Symbol public_address;  // as registries see it
  ClientId client;
  EventRecorder events;
  RandomStream random;
  NodeLease lease;
  NodeImages images;
  SharedRate cpu;  // that container starts share
  TimerId cpu_timer = TimerId::kNone, pull_timer = TimerId::kNone, status_timer = TimerId::kNone;
  SimTime relist_phase;
  std::set<std::uint32_t> pods;
  std::bitset<256> addresses;  // of the node's /24
  std::uint8_t last_address = 1;
  bool failed = false, status_changed = false;
  bool has_unscheduled = false;  // a pod that named the node by itself has been accepted
  NodeMemory memory;
  NodeShutdown shutdown;
};

}  // namespace seatrial::cluster
