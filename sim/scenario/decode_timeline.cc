// `timeline:` its entries, and those that are faults: one row of kFaults for each. The verbs of kubectl stand
// in decode_kubectl.cc.
#include <algorithm>
#include <array>

#include "sim/scenario/decode_entry.h"
#include "sim/scenario/faults.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

// {failover: rds/main}: what AWS calls a reboot with failover.
Action read_failover(Entry& entry, std::string& text) {
  const Platform& platform = entry.parts.scenario.platform;
  TakeDown action;
  action.resource = entry.verb.text();
  require_resource(entry.verb, action.resource.str(), platform);
  for (const cloud::ManagedConfig& resource : platform.resources) {
    if (resource.name == action.resource && !resource.multi_az())
      entry.verb.problem("\"" + action.resource.str() + "\" has no standby: multiAZ: true is needed");
  }
  text = "failover of " + action.resource.str();
  return action;
}

Action read_fail(Entry& entry, std::string& text) {
  const std::string name = entry.verb.is_scalar() ? entry.verb.value().text : "";
  if (name.starts_with("rds/") || name.starts_with("elasticache/")) {
    require_resource(entry.verb, name, entry.parts.scenario.platform);
    text = "loss of " + name;
    return TakeDown{name, true};
  }
  if (entry.verb.is_map()) {
    FailNodes action;
    action.nodes = read_nodes(entry.verb, entry.parts.scenario.platform);
    action.lasts = read_lasts(entry);
    text = "failure of " + nodes_text(action.nodes) + lasts_text(action.lasts);
    return action;
  }
  FailPods action;
  action.target = read_object_name(entry.verb, entry.map.field("namespace"), entry.parts.inventory)
                      .value_or(ObjectName());
  action.count = static_cast<std::int32_t>(entry.map.field("pods").integer(1, 1, kMany));
  action.exit_code = static_cast<std::int32_t>(entry.map.field("exitCode").integer(137, 0, 255));
  text = "crash of " + std::to_string(action.count) + (action.count == 1 ? " pod of " : " pods of ") +
         action.target.str();
  return action;
}

