#include "sim/scenario/world.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/scenario/faults.h"
#include "sim/scenario/kubectl/command.h"
#include "sim/scenario/node_objects.h"
#include "sim/scenario/reach/state.h"
#include "sim/scenario/resource_address.h"
#include "sim/scenario/route.h"
#include "sim/scenario/scenario_event.h"

namespace seatrial::scenario {

using api::Kind;
using cluster::RecordType;

namespace {

// Event types of kScenarioComponent that are World's own; User, NodeReplacements, Pipelines,
// EnvironmentRuns, Routes and ExternalDns have others.
enum EventType : std::uint8_t { kEntryDue = 0, kFaultEnds = 3, kCertificateStep = 7 };

VpcConfig vpc_config(const Platform& platform) {
  VpcConfig config;
  config.objects = platform.vpc;
  config.zones = platform.zones;
  for (const NodeGroup& group : platform.node_groups)
    config.groups.push_back({group.name, group.subnets, group.security_groups});
  for (const cloud::ManagedConfig& resource : platform.resources)
    if (resource.is_external()) config.hosts.push_back({resource.name, *resource.address, resource.port});
  config.pod_network = platform.pod_network;
  if (config.pod_network) config.pod_network->vpc = platform.vpc;
  return config;
}

ClusterConfig cluster_config(const Scenario& scenario, std::uint64_t seed, std::uint64_t log_every,
                             api::Symbol explained_pod) {
  const Platform& platform = scenario.platform;
  ClusterConfig config;
  config.seed = seed;
  config.start = SimTime::at(-scenario.settle);
  config.control_plane = platform.control_plane;
  config.hollow_nodes = platform.kubelet_kind == KubeletKind::kHollow;
  config.hollow = {platform.hollow.starts, platform.hollow.ready, platform.hollow.stops,
                   Duration::millis(20)};
  config.kubelet = kubelet_config(scenario);
  config.metrics_server = platform.metrics_server;
  config.ec2 = platform.ec2;
  if (platform.cluster_autoscaler)
    config.cluster_autoscaler = {*platform.cluster_autoscaler, scaled_groups(platform)};
  config.karpenter = platform.karpenter;
  config.descheduler = platform.descheduler;
  if (platform.storage) config.volumes_per_node = platform.storage->volumes_per_node;
  if (platform.scheduler) config.scheduler = *platform.scheduler;
  config.accounts.log_every = log_every;
  config.scheduler.log_decisions = !explained_pod.empty();
  config.scheduler.logged_pod = explained_pod;
  config.service_range = platform.service_range;
  config.conntrack = platform.service_proxy.conntrack;
  config.enforcement = platform.network_plugin;
  if (platform.vpc) config.vpc = vpc_config(platform);
  config.zones = platform.zones;
  return config;
}

// RDS names an instance NAME.ID.REGION.rds.amazonaws.com, ElastiCache a group's primary
// master.NAME.ID.REGION.cache.amazonaws.com (user guides, "Finding connection endpoints"); the part that AWS
// makes up counts by its dots only.
traffic::DnsName name_of_resource(const cloud::ManagedConfig& resource, api::Symbol region) {
  if (resource.is_external()) return {resource.host.str(), resource.host.str()};
  const std::string name = resource.name.str().substr(resource.name.str().find('/') + 1);
  const std::string zone = ".xxxxxxxxxxxx." + (region.empty() ? "region" : region.str());
  std::string full = resource.kind == cloud::ManagedKind::kRds
                         ? name + zone + ".rds.amazonaws.com"
                         : "master." + name + zone + ".cache.amazonaws.com";
  return {full, full};
}

}  // namespace

World::World(std::shared_ptr<const Scenario> scenario, std::uint64_t seed, std::uint64_t log_every,
             api::Symbol explained_pod)
    : scenario_(std::move(scenario)),
      cluster_(cluster_config(*scenario_, seed, log_every, explained_pod)),
      user_(cluster_.kernel(), cluster_.api()),
      routes_(cluster_.kernel()),
      external_dns_(cluster_.kernel(), scenario_->platform) {}

std::expected<World, api::Problems> World::create(std::shared_ptr<const Scenario> scenario,
                                                  std::uint64_t seed, std::uint64_t log_every,
                                                  api::Symbol explained_pod) {
  World world(std::move(scenario), seed, log_every, explained_pod);
  for (const auto& [name, behaviour] : world.scenario_->webhooks)
    world.cluster_.api().webhooks().set_behaviour(name, behaviour);
  world.add_certificates();
  if (api::Problems problems = world.add_nodes(); !problems.empty())
    return std::unexpected(std::move(problems));
  world.add_proxies();
  if (world.cluster_.vpc()) world.cluster_.ways_changed(JournalId::kNone);
  if (api::Problems problems = world.apply_manifests(); !problems.empty())
    return std::unexpected(std::move(problems));
  if (api::Problems problems = world.add_loads(); !problems.empty())
    return std::unexpected(std::move(problems));
  world.add_dns();
  world.external_dns_.begin(world.cluster_, *world.scenario_, world.routes_);
  world.known_ = JournalId{static_cast<std::uint32_t>(world.cluster_.kernel().journal().size())};
  world.schedule_timeline();
  return world;
}

api::Problems World::add_nodes() {
  api::Problems problems;
  if (scenario_->platform.storage) {
    for (const auto& storage_class : scenario_->platform.storage->classes) {
      cluster::ApiRequest request;
      request.object = storage_class;
      CHECK(cluster_.api().execute(cluster_.kernel(), request).has_value());
    }
  }
  const SimTime start = SimTime::at(-scenario_->settle);
  for (const NodeGroup& group : scenario_->platform.node_groups)
    cluster_.set_group(auto_scaling_group(scenario_->platform, group));
  for (const auto& node : node_objects(scenario_->platform, start)) {
    if (cluster_.add_instance(node)) continue;
    problems.push_back({node->source, "", "its subnets have no address left for " + node->metadata.name.str(),
                        api::Problem::Reason::kInvalid});
  }
  return problems;
}

void World::add_certificates() {
  if (!scenario_->platform.cert_manager && scenario_->certificates.empty()) return;
  std::optional<Distribution> issuance;
  if (scenario_->platform.cert_manager) issuance = scenario_->platform.cert_manager->issuance;
  cluster_.watch_certificates(issuance, scenario_->certificates, kCertificateStep);
  for (const auto& [issuer, fails] : scenario_->issuers) cluster_.certificates()->set_issuer(issuer, fails);
}

void World::add_proxies() {
  const Platform& platform = scenario_->platform;
  std::vector<traffic::PlaceId> zones;
  for (const api::Symbol zone : platform.zones) zones.push_back(cluster_.place(zone));
  for (const IngressController& c : platform.ingress_controllers) {
    traffic::ProxyConfig config = traffic::ProxyConfig::ingress_nginx(c.name, c.change_lag);
    config.replicas = c.replicas;
    config.places = zones;
    config.tries = c.tries;
    config.retry_non_idempotent = c.retry_non_idempotent;
    config.keep_alive = c.keep_alive;
    config.connect_timeout = c.connect_timeout;
    config.read_timeout = c.read_timeout;
    config.failover = c.zone_failover;
    if (c.reload) {
      config.worker_shutdown_timeout = c.reload->worker_shutdown_timeout;
      config.reload_time = c.reload->time;
    }
    ingress_proxies_.push_back(cluster_.add_proxy(config));
    for (const LoadBalancer& b : platform.load_balancers)
      if (c.pods && b.name == c.pods->load_balancer)
        cluster_.traffic().set_replica_pods(cluster_.kernel(), ingress_proxies_.back(),
                                            {c.pods->pre_stop, c.pods->start, b.targets});
    if (c.reload)
      cluster_.watch_configuration(ingress_proxies_.back(),
                                   {c.ingress_class, c.default_class, c.reload->config_namespace,
                                    c.reload->config_name, c.reload->invalid});
    if (c.reload && !c.reload->invalid.empty()) cluster_.traffic().keep_addresses();
    if (cluster_.enforcement()) cluster_.enforcement()->add_fixed_pod(facts_of(c), c.namespace_labels);
  }
  for (const LoadBalancer& b : platform.load_balancers) {
    traffic::ProxyConfig config =
        b.kind == LoadBalancer::Kind::kNetwork
            ? traffic::ProxyConfig::network_load_balancer(b.name)
            : traffic::ProxyConfig::application_load_balancer(b.name, b.idle_timeout);
    config.replicas = static_cast<std::uint16_t>(zones.size());
    config.places = zones;
    balancer_proxies_.push_back(cluster_.add_proxy(config));
    cluster_.traffic().make_balancer(cluster_.kernel(), balancer_proxies_.back(), b.targets);
  }
  service_proxy_ =
      cluster_.add_proxy(traffic::ProxyConfig::kube_proxy("kube-proxy", platform.service_proxy.change_lag));

  if (platform.vpc)
    for (const network::vpc::NatGateway& gateway : platform.vpc->nat_gateways)
      cluster_.traffic().add_nat_gateway({gateway.name, gateway.addresses.size(), gateway.ports});
  for (const cloud::ManagedConfig& resource : platform.resources) {
    const api::Symbol place = resource.is_external() ? resource.name : resource.zone;
    cluster_.traffic().add_resource(cluster_.kernel(), resource, cluster_.place(place),
                                    cluster_.place(resource.multi_az() ? resource.standby : place));
  }

  cluster_.traffic().credentials().configure(platform.credentials, scenario_->iam);
  for (const traffic::QueueConfig& queue : platform.queues)
    cluster_.traffic().add_queue(cluster_.kernel(), queue);

  add_hops();
}

void World::add_hops() {
  const Latencies& latencies = scenario_->platform.latencies;
  traffic::Hops& hops = cluster_.traffic().hops();
  const auto set = [&](api::Symbol from, api::Symbol to, const Distribution& one_way) {
    const traffic::PlaceId here = cluster_.place(from), there = cluster_.place(to);
    if (const auto always = one_way.constant_value()) return hops.set(here, there, {*always});
    const std::string name = "latency/" + from.str() + "/" + to.str();
    hops.set_random(here, there, one_way, cluster_.kernel().stream(name).next_u64());
  };
  const std::vector<api::Symbol>& zones = scenario_->platform.zones;
  for (const api::Symbol from : zones) {
    for (const api::Symbol there : cluster_.places_on("internet")) {
      set(there, from, latencies.internet_to_ingress);
      set(from, there, latencies.internet_to_ingress);
    }
    for (const api::Symbol to : zones) set(from, to, from == to ? latencies.same_zone : latencies.cross_zone);
  }
  for (const Latencies::Between& pair : latencies.between) {
    set(pair.zone, pair.other, pair.one_way);
    if (pair.zone != pair.other) set(pair.other, pair.zone, pair.one_way);
  }
}

api::Problems World::apply_manifests() {
  api::Problems problems;
  Kernel& kernel = cluster_.kernel();
  const Action action = Apply{scenario_->apply};
  for (const kubectl::Target& target : kubectl::plan(action, cluster_.store()).targets) {
    const auto refused = [&](std::string why) {
      problems.push_back(
          {scenario_->apply[target.item].object->source, "", std::move(why), api::Problem::Reason::kInvalid});
    };
    const auto step = kubectl::turn(action, target, 0, cluster_.store(), kernel.now());
    if (!step) {
      refused(step.error());
      continue;
    }
    if (!step->request) continue;
    cluster::ApiRequest request = *step->request;
    request.user = "kubectl";
    const cluster::ApiResult answer = cluster_.api().execute(kernel, request);
    if (!answer) refused(answer.error().message);
  }
  return problems;
}

api::Problems World::add_loads() {
  api::Problems problems;
  for (const Load& load : scenario_->load) {
    const auto route = find_route(cluster_.store(), scenario_->platform, load.to);
    const bool looked_up = ExternalDns::looks_up(*scenario_, load);
    if (!route && !looked_up) {
      problems.push_back({load.source, "spec.load[" + load.name.str() + "].to", route.error().why,
                          api::Problem::Reason::kInvalid});
      continue;
    }
    traffic::LoadConfig config;
    config.name = load.name;
    config.proxy = service_proxy_;
    config.service = {0};
    if (!looked_up) add_route(load, *route, config);
    config.from_pods = load.sender.has_value();
    config.after_start = load.after_start;
    if (!load.sender) config.place = cluster_.place(load.from);
    config.arrivals = load.arrivals;
    config.timeout = load.timeout;
    config.stream = load.stream;
    config.retries = load.retries;
    config.idempotent = load.idempotent();
    const traffic::LoadIndex index = cluster_.traffic().add_load(cluster_.kernel(), std::move(config));
    if (looked_up) continue;
    show_certificate(cluster_, load, index, *route);
    bool is_called = false;
    for (const auto& [stream, name] : scenario_->service_calls) {
      if (name != load.name) continue;
      cluster_.traffic().call_through(stream, index);
      is_called = true;
    }
    // A node's own cache is asked at the node, which no policy keeps its pods from.
    const bool judges_queries = load.queries && !scenario_->platform.dns->config.node_cache;
    if (load.sender || ((is_called || judges_queries) && cluster_.enforcement())) {
      ClientPods::Load sent;
      sent.load = index;
      sent.workload = load.sender;
      sent.origin = origin_to(cluster_.store(), *route);
      if (judges_queries) sent.origin.protocol = "UDP";
      sent.queries = judges_queries;
      cluster_.clients().add_load(std::move(sent));
    }
  }
  if (cluster_.enforcement()) judge_connections();
  return problems;
}

// To managed resources whose addresses are known.
void World::judge_connections() {
  const Platform& platform = scenario_->platform;
  for (std::size_t i = 0; i < platform.resources.size(); ++i) {
    const cloud::ManagedConfig& resource = platform.resources[i];
    for (const bool standby : {false, true}) {
      const auto address = address_of(platform, resource, standby ? resource.standby : resource.zone);
      if (!address || (standby && !resource.multi_az())) continue;
      ClientPods::Load load;
      load.resource = {static_cast<traffic::ResourceIndex>(i), standby};
      load.origin.outside = *address;
      load.origin.port = resource.port;
      cluster_.clients().add_load(std::move(load));
    }
  }
}

void World::add_route(const Load& load, const Route& route, traffic::LoadConfig& config) {
  config.service = route.service;
  config.port = route.pod_port;
  if (route.ingress_controller) config.proxy = ingress_proxies_[*route.ingress_controller];
  if (route.load_balancer) config.proxy = balancer_proxies_[*route.load_balancer];
  config.origin = add_origin(cluster_, scenario_->platform, route);
  routes_.add(static_cast<std::uint32_t>(&load - scenario_->load.data()), route);
}

void World::add_dns() {
  const Platform& platform = scenario_->platform;
  if (!platform.dns) return;
  traffic::Traffic& traffic = cluster_.traffic();
  const auto queries = std::ranges::find(scenario_->load, true, &Load::queries) - scenario_->load.begin();
  traffic::DnsConfig config = platform.dns->config;
  const auto* const service =
      cluster_.store().find<api::Service>(platform.dns->namespace_, platform.dns->service);
  if (service) config.cluster.address = service->cluster_ip.str();
  traffic.use_dns(cluster_.kernel(), std::move(config), static_cast<traffic::LoadIndex>(queries));
  for (std::size_t i = 0; i < scenario_->load.size(); ++i)
    if (const traffic::DnsName& name = scenario_->load[i].lookup; !name.written.empty())
      traffic.call_by_name(static_cast<traffic::LoadIndex>(i), name);
  for (std::size_t i = 0; i < platform.resources.size(); ++i)
    traffic.name_resource(static_cast<traffic::ResourceIndex>(i),
                          name_of_resource(platform.resources[i], platform.region));
}

void World::schedule_timeline() {
  for (std::size_t i = 0; i < scenario_->timeline.size(); ++i)
    cluster_.kernel().at(scenario_->timeline[i].at, make_scenario_event(kEntryDue, i));
}

void World::committed(const cluster::WatchEvent& change) {
  invariants_.on_commit(cluster_.kernel(), cluster_.store(), change);
  recorder_.on_commit(cluster_.kernel(), cluster_.store(), change);
  pipelines_.on_commit(cluster_.kernel(), change);
  if (change.cause <= known_) return;
  routes_.on_commit(cluster_, *scenario_, change);
  external_dns_.on_commit(cluster_, *scenario_, change);
}

void World::scenario_event(const Event& event) {
  switch (event.type) {
    case kEntryDue:
      return act(event.subject);
    case kFaultEnds:
      return end_fault(cluster_, scenario_->timeline[event.subject].action, event.cause);
    case kCertificateStep:
      return cluster_.certificates()->handle(cluster_.kernel(), cluster_.traffic(), event);
    case Routes::kDue:
      return routes_.handle(cluster_, *scenario_, event);
    case ExternalDns::kLook:
    case ExternalDns::kStatus:
    case ExternalDns::kServed:
      return external_dns_.handle(cluster_, *scenario_, routes_, event);
    case NodeReplacements::kStepDone:
    case NodeReplacements::kPace:
    case NodeReplacements::kNode:
      return node_replacements_.handle(cluster_, user_, event);
    case Pipelines::kTask:
    case Pipelines::kCommand:
    case Pipelines::kLook:
    case Pipelines::kTimeout:
      return pipelines_.handle(cluster_, user_, event);
    case EnvironmentRuns::kStart:
    case EnvironmentRuns::kTask:
    case EnvironmentRuns::kCommand:
    case EnvironmentRuns::kStep:
      return environment_runs_.handle(cluster_, user_, event);
    default:
      return user_.handle(cluster_.kernel(), cluster_.api(), event);
  }
}

void World::act(std::uint32_t index) {
  const TimelineEntry& entry = scenario_->timeline[index];
  Kernel& kernel = cluster_.kernel();
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(RecordType::kAction);
  record.subject = index;
  record.text = kernel.journal().text(entry.text);
  const JournalId cause = kernel.record(record);
  const std::shared_ptr<const Action> action(scenario_, &entry.action);
  const IdentityPtr& as = entry.as ? entry.as : scenario_->platform.access.default_user;
  if (NodeReplacements::is_one(entry.action))
    return node_replacements_.begin(cluster_, user_, action, as, cause);
  if (std::holds_alternative<Merge>(entry.action))
    return pipelines_.begin(cluster_, user_, action, as, cause);
  if (std::holds_alternative<MergeEnvironments>(entry.action))
    return environment_runs_.begin(cluster_, action, as, cause);
  if (const auto* const verb = std::get_if<DeleteRecords>(&entry.action))
    return external_dns_.delete_records(cluster_, *scenario_, verb->names, cause);
  if (!is_fault(entry.action)) return user_.act(kernel, cluster_.api(), action, as, cause);
  begin_fault(cluster_, entry.action, cause);
  if (const auto lasts = duration_of(entry.action))
    kernel.after(*lasts, make_scenario_event(kFaultEnds, index, cause));
}

}  // namespace seatrial::scenario
