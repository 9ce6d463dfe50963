// `podNetwork:` the VPC CNI.
#include "sim/network/vpc/instance_types.h"
#include "sim/scenario/decode_nodes.h"

namespace seatrial::scenario {
namespace {

// More than any instance has.
constexpr std::int64_t kManyInterfaces = 1000;

void read_interface_limits(Reader map, cluster::PodNetworkConfig& config) {
  if (!map) return;
  for (auto& [type, limits] : map.entries()) {
    if (!limits.expect_map()) continue;
    const Reader interfaces = limits.required("interfaces"), each = limits.required("addressesEach");
    config.instance_types[type] = {static_cast<std::int32_t>(interfaces.integer(1, 1, kManyInterfaces)),
                                   static_cast<std::int32_t>(each.integer(2, 2, kManyInterfaces))};
    limits.done();
  }
}

// Each type that a group may launch must be known.
void check_types(const Reader& at, const Platform& platform) {
  for (const NodeGroup& group : platform.node_groups) {
    if (group.instance_types.empty())
      at.problem("node group " + group.name.str() +
                 " has no instanceType, which says how many addresses a node has");
    check_interface_limits(at, group.instance_types, *platform.pod_network);
  }
  if (!platform.karpenter) return;
  for (const controllers::KarpenterPool& pool : platform.karpenter->pools) {
    for (const auto& offer : pool.offers)
      check_interface_limits(at, {offer.instance_type}, *platform.pod_network);
  }
}

}  // namespace

void check_interface_limits(const Reader& at, const std::vector<api::Symbol>& types,
                            const cluster::PodNetworkConfig& config) {
  const cluster::PodNetwork network(config);
  for (const api::Symbol type : types) {
    if (!network.limits_of(type))
      at.problem("how many network interfaces has a " + type.str() + "? say so in podNetwork.instanceTypes");
  }
}

void read_pod_network(Reader map, Platform& platform) {
  if (!map || !map.expect_map()) return;
  if (!platform.vpc) map.problem("the platform has no vpc");
  if (platform.kubelet_kind == KubeletKind::kHollow)
    map.problem("has a meaning with kubelet: {kind: real} only");
  cluster::PodNetworkConfig config;
  network::vpc::CniSettings& settings = config.settings;
  settings.prefix_delegation = map.field("prefixDelegation").boolean(false);
  const auto target = [&](const char* key, std::int32_t& value) {
    value = static_cast<std::int32_t>(map.field(key).integer(value, 0, 65536));
  };
  target("warmEniTarget", settings.warm_eni_target);
  target("warmPrefixTarget", settings.warm_prefix_target);
  target("warmIpTarget", settings.warm_ip_target);
  target("minimumIpTarget", settings.minimum_ip_target);
  settings.cooldown = map.field("cooldown").duration(settings.cooldown);
  config.assign = map.field("assign").distribution(config.assign);
  config.attach = map.field("attach").distribution(config.attach);
  read_interface_limits(map.field("instanceTypes"), config);
  map.done();
  platform.pod_network = std::move(config);
  if (platform.vpc) check_types(map, platform);
}

}  // namespace seatrial::scenario
