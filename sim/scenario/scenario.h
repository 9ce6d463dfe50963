// `kind: Scenario` as plain values: what goes into a run besides the manifests themselves. Everything is
// resolved: files are read, images and objects that are named exist, times lie within the run.
//
// World is built from it and keeps a shared pointer to it; nothing here changes during a run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/api/core.h"
#include "sim/api/manifests.h"
#include "sim/checks/expectation.h"
#include "sim/cloud/credentials.h"
#include "sim/cloud/ec2.h"
#include "sim/cluster/api_request.h"
#include "sim/cluster/process.h"
#include "sim/cluster/webhooks.h"
#include "sim/scenario/certificates.h"
#include "sim/scenario/pipeline.h"
#include "sim/scenario/platform.h"
#include "sim/traffic/arrivals.h"
#include "sim/traffic/dns.h"
#include "sim/traffic/load.h"

namespace seatrial::scenario {

using checks::ObjectName;

// A document of a manifest: decoded and defaulted, its namespace filled in as `kubectl -n` does, and as it
// was written.
using Manifest = api::ManifestObject;

// https://host/path through an ingress controller, or http://service.namespace[:port] inside the cluster.
struct Destination {
  std::string url;  // as written
  std::string host, path = "/";
  api::Symbol service, namespace_;  // both set: a Service inside the cluster; else an Ingress host
  std::int32_t port = 0;            // 0: the Service's first
  bool inside() const { return !service.empty(); }
};

struct Load {
  api::Symbol name;
  api::Symbol from = "internet";        // or a zone
  std::optional<ObjectName> sender;     // `from` is a workload: its pods send
  std::optional<Duration> after_start;  // of `sender`: each pod sends one so long after its process is up
  Destination to;
  traffic::Arrivals arrivals;  // from time 0 to the scenario's duration
  std::string rate_text;       // "400/s"
  std::optional<Duration> timeout = Duration::seconds(5);
  std::optional<Distribution> stream;  // they are streams, and last so long
  traffic::RetryPolicy retries;
  traffic::DnsName lookup;  // what its senders ask DNS for, where that is simulated; empty: nothing
  bool queries = false;     // those are such questions
  std::string method = "GET";
  bool idempotent() const { return method != "POST" && method != "PATCH" && method != "LOCK"; }
  api::SourcePosition source;
};

// Which nodes: those with these names, or some of a group and zone (in order of name, or the oldest first).
struct NodeChoice {
  std::vector<api::Symbol> names;
  api::Symbol node_group, zone;
  std::int32_t nodes = 0;  // how many of those that match; 0: all
  bool oldest = false;
};

// The objects that a verb is about: by name, or those of some kinds that a selector matches.
struct Targets {
  std::vector<ObjectName> names;
  std::vector<api::ObjectPtr> files;  // those of manifests
  std::vector<api::Kind> kinds;
  api::Symbol namespace_;       // of `kinds`
  api::LabelSelector selector;  // of `kinds`; empty: all of them
};

// --- The timeline's verbs: those of kubectl, with its flags
struct Apply {
  std::vector<Manifest> manifests;  // -f
  bool server_side = false, force_conflicts = false;
  api::Symbol field_manager = "kubectl";  // of --server-side
};
struct Create {
  std::vector<Manifest> manifests;
};
struct Replace {
  std::vector<Manifest> manifests;
  bool force = false;  // delete and create again
  std::optional<std::int64_t> grace_period_seconds;
};
struct Delete {
  Targets targets;
  std::optional<std::int64_t> grace_period_seconds;
  cluster::Propagation cascade = cluster::Propagation::kBackground;
  bool force = false, ignore_not_found = false;
};
struct Scale {
  Targets targets;
  std::int32_t replicas = 0;
  std::optional<std::int32_t> current_replicas;  // --current-replicas
};
struct SetImage {
  Targets targets;
  std::vector<std::pair<api::Symbol, api::Symbol>> images;  // container ("*": all), image
};
// KEY=VALUE or KEY-: what is set and what goes.
struct Pairs {
  std::vector<std::pair<api::Symbol, api::Symbol>> set;
  std::vector<api::Symbol> removed;
};
struct SetEnv {
  Targets targets;
  Pairs env;
  std::string containers = "*";
  bool overwrite = true;
};
struct Rollout {
  enum class Verb : std::uint8_t { kUndo, kPause, kResume, kRestart };
  Verb verb = Verb::kUndo;
  Targets targets;
  std::int64_t to_revision = 0;  // of kUndo; 0: the one before
};
struct EditLabels {  // kubectl label, kubectl annotate
  bool annotations = false;
  Targets targets;
  Pairs changes;
  bool overwrite = false;
};
struct PatchObject {
  Targets targets;
  std::shared_ptr<const api::Value> patch;
  cluster::PatchType type = cluster::PatchType::kStrategic;
};
struct Get {
  Targets targets;
  bool wide = false;  // -o wide
};
struct EditTaints {
  NodeChoice nodes;
  std::vector<api::Taint> added;
  std::vector<api::Taint> removed;  // an empty effect: those of all effects
  bool overwrite = false;
};
struct Cordon {
  NodeChoice nodes;
  bool unschedulable = true;
};  // false: uncordon
struct Drain {  // cordon, then evict what runs there, node after node
  NodeChoice nodes;
  std::optional<std::int64_t> grace_period_seconds;
  bool ignore_daemonsets = false, delete_emptydir_data = false, force = false;
  bool disable_eviction = false;  // deletes pods, whatever their budgets say
  std::optional<Duration> timeout;
  api::LabelSelector pod_selector;
};
// A POST to pods/eviction, as an operator sends it: once.
struct Evict {
  ObjectName target;  // a pod, or `count` pods of a workload, in order of name
  std::int32_t count = 1;
  std::optional<std::int64_t> grace_period_seconds;
};
// What a node recycler does, with one node after the other: drains it, deletes what is left after `timeout`,
// and has its instance replaced.
struct Recycle {
  NodeChoice nodes;
  std::optional<Duration> timeout;  // none: for ever
  bool replace_first = false;       // the new node is there before the old one goes
};
// A node group launches something else from now on, and its nodes are replaced by such.
struct UpdateNodeGroup {
  cloud::AutoScalingGroup launches;
  bool all_at_once = false;         // all nodes together; else one after the other:
  Duration every;                   // at least from one to the next
  std::int32_t surge = 0;           // so many new ones first
  bool cordon_first = false;        // no pod comes to an old node any more
  std::optional<Duration> timeout;  // of each node's drain; none: for ever, but all at once: without a drain
  bool force = false;               // what is left then is deleted; else the update fails
};
// A change is merged, and its pipeline deploys it.
struct Merge {
  std::shared_ptr<const Pipeline> pipeline;
  std::string tag;
  std::int64_t pushed_bytes = 0;      // what the registry does not have yet
  std::vector<Manifest> manifests;    // with the tag
  std::vector<ObjectName> workloads;  // those among them that have a rollout
  std::string command;                // "kubectl apply -f my-application.yaml"
  std::string reference() const { return pipeline->image + ":" + tag; }
};
// A pull request of an Environments repository is merged (or, without one, the pipeline just runs), and its
// pipeline applies it.
struct MergeEnvironments {
  std::shared_ptr<const EnvironmentsPipeline> pipeline;
  std::int64_t pull_request = 0;                 // 0: none
  std::vector<environments::FolderPtr> folders;  // that it changes, as they are then; the cluster's own first
  std::vector<Manifest> manifests;               // all of theirs, and what their terraform makes
  std::string title() const {
    return pull_request == 0 ? "the checkout" : "pull request " + std::to_string(pull_request);
  }
};
// A node goes: its pods' addresses answer no more, its kubelet is silent; back after `lasts`.
struct FailNodes {
  NodeChoice nodes;
  std::optional<Duration> lasts;
};
// Nodes are stopped by whoever runs them: their pods end first if the platform's kubelet shuts down
// gracefully, else they go as by a failure. Back `lasts` after the beginning.
struct ShutDownNodes {
  NodeChoice nodes;
  std::optional<Duration> lasts;
};
// The process in `count` pods of a workload ends at once with `exit_code`, as by a crash. In order of pod
// name.
struct FailPods {
  ObjectName target;
  std::int32_t count = 1;
  std::int32_t exit_code = 137;
};
// No packet passes between two places (internet or a zone), either way.
struct Partition {
  api::Symbol from, to;
  std::optional<Duration> lasts;
};
// Packets take `latency` longer one way between two places, either way.
struct Slow {
  api::Symbol from, to;
  Duration latency;
  std::optional<Duration> lasts;
};

// An ingress controller's configuration changes by what is not in the scenario: others' Ingresses.
struct ReloadIngress {
  api::Symbol controller;
};

// Somebody deletes what the zone has for these names, by hand.
struct DeleteRecords {
  std::vector<std::string> names;
};

// The pods of an ingress controller are replaced one after the other.
struct RestartIngress {
  api::Symbol controller;
};

// An issuer of certificates fails with these words from now on (none: it does not); after `lasts` it is as it
// was before, unless something else was said of it meanwhile.
struct ChangeIssuer {
  api::Symbol issuer;
  std::string fails;
  std::optional<Duration> lasts;
};

// cmctl renew: cert-manager asks for another certificate now.
struct RenewCertificate {
  api::Symbol namespace_, name;
};

// EC2 has only so many more instances of a type (empty: any) in a zone (empty: any); or RDS of a class.
struct LimitCapacity {
  cloud::CapacityShortage shortage;
  bool of_databases = false;
  std::optional<Duration> lasts;
};

// The primary of a managed resource goes: it fails over, or (silent) is lost with its host.
struct TakeDown {
  api::Symbol resource;
  bool silent = false;
};

// Somebody stops databases, or starts those that are stopped.
struct SwitchDatabases {
  std::vector<api::Symbol> resources;
  bool start = false;
};

// Subnets are associated with another route table of the VPC, or with none, so that the main one counts;
// after `lasts` as the platform file has it.
struct AssociateSubnets {
  std::vector<api::Symbol> subnets;
  api::Symbol route_table;  // empty: none
  std::optional<Duration> lasts;
};
// A route of a table leads elsewhere, or goes; after `lasts` as the platform file has it.
struct ChangeRoute {
  api::Symbol route_table;
  api::Cidr to;
  api::Symbol via;  // empty: it goes
  std::optional<Duration> lasts;
};

// A zone is lost with all that is in it: machines, NAT gateways, ingress replicas, volumes, capacity of EC2,
// and a share of the control plane. What its Auto Scaling groups have not replaced comes back with it.
struct LoseZone {
  api::Symbol zone;
  std::optional<Duration> lasts;
};
// A NAT gateway carries nothing.
struct LoseNatGateway {
  api::Symbol gateway;
  std::optional<Duration> lasts;
};

// An admission webhook's process answers otherwise from now on; after `lasts` again as the scenario says.
struct ChangeWebhook {
  api::Symbol webhook;
  cluster::WebhookBehaviour behaviour;
  std::optional<Duration> lasts;
};

// A container registry answers otherwise from now on; after `lasts` again as the platform says.
struct ChangeRegistry {
  cloud::RegistryChange change;
  std::optional<Duration> lasts;
};

// STS cannot be reached.
struct LoseSts {
  std::optional<Duration> lasts;
};

// A metric that does not come from the load has this value from now on: for HorizontalPodAutoscalers, through
// the custom or the external metrics API.
struct SetMetric {
  enum class Of : std::uint8_t { kExternal, kObject, kPods };
  Of of = Of::kExternal;
  api::Symbol name;
  api::Symbol namespace_;  // of kExternal
  ObjectName object;       // of kObject; of kPods the workload
  std::int64_t milli = 0;
};

using Action = std::variant<Apply, Create, Replace, Delete, Scale, SetImage, SetEnv, Rollout, EditLabels,
                            PatchObject, Get, EditTaints, Cordon, Drain, Evict, Recycle, UpdateNodeGroup,
                            Merge, MergeEnvironments, FailNodes, ShutDownNodes, FailPods, Partition, Slow,
                            ReloadIngress, RestartIngress, DeleteRecords, ChangeIssuer, RenewCertificate,
                            LimitCapacity, AssociateSubnets, ChangeRoute, LoseZone, LoseNatGateway, TakeDown,
                            SwitchDatabases, ChangeWebhook, ChangeRegistry, LoseSts, SetMetric>;

struct TimelineEntry {
  SimTime at;
  api::Symbol verb;  // its key: apply, set image, fail
  Action action;
  std::string text;  // "kubectl apply -f my-application-1.4.yaml", "alice: kubectl …"
  IdentityPtr as;    // who does it; null: as the platform says
  api::SourcePosition source;
};

struct Scenario {
  api::Symbol name, variant;  // of `variants`; empty: the base
  std::string description;    // the variant's own, if it has one
  std::filesystem::path folder;
  std::uint64_t seed = 1;
  Duration duration;
  Duration settle = Duration::seconds(600);   // the initial objects must have settled after this long
  api::Symbol default_namespace = "default";  // of manifests and names that say none
  Platform platform;
  std::vector<Manifest> apply;  // at the start, in order
  cluster::ImageTable images;
  std::map<api::Symbol, cluster::WebhookBehaviour> webhooks;  // by their names
  std::vector<KnownCertificate> certificates;                 // that are there at time 0
  std::vector<cloud::IamRole> iam;                            // roles of service accounts
  std::map<api::Symbol, std::string> issuers;                 // of certificates that fail: their words
  std::vector<Load> load;                                     // and those of images' calls to Services …
  std::map<std::string, api::Symbol> service_calls;           // … by the calls' streams
  std::vector<TimelineEntry> timeline;                        // sorted by time, ties as written
  std::vector<checks::Expectation> expect;
  std::vector<std::string> not_simulated;  // "NetworkPolicy (networking.k8s.io/v1), 2 objects"; sorted
  std::string full_name() const { return name.str() + (variant.empty() ? "" : "/" + variant.str()); }
};

// The version of an image as reports call it: its tag, or its digest's first 12 digits, else the whole
// reference.
std::string version_of_image(std::string_view image);

}  // namespace seatrial::scenario
