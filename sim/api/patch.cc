#include "sim/api/patch.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace seatrial::api {
namespace {

struct MergeKey {
  std::string_view list, key;
};
// Patch strategies of k8s.io/api (struct tags patchStrategy and patchMergeKey) for the kinds that are
// simulated.
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
// Structs of which only one shape is valid at a time.
constexpr std::array<std::string_view, 2> kRetainKeys{"strategy", "volumes"};

constexpr std::string_view kPatch = "$patch", kRetain = "$retainKeys";
constexpr std::string_view kDelete = "$deleteFromPrimitiveList/";

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_directive(std::string_view key) { return key.starts_with('$'); }

const Json& get(const Json& map, std::string_view key) {
  static const Json kNothing;
  if (!map.is_object()) return kNothing;
  const auto found = map.find(key);
  return found == map.end() ? kNothing : *found;
}

const Json& first_item(const Json& a, const Json& b) {
  static const Json kNothing;
  if (a.is_array() && !a.empty()) return a[0];
  return b.is_array() && !b.empty() ? b[0] : kNothing;
}

bool all_objects(const Json& list) {
  return std::all_of(list.begin(), list.end(), [](const Json& item) { return item.is_object(); });
}

// The key by which two lists are merged; empty if one replaces the other whole.
std::string_view common_key(std::string_view name, const Json& ours, const Json& theirs) {
  if (!all_objects(ours) || !all_objects(theirs)) return {};
  return merge_key(name, first_item(ours, theirs));
}

Json* find_item(Json& list, std::string_view key, const Json& value) {
  for (Json& item : list) {
    if (get(item, key) == value) return &item;
  }
  return nullptr;
}
bool has_item(const Json& list, std::string_view key, const Json& value) {
  return std::any_of(list.begin(), list.end(), [&](const Json& item) { return get(item, key) == value; });
}
void erase_item(Json& list, std::string_view key, const Json& value) {
  Json rest = Json::array();
  for (const Json& item : list) {
    if (get(item, key) != value) rest.push_back(item);
  }
  list = std::move(rest);
}

// Takes out the directives of a patch, at every depth, where it becomes the value itself.
Json without_directives(const Json& value) {
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value) {
      if (get(item, kPatch) != "delete") list.push_back(without_directives(item));
    }
    return list;
  }
  if (!value.is_object()) return value;
  Json map = Json::object();
  for (const auto& [key, item] : value.items()) {
    if (!is_directive(key) && !item.is_null()) map[key] = without_directives(item);
  }
  return map;
}

Json merge_map(Json target, const Json& patch);

Json merge_list(Json target, const Json& patch, std::string_view key) {
  for (const Json& item : patch) {
    if (get(item, kPatch) == "replace") return without_directives(patch);
  }
  for (const Json& item : patch) {
    const Json& id = get(item, key);
    Json* const known = id.is_null() ? nullptr : find_item(target, key, id);
    if (get(item, kPatch) == "delete") {
      erase_item(target, key, id);
    } else if (known) {
      *known = merge_map(*known, item);
    } else {
      target.push_back(without_directives(item));
    }
  }
  return target;
}

void merge_field(Json& target, const std::string& name, const Json& patch) {
  const Json old = get(target, name);
  if (patch.is_null()) {
    target.erase(name);
  } else if (patch.is_object()) {
    target[name] = old.is_object() ? merge_map(old, patch) : without_directives(patch);
  } else if (patch.is_array() && old.is_array() && contains(kPrimitiveLists, name)) {
    for (const Json& item : patch) {
      if (std::find(old.begin(), old.end(), item) == old.end()) target[name].push_back(item);
    }
  } else if (patch.is_array() && old.is_array()) {
    const std::string_view key = common_key(name, patch, old);
    target[name] = key.empty() ? without_directives(patch) : merge_list(old, patch, key);
  } else {
    target[name] = without_directives(patch);
  }
}

void retain(Json& target, const Json& keys) {
  Json rest = Json::object();
  for (const auto& [key, item] : target.items()) {
    if (std::find(keys.begin(), keys.end(), Json(key)) != keys.end()) rest[key] = item;
  }
  target = std::move(rest);
}

Json merge_map(Json target, const Json& patch) {
  if (get(patch, kPatch) == "delete") return Json::object();
  if (get(patch, kPatch) == "replace") return without_directives(patch);
  if (const Json& keys = get(patch, kRetain); keys.is_array()) retain(target, keys);
  for (const auto& [name, item] : patch.items()) {
    if (name.starts_with(kDelete) && item.is_array()) {
      Json& list = target[name.substr(kDelete.size())];
      Json rest = Json::array();
      for (const Json& old : list) {
        if (std::find(item.begin(), item.end(), old) == item.end()) rest.push_back(old);
      }
      list = std::move(rest);
    } else if (!is_directive(name)) {
      merge_field(target, name, item);
    }
  }
  return target;
}

