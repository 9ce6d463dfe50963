// The timeline's verbs that are kubectl's, with its flags. One row of kVerbs for each key.
#include <algorithm>
#include <array>

#include "sim/api/kinds.h"
#include "sim/api/selector_text.h"
#include "sim/api/validation.h"
#include "sim/scenario/decode_entry.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

using api::Kind;

std::optional<std::int64_t> read_grace(Entry& entry, std::string& text) {
  const Reader grace = entry.map.field("gracePeriodSeconds");
  if (!grace) return std::nullopt;
  const std::int64_t seconds = grace.integer(0, 0, kMany);
  text += " --grace-period=" + std::to_string(seconds);
  return seconds;
}

bool read_flag(Entry& entry, std::string_view field, std::string_view flag, std::string& text) {
  const bool set = entry.map.field(field).boolean(false);
  if (set) text += " " + std::string(flag);
  return set;
}

api::LabelSelector read_selector(const Reader& at) {
  const std::string text = at.text();
  auto selector = api::parse_selector(text);
  if (selector) return std::move(*selector);
  at.problem(selector.error());
  return {};
}

// --- Which objects

bool is_file(const Reader& at) {
  return at.is_scalar() && (is_manifest_name(at.value().text) || at.value().text.ends_with('/'));
}

void require_node(const Reader& at, api::Symbol name, const Platform& platform) {
  std::vector<std::string> nodes;
  for (const NodeGroup& group : platform.node_groups) {
    for (std::int32_t i = 0; i < group.count; ++i) nodes.push_back(node_name(group, i));
  }
  require_name(at, name, nodes, "node");
}

std::optional<ObjectName> read_name(const Reader& at, Entry& entry) {
  const std::string text = at.text();
  const std::size_t slash = text.find('/');
  const api::KindInfo* const kind = api::find_kind_by_resource(text.substr(0, slash));
  if (kind && kind->kind == Kind::kNode && slash != std::string::npos && slash + 1 < text.size()) {
    const ObjectName node{Kind::kNode, {}, text.substr(slash + 1)};
    require_node(at, node.name, entry.parts.scenario.platform);
    return node;
  }
  auto name = read_object_name(at, entry.map.field("namespace"), entry.parts.inventory);
  if (name && name->namespace_.empty() && api::info(name->kind).namespaced)
    name->namespace_ = entry.parts.scenario.default_namespace;
  return name;
}

// pods,deployments with a selector or `all: true`.
void read_kinds(const Reader& at, Entry& entry, Targets& targets, std::string& text) {
  const std::string resources = at.text();
  text += " " + resources;
  for (std::size_t from = 0; from <= resources.size();) {
    const std::size_t to = std::min(resources.find(',', from), resources.size());
    const std::string resource = resources.substr(from, to - from);
    const api::KindInfo* const kind = api::find_kind_by_resource(resource);
    if (kind)
      targets.kinds.push_back(kind->kind);
    else
      at.problem("the server doesn't have a resource type \"" + resource + "\"");
    from = to + 1;
  }
  const Reader ns = entry.map.field("namespace");
  targets.namespace_ = ns.text(entry.parts.scenario.default_namespace.view());
  if (ns) text += " -n " + ns.text();
}

// KIND/NAME, a list of them, or kinds with a selector; a problem where nothing is named.
Targets read_targets(Entry& entry, std::string& text, bool with_files = false) {
  Targets targets;
  const Reader selector = entry.map.field("selector");
  const bool all = entry.map.field("all").boolean(false);
  if (selector || all) {
    read_kinds(entry.verb, entry, targets, text);
    if (selector && all) selector.problem("cannot set --all and --selector at the same time");
    if (selector) targets.selector = read_selector(selector);
    text += selector ? " -l " + selector.text() : " --all";
    return targets;
  }
  if (entry.verb.is_list() && entry.verb.value().list.empty()) entry.verb.problem("names no object");
  for (const Reader& item : entry.verb.items_or_one()) {
    if (with_files && is_file(item)) {
      text += " -f " + item.value().text;
      for (const Manifest& manifest : read_manifests(item, entry.parts.scenario.default_namespace))
        targets.files.push_back(manifest.object);
      continue;
    }
    const auto name = read_name(item, entry);
    if (!name) continue;
    text += " " + name->str();
    targets.names.push_back(*name);
  }
  if (const Reader ns = entry.map.field("namespace"); ns && !targets.names.empty())
    text += " -n " + ns.text();
  return targets;
}

