// `kind: Platform`: what a cluster runs on. Plain values; decoded by load_platform().
//
// Nothing here is known to the code by name: the Ministry of Justice's platform is one file of this kind
// (scenarios/platforms/), a laptop's another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/api/storage.h"
#include "sim/cloud/credentials.h"
#include "sim/cloud/dns_zone.h"
#include "sim/cloud/managed.h"
#include "sim/cloud/registry.h"
#include "sim/cluster/enforcement_config.h"
#include "sim/cluster/kubelet/timings.h"
#include "sim/cluster/metrics_server.h"
#include "sim/cluster/pod_network.h"
#include "sim/cluster/service_addresses.h"
#include "sim/cluster/timings.h"
#include "sim/controllers/cluster_autoscaler.h"
#include "sim/controllers/descheduler.h"
#include "sim/controllers/karpenter.h"
#include "sim/engine/distributions.h"
#include "sim/engine/time.h"
#include "sim/network/conntrack.h"
#include "sim/network/vpc/objects.h"
#include "sim/scenario/access.h"
#include "sim/scheduler/scheduler.h"
#include "sim/traffic/dns.h"
#include "sim/traffic/queues.h"
#include "sim/traffic/targets.h"

namespace seatrial::scenario {

// status.nodeInfo, for printing; what is not given is not known.
struct NodeInfo {
  api::Symbol kubelet_version = "v1.36.0", os_image, kernel_version, container_runtime_version, architecture;
};

struct NodeGroup {
  api::Symbol name;
  std::vector<api::Symbol> instance_types;  // all alike; the first that can be had
  std::int32_t count = 1;                   // nodes, dealt to `zones` in turn
  std::optional<std::int32_t> min, max;     // of an Auto Scaling group; none: `count`
  std::vector<api::Symbol> zones;           // never empty once loaded: the platform's, if it names none
  api::ResourceList capacity, allocatable;  // cpu, memory, pods, ephemeral-storage
  api::LabelMap labels;                     // added to the well-known ones
  std::vector<api::Taint> taints;
  NodeInfo info;
  std::vector<api::Symbol> subnets, security_groups;  // of the platform's VPC, if it describes one
  api::SourcePosition source;
};

// GROUP-1, GROUP-2, …: the name of the node with that index from 0 on.
inline std::string node_name(const NodeGroup& group, std::int32_t index) {
  return group.name.str() + "-" + std::to_string(index + 1);
}

// One way each; a round trip is twice that. A request draws once for each pair of places between which its
// packets go.
struct Latencies {
  struct Between {
    api::Symbol zone, other;
    Distribution one_way;
  };
  Distribution internet_to_ingress = Distribution::constant(Duration::millis(8));
  // Between pods (the ingress controller's too).
  Distribution same_zone = Distribution::constant(Duration::micros(250));
  Distribution cross_zone = Distribution::constant(Duration::micros(750));
  std::vector<Between> between;  // of pairs that differ, in both directions
};

// How an ingress-nginx controller reloads nginx. Defaults: ingress-nginx's worker-shutdown-timeout; how long
// it takes to test the configuration and to have new workers goes by its size, and is not known here.
struct IngressReload {
  Duration worker_shutdown_timeout = Duration::seconds(240);
  Distribution time = Distribution::constant(Duration());
  api::Symbol config_namespace, config_name;  // its ConfigMap
  std::vector<std::string> invalid;  // an annotation `KEY: VALUE` with such a text is no valid configuration
};

// Its pods, behind one of the platform's Network Load Balancers.
struct IngressPods {
  api::Symbol load_balancer;
  Duration pre_stop;
  Distribution start;  // from a pod's creation until it is Ready
};

// An ingress controller of the ingress-nginx kind.
struct IngressController {
  api::Symbol name;
  api::Symbol ingress_class;
  bool default_class = false;  // takes Ingresses that name no class
  std::uint16_t replicas = 2;  // dealt to the zones in turn
  Distribution change_lag =
      Distribution::constant(Duration::millis(1000));  // seen -> in use, for each replica
  std::uint8_t tries = 3;
  Duration connect_timeout = Duration::seconds(5);
  std::optional<Duration> read_timeout = Duration::seconds(60);
  bool retry_non_idempotent = false;
  std::uint16_t keep_alive = 320;
  // Until the load balancer has taken a lost zone out: two health checks 30 s apart (an NLB's defaults), and
  // 60 s that its clients believe in the old DNS answer.
  Duration zone_failover = Duration::seconds(120);
  std::optional<IngressReload> reload;  // none: its configuration never changes
  std::optional<IngressPods> pods;      // none: its pods are always there
  // Its pods as network policies see them: as ingress-nginx's own manifest deploys it
  // (deploy/static/provider/aws).
  api::Symbol namespace_ = "ingress-nginx";
  api::LabelMap namespace_labels;  // where no Namespace of that name is applied
  api::LabelMap labels{{"app.kubernetes.io/component", "controller"},
                       {"app.kubernetes.io/instance", "ingress-nginx"},
                       {"app.kubernetes.io/name", "ingress-nginx"}};
  api::SourcePosition source;
};

// A load balancer that sends to pods by their addresses: an Application Load Balancer for Ingresses of its
// class, a Network Load Balancer for Services of type LoadBalancer. It has a node in each zone.
struct LoadBalancer {
  enum class Kind : std::uint8_t { kNetwork, kApplication };
  api::Symbol name;
  Kind kind = Kind::kNetwork;
  api::Symbol ingress_class;                      // of kApplication
  Duration idle_timeout = Duration::seconds(60);  // of kApplication
  traffic::BalancerConfig targets;
  api::SourcePosition source;
};

// cert-manager. How long an issuer takes is not known here: for ACME it is the challenge that counts.
struct CertManager {
  Distribution issuance = Distribution::constant(Duration::seconds(30));
};

// The cluster's DNS servers: a Service of the manifests that are applied, and its pods.
struct PlatformDns {
  api::Symbol namespace_, service;
  traffic::DnsConfig config;
  api::SourcePosition source;
};

// external-dns, and the Route 53 zone that it keeps: external_dns.h.
struct ExternalDnsConfig {
  Duration interval = Duration::seconds(60);  // from one look to the next
  cloud::DnsPolicy policy = cloud::DnsPolicy::kSync;
  std::int32_t batch_size = 1000;
  bool retry_one_by_one = true;          // what a refused batch holds
  Duration ttl = Duration::seconds(60);  // of alias records: AWS's
  cloud::DnsRules records;
  Duration negative_ttl = Duration::seconds(900);                            // of "no such name"
  Distribution propagation = Distribution::constant(Duration::seconds(60));  // to all servers of the zone
  Duration ingress_status = Duration::seconds(60);  // between an ingress controller's writes of status
};

// kube-proxy on every node, for calls to a Service from inside the cluster.
struct ServiceProxy {
  Distribution change_lag = Distribution::constant(Duration::millis(100));
  std::optional<network::ConntrackRules> conntrack;  // none: nobody counts connections
};

enum class KubeletKind : std::uint8_t {
  kReal,    // pod workers, pulls, probes, signals
  kHollow,  // pods become Ready and go after drawn delays
};
struct HollowDelays {
  Distribution starts = Distribution::constant(Duration::millis(800));  // bound -> Running
  Distribution ready = Distribution::constant(Duration::seconds(1));    // Running -> Ready
  Distribution stops = Distribution::constant(Duration::seconds(1));    // deletion -> gone
};

// As KubeletConfiguration has it: evictionHard, evictionPressureTransitionPeriod.
struct NodePressure {
  api::Quantity memory_available =
      api::Quantity::from_value(100 << 20, api::Quantity::Format::kBinarySI);  // zero: no pod is evicted
  Duration transition_period = Duration::seconds(300);
};
// shutdownGracePeriod, shutdownGracePeriodCriticalPods. Zero: nodes just go.
struct NodeShutdown {
  Duration grace_period, critical_pods;
};

// The EBS CSI driver on every node.
struct Storage {
  std::int32_t volumes_per_node = 26;  // a Nitro instance's 28 attachments less its root and one interface
  std::vector<std::shared_ptr<const api::StorageClass>> classes;
};

struct Platform {
  api::Symbol name;
  std::string description;
  api::Symbol region;
  std::vector<api::Symbol> zones;
  std::vector<NodeGroup> node_groups;
  std::shared_ptr<const network::vpc::Objects> vpc;      // null: not described
  std::optional<cluster::PodNetworkConfig> pod_network;  // the VPC CNI; none: addresses are made up
  Latencies latencies;
  std::vector<IngressController> ingress_controllers;
  std::vector<LoadBalancer> load_balancers;
  std::optional<CertManager> cert_manager;  // none: nobody issues certificates, and nobody asks for them
  ServiceProxy service_proxy;
  std::optional<ExternalDnsConfig> external_dns;             // none: DNS never changes
  std::optional<PlatformDns> dns;                            // none: names cost nothing
  std::optional<cluster::EnforcementConfig> network_plugin;  // none: nobody enforces network policies
  std::optional<cluster::AddressRange> service_range;        // of cluster IPs
  std::vector<cloud::RegistryConfig> registries;
  cloud::Egress egress = cloud::Egress::kPerZone;  // behind which public addresses nodes are
  cluster::ControlPlaneTimings control_plane;
  cluster::MetricsServerConfig metrics_server;
  std::optional<Storage> storage;                       // none: nothing provisions volumes
  std::optional<scheduler::SchedulerConfig> scheduler;  // of its KubeSchedulerConfiguration
  cloud::Ec2Config ec2;
  std::vector<cloud::ManagedConfig> resources;                             // a scenario adds its own
  std::vector<traffic::QueueConfig> queues;                                // likewise
  cloud::CredentialRules credentials;                                      // of STS
  std::optional<controllers::ClusterAutoscalerConfig> cluster_autoscaler;  // this, or Karpenter, or neither
  std::optional<controllers::KarpenterConfig> karpenter;
  std::optional<controllers::DeschedulerConfig> descheduler;  // of its DeschedulerPolicy
  KubeletKind kubelet_kind = KubeletKind::kReal;
  HollowDelays hollow;
  cluster::KubeletTimings kubelet;  // of kReal, as what follows
  NodePressure node_pressure;
  NodeShutdown node_shutdown;
  Access access;
};

}  // namespace seatrial::scenario
