// `expect:` what must hold of the run.
#include <algorithm>
#include <array>

#include "sim/checks/object_fields.h"
#include "sim/checks/queue_measures.h"
#include "sim/scenario/decode_entry.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

using checks::Bound;
using checks::Unit;

std::optional<Bound> read_bound(const Reader& at, Unit unit) {
  if (!at) return std::nullopt;
  if (!at.is_scalar()) {
    at.problem(wrong_type("a comparison", at.value()));
    return std::nullopt;
  }
  const auto bound = parse_bound(at.value().text, unit);
  if (bound) return *bound;
  at.problem(bound.error());
  return std::nullopt;
}

std::string bound_words(std::string_view name, Unit unit, const Bound& bound) {
  return std::string(name) + " " + std::string(to_string(bound.comparison)) + " " +
         checks::bound_text(unit, bound.value);
}

void read_outcome_bounds(Reader outcomes, checks::RequestsExpectation& what, std::string& text) {
  if (!outcomes) return;
  std::vector<std::string> words;
  for (int i = 0; i < traffic::kOutcomeCount; ++i)
    words.emplace_back(to_string(static_cast<traffic::Outcome>(i)));
  for (const auto& [name, at] : outcomes.entries()) {
    const auto found = std::ranges::find(words, name);
    if (found == words.end()) {
      at.problem("unknown outcome" + did_you_mean(name, words));
      continue;
    }
    const auto bound = read_bound(at, Unit::kCount);
    if (!bound) continue;
    what.bounds.push_back(
        {checks::Measure::kOutcome, static_cast<traffic::Outcome>(found - words.begin()), *bound});
    text += (what.bounds.size() == 1 ? ": " : ", ") + bound_words(name, Unit::kCount, *bound);
  }
}

void read_queue(Reader& map, Parts& parts, checks::Expectation& expectation) {
  checks::QueueExpectation what;
  const Reader queue = map.field("queue");
  what.queue = queue.text();
  require_queue(queue, what.queue.str(), parts.scenario.platform);
  expectation.text = "queue " + what.queue.str();
  for (std::size_t i = 0; i < checks::queue_measures().size(); ++i) {
    const checks::QueueMeasure& row = checks::queue_measures()[i];
    const auto bound = read_bound(map.field(row.key), row.unit);
    if (!bound) continue;
    what.bounds.emplace_back(i, *bound);
    expectation.text += (what.bounds.size() == 1 ? ": " : ", ") + bound_words(row.key, row.unit, *bound);
  }
  if (what.bounds.empty()) map.problem("nothing is expected of the queue");
  map.done();
  expectation.what = std::move(what);
}

void read_resource(Reader& map, Parts& parts, checks::Expectation& expectation) {
  checks::ResourceExpectation what;
  for (const Reader& item : map.field("resource").items_or_one()) {
    const std::string name = item.text();
    require_resource(item, name, parts.scenario.platform);
    what.resources.emplace_back(name);
    expectation.text += (expectation.text.empty() ? "" : ", ") + name;
  }
  const Duration by = map.required("availableBy").duration(Duration());
  what.by = SimTime::at(by);
  expectation.text += " available by " + to_string(by);
  if (what.by > SimTime::at(parts.scenario.duration))
    map.field("availableBy").problem("lies after the end of the scenario");
  map.done();
  expectation.what = std::move(what);
}

void read_ingress_expectation(Reader& map, Parts& parts, checks::Expectation& expectation) {
  checks::IngressExpectation what;
  const Reader name = map.field("ingressController"), restarts = map.field("restarts");
  what.controller = name.text();
  std::vector<std::string> known;
  for (const IngressController& c : parts.scenario.platform.ingress_controllers)
    known.push_back(c.name.str());
  require_name(name, what.controller, known, "ingress controller");
  what.configuration_age = read_bound(map.field("configurationAge"), Unit::kDuration);
  what.restarts_complete = restarts && restarts.choice({"complete"}, 0) == 0;
  const bool is_restarted = std::ranges::any_of(parts.scenario.timeline, [&](const TimelineEntry& entry) {
    const auto* const restart = std::get_if<RestartIngress>(&entry.action);
    return restart && restart->controller == what.controller;
  });
  if (restarts && !is_restarted) restarts.problem("no entry of the timeline restarts it");
  expectation.text = "ingress controller " + what.controller.str();
  if (what.configuration_age)
    expectation.text += ": " + bound_words("configurationAge", Unit::kDuration, *what.configuration_age);
  if (restarts) expectation.text += what.configuration_age ? ", restarts complete" : ": restarts complete";
  if (!what.configuration_age && !restarts)
    map.problem("nothing is expected of it: configurationAge or restarts");
  map.done();
  expectation.what = std::move(what);
}

