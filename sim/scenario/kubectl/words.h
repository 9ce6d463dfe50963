// How kubectl names objects and words errors. Sources: k8s.io/cli-runtime/pkg/printers/name.go,
// k8s.io/kubectl/pkg/cmd/util/helpers.go (checkErr).
#pragma once

#include <string>
#include <string_view>

#include "sim/cluster/api_request.h"
#include "sim/scenario/kubectl/command.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario::kubectl {

// The annotation in which `kubectl apply` keeps what it was given.
inline constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

std::string resource_text(const api::Object& object);  // deployment.apps
std::string name_text(const api::Object& object);      // deployment.apps/web
std::string name_text(const ObjectName& name);

// Resource: "apps/v1, Resource=deployments", GroupVersionKind: "apps/v1, Kind=Deployment"
// Name: "web", Namespace: "default"
std::string object_text(const api::Object& object);

// Error from server (NotFound): deployments.apps "web" not found
std::string not_found_text(const Target& target);
// As Go joins errors: the one, or [one, another].
std::string aggregate_text(const std::vector<std::string>& errors);
// As kubectl ends with them: the one behind "error: ", or each on a line of its own.
std::string final_text(const std::vector<std::string>& errors);
std::string go_duration(Duration d);  // 10s, 1m30s, 2m0s
// What kubectl prints about a refusal. With a `context` it wraps the error in words of its own; a `source`
// goes before the server's message.
std::string refusal_text(const cluster::ApiError& error, std::string_view context = {},
                         std::string_view source = {});

}  // namespace seatrial::scenario::kubectl
