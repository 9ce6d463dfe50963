// `kind: Platform`.
#include <algorithm>

#include "sim/scenario/decode_nodes.h"

namespace seatrial::scenario {
namespace {

void read_node_group(Reader map, Platform& platform) {
  if (!map.expect_map()) return;
  NodeGroup group;
  group.source = map.where();
  const Reader name = map.required("name");
  group.name = name.text();
  for (const NodeGroup& other : platform.node_groups) {
    if (other.name == group.name)
      name.problem("another node group is called \"" + group.name.str() + "\" already");
  }
  group.instance_types = read_instance_types(map);
  group.count = static_cast<std::int32_t>(map.required("count").integer(1, 0, 100'000));
  const Reader min = map.field("min"), max = map.field("max");
  if (min) group.min = static_cast<std::int32_t>(min.integer(group.count, 0, group.count));
  if (max) group.max = static_cast<std::int32_t>(max.integer(group.count, group.count, 100'000));
  group.zones = read_zones(map.field("zones"), platform);
  read_capacity(map, group.capacity, group.allocatable);
  group.labels = read_labels(map.field("labels"));
  group.taints = read_taints(map.field("taints"));
  group.info = read_node_info(map.field("nodeInfo"));
  read_placement(map, group, platform);
  map.done();
  platform.node_groups.push_back(std::move(group));
}

// {zones: [eu-west-2a, eu-west-2b], oneWay: {median: 600us, p99: 2ms}}
void read_latency_between(Reader map, Platform& platform) {
  if (!map.expect_map()) return;
  const Reader names = map.required("zones");
  const std::vector<api::Symbol> zones = read_zones(names, platform);
  if (names && zones.size() != 2) names.problem("two zones, of the platform's");
  const Distribution one_way = map.required("oneWay").distribution({});
  map.done();
  if (zones.size() == 2) platform.latencies.between.push_back({zones[0], zones[1], one_way});
}

void read_latencies(Reader map, Platform& platform) {
  if (!map || !map.expect_map()) return;
  Latencies& latencies = platform.latencies;
  latencies.internet_to_ingress = map.field("internetToIngress").distribution(latencies.internet_to_ingress);
  latencies.same_zone = map.field("sameZone").distribution(latencies.same_zone);
  latencies.cross_zone = map.field("crossZone").distribution(latencies.cross_zone);
  for (const Reader& pair : map.field("between").items()) read_latency_between(pair, platform);
  map.done();
}

// {workerShutdownTimeout: 240s, time: 1s, configMap: ingress-controllers/default, invalid: [SecRulee]}
void read_reload(Reader map, IngressController& controller) {
  if (!map || !map.expect_map()) return;
  IngressReload reload;
  reload.worker_shutdown_timeout =
      map.field("workerShutdownTimeout").duration(reload.worker_shutdown_timeout, Duration::millis(1));
  reload.time = map.field("time").distribution(reload.time);
  if (const Reader config = map.field("configMap")) {
    const std::string name = config.text();
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos) config.problem("expected NAMESPACE/NAME, got \"" + name + "\"");
    reload.config_namespace = name.substr(0, std::min(slash, name.size()));
    reload.config_name = slash == std::string::npos ? "" : name.substr(slash + 1);
  }
  for (const Reader& item : map.field("invalid").items()) {
    reload.invalid.push_back(item.text());
    if (reload.invalid.back().empty())
      item.problem("expected a text of an annotation, such as \"SecRule x\"");
  }
  map.done();
  controller.reload = reload;
}

// {loadBalancer: nlb, preStop: 30s, start: {median: 12s, p99: 30s}}
void read_ingress_pods(Reader map, IngressController& controller) {
  if (!map || !map.expect_map()) return;
  IngressPods pods;
  pods.load_balancer = map.required("loadBalancer").text();
  pods.pre_stop = map.field("preStop").duration(Duration());
  pods.start = map.required("start").distribution(Distribution());
  map.done();
  controller.pods = pods;
}

void read_ingress(Reader map, Platform& platform) {
  if (!map.expect_map()) return;
  IngressController controller;
  controller.source = map.where();
  const Reader name = map.required("name");
  controller.name = name.text();
  for (const IngressController& other : platform.ingress_controllers) {
    if (other.name == controller.name)
      name.problem("another ingress controller is called \"" + controller.name.str() + "\" already");
  }
  controller.ingress_class = map.field("class").text(controller.name.view());
  controller.default_class = map.field("defaultClass").boolean(false);
  controller.replicas =
      static_cast<std::uint16_t>(map.field("replicas").integer(controller.replicas, 1, 1000));
  controller.change_lag = map.field("changeLag").distribution(controller.change_lag);
  controller.tries = static_cast<std::uint8_t>(map.field("tries").integer(controller.tries, 1, 100));
  controller.connect_timeout =
      map.field("connectTimeout").duration(controller.connect_timeout, Duration::millis(1));
  const Reader read_timeout = map.field("readTimeout");
  if (read_timeout)
    controller.read_timeout = read_timeout.duration(Duration::seconds(60), Duration::millis(1));
  controller.retry_non_idempotent = map.field("retryNonIdempotent").boolean(false);
  controller.keep_alive =
      static_cast<std::uint16_t>(map.field("keepAlive").integer(controller.keep_alive, 0, 65535));
  controller.zone_failover = map.field("zoneFailover").duration(controller.zone_failover);
  read_reload(map.field("reload"), controller);
  read_ingress_pods(map.field("pods"), controller);
  controller.namespace_ = map.field("namespace").text(controller.namespace_.view());
  if (const Reader labels = map.field("namespaceLabels")) controller.namespace_labels = read_labels(labels);
  if (const Reader labels = map.field("podLabels")) controller.labels = read_labels(labels);
  map.done();
  platform.ingress_controllers.push_back(std::move(controller));
}

void read_control_plane(Reader map, cluster::ControlPlaneTimings& timings) {
  if (!map || !map.expect_map()) return;
  timings.api_request = map.field("apiRequest").distribution(timings.api_request);
  timings.api_response = map.field("apiResponse").distribution(timings.api_response);
  timings.watch_delivery = map.field("watchDelivery").distribution(timings.watch_delivery);
  timings.controller_reaction = map.field("controllerReaction").distribution(timings.controller_reaction);
  map.done();
}

void read_kubelet_timings(Reader& map, cluster::KubeletTimings& timings) {
  for (const cluster::TimingName& row : cluster::timing_names()) {
    const Reader at = map.field(row.name);
    if (at) timings.*row.member = at.distribution(timings.*row.member);
  }
  map.done();
}

// {memory.available: 100Mi}
void read_eviction(const Reader& hard, const Reader& transition, NodePressure& pressure) {
  Reader map = hard;
  if (map && map.expect_map()) {
    const Reader available = map.field("memory.available");
    const auto quantity = api::Quantity::parse(available.is_scalar() ? available.value().text : "0");
    if (available && (!available.is_scalar() || !quantity || quantity->is_negative()))
      available.problem("expected a quantity that is not negative, such as 100Mi");
    else if (available)
      pressure.memory_available = *quantity;
    map.done();
  }
  pressure.transition_period = transition.duration(pressure.transition_period);
}

// As the kubelet refuses them. Source: pkg/kubelet/apis/config/validation/validation.go.
void read_shutdown_periods(const Reader& period, const Reader& critical, NodeShutdown& shutdown) {
  const auto read = [](const Reader& at) {
    const Duration value = at.duration(Duration());
    if (value > Duration() && value < Duration::seconds(1))
      at.problem("must be either zero or at least 1s, is " + at.value().text);
    return value;
  };
  shutdown.grace_period = read(period);
  shutdown.critical_pods = read(critical);
  if (shutdown.critical_pods <= shutdown.grace_period) return;
  critical.problem("must not be longer than shutdownGracePeriod, " + to_string(shutdown.grace_period));
  shutdown.critical_pods = shutdown.grace_period;
}

void read_kubelet(Reader map, Platform& platform) {
  if (!map || !map.expect_map()) return;
  platform.kubelet_kind = static_cast<KubeletKind>(map.field("kind").choice({"real", "hollow"}, 0));
  Reader delays = map.field("delays"), timings = map.field("timings");
  const bool hollow = platform.kubelet_kind == KubeletKind::kHollow;
  if (delays && !hollow) delays.problem("has a meaning with kind: hollow only");
  if (timings && hollow) timings.problem("has a meaning with kind: real only");
  if (delays && delays.expect_map()) {
    platform.hollow.starts = delays.field("starts").distribution(platform.hollow.starts);
    platform.hollow.ready = delays.field("ready").distribution(platform.hollow.ready);
    platform.hollow.stops = delays.field("stops").distribution(platform.hollow.stops);
    delays.done();
  }
  if (timings && timings.expect_map()) read_kubelet_timings(timings, platform.kubelet);
  const Reader hard = map.field("evictionHard"), transition = map.field("evictionPressureTransitionPeriod"),
               period = map.field("shutdownGracePeriod"),
               critical = map.field("shutdownGracePeriodCriticalPods");
  for (const Reader* const at : {&hard, &transition, &period, &critical})
    if (*at && hollow) at->problem("has a meaning with kind: real only");
  read_eviction(hard, transition, platform.node_pressure);
  read_shutdown_periods(period, critical, platform.node_shutdown);
  map.done();
}

void check_classes(const Reader& list, const Platform& platform) {
  int defaults = 0;
  for (const IngressController& controller : platform.ingress_controllers)
    defaults += controller.default_class ? 1 : 0;
  if (defaults > 1) list.problem("more than one ingress controller has defaultClass: true");
}

// As KubeProxyConfiguration has it: {maxPerCore: 32768, min: 131072}. With maxPerCore: 0 kube-proxy leaves
// the kernel's own limit, whatever min says.
void read_conntrack(Reader map, ServiceProxy& proxy) {
  if (!map || !map.expect_map()) return;
  network::ConntrackRules rules;
  const Reader per_core = map.field("maxPerCore");
  if (per_core && per_core.is_scalar() && per_core.value().text == "0")
    per_core.problem(
        "0 leaves nodes the limit of their kernel, which is not known here: write it as min, with "
        "maxPerCore: 1");
  else
    rules.max_per_core = per_core.integer(rules.max_per_core, 1, 1 << 24);
  rules.min = map.field("min").integer(rules.min, 0, 1 << 24);
  rules.udp = map.field("udpTimeout").duration(rules.udp, Duration::seconds(1));
  map.done();
  proxy.conntrack = rules;
}

}  // namespace

void read_platform(Reader& document, Platform& platform) {
  read_header(document, "Platform", platform.name, platform.description);
  Reader spec = document.required("spec");
  document.done();
  if (!spec || !spec.expect_map()) return;
  platform.region = spec.field("region").text();
  const Reader zones = spec.required("zones");
  platform.zones = read_symbols(zones);
  if (zones.is_list() && platform.zones.empty()) zones.problem("at least one zone is needed");
  read_vpc(spec.field("vpc"), platform);
  const Reader groups = spec.required("nodeGroups"), ingress = spec.field("ingressControllers");
  for (const Reader& group : groups.items()) read_node_group(group, platform);
  read_latencies(spec.field("latencies"), platform);
  for (const Reader& controller : ingress.items()) read_ingress(controller, platform);
  check_classes(ingress, platform);
  read_load_balancers(spec.field("loadBalancers"), platform);
  Reader cert_manager = spec.field("certManager");
  if (cert_manager && cert_manager.expect_map()) {
    platform.cert_manager.emplace();
    platform.cert_manager->issuance =
        cert_manager.field("issuance").distribution(platform.cert_manager->issuance);
    cert_manager.done();
  }
  Reader proxy = spec.field("serviceProxy");
  if (proxy && proxy.expect_map()) {
    platform.service_proxy.change_lag =
        proxy.field("changeLag").distribution(platform.service_proxy.change_lag);
    read_conntrack(proxy.field("conntrack"), platform.service_proxy);
    proxy.done();
  }
  if (const Reader cidr = spec.field("serviceCidr")) {
    const auto range = cluster::AddressRange::parse(cidr.text());
    if (!range)
      cidr.problem(range.error());
    else if (range->prefix < 12 || range->prefix > 28)
      cidr.problem("must have between 16 and 1048576 addresses: a prefix from /12 to /28");
    else
      platform.service_range = *range;
  }
  read_external_dns(spec.field("externalDns"), platform);
  read_dns(spec.field("dns"), platform);
  read_network_plugin(spec.field("networkPlugin"), platform);
  for (const Reader& registry : spec.field("registries").items()) read_registry(registry, platform);
  platform.egress =
      static_cast<cloud::Egress>(spec.field("natGateways").choice({"perZone", "shared", "none"}, 0));
  read_control_plane(spec.field("controlPlane"), platform.control_plane);
  read_ec2(spec.field("ec2"), platform);
  read_autoscaler(spec.field("autoscaler"), platform);
  Reader metrics = spec.field("metricsServer");
  if (metrics && metrics.expect_map()) {  // it refuses to start with less than 10 s
    platform.metrics_server.resolution =
        metrics.field("resolution").duration(platform.metrics_server.resolution, Duration::seconds(10));
    metrics.done();
  }
  read_storage(spec.field("storage"), platform);
  read_scheduler(spec.field("scheduler"), platform);
  read_descheduler(spec.field("descheduler"), platform);
  read_kubelet(spec.field("kubelet"), platform);
  read_pod_network(spec.field("podNetwork"), platform);
  read_resources(spec.field("resources"), platform);
  read_credential_rules(spec.field("credentials"), platform);
  read_access(spec.field("access"), platform.access);
  spec.done();
}

}  // namespace seatrial::scenario
