#include "sim/scenario/simulated_cluster.h"

#include <algorithm>

#include "sim/api/kinds.h"
#include "sim/api/storage.h"
#include "sim/controllers/table.h"
#include "sim/scenario/node_objects.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario {

using api::Kind;
using cluster::ChangeType;

namespace {

// Instances of watches of kTrafficComponent from here on are those of ingress_watches_.
constexpr std::uint16_t kFirstIngressWatch = 0x8000;

traffic::TrafficConfig traffic_config(const ClusterConfig& config) {
  traffic::TrafficConfig made;
  made.accounts = config.accounts;
  if (config.enforcement) made.keeps_established = config.enforcement->keeps_established;
  made.drained_component = cluster::kKubeletComponent;
  made.drained_type = static_cast<std::uint8_t>(cluster::KubeletEvent::kDrained);
  made.out_of_memory_type = static_cast<std::uint8_t>(cluster::KubeletEvent::kOutOfMemory);
  return made;
}

// What the containers have used: by the time they have run, and by that for which the traffic kept the pod's
// slots busy.
class MeasuredUsage final : public cluster::UsageSource {
 public:
  MeasuredUsage(const cluster::Kubelet& kubelet, const traffic::Traffic& traffic, SimTime now)
      : kubelet_(kubelet), traffic_(traffic), now_(now) {}

  std::vector<cluster::ContainerPoint> points_of(const api::Pod& pod) const override {
    std::vector<cluster::ContainerPoint> points;
    for (const cluster::RunningProcess& process : kubelet_.processes_of({pod.index}))
      points.push_back(point_of(pod, process));
    return points;
  }

 private:
  cluster::ContainerPoint point_of(const api::Pod& pod, const cluster::RunningProcess& process) const {
    Duration busy;
    std::int64_t held = 0;
    if (process.serves && traffic_.has_server({pod.index})) {
      const traffic::Server& server = traffic_.server({pod.index});
      busy = server.busy_time(now_);
      held = server.in_flight();
    }
    cluster::ContainerPoint point{process.container->name, process.began, now_, {}, {}, {}};
    const Duration age = now_ - process.began;
    if (const auto& cpu = process.behaviour->cpu) point.cpu = cluster::cpu_used(*cpu, age, busy);
    if (const auto& memory = process.behaviour->memory)
      point.memory = cluster::memory_used(*memory, age, held);
    const api::ResourceList& limits = process.container->resources.limits;
    if (const auto limit = limits.find("cpu"); limit != limits.end()) point.cpu_limit = limit->second.milli();
    return point;
  }

  const cluster::Kubelet& kubelet_;
  const traffic::Traffic& traffic_;
  SimTime now_;
};

// Whole ones, as the kernel counts them: a node that offers 950m has one.
std::int64_t cores_of(const api::Node& node) {
  const auto cpu = node.capacity.find("cpu");
  return cpu == node.capacity.end() ? 1 : std::max<std::int64_t>((cpu->second.milli() + 999) / 1000, 1);
}

}  // namespace

SimulatedCluster::SimulatedCluster(const ClusterConfig& config)
    : kernel_(config.seed, config.start),
      hollow_nodes_(config.hollow_nodes),
      volumes_per_node_(config.volumes_per_node),
      api_(kernel_, config.control_plane),
      controllers_(kernel_, api_, controllers::controller_rows()),
      scheduler_(kernel_, api_, config.scheduler),
      kubelet_(kernel_, api_, config.kubelet),
      hollow_(kernel_, api_, config.hollow),
      zones_(config.zones),
      control_plane_zones_(kernel_, config.zones),
      metrics_server_(kernel_, config.metrics_server),
      ec2_(kernel_, config.ec2, cluster::kCloudComponent),
      traffic_(traffic_config(config)) {
  if (config.vpc) vpc_.emplace(*config.vpc, config.seed);
  if (config.conntrack) traffic_.track_connections(*config.conntrack);
  if (config.service_range) api_.addresses().set_range(*config.service_range);
  api_.create_system_namespaces(kernel_);
  if (config.enforcement) enforcement_.emplace(*config.enforcement, api_.store());
  std::vector<Kind> kinds;
  for (const api::KindInfo& kind : api::kinds()) kinds.push_back(kind.kind);
  // Sees every commit at its instant.
  api_.watches().add_consumer(kernel_, "onlooker", kinds, cluster::kChecksComponent,
                              Distribution::constant(Duration()));
  if (config.cluster_autoscaler)
    cluster_autoscaler_.emplace(kernel_, api_, config.cluster_autoscaler->config,
                                config.cluster_autoscaler->groups, cluster::kNodeAutoscalerComponent);
  if (config.karpenter)
    karpenter_.emplace(kernel_, api_, *config.karpenter, cluster::kNodeAutoscalerComponent);
  if (config.descheduler)
    descheduler_.emplace(kernel_, api_, *config.descheduler, cluster::kDeschedulerComponent);
}

