#include "sim/api/patch_schema.h"

#include <algorithm>
#include <array>
#include <vector>

namespace seatrial::api {
namespace {

struct MergeKey {
  std::string_view list, key;
};
constexpr std::array<MergeKey, 20> kMergeKeys{{
    {"containers", "name"},
    {"initContainers", "name"},
    {"ephemeralContainers", "name"},
    {"env", "name"},
    {"volumes", "name"},
    {"imagePullSecrets", "name"},
    {"secrets", "name"},
    {"schedulingGates", "name"},
    {"resourceClaims", "name"},
    {"volumeMounts", "mountPath"},
    {"volumeDevices", "devicePath"},
    {"hostAliases", "ip"},
    {"topologySpreadConstraints", "topologyKey"},
    {"conditions", "type"},
    {"ownerReferences", "uid"},
    {"podIPs", "ip"},
    {"hostIPs", "ip"},
    {"addresses", "type"},
    {"claims", "name"},
    {"ports", "containerPort"},
}};
// Lists of texts that are merged as sets.
constexpr std::array<std::string_view, 1> kPrimitiveLists{"finalizers"};
constexpr std::array<std::string_view, 3> kRetainKeys{"strategy", "volumes", "resourceClaims"};

const Json& first_item(const Json& a, const Json& b) {
  static const Json kNothing;
  if (a.is_array() && !a.empty()) return a[0];
  return b.is_array() && !b.empty() ? b[0] : kNothing;
}

bool all_objects(const Json& list) {
  return std::ranges::all_of(list, [](const Json& item) { return item.is_object(); });
}

}  // namespace

std::optional<std::string_view> list_merge_key(std::string_view name, const Json& a, const Json& b) {
  if (std::ranges::find(kPrimitiveLists, name) != kPrimitiveLists.end()) return "";
  if (!all_objects(a) || !all_objects(b)) return std::nullopt;
  const std::string_view key = merge_key(name, first_item(a, b));
  return key.empty() ? std::nullopt : std::optional(key);
}

std::string_view merge_key(std::string_view list, const Json& item) {
  for (const MergeKey& row : kMergeKeys) {
    if (row.list != list) continue;
    if (!item.is_object()) return {};
    if (list == "ports" && !item.contains("containerPort")) return item.contains("port") ? "port" : "";
    return row.key;
  }
  return {};
}

bool retains_keys(std::string_view name) { return std::ranges::find(kRetainKeys, name) != kRetainKeys.end(); }

const Json& member(const Json& map, std::string_view key) {
  static const Json kNothing;
  if (!map.is_object()) return kNothing;
  const auto found = map.find(key);
  return found == map.end() ? kNothing : *found;
}

bool same_type(const Json& a, const Json& b) {
  return a.type() == b.type() || (a.is_number() && b.is_number());
}

std::string go_text(const Json& value) {
  std::string text;
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "<nil>";
  if (value.is_array()) {
    for (const Json& item : value) text += (text.empty() ? "" : " ") + go_text(item);
    return "[" + text + "]";
  }
  if (!value.is_object()) return value.dump();
  for (const auto& [key, item] : value.items())
    text.append(text.empty() ? "" : " ").append(key).append(":").append(go_text(item));
  return "map[" + text + "]";
}

std::string no_merge_key(const Json& item, std::string_view key) {
  return "map: " + go_text(item) + " does not contain declared merge key: " + std::string(key);
}

void sort_by_order(Json& items, const Json& order, std::string_view key) {
  const auto id = [&](const Json& item) -> const Json& { return key.empty() ? item : member(item, key); };
  const auto place = [&](const Json& item) {
    std::size_t at = 0;
    while (at < order.size() && id(order[at]) != id(item)) ++at;
    return at;
  };
  std::vector<Json> sorted(items.begin(), items.end());
  std::ranges::stable_sort(sorted, {}, place);
  items = Json::array();
  for (Json& item : sorted) items.push_back(std::move(item));
}

}  // namespace seatrial::api
