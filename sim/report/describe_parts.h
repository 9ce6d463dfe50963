// The parts that descriptions share. Internal to describe.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/api/core.h"
#include "sim/cluster/store.h"
#include "sim/engine/time.h"

namespace seatrial::report {

using Json = nlohmann::ordered_json;

// Lines with tabs between cells, indented by levels of two spaces.
class Lines {
 public:
  template <class... Args>
  void add(int level, fmt::format_string<Args...> format, Args&&... args) {
    text_ += std::string(static_cast<std::size_t>(level) * 2, ' ') +
             fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  // What was added so far is aligned by itself.
  void flush();
  std::string take();

 private:
  std::string text_, done_;
};

// What a description is made from.
struct Described {
  const api::Object& object;
  Json json;  // of it
  const cluster::Store& store;
  SimTime now;
};

// `Labels:  app=web` and the others below each other; <none> without any.
void add_labels(Lines& lines, std::string_view title, const api::LabelMap& labels);
void add_annotations(Lines& lines, std::string_view title, const api::LabelMap& annotations);
void add_name(Lines& lines, const api::Object& object);
void add_controller(Lines& lines, const api::Object& object);
void add_events(Lines& lines, const Described& what);
std::string text_of(const Json& json);              // of a scalar; empty for null
const Json& at(const Json& json, const char* key);  // null if absent
std::string or_none(std::string text);
std::string quoted_none(bool none);  // "\t<none>" or nothing: a heading of nothing

// Containers, volumes, node selectors and tolerations of a pod or a template. `spec` is a PodSpec.
void add_containers(Lines& lines, const char* title, const Json& containers, const Json& statuses,
                    const char* space);
void add_volumes(Lines& lines, const Json& volumes, const char* space);
void add_placement(Lines& lines, const api::PodSpec& spec, const std::string& space);
void add_template(Lines& lines, const api::PodTemplateSpec& pods, const Json& json);
void add_scopes(Lines& lines, int level, const api::ResourceQuota& quota);  // with what they mean

// One for each kind that has a description.
void describe_pod(Lines& lines, const Described& what);
void describe_deployment(Lines& lines, const Described& what);
void describe_replica_set(Lines& lines, const Described& what);
void describe_stateful_set(Lines& lines, const Described& what);
void describe_daemon_set(Lines& lines, const Described& what);
void describe_job(Lines& lines, const Described& what);
void describe_node(Lines& lines, const Described& what);
void describe_service(Lines& lines, const Described& what);
void describe_budget(Lines& lines, const Described& what);
void describe_quota(Lines& lines, const Described& what);
void describe_cron_job(Lines& lines, const Described& what);
void describe_ingress(Lines& lines, const Described& what);
void describe_autoscaler(Lines& lines, const Described& what);
void describe_limit_range(Lines& lines, const Described& what);
void describe_namespace(Lines& lines, const Described& what);
void describe_priority_class(Lines& lines, const Described& what);
void describe_config_map(Lines& lines, const Described& what);
void describe_secret(Lines& lines, const Described& what);
void describe_role(Lines& lines, const Described& what);  // ClusterRoles, too
void describe_role_binding(Lines& lines, const Described& what);

}  // namespace seatrial::report