Action read_shut_down(Entry& entry, std::string& text) {
  ShutDownNodes action;
  action.nodes = read_nodes(entry.verb, entry.parts.scenario.platform);
  action.lasts = read_lasts(entry);
  const Duration period = entry.parts.scenario.platform.node_shutdown.grace_period;
  if (action.lasts && *action.lasts <= period)
    entry.map.field("for").problem("must be longer than the platform's shutdownGracePeriod, " +
                                   to_string(period));
  text = "shutdown of " + nodes_text(action.nodes) + lasts_text(action.lasts);
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

Action read_change_webhook(Entry& entry, std::string& text) {
  ChangeWebhook action;
  const std::string name = entry.verb.text();
  require_webhook(entry.verb, name, entry.parts);
  action.webhook = name;
  const auto usual = entry.parts.scenario.webhooks.find(name);
  action.behaviour = read_webhook(
      entry.map, usual == entry.parts.scenario.webhooks.end() ? cluster::WebhookBehaviour() : usual->second);
  action.lasts = read_lasts(entry);
  const std::string how = action.behaviour.down ? "is down"
                          : action.behaviour.denies.empty() || !action.behaviour.denied_annotations.empty()
                              ? "answers otherwise"
                              : "denies everything";
  text = "webhook " + name + " " + how + lasts_text(action.lasts);
  return action;
}

// {metric: queue_length, value: 500}: external; of one object with `of`, of each pod of a workload with
// `ofPods`.
Action read_metric(Entry& entry, std::string& text) {
  SetMetric action;
  action.name = entry.verb.text();
  const Reader of = entry.map.field("of"), of_pods = entry.map.field("ofPods"),
               value = entry.map.required("value"), ns = entry.map.field("namespace");
  action.milli = value.milli(0);
  action.namespace_ = ns.text(entry.parts.scenario.default_namespace.view());
  if (of && of_pods) of_pods.problem("either \"of\" or \"ofPods\"");
  if (of || of_pods) {
    action.of = of ? SetMetric::Of::kObject : SetMetric::Of::kPods;
    action.object = read_object_name(of ? of : of_pods, ns, entry.parts.inventory).value_or(ObjectName());
  }
  constexpr std::array kWorkloads{api::Kind::kDeployment, api::Kind::kReplicaSet, api::Kind::kStatefulSet,
                                  api::Kind::kDaemonSet};
  if (of_pods && !action.object.name.empty() &&
      std::ranges::find(kWorkloads, action.object.kind) == kWorkloads.end())
    of_pods.problem("expected a workload, got " + action.object.str());
  text = "metric " + action.name.str() +
         (of || of_pods ? (of ? " of " : " of each pod of ") + action.object.str() : std::string()) + " is " +
         (value.is_scalar() ? value.value().text : "");
  return action;
}

// The one that the verb names; null, and a problem, if there is none.
const IngressController* find_ingress_controller(const Entry& entry) {
  const auto& controllers = entry.parts.scenario.platform.ingress_controllers;
  const std::string name = entry.verb.text();
  std::vector<std::string> known;
  for (const IngressController& controller : controllers) known.push_back(controller.name.str());
  require_name(entry.verb, name, known, "ingress controller");
  const auto found = std::ranges::find(controllers, api::Symbol(name), &IngressController::name);
  return found == controllers.end() ? nullptr : &*found;
}

// {restartIngress: default}
Action read_restart_ingress(Entry& entry, std::string& text) {
  RestartIngress action;
  if (const IngressController* const controller = find_ingress_controller(entry)) {
    action.controller = controller->name;
    if (!controller->pods)
      entry.verb.problem("the platform says nothing of the pods of \"" + controller->name.str() +
                         "\" (pods: {loadBalancer: …, preStop: …, start: …})");
  }
  text = "restart of ingress controller " + action.controller.str();
  return action;
}

// {reload: default}
Action read_reload_ingress(Entry& entry, std::string& text) {
  ReloadIngress action;
  if (const IngressController* const controller = find_ingress_controller(entry)) {
    action.controller = controller->name;
    if (!controller->reload)
      entry.verb.problem("the platform says nothing of how \"" + controller->name.str() +
                         "\" reloads (reload: {workerShutdownTimeout: …})");
  }
  text = "others' Ingresses change, so that ingress controller " + action.controller.str() + " reloads";
  return action;
}

// {start: rds/main}, or a list of them; stop likewise.
Action read_switch_databases(Entry& entry, std::string& text, bool start) {
  SwitchDatabases action;
  action.start = start;
  for (const Reader& item : entry.verb.items_or_one()) {
    const std::string name = item.text();
    if (!name.starts_with("rds/"))
      item.problem("expected rds/NAME of `resources`, got \"" + name + "\"");
    else
      require_resource(item, name, entry.parts.scenario.platform);
    action.resources.emplace_back(name);
    text += (text.empty() ? "" : ", ") + name;
  }
  if (action.resources.empty()) entry.verb.problem("names no database");
  text = (start ? "start of " : "stop of ") + text;
  return action;
}
Action read_start(Entry& entry, std::string& text) { return read_switch_databases(entry, text, true); }
Action read_stop(Entry& entry, std::string& text) { return read_switch_databases(entry, text, false); }

// {capacity: {instanceType: c4.4xlarge, zone: eu-west-2a, instances: 0}, for: 40m}
Action read_capacity_limit(Entry& entry, std::string& text) {
  LimitCapacity action;
  if (!entry.verb.expect_map()) return action;
  std::vector<std::string> zones;
  for (const api::Symbol known : entry.parts.scenario.platform.zones) zones.push_back(known.str());
  const Reader instance = entry.verb.field("instanceType"), of_rds = entry.verb.field("instanceClass"),
               zone = entry.verb.field("zone");
  if (instance && of_rds) of_rds.problem("either \"instanceType\", of EC2, or \"instanceClass\", of RDS");
  action.of_databases = static_cast<bool>(of_rds);
  const Reader& type = of_rds ? of_rds : instance;
  action.shortage.instance_type = type.text();
  action.shortage.zone = zone.text();
  action.shortage.instances = entry.verb.required("instances").integer(0, 0, kMany);
  require_name(zone, action.shortage.zone, zones, "zone");
  entry.verb.done();
  action.lasts = read_lasts(entry);
  const std::int64_t left = action.shortage.instances;
  text = (of_rds ? "RDS has " : "EC2 has ") + (left == 0 ? "no" : std::to_string(left)) + " more " +
         (type ? type.text() : "instance") + (left == 1 || left == 0 ? "" : "s") +
         (zone ? " in " + zone.text() : "") + lasts_text(action.lasts);
  return action;
}

constexpr auto kFaults = std::to_array<VerbRow>({{"fail", read_fail},
                                                 {"failover", read_failover},
                                                 {"start", read_start},
                                                 {"stop", read_stop},
                                                 {"shutdown", read_shut_down},
                                                 {"partition", read_partition},
                                                 {"slow", read_slow},
                                                 {"reload", read_reload_ingress},
                                                 {"restartIngress", read_restart_ingress},
                                                 {"deleteRecords", read_delete_records},
                                                 {"capacity", read_capacity_limit},
                                                 {"webhook", read_change_webhook},
                                                 {"registry", read_change_registry},
                                                 {"sts", read_lose_sts},
                                                 {"metric", read_metric}});

std::vector<VerbRow> all_verbs() {
  std::vector<VerbRow> rows(kubectl_verbs().begin(), kubectl_verbs().end());
  rows.insert(rows.end(), node_verbs().begin(), node_verbs().end());
  rows.push_back({"merge", read_merge});
  rows.insert(rows.end(), kFaults.begin(), kFaults.end());
  rows.insert(rows.end(), vpc_verbs().begin(), vpc_verbs().end());
  rows.insert(rows.end(), certificate_verbs().begin(), certificate_verbs().end());
  return rows;
}

// The keys beside the verb that say when.
constexpr std::array<std::string_view, 4> kWhen{"at", "every", "until", "times"};

std::optional<VerbRow> verb_of(const Reader& map) {
  std::optional<VerbRow> found;
  const std::vector<VerbRow> rows = all_verbs();
  for (const VerbRow& row : rows) {
    if (!map.has(row.key)) continue;
    if (found) {
      map.problem("one entry, one verb: both \"" + std::string(found->key) + "\" and \"" +
                  std::string(row.key) + "\" are given");
      return std::nullopt;
    }
    found = row;
  }
  if (found) return found;
  std::vector<std::string> verbs;
  std::string all;
  for (const VerbRow& row : rows) {
    verbs.emplace_back(row.key);
    all += (all.empty() ? "" : ", ") + std::string(row.key);
  }
  for (const auto& [key, value] : map.value().map) {
    const std::string meant = nearest(key.view(), verbs);
    if (std::ranges::find(kWhen, key.view()) != kWhen.end() || meant.empty()) continue;
    map.problem("unknown verb \"" + key.str() + "\", did you mean \"" + meant + "\"?");
    return std::nullopt;
  }
  map.problem("no verb: expected one of " + all);
  return std::nullopt;
}

// Faults have no user.
void read_who_acts(const Reader& as, const Parts& parts, TimelineEntry& row) {
  if (!as) return;
  if (is_fault(row.action)) {
    as.problem("a fault is nobody\'s request: \"as\" has a meaning with kubectl\'s verbs only");
    return;
  }
  row.as = read_identity(as, parts.scenario.platform.access);
  if (!row.as) return;
  row.text = name_text(*row.as) + ": " + row.text;
  if (const cluster::Identity* const wanted = row.as->impersonates.get()) {
    row.text += " --as=" + wanted->user.str();
    for (const api::Symbol group : wanted->groups) row.text += " --as-group=" + group.str();
  }
}

void require_within(const Reader& at, SimTime time, const Parts& parts) {
  if (time > SimTime::at(parts.scenario.duration))
    at.problem("lies after the end of the scenario (duration " + to_string(parts.scenario.duration) + ")");
}

// {at: 0s, every: 45m, until: 3h}: at 0, 45m, …, 3h; or {…, times: 5}. At least one time.
std::vector<SimTime> read_times(Reader& map, const Parts& parts) {
  constexpr std::int64_t kMost = 100'000;
  const Reader at = map.required("at"), every = map.field("every"), until = map.field("until"),
               times = map.field("times");
  const SimTime first = SimTime::at(at.duration(Duration()));
  require_within(at, first, parts);
  if (!every) {
    for (const Reader& without : {until, times})
      if (without) without.problem("needs \"every\" beside it");
    return {first};
  }
  const Duration step = every.duration(Duration::seconds(1), Duration::millis(1));
  if (until && times) until.problem("either \"until\" or \"times\"");
  if (!until && !times) every.problem("how often? say until: or times:");
  std::int64_t count = times.integer(1, 1, kMost);
  if (until) {
    const SimTime last = SimTime::at(until.duration(Duration()));
    require_within(until, last, parts);
    if (last < first) until.problem("lies before \"at\"");
    count = std::max<std::int64_t>(1, (last - first) / step + 1);
  } else if (count - 1 > (parts.scenario.duration - first.since_start()) / step) {
    times.problem("the last one lies after the end of the scenario (duration " +
                  to_string(parts.scenario.duration) + ")");
    return {first};
  }
  if (count > kMost) {
    every.problem("repeats more than " + std::to_string(kMost) + " times");
    return {first};
  }
  std::vector<SimTime> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(first + step * i);
  return all;
}

}  // namespace

