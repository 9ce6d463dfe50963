// `timeline:` the kubectl verbs and the faults. One row of kVerbs for each key that an entry may have.
#include <algorithm>
#include <array>

#include "sim/api/kinds.h"
#include "sim/scenario/decode.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

constexpr std::int32_t kMany = 1'000'000;

// One entry at hand: the verb's value, and its neighbours, which are the verb's flags.
struct Entry {
  Reader& map;
  Reader verb;
  Parts& parts;
  std::size_t index;
  ObjectName target() {
    return read_object_name(verb, map.field("namespace"), parts.inventory).value_or(ObjectName());
  }
};

std::optional<Duration> read_lasts(Entry& entry) {
  const Reader lasts = entry.map.field("for");
  if (!lasts) return std::nullopt;
  return lasts.duration(Duration::millis(1), Duration::millis(1));
}

std::optional<std::int64_t> read_grace(Entry& entry) {
  const Reader grace = entry.map.field("gracePeriodSeconds");
  if (!grace) return std::nullopt;
  return grace.integer(0, 0, kMany);
}

void require_name(const Reader& at, api::Symbol name, const std::vector<std::string>& known,
                  std::string_view what) {
  if (name.empty() || std::ranges::find(known, name.str()) != known.end()) return;
  const std::string meant = nearest(name.view(), known);
  at.problem("the platform has no " + std::string(what) + " \"" + name.str() + "\"" +
             (meant.empty() ? "" : ", did you mean \"" + meant + "\"?"));
}

// A node's name, or {nodeGroup, zone, nodes}.
NodeChoice read_nodes(const Reader& at, const Platform& platform) {
  NodeChoice choice;
  std::vector<std::string> groups, zones, nodes;
  for (const NodeGroup& group : platform.node_groups) {
    groups.push_back(group.name.str());
    for (std::int32_t i = 0; i < group.count; ++i) nodes.push_back(node_name(group, i));
  }
  for (const api::Symbol zone : platform.zones) zones.push_back(zone.str());
  if (!at.is_map()) {
    choice.node = at.text();
    require_name(at, choice.node, nodes, "node");
    return choice;
  }
  Reader map = at;
  const Reader node = map.field("node"), group = map.field("nodeGroup"), zone = map.field("zone");
  choice.node = node.text();
  choice.node_group = group.text();
  choice.zone = zone.text();
  choice.nodes = static_cast<std::int32_t>(map.field("nodes").integer(0, 1, kMany));
  map.done();
  require_name(node, choice.node, nodes, "node");
  require_name(group, choice.node_group, groups, "node group");
  require_name(zone, choice.zone, zones, "zone");
  if (!node && !group && !zone) map.problem("say which nodes: node, nodeGroup or zone");
  return choice;
}

std::string nodes_text(const NodeChoice& choice) {
  if (!choice.node.empty()) return choice.node.str();
  std::string text = choice.nodes == 0
                         ? "all nodes"
                         : std::to_string(choice.nodes) + (choice.nodes == 1 ? " node" : " nodes");
  if (!choice.node_group.empty()) text += " of node group " + choice.node_group.str();
  if (!choice.zone.empty()) text += " in " + choice.zone.str();
  return text;
}

std::string lasts_text(const std::optional<Duration>& lasts) {
  return lasts ? " for " + to_string(*lasts) : "";
}

Action read_apply(Entry& entry, std::string& text) {
  text = "kubectl apply";
  for (const Reader& path : entry.verb.items_or_one()) {
    if (path.is_scalar()) text += " -f " + path.value().text;
  }
  return Apply{std::move(entry.parts.applied[entry.index])};
}

Action read_delete(Entry& entry, std::string& text) {
  Delete action;
  text = "kubectl delete";
  const Reader namespace_ = entry.map.field("namespace");
  for (const Reader& item : entry.verb.items_or_one()) {
    const auto name = read_object_name(item, namespace_, entry.parts.inventory);
    if (!name) continue;
    text += " " + name->str();
    action.targets.push_back(*name);
  }
  if (entry.verb.is_list() && entry.verb.value().list.empty()) entry.verb.problem("names nothing to delete");
  action.grace_period_seconds = read_grace(entry);
  if (action.grace_period_seconds) text += " --grace-period=" + std::to_string(*action.grace_period_seconds);
  return action;
}