// Reports those that kubectl would refuse for their kind, in its words.
void require_kinds(const Entry& entry, const Targets& targets, std::initializer_list<Kind> allowed,
                   std::string_view refused) {
  const auto check = [&](Kind kind, const std::string& name) {
    if (std::ranges::find(allowed, kind) != allowed.end()) return;
    entry.verb.problem(api::info(kind).qualified_resource() + name + " " + std::string(refused));
  };
  for (const ObjectName& name : targets.names) {
    if (!name.name.empty()) check(name.kind, " \"" + name.name.str() + "\"");
  }
  for (const Kind kind : targets.kinds) check(kind, "");
}

// --- KEY=VALUE and KEY-

void read_pair(const Reader& at, const std::string& pair, std::string_view what, Pairs& pairs) {
  const std::size_t equals = pair.find('=');
  if (equals != std::string::npos)
    pairs.set.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  else if (pair.size() > 1 && pair.ends_with('-'))
    pairs.removed.emplace_back(pair.substr(0, pair.size() - 1));
  else
    at.problem("unknown " + std::string(what) + ": \"" + pair + "\", expected KEY=VALUE or KEY-");
}

// [tier=web, old-], or the same as a map: {tier: web, old: null}.
Pairs read_pairs(Reader at, std::string_view what, std::string& text) {
  Pairs pairs;
  if (at.is_map()) {
    for (const auto& [key, value] : at.entries()) {
      if (value.value().is_null())
        pairs.removed.emplace_back(key);
      else
        pairs.set.emplace_back(key, value.text());
    }
  } else {
    for (const Reader& item : at.items_or_one()) {
      if (const std::string pair = item.text(); !pair.empty()) read_pair(item, pair, what, pairs);
    }
  }
  for (const auto& [key, value] : pairs.set) {
    text += " " + key.str() + "=" + value.str();
    if (std::ranges::find(pairs.removed, key) != pairs.removed.end())
      at.problem("can not both modify and remove a " + std::string(what) + " in the same command");
  }
  for (const api::Symbol key : pairs.removed) text += " " + key.str() + "-";
  if (at && pairs.set.empty() && pairs.removed.empty())
    at.problem("at least one " + std::string(what) + " update is required");
  return pairs;
}

// --- Files

Action read_apply(Entry& entry, std::string& text) {
  text = "kubectl apply";
  for (const Reader& path : entry.verb.items_or_one()) {
    if (path.is_scalar()) text += " -f " + path.value().text;
  }
  Apply action;
  action.manifests = std::move(entry.parts.applied[entry.index]);
  const Reader manager = entry.map.field("fieldManager"), force = entry.map.field("forceConflicts");
  action.server_side = read_flag(entry, "serverSide", "--server-side", text);
  action.force_conflicts = read_flag(entry, "forceConflicts", "--force-conflicts", text);
  action.field_manager = manager.text("kubectl");
  if (manager) text += " --field-manager=" + action.field_manager.str();
  if (manager && !action.server_side) manager.problem("has a meaning with serverSide: true only");
  if (action.force_conflicts && !action.server_side)
    force.problem("--force-conflicts only works with --server-side");
  return action;
}

Action read_create(Entry& entry, std::string& text) {
  text = "kubectl create";
  for (const Reader& path : entry.verb.items_or_one()) {
    if (path.is_scalar()) text += " -f " + path.value().text;
  }
  return Create{std::move(entry.parts.applied[entry.index])};
}

