// Everything that is simulated, put together: control plane, nodes and traffic of one run, and the one switch
// that hands events to whom they are for. World adds a scenario to it; `conform` plays recordings on it.
//
// A value: a copy taken at any instant continues to the same fingerprint as the original. Parts know nothing
// of each other but what is passed in with a call.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "sim/cluster/api_server.h"
#include "sim/cluster/control_plane_zones.h"
#include "sim/cluster/controller_runtime.h"
#include "sim/cluster/hollow_kubelet.h"
#include "sim/cluster/kubelet/kubelet.h"
#include "sim/cluster/metrics_server.h"
#include "sim/controllers/cluster_autoscaler.h"
#include "sim/controllers/descheduler.h"
#include "sim/controllers/karpenter.h"
#include "sim/scenario/certificates.h"
#include "sim/scenario/client_pods.h"
#include "sim/scenario/nodes_down.h"
#include "sim/scenario/vpc_state.h"
#include "sim/scheduler/scheduler.h"
#include "sim/traffic/certificates.h"
#include "sim/traffic/endpoint_watch.h"
#include "sim/traffic/ingress_watch.h"
#include "sim/traffic/pod_events.h"
#include "sim/traffic/traffic.h"

namespace seatrial::scenario {

struct ClusterConfig {
  std::uint64_t seed = 1;
  SimTime start;  // of the clock; before 0, so that initial objects can settle
  cluster::ControlPlaneTimings control_plane;
  std::optional<cluster::AddressRange> service_range;  // none: the default one
  bool hollow_nodes = false;                           // which of the two kubelets runs the nodes
  cluster::HollowTimings hollow;
  cluster::KubeletConfig kubelet;
  cluster::MetricsServerConfig metrics_server;
  traffic::AccountsConfig accounts;
  scheduler::SchedulerConfig scheduler;
  std::int32_t volumes_per_node = 0;  // of the EBS CSI driver; 0: nodes do not have it
  cloud::Ec2Config ec2;
  // Who adds and takes away nodes: one of them, or nobody.
  struct Groups {
    controllers::ClusterAutoscalerConfig config;
    std::vector<controllers::NodeGroupConfig> groups;
  };
  std::optional<Groups> cluster_autoscaler;
  std::optional<controllers::KarpenterConfig> karpenter;
  std::optional<controllers::DeschedulerConfig> descheduler;
  std::optional<cluster::EnforcementConfig> enforcement;  // none: nobody enforces network policies
  std::optional<VpcConfig> vpc;
  std::optional<network::ConntrackRules> conntrack;  // none: not simulated
  std::vector<api::Symbol> zones;                    // the control plane is spread over them
};

// Who looks on from outside; passed in with each call, never stored.
class Onlooker {
 public:
  virtual void committed(const cluster::WatchEvent& change) = 0;  // at the instant of the commit
  virtual void scenario_event(const Event& event) = 0;            // an event of kScenarioComponent

 protected:
  ~Onlooker() = default;
};

class SimulatedCluster {
 public:
  explicit SimulatedCluster(const ClusterConfig& config);

  // Fires all events up to and including `end`.
  void run_until(SimTime end, Onlooker& onlooker) {
    kernel_.run_until(
        end, [&](const Event& event) { handle(event, onlooker); },
        [&](const Event& event, bool soon) {
          if (event.component == cluster::kTrafficComponent) traffic_.announce(event, soon);
        });
  }
  // Creates a node and starts its kubelet.
  void add_node(const std::shared_ptr<const api::Node>& node, JournalId cause = JournalId::kNone);
  // The same for a node of the platform: an instance of its group that runs. False: its subnets have no
  // address left for it.
  [[nodiscard]] bool add_instance(const std::shared_ptr<const api::Node>& node);
  // What a node group launches from now on.
  void set_group(cloud::AutoScalingGroup group);
  // Adds a chooser of pods with a watch of its own.
  traffic::ProxyId add_proxy(const traffic::ProxyConfig& config);
  // From now on the ingress controller reloads when what it watches says so.
  void watch_configuration(traffic::ProxyId proxy, const traffic::WatchedClass& watched);
  // Where packets come from and go to: the internet or a zone; numbered in the order of the first calls.
  traffic::PlaceId place(api::Symbol name);
  // The place itself; of the internet, also the hosts there that images call, each of which is a place.
  std::vector<api::Symbol> places_on(api::Symbol name) const;
  // The VPC's network has changed: packets between places go, or go no more. REQUIRES: vpc().
  void ways_changed(JournalId cause);

  ClientPods& clients() { return clients_; }
  // Who tells the traffic, and the senders of loads, of the pods' lives; for the kubelets' calls.
  class PodEvents final : public traffic::PodEvents {
   public:
    explicit PodEvents(SimulatedCluster& cluster)
        : traffic::PodEvents(cluster.traffic_, cluster.kernel_), cluster_(cluster) {}
    void listening(api::PodKey pod, const cluster::ImageBehaviour& behaviour,
                   const std::vector<std::int32_t>& ports, JournalId cause) override;
    void exited(api::PodKey pod, JournalId cause) override;
    void network_down(api::PodKey pod, JournalId cause) override;

