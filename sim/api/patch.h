// The ways in which the API server and kubectl change an object: patches and apply, on objects as JSON
// (KindInfo:: encode), whose result is decoded, defaulted and validated again by the caller. Sources: RFC
// 7396, RFC 6902, k8s.io/apimachinery/pkg/util/strategicpatch, kubectl/pkg/cmd/apply.
#pragma once

#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace seatrial::api {

using Json = nlohmann::ordered_json;

// Null deletes; lists are replaced whole.
Json json_merge_patch(Json target, const Json& patch);

// Operations add, remove, replace, move, copy, test. The error is the API server's text.
std::expected<Json, std::string> json_patch(const Json& target, const Json& patch);

// As json_merge_patch, but lists with a merge key (containers by name, ports by containerPort or port, …) are
// merged item by item, and the directives $patch (delete, replace, merge), $retainKeys, $setElementOrder/…
// (ignored) and $deleteFromPrimitiveList/… are obeyed.
Json strategic_merge_patch(Json target, const Json& patch);

// kubectl apply, client side: `live` (null: the object does not exist yet), the manifest, and the manifest
// that was applied last (null: none). A field that was applied last and is missing now goes; what nobody
// applied stays.
Json apply(const Json& live, const Json& config, const Json& last_applied);

// The key by which items of a list of that name are told apart; empty if the list is replaced whole. `item`
// is one of its items: a Service's ports go by port, a container's by containerPort.
std::string_view merge_key(std::string_view list, const Json& item);

}  // namespace seatrial::api
