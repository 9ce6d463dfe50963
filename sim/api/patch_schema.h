// How strategic merge patches treat a field: which lists are merged item by item and by which key, and which
// structs have only one valid shape at a time. Source: the struct tags patchStrategy and patchMergeKey of
// k8s.io/api, for the kinds that are simulated. Internal to the patches.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "sim/api/patch.h"

namespace seatrial::api {

inline constexpr std::string_view kPatchDirective = "$patch", kRetainKeysDirective = "$retainKeys";
inline constexpr std::string_view kDeletePrefix = "$deleteFromPrimitiveList/",
                                  kOrderPrefix = "$setElementOrder/";

// The key by which the items of two lists of that name are told apart; empty for lists of texts that are
// merged as sets; nothing for lists of which one replaces the other. The items tell container ports
// (containerPort) from a Service's (port).
std::optional<std::string_view> list_merge_key(std::string_view name, const Json& a, const Json& b);

// patchStrategy retainKeys: what a patch does not name goes.
bool retains_keys(std::string_view name);

// The member `key` of a map, or null.
const Json& member(const Json& map, std::string_view key);

// Values of one JSON type; numbers are one type.
bool same_type(const Json& a, const Json& b);

// As Go prints a value with %v: map[image:web:2 name:web].
std::string go_text(const Json& value);

// "map: map[…] does not contain declared merge key: name"
std::string no_merge_key(const Json& item, std::string_view key);

// Sorts the items that `order` has as they stand there. REQUIRES: of maps, all have `key`.
void sort_by_order(Json& items, const Json& order, std::string_view key);

}  // namespace seatrial::api
