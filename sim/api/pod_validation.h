// Validation of pods and pod templates. Source: pkg/apis/core/validation/validation.go. Internal to sim/api.
#pragma once

#include "sim/api/fields_core.h"
#include "sim/api/validation.h"

namespace seatrial::api {

// `at` is the place of the spec.
void validate_pod_spec(Report& report, const Place& at, const PodSpec& spec);
// What is asked of the images of pods, and not of templates.
void validate_images_of_pod(Report& report, const Place& at, const PodSpec& spec);
// Of a workload whose pods run until they are deleted: metadata, spec, and what its pods must not have;
// `kind` is the one that the API server's text names.
void validate_template(Report& report, const Place& at, const PodTemplateSpec& t,
                       const LabelSelector& selector, std::string_view kind = "ReplicaSet");
void validate_tolerations(Report& report, const Place& at, const std::vector<Toleration>& tolerations);
// Affinity, spreading, tolerations and node selector.
void validate_placement(Report& report, const Place& at, const PodSpec& spec);
void validate_containers(Report& report, const Place& at, const PodSpec& spec);
// One of a node selector; what is only preferred may have any values.
void validate_node_selector_term(Report& report, const Place& at, const NodeSelectorTerm& term,
                                 bool preferred = false);
// A selector as Deployments and ReplicaSets need it: not empty.
void validate_controller_selector(Report& report, const Place& at, const LabelSelector& selector);
// cpu, memory, example.com/gpu; what has no / must be one that containers have.
void validate_container_resource_name(Report& report, const Place& at, std::string_view name);
// requests.cpu, limits.memory, …: names and amounts, requests within limits.
void validate_resources(Report& report, const Place& at, const ResourceRequirements& resources);

// What the struct does not carry, on the document itself. Called by decoding: all of it, and its parts
// (volumes and where they are mounted, security contexts).
void check_pod_document(const Value& spec, const Place& at, const Context& context);
void check_volumes(const Value& spec, const Place& at, const Context& context);
void check_pod_security_context(const Value& spec, const Place& at, const Context& context);
void check_container_security_context(const Value& container, const Place& at, bool host_users,
                                      const Context& context);

}  // namespace seatrial::api
