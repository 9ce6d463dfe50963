// The names and types of all fields of the API types, so that manifests are checked strictly: a typo is
// refused, a field that seatrial gives no meaning is not.
//
// A schema is text: `Type: field type, field type, …`. Types are string, bool, int32, int64, float, quantity,
// intstr, time, bytes (base64), any, the name of another type, `[]T` (a list) and `{}T` (a map). Each kind
// brings its own types in its file; those shared stand in schema_meta.cc and schema_pod.cc. Internal to
// sim/api.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/api/problem.h"
#include "sim/api/value.h"

namespace seatrial::api {

extern const char* const kMetaSchema;
extern const char* const kPodSchema;

// Everything in `document` that `type` does not know or does not take, in the words of kubectl and the API
// server. REQUIRES: `type` is named in a schema.
void check_schema(std::string_view type, const Value& document, Problems& problems);
// The same for a field of that name at the top of a document.
void check_schema_of_field(std::string_view name, std::string_view type, const Value& value,
                           Problems& problems);

// Names every schema type that is mentioned but not defined: for the test of the tables.
std::vector<std::string> undefined_types();

}  // namespace seatrial::api