std::optional<Duration> read_lasts(Entry& entry) {
  const Reader lasts = entry.map.field("for");
  if (!lasts) return std::nullopt;
  return lasts.duration(Duration::millis(1), Duration::millis(1));
}

std::string lasts_text(const std::optional<Duration>& lasts) {
  return lasts ? " for " + to_string(*lasts) : "";
}

void read_applied(const Reader& timeline, Parts& parts) {
  std::size_t index = 0;
  if (!timeline.is_list()) return;
  for (Reader entry : timeline.items()) {
    for (const std::string_view verb : {"apply", "create", "replace", "merge"}) {
      if (!entry.is_map() || !entry.has(verb)) continue;
      if (verb != "merge")
        parts.applied[index] = read_manifests(entry.field(verb), parts.scenario.default_namespace);
      else if (parts.environments.contains(entry.field(verb).text()))
        parts.applied[index] = manifests_of_pull_request(entry, index, parts);
      else
        parts.applied[index] = manifests_of_merge(entry, parts);
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
    const std::vector<SimTime> times = read_times(map, parts);
    const std::optional<VerbRow> verb = verb_of(map);
    if (!verb) continue;
    row.verb = verb->key;
    Entry entry{map, map.field(verb->key), parts, at_index};
    row.action = verb->read(entry, row.text);
    read_who_acts(map.field("as"), parts, row);
    map.done();
    for (const SimTime time : times) {
      row.at = time;
      parts.scenario.timeline.push_back(row);
    }
  }
  std::ranges::stable_sort(parts.scenario.timeline, {}, &TimelineEntry::at);
}

}  // namespace seatrial::scenario
