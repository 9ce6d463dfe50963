#include <nlohmann/json.hpp>

#include "sim/scenario/environments/report.h"

namespace seatrial::scenario::environments {
namespace {

using Json = nlohmann::ordered_json;

void add_place(Json& row, api::SourcePosition where, bool with_column = false) {
  row["file"] = where.line > 0 ? Json(where.file.str()) : Json(nullptr);
  row["line"] = where.line > 0 ? Json(where.line) : Json(nullptr);
  if (with_column) row["column"] = where.line > 0 ? Json(where.column) : Json(nullptr);
}

Json counts_json(const std::map<std::string, int>& counts) {
  Json all = Json::object();
  for (const auto& [kind, count] : counts) all[kind] = count;
  return all;
}

Json texts_json(const std::vector<api::Symbol>& texts) {
  Json all = Json::array();
  for (const api::Symbol text : texts) all.push_back(text.str());
  return all;
}

Json aws_json(const std::vector<ResourceRow>& rows) {
  Json all = Json::array();
  for (const ResourceRow& row : rows) {
    const cloud::terraform::AwsResource& resource = *row.resource;
    Json secrets = Json::array();
    for (const cloud::terraform::MadeObject* const secret : row.secrets)
      secrets.push_back({{"namespace", secret->namespace_.str()}, {"name", secret->name.str()}});
    Json json = {{"kind", to_string(resource.kind)}, {"address", resource.address.str()},
                 {"madeBy", resource.made_by.str()}, {"name", resource.name.str()},
                 {"details", details_of(resource)},  {"sure", resource.sure},
                 {"secrets", std::move(secrets)}};
    add_place(json, resource.source);
    all.push_back(std::move(json));
  }
  return all;
}

Json secrets_json(const std::vector<const cloud::terraform::MadeObject*>& secrets) {
  Json all = Json::array();
  for (const cloud::terraform::MadeObject* const secret : secrets) {
    Json keys = Json::array();
    for (const cloud::terraform::SecretKey& key : secret->keys)
      keys.push_back({{"key", key.key.str()}, {"from", texts_json(key.sources)}});
    Json json = {{"namespace", secret->namespace_.str()},
                 {"name", secret->name.str()},
                 {"nameIsKnown", secret->has_known_name},
                 {"sure", secret->sure},
                 {"keys", std::move(keys)},
                 {"hasFurtherKeys", secret->has_open_keys},
                 {"filledElsewhere", secret->filled_elsewhere},
                 {"address", secret->address.str()}};
    add_place(json, secret->source);
    all.push_back(std::move(json));
  }
  return all;
}

Json namespace_json(const NamespaceRow& row) {
  Json from_others = Json::array();
  for (const SecretAbroad& other : row.from_others) {
    Json keys = Json::array();
    for (const cloud::terraform::SecretKey& key : other.secret->keys) keys.push_back(key.key.str());
    from_others.push_back(
        {{"from", other.from->name.str()}, {"name", other.secret->name.str()}, {"keys", std::move(keys)}});
  }
  return {{"name", row.folder->name.str()},
          {"path", row.folder->path},
          {"skipped", row.folder->skipped},
          {"quota",
           {{"pods", row.promised.pods},
            {"milliCpu", row.promised.milli_cpu},
            {"memoryBytes", row.promised.memory_bytes}}},
          {"teams", texts_json(row.teams)},
          {"objects", counts_json(row.applied)},
          {"madeByTerraform", counts_json(row.made)},
          {"aws", aws_json(row.aws)},
          {"secrets", secrets_json(row.secrets)},
          {"secretsFromOthers", std::move(from_others)}};
}

Json findings_of_report(const Findings& findings) {
  Json all = Json::array();
  for (const Finding& finding : findings) {
    Json row = {{"rule", finding.rule},
                {"severity", severity_text(finding.severity)},
                {"cluster", finding.cluster.str()},
                {"namespace", finding.namespace_.str()}};
    add_place(row, finding.where, true);
    row["what"] = finding.what;
    row["why"] = finding.why;
    row["change"] = finding.change;
    all.push_back(std::move(row));
  }
  return all;
}

Json unknown_modules_json(const Repository& repository) {
  Json all = Json::array();
  for (const ClusterFolder& cluster : repository.clusters) {
    for (const NamespaceFolder& folder : cluster.namespaces) {
      for (const cloud::terraform::UnknownModule& module : folder.plan.unknown_modules) {
        Json row = {{"source", module.source.str()}, {"address", module.address.str()}};
        add_place(row, module.where);
        all.push_back(std::move(row));
      }
    }
  }
  return all;
}

Json problems_json(const api::Problems& problems) {
  Json all = Json::array();
  for (const api::Problem& problem : problems) {
    Json row = Json::object();
    add_place(row, problem.where, true);
    row["path"] = problem.path;
    row["message"] = problem.message;
    all.push_back(std::move(row));
  }
  return all;
}

}  // namespace

std::string json_of(const Report& report) {
  Json clusters = Json::array();
  for (const ClusterInventory& cluster : report.clusters) {
    Json namespaces = Json::array();
    for (const NamespaceRow& row : cluster.namespaces) namespaces.push_back(namespace_json(row));
    clusters.push_back({{"name", cluster.cluster->name.str()},
                        {"namespaces", std::move(namespaces)},
                        {"objects", counts_json(cluster.applied)}});
  }
  Json not_read = Json::array();
  for (const PassedOver* const file : passed_over_files(*report.repository))
    not_read.push_back({{"path", file->path}, {"why", to_string(file->why)}});
  const Json all = {{"schema", "seatrial.environments/v1"},
                    {"path", report.repository->path},
                    {"clusters", std::move(clusters)},
                    {"findings", findings_of_report(report.findings)},
                    {"notRead", std::move(not_read)},
                    {"unknownModules", unknown_modules_json(*report.repository)},
                    {"problems", problems_json(report.repository->problems)}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace seatrial::scenario::environments
