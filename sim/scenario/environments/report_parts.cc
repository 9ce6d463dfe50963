#include "sim/scenario/environments/report_parts.h"

#include <algorithm>
#include <array>

#include "sim/api/kinds.h"

namespace seatrial::scenario::environments {
namespace {

using report::Colour;
using report::Table;

constexpr std::size_t kMostOfARule = 20;  // findings, if not all are wanted

Colour colour_of_severity(Severity severity) {
  return severity == Severity::kError     ? Colour::kRed
         : severity == Severity::kWarning ? Colour::kYellow
                                          : Colour::kCyan;
}

// Findings that are explained alike.
struct FindingGroup {
  std::vector<const Finding*> findings;
  const Finding& first() const { return *findings[0]; }
  bool takes(const Finding& finding) const {
    return finding.rule == first().rule && finding.severity == first().severity &&
           finding.why == first().why && finding.change == first().change;
  }
};

std::vector<FindingGroup> groups_of(const Findings& findings, const std::string& name_space) {
  std::vector<FindingGroup> groups;
  for (const Finding& finding : findings) {
    if (!name_space.empty() && finding.namespace_ != name_space) continue;
    const auto same =
        std::ranges::find_if(groups, [&](const FindingGroup& group) { return group.takes(finding); });
    if (same == groups.end())
      groups.push_back({{&finding}});
    else
      same->findings.push_back(&finding);
  }
  return groups;
}

std::string group_text(const Report& report, const FindingGroup& group, const TextOptions& options) {
  const report::Style& style = options.style;
  const Finding& first = group.first();
  std::string text = "\n  " + style.paint(colour_of_severity(first.severity), severity_text(first.severity)) +
                     "  " + style.paint(Colour::kBold, first.rule) + "\n";
  std::size_t rows = 0;
  for (const Finding* const finding : group.findings) {
    if (!options.verbose && ++rows > kMostOfARule) break;
    const std::string place = finding->where.line > 0 ? short_place(*report.repository, finding->where) : "";
    text += "    " + report::wrapped(finding->what, style.width, 6) + "\n" + (place.empty() ? "" : "      ") +
            style.paint(Colour::kDim, place) + (place.empty() ? "" : "\n");
  }
  if (!options.verbose) text += and_more(group.findings.size(), kMostOfARule);
  text += "    why:    " + report::wrapped(first.why, style.width, 12) + "\n";
  return text + "    change: " + report::wrapped(first.change, style.width, 12) + "\n";
}

std::string secret_rows(const NamespaceRow& row) {
  Table table({"SECRETS", "NAMESPACE", "KEY", "FROM"});
  for (const cloud::terraform::MadeObject* const secret : row.secrets) {
    std::string name = secret_name_text(*secret), space = namespace_text(*secret);
    for (const cloud::terraform::SecretKey& key : secret->keys) {
      std::string sources;
      for (const api::Symbol source : key.sources) sources += (sources.empty() ? "" : ", ") + source.str();
      table.add({name, space, key.key.str(), sources.empty() ? "written in terraform" : sources});
      name.clear();
      space.clear();
    }
    if (secret->keys.empty() || secret->has_open_keys)
      table.add(
          {name, space, "…", secret->filled_elsewhere ? "filled elsewhere" : "keys that are not known"});
  }
  return table.empty() ? "" : "\n" + table.str(2);
}

std::string resource_rows(const NamespaceRow& row) {
  Table table({"AWS RESOURCES", "ADDRESS", "DETAILS", "SECRETS"});
  for (const ResourceRow& resource : row.aws) {
    std::string secrets;
    for (const cloud::terraform::MadeObject* const secret : resource.secrets)
      secrets += (secrets.empty() ? "" : ", ") +
                 (secret->namespace_ == row.folder->name ? "" : namespace_text(*secret) + "/") +
                 secret_name_text(*secret);
    table.add({std::string(to_string(resource.resource->kind)), resource.resource->address.str(),
               details_of(*resource.resource), secrets.empty() ? "-" : secrets});
  }
  return table.empty() ? "" : "\n" + table.str(2);
}

std::string object_rows(const Report& report, const NamespaceRow& row) {
  Table table({"OBJECTS", "NAME", "AT"});
  for (const api::ManifestObject& item : row.folder->objects)
    table.add({std::string(api::kind_name(*item.object)), item.object->metadata.name.str(),
               short_place(*report.repository, item.object->source)});
  for (const cloud::terraform::MadeObject& made : row.folder->plan.objects)
    table.add({made.kind.empty() ? "(not known)" : made.kind.str(), made.name.str(),
               short_place(*report.repository, made.source)});
  return table.empty() ? "" : "\n" + table.str(2);
}

std::string foreign_rows(const NamespaceRow& row) {
  if (row.from_others.empty()) return "";
  Table table({"SECRETS FROM OTHERS", "MADE BY", "KEYS"});
  for (const SecretAbroad& other : row.from_others)
    table.add({secret_name_text(*other.secret), other.from->name.str(), keys_text(*other.secret)});
  return "\n" + table.str(2);
}

std::string row_text(const Report& report, const ClusterInventory& cluster, const NamespaceRow& row,
                     const TextOptions& options) {
  std::string teams;
  for (const api::Symbol team : row.teams) teams += (teams.empty() ? "" : ", ") + team.str();
  std::string text = options.style.paint(Colour::kBold, row.folder->name.view()) + " of " +
                     cluster.cluster->name.str() + (row.folder->skipped ? ", skipped by the pipeline" : "") +
                     "\n  " +
                     (row.promised.pods > 0
                          ? "a quota of " + count_text(static_cast<std::uint64_t>(row.promised.pods), "pod")
                          : std::string("no quota of pods")) +
                     "; " + (teams.empty() ? "no team" : "teams " + teams) + "\n";
  text += object_rows(report, row) + resource_rows(row) + secret_rows(row) + foreign_rows(row);
  Table files({"FILES NOT APPLIED", "BECAUSE"});
  for (const PassedOver& file : row.folder->passed_over)
    files.add({short_path(*report.repository, file.path), std::string(to_string(file.why))});
  return text + (files.empty() ? "" : "\n" + files.str(2));
}

}  // namespace

std::string count_text(std::uint64_t count, std::string_view word) {
  return report::with_thousands(count) + " " + std::string(word) + (count == 1 ? "" : "s");
}

std::string and_more(std::size_t all, std::size_t shown) {
  return all > shown ? "    … and " + report::with_thousands(all - shown) + " more; --verbose shows all\n"
                     : "";
}

std::string short_path(const Repository& repository, std::string_view path) {
  // One cluster: its folder is said above.
  const std::string& base = repository.clusters.size() == 1 ? repository.clusters[0].path : repository.path;
  if (path.starts_with(base) && path.size() > base.size() && path[base.size()] == '/')
    path.remove_prefix(base.size() + 1);
  return std::string(path);
}

std::string short_place(const Repository& repository, api::SourcePosition where) {
  return short_path(repository, where.file.view()) + ":" + std::to_string(where.line);
}

std::string namespace_text(const cloud::terraform::MadeObject& secret) {
  return secret.namespace_.str() + (secret.has_known_name ? "" : " (?)");
}

std::string secret_name_text(const cloud::terraform::MadeObject& secret) {
  return secret.has_known_name ? secret.name.str() : "of " + secret.address.str();
}

std::string keys_text(const cloud::terraform::MadeObject& secret) {
  std::string text;
  for (const cloud::terraform::SecretKey& key : secret.keys)
    text += (text.empty() ? "" : ", ") + key.key.str();
  if (secret.has_open_keys) text += text.empty() ? "…" : ", …";
  return text.empty() ? "-" : text;
}

std::string findings_text(const Report& report, const TextOptions& options) {
  std::array<std::size_t, 3> counts{};
  for (const Finding& finding : report.findings) {
    if (options.name_space.empty() || finding.namespace_ == options.name_space)
      ++counts[static_cast<std::size_t>(finding.severity)];
  }
  std::string text = "\n" + options.style.paint(Colour::kBold, "Findings") + ": " +
                     count_text(counts[2], "error") + ", " + count_text(counts[1], "warning") + ", " +
                     std::to_string(counts[0]) + " info\n";
  for (const FindingGroup& group : groups_of(report.findings, options.name_space))
    text += group_text(report, group, options);
  return text;
}

std::string namespace_text_of(const Report& report, const TextOptions& options) {
  std::string text;
  for (const ClusterInventory& cluster : report.clusters) {
    for (const NamespaceRow& row : cluster.namespaces) {
      if (row.folder->name == options.name_space) text += row_text(report, cluster, row, options);
    }
  }
  return text.empty() ? "" : text + findings_text(report, options);
}

}  // namespace seatrial::scenario::environments
