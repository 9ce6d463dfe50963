// Which nodes an entry of the timeline means, and the verbs that replace nodes. One row of kNodeVerbs for
// each key.
#include <algorithm>
#include <array>

#include "sim/scenario/decode_entry.h"
#include "sim/scenario/decode_nodes.h"
#include "sim/scenario/node_objects.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

std::vector<std::string> group_names(const Platform& platform) {
  std::vector<std::string> names;
  for (const NodeGroup& group : platform.node_groups) names.push_back(group.name.str());
  return names;
}

std::vector<std::string> names_of_nodes(const Platform& platform) {
  std::vector<std::string> names;
  for (const NodeGroup& group : platform.node_groups) {
    for (std::int32_t i = 0; i < group.count; ++i) names.push_back(node_name(group, i));
  }
  return names;
}

// Of a node's drain; 0 is for ever, as with kubectl's --timeout.
std::optional<Duration> read_drain_timeout(const Reader& at, std::string& text) {
  if (!at) return std::nullopt;
  const Duration timeout = at.duration(Duration());
  text += timeout == Duration() ? " (drained for as long as it takes)"
                                : " (drained for at most " + to_string(timeout) + ")";
  return timeout == Duration() ? std::nullopt : std::optional(timeout);
}

// {recycle: {nodeGroup: default, oldest: 1}, timeout: 360s}
Action read_recycle(Entry& entry, std::string& text) {
  Recycle action;
  action.nodes = read_nodes(entry.verb, entry.parts.scenario.platform);
  text = "recycling of " + nodes_text(action.nodes);
  action.timeout = read_drain_timeout(entry.map.field("timeout"), text);
  action.replace_first = entry.map.field("replaceFirst").boolean(false);
  if (action.replace_first) text += ", after a new node has come";
  return action;
}

// What the group launches from now on: of other types, with other resources.
cloud::AutoScalingGroup read_launches(Reader& map, NodeGroup group, const Platform& platform,
                                      std::string& text) {
  const std::vector<api::Symbol> types = read_instance_types(map);
  if (!types.empty()) group.instance_types = types;
  if (platform.pod_network) check_interface_limits(map, types, *platform.pod_network);
  if (map.has("allocatable") || map.has("capacity")) read_capacity(map, group.capacity, group.allocatable);
  std::string names;
  for (const api::Symbol type : types) names += (names.empty() ? "" : " or ") + type.str();
  if (!names.empty()) text += " to " + names;
  return auto_scaling_group(platform, group);
}

// allAtOnce, or {every: 5m}.
void read_pace(Reader& map, const NodeGroup& group, UpdateNodeGroup& action, std::string& text) {
  Reader pace = map.required("pace");
  if (pace.is_map()) {
    action.every = pace.required("every").duration(Duration());
    pace.done();
    text += ", one node every " + to_string(action.every);
  } else {
    action.all_at_once = pace.choice({"allAtOnce"}, 0) == 0;
    text += ", all nodes at once";
  }
  const Reader surge = map.field("surge"), cordon_first = map.field("cordonFirst"),
               timeout = map.field("timeout"), force = map.field("force");
  // The defaults are those of an EKS managed node group: twice as many new nodes as zones.
  action.surge =
      static_cast<std::int32_t>(surge.integer(2 * static_cast<std::int64_t>(group.zones.size()), 0, kMany));
  action.cordon_first = cordon_first.boolean(true);
  action.timeout = timeout ? read_drain_timeout(timeout, text) : std::optional(Duration::seconds(900));
  action.force = force.boolean(false);
  if (!action.all_at_once) {
    if (action.cordon_first) text += ", all old ones cordoned first";
    return;
  }
  if (!timeout) action.timeout.reset();
  action.surge = 0;
  for (const Reader& other : {surge, cordon_first, force})
    if (other) other.problem("has no meaning with pace: allAtOnce");
}

// {updateNodeGroup: {nodeGroup: default, instanceType: r6i.2xlarge, pace: {every: 5m}, surge: 2}}
Action read_update_node_group(Entry& entry, std::string& text) {
  UpdateNodeGroup action;
  if (!entry.verb.expect_map()) return action;
  Reader& map = entry.verb;
  const Platform& platform = entry.parts.scenario.platform;
  const Reader name = map.required("nodeGroup");
  require_name(name, name.text(), group_names(platform), "node group");
  const auto group = std::ranges::find(platform.node_groups, api::Symbol(name.text()), &NodeGroup::name);
  text = "update of node group " + name.text();
  const NodeGroup known = group == platform.node_groups.end() ? NodeGroup() : *group;
  action.launches = read_launches(map, known, platform, text);
  read_pace(map, known, action, text);
  map.done();
  return action;
}

constexpr std::array<VerbRow, 2> kNodeVerbs{
    {{"recycle", read_recycle}, {"updateNodeGroup", read_update_node_group}}};

}  // namespace

std::span<const VerbRow> node_verbs() { return kNodeVerbs; }

void require_name(const Reader& at, api::Symbol name, const std::vector<std::string>& known,
                  std::string_view what) {
  if (name.empty() || std::ranges::find(known, name.str()) != known.end()) return;
  at.problem("the platform has no " + std::string(what) + " \"" + name.str() + "\"" +
             did_you_mean(name.view(), known));
}

NodeChoice read_nodes(const Reader& at, const Platform& platform) {
  NodeChoice choice;
  const std::vector<std::string> nodes = names_of_nodes(platform);
  if (!at.is_map()) {
    if (at.is_list() && at.value().list.empty()) at.problem("names no node");
    for (const Reader& name : at.items_or_one()) {
      choice.names.emplace_back(name.text());
      require_name(name, choice.names.back(), nodes, "node");
    }
    return choice;
  }
  std::vector<std::string> zones;
  for (const api::Symbol zone : platform.zones) zones.push_back(zone.str());
  Reader map = at;
  const Reader node = map.field("node"), group = map.field("nodeGroup"), zone = map.field("zone"),
               count = map.field("nodes"), oldest = map.field("oldest");
  if (node) choice.names.emplace_back(node.text());
  choice.node_group = group.text();
  choice.zone = zone.text();
  choice.nodes = static_cast<std::int32_t>((oldest ? oldest : count).integer(0, 1, kMany));
  choice.oldest = bool{oldest};
  map.done();
  if (count && oldest) oldest.problem("either \"nodes\" or \"oldest\"");
  if (node) require_name(node, node.text(), nodes, "node");
  require_name(group, choice.node_group, group_names(platform), "node group");
  require_name(zone, choice.zone, zones, "zone");
  if (!node && !group && !zone) map.problem("say which nodes: node, nodeGroup or zone");
  return choice;
}

std::string nodes_text(const NodeChoice& choice) {
  std::string text;
  for (const api::Symbol name : choice.names) text += (text.empty() ? "" : " ") + name.str();
  if (!text.empty()) return text;
  const std::string plural = choice.nodes == 1 ? " node" : " nodes";
  if (choice.oldest)
    text = "the oldest " + (choice.nodes == 1 ? "" : std::to_string(choice.nodes) + " ") + plural.substr(1);
  else
    text = choice.nodes == 0 ? "all nodes" : std::to_string(choice.nodes) + plural;
  if (!choice.node_group.empty()) text += " of node group " + choice.node_group.str();
  if (!choice.zone.empty()) text += " in " + choice.zone.str();
  return text;
}

}  // namespace seatrial::scenario
