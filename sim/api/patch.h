// The ways in which the API server and kubectl change an object: patches of all three kinds, made and
// applied, on objects as JSON (KindInfo::encode), whose result is decoded, defaulted and validated again by
// the caller. Pure functions. Sources: RFC 7396, RFC 6902,
// k8s.io/apimachinery/pkg/util/{strategicpatch,jsonmergepatch}.
#pragma once

#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace seatrial::api {

using Json = nlohmann::json;                       // keys in order, as Go marshals maps
using Patched = std::expected<Json, std::string>;  // or what is wrong with the patch, in the API's words

// --- Applied
// Null deletes; lists are replaced whole.
Json json_merge_patch(Json target, const Json& patch);
// Operations add, remove, replace, move, copy, test.
Patched json_patch(const Json& target, const Json& patch);
// As json_merge_patch, but lists with a merge key (containers by name, ports by containerPort or port, …) are
// merged item by item, and the directives $patch (delete, replace), $retainKeys, $setElementOrder/… and
// $deleteFromPrimitiveList/… are obeyed.
Patched strategic_merge_patch(const Json& target, const Json& patch);

// --- Made
// The strategic merge patch that makes `modified` of `original`; {} if they are equal.
Patched two_way_patch(const Json& original, const Json& modified);
// kubectl apply, client side: what was applied last (null: nothing), the manifest, and what is there. A field
// that was applied last and is missing now goes; what nobody applied stays.
Patched three_way_patch(const Json& original, const Json& modified, const Json& current);
// The same as JSON merge patches, for kinds whose lists have no merge keys (custom resources).
Json merge_patch_between(const Json& original, const Json& modified);
Json three_way_merge_patch(const Json& original, const Json& modified, const Json& current);

// The key by which items of a list of that name are told apart; empty if the list is replaced whole. `item`
// is one of its items: a Service's ports go by port, a container's by containerPort.
std::string_view merge_key(std::string_view list, const Json& item);

}  // namespace seatrial::api