void read_requests(Reader& map, Parts& parts, checks::Expectation& expectation) {
  checks::RequestsExpectation what;
  const Reader load = map.field("requests");
  what.load = load.text();
  std::vector<std::string> names;
  for (const Load& l : parts.scenario.load) names.push_back(l.name.str());
  if (!what.load.empty() && std::ranges::find(names, what.load.str()) == names.end()) {
    load.problem("no load is called \"" + what.load.str() + "\"" + did_you_mean(what.load.view(), names));
  }
  expectation.text = "requests of " + what.load.str();
  for (const checks::MeasureInfo& info : checks::measures()) {
    const auto bound = read_bound(map.field(info.key), info.unit);
    if (!bound) continue;
    what.bounds.push_back({info.measure, traffic::Outcome::kOk, *bound});
    expectation.text += (what.bounds.size() == 1 ? ": " : ", ") + bound_words(info.key, info.unit, *bound);
  }
  read_outcome_bounds(map.field("outcomes"), what, expectation.text);
  if (const Reader window = map.field("window")) {
    what.window = window.duration(Duration::seconds(1), Duration::seconds(1));
    if (*what.window % Duration::seconds(1) != Duration()) window.problem("must be whole seconds");
    expectation.text += ", in every " + to_string(*what.window);
    for (const checks::RequestBound& bound : what.bounds) {
      const bool by_second = bound.outcome == traffic::Outcome::kOk &&
                             bound.measure != checks::Measure::kMean &&
                             bound.measure != checks::Measure::kForbidden;
      if (!by_second)
        window.problem("outcomes, mean and forbidden are counted over the whole run: leave out window");
    }
  }
  map.done();
  if (what.bounds.empty()) map.problem("says nothing about the requests: add failed, p99, …");
  expectation.what = std::move(what);
}

void read_rollout(Reader& map, Parts& parts, checks::Expectation& expectation) {
  checks::RolloutExpectation what;
  const Reader target = map.field("rollout");
  what.target = read_object_name(target, map.field("namespace"), parts.inventory).value_or(ObjectName());
  if (!what.target.name.empty() && what.target.kind != api::Kind::kDeployment)
    target.problem("expected a deployment, got " + what.target.str());
  const Reader within = map.field("completesWithin"), completes = map.field("completes");
  what.completes = completes.boolean(true);
  if (within) what.within = within.duration(Duration());
  if (within && !what.completes) within.problem("contradicts completes: false");
  map.done();
  if (!within && !completes) map.problem("says nothing about the rollout: add completesWithin or completes");
  expectation.text =
      "rollout of " + what.target.str() + (what.completes ? " completes" : " does not complete");
  if (what.within) expectation.text += " within " + to_string(*what.within);
  expectation.what = std::move(what);
}

void read_spread(Reader& map, Parts& parts, checks::Expectation& expectation) {
  checks::SpreadExpectation what;
  const Reader target = map.field("spread");
  what.target = read_object_name(target, map.field("namespace"), parts.inventory).value_or(ObjectName());
  what.topology_key = map.required("over").text();
  if (const auto bound = read_bound(map.required("skew"), Unit::kCount)) what.skew = *bound;
  map.done();
  expectation.text = "pods of " + what.target.str() + " over " + what.topology_key.str() + ": " +
                     bound_words("skew", Unit::kCount, what.skew);
  expectation.what = std::move(what);
}

void read_commands(Reader& map, checks::Expectation& expectation) {
  checks::RefusalsExpectation what;
  if (const auto bound = read_bound(map.field("refusedCommands"), Unit::kCount)) what.refused = *bound;
  map.done();
  expectation.text = bound_words("refused commands", Unit::kCount, what.refused);
  expectation.what = what;
}

