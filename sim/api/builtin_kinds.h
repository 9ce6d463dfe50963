// Which kinds an API server without custom resources serves, so that a misspelt or removed one is refused as
// kubectl refuses it instead of being stored as something that is not simulated. Source: `kubectl
// api-resources` of v1.36 with default flags (k8s.io/api, the versions that are on by default).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seatrial::api {

// False for a kind that a built-in group lacks ("Deployement" of apps/v1, "Ingress" of extensions/v1beta1).
// Groups of custom resources have a dot and are not built in: they serve everything.
bool is_served(std::string_view api_version, std::string_view kind);

// The kinds of a built-in group and version; none if it is not served.
std::vector<std::string> served_kinds(std::string_view api_version);

}  // namespace seatrial::api
