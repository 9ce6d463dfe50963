// The kubelets of all nodes: pod workers, image pulls, probes, restarts, termination, statuses and
// heartbeats.
//
// Each pod has one worker. A sync brings the pod nearer to its spec: volumes, sandbox, then containers one
// after the other; it is made of events, so a World can be copied in the middle of one. Between two syncs a
// worker waits until its view of the runtime is newer than the last one (the relist of the pod lifecycle
// event generator, once a second, or at once after an action): many latencies of a real kubelet are that
// wait. What the runtime really holds (`run`) and what the kubelet has noticed (`seen`) are kept apart.
//
// The parts that decide are pure: admission (what a node refuses), plan (what a sync does), pod_config (what
// a pod lacks), status, probes, backoff, images, eviction_math, shutdown_math. The rest here only acts.
// Processes tell a ProcessObserver what clients would notice, each with a journal record whose chain of
// causes leads to the API write behind it. A value: copies go on equally.
//
// Sources: pkg/kubelet v1.36 (reference §3); what was measured: golden/kubelet README.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/cloud/registry.h"
#include "sim/cluster/api_server.h"
#include "sim/cluster/kubelet/pod_state.h"
#include "sim/cluster/kubelet/timings.h"
#include "sim/cluster/node_network.h"

namespace seatrial::cluster {

struct KubeletConfig {
  KubeletTimings timings;
  ImageTable images;                              // what running an image shows …
  ImageBehaviour unknown_image;                   // … and one that stands nowhere
  std::vector<cloud::RegistryConfig> registries;  // the first whose host matches an image serves it
  cloud::Egress egress = cloud::Egress::kPerZone;
  std::vector<api::Symbol> images_present;  // on every node from the start
  bool all_images_present = false;          // every one of `images` is
  std::int32_t max_parallel_pulls = 1;
  Duration heartbeat = Duration::seconds(10);  // of the node's Lease; zero: none
  api::Quantity eviction_hard_memory =         // memory.available; zero: no pod is evicted
      api::Quantity::from_value(100 << 20, api::Quantity::Format::kBinarySI);
  Duration pressure_transition_period = Duration::seconds(300);
  // Of a graceful shutdown, and the part of it that is left to critical pods. Zero: there is none.
  Duration shutdown_grace_period, shutdown_grace_period_critical_pods;
  std::optional<Distribution> policy_wait;  // for how long the network plugin holds each sandbox up
};

// Event types of kKubeletComponent; the subject is a pod's index unless said otherwise.
enum class KubeletEvent : std::uint8_t {
  kDrained,         // the last request of a pod that stopped accepting has ended
  kVolumesMounted,  // or not: aux counts the attempts before
  kSandboxPrepared,
  kSandboxReady,
  kContainerCreated,
  kStartReturned,
  kPostStartDone,  // of a sync
  kNoticed,
  kRelisted,
  kResync,
  kProbe,
  kProcessBegins,
  kListening,
  kProcessEnds,
  kLingerOver,  // payload: the container's instance
  kHookDone,
  kTurnOver,
  kSigtermSent,
  kSigtermReceived,
  kSigkill,
  kContainerExited,
  kStopReturned,
  kNetworkDown,
  kUnmounted,
  kCleaned,
  kStatusDue,
  kStatusAnswered,
  kDeleteAnswered,
  kDeadline,
  kStartsShared,
  kPullsShared,
  kPullAnswered,
  kRenewal,
  kNodeAnswered,
  kEventPosted,  // subject: the node's number
  kOutOfMemory,  // the pod has taken in more requests than fit into its memory limit
  kMemoryGrew,
  kMemoryLooked,  // subject: the node's number, as of the next
  kShutdownGroupOver,
};

// A process as those see it who measure what it uses.
struct RunningProcess {
  const api::Container* container;
  SimTime began;
  const ImageBehaviour* behaviour;
  bool serves;  // clients of the pod talk to it
};

class Kubelet {
 public:
  Kubelet(const Kernel& kernel, ApiServer& api, KubeletConfig config);