checks::ConditionMatch read_condition(Reader map) {
  checks::ConditionMatch match;
  if (!map.is_map()) {
    match.type = map.text();
    match.status = "True";
    return match;
  }
  match.type = map.required("type").text();
  const Reader status = map.field("status");
  const std::size_t index = status.choice({"True", "False", "Unknown", "true", "false"}, 0);
  match.status = index == 0 || index == 3 ? "True" : index == 2 ? "Unknown" : "False";
  match.reason = map.field("reason").text();
  map.done();
  return match;
}

// When it must hold, and the words for it.
std::string read_interval(Reader& map, std::string_view verb, SimTime& begin,
                          std::optional<Duration>& until) {
  std::string text;
  if (const Reader from = map.field("from")) {
    const Duration time = from.duration(Duration());
    begin = SimTime::at(time);
    text += ", from " + to_string(time) + " on";
  }
  if (const Reader within = map.field("within")) {
    until = within.duration(Duration());
    text += ", " + std::string(verb == "always" ? "during the first " : "within ") + to_string(*until);
  }
  return text;
}

// {always: nodes, …}
std::optional<std::string_view> verb_about_nodes(Reader& map) {
  for (const std::string_view verb : {"always", "eventually"}) {
    if (!map.has(verb)) continue;
    const Reader what = map.field(verb);
    if (what.is_scalar() && what.value().text == "nodes") return verb;
  }
  return std::nullopt;
}

void read_object(Reader& map, Parts& parts, std::string_view verb, checks::Expectation& expectation) {
  checks::ObjectExpectation what;
  what.always = verb == "always";
  const Reader target = map.field(verb);
  what.target = read_object_name(target, map.field("namespace"), parts.inventory).value_or(ObjectName());
  expectation.text = std::string(verb) + " " + what.target.str();
  std::size_t said = 0;
  for (const checks::FieldInfo& field : checks::fields_of(what.target.kind)) {
    const auto bound = read_bound(map.field(field.key), Unit::kCount);
    if (!bound) continue;
    what.counts.emplace_back(field.key, *bound);
    expectation.text += (said++ == 0 ? ": " : ", ") + bound_words(field.key, Unit::kCount, *bound);
  }
  for (const Reader& condition : map.field("condition").items_or_one()) {
    const checks::ConditionMatch match = read_condition(condition);
    what.conditions.push_back(match);
    expectation.text += (said++ == 0 ? ": " : ", ") + std::string("condition ") + match.type.str() + " is " +
                        match.status.str() + (match.reason.empty() ? "" : " (" + match.reason.str() + ")");
  }
  expectation.text += read_interval(map, verb, what.from, what.within);
  map.done();
  if (said == 0 && !what.target.name.empty())
    map.problem("says nothing about the object: add readyReplicas, condition, …");
  expectation.what = std::move(what);
}

void read_ready_nodes(Reader& map, Parts& parts, std::string_view verb, checks::Expectation& expectation) {
  checks::NodesExpectation what;
  what.always = verb == "always";
  map.field(verb);
  const Platform& platform = parts.scenario.platform;
  std::vector<std::string> groups, zones;
  for (const NodeGroup& group : platform.node_groups) groups.push_back(group.name.str());
  for (const api::Symbol zone : platform.zones) zones.push_back(zone.str());
  const Reader group = map.field("nodeGroup"), zone = map.field("zone");
  what.node_group = group.text();
  what.zone = zone.text();
  require_name(group, what.node_group, groups, "node group");
  require_name(zone, what.zone, zones, "zone");
  if (const auto bound = read_bound(map.required("ready"), Unit::kCount)) what.ready = *bound;
  expectation.text = std::string(verb) + " nodes" +
                     (what.node_group.empty() ? "" : " of node group " + what.node_group.str()) +
                     (what.zone.empty() ? "" : " in " + what.zone.str()) + ": " +
                     bound_words("ready", Unit::kCount, what.ready);
  expectation.text += read_interval(map, verb, what.from, what.within);
  map.done();
  expectation.what = std::move(what);
}