traffic::PlaceId SimulatedCluster::place(api::Symbol name) {
  const auto at = std::ranges::find(places_, name);
  const auto id = static_cast<std::uint16_t>(at - places_.begin());
  if (at == places_.end()) places_.push_back(name);
  return traffic::PlaceId{id};
}

traffic::ProxyId SimulatedCluster::add_proxy(const traffic::ProxyConfig& config) {
  const traffic::ProxyId id = traffic_.add_proxy(kernel_, config);
  endpoint_watches_.emplace_back(kernel_, api_, id, config.name,
                                 static_cast<std::uint16_t>(endpoint_watches_.size()));
  return id;
}

void SimulatedCluster::watch_configuration(traffic::ProxyId proxy, const traffic::WatchedClass& watched) {
  const auto instance = static_cast<std::uint16_t>(kFirstIngressWatch + ingress_watches_.size());
  ingress_watches_.emplace_back(kernel_, api_, proxy, traffic_.proxy(proxy).name, watched, instance);
}

void SimulatedCluster::watch_certificates(std::optional<Distribution> issuance,
                                          std::vector<KnownCertificate> known, std::uint8_t event_type) {
  cert_manager_ = issuance.has_value();
  certificates_.emplace(kernel_, issuance.value_or(Distribution()), cluster::kScenarioComponent, event_type);
  for (const KnownCertificate& one : known) {
    if (one.secret.empty()) continue;
    traffic::CertificateSpec spec;
    spec.namespace_ = one.namespace_;
    spec.secret = one.secret;
    spec.expires = one.expires;
    certificates_->add(kernel_, traffic_, std::move(spec), JournalId::kNone);
  }
  known_certificates_ = std::move(known);
}

void SimulatedCluster::certificate_changed(const cluster::WatchEvent& change) {
  const api::Object& object = *change.object;
  if (object.kind == Kind::kSecret && change.type == ChangeType::kModified)
    return certificates_->replaced(kernel_, traffic_, object.metadata.namespace_, object.metadata.name,
                                   change.cause);
  if (!cert_manager_ || !is_certificate(object)) return;
  if (change.type == ChangeType::kAdded)
    certificates_->add(kernel_, traffic_, certificate_spec(object, known_certificates_), change.cause);
  else if (change.type == ChangeType::kDeleted)
    certificates_->removed(object.metadata.namespace_, object.metadata.name);
}

void SimulatedCluster::add_node(const std::shared_ptr<const api::Node>& node, JournalId cause) {
  join(node, cause, std::nullopt);
}

void SimulatedCluster::join(std::shared_ptr<const api::Node> node, JournalId cause,
                            const std::optional<VpcState::Place>& spot) {
  const api::Symbol address = spot ? api::Symbol(api::IpAddress::v4_of(spot->address).str()) : api::Symbol();
  if (spot) node = with_address(*node, address);
  const std::string_view zone = node->metadata.labels->get("topology.kubernetes.io/zone");
  place_of_node_[node->metadata.name] = zone.empty() ? traffic::PlaceId::kDefault : place(zone);
  cluster::ApiRequest request;
  request.verb = cluster::Verb::kCreate;
  request.object = node;
  request.cause = cause;
  const cluster::ApiResult made = api_.execute(kernel_, request);
  CHECK(made.has_value());
  if (volumes_per_node_ > 0) add_csi_node(static_cast<const api::Node&>(**made), cause);
  if (!hollow_nodes_) kubelet_.add_node(kernel_, api_, node->metadata.name, address);
  if (vpc_) vpc_->join(kernel_, *node, spot);
  traffic_.track_node(node->metadata.name, cores_of(*node));
}