void require_workload(const Entry& entry, const ObjectName& target) {
  if (target.name.empty() || target.kind == api::Kind::kDeployment) return;
  entry.verb.problem("expected a deployment, got " + target.str());
}

Action read_scale(Entry& entry, std::string& text) {
  Scale action;
  action.target = entry.target();
  if (action.target.kind != api::Kind::kReplicaSet && action.target.kind != api::Kind::kStatefulSet)
    require_workload(entry, action.target);
  action.replicas = static_cast<std::int32_t>(entry.map.required("replicas").integer(0, 0, kMany));
  text = "kubectl scale " + action.target.str() + " --replicas=" + std::to_string(action.replicas);
  return action;
}

void require_image(const Reader& at, const std::string& image, const Scenario& scenario) {
  std::vector<std::string> known;
  for (const auto& [name, behaviour] : scenario.images) known.push_back(name.str());
  if (image.empty() || scenario.images.contains(image)) return;
  const std::string meant = nearest(image, known);
  at.problem("image \"" + image + "\" is not described under spec.images" +
             (meant.empty() ? "" : ", did you mean \"" + meant + "\"?"));
}

Action read_set_image(Entry& entry, std::string& text) {
  SetImage action;
  action.target = entry.target();
  require_workload(entry, action.target);
  text = "kubectl set image " + action.target.str();
  const Reader image = entry.map.field("image");
  Reader images = entry.map.field("images");
  if (bool(image) == bool(images))
    entry.map.problem("set image needs either \"image\" (of all containers) or \"images\" (by container)");
  if (image) action.images.emplace_back("*", image.text());
  if (images) {
    for (const auto& [container, at] : images.entries()) action.images.emplace_back(container, at.text());
  }
  for (const auto& [container, name] : action.images) {
    require_image(image ? image : images, name.str(), entry.parts.scenario);
    text += " " + container.str() + "=" + name.str();
  }
  return action;
}

template <Rollout::Verb kVerb>
Action read_rollout(Entry& entry, std::string& text) {
  constexpr std::array<std::string_view, 4> kWords{"undo", "pause", "resume", "restart"};
  Rollout action;
  action.verb = kVerb;
  action.target = entry.target();
  require_workload(entry, action.target);
  text =
      "kubectl rollout " + std::string(kWords[static_cast<std::size_t>(kVerb)]) + " " + action.target.str();
  if (kVerb == Rollout::Verb::kUndo) {
    action.to_revision = entry.map.field("toRevision").integer(0, 0, kMany);
    if (action.to_revision > 0) text += " --to-revision=" + std::to_string(action.to_revision);
  }
  return action;
}

template <bool kUnschedulable>
Action read_cordon(Entry& entry, std::string& text) {
  const Cordon action{read_nodes(entry.verb, entry.parts.scenario.platform), kUnschedulable};
  text = std::string("kubectl ") + (kUnschedulable ? "cordon " : "uncordon ") + nodes_text(action.nodes);
  return action;
}

Action read_drain(Entry& entry, std::string& text) {
  Drain action;
  action.nodes = read_nodes(entry.verb, entry.parts.scenario.platform);
  action.grace_period_seconds = read_grace(entry);
  text = "kubectl drain " + nodes_text(action.nodes);
  return action;
}

Action read_fail(Entry& entry, std::string& text) {
  if (entry.verb.is_map()) {
    FailNodes action;
    action.nodes = read_nodes(entry.verb, entry.parts.scenario.platform);
    action.lasts = read_lasts(entry);
    text = "failure of " + nodes_text(action.nodes) + lasts_text(action.lasts);
    return action;
  }
  FailPods action;
  action.target = entry.target();
  action.count = static_cast<std::int32_t>(entry.map.field("pods").integer(1, 1, kMany));
  action.exit_code = static_cast<std::int32_t>(entry.map.field("exitCode").integer(137, 0, 255));
  text = "crash of " + std::to_string(action.count) + (action.count == 1 ? " pod of " : " pods of ") +
         action.target.str();
  return action;
}

