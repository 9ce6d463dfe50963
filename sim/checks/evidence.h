// What a run left behind, as expectations and findings look at it: references to a finished run, and what is
// derived from its history once for all of them.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/api/apps.h"
#include "sim/checks/expectation.h"
#include "sim/cluster/api_server.h"
#include "sim/cluster/journal_types.h"
#include "sim/cluster/pod_network.h"
#include "sim/cluster/store.h"
#include "sim/cluster/watch.h"
#include "sim/engine/kernel.h"
#include "sim/traffic/traffic.h"

namespace seatrial::checks {

// Sandboxes of a pod that got no address.
struct AddressWait {
  SimTime first;
  cluster::AddressShortage shortage = cluster::AddressShortage::kGrowing;  // the gravest
  std::string why;                                                         // of that
  JournalId record = JournalId::kNone;                                     // of that
};

// One pod's life, from the journal and the versions of the object. Times are those of the first occurrence.
struct PodLife {
  std::shared_ptr<const api::Pod> pod;  // its last version
  ObjectName workload;  // the Deployment or CronJob behind it, else its controller, else itself
  std::string version;  // of its first container's image
  std::optional<SimTime> created, bound, started, listening, ready, deletion, sigterm, stopped_accepting,
      killed, exited, gone;                 // killed: by SIGKILL, as its grace period had passed
  std::optional<SimTime> ended_by_kubelet;  // evicted, or terminated as its node was shut down …
  std::string ending;                       // … in the kubelet's words: "Evicted: The node was low …"
  JournalId ending_record = JournalId::kNone;
  JournalId created_record = JournalId::kNone;
  JournalId deletion_record = JournalId::kNone, network_down_record = JournalId::kNone;  // of its first
  bool lacked_configuration = false;     // a ConfigMap or Secret that it names was not there
  bool has_exited_by_itself = false;     // a process of it ended before any deletion
  std::vector<JournalId> out_of_memory;  // the kernel killed a process of it, each time
  std::vector<JournalId> troubles;  // it could not call a resource, or resolve a name, each time it said so
  std::optional<AddressWait> address_wait;
  bool has_been_restarted = false;  // the kubelet killed a container, for a probe, before any deletion
};

// A Deployment's passage from one template to another.
struct RolloutLife {
  ObjectName target;
  std::string from, to;               // versions; equal for a restart
  SimTime started;                    // the change of the template
  std::optional<SimTime> completed;   // status says so: all updated, available, none of the old
  std::optional<SimTime> superseded;  // by the next change
  std::optional<SimTime> deadline_exceeded;
};

struct Evidence {
  Evidence(const Kernel& kernel, const cluster::Store& store, const traffic::Traffic& traffic,
           const std::vector<cluster::WatchEvent>& history, std::span<const cluster::Denial> denials = {});

  const Kernel& kernel;
  const cluster::Store& store;
  const traffic::Traffic& traffic;
  const std::vector<cluster::WatchEvent>& history;  // every version of every object, in order
  std::span<const cluster::Denial> denials;         // requests that access control refused, in order
  std::vector<PodLife> pods;                        // by PodKey: the order of creation
  std::vector<RolloutLife> rollouts;  // in order of their start; none for a Deployment's creation
  // By namespace: the changes of Events that something could not be created (FailedCreate), in order.
  std::map<api::Symbol, std::vector<const cluster::WatchEvent*>> failed_creations;

  SimTime time_of(const cluster::WatchEvent& change) const {
    return kernel.journal().record(change.cause).at;
  }
  SimTime end() const { return kernel.now(); }
  const PodLife* life_of(api::PodKey pod) const;  // null for an invalid key
};

// The writes of the timeline's commands that the API server refused, in order.
std::vector<JournalId> refused_commands(const Evidence& evidence);

// A rollout is complete: the controller has seen it, all pods are of the new template and available, none is
// old. Source: pkg/controller/deployment/util/deployment_util.go, DeploymentComplete.
bool is_complete(const api::Deployment& deployment);

// The version of an image as reports call it: its tag, or its digest's first 12 digits, else the whole
// reference.
std::string image_version(std::string_view image);
std::string version_of(const api::PodSpec& spec);  // of the first container

// What an expectation came to, and what was seen in one line.
Judged judge(const Expectation& expectation, const Evidence& evidence);

}  // namespace seatrial::checks
