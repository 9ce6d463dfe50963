// What an Environments repository takes for granted about its platform: which namespaces exist besides its
// own, what every namespace must have, what its checks forbid, what its pipeline sets.
//
// Data, not rules: standard_conventions() are those of the platform that the format comes from (the Cloud
// Platform of the Ministry of Justice: its Environments repository and infrastructure as of August 2026).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/api/meta.h"

namespace seatrial::scenario::environments {

struct PlatformNamespace {
  api::Symbol name;
  api::LabelMap labels;
};

// A label or annotation that every namespace needs; if `values` are given, one of them.
struct Required {
  api::Symbol key;
  std::vector<api::Symbol> values;
};

// A cluster-wide Calico policy whose rules come after all policies with an order, and end in an Allow.
struct LastAllow {
  api::Symbol policy;
  std::string rule;  // "0.0.0.0/0"
};

struct Conventions {
  api::Symbol skip_file;                   // its presence keeps the pipeline from a namespace
  std::vector<api::Symbol> other_markers;  // files that mean something to the pipeline, but are no manifests
  std::vector<PlatformNamespace> namespaces;  // that the platform makes itself
  std::vector<Required> annotations, labels;  // of Namespaces
  std::vector<std::pair<api::Symbol, api::Symbol>> forbidden_labels;
  std::vector<api::Symbol> forbidden_kinds;  // in a namespace's folder
  std::vector<api::Symbol> cluster_roles;    // that a namespace may bind
  api::Symbol group_prefix;                  // of the groups that sign in: "github:"
  api::Symbol team_annotation, review_annotation, environment_label, production_label, class_annotation;
  std::vector<api::Symbol> production_names;  // of environments
  std::vector<api::Symbol> ingress_classes;
  std::optional<LastAllow> last_allow;
  std::int64_t memory_limit_ratio = 2;  // beyond that, of limit to request, admission warns
  // TF_VAR_… by the first part of the cluster's folder ("live" of live.cloud-platform.…); "" for all
  // clusters.
  std::map<std::string, std::map<std::string, std::string>> variables;
};

const Conventions& standard_conventions();

}  // namespace seatrial::scenario::environments