cluster::NodeNetwork SimulatedCluster::node_network() {
  return vpc_ ? cluster::NodeNetwork{vpc_->pod_network(), &*vpc_} : cluster::NodeNetwork{};
}

void SimulatedCluster::lose_zone(api::Symbol zone, JournalId cause) {
  ec2_.fail_zone(kernel_, zone, cause);
  traffic_.set_in_rotation(kernel_, place(zone), false);
  for (const auto& [part, takes] : control_plane_zones_.lose(zone)) {
    const SimTime from = kernel_.now() + takes;
    switch (part) {
      case cluster::LeadingPart::kStore:
        api_.stall_until(from);
        break;
      case cluster::LeadingPart::kControllerManager:
        controllers_.elect(kernel_, api_, from);
        break;
      case cluster::LeadingPart::kScheduler:
        scheduler_.elect(kernel_, from);
        break;
    }
    cluster::record_words(kernel_, cluster::RecordType::kSaid,
                          std::string("control plane: the leader of ") + to_string(part) +
                              " is gone, another one leads after " +
                              to_string(truncated(takes, Duration::millis(1))),
                          cause);
  }
  if (control_plane_zones_.standing() > 0)
    api_.set_servers(control_plane_zones_.standing(), control_plane_zones_.zones());
}

void SimulatedCluster::restore_zone(api::Symbol zone) {
  ec2_.restore_zone(zone, kernel_.now());
  traffic_.set_in_rotation(kernel_, place(zone), true);
  control_plane_zones_.restore(zone);
  if (control_plane_zones_.zones() > 0)
    api_.set_servers(control_plane_zones_.standing(), control_plane_zones_.zones());
}

void SimulatedCluster::ways_changed(JournalId cause) {
  for (const WayChange& change : vpc_->look()) {
    JournalRecord record{};
    record.type = static_cast<std::uint16_t>(cluster::RecordType::kWayChanged);
    record.cause = change.cause == JournalId::kNone ? cause : change.cause;
    record.value = change.open ? 1 : 0;
    const std::string way = change.from.str() + " to " + change.to.str();
    record.text = kernel_.journal().text(change.open ? way : way + ": " + change.why);
    const JournalId id = kernel_.record(record);
    traffic::Hop hop = traffic_.hops().get(place(change.from), place(change.to));
    if (!change.open) ++hop.cuts;
    if (change.open) --hop.cuts;
    hop.cause = hop.reachable() ? JournalId::kNone : change.open ? hop.cause : id;
    traffic_.hops().set(place(change.from), place(change.to), hop);
  }
  for (const NatWay& way : vpc_->nat_ways())
    traffic_.route_by_nat(place(way.from), *traffic_.resource_called(way.to),
                          way.gateway ? static_cast<traffic::NatIndex>(*way.gateway) : traffic::kNoNat,
                          cause);
}

std::vector<api::Symbol> SimulatedCluster::places_on(api::Symbol name) const {
  std::vector<api::Symbol> places{name};
  if (name != api::Symbol("internet")) return places;
  for (const traffic::Resource& resource : traffic_.resources())
    if (resource.state.config.is_external()) places.push_back(resource.state.config.name);
  return places;
}

