#include "sim/scenario/scheduler_plugins.h"

#include <algorithm>
#include <array>

namespace seatrial::scenario {
namespace {

using scheduler::Plugin;
using scheduler::PluginSet;
using scheduler::Profile;

constexpr std::int64_t kMaxWeight = 1'000'000;

constexpr std::array<std::string_view, 12> kPoints = {"preEnqueue", "queueSort", "preFilter", "filter",
                                                      "postFilter", "preScore",  "score",     "reserve",
                                                      "permit",     "preBind",   "bind",      "postBind"};
using Points = std::uint32_t;  // bit n: kPoints[n]
constexpr Points kEnqueue = 1, kSort = 2, kPreFilter = 4, kFilter = 8, kPostFilter = 16, kPreScore = 32,
                 kScore = 64, kReserve = 128, kPreBind = 512, kBind = 1024, kScoring = kPreScore | kScore;

// The default plugins in their order, with the points that each takes part in.
struct Known {
  std::string_view name;
  Points points;
  bool needed = false;  // without it nothing is scheduled here
};
constexpr std::array<Known, 20> kKnown = {{
    {"SchedulingGates", kEnqueue, true},
    {"PrioritySort", kSort, true},
    {"NodeUnschedulable", kFilter},
    {"NodeName", kFilter},
    {"TaintToleration", kFilter | kScoring},
    {"NodeAffinity", kPreFilter | kFilter | kScoring},
    {"NodePorts", kPreFilter | kFilter},
    {"NodeResourcesFit", kPreFilter | kFilter | kScoring},
    {"VolumeRestrictions", kPreFilter | kFilter},
    {"NodeVolumeLimits", kPreFilter | kFilter},
    {"VolumeBinding", kPreFilter | kFilter | kReserve | kPreBind | kScoring},
    {"VolumeZone", kPreFilter | kFilter},
    {"PodTopologySpread", kPreFilter | kFilter | kScoring},
    {"InterPodAffinity", kPreFilter | kFilter | kScoring},
    {"DynamicResources", kEnqueue | kPreFilter | kFilter | kPostFilter | kScoring | kReserve | kPreBind},
    {"DefaultPreemption", kEnqueue | kPostFilter},
    {"NodeResourcesBalancedAllocation", kScoring},
    {"ImageLocality", kScore},
    {"DefaultBinder", kBind, true},
    {"", 0},
}};

const Known* find_known(std::string_view name) {
  const auto at = std::ranges::find(kKnown, name, &Known::name);
  return at == kKnown.end() || name.empty() ? nullptr : &*at;
}

const Plugin* find_plugin(std::string_view name) {
  const auto all = scheduler::plugins();
  const auto at = std::ranges::find(all, name, &Plugin::name);
  return at == all.end() ? nullptr : &*at;
}

struct Enabled {
  const Known* plugin = nullptr;
  std::int64_t weight = 0;  // 0: the default
};
struct PointConfig {
  std::vector<Enabled> enabled;
  std::vector<std::string> disabled;
  bool disables(std::string_view name) const {
    return std::ranges::any_of(disabled, [&](const auto& d) { return d == "*" || d == name; });
  }
  const Enabled* find(const Known* plugin) const {
    const auto at = std::ranges::find(enabled, plugin, &Enabled::plugin);
    return at == enabled.end() ? nullptr : &*at;
  }
};

const Known* read_name(Reader& item, Points points, bool wildcard) {
  const Reader at = item.required("name");
  const std::string name = at.text();
  if (name.empty() || (wildcard && name == "*")) return nullptr;
  const Known* const known = find_known(name);
  if (!known) at.problem("there is no plugin \"" + name + "\" here, only those of the default profile");
  if (known && (known->points & points) == 0)
    at.problem("\"" + name + "\" has no part in this extension point");
  return known;
}

PointConfig read_point(Reader map, Points points) {
  PointConfig config;
  if (!map || !map.expect_map()) return config;
  for (Reader item : map.field("enabled").items()) {
    if (!item.expect_map()) continue;
    const Known* const plugin = read_name(item, points, false);
    const std::int64_t weight = item.field("weight").integer(0, 0, kMaxWeight);
    item.done();
    if (plugin && config.find(plugin)) item.problem("\"" + std::string(plugin->name) + "\" is listed twice");
    if (plugin && !config.find(plugin)) config.enabled.push_back({plugin, weight});
  }
  for (Reader item : map.field("disabled").items()) {
    if (!item.expect_map()) continue;
    (void)read_name(item, points, true);
    config.disabled.push_back(item.field("name").text());
    item.done();
  }
  map.done();
  return config;
}

// The default list with what multiPoint changes: plugins of the same name in their old place.
std::vector<Enabled> merged(const PointConfig& config) {
  std::vector<Enabled> all;
  for (const Known& known : kKnown) {
    if (known.name.empty() || config.disables(known.name)) continue;
    const Enabled* const own = config.find(&known);
    all.push_back(own ? *own : Enabled{&known, 0});
  }
  for (const Enabled& own : config.enabled) {
    if (std::ranges::find(all, own.plugin, &Enabled::plugin) == all.end()) all.push_back(own);
  }
  return all;
}

// First what stands in both lists, in the point's order; then the rest of multiPoint; then that of the point.
std::vector<Enabled> expanded(const std::vector<Enabled>& multi, const PointConfig& point, Points bit) {
  const auto taken_over = [&](const Enabled& enabled) {
    return (enabled.plugin->points & bit) && !point.disables(enabled.plugin->name);
  };
  std::vector<Enabled> first, second, third;
  for (const Enabled& own : point.enabled) {
    const auto at = std::ranges::find(multi, own.plugin, &Enabled::plugin);
    (at != multi.end() && taken_over(*at) ? first : third).push_back(own);
  }
  for (const Enabled& enabled : multi) {
    if (taken_over(enabled) && !point.find(enabled.plugin)) second.push_back(enabled);
  }
  first.insert(first.end(), second.begin(), second.end());
  first.insert(first.end(), third.begin(), third.end());
  return first;
}

using ByPoint = std::array<std::vector<Enabled>, kPoints.size()>;

// The points of the group at which the plugin is on.
Points points_on(const ByPoint& lists, const Known& known) {
  Points on = 0;
  for (std::size_t i = 0; i < kPoints.size(); ++i) {
    if (std::ranges::find(lists[i], &known, &Enabled::plugin) != lists[i].end()) on |= Points{1} << i;
  }
  return on;
}

std::string names_of(Points points) {
  std::string text;
  for (std::size_t i = 0; i < kPoints.size(); ++i) {
    if (points >> i & 1) text += (text.empty() ? "" : ", ") + std::string(kPoints[i]);
  }
  return text;
}

void check_whole(const Reader& at, const ByPoint& lists) {
  for (const Known& known : kKnown) {
    const Points on = points_on(lists, known);
    const std::string name(known.name);
    if (known.needed && on != known.points) at.problem("\"" + name + "\" cannot be switched off here");
    for (const Points group : {known.points & kScoring, known.points & ~kScoring}) {
      const Points some = on & group;
      const bool prepares_only = some == kPreScore;  // for a score that is not asked for
      if (some == 0 || some == group || prepares_only) continue;
      at.problem("\"" + name + "\" is enabled for " + names_of(some) + " only: here it is on or off for " +
                 names_of(group) + " together");
    }
  }
}

std::vector<Profile::Use> uses_of(const std::vector<Enabled>& list, bool scores) {
  std::vector<Profile::Use> uses;
  for (const auto& [known, weight] : list) {
    const Plugin* const plugin = find_plugin(known->name);
    if (!plugin || !(scores ? plugin->score != nullptr : plugin->filter != nullptr)) continue;
    const auto number = plugin - scheduler::plugins().data();
    uses.push_back({plugin, PluginSet{1} << number, weight > 0 ? weight : plugin->weight});
  }
  return uses;
}

bool has(const std::vector<Enabled>& list, std::string_view name) {
  return std::ranges::any_of(list, [&](const Enabled& enabled) { return enabled.plugin->name == name; });
}

}  // namespace

void read_plugins(Reader plugins, Profile& profile) {
  if (!plugins || !plugins.expect_map()) return;
  const std::vector<Enabled> multi = merged(read_point(plugins.field("multiPoint"), ~Points{0}));
  ByPoint lists;
  for (std::size_t i = 0; i < kPoints.size(); ++i) {
    const Points bit = Points{1} << i;
    lists[i] = expanded(multi, read_point(plugins.field(kPoints[i]), bit), bit);
  }
  plugins.done();
  check_whole(plugins, lists);
  profile.filters = uses_of(lists[3], false);
  profile.scorers = uses_of(lists[6], true);
  profile.preempts = has(lists[4], "DefaultPreemption");
  profile.allocates_devices = has(lists[4], "DynamicResources");
}

}  // namespace seatrial::scenario
