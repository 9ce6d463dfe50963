#include "sim/cluster/pod_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/api/resources.h"
#include "sim/cluster/components.h"

namespace seatrial::cluster {

using network::vpc::Address;
using network::vpc::AddressSpace;
using network::vpc::Block;
using network::vpc::block_of;
using network::vpc::CniSettings;
using network::vpc::kBlockSize;
using network::vpc::PoolAction;

namespace {

constexpr Duration kLookInterval = Duration::seconds(5);            // ipPoolMonitorInterval
constexpr Duration kInsufficientCooldown = Duration::seconds(120);  // insufficientCidrErrorCooldown

Event pool_event(PodNetworkEvent type, std::uint32_t node) {
  Event event;
  event.component = kPodNetworkComponent;
  event.type = static_cast<std::uint8_t>(type);
  event.subject = node;
  return event;
}

// As many blocks at once, or none.
std::vector<Block> take_blocks(AddressSpace& space, std::size_t subnet, std::int32_t count, bool prefixes) {
  std::vector<Block> taken;
  if ((prefixes ? space.free_blocks(subnet) : space.free(subnet)) < count) return taken;
  for (std::int32_t i = 0; i < count; ++i) {
    const auto first = prefixes ? space.take_block(subnet) : space.take(subnet);
    CHECK(first);
    taken.push_back(block_of(*first, prefixes));
  }
  return taken;
}

std::optional<std::int32_t> number_in(const api::Container& container, std::string_view name) {
  const auto at = std::ranges::find(container.env, api::Symbol(name), &api::EnvVar::name);
  if (at == container.env.end()) return std::nullopt;
  const std::string_view text = at->value.view();
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool read = error == std::errc() && end == text.data() + text.size() && number >= 0;
  return read ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<network::vpc::InterfaceLimits> PodNetwork::limits_of(api::Symbol instance_type) const {
  const auto own = config_.instance_types.find(instance_type);
  return own == config_.instance_types.end() ? network::vpc::interface_limits(instance_type.view())
                                             : std::optional(own->second);
}

void PodNetwork::add_node(Kernel& kernel, AddressSpace& space, api::Symbol name, const api::Node& object,
                          std::size_t subnet, Address primary) {
  const auto limits = limits_of(object.metadata.labels->get("node.kubernetes.io/instance-type"));
  CHECK(limits && !has_node(name));
  const auto number = static_cast<std::uint32_t>(nodes_.size());
  const auto max_pods = static_cast<std::int32_t>(api::amount(object.capacity, "pods").milli() / 1000);
  Node node(name, {*limits, max_pods, {subnet, primary, kernel.now(), {}}}, config_.settings,
            kernel.stream("pod-network/" + name.str()));
  node.phase = kernel.now() + Duration::nanos(static_cast<std::int64_t>(
                                  node.random.below(static_cast<std::uint64_t>(kLookInterval.count()))));
  node.timer = kernel.queue().new_timer();
  // A node becomes Ready once ipamd has started, and that fills its first interface.
  if (grow_interface(space, node, node.pool.wanted_blocks(node.settings)))
    node.pool.add_blocks(node.interface, std::exchange(node.blocks, {}));
  nodes_.push_back(std::move(node));
  numbers_[name] = number;
  wake(kernel, number);
}

void PodNetwork::remove_node(AddressSpace& space, api::Symbol name) {
  Node& node = at(name);
  const auto give_all_back = [&](const network::vpc::Interface& interface) {
    space.give_back(interface.subnet, interface.primary);
    for (const Block& block : interface.blocks) give_back(space, interface.subnet, block);
  };
  for (const network::vpc::Interface& interface : node.pool.interfaces()) give_all_back(interface);
  if (node.made)
    give_all_back(*node.made);
  else
    for (const Block& block : node.blocks)
      give_back(space, node.pool.interfaces()[node.interface].subnet, block);
  node.made.reset();
  node.blocks.clear();
  node.gone = true;
  numbers_.erase(name);
}

void PodNetwork::give_back(AddressSpace& space, std::size_t subnet, const Block& block) const {
  if (block.is_prefix())
    space.give_back_block(subnet, block.first);
  else
    space.give_back(subnet, block.first);
}

std::optional<Address> PodNetwork::assign(Kernel& kernel, api::Symbol name) {
  Node& node = at(name);
  const auto address = node.pool.assign(node.settings, kernel.now());
  wake(kernel, numbers_.at(name));
  return address;
}

void PodNetwork::release(Kernel& kernel, api::Symbol name, Address address) {
  at(name).pool.release(address, kernel.now());
  wake(kernel, numbers_.at(name));
}

void PodNetwork::restart(Kernel& kernel, api::Symbol name, const CniSettings& settings, JournalId cause) {
  Node& node = at(name);
  if (node.settings == settings) return;
  node.settings = settings;
  node.changed_by = cause;
  kernel.after(Duration(), pool_event(PodNetworkEvent::kRestarted, numbers_.at(name)));
}

// ---- The loop ----

void PodNetwork::handle(Kernel& kernel, AddressSpace& space, const Event& event) {
  Node& node = nodes_[event.subject];
  if (node.gone) return;
  switch (static_cast<PodNetworkEvent>(event.type)) {
    case PodNetworkEvent::kLook:
      node.due.reset();
      return look(kernel, space, event.subject);
    case PodNetworkEvent::kGrown:
      node.busy = false;
      if (node.made) {
        node.made->created = kernel.now();
        node.pool.add_interface(*std::exchange(node.made, std::nullopt));
      } else {
        node.pool.add_blocks(node.interface, std::exchange(node.blocks, {}));
      }
      return wake(kernel, event.subject);
    case PodNetworkEvent::kRestarted:
      for (const auto& [subnet, block] : node.pool.take_out_of_other_mode(node.settings))
        give_back(space, subnet, block);
      node.insufficient_until = kernel.now();
      return look(kernel, space, event.subject);
  }
  CHECK(false);
}

void PodNetwork::look(Kernel& kernel, AddressSpace& space, std::uint32_t number) {
  Node& node = nodes_[number];
  if (node.busy) return;
  const network::vpc::PoolPlan plan = node.pool.plan(node.settings, kernel.now(), node.shrunk);
  switch (plan.action) {
    case PoolAction::kNothing:
      if (plan.look_again) look_at(kernel, number, *plan.look_again);
      return;
    case PoolAction::kGrow:
      if (kernel.now() >= node.insufficient_until && grow(kernel, space, number)) return;
      return look_at(kernel, number, std::max(kernel.now() + Duration::nanos(1), node.insufficient_until));
    case PoolAction::kShrink:
      for (const auto& [subnet, block] : node.pool.take_out(plan.count)) give_back(space, subnet, block);
      node.shrunk = kernel.now();
      break;
    case PoolAction::kDetach: {
      const network::vpc::Interface gone = node.pool.take_interface(plan.interface);
      space.give_back(gone.subnet, gone.primary);
      for (const Block& block : gone.blocks) give_back(space, gone.subnet, block);
      break;
    }
  }
  wake(kernel, number);
}

// True: EC2 has been asked, and gives something.
bool PodNetwork::grow(Kernel& kernel, AddressSpace& space, std::uint32_t number) {
  Node& node = nodes_[number];
  const std::int32_t wanted = node.pool.wanted_blocks(node.settings);
  const bool grown = grow_interface(space, node, wanted);
  const bool attached =
      !grown && node.pool.has_room_for_interface() && attach_interface(space, node, wanted, kernel.now());
  if (!grown && !attached) return false;
  node.busy = true;
  node.refused.reset();
  const Distribution& takes = grown ? config_.assign : config_.attach;
  kernel.after(takes.sample(node.random), pool_event(PodNetworkEvent::kGrown, number));
  return true;
}

// More blocks on an interface that has room: as many as wanted, else one.
bool PodNetwork::grow_interface(AddressSpace& space, Node& node, std::int32_t wanted) {
  const auto& interfaces = node.pool.interfaces();
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    const auto room = node.pool.blocks_each() - static_cast<std::int32_t>(interfaces[i].blocks.size());
    if (room <= 0 || wanted <= 0) continue;
    const bool prefixes = node.settings.prefix_delegation;
    node.blocks = take_blocks(space, interfaces[i].subnet, std::min(room, wanted), prefixes);
    if (node.blocks.empty()) node.blocks = take_blocks(space, interfaces[i].subnet, 1, prefixes);
    node.interface = i;
    if (!node.blocks.empty()) return true;
    refuse(space, node, interfaces[i].subnet);
  }
  return false;
}

void PodNetwork::refuse(const AddressSpace& space, Node& node, std::size_t subnet) const {
  const std::string called = config_.vpc->subnets[subnet].name.str();
  if (node.settings.prefix_delegation && space.free(subnet) >= kBlockSize)
    node.refused = {AddressShortage::kNoWholeBlock,
                    fmt::format("subnet {} has {} free addresses, but {} whole /28 blocks", called,
                                space.free(subnet), space.free_blocks(subnet) == 0 ? "no" : "too few")};
  else
    node.refused = {AddressShortage::kSubnetFull,
                    fmt::format("subnet {} has {} free addresses left", called, space.free(subnet))};
}

bool PodNetwork::attach_interface(AddressSpace& space, Node& node, std::int32_t wanted, SimTime now) {
  const std::int32_t count = std::min(wanted, node.pool.blocks_each());
  const bool prefixes = node.settings.prefix_delegation;
  if (count <= 0) return false;
  for (const std::size_t subnet : subnets_for_interfaces(space, node)) {
    if (space.free(subnet) < (prefixes ? 1 : count + 1)) continue;
    std::vector<Block> blocks = take_blocks(space, subnet, count, prefixes);
    if (blocks.empty()) continue;
    const auto primary = space.take(subnet);
    if (!primary) {
      for (const Block& block : blocks) give_back(space, subnet, block);
      continue;
    }
    node.made = {subnet, *primary, now, std::move(blocks)};
    return true;
  }
  refuse(space, node, node.pool.interfaces().front().subnet);
  if (node.refused->first == AddressShortage::kSubnetFull)
    node.refused->second += fmt::format("; a further network interface takes {}", count + 1);
  node.insufficient_until = now + kInsufficientCooldown;
  return false;
}

// Its own, and those of the zone with the tag, the emptiest first.
std::vector<std::size_t> PodNetwork::subnets_for_interfaces(const AddressSpace& space,
                                                            const Node& node) const {
  const auto& subnets = config_.vpc->subnets;
  const std::size_t own = node.pool.interfaces().front().subnet;
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < subnets.size(); ++i) {
    if (subnets[i].zone != subnets[own].zone || subnets[i].vpc != subnets[own].vpc) continue;
    const std::string_view tag = subnets[i].tags.get("kubernetes.io/role/cni");
    if (i == own ? tag != "0" : !tag.empty() && tag != "0") found.push_back(i);
  }
  std::ranges::stable_sort(found, std::greater(), [&](std::size_t i) { return space.free(i); });
  return found;
}

// Something has changed: the next look is armed, if it would do something.
void PodNetwork::wake(Kernel& kernel, std::uint32_t number) {
  const Node& node = nodes_[number];
  if (node.busy) return;
  const SimTime now = kernel.now();
  const network::vpc::PoolPlan plan = node.pool.plan(node.settings, now, node.shrunk);
  if (plan.action == PoolAction::kGrow)
    return look_at(kernel, number, std::max(now, node.insufficient_until));
  if (plan.action != PoolAction::kNothing) return look_at(kernel, number, now);
  if (plan.look_again) look_at(kernel, number, *plan.look_again);
}

// Its first look from then on.
void PodNetwork::look_at(Kernel& kernel, std::uint32_t number, SimTime earliest) {
  Node& node = nodes_[number];
  SimTime due = node.phase;
  if (earliest > due) {
    const std::int64_t passed = (earliest - node.phase + kLookInterval - Duration::nanos(1)) / kLookInterval;
    due = node.phase + kLookInterval * passed;
  }
  if (node.due && *node.due <= due) return;
  node.due = due;
  kernel.arm(node.timer, due - kernel.now(), pool_event(PodNetworkEvent::kLook, number));
}

// ---- Why not ----

std::pair<AddressShortage, std::string> PodNetwork::shortage(api::Symbol name, SimTime now) const {
  const Node& node = at(name);
  const network::vpc::NodePool& pool = node.pool;
  const network::vpc::PoolStats stats = pool.stats(node.settings);
  if (stats.available() > 0)
    return {AddressShortage::kCooling,
            fmt::format("the {} free addresses of {} have been given back within {}", stats.available(),
                        name.str(), to_string(node.settings.cooldown))};
  if (!node.busy && node.refused) return *node.refused;
  if (node.busy || pool.plan(node.settings, now, now).action == PoolAction::kGrow)
    return {AddressShortage::kGrowing, fmt::format("{} waits for more addresses from EC2", name.str())};
  return {AddressShortage::kInterfacesFull,
          fmt::format("{} has {} addresses for pods on {} network interfaces {} prefix delegation, all of "
                      "them in use",
                      name.str(), stats.total, pool.interfaces().size(),
                      node.settings.prefix_delegation ? "with" : "without")};
}

// ---- Pods ----

std::optional<CniSettings> cni_settings_of(const api::Pod& pod) {
  if (pod.metadata.namespace_ != "kube-system" || pod.metadata.labels->get("k8s-app") != "aws-node")
    return std::nullopt;
  const auto at = std::ranges::find(pod.spec->containers, api::Symbol("aws-node"), &api::Container::name);
  if (at == pod.spec->containers.end()) return std::nullopt;
  CniSettings settings;
  const auto delegation =
      std::ranges::find(at->env, api::Symbol("ENABLE_PREFIX_DELEGATION"), &api::EnvVar::name);
  settings.prefix_delegation = delegation != at->env.end() && delegation->value == "true";
  settings.warm_eni_target = number_in(*at, "WARM_ENI_TARGET").value_or(settings.warm_eni_target);
  settings.warm_prefix_target = number_in(*at, "WARM_PREFIX_TARGET").value_or(settings.warm_prefix_target);
  settings.warm_ip_target = number_in(*at, "WARM_IP_TARGET").value_or(settings.warm_ip_target);
  settings.minimum_ip_target = number_in(*at, "MINIMUM_IP_TARGET").value_or(settings.minimum_ip_target);
  if (const auto seconds = number_in(*at, "IP_COOLDOWN_PERIOD"))
    settings.cooldown = Duration::seconds(*seconds);
  return settings;
}

// Each sandbox has an identifier of its own.
std::string failed_sandbox_message(const api::Pod& pod, std::uint32_t attempt) {
  std::string id;
  std::uint64_t hash = text_hash(fmt::format("{}/{}", pod.metadata.uid.str(), attempt));
  for (int i = 0; i < 4; ++i) {
    id += fmt::format("{:016x}", hash);
    hash = text_hash(id);
  }
  return fmt::format(
      "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "
      "\"{}\": plugin type=\"aws-cni\" name=\"aws-cni\" failed (add): add cmd: failed to assign an IP "
      "address "
      "to container",
      id);
}

}  // namespace seatrial::cluster
