#include "sim/api/patch.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/api/patch_merge.h"
#include "sim/api/patch_schema.h"

namespace seatrial::api {
namespace {

bool has_item(const Json& list, std::string_view key, const Json& item) {
  return std::ranges::any_of(list, [&](const Json& other) {
    return key.empty() ? other == item : member(other, key) == member(item, key);
  });
}

// A patch's value as it is stored; nothing where it is a directive itself.
std::optional<Json> without_directives(const Json& value) {
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value) {
      if (auto kept = without_directives(item)) list.push_back(std::move(*kept));
    }
    return list;
  }
  if (!value.is_object()) return value;
  if (value.contains(kPatchDirective)) return std::nullopt;
  Json map = Json::object();
  for (const auto& [key, item] : value.items()) {
    if (auto kept = without_directives(item)) map[key] = std::move(*kept);
  }
  return map;
}

Json without_nulls(const Json& value) {
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value) list.push_back(without_nulls(item));
    return list;
  }
  if (!value.is_object()) return value;
  Json map = Json::object();
  for (const auto& [key, item] : value.items()) {
    if (!item.is_null()) map[key] = without_nulls(item);
  }
  return map;
}

// Those of two lists, each in its order, and among each other in the server's where that knows both.
Json interleaved(const Json& server_only, const Json& patched, const Json& server_order,
                 std::string_view key) {
  const auto place = [&](const Json& item) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < server_order.size(); ++i) {
      const Json& other = server_order[i];
      if (key.empty() ? other == item : member(other, key) == member(item, key)) return i;
    }
    return std::nullopt;
  };
  Json all = Json::array();
  auto left = server_only.begin(), right = patched.begin();
  while (left != server_only.end() || right != patched.end()) {
    bool take_left = right == patched.end();
    if (!take_left && left != server_only.end()) {
      const auto l = place(*left), r = place(*right);
      take_left = l && r && *l < *r;
    }
    all.push_back(take_left ? *left++ : *right++);
  }
  return all;
}

class Merge {
 public:
  explicit Merge(bool into_patch) : into_patch_(into_patch) {}

  Json map(Json original, Json patch);
  std::string problem;  // the first that was found

 private:
  Json fail(std::string text) {
    if (problem.empty()) problem = std::move(text);
    return {};
  }
  void retain_keys(Json& original, Json& patch);
  void ordered_lists(Json& original, Json& patch);
  void ordered_list(Json& original, Json& patch, const std::string& name, const Json& order);
  void field(Json& original, std::string name, const Json& value);
  void take(Json& original, const std::string& name, const Json& value);
  Json list(const Json& original, const Json& patch, std::string_view key);
  Json list_items(Json original, const Json& patch, std::string_view key);
  Json in_order(const Json& merged, const Json& order, const Json& server_order, std::string_view key);

  bool into_patch_;
};

void Merge::retain_keys(Json& original, Json& patch) {
  const Json keys = member(patch, kRetainKeysDirective);
  if (!patch.contains(kRetainKeysDirective)) return;
  patch.erase(std::string(kRetainKeysDirective));
  if (into_patch_) {
    original[std::string(kRetainKeysDirective)] = keys;
    return;
  }
  const auto kept = [&](const std::string& name) { return has_item(keys, "", Json(name)); };
  for (const auto& [name, value] : patch.items()) {
    const bool directive = name.starts_with(kDeletePrefix) || name.starts_with(kOrderPrefix);
    if (!value.is_null() && !directive && !kept(name)) {
      fail("invalid patch format of retainKeys");
      return;
    }
  }
  Json rest = Json::object();
  for (const auto& [name, value] : original.items()) {
    if (kept(name)) rest[name] = value;
  }
  original = std::move(rest);
}

// Items that the patch's order names stand in that order, the server's own where they stood among them.
Json Merge::in_order(const Json& merged, const Json& order, const Json& server_order, std::string_view key) {
  Json patched = Json::array(), server_only = Json::array();
  for (const Json& item : merged) (has_item(order, key, item) ? patched : server_only).push_back(item);
  sort_by_order(patched, order, key);
  sort_by_order(server_only, server_order, key);
  return interleaved(server_only, patched, server_order, key);
}

void Merge::ordered_list(Json& original, Json& patch, const std::string& name, const Json& order) {
  const bool in_original = original.contains(name), in_patch = patch.contains(name);
  if (!in_original && !in_patch) return;
  const Json before = in_original ? original[name] : Json::array();
  const Json changes = in_patch ? patch[name] : Json::array();
  if (!order.is_array() || !before.is_array() || !changes.is_array()) {
    fail("invalid patch format of setElementOrder list");
    return;
  }
  const std::string_view key = list_merge_key(name, order, order).value_or("");
  for (const Json& item : changes) {
    if (item.is_object() && item.contains(kPatchDirective)) continue;
    if (!has_item(order, key, item)) {
      fail("The order in patch list:\n" + go_text(changes) + "\n doesn't match $setElementOrder list:\n" +
           go_text(order) + "\n");
      return;
    }
  }
  const Json merged = !in_patch      ? before
                      : !in_original ? without_directives(changes).value_or(Json::array())
                                     : list(before, changes, key);
  original[name] = in_order(merged, order, before, key);
  patch.erase(name);
}

