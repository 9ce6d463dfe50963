// The arguments of plugins. Source: pkg/scheduler/apis/config/types_pluginargs.go, validation.
#include <algorithm>
#include <functional>
#include <map>

#include "sim/scenario/decode_nodes.h"
#include "sim/scenario/scheduler_plugins.h"

namespace seatrial::scenario {
namespace {

using scheduler::PluginConfig;
using scheduler::Profile;

std::vector<scheduler::ResourceWeight> read_weights(const Reader& list, std::int64_t highest) {
  std::vector<scheduler::ResourceWeight> weights;
  for (Reader item : list.items()) {
    if (!item.expect_map()) continue;
    weights.push_back({item.required("name").text(), item.field("weight").integer(1, 1, highest)});
    item.done();
  }
  if (list.is_list() && weights.empty()) list.problem("names no resource");
  return weights;
}

void read_shape(const Reader& list, PluginConfig& config) {
  for (Reader item : list.items()) {
    if (!item.expect_map()) continue;
    const Reader utilization = item.required("utilization");
    scheduler::ShapePoint point;
    point.utilization = utilization.integer(0, 0, 100);
    point.score = item.required("score").integer(0, 0, 10);
    if (!config.shape.empty() && point.utilization <= config.shape.back().utilization)
      utilization.problem("utilization values must be sorted in increasing order");
    item.done();
    config.shape.push_back(point);
  }
  if (config.shape.empty()) list.problem("at least one point must be specified");
}

void read_strategy(Reader map, PluginConfig& config) {
  if (!map || !map.expect_map()) return;
  using Strategy = scheduler::ScoringStrategy;
  config.strategy = static_cast<Strategy>(
      map.field("type").choice({"LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"}, 0));
  if (const Reader resources = map.field("resources")) config.fit_resources = read_weights(resources, 100);
  Reader ratio = map.field("requestedToCapacityRatio");
  const bool wanted = config.strategy == Strategy::kRequestedToCapacityRatio;
  if (ratio && !wanted) ratio.problem("has a meaning with type: RequestedToCapacityRatio only");
  if (wanted && !ratio) map.problem("type RequestedToCapacityRatio needs requestedToCapacityRatio.shape");
  if (wanted && ratio && ratio.expect_map()) {
    read_shape(ratio.required("shape"), config);
    ratio.done();
  }
  map.done();
}

void read_fit(Reader& args, Profile& profile) {
  profile.config.ignored_resources = read_symbols(args.field("ignoredResources"));
  profile.config.ignored_resource_groups = read_symbols(args.field("ignoredResourceGroups"));
  read_strategy(args.field("scoringStrategy"), profile.config);
}

void read_balanced(Reader& args, Profile& profile) {
  if (const Reader resources = args.field("resources"))
    profile.config.balanced_resources = read_weights(resources, 1);
}

void read_spread(Reader& args, Profile& profile) {
  const Reader type = args.field("defaultingType"), list = args.field("defaultConstraints");
  const bool by_list = type.choice({"System", "List"}, 0) == 1;
  std::vector<scheduler::SpreadDefault> constraints;
  for (Reader item : list.items()) {
    if (!item.expect_map()) continue;
    scheduler::SpreadDefault constraint;
    constraint.max_skew = static_cast<std::int32_t>(item.required("maxSkew").integer(1, 1, 1'000'000));
    constraint.topology_key = item.required("topologyKey").text();
    constraint.hard = item.required("whenUnsatisfiable").choice({"DoNotSchedule", "ScheduleAnyway"}, 0) == 0;
    item.done();
    constraints.push_back(constraint);
  }
  if (!by_list && !constraints.empty())
    (type ? type : list).problem("when .defaultingType is System, .defaultConstraints must be empty");
  if (by_list) profile.config.default_constraints = std::move(constraints);
}

void read_pod_affinity(Reader& args, Profile& profile) {
  PluginConfig& config = profile.config;
  config.hard_pod_affinity_weight =
      args.field("hardPodAffinityWeight").integer(config.hard_pod_affinity_weight, 0, 100);
  config.ignore_preferred_terms_of_existing_pods =
      args.field("ignorePreferredTermsOfExistingPods").boolean(false);
}

std::vector<api::LabelSelectorRequirement> read_requirements(const Reader& list) {
  std::vector<api::LabelSelectorRequirement> requirements;
  for (Reader item : list.items()) {
    if (!item.expect_map()) continue;
    api::LabelSelectorRequirement requirement;
    requirement.key = item.required("key").text();
    requirement.op = static_cast<api::LabelSelectorRequirement::Operator>(
        item.required("operator").choice({"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"}, 0));
    requirement.values = read_symbols(item.field("values"));
    item.done();
    requirements.push_back(std::move(requirement));
  }
  return requirements;
}

scheduler::NodeTerm read_node_term(Reader term) {
  scheduler::NodeTerm result;
  if (!term || !term.expect_map()) return result;
  result.labels.match_expressions = read_requirements(term.field("matchExpressions"));
  result.fields.match_expressions = read_requirements(term.field("matchFields"));
  term.done();
  return result;
}

void read_node_affinity(Reader& args, Profile& profile) {
  Reader added = args.field("addedAffinity");
  if (!added || !added.expect_map()) return;
  Reader required = added.field("requiredDuringSchedulingIgnoredDuringExecution");
  if (required && required.expect_map()) {
    auto& terms = profile.config.added_required_nodes.emplace();
    for (const Reader& term : required.required("nodeSelectorTerms").items())
      terms.push_back(read_node_term(term));
    if (terms.empty()) required.problem("must have at least one node selector term");
    required.done();
  }
  for (Reader item : added.field("preferredDuringSchedulingIgnoredDuringExecution").items()) {
    if (!item.expect_map()) continue;
    scheduler::NodeTerm term = read_node_term(item.required("preference"));
    term.weight = item.required("weight").integer(1, 1, 100);
    item.done();
    profile.config.added_preferred_nodes.push_back(std::move(term));
  }
  added.done();
}

void read_preemption(Reader& args, Profile& profile) {
  scheduler::PreemptionConfig& config = profile.preemption;
  config.min_candidate_nodes_percentage =
      args.field("minCandidateNodesPercentage").integer(config.min_candidate_nodes_percentage, 0, 100);
  const Reader absolute = args.field("minCandidateNodesAbsolute");
  config.min_candidate_nodes_absolute = absolute.integer(config.min_candidate_nodes_absolute, 0, 1'000'000);
  if (config.min_candidate_nodes_percentage == 0 && config.min_candidate_nodes_absolute == 0)
    args.problem("minCandidateNodesPercentage and minCandidateNodesAbsolute cannot both be 0");
}

void read_volume_binding(Reader& args, Profile& profile) {
  profile.bind_timeout = Duration::seconds(args.field("bindTimeoutSeconds").integer(600, 0, 1'000'000));
}

struct Args {
  std::string_view plugin;
  void (*read)(Reader&, Profile&);
};
constexpr Args kArgs[] = {
    {"NodeResourcesFit", read_fit},        {"NodeResourcesBalancedAllocation", read_balanced},
    {"PodTopologySpread", read_spread},    {"InterPodAffinity", read_pod_affinity},
    {"NodeAffinity", read_node_affinity},  {"DefaultPreemption", read_preemption},
    {"VolumeBinding", read_volume_binding}};

// apiVersion and kind may be left out; else they are the plugin's.
void check_type(Reader& args, const std::string& plugin) {
  const Reader version = args.field("apiVersion"), kind = args.field("kind");
  if (version && version.text() != "kubescheduler.config.k8s.io/v1")
    version.problem("expected kubescheduler.config.k8s.io/v1, got \"" + version.text() + "\"");
  if (kind && kind.text() != plugin + "Args")
    kind.problem("expected " + plugin + "Args, got \"" + kind.text() + "\"");
}

}  // namespace

void read_plugin_config(const Reader& list, Profile& profile) {
  std::vector<std::string> seen;
  for (Reader item : list.items()) {
    if (!item.expect_map()) continue;
    const Reader at = item.required("name");
    Reader args = item.field("args");
    item.done();
    const std::string name = at.text();
    const auto known = std::ranges::find(kArgs, name, &Args::plugin);
    if (known == std::end(kArgs)) {
      if (!name.empty()) at.problem("\"" + name + "\" takes no arguments here");
      continue;
    }
    if (std::ranges::count(seen, name) > 0) at.problem("\"" + name + "\" is configured twice");
    seen.push_back(name);
    if (!args || !args.expect_map()) continue;
    check_type(args, name);
    known->read(args, profile);
    args.done();
  }
}

}  // namespace seatrial::scenario