// As the kubelet makes it when the driver registers.
void SimulatedCluster::add_csi_node(const api::Node& node, JournalId cause) {
  auto made = std::make_shared<api::CsiNode>();
  made->metadata.name = node.metadata.name;
  made->metadata.owner_references = {{"v1", "Node", node.metadata.name, node.metadata.uid, false, false}};
  made->drivers.push_back(
      {api::kEbsDriver,
       node.metadata.name,
       {"kubernetes.io/os", "topology.ebs.csi.aws.com/zone", "topology.kubernetes.io/zone"},
       volumes_per_node_});
  cluster::ApiRequest request;
  request.object = std::move(made);
  request.cause = cause;
  (void)api_.execute(kernel_, request);  // one that outlived a node of the same name is good enough
}

bool SimulatedCluster::add_instance(const std::shared_ptr<const api::Node>& node) {
  std::optional<VpcState::Place> address;
  if (vpc_ && vpc_->pod_network()) {
    address = vpc_->take_place(*node);
    if (!address) return false;
  }
  const api::LabelMap& labels = *node->metadata.labels;
  const api::Symbol group = labels.get(controllers::kNodeGroupLabel),
                    type = labels.get("node.kubernetes.io/instance-type"),
                    zone = labels.get("topology.kubernetes.io/zone");
  ec2_.adopt(kernel_, {group, {type}, {zone}, node, JournalId::kNone, false}, node->metadata.name);
  join(node, JournalId::kNone, address);
  return true;
}

void SimulatedCluster::set_group(cloud::AutoScalingGroup group) {
  if (cluster_autoscaler_) cluster_autoscaler_->set_model(group.name, group.node);
  ec2_.set_group(std::move(group));
}

// The machine has stopped: its kubelet is silent, and no packet comes back from it.
void SimulatedCluster::stop_node(api::Symbol name, JournalId cause) {
  api_.webhooks().set_reachable(name, false);
  PodEvents observer(*this);
  if (hollow_nodes_)
    hollow_.set_heartbeat(kernel_, api_, name, false);
  else if (kubelet_.has_node(name))
    kubelet_.fail_node(kernel_, api_, observer, name, cause);
}

// The cloud's node controller looks every 5 s at the nodes that are not Ready, and deletes those whose
// instance is gone; Karpenter deletes its own. False: it is there, and Ready.
bool SimulatedCluster::forget_node(const cloud::Instance& instance, JournalId cause) {
  const auto* const node = store().find<api::Node>({}, instance.node_name);
  if (!node) return true;
  const bool karpenters = node->metadata.labels->contains("karpenter.sh/nodepool");
  if (!karpenters && controllers::is_ready(*node)) return false;
  cluster::ApiRequest request;
  request.verb = cluster::Verb::kDelete;
  request.ref = node->ref();
  request.cause = cause;
  CHECK(api_.execute(kernel_, request).has_value());
  return true;
}

void SimulatedCluster::note_refusal(const cloud::Instance& instance, JournalId cause) {
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(cluster::RecordType::kNoCapacity);
  record.cause = cause;
  record.value = instance.refusals;
  const auto joined = [](const std::vector<api::Symbol>& names) {
    std::string all;
    for (const api::Symbol name : names) all += (all.empty() ? "" : ", ") + name.str();
    return all;
  };
  record.text = kernel_.journal().text(joined(instance.request.instance_types) + " in " +
                                       joined(instance.request.zones) + " for " + instance.node_name.str());
  kernel_.record(record);
}

// False: its subnets have no address left. EC2 would have refused to launch it
// (InsufficientFreeAddressesInSubnet); here it goes again as soon as it has come, and its group tries anew.
bool SimulatedCluster::join_instance(cloud::InstanceId id, JournalId cause) {
  const cloud::Instance& instance = ec2_.instance(id);
  const auto node = registered(cloud::node_of(instance), place_of_node_.size(), kernel_.now());
  std::optional<VpcState::Place> address;
  if (vpc_ && vpc_->pod_network()) address = vpc_->take_place(*node);
  if (vpc_ && vpc_->pod_network() && !address) {
    const std::string why =
        "EC2: no subnet in " + instance.zone.str() + " has an address for " + instance.node_name.str();
    ec2_.replace(kernel_, id, cluster::record_words(kernel_, cluster::RecordType::kSaid, why, cause));
    return false;
  }
  join(node, cause, address);
  return true;
}