Action read_replace(Entry& entry, std::string& text) {
  Replace action;
  text = "kubectl replace";
  for (const Reader& path : entry.verb.items_or_one()) {
    if (path.is_scalar()) text += " -f " + path.value().text;
  }
  action.manifests = std::move(entry.parts.applied[entry.index]);
  action.force = read_flag(entry, "force", "--force", text);
  action.grace_period_seconds = read_grace(entry, text);
  if (action.grace_period_seconds && !action.force)
    entry.map.field("gracePeriodSeconds").problem("--grace-period must have --force specified");
  return action;
}

Action read_delete(Entry& entry, std::string& text) {
  Delete action;
  text = "kubectl delete";
  action.targets = read_targets(entry, text, true);
  const Reader cascade = entry.map.field("cascade"), ignore = entry.map.field("ignoreNotFound");
  action.cascade =
      static_cast<cluster::Propagation>(cascade.choice({"background", "foreground", "orphan"}, 0));
  if (cascade) text += " --cascade=" + cascade.text();
  action.grace_period_seconds = read_grace(entry, text);
  action.force = read_flag(entry, "force", "--force", text);
  action.ignore_not_found = ignore.boolean(!action.targets.kinds.empty());
  if (ignore) text += std::string(" --ignore-not-found=") + (action.ignore_not_found ? "true" : "false");
  if (action.force && action.grace_period_seconds.value_or(0) > 0)
    entry.map.field("force").problem(
        "--force and --grace-period greater than 0 cannot be specified together");
  return action;
}

// --- Workloads

Action read_scale(Entry& entry, std::string& text) {
  Scale action;
  text = "kubectl scale";
  action.targets = read_targets(entry, text);
  require_kinds(entry, action.targets, {Kind::kDeployment, Kind::kReplicaSet, Kind::kStatefulSet},
                "cannot be scaled: the server could not find the requested resource");
  action.replicas = static_cast<std::int32_t>(entry.map.required("replicas").integer(0, 0, kMany));
  const Reader current = entry.map.field("currentReplicas");
  if (current) {
    action.current_replicas = static_cast<std::int32_t>(current.integer(0, 0, kMany));
    text += " --current-replicas=" + std::to_string(*action.current_replicas);
  }
  text += " --replicas=" + std::to_string(action.replicas);
  return action;
}

constexpr std::initializer_list<Kind> kWithTemplates{Kind::kPod,         Kind::kDeployment, Kind::kReplicaSet,
                                                     Kind::kStatefulSet, Kind::kDaemonSet,  Kind::kJob,
                                                     Kind::kCronJob};

void require_image(const Reader& at, const std::string& image, const Scenario& scenario) {
  std::vector<std::string> known;
  for (const auto& [name, behaviour] : scenario.images) known.push_back(name.str());
  if (image.empty() || scenario.images.contains(image)) return;
  at.problem("image \"" + image + "\" is not described under spec.images" + did_you_mean(image, known));
}

