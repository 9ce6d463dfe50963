// The report for people: an overview of every cluster, or one namespace in full; then what was found.
#include <algorithm>
#include <array>
#include <set>

#include "sim/scenario/environments/report.h"
#include "sim/scenario/environments/report_parts.h"

namespace seatrial::scenario::environments {
namespace {

using cloud::terraform::AwsKind;
using report::Colour;
using report::Table;

// The kinds of AWS resources that the table of namespaces has columns for.
struct AwsColumn {
  std::string_view heading;
  std::array<AwsKind, 2> kinds;
};
constexpr auto kAwsColumns = std::to_array<AwsColumn>({
    {"RDS", {AwsKind::kDatabase, AwsKind::kDatabaseCluster}},
    {"CACHES", {AwsKind::kCache, AwsKind::kCache}},
    {"BUCKETS", {AwsKind::kBucket, AwsKind::kBucket}},
    {"QUEUES", {AwsKind::kQueue, AwsKind::kQueue}},
    {"TOPICS", {AwsKind::kTopic, AwsKind::kTopic}},
    {"ROLES", {AwsKind::kRole, AwsKind::kRole}},
});
constexpr std::size_t kMostRows = 100;  // of a table, if not all are wanted
constexpr std::array<std::string_view, 6> kWorkloads{"Deployment", "StatefulSet", "DaemonSet",
                                                     "Job",        "CronJob",     "Pod"};

std::string number_or_dash(std::size_t count) { return count == 0 ? "-" : report::with_thousands(count); }

int count_in(const std::map<std::string, int>& counts, std::string_view kind) {
  const auto found = counts.find(std::string(kind));
  return found == counts.end() ? 0 : found->second;
}

std::string title(const Report& report) {
  std::size_t namespaces = 0;
  std::uint64_t manifests = 0, terraform = 0;
  for (const ClusterFolder& cluster : report.repository->clusters) {
    namespaces += cluster.namespaces.size();
    manifests += static_cast<std::uint64_t>(cluster.manifest_files);
    for (const NamespaceFolder& folder : cluster.namespaces) {
      manifests += static_cast<std::uint64_t>(folder.manifest_files);
      terraform += static_cast<std::uint64_t>(folder.terraform_files);
    }
  }
  const std::size_t not_read = passed_over_files(*report.repository).size();
  return report.repository->path + ": " + count_text(namespaces, "namespace") + " of " +
         count_text(report.clusters.size(), "cluster") + "; " + count_text(manifests, "manifest file") +
         " and " + count_text(terraform, "terraform file") + " read, " + count_text(not_read, "file") +
         " not applied\n";
}

std::string cluster_line(const ClusterInventory& cluster) {
  std::set<api::Symbol> teams;
  std::size_t skipped = 0;
  Room promised;
  for (const NamespaceRow& row : cluster.namespaces) {
    teams.insert(row.teams.begin(), row.teams.end());
    skipped += row.folder->skipped ? 1 : 0;
    promised += row.promised;
  }
  return "  " + count_text(cluster.namespaces.size(), "namespace") +
         (skipped > 0 ? " (" + std::to_string(skipped) + " skipped by the pipeline)" : "") + ", " +
         count_text(teams.size(), "team") + "; quotas of " +
         count_text(static_cast<std::uint64_t>(promised.pods), "pod") + ", by default requests " +
         cores_text(promised.milli_cpu) + " and " + memory_text(promised.memory_bytes) + "\n";
}

std::string objects_table(const ClusterInventory& cluster) {
  struct Counts {
    std::size_t applied = 0, made = 0, namespaces = 0;
  };
  std::map<std::string, Counts> kinds;
  for (const auto& [kind, count] : cluster.applied) kinds[kind].applied += static_cast<std::size_t>(count);
  for (const NamespaceRow& row : cluster.namespaces) {
    std::set<std::string> here;
    for (const auto& [kind, count] : row.applied) {
      kinds[kind].applied += static_cast<std::size_t>(count);
      here.insert(kind);
    }
    for (const auto& [kind, count] : row.made) {
      kinds[kind].made += static_cast<std::size_t>(count);
      here.insert(kind);
    }
    for (const std::string& kind : here) ++kinds[kind].namespaces;
  }
  Table table({"OBJECTS", "MANIFESTS", "TERRAFORM", "NAMESPACES"});
  for (const auto& [kind, counts] : kinds)
    table.add({kind.empty() ? "(not known)" : kind, number_or_dash(counts.applied),
               number_or_dash(counts.made), number_or_dash(counts.namespaces)});
  return "\n" + table.str(2, {1, 2, 3});
}

std::string aws_table(const ClusterInventory& cluster) {
  struct Counts {
    std::size_t all = 0, with_secret = 0;
    std::set<api::Symbol> namespaces;
  };
  std::array<Counts, cloud::terraform::kAwsKinds> kinds;
  for (const NamespaceRow& row : cluster.namespaces) {
    for (const ResourceRow& resource : row.aws) {
      Counts& counts = kinds[static_cast<std::size_t>(resource.resource->kind)];
      ++counts.all;
      counts.with_secret += resource.secrets.empty() ? 0 : 1;
      counts.namespaces.insert(row.folder->name);
    }
  }
  Table table({"AWS RESOURCES", "COUNT", "NAMESPACES", "WITH SECRETS"});
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i].all == 0) continue;
    table.add({std::string(to_string(static_cast<AwsKind>(i))), number_or_dash(kinds[i].all),
               number_or_dash(kinds[i].namespaces.size()), number_or_dash(kinds[i].with_secret)});
  }
  return table.empty() ? "" : "\n" + table.str(2, {1, 2, 3});
}