void SimulatedCluster::instance_changed(cloud::InstanceId id, JournalId cause) {
  constexpr Duration kNodeMonitorPeriod = Duration::seconds(5);  // of cloud-node-lifecycle-controller
  const cloud::Instance& instance = ec2_.instance(id);
  switch (instance.state) {
    case cloud::InstanceState::kRequested:
      return note_refusal(instance, cause);
    case cloud::InstanceState::kShuttingDown:
      return stop_node(instance.node_name, cause);
    case cloud::InstanceState::kRunning:
      if (!join_instance(id, cause)) return;
      break;
    case cloud::InstanceState::kTerminated:
      if (vpc_) vpc_->leave(instance.node_name);
      if (!forget_node(instance, cause)) ec2_.look_again(kernel_, id, kNodeMonitorPeriod, cause);
      break;
    default:
      break;
  }
  if (cluster_autoscaler_) cluster_autoscaler_->on_instance(kernel_, api_, ec2_, id, cause);
  if (karpenter_) karpenter_->on_instance(kernel_, api_, ec2_, id, cause);
}

// ---- Who sends

void SimulatedCluster::PodEvents::listening(api::PodKey pod, const cluster::ImageBehaviour& behaviour,
                                            const std::vector<std::int32_t>& ports, JournalId cause) {
  traffic::PodEvents::listening(pod, behaviour, ports, cause);
  if (cluster_.clients_.empty()) return;
  GateKeeper gates(cluster_);
  cluster_.clients_.started({cluster_.kernel_, cluster_.store(), cluster_.traffic_,
                             cluster_.enforcement_ ? &*cluster_.enforcement_ : nullptr, gates},
                            pod, cluster_.traffic_.server(pod).place, cause);
}

void SimulatedCluster::PodEvents::exited(api::PodKey pod, JournalId cause) {
  cluster_.client_ended(pod);
  traffic::PodEvents::exited(pod, cause);
}

void SimulatedCluster::PodEvents::network_down(api::PodKey pod, JournalId cause) {
  cluster_.client_ended(pod);
  traffic::PodEvents::network_down(pod, cause);
}

void SimulatedCluster::client_ended(api::PodKey pod) {
  GateKeeper gates(*this);
  clients_.ended({kernel_, store(), traffic_, enforcement_ ? &*enforcement_ : nullptr, gates}, pod);
}

void SimulatedCluster::GateKeeper::gate_changed(cluster::OriginId from, api::PodKey to, cluster::Gate gate) {
  cluster_.traffic_.gates().set(from, to, gate);
}

void SimulatedCluster::GateKeeper::connections_unknown(api::PodKey pod, JournalId record) {
  const std::vector<cluster::OriginId> origins = cluster_.clients_.origins_of(pod);
  cluster_.traffic_.forget_connections(cluster_.kernel_, pod, origins, record);
}

void SimulatedCluster::handle(const Event& event, Onlooker& onlooker) {
  switch (event.component) {
    case cluster::kApiServerComponent:
      return api_.handle(kernel_, event);
    case cluster::kWatchComponent:
      return deliver(api_.watches().take(event), onlooker);
    case cluster::kControllerComponent:
      return controllers_.handle(kernel_, api_, event);
    case cluster::kSchedulerComponent:
      return scheduler_.handle(kernel_, api_, event);
    case cluster::kKubeletComponent: {
      PodEvents observer(*this);
      return kubelet_.handle(kernel_, api_, observer, event, node_network());
    }
    case cluster::kHollowKubeletComponent:
      return hollow_.handle(kernel_, api_, event);
    case cluster::kTrafficComponent:
      return traffic_.handle(kernel_, event);
    case cluster::kScenarioComponent:
      return onlooker.scenario_event(event);
    case cluster::kMetricsComponent:
      return metrics_server_.handle(kernel_, api_, MeasuredUsage(kubelet_, traffic_, kernel_.now()), event);
    case cluster::kCloudComponent:
      if (ec2_.handle(kernel_, event)) instance_changed(event.subject, event.cause);
      return;
    case cluster::kEnforcementComponent: {
      GateKeeper gates(*this);
      return enforcement_->handle(kernel_, event, gates);
    }
    case cluster::kPodNetworkComponent:
      return vpc_->handle(kernel_, event);
    case cluster::kNodeAutoscalerComponent:
      if (cluster_autoscaler_)
        return cluster_autoscaler_->handle(kernel_, api_, ec2_, scheduler_.cluster(), event);
      return karpenter_->handle(kernel_, api_, ec2_, scheduler_.cluster(), event);
    case cluster::kDeschedulerComponent:
      return descheduler_->handle(kernel_, api_, scheduler_.cluster(), event);
  }
  CHECK(false);
}

