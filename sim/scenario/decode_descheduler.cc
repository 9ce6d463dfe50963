// `descheduler: {interval: 10m, policy: FILE}`, where the file is a DeschedulerPolicy (descheduler/v1alpha2)
// as the descheduler itself reads it. What cannot be honoured is refused.
#include <algorithm>
#include <array>

#include "sim/scenario/decode.h"
#include "sim/scenario/decode_nodes.h"

namespace seatrial::scenario {
namespace {

using controllers::DeschedulerConfig;
using DeschedulerPlugin = decltype(DeschedulerConfig::Profile::balance)::value_type;

constexpr std::array<std::string_view, 3> kPercentResources{"cpu", "memory", "pods"};

std::optional<std::int64_t> read_eviction_limit(const Reader& at) {
  return at ? std::optional(at.integer(0, 0, kMany)) : std::nullopt;
}

// {priorityThreshold: {value: 1000}, nodeFit: true, …}
controllers::EvictorArgs read_default_evictor(Reader args) {
  controllers::EvictorArgs evictor;
  if (!args || !args.expect_map()) return evictor;
  evictor.node_fit = args.field("nodeFit").boolean(false);
  evictor.min_replicas = static_cast<std::int32_t>(args.field("minReplicas").integer(0, 0, kMany));
  evictor.system_critical_too = args.field("evictSystemCriticalPods").boolean(false);
  evictor.local_storage_too = args.field("evictLocalStoragePods").boolean(false);
  evictor.ignore_claims = args.field("ignorePvcPods").boolean(false);
  evictor.min_age = args.field("minPodAge").duration(Duration());
  Reader threshold = args.field("priorityThreshold");
  if (threshold && threshold.expect_map()) {
    const Reader name = threshold.field("name");
    if (name) name.problem("cannot be honoured: say the class's value instead");
    evictor.priority_threshold = threshold.required("value").integer(0, -kMany, 2'000'000'000);
    threshold.done();
  }
  args.done();
  return evictor;
}

DeschedulerPlugin read_node_taints(Reader args) {
  controllers::NodeTaintsArgs taints;
  if (!args || !args.expect_map()) return taints;
  taints.excluded = read_symbols(args.field("excludedTaints"));
  taints.prefer_no_schedule_too = args.field("includePreferNoSchedule").boolean(false);
  args.done();
  return taints;
}

DeschedulerPlugin read_duplicates(Reader args) {
  controllers::DuplicatesArgs same;
  if (!args || !args.expect_map()) return same;
  same.exclude_owner_kinds = read_symbols(args.field("excludeOwnerKinds"));
  args.done();
  return same;
}

// {cpu: 70, memory: 72}: whole percentages.
void read_percentages(Reader map, std::array<std::optional<std::int64_t>, 3>& percentages) {
  if (!map || !map.expect_map()) return;
  for (std::size_t r = 0; r < kPercentResources.size(); ++r)
    if (const Reader at = map.field(kPercentResources[r])) percentages[r] = at.integer(0, 0, 100);
  map.done();
}

DeschedulerPlugin read_utilization(Reader args) {
  controllers::NodeUtilizationArgs use;
  if (!args || !args.expect_map()) return use;
  const Reader low = args.required("thresholds"), high = args.required("targetThresholds");
  read_percentages(low, use.thresholds);
  read_percentages(high, use.target_thresholds);
  for (std::size_t r = 0; r < kPercentResources.size(); ++r) {
    if (use.thresholds[r].has_value() != use.target_thresholds[r].has_value())
      high.problem("thresholds and targetThresholds configured different resources");
    else if (use.thresholds[r] && *use.thresholds[r] > *use.target_thresholds[r])
      low.problem("thresholds' " + std::string(kPercentResources[r]) +
                  " percentage is greater than targetThresholds'");
  }
  use.number_of_nodes = static_cast<std::int32_t>(args.field("numberOfNodes").integer(0, 0, kMany));
  args.done();
  return use;
}

struct DeschedulerPluginRow {
  std::string_view name;
  bool balances;
  DeschedulerPlugin (*read)(Reader args);
};
constexpr std::array<DeschedulerPluginRow, 3> kDeschedulerPlugins{
    {{"RemovePodsViolatingNodeTaints", false, read_node_taints},
     {"RemoveDuplicates", true, read_duplicates},
     {"LowNodeUtilization", true, read_utilization}}};

const DeschedulerPluginRow* plugin_called(std::string_view name) {
  const auto row = std::ranges::find(kDeschedulerPlugins, name, &DeschedulerPluginRow::name);
  return row == kDeschedulerPlugins.end() ? nullptr : row;
}

// The plugins' arguments by name, those of DefaultEvictor as well.
std::map<std::string, Reader> read_plugin_args(const Reader& list) {
  std::map<std::string, Reader> args;
  for (Reader item : list.items()) {
    if (!item.expect_map()) continue;
    const Reader name = item.required("name");
    const std::string text = name.text();
    if (!text.empty() && text != "DefaultEvictor" && !plugin_called(text))
      name.problem("cannot be honoured: this plugin is not simulated");
    args.emplace(text, item.field("args"));
    item.done();
  }
  return args;
}

void read_enabled_plugins(Reader point, bool balances, const std::map<std::string, Reader>& args,
                          std::vector<DeschedulerPlugin>& plugins) {
  if (!point || !point.expect_map()) return;
  for (const Reader& name : point.field("enabled").items()) {
    const std::string text = name.text();
    const DeschedulerPluginRow* const row = plugin_called(text);
    if (!row)
      name.problem("cannot be honoured: this plugin is not simulated");
    else if (row->balances != balances)
      name.problem(text + (balances ? " deschedules" : " balances") + ": enable it there");
    else if (const auto at = args.find(text); at != args.end())
      plugins.push_back(row->read(at->second));
    else
      plugins.push_back(row->read(Reader(name.decoding(), nullptr, name.path())));
  }
  point.done();
}

DeschedulerConfig::Profile read_profile_of_policy(Reader map) {
  DeschedulerConfig::Profile profile;
  (void)map.required("name").text();
  const std::map<std::string, Reader> args = read_plugin_args(map.field("pluginConfig"));
  if (const auto at = args.find("DefaultEvictor"); at != args.end())
    profile.evictor = read_default_evictor(at->second);
  Reader plugins = map.required("plugins");
  if (plugins && plugins.expect_map()) {
    read_enabled_plugins(plugins.field("deschedule"), false, args, profile.deschedule);
    read_enabled_plugins(plugins.field("balance"), true, args, profile.balance);
    plugins.done();
  }
  map.done();
  return profile;
}

void read_descheduler_policy(Reader& document, DeschedulerConfig& config) {
  const Reader version = document.required("apiVersion"), kind = document.required("kind");
  if (version && version.text() != "descheduler/v1alpha2")
    version.problem("expected descheduler/v1alpha2, got \"" + version.text() + "\"");
  if (kind && kind.text() != "DeschedulerPolicy")
    kind.problem("expected DeschedulerPolicy, got \"" + kind.text() + "\"");
  config.most_per_node = read_eviction_limit(document.field("maxNoOfPodsToEvictPerNode"));
  config.most_per_namespace = read_eviction_limit(document.field("maxNoOfPodsToEvictPerNamespace"));
  config.most_in_all = read_eviction_limit(document.field("maxNoOfPodsToEvictTotal"));
  for (const Reader& profile : document.required("profiles").items())
    if (profile.expect_map()) config.profiles.push_back(read_profile_of_policy(profile));
  document.done();
}

}  // namespace

void read_descheduler(Reader map, Platform& platform) {
  if (!map || !map.expect_map()) return;
  DeschedulerConfig config;
  config.interval = map.required("interval").duration(config.interval, Duration::seconds(1));
  const Reader policy = map.required("policy");
  map.done();
  const std::string name = policy.text();
  if (name.empty()) return;
  Decoding& decoding = map.decoding();
  const std::string path = path_beside(decoding.file, name);
  if (const auto text = decoding.files.read(path); !text) return policy.problem(text.error());
  std::vector<api::Value> storage;
  const std::string before = std::exchange(decoding.file, path);
  if (const api::Value* const root = open_document(decoding, path, "DeschedulerPolicy", storage)) {
    Reader document(decoding, root, "");
    read_descheduler_policy(document, config);
    platform.descheduler = std::move(config);
  }
  decoding.file = before;
}

}  // namespace seatrial::scenario