  // Starts the kubelet of a node, whose address is one of its own if none is given. REQUIRES: the Node object
  // is stored.
  void add_node(Kernel& kernel, ApiServer& api, api::Symbol name, api::Symbol address = {});
  void on_watch(Kernel& kernel, ApiServer& api, const WatchEvent& change);
  // REQUIRES: the network knows the nodes.
  void handle(Kernel& kernel, ApiServer& api, ProcessObserver& observer, const Event& event,
              NodeNetwork network = {});

  // Whether the process of the pod's first container runs, on a node that does.
  bool runs(api::PodKey pod) const;
  // Faults. The process in the pod's first container ends, as by a crash; nothing happens if it does not run.
  void fail_process(Kernel& kernel, ApiServer& api, ProcessObserver& observer, api::PodKey pod,
                    std::int32_t exit_code, JournalId cause);
  // The node goes: its pods' addresses answer no more, its kubelet is silent. Back: it starts what is still
  // bound to it.
  void fail_node(Kernel& kernel, ApiServer& api, ProcessObserver& observer, api::Symbol node,
                 JournalId cause);
  void restore_node(Kernel& kernel, ApiServer& api, api::Symbol node, JournalId cause,
                    NodeNetwork network = {});
  // An operator stops the machine. With a graceful shutdown its pods end first, then it goes as by a failure;
  // without one it just goes. Back by restore_node.
  void shut_down_node(Kernel& kernel, ApiServer& api, ProcessObserver& observer, api::Symbol node,
                      JournalId cause);

  cloud::Registries& registries() { return registries_; }
  const KubeletConfig& config() const { return config_; }
  bool has_node(api::Symbol name) const { return node_numbers_.contains(name); }
  // What runs in a pod; nothing where its node has failed.
  std::vector<RunningProcess> processes_of(api::PodKey pod) const;
  bool node_failed(api::Symbol name) const { return nodes_[node_numbers_.at(name)].failed; }

 private:
  using Index = std::uint16_t;  // of a container in its pod
  // What every step needs; made for one call. `observer` is null where nothing can be noticed.
  struct Step {
    Kernel& kernel;
    ApiServer& api;
    ProcessObserver* observer;
    NodeNetwork network = {};
    SimTime now() const { return kernel.now(); }
  };

  // kubelet.cc: events, nodes.
  void handle_pod_event(const Step& step, const Event& event);
  bool handle_sync_event(const Step& step, const Event& event);
  bool handle_process_event(const Step& step, const Event& event);
  bool handle_answer(const Step& step, const Event& event);
  bool handle_node_event(const Step& step, const Event& event);
  void admit(const Step& step, std::uint32_t pod, std::uint32_t node, const WatchEvent& change);
  void forget(const Step& step, std::uint32_t pod);
  void node_status_changed(const Step& step, std::uint32_t node);
  void begin_renewals(const Step& step, std::uint32_t node);
  void report_node(const Step& step, std::uint32_t node);
  void later(const Step& step, std::uint32_t pod, KubeletEvent type, Duration delay,
             std::uint64_t payload = 0, Index container = 0);
  void arm(const Step& step, TimerId timer, std::uint32_t subject, KubeletEvent type, Duration delay,
           Index aux = 0);
  SimTime next_relist(const KubeletNode& node, SimTime now) const;
  Duration draw(std::uint32_t node, const Distribution& distribution) {
    return distribution.sample(nodes_[node].random);
  }
  const ImageBehaviour& behaviour_of(const KubeletPod& p, std::size_t container) const;
  JournalId record(const Step& step, std::uint32_t pod, RecordType type, JournalId cause,
                   std::int64_t value = 0, std::string_view text = {}, std::uint32_t other = 0);
  void report(const Step& step, const KubeletPod& p, Index container, bool warning, const char* reason,
              std::string message);
  void report_pod(const Step& step, const KubeletPod& p, bool warning, api::Symbol reason,
                  std::string message);
  void report_about_node(const Step& step, std::uint32_t node, bool warning, std::string_view reason,
                         std::string message);
  // Ends a pod for good, whatever its restart policy.
  void end_pod(const Step& step, std::uint32_t pod, std::int64_t grace, PodEnding ending, JournalId cause);