void SimulatedCluster::deliver(const cluster::Watches::Delivery& delivery, Onlooker& onlooker) {
  switch (delivery.component) {
    case cluster::kControllerComponent:
      return controllers_.on_watch(kernel_, api_, delivery.change);
    case cluster::kSchedulerComponent:
      return scheduler_.on_watch(kernel_, api_, delivery.change);
    case cluster::kKubeletComponent:
      if (!hollow_nodes_) kubelet_.on_watch(kernel_, api_, delivery.change);
      return;
    case cluster::kHollowKubeletComponent:
      if (hollow_nodes_) hollow_.on_watch(kernel_, api_, delivery.change);
      return;
    case cluster::kTrafficComponent:
      if (delivery.instance >= kFirstIngressWatch)
        return ingress_watches_[delivery.instance - kFirstIngressWatch].on_watch(kernel_, traffic_,
                                                                                 delivery.change);
      return endpoint_watches_[delivery.instance].on_watch(kernel_, traffic_, delivery.change);
    case cluster::kNodeAutoscalerComponent:
      if (cluster_autoscaler_) return cluster_autoscaler_->on_watch(delivery.change);
      return karpenter_->on_watch(kernel_, delivery.change);
    case cluster::kDeschedulerComponent:
      return descheduler_->on_watch(delivery.change);
    case cluster::kChecksComponent:
      return committed(delivery.change, onlooker);
  }
  CHECK(false);
}

void SimulatedCluster::committed(const cluster::WatchEvent& change, Onlooker& onlooker) {
  if (change.object->kind == Kind::kPod && change.type != ChangeType::kDeleted) {
    const auto& pod = static_cast<const api::Pod&>(*change.object);
    introduce(pod);
    if (change.type == ChangeType::kAdded) traffic_.credentials().admitted(pod, change.cause);
  }
  if (certificates_) certificate_changed(change);
  if (enforcement_) {
    GateKeeper gates(*this);
    enforcement_->on_commit(kernel_, change, gates);
  }
  metrics_server_.on_commit(kernel_, change);
  onlooker.committed(change);
}

// The traffic knows a pod by the version of its first container's image and by the zone of its node.
void SimulatedCluster::introduce(const api::Pod& pod) {
  if (pod.node_name.empty() || pod.spec->containers.empty()) return;
  const auto place = place_of_node_.find(pod.node_name);
  traffic_.introduce({pod.index}, version_of_image(pod.spec->containers.front().image.view()),
                     place == place_of_node_.end() ? traffic::PlaceId::kDefault : place->second);
  if (traffic_.conntrack()) traffic_.set_node({pod.index}, pod.node_name);
  if (traffic_.keeps_addresses() && !pod.status.pod_ip.empty() && !pod.spec->host_network)
    traffic_.pod_has_address({pod.index}, pod.status.pod_ip);
  const traffic::Dns* const dns = traffic_.dns();
  if (!dns || dns->knows({pod.index})) return;
  const network::ResolvConf conf =
      network::resolv_conf(network::pod_dns(*pod.spec), pod.metadata.namespace_.view(), dns->config.cluster);
  traffic_.set_resolver({pod.index}, conf, pod.node_name);
}

}  // namespace seatrial::scenario