Action read_set_image(Entry& entry, std::string& text) {
  SetImage action;
  text = "kubectl set image";
  action.targets = read_targets(entry, text);
  require_kinds(entry, action.targets, kWithTemplates, "has no pod template");
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

Action read_set_env(Entry& entry, std::string& text) {
  SetEnv action;
  text = "kubectl set env";
  action.targets = read_targets(entry, text);
  require_kinds(entry, action.targets, kWithTemplates, "has no pod template");
  const Reader containers = entry.map.field("containers");
  action.containers = containers.text("*");
  if (containers) text += " --containers=" + action.containers;
  action.overwrite = entry.map.field("overwrite").boolean(true);
  if (!action.overwrite) text += " --overwrite=false";
  action.env = read_pairs(entry.map.required("env"), "environment variable", text);
  return action;
}

template <Rollout::Verb kVerb>
Action read_rollout(Entry& entry, std::string& text) {
  using enum Rollout::Verb;
  constexpr std::array<std::string_view, 4> kWords{"undo", "pause", "resume", "restart"};
  Rollout action;
  action.verb = kVerb;
  text = "kubectl rollout " + std::string(kWords[static_cast<std::size_t>(kVerb)]);
  action.targets = read_targets(entry, text);
  if (kVerb == kPause || kVerb == kResume) {
    require_kinds(entry, action.targets, {Kind::kDeployment},
                  kVerb == kPause ? "pausing is not supported" : "resuming is not supported");
  } else {
    require_kinds(
        entry, action.targets, {Kind::kDeployment, Kind::kStatefulSet, Kind::kDaemonSet},
        kVerb == kUndo ? "no rollbacker has been implemented for it" : "restarting is not supported");
  }
  if (kVerb == kUndo) {
    action.to_revision = entry.map.field("toRevision").integer(0, 0, kMany);
    if (action.to_revision > 0) text += " --to-revision=" + std::to_string(action.to_revision);
  }
  return action;
}

// --- Labels, annotations, patches

template <bool kAnnotations>
Action read_edit_labels(Entry& entry, std::string& text) {
  EditLabels action;
  action.annotations = kAnnotations;
  text = kAnnotations ? "kubectl annotate" : "kubectl label";
  action.targets = read_targets(entry, text);
  const Reader pairs = entry.map.required(kAnnotations ? "annotations" : "labels");
  action.changes = read_pairs(pairs, kAnnotations ? "annotation" : "label", text);
  for (const auto& [key, value] : action.changes.set) {
    for (const std::string& problem : api::check_qualified_name(key.view()))
      pairs.problem("\"" + key.str() + "\": " + problem);
    if (kAnnotations) continue;
    for (const std::string& problem : api::check_label_value(value.view()))
      pairs.problem("invalid label value: \"" + key.str() + "=" + value.str() + "\": " + problem);
  }
  action.overwrite = read_flag(entry, "overwrite", "--overwrite", text);
  return action;
}

Action read_patch(Entry& entry, std::string& text) {
  PatchObject action;
  text = "kubectl patch";
  action.targets = read_targets(entry, text);
  const Reader type = entry.map.field("type"), patch = entry.map.required("with");
  action.type = static_cast<cluster::PatchType>(type.choice({"strategic", "merge", "json"}, 0));
  if (type) text += " --type=" + type.text();
  const bool is_json = action.type == cluster::PatchType::kJson;
  if (patch && (is_json ? !patch.is_list() : !patch.is_map()))
    patch.problem(is_json ? "a JSON patch is a list of operations" : "a patch is a map of fields");
  if (patch) action.patch = std::make_shared<const api::Value>(patch.value());
  return action;
}

// secret/NAME, or pods: all of them, or those that a selector matches.
Action read_get(Entry& entry, std::string& text) {
  Get action;
  text = "kubectl get";
  const bool of_kind = entry.verb.is_scalar() && entry.verb.value().text.find('/') == std::string::npos;
  if (of_kind) {
    const Reader selector = entry.map.field("selector");
    read_kinds(entry.verb, entry, action.targets, text);
    if (selector) {
      action.targets.selector = read_selector(selector);
      text += " -l " + selector.text();
    }
  } else {
    action.targets = read_targets(entry, text);
  }
  action.wide = read_flag(entry, "wide", "-o wide", text);
  return action;
}

// --- Nodes

// key=value:Effect, key:Effect, key
std::optional<api::Taint> read_taint(const Reader& at, const std::string& spec) {
  api::Taint taint;
  const std::size_t colon = spec.find(':'), equals = std::min(spec.find('='), colon);
  taint.key = spec.substr(0, equals);
  if (equals < colon) taint.value = spec.substr(equals + 1, colon - equals - 1);
  if (colon != std::string::npos) taint.effect = spec.substr(colon + 1);
  constexpr std::array<std::string_view, 3> kEffects{"NoSchedule", "PreferNoSchedule", "NoExecute"};
  std::vector<std::string> problems = api::check_qualified_name(taint.key.view());
  std::ranges::move(api::check_label_value(taint.value.view()), std::back_inserter(problems));
  if (colon != std::string::npos && std::ranges::find(kEffects, taint.effect.view()) == kEffects.end())
    at.problem("invalid taint effect: " + taint.effect.str() + ", unsupported taint effect");
  else if (!problems.empty())
    at.problem("invalid taint spec: " + spec + ", " + problems.front());
  else
    return taint;
  return std::nullopt;
}

Action read_taint_verb(Entry& entry, std::string& text) {
  EditTaints action;
  action.nodes = read_nodes(entry.verb, entry.parts.scenario.platform);
  text = "kubectl taint nodes " + nodes_text(action.nodes);
  const Reader taints = entry.map.required("taints");
  for (const Reader& item : taints.items_or_one()) {
    std::string spec = item.text();
    if (spec.empty()) continue;
    text += " " + spec;
    const bool removed = spec.ends_with('-');
    if (removed) spec.pop_back();
    const auto taint = read_taint(item, spec);
    if (!taint) continue;
    if (!removed && taint->effect.empty()) item.problem("invalid taint spec: " + spec);
    (removed ? action.removed : action.added).push_back(*taint);
  }
  for (const api::Taint& added : action.added) {
    for (const api::Taint& removed : action.removed) {
      if (added.key == removed.key && (removed.effect.empty() || removed.effect == added.effect))
        taints.problem("can not both modify and remove the following taint(s) in the same command: " +
                       removed.key.str() + "=" + removed.effect.str());
    }
  }
  action.overwrite = read_flag(entry, "overwrite", "--overwrite", text);
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
  text = "kubectl drain " + nodes_text(action.nodes);
  action.ignore_daemonsets = read_flag(entry, "ignoreDaemonsets", "--ignore-daemonsets", text);
  action.delete_emptydir_data = read_flag(entry, "deleteEmptydirData", "--delete-emptydir-data", text);
  action.force = read_flag(entry, "force", "--force", text);
  action.disable_eviction = read_flag(entry, "disableEviction", "--disable-eviction", text);
  action.grace_period_seconds = read_grace(entry, text);
  const Reader timeout = entry.map.field("timeout"), selector = entry.map.field("podSelector");
  if (timeout) {
    action.timeout = timeout.duration(Duration());
    text += " --timeout=" + to_string(*action.timeout);
    if (*action.timeout == Duration()) action.timeout.reset();  // 0: for ever
  }
  if (selector) {
    action.pod_selector = read_selector(selector);
    text += " --pod-selector=" + selector.text();
  }
  return action;
}

Action read_evict(Entry& entry, std::string& text) {
  Evict action;
  action.target = read_name(entry.verb, entry).value_or(ObjectName());
  action.count = static_cast<std::int32_t>(entry.map.field("pods").integer(1, 1, kMany));
  text = "eviction of " + (action.target.kind == Kind::kPod
                               ? action.target.str()
                               : std::to_string(action.count) +
                                     (action.count == 1 ? " pod of " : " pods of ") + action.target.str());
  action.grace_period_seconds = read_grace(entry, text);
  return action;
}

constexpr std::array<VerbRow, 20> kVerbs{{{"apply", read_apply},
                                          {"create", read_create},
                                          {"replace", read_replace},
                                          {"delete", read_delete},
                                          {"scale", read_scale},
                                          {"set image", read_set_image},
                                          {"set env", read_set_env},
                                          {"rollout undo", read_rollout<Rollout::Verb::kUndo>},
                                          {"rollout pause", read_rollout<Rollout::Verb::kPause>},
                                          {"rollout resume", read_rollout<Rollout::Verb::kResume>},
                                          {"rollout restart", read_rollout<Rollout::Verb::kRestart>},
                                          {"label", read_edit_labels<false>},
                                          {"annotate", read_edit_labels<true>},
                                          {"patch", read_patch},
                                          {"get", read_get},
                                          {"taint", read_taint_verb},
                                          {"cordon", read_cordon<true>},
                                          {"uncordon", read_cordon<false>},
                                          {"drain", read_drain},
                                          {"evict", read_evict}}};

}  // namespace

std::span<const VerbRow> kubectl_verbs() { return kVerbs; }

}  // namespace seatrial::scenario
