// What runs inside a container, as far as others can see it: when it listens, what it answers to a readiness
// probe, what it does on SIGTERM, when it crashes. Keyed by image reference in a scenario (`images:`), so
// that a slower or crashing 1.4 is a fact about 1.4, whoever runs it.
//
// The kubelet moves a pod's process through its life and tells a ProcessObserver (the traffic model, or
// nobody) what clients would notice. The observer is passed in with every call and never stored, so that a
// World stays copyable.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/api/core.h"
#include "sim/cluster/calls.h"
#include "sim/cluster/resource_use.h"
#include "sim/engine/distributions.h"
#include "sim/engine/event.h"
#include "sim/engine/time.h"

namespace seatrial::cluster {

// On SIGTERM: exit at once and cut what is in flight; drain: stop accepting, finish what is in flight, exit
// 0; linger: go on serving for `linger`, then drain; ignore: go on until SIGKILL.
enum class OnSigterm : std::uint8_t { kExit, kDrain, kLinger, kIgnore };

struct ImageBehaviour {
  std::int64_t size_bytes = 200LL << 20;                          // to pull, compressed
  Distribution start = Distribution::constant(Duration());        // container started -> listening
  Distribution ready_after = Distribution::constant(Duration());  // listening -> readiness probe answers 200
  Distribution service_time = Distribution::constant(Duration::millis(10));
  std::int32_t concurrency = 16;  // requests served at a time
  std::int32_t queue = 1024;      // requests that wait for a slot before it answers 503
  OnSigterm on_sigterm = OnSigterm::kExit;
  Duration linger;                      // for kLinger
  std::optional<Duration> exits_after;  // after its start the process ends by itself …
  std::int32_t exit_code = 0;           // … with this code
  bool out_of_memory = false;           // … killed by the kernel: exit code 137, reason OOMKilled
  bool keep_alive = true;               // clients may reuse a connection

  // What probes and hooks find. A span of time counts from the process's start; [from, to).
  using Window = std::pair<Duration, Duration>;
  std::vector<Window> not_ready;    // the readiness probe is answered 503
  std::vector<Window> not_live;     // the liveness probe is answered 503
  std::vector<std::int32_t> ports;  // on which it listens; empty: on those that the container declares
  Duration exec_time = Duration::millis(50);  // of a command run in it by a hook, `sleep N` aside
  std::int32_t sigterm_exit_code = 143;       // of kExit
  // None: nobody knows, so nobody measures it, and nothing comes of it.
  std::optional<CpuUse> cpu;
  std::optional<MemoryUse> memory;
  Duration dns_cache;                // how long it believes what DNS answers; zero: not at all, as glibc
  std::vector<Call> calls;           // that serving a request makes, in order
  std::optional<Consumer> consumes;  // what it takes from a queue, while it accepts requests

  std::vector<std::pair<api::Symbol, std::int64_t>>
      layers;              // digest and bytes; empty: one layer of size_bytes
  std::string pull_error;  // not empty: the registry refuses it in these words
  bool preloaded = false;  // every node has it from its start: it is part of the machine's own image
};

// By image reference, as manifests write it.
using ImageTable = std::map<api::Symbol, ImageBehaviour>;

// What clients of a pod notice, told at the instant at which it happens. `cause` is the journal record behind
// it.
class ProcessObserver {
 public:
  // The server accepts connections to these ports (none: to any) and serves them as the behaviour says.
  virtual void listening(api::PodKey pod, const ImageBehaviour& behaviour,
                         const std::vector<std::int32_t>& ports, JournalId cause) = 0;
  // It closed its listener; returns the number of requests that it still serves or queues. When the last of
  // them has ended the observer schedules the kubelet's event kDrained for the pod (at once is not: zero is
  // answered here).
  virtual std::int64_t stopped_accepting(api::PodKey pod, JournalId cause) = 0;
  // The process is gone: requests on it are cut, new connections are refused (the address still answers).
  virtual void exited(api::PodKey pod, JournalId cause) = 0;
  // The sandbox is gone: the address answers no more.
  virtual void network_down(api::PodKey pod, JournalId cause) = 0;
  // From now on this many requests fit into its memory limit, queued ones included, and it holds no more. The
  // next one beyond them that it takes in has the kernel kill it: the observer then schedules the kubelet's
  // event kOutOfMemory for the pod, at once.
  virtual void memory_allows(api::PodKey pod, std::int64_t requests) = 0;
  // How many requests it holds, queued ones included.
  virtual std::int64_t requests_held(api::PodKey pod) const = 0;
  // A call on which the readiness of the pod's process depends would not succeed now: the record behind
  // that, kNone if nobody knows; none: there is no such call.
  virtual std::optional<JournalId> unready_because(api::PodKey pod) const = 0;

 protected:
  ~ProcessObserver() = default;
};

}  // namespace seatrial::cluster