  // pod_worker.cc: syncs.
  void request_sync(const Step& step, std::uint32_t pod);
  void begin_sync(const Step& step, std::uint32_t pod);
  void sync(const Step& step, std::uint32_t pod);
  void cancel_sync(const Step& step, std::uint32_t pod);
  void end_sync(const Step& step, std::uint32_t pod);
  void arm_resync(const Step& step, std::uint32_t pod);
  void notice(const Step& step, std::uint32_t pod, bool sync_if_changed);
  void mount_volumes(const Step& step, std::uint32_t pod, std::uint16_t attempt);
  void make_plan(const Step& step, std::uint32_t pod);
  void next_in_plan(const Step& step, std::uint32_t pod);
  void begin_sandbox(const Step& step, std::uint32_t pod);
  void sandbox_ready(const Step& step, std::uint32_t pod);
  bool take_pod_address(const Step& step, std::uint32_t pod);
  void give_pod_address_back(const Step& step, std::uint32_t pod);
  void sandbox_failed(const Step& step, std::uint32_t pod);
  void starts_shared(const Step& step, std::uint32_t node);
  void arm_starts(const Step& step, std::uint32_t node);

  // container_start.cc: images and starts.
  void start_container(const Step& step, std::uint32_t pod, Index container);
  bool waits_for_backoff(const Step& step, std::uint32_t pod, Index container);
  void cannot_start(const Step& step, std::uint32_t pod, Index container, const char* reason,
                    std::string message);
  void waits(const Step& step, std::uint32_t pod, Index container, const char* reason, std::string message);
  void pull(const Step& step, std::uint32_t pod, Index container);
  void begin_pulls(const Step& step, std::uint32_t node);
  void pull_answered(const Step& step, std::uint32_t node, std::uint32_t number);
  void pulls_shared(const Step& step, std::uint32_t node);
  void pull_failed(const Step& step, const Pull& pull, const cloud::PullAnswer& answer);
  void image_there(const Step& step, std::uint32_t pod, Index container);
  void container_created(const Step& step, std::uint32_t pod, Index container);
  void start_returned(const Step& step, std::uint32_t pod, Index container);

  // container_process.cc: what happens inside.
  bool is_server(const KubeletPod& p, Index container) const;
  void process_begins(const Step& step, std::uint32_t pod, Index container);
  void listening(const Step& step, std::uint32_t pod, Index container);
  void sigterm_received(const Step& step, std::uint32_t pod, Index container);
  void drain(const Step& step, std::uint32_t pod, Index container);
  void process_ends(const Step& step, std::uint32_t pod, Index container, std::int32_t exit_code,
                    bool out_of_memory);
  void container_exited(const Step& step, std::uint32_t pod, Index container);
  std::int64_t requests_held(const Step& step, std::uint32_t pod, Index container) const;
  void watch_growth(const Step& step, std::uint32_t pod, Index container);
  void memory_grew(const Step& step, std::uint32_t pod, Index container);
  void out_of_memory(const Step& step, std::uint32_t pod, Index container);
  std::int64_t memory_of(const Step& step, std::uint32_t pod, Index container) const;
  // The ports on which clients find the pod; empty: any.
  std::vector<std::int32_t> ports_of(const KubeletPod& p) const;
  bool answers(const KubeletPod& p, Index container, std::int32_t port) const;

