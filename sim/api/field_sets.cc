#include "sim/api/field_sets.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "sim/api/patch_schema.h"

namespace seatrial::api {
namespace {

struct ListKeys {
  std::string_view list;
  std::array<std::string_view, 2> keys;  // in alphabetical order; the second may be empty
};
constexpr std::array<ListKeys, 17> kListKeys{
    {{"containers", {"name"}},
     {"initContainers", {"name"}},
     {"ephemeralContainers", {"name"}},
     {"env", {"name"}},
     {"volumes", {"name"}},
     {"imagePullSecrets", {"name"}},
     {"secrets", {"name"}},
     {"schedulingGates", {"name"}},
     {"resourceClaims", {"name"}},
     {"claims", {"name"}},
     {"volumeMounts", {"mountPath"}},
     {"volumeDevices", {"devicePath"}},
     {"hostAliases", {"ip"}},
     {"topologySpreadConstraints", {"topologyKey", "whenUnsatisfiable"}},
     {"conditions", {"type"}},
     {"ownerReferences", {"uid"}},
     {"ports", {"containerPort", "protocol"}}}};
constexpr std::array<std::string_view, 1> kSets{"finalizers"};
constexpr std::array<std::string_view, 11> kAtomicMaps{
    "selector",         "labelSelector", "namespaceSelector",
    "nodeSelector",     "preference",    "requiredDuringScheduling",
    "secretKeyRef",     "fieldRef",      "configMapKeyRef",
    "resourceFieldRef", "claimRef"};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_atomic(std::string_view name, const Json& map) {
  if (contains(kAtomicMaps, name)) return true;
  return map.contains("nodeSelectorTerms");  // a NodeSelector
}

// The path of an item within its list: [name="web"]; empty in lists that are one field.
std::string item_path(std::string_view list, const Json& item) {
  if (contains(kSets, list)) return item.is_object() ? "" : "[=" + item.dump() + "]";
  if (!item.is_object()) return "";
  for (const ListKeys& row : kListKeys) {
    if (row.list != list) continue;
    std::string path;
    for (std::string_view key : row.keys) {
      if (key.empty()) continue;
      if (key == "containerPort" && !item.contains(key)) key = "port";
      const Json value = key == "protocol" && !item.contains(key) ? Json("TCP") : member(item, key);
      if (value.is_null()) return "";
      path += (path.empty() ? "" : ",") + std::string(key) + "=" + value.dump();
    }
    return "[" + path + "]";
  }
  return "";
}

bool has_keys(std::string_view name, const Json& list) {
  return !list.empty() &&
         std::ranges::all_of(list, [&](const Json& item) { return !item_path(name, item).empty(); });
}

bool is_owned(const std::string& path) {
  constexpr std::array<std::string_view, 12> kNobodys{".apiVersion",
                                                      ".kind",
                                                      ".status",
                                                      ".metadata.name",
                                                      ".metadata.namespace",
                                                      ".metadata.uid",
                                                      ".metadata.creationTimestamp",
                                                      ".metadata.generation",
                                                      ".metadata.resourceVersion",
                                                      ".metadata.managedFields",
                                                      ".metadata.deletionTimestamp",
                                                      ".metadata.deletionGracePeriodSeconds"};
  return !contains(kNobodys, path);
}

// Calls `visit` with the path and value of every field. Items of a list are fields besides what is in them;
// they come with null.
using Visit = std::function<void(const std::string& path, const Json& value)>;
void walk(const Json& value, const std::string& name, const std::string& path, const Visit& visit) {
  if (!is_owned(path)) return;
  if (value.is_object() && !value.empty() && !is_atomic(name, value)) {
    for (const auto& [key, inner] : value.items()) walk(inner, key, path + "." + key, visit);
  } else if (value.is_array() && has_keys(name, value)) {
    for (const Json& item : value) {
      const std::string inner = path + item_path(name, item);
      visit(inner, nullptr);
      if (item.is_object()) {
        for (const auto& [key, field] : item.items()) walk(field, key, inner + "." + key, visit);
      }
    }
  } else {
    visit(path, value);
  }
}

std::map<std::string, Json> values_of(const Json& object) {
  std::map<std::string, Json> values;
  walk(object, "", "", [&](const std::string& path, const Json& value) { values[path] = value; });
  return values;
}

Json merge(const Json& live, const Json& config, std::string_view name);

// The config's items in its order; those that only the live list has keep their places among the others.
Json merge_items(const Json& live, const Json& config, std::string_view name) {
  const auto place_of = [&](const Json& list, const std::string& path) {
    std::size_t at = 0;
    while (at < list.size() && item_path(name, list[at]) != path) ++at;
    return at;
  };
  Json merged = Json::array();
  std::size_t next = 0;
  const auto take_live_until = [&](std::size_t end) {
    for (; next < end; ++next) {
      if (place_of(config, item_path(name, live[next])) == config.size()) merged.push_back(live[next]);
    }
  };
  for (const Json& item : config) {
    const std::size_t at = place_of(live, item_path(name, item));
    if (at < live.size()) take_live_until(std::max(at, next));
    merged.push_back(at < live.size() ? merge(live[at], item, name) : item);
  }
  take_live_until(live.size());
  return merged;
}

Json merge(const Json& live, const Json& config, std::string_view name) {
  if (config.is_object() && live.is_object() && !is_atomic(name, config)) {
    Json merged = live;
    for (const auto& [key, value] : config.items()) {
      if (!value.is_null()) merged[key] = merge(member(live, key), value, key);
    }
    return merged;
  }
  const bool by_key = config.is_array() && live.is_array() && has_keys(name, config) && has_keys(name, live);
  return by_key ? merge_items(live, config, name) : config;
}

Json pruned(const Json& value, const std::string& name, const std::string& path, const FieldSet& fields) {
  const auto emptied = [](const Json& before, const Json& after) { return after.empty() && !before.empty(); };
  if (value.is_object() && !is_atomic(name, value)) {
    Json rest = Json::object();
    for (const auto& [key, inner] : value.items()) {
      const std::string at = path + "." + key;
      if (fields.contains(at)) continue;
      Json kept = pruned(inner, key, at, fields);
      if (inner.is_structured() && emptied(inner, kept)) continue;
      rest[key] = std::move(kept);
    }
    return rest;
  }
  if (!value.is_array() || !has_keys(name, value)) return value;
  Json rest = Json::array();
  for (const Json& item : value) {
    const std::string at = path + item_path(name, item);
    if (!fields.contains(at)) rest.push_back(item.is_object() ? pruned(item, "", at, fields) : item);
  }
  return rest;
}

}  // namespace

FieldSet fields_of(const Json& object) {
  FieldSet fields;
  walk(object, "", "", [&](const std::string& path, const Json&) { fields.insert(path); });
  return fields;
}

FieldChanges compare_fields(const Json& before, const Json& after) {
  const auto old = values_of(before), now = values_of(after);
  FieldChanges changes;
  for (const auto& [path, value] : now) {
    const auto known = old.find(path);
    if (known == old.end() || known->second != value) changes.changed.insert(path);
  }
  for (const auto& [path, value] : old) {
    if (!now.contains(path)) changes.removed.insert(path);
  }
  return changes;
}

Json merge_applied(const Json& live, const Json& config) { return merge(live, config, ""); }

Json without_fields(const Json& object, const FieldSet& fields) { return pruned(object, "", "", fields); }

}  // namespace seatrial::api