void Merge::ordered_lists(Json& original, Json& patch) {
  std::vector<std::string> directives;
  for (const auto& [name, order] : patch.items()) {
    if (name.starts_with(kOrderPrefix)) directives.push_back(name);
  }
  for (const std::string& directive : directives) {
    const Json order = patch[directive];
    patch.erase(directive);
    if (into_patch_) original[directive] = order;
    ordered_list(original, patch, directive.substr(kOrderPrefix.size()), order);
  }
}

void Merge::take(Json& original, const std::string& name, const Json& value) {
  if (auto kept = without_directives(into_patch_ ? value : without_nulls(value)))
    original[name] = std::move(*kept);
  else
    original.erase(name);
}

void Merge::field(Json& original, std::string name, const Json& value) {
  const bool deletes = name.starts_with(kDeletePrefix);
  if (deletes && into_patch_) {
    original[name] = value;
    return;
  }
  if (deletes) name = name.substr(kDeletePrefix.size());
  if (value.is_null()) {
    original.erase(name);
    if (!into_patch_) return;
  }
  if (!original.contains(name) || !same_type(original[name], value)) {
    if (!deletes) take(original, name, value);
    return;
  }
  const Json before = original[name];
  if (deletes) {
    Json rest = Json::array();
    for (const Json& item : before) {
      if (!has_item(value, "", item)) rest.push_back(item);
    }
    original[name] = std::move(rest);
  } else if (value.is_object()) {
    original[name] = map(before, value);
  } else if (value.is_array()) {
    const auto key = list_merge_key(name, value, before);
    original[name] = key ? list(before, value, *key) : value;
  } else {
    original[name] = value;
  }
}

Json Merge::list_items(Json original, const Json& patch, std::string_view key) {
  for (const Json& item : patch) {
    if (!item.contains(key)) return fail(no_merge_key(item, key));
    const auto same = std::ranges::find_if(
        original, [&](const Json& other) { return member(other, key) == member(item, key); });
    if (same != original.end())
      *same = map(*same, item);
    else
      original.push_back(item);
  }
  return original;
}

Json Merge::list(const Json& original, const Json& patch, std::string_view key) {
  if (original.empty() && patch.empty()) return original;
  Json before = original, changes = Json::array();
  bool replaced = false;
  for (const Json& item : patch) {
    const Json& directive = key.empty() ? Json() : member(item, kPatchDirective);
    if (directive.is_null()) {
      changes.push_back(item);
    } else if (directive == "delete") {
      if (!item.contains(key)) return fail(no_merge_key(item, key));
      Json rest = Json::array();
      for (const Json& other : before) {
        if (member(other, key) != member(item, key)) rest.push_back(other);
      }
      before = std::move(rest);
    } else if (directive == "replace") {
      replaced = true;
    } else {
      return fail("unknown patch type: " + go_text(directive) + " in map: " + go_text(item));
    }
  }
  if (replaced) {
    before = std::move(changes);
    changes = Json::array();
  }
  Json merged = before;
  if (key.empty()) {
    for (const Json& item : changes) {
      if (!has_item(merged, "", item)) merged.push_back(item);
    }
  } else {
    merged = list_items(before, changes, key);
  }
  return in_order(merged, changes, before, key);
}

Json Merge::map(Json original, Json patch) {
  if (const Json directive = member(patch, kPatchDirective); !directive.is_null()) {
    patch.erase(std::string(kPatchDirective));
    if (directive == "replace") return patch;
    if (directive == "delete") return Json::object();
    return fail("unknown patch type: " + go_text(directive) + " in map: " + go_text(patch));
  }
  retain_keys(original, patch);
  ordered_lists(original, patch);
  for (const auto& [name, value] : patch.items()) field(original, name, value);
  return original;
}

}  // namespace

Patched strategic_merge(const Json& original, const Json& patch, bool into_patch) {
  Merge merge(into_patch);
  Json merged = merge.map(original, patch);
  if (!merge.problem.empty()) return std::unexpected(std::move(merge.problem));
  return merged;
}

Json json_merge_patch(Json target, const Json& patch) {
  target.merge_patch(patch);
  return target;
}

Patched json_patch(const Json& target, const Json& patch) {
  if (!patch.is_array())
    return std::unexpected("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  try {
    return target.patch(patch);
  } catch (const Json::exception& error) {
    return std::unexpected(std::string("the server rejected our request due to an error in our request: ") +
                           error.what());
  }
}

Patched strategic_merge_patch(const Json& target, const Json& patch) {
  if (!patch.is_object()) return std::unexpected("Invalid JSON document");
  return strategic_merge(target.is_object() ? target : Json::object(), patch, false);
}

}  // namespace seatrial::api