  // probing.cc
  void start_probes(const Step& step, std::uint32_t pod);
  void stop_probes(const Step& step, std::uint32_t pod);
  void probe(const Step& step, std::uint32_t pod, Index worker);
  void probe_answered(const Step& step, std::uint32_t pod, Index worker, const api::Probe& probe,
                      const std::string& failure, JournalId away);
  void probe_published(const Step& step, std::uint32_t pod, Index worker);
  void trigger_readiness(const Step& step, std::uint32_t pod);
  // To be called by whoever changes what a probe sees: the pod's status as generated, its deletion, its
  // processes.
  void wake_probes(const Step& step, std::uint32_t pod);
  static void rest(const Step& step, ProbeWorker& worker, const api::Probe& probe);
  bool answers_alike_from(const KubeletPod& p, const ProbeWorker& worker, SimTime now) const;
  std::string probe_failure(const KubeletPod& p, const ProbeWorker& worker, const api::Probe& probe,
                            std::int32_t port, SimTime now, bool away) const;
  bool has_started(const KubeletPod& p, std::size_t container) const;
  bool is_ready(const KubeletPod& p, std::size_t container) const;
  bool is_unhealthy(const KubeletPod& p, std::size_t container) const;

  // termination.cc
  void terminate(const Step& step, std::uint32_t pod, std::int64_t grace);
  void shorten_kills(const Step& step, std::uint32_t pod);
  void stop_pod(const Step& step, std::uint32_t pod);
  void begin_kill(const Step& step, std::uint32_t pod, Index container, Duration grace, std::string message);
  Duration hook_duration(std::uint32_t pod, Index container, const api::LifecycleHandler& hook, bool& failed);
  void hook_done(const Step& step, std::uint32_t pod, Index container);
  void stop_container(const Step& step, std::uint32_t pod, Index container);
  bool has_turn(const KubeletPod& p, Index container) const;
  void stop_returned(const Step& step, std::uint32_t pod, Index container);
  void all_stopped(const Step& step, std::uint32_t pod);
  void network_down(const Step& step, std::uint32_t pod);
  void cleaned(const Step& step, std::uint32_t pod);
  void delete_when_reported(const Step& step, std::uint32_t pod);

  // refusals.cc
  std::optional<PodEnding> refusal_of(const Step& step, KubeletNode& node, const api::Pod& pod);
  std::optional<PodEnding> no_place_for(const Step& step, KubeletNode& node, const api::Pod& pod);
  void reject(const Step& step, std::uint32_t pod, std::uint32_t node, const WatchEvent& change,
              const PodEnding& why);
  void arm_deadline(const Step& step, std::uint32_t pod);
  void deadline_over(const Step& step, std::uint32_t pod);

  // reporting.cc
  void update_status(const Step& step, std::uint32_t pod);
  void send_status(const Step& step, std::uint32_t pod);
  void status_answered(const Step& step, std::uint32_t pod);

  // eviction.cc
  template <class Visit>
  void for_each_measured(std::uint32_t node, Visit&& visit) const;
  std::int64_t most_memory_on(std::uint32_t node) const;
  void watch_memory(const Step& step, std::uint32_t node);
  void arm_look(const Step& step, std::uint32_t node, std::int64_t most);
  void look_at_memory(const Step& step, std::uint32_t node);
  void kill_until_memory_suffices(const Step& step, std::uint32_t node);
  bool waits_for_victim(std::uint32_t node, SimTime now) const;
  void check_memory(const Step& step, std::uint32_t node);
  void evict_one(const Step& step, std::uint32_t node, std::int64_t available);
  std::string eviction_words(const Step& step, std::uint32_t pod, std::int64_t available) const;

  // shutdown.cc
  void end_shutdown_group(const Step& step, std::uint32_t node);
  void shutdown_goes_on(const Step& step, std::uint32_t node, bool time_is_up);

  // faults.cc
  void boot_pod(const Step& step, std::uint32_t pod, JournalId cause);

  KubeletConfig config_;
  cloud::Registries registries_;
  std::vector<KubeletNode> nodes_;
  std::map<api::Symbol, std::uint32_t> node_numbers_;
  std::vector<KubeletPod> pods_;  // by pod index
};

}  // namespace seatrial::cluster
