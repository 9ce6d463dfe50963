// `autoscaler:` who adds and takes away nodes, and `ec2:` how instances come and fail to come.
#include <algorithm>

#include "sim/scenario/decode_nodes.h"
#include "sim/scenario/node_objects.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

// A decimal number of at most six digits behind the point, in millionths.
std::int64_t read_millionths(const Reader& at, std::int64_t fallback) {
  if (!at) return fallback;
  if (!at.is_scalar()) {
    at.problem(wrong_type("a number", at.value()));
    return fallback;
  }
  const auto parsed = parse_decimal(at.value().text, 6);
  if (parsed && *parsed >= 0) return *parsed;
  at.problem(parsed ? "must not be negative, is " + at.value().text : parsed.error());
  return fallback;
}

cloud::CapacityShortage read_shortage(Reader item, const Platform& platform) {
  cloud::CapacityShortage shortage;
  const Reader zone = item.field("zone"), from = item.field("from"), until = item.field("until");
  shortage.zone = zone.text();
  if (zone && std::ranges::find(platform.zones, shortage.zone) == platform.zones.end())
    zone.problem("the platform has no zone \"" + shortage.zone.str() + "\"");
  shortage.instance_type = item.field("instanceType").text();
  if (from) shortage.from = SimTime::at(from.duration(Duration()));
  if (until) shortage.until = SimTime::at(until.duration(Duration()));
  item.done();
  return shortage;
}

void read_cluster_autoscaler(Reader& map, Platform& platform) {
  controllers::ClusterAutoscalerConfig config;
  const Duration least = Duration::seconds(1);
  config.scan_interval = map.field("scanInterval").duration(config.scan_interval, least);
  config.max_node_provision_time =
      map.field("maxNodeProvisionTime").duration(config.max_node_provision_time, least);
  config.scale_down_unneeded_time =
      map.field("scaleDownUnneededTime").duration(config.scale_down_unneeded_time);
  config.scale_down_unready_time = map.field("scaleDownUnreadyTime").duration(config.scale_down_unready_time);
  config.scale_down_delay_after_add =
      map.field("scaleDownDelayAfterAdd").duration(config.scale_down_delay_after_add);
  config.scale_down_delay_after_failure =
      map.field("scaleDownDelayAfterFailure").duration(config.scale_down_delay_after_failure);
  config.scale_down_utilization_threshold =
      static_cast<double>(read_millionths(map.field("scaleDownUtilizationThreshold"), 500'000)) / 1e6;
  map.field("expander").choice({"least-waste"}, 0);
  if (std::ranges::none_of(platform.node_groups, [](const NodeGroup& g) { return g.min || g.max; }))
    map.problem("no node group has \"min\" or \"max\", so there is nothing to scale");
  platform.cluster_autoscaler = config;
}

controllers::InstanceOffer read_offer(Reader item, const Platform& platform, const NodeModel& pool) {
  controllers::InstanceOffer offer;
  NodeModel model = pool;
  model.source = item.where();
  model.instance_type = item.required("name").text();
  offer.price = read_millionths(item.required("price"), 0);
  read_capacity(item, model.capacity, model.allocatable);
  item.done();
  model.region = platform.region;
  offer.instance_type = model.instance_type;
  offer.allocatable = scheduler::Resources::of(model.allocatable);
  const auto pods = model.allocatable.find("pods");
  offer.pods = pods == model.allocatable.end() ? 0 : pods->second.value();
  offer.model = node_model(model);
  return offer;
}

api::IntOrString read_budget(const Reader& at) {
  api::IntOrString budget{0, "10%"};
  if (!at) return budget;
  if (at.is_scalar() && at.value().text.ends_with('%')) {
    budget.text = at.value().text;
    if (const auto scaled = api::scaled_value(budget, 100, true); !scaled || *scaled < 0 || *scaled > 100)
      at.problem("expected a number of nodes or a percentage from 0% to 100%, got \"" + at.value().text +
                 "\"");
    return budget;
  }
  return {static_cast<std::int32_t>(at.integer(0, 0, kMany)), {}};
}

void read_pool(Reader item, Platform& platform, controllers::KarpenterConfig& config) {
  if (!item.expect_map()) return;
  controllers::KarpenterPool pool;
  const Reader name = item.required("name");
  pool.name = name.text();
  const bool known =
      std::ranges::find(config.pools, pool.name, &controllers::KarpenterPool::name) != config.pools.end() ||
      std::ranges::find(platform.node_groups, pool.name, &NodeGroup::name) != platform.node_groups.end();
  if (known) name.problem("another pool or node group is called \"" + pool.name.str() + "\" already");
  pool.zones = read_zones(item.field("zones"), platform);
  NodeModel model;
  model.group = pool.name;
  model.labels = read_labels(item.field("labels"));
  model.labels.set("karpenter.sh/nodepool", pool.name);
  model.labels.set("karpenter.sh/capacity-type", "on-demand");
  model.taints = read_taints(item.field("taints"));
  model.info = read_node_info(item.field("nodeInfo"));
  const Reader types = item.required("instanceTypes");
  for (const Reader& type : types.items()) {
    if (type.expect_map()) pool.offers.push_back(read_offer(type, platform, model));
  }
  if (types.is_list() && pool.offers.empty()) types.problem("at least one instance type is needed");
  pool.consolidate_after = item.field("consolidateAfter").duration(pool.consolidate_after);
  pool.expire_after = item.field("expireAfter").duration(*pool.expire_after, Duration::seconds(1));
  pool.budget = read_budget(item.field("budget"));
  const Reader limit = item.field("cpuLimit");
  if (limit) pool.cpu_limit = limit.milli(0);
  item.done();
  config.pools.push_back(std::move(pool));
}

void read_karpenter(Reader& map, Platform& platform) {
  controllers::KarpenterConfig config;
  config.batch_idle = map.field("batchIdleDuration").duration(config.batch_idle);
  config.batch_most = map.field("batchMaxDuration").duration(config.batch_most);
  const Reader pools = map.required("nodePools");
  for (const Reader& pool : pools.items()) read_pool(pool, platform, config);
  if (pools.is_list() && config.pools.empty()) pools.problem("at least one pool is needed");
  platform.karpenter = std::move(config);
}

}  // namespace

void read_ec2(Reader map, Platform& platform) {
  if (!map || !map.expect_map()) return;
  cloud::Ec2Config& ec2 = platform.ec2;
  ec2.answer = map.field("answer").distribution(ec2.answer);
  ec2.boot = map.field("boot").distribution(ec2.boot);
  ec2.shutdown = map.field("shutdown").distribution(ec2.shutdown);
  ec2.notice = map.field("notice").distribution(ec2.notice);
  ec2.retry = map.field("retry").duration(ec2.retry, Duration::seconds(1));
  const Reader failures = map.field("launchFailures");
  if (failures) {
    const auto share = parse_share(failures.text());
    if (!share || *share < 0 || *share > 1'000'000)
      failures.problem(share ? "expected a share from 0% to 100%" : share.error());
    else
      ec2.failures_per_million = *share;
  }
  for (const Reader& item : map.field("shortages").items()) {
    if (item.expect_map()) ec2.shortages.push_back(read_shortage(item, platform));
  }
  map.done();
}

void read_autoscaler(Reader map, Platform& platform) {
  if (!map || !map.expect_map()) return;
  switch (map.required("kind").choice({"none", "cluster-autoscaler", "karpenter"}, 0)) {
    case 1:
      read_cluster_autoscaler(map, platform);
      break;
    case 2:
      read_karpenter(map, platform);
      break;
    default:
      break;
  }
  map.done();
}

}  // namespace seatrial::scenario