std::vector<std::string> namespace_cells(const NamespaceRow& row) {
  int workloads = 0;
  for (const std::string_view kind : kWorkloads)
    workloads += count_in(row.applied, kind) + count_in(row.made, kind);
  std::vector<std::string> cells{row.folder->name.str() + (row.folder->skipped ? " (skipped)" : ""),
                                 number_or_dash(static_cast<std::size_t>(row.promised.pods)),
                                 number_or_dash(row.teams.size()),
                                 number_or_dash(static_cast<std::size_t>(row.policies())),
                                 number_or_dash(static_cast<std::size_t>(workloads))};
  for (const AwsColumn& column : kAwsColumns)
    cells.push_back(
        number_or_dash(static_cast<std::size_t>(std::ranges::count_if(row.aws, [&](const ResourceRow& r) {
          return std::ranges::find(column.kinds, r.resource->kind) != column.kinds.end();
        }))));
  cells.push_back(number_or_dash(row.secrets.size()));
  cells.push_back(number_or_dash(row.from_others.size()));
  return cells;
}

std::string namespaces_table(const ClusterInventory& cluster, bool verbose) {
  std::vector<std::string> heading{"NAMESPACES", "PODS", "TEAMS", "POLICIES", "WORKLOADS"};
  for (const AwsColumn& column : kAwsColumns) heading.emplace_back(column.heading);
  heading.insert(heading.end(), {"SECRETS", "FROM OTHERS"});
  Table table(heading);
  std::size_t rows = 0;
  for (const NamespaceRow& row : cluster.namespaces) {
    if (!verbose && ++rows > kMostRows) break;
    table.add(namespace_cells(row));
  }
  std::vector<std::size_t> right;
  for (std::size_t i = 1; i < heading.size(); ++i) right.push_back(i);
  return "\n" + table.str(2, right) +
         and_more(cluster.namespaces.size(), verbose ? cluster.namespaces.size() : kMostRows);
}

// One row for the Secrets of one name with the same keys that a namespace's terraform makes in several.
std::string abroad_table(const ClusterInventory& cluster, const TextOptions& options) {
  using Row = std::array<std::string, 3>;  // made by, secret, keys
  std::map<Row, std::vector<std::string>> rows;
  for (const SecretAbroad& one : cluster.abroad)
    rows[{one.from->name.str(), secret_name_text(*one.secret), keys_text(*one.secret)}].push_back(
        namespace_text(*one.secret));
  Table table({"SECRETS IN OTHER NAMESPACES", "MADE BY", "IN", "KEYS"});
  for (auto& [row, namespaces] : rows) {
    std::ranges::sort(namespaces);
    std::string in = namespaces[0];
    if (options.verbose)
      for (std::size_t i = 1; i < namespaces.size(); ++i) in += ", " + namespaces[i];
    else if (namespaces.size() > 1)
      in += " and " + std::to_string(namespaces.size() - 1) + " more";
    table.add({row[1], row[0], in, row[2]});
  }
  return table.empty() ? "" : "\n" + table.str(2);
}

std::string files_table(const Repository& repository) {
  const std::vector<const PassedOver*> files = passed_over_files(repository);
  if (files.empty()) return "";
  Table table({"FILES NOT APPLIED", "BECAUSE"});
  for (const PassedOver* const file : files)
    table.add({short_path(repository, file->path), std::string(to_string(file->why))});
  return "\n" + table.str();
}

std::string unknown_modules_table(const Repository& repository) {
  Table table({"MODULES NOT KNOWN", "SOURCE", "AT"});
  for (const ClusterFolder& cluster : repository.clusters) {
    for (const NamespaceFolder& folder : cluster.namespaces) {
      for (const cloud::terraform::UnknownModule& module : folder.plan.unknown_modules)
        table.add({module.address.str(), module.source.str(), short_place(repository, module.where)});
    }
  }
  return table.empty() ? "" : "\n" + table.str();
}

}  // namespace

std::string text_of(const Report& report, const TextOptions& options) {
  if (!options.name_space.empty()) return namespace_text_of(report, options);
  std::string text = title(report);
  for (const ClusterInventory& cluster : report.clusters) {
    text += "\n" + options.style.paint(Colour::kBold, cluster.cluster->name.view()) + "\n" +
            cluster_line(cluster) + objects_table(cluster) + aws_table(cluster) +
            namespaces_table(cluster, options.verbose) + abroad_table(cluster, options);
  }
  text += findings_text(report, options);
  text += files_table(*report.repository);
  text += unknown_modules_table(*report.repository);
  return text;
}

}  // namespace seatrial::scenario::environments