   private:
    SimulatedCluster& cluster_;
  };
  std::optional<cluster::Enforcement>& enforcement() { return enforcement_; }
  // Who opens and closes the traffic's gates; made for one call.
  class GateKeeper final : public cluster::GateObserver {
   public:
    explicit GateKeeper(SimulatedCluster& cluster) : cluster_(cluster) {}
    void gate_changed(cluster::OriginId from, api::PodKey to, cluster::Gate gate) override;
    void connections_unknown(api::PodKey pod, JournalId record) override;

   private:
    SimulatedCluster& cluster_;
  };

  Kernel& kernel() { return kernel_; }
  const Kernel& kernel() const { return kernel_; }
  cluster::ApiServer& api() { return api_; }
  const cluster::ApiServer& api() const { return api_; }
  const cluster::Store& store() const { return api_.store(); }
  const cluster::ControllerManager& controllers() const { return controllers_; }
  const scheduler::Scheduler& scheduler() const { return scheduler_; }
  cluster::Kubelet& kubelet() { return kubelet_; }
  cluster::HollowKubelet& hollow() { return hollow_; }
  cloud::Ec2& ec2() { return ec2_; }
  const cloud::Ec2& ec2() const { return ec2_; }
  VpcState* vpc() { return vpc_ ? &*vpc_ : nullptr; }  // null: the platform does not describe it
  const VpcState* vpc() const { return vpc_ ? &*vpc_ : nullptr; }
  cluster::NodeNetwork node_network();
  const std::vector<api::Symbol>& zones() const { return zones_; }
  // What a zone takes with it besides its nodes' machines and the ways through it, and how it comes back:
  // EC2's capacity, ingress replicas, a share of the control plane.
  void lose_zone(api::Symbol zone, JournalId cause);
  void restore_zone(api::Symbol zone);
  NodesDown& nodes_down() { return nodes_down_; }
  // Certificates count from now on: cert-manager's, if it is there, and Secrets of which an expiry is known.
  void watch_certificates(std::optional<Distribution> issuance, std::vector<KnownCertificate> known,
                          std::uint8_t event_type);
  traffic::Certificates* certificates() { return certificates_ ? &*certificates_ : nullptr; }
  traffic::Traffic& traffic() { return traffic_; }
  const traffic::Traffic& traffic() const { return traffic_; }

 private:
  void handle(const Event& event, Onlooker& onlooker);
  void deliver(const cluster::Watches::Delivery& delivery, Onlooker& onlooker);
  void committed(const cluster::WatchEvent& change, Onlooker& onlooker);
  void introduce(const api::Pod& pod);
  void certificate_changed(const cluster::WatchEvent& change);
  void client_ended(api::PodKey pod);
  void instance_changed(cloud::InstanceId id, JournalId cause);
  void join(std::shared_ptr<const api::Node> node, JournalId cause,
            const std::optional<VpcState::Place>& spot);
  bool join_instance(cloud::InstanceId id, JournalId cause);
  void stop_node(api::Symbol name, JournalId cause);
  bool forget_node(const cloud::Instance& instance, JournalId cause);
  void note_refusal(const cloud::Instance& instance, JournalId cause);
  void add_csi_node(const api::Node& node, JournalId cause);

  Kernel kernel_;
  bool hollow_nodes_;
  std::int32_t volumes_per_node_;
  cluster::ApiServer api_;
  cluster::ControllerManager controllers_;
  scheduler::Scheduler scheduler_;
  cluster::Kubelet kubelet_;
  cluster::HollowKubelet hollow_;
  std::vector<api::Symbol> zones_;
  cluster::ControlPlaneZones control_plane_zones_;
  cluster::MetricsServer metrics_server_;
  cloud::Ec2 ec2_;
  std::optional<VpcState> vpc_;
  std::optional<controllers::ClusterAutoscaler> cluster_autoscaler_;
  std::optional<controllers::Karpenter> karpenter_;
  std::optional<controllers::Descheduler> descheduler_;
  NodesDown nodes_down_;
  traffic::Traffic traffic_;
  std::optional<cluster::Enforcement> enforcement_;
  ClientPods clients_;
  std::vector<traffic::EndpointWatch> endpoint_watches_;  // by proxy
  std::vector<traffic::IngressWatch> ingress_watches_;    // of those that reload
  std::optional<traffic::Certificates> certificates_;
  bool cert_manager_ = false;
  std::vector<KnownCertificate> known_certificates_;
  std::map<api::Symbol, traffic::PlaceId> place_of_node_;
  std::vector<api::Symbol> places_{api::Symbol()};  // by PlaceId; the first is kDefault
};

}  // namespace seatrial::scenario