void read_command(Reader& map, Parts& parts, checks::Expectation& expectation) {
  checks::CommandExpectation what;
  const Reader verb = map.field("command");
  const std::size_t index = verb.choice({"drain", "recycle", "updateNodeGroup"}, 0);
  const std::string name = std::array{"drain", "recycle", "updateNodeGroup"}[index];
  for (std::uint32_t i = 0; i < parts.scenario.timeline.size(); ++i)
    if (parts.scenario.timeline[i].verb == name) what.entries.push_back(i);
  if (what.entries.empty()) verb.problem("the timeline has no entry with " + name);
  expectation.text = "every " + name + " completes";
  if (const Reader within = map.field("completesWithin")) {
    what.within = within.duration(Duration());
    expectation.text += " within " + to_string(*what.within);
  }
  what.forced = read_bound(map.field("forced"), Unit::kCount);
  if (what.forced) expectation.text += ": " + bound_words("forced", Unit::kCount, *what.forced);
  map.done();
  expectation.what = std::move(what);
}

void read_pipeline_expectation(Reader& map, Parts& parts, checks::Expectation& expectation) {
  checks::PipelineExpectation what;
  const Reader name = map.field("pipeline"), completes = map.field("completes"),
               within = map.field("completesWithin"), gone = map.field("oldPodsGoneWithin");
  for (std::uint32_t i = 0; i < parts.scenario.timeline.size(); ++i) {
    const auto* const merge = std::get_if<Merge>(&parts.scenario.timeline[i].action);
    if (merge && merge->pipeline->name.view() == name.text())
      what.merges.push_back({i, merge->workloads, merge->tag});
    const auto* const request = std::get_if<MergeEnvironments>(&parts.scenario.timeline[i].action);
    if (!request || request->pipeline->name.view() != name.text()) continue;
    what.merges.push_back({i, {}, request->title()});
    if (gone) gone.problem("a pipeline of environments has no old pods");
  }
  if (what.merges.empty()) name.problem("the timeline merges nothing of pipeline \"" + name.text() + "\"");
  what.completes = completes.boolean(true);
  expectation.text = "pipeline " + name.text() + (what.completes ? " completes" : " does not complete");
  if (within) {
    what.within = within.duration(Duration());
    expectation.text += " within " + to_string(*what.within);
  }
  if (gone) {
    what.old_pods_gone_within = gone.duration(Duration());
    expectation.text += ", old pods are gone within " + to_string(*what.old_pods_gone_within);
  }
  if (!what.completes && (within || gone)) (within ? within : gone).problem("contradicts completes: false");
  map.done();
  expectation.what = std::move(what);
}

}  // namespace

void read_expectations(const Reader& expect, Parts& parts) {
  for (Reader map : expect.items()) {
    if (!map.expect_map()) continue;
    checks::Expectation expectation;
    expectation.source = map.where();
    if (map.has("requests"))
      read_requests(map, parts, expectation);
    else if (map.has("rollout"))
      read_rollout(map, parts, expectation);
    else if (map.has("queue"))
      read_queue(map, parts, expectation);
    else if (map.has("resource"))
      read_resource(map, parts, expectation);
    else if (map.has("ingressController"))
      read_ingress_expectation(map, parts, expectation);
    else if (map.has("spread"))
      read_spread(map, parts, expectation);
    else if (map.has("command"))
      read_command(map, parts, expectation);
    else if (map.has("pipeline"))
      read_pipeline_expectation(map, parts, expectation);
    else if (const auto verb = verb_about_nodes(map))
      read_ready_nodes(map, parts, *verb, expectation);
    else if (map.has("always"))
      read_object(map, parts, "always", expectation);
    else if (map.has("eventually"))
      read_object(map, parts, "eventually", expectation);
    else if (map.has("refusedCommands"))
      read_commands(map, expectation);
    else {
      map.problem(
          "expected one of requests, rollout, queue, resource, ingressController, spread, always, "
          "eventually, command, refusedCommands and pipeline");
      continue;
    }
    parts.scenario.expect.push_back(std::move(expectation));
  }
}

}  // namespace seatrial::scenario