// ---- apply ----
Json apply_map(Json live, const Json& config, const Json& last);

// Items that only the live list has keep their place among those that both have; the rest follows the
// manifest.
Json in_order(const Json& merged, const Json& live, const Json& config, std::string_view key) {
  const auto position = [&](const Json& item) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < live.size(); ++i) {
      if (get(live[i], key) == get(item, key)) return i;
    }
    return std::nullopt;
  };
  std::vector<const Json*> left, right;  // those of the manifest in its order, and the others
  for (const Json& wanted : config) {
    for (const Json& item : merged) {
      if (get(item, key) == get(wanted, key)) left.push_back(&item);
    }
  }
  for (const Json& item : merged) {
    if (!has_item(config, key, get(item, key))) right.push_back(&item);
  }
  Json result = Json::array();
  auto l = left.begin(), r = right.begin();
  while (l != left.end() || r != right.end()) {
    const auto place = l != left.end() ? position(**l) : std::nullopt;
    const bool take_right = r != right.end() && (l == left.end() || (place && position(**r) < place));
    result.push_back(take_right ? **r++ : **l++);
  }
  return result;
}

Json apply_list(Json live, const Json& config, const Json& last, std::string_view name,
                std::string_view key) {
  const Json before = live;
  if (last.is_array()) {
    for (const Json& item : last) {
      if (!has_item(config, key, get(item, key))) erase_item(live, key, get(item, key));
    }
  }
  for (const Json& item : config) {
    const Json& id = get(item, key);
    Json old_last;
    if (last.is_array()) {
      for (const Json& candidate : last) {
        if (get(candidate, key) == id) old_last = candidate;
      }
    }
    if (Json* const known = find_item(live, key, id)) {
      Json merged = apply_map(*known, item, old_last);
      if (contains(kRetainKeys, name) && merged != *known) {
        Json keys = Json::array();
        for (const auto& [field, unused] : item.items()) keys.push_back(field);
        retain(merged, keys);
      }
      *known = std::move(merged);
    } else {
      live.push_back(item);
    }
  }
  return in_order(live, before, config, key);
}

Json apply_primitives(Json live, const Json& config, const Json& last) {
  Json result = Json::array();
  const auto in = [](const Json& list, const Json& item) {
    return list.is_array() && std::find(list.begin(), list.end(), item) != list.end();
  };
  for (const Json& item : live) {
    if (in(config, item) || !in(last, item)) result.push_back(item);
  }
  for (const Json& item : config) {
    if (!in(result, item)) result.push_back(item);
  }
  return result;
}

Json apply_field(const Json& live, const Json& config, const Json& last, const std::string& name) {
  if (config.is_object() && live.is_object()) {
    Json merged = apply_map(live, config, last);
    if (contains(kRetainKeys, name) && merged != live) {
      Json keys = Json::array();
      for (const auto& [field, unused] : config.items()) keys.push_back(field);
      retain(merged, keys);
    }
    return merged;
  }
  if (config.is_array() && live.is_array()) {
    if (contains(kPrimitiveLists, name)) return apply_primitives(live, config, last);
    const std::string_view key = common_key(name, config, live);
    if (!key.empty()) return apply_list(live, config, last, name, key);
  }
  return config;
}

Json apply_map(Json live, const Json& config, const Json& last) {
  if (last.is_object()) {
    for (const auto& [name, item] : last.items()) {
      if (!config.contains(name)) live.erase(name);
    }
  }
  for (const auto& [name, item] : config.items()) {
    if (item.is_null()) {
      live.erase(name);
    } else {
      live[name] = apply_field(get(live, name), item, get(last, name), name);
    }
  }
  return live;
}

}  // namespace

std::string_view merge_key(std::string_view list, const Json& item) {
  for (const MergeKey& row : kMergeKeys) {
    if (row.list != list) continue;
    if (!item.is_object()) return {};
    if (list == "ports" && !item.contains("containerPort")) return item.contains("port") ? "port" : "";
    return row.key;
  }
  return {};
}

Json json_merge_patch(Json target, const Json& patch) {
  target.merge_patch(patch);
  return target;
}

std::expected<Json, std::string> json_patch(const Json& target, const Json& patch) {
  if (!patch.is_array())
    return std::unexpected("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  try {
    return target.patch(patch);
  } catch (const Json::exception& error) {
    return std::unexpected(std::string("the server rejected our request due to an error in our request: ") +
                           error.what());
  }
}

Json strategic_merge_patch(Json target, const Json& patch) {
  if (!patch.is_object()) return target;
  return target.is_object() ? merge_map(std::move(target), patch) : without_directives(patch);
}

Json apply(const Json& live, const Json& config, const Json& last_applied) {
  return live.is_object() && config.is_object() ? apply_map(live, config, last_applied) : config;
}

}  // namespace seatrial::api
