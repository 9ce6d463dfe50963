// Patches made from two or three versions of an object.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "sim/api/patch.h"
#include "sim/api/patch_merge.h"
#include "sim/api/patch_schema.h"

namespace seatrial::api {
namespace {

class Diff {
 public:
  Diff(bool with_changes, bool with_deletions) : changes_(with_changes), deletions_(with_deletions) {}

  Json maps(const Json& original, const Json& modified, bool retain_keys);
  std::string problem;  // the first that was found

 private:
  void lists(const std::string& name, const Json& original, const Json& modified, Json& patch);
  void texts(const std::string& name, const Json& original, const Json& modified, Json& patch);
  void items(const std::string& name, std::string_view key, const Json& original, const Json& modified,
             Json& patch);
  Json changed_items(std::string_view key, const Json& original, const Json& modified, bool retain_keys,
                     Json& deleted);

  bool changes_, deletions_;
};

// Sorted by the merge key's text. False where an item has none.
bool sorted_by_key(const Json& list, std::string_view key, std::vector<Json>& sorted, std::string& problem) {
  for (const Json& item : list) {
    if (!item.contains(key)) {
      if (problem.empty()) problem = no_merge_key(item, key);
      return false;
    }
    sorted.push_back(item);
  }
  std::ranges::stable_sort(sorted, {}, [&](const Json& item) { return go_text(member(item, key)); });
  return true;
}

Json Diff::changed_items(std::string_view key, const Json& original, const Json& modified, bool retain_keys,
                         Json& deleted) {
  Json changed = Json::array();
  std::vector<Json> before, after;
  if (!sorted_by_key(original, key, before, problem) || !sorted_by_key(modified, key, after, problem))
    return changed;
  auto old = before.begin(), now = after.begin();
  const auto text = [&](const Json& item) { return go_text(member(item, key)); };
  while (old != before.end() || now != after.end()) {
    const bool both = old != before.end() && now != after.end();
    if (both && text(*old) == text(*now)) {
      Json patch = maps(*old, *now, retain_keys);
      if (!patch.empty()) {
        patch[std::string(key)] = member(*now, key);
        changed.push_back(std::move(patch));
      }
      ++old, ++now;
    } else if (old == before.end() || (both && text(*old) > text(*now))) {
      if (changes_) changed.push_back(*now);
      ++now;
    } else {
      if (deletions_) deleted.push_back({{key, member(*old, key)}, {kPatchDirective, "delete"}});
      ++old;
    }
  }
  return changed;
}

void Diff::items(const std::string& name, std::string_view key, const Json& original, const Json& modified,
                 Json& patch) {
  Json deleted = Json::array();
  Json changed = changed_items(key, original, modified, retains_keys(name), deleted);
  sort_by_order(changed, modified, key);
  bool same_order = original.size() == modified.size();
  for (std::size_t i = 0; same_order && i < original.size(); ++i)
    same_order = member(original[i], key) == member(modified[i], key);
  for (Json& item : deleted) changed.push_back(std::move(item));
  const bool ordered = (changes_ && (!changed.empty() || !same_order)) || (deletions_ && !changed.empty());
  Json order = Json::array();
  for (const Json& item : modified) order.push_back({{key, member(item, key)}});
  if (!changed.empty()) patch[name] = std::move(changed);
  if (ordered && !order.empty()) patch[std::string(kOrderPrefix) + name] = std::move(order);
}

void Diff::texts(const std::string& name, const Json& original, const Json& modified, Json& patch) {
  const auto missing_in = [](const Json& list, const Json& item) {
    return std::ranges::find(list, item) == list.end();
  };
  Json added = Json::array(), deleted = Json::array();
  for (const Json& item : modified) {
    if (changes_ && missing_in(original, item)) added.push_back(item);
  }
  for (const Json& item : original) {
    if (deletions_ && missing_in(modified, item) && missing_in(deleted, item)) deleted.push_back(item);
  }
  const bool ordered = (deletions_ && !deleted.empty()) || (changes_ && original != modified);
  if (!added.empty()) patch[name] = std::move(added);
  if (!deleted.empty()) patch[std::string(kDeletePrefix) + name] = std::move(deleted);
  if (ordered && !modified.empty()) patch[std::string(kOrderPrefix) + name] = modified;
}

void Diff::lists(const std::string& name, const Json& original, const Json& modified, Json& patch) {
  const auto key = list_merge_key(name, original, modified);
  if (!key) {
    if (changes_ && original != modified) patch[name] = modified;
    return;
  }
  if (original.empty()) {
    if (changes_ && !modified.empty()) patch[name] = modified;
    return;
  }
  if (key->empty()) return texts(name, original, modified, patch);
  items(name, *key, original, modified, patch);
}

Json Diff::maps(const Json& original, const Json& modified, bool retain_keys) {
  Json patch = Json::object(), kept = Json::array();
  for (const auto& [name, value] : modified.items()) {
    if (retain_keys && !value.is_null()) kept.push_back(name);
    const bool known = original.contains(name);
    if (!known || !same_type(original[name], value)) {
      if (changes_) patch[name] = value;
    } else if (value.is_object()) {
      Json inner = maps(original[name], value, retains_keys(name));
      if (!inner.empty()) patch[name] = std::move(inner);
    } else if (value.is_array()) {
      lists(name, original[name], value, patch);
    } else if (changes_ && original[name] != value) {
      patch[name] = value;
    }
  }
  bool more_in_original = false;
  for (const auto& [name, value] : original.items()) {
    if (modified.contains(name)) continue;
    if (deletions_) patch[name] = nullptr;
    more_in_original |= !value.is_null();
  }
  if (!kept.empty() && (!patch.empty() || more_in_original))
    patch[std::string(kRetainKeysDirective)] = std::move(kept);
  return patch;
}

Json as_map(const Json& value) { return value.is_object() ? value : Json::object(); }

// Of a merge patch either the nulls or all the rest.
Json part_of(const Json& patch, bool nulls) {
  Json part = Json::object();
  for (const auto& [name, value] : patch.items()) {
    if (value.is_null()) {
      if (nulls) part[name] = nullptr;
    } else if (value.is_object() && !value.empty()) {
      Json inner = part_of(value, nulls);
      if (!inner.empty()) part[name] = std::move(inner);
    } else if (!nulls) {
      part[name] = value;
    }
  }
  return part;
}

// Both patches in one: the second one wins, and nulls stay.
Json joined(Json first, const Json& second) {
  for (const auto& [name, value] : second.items()) {
    const bool both = first.contains(name) && first[name].is_object() && value.is_object();
    first[name] = both ? joined(first[name], value) : value;
  }
  return first;
}

}  // namespace

Patched two_way_patch(const Json& original, const Json& modified) {
  Diff diff(true, true);
  Json patch = diff.maps(as_map(original), as_map(modified), false);
  if (!diff.problem.empty()) return std::unexpected(std::move(diff.problem));
  return patch;
}

Patched three_way_patch(const Json& original, const Json& modified, const Json& current) {
  Diff delta(true, false), deletions(false, true);
  const Json changed = delta.maps(as_map(current), as_map(modified), false);
  const Json deleted = deletions.maps(as_map(original), as_map(modified), false);
  if (!delta.problem.empty()) return std::unexpected(std::move(delta.problem));
  if (!deletions.problem.empty()) return std::unexpected(std::move(deletions.problem));
  return strategic_merge(deleted, changed, true);
}

Json merge_patch_between(const Json& original, const Json& modified) {
  Json patch = Json::object();
  for (const auto& [name, value] : modified.items()) {
    if (original.contains(name) && original[name].is_object() && value.is_object()) {
      Json inner = merge_patch_between(original[name], value);
      if (!inner.empty()) patch[name] = std::move(inner);
    } else if (!original.contains(name) || original[name] != value) {
      patch[name] = value;
    }
  }
  for (const auto& [name, value] : original.items()) {
    if (!modified.contains(name)) patch[name] = nullptr;
  }
  return patch;
}

Json three_way_merge_patch(const Json& original, const Json& modified, const Json& current) {
  return joined(part_of(merge_patch_between(as_map(original), modified), true),
                part_of(merge_patch_between(as_map(current), modified), false));
}

}  // namespace seatrial::api
