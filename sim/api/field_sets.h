// Who owns which fields: the sets, comparisons and merges behind server-side apply, on objects as JSON.
//
// A field is its path as the API prints it: .spec.replicas,
// .spec.template.spec.containers[name="web"].image. Lists with keys are merged item by item; a list or map
// that is atomic is one field. Pure functions. Sources: sigs.k8s.io/structured-merge-diff (typed, merge), the
// listType, listMapKey, mapType and structType markers of k8s.io/api.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "sim/api/patch.h"

namespace seatrial::api {

using FieldSet = std::set<std::string>;

// All fields of an object, but for those that nobody owns (apiVersion, kind, status, names, what the server
// sets).
FieldSet fields_of(const Json& object);

struct FieldChanges {
  FieldSet changed;  // added or with another value
  FieldSet removed;
};
FieldChanges compare_fields(const Json& before, const Json& after);

// `live` with the values of `config`; what the config does not name stays.
Json merge_applied(const Json& live, const Json& config);
// Without these fields, and without the maps and items that this empties.
Json without_fields(const Json& object, const FieldSet& fields);

}  // namespace seatrial::api