// [internet, eu-west-2a]
std::pair<api::Symbol, api::Symbol> read_places(Entry& entry) {
  std::vector<std::string> known{"internet"};
  for (const api::Symbol zone : entry.parts.scenario.platform.zones) known.push_back(zone.str());
  const std::vector<Reader> ends = entry.verb.items();
  if (entry.verb.is_list() && ends.size() != 2)
    entry.verb.problem("expected two places, such as [internet, " + known.back() + "]");
  if (ends.size() != 2) return {};
  for (const Reader& end : ends) require_name(end, end.text(), known, "place");
  return {ends[0].text(), ends[1].text()};
}

Action read_partition(Entry& entry, std::string& text) {
  Partition action;
  std::tie(action.from, action.to) = read_places(entry);
  action.lasts = read_lasts(entry);
  text = "partition between " + action.from.str() + " and " + action.to.str() + lasts_text(action.lasts);
  return action;
}

Action read_slow(Entry& entry, std::string& text) {
  Slow action;
  std::tie(action.from, action.to) = read_places(entry);
  action.latency = entry.map.required("by").duration(Duration());
  action.lasts = read_lasts(entry);
  text = "packets between " + action.from.str() + " and " + action.to.str() + " take " +
         to_string(action.latency) + " longer" + lasts_text(action.lasts);
  return action;
}

struct VerbRow {
  std::string_view key;
  Action (*read)(Entry& entry, std::string& text);
};
constexpr std::array<VerbRow, 14> kVerbs{{{"apply", read_apply},
                                          {"delete", read_delete},
                                          {"scale", read_scale},
                                          {"set image", read_set_image},
                                          {"rollout undo", read_rollout<Rollout::Verb::kUndo>},
                                          {"rollout pause", read_rollout<Rollout::Verb::kPause>},
                                          {"rollout resume", read_rollout<Rollout::Verb::kResume>},
                                          {"rollout restart", read_rollout<Rollout::Verb::kRestart>},
                                          {"cordon", read_cordon<true>},
                                          {"uncordon", read_cordon<false>},
                                          {"drain", read_drain},
                                          {"fail", read_fail},
                                          {"partition", read_partition},
                                          {"slow", read_slow}}};

const VerbRow* verb_of(const Reader& map) {
  const VerbRow* found = nullptr;
  for (const VerbRow& row : kVerbs) {
    if (!map.has(row.key)) continue;
    if (found) {
      map.problem("one entry, one verb: both \"" + std::string(found->key) + "\" and \"" +
                  std::string(row.key) + "\" are given");
      return nullptr;
    }
    found = &row;
  }
  if (found) return found;
  std::vector<std::string> verbs;
  std::string all;
  for (const VerbRow& row : kVerbs) {
    verbs.emplace_back(row.key);
    all += (all.empty() ? "" : ", ") + std::string(row.key);
  }
  for (const auto& [key, value] : map.value().map) {
    const std::string meant = nearest(key.view(), verbs);
    if (key.view() == "at" || meant.empty()) continue;
    map.problem("unknown verb \"" + key.str() + "\", did you mean \"" + meant + "\"?");
    return nullptr;
  }
  map.problem("no verb: expected one of " + all);
  return nullptr;
}

}  // namespace

void read_applied(const Reader& timeline, Parts& parts) {
  std::size_t index = 0;
  if (!timeline.is_list()) return;
  for (Reader entry : timeline.items()) {
    if (entry.is_map() && entry.has("apply")) {
      parts.applied[index] = read_manifests(entry.field("apply"), parts.scenario.default_namespace);
      for (const Manifest& manifest : parts.applied[index]) parts.inventory.add(manifest);
    }
    ++index;
  }
}

void read_timeline(const Reader& timeline, Parts& parts) {
  std::size_t index = 0;
  for (Reader map : timeline.items()) {
    const std::size_t at_index = index++;
    if (!map.expect_map()) continue;
    TimelineEntry row;
    row.source = map.where();
    const Reader at = map.required("at");
    row.at = SimTime::at(at.duration(Duration()));
    if (row.at > SimTime::at(parts.scenario.duration))
      at.problem("lies after the end of the scenario (duration " + to_string(parts.scenario.duration) + ")");
    const VerbRow* const verb = verb_of(map);
    if (!verb) continue;
    Entry entry{map, map.field(verb->key), parts, at_index};
    row.action = verb->read(entry, row.text);
    map.done();
    parts.scenario.timeline.push_back(std::move(row));
  }
  std::ranges::stable_sort(parts.scenario.timeline, {}, &TimelineEntry::at);
}

}  // namespace seatrial::scenario
