#include "sim/scenario/environments/repository.h"

#include <algorithm>
#include <array>

#include "sim/api/kinds.h"

namespace seatrial::scenario::environments {
namespace {

namespace hcl = cloud::hcl;
namespace terraform = cloud::terraform;

constexpr std::string_view kGitCrypt("\0GITCRYPT", 9);
constexpr int kDeepest = 16;  // of folders that are only looked through

std::string within(const std::string& folder, const std::string& name) {
  return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

bool starts_a_line(std::string_view text, std::string_view key) {
  for (std::size_t at = 0; (at = text.find(key, at)) != std::string_view::npos; ++at) {
    if (at == 0 || text[at - 1] == '\n') return true;
  }
  return false;
}

class RepositoryReader {
 public:
  RepositoryReader(const FileSource& files, const Conventions& conventions, Repository& repository)
      : files_(files), conventions_(conventions), repository_(repository) {}

  void read_cluster_files(ClusterFolder& cluster) {
    for (const FolderEntry& entry : list(cluster.path)) {
      const std::string path = within(cluster.path, entry.name);
      if (entry.is_folder) continue;
      if (!is_manifest_name(entry.name)) {
        pass_over(path, PassedOver::Why::kExtension, cluster.passed_over);
      } else {
        ++cluster.manifest_files;
        read_manifest(path, cluster.objects, cluster.passed_over);
      }
    }
  }

  void read_namespace(const ClusterFolder& cluster, NamespaceFolder& folder) {
    for (const FolderEntry& entry : list(folder.path)) {
      const std::string path = within(folder.path, entry.name);
      if (entry.is_folder && entry.name == "resources") {
        read_terraform(cluster, path, folder);
      } else if (entry.is_folder) {
        pass_over_folder(path, folder.passed_over, 0);
      } else if (is_manifest_name(entry.name)) {
        ++folder.manifest_files;
        read_manifest(path, folder.objects, folder.passed_over);
      } else if (is_marker(entry.name)) {
        folder.skipped |= entry.name == conventions_.skip_file.view();
        folder.passed_over.push_back({path, PassedOver::Why::kMarker, false});
      } else {
        pass_over(path, PassedOver::Why::kExtension, folder.passed_over);
      }
    }
    supply_namespace(folder);
  }

 private:
  std::vector<FolderEntry> list(const std::string& folder) {
    auto entries = files_.list(folder);
    if (entries) return *std::move(entries);
    complain(folder, entries.error());
    return {};
  }

  void complain(const std::string& path, std::string why) {
    repository_.problems.push_back({{path, 1, 1}, "", std::move(why)});
  }

  bool is_marker(const std::string& name) const {
    return name == conventions_.skip_file.view() ||
           std::ranges::find(conventions_.other_markers, name, &api::Symbol::view) !=
               conventions_.other_markers.end();
  }

  void pass_over(const std::string& path, PassedOver::Why why, std::vector<PassedOver>& to) {
    const auto text = files_.read(path);
    if (!text) return complain(path, text.error());
    const bool encrypted = text->starts_with(kGitCrypt);
    const bool manifest = !encrypted && starts_a_line(*text, "apiVersion:") && starts_a_line(*text, "kind:");
    to.push_back({path, encrypted ? PassedOver::Why::kEncrypted : why, manifest});
  }

  void pass_over_folder(const std::string& folder, std::vector<PassedOver>& to, int depth) {
    if (depth > kDeepest) return complain(folder, "folders are nested too deeply to be looked through");
    for (const FolderEntry& entry : list(folder)) {
      const std::string path = within(folder, entry.name);
      if (entry.is_folder)
        pass_over_folder(path, to, depth + 1);
      else
        pass_over(path, PassedOver::Why::kFolder, to);
    }
  }

  void read_manifest(const std::string& path, std::vector<api::ManifestObject>& to,
                     std::vector<PassedOver>& passed) {
    const auto text = files_.read(path);
    if (!text) return complain(path, text.error());
    api::Manifests parsed = api::parse_manifests(*text, files_.origin(path));
    std::ranges::move(parsed.problems, std::back_inserter(repository_.problems));
    std::ranges::move(parsed.objects, std::back_inserter(to));
    if (!parsed.skipped.empty()) passed.push_back({path, PassedOver::Why::kEncrypted, false});
  }

  void read_terraform(const ClusterFolder& cluster, const std::string& resources, NamespaceFolder& folder) {
    std::vector<hcl::File> parsed;
    for (const FolderEntry& entry : list(resources)) {
      const std::string path = within(resources, entry.name);
      if (entry.is_folder) {
        pass_over_folder(path, folder.passed_over, 0);
      } else if (!entry.name.ends_with(".tf")) {
        pass_over(path, PassedOver::Why::kNotTerraform, folder.passed_over);
      } else {
        ++folder.terraform_files;
        auto text = files_.read(path);
        if (!text)
          complain(path, text.error());
        else if (text->starts_with(kGitCrypt))
          folder.passed_over.push_back({path, PassedOver::Why::kEncrypted, false});
        else
          parsed.push_back(hcl::parse(*std::move(text), files_.origin(path), repository_.problems));
      }
    }
    terraform::PlanOptions options;
    options.folder_namespace = folder.name;
    for (const std::string& key : {std::string(), cluster.short_name()}) {
      const auto found = conventions_.variables.find(key);
      if (found == conventions_.variables.end()) continue;
      for (const auto& [name, value] : found->second) options.variables[name] = hcl::Value::of(value);
    }
    folder.plan = terraform::plan(std::move(parsed), options, repository_.problems);
  }

  // As `kubectl -n` does.
  void supply_namespace(NamespaceFolder& folder) {
    std::vector<api::ManifestObject> own;
    for (api::ManifestObject& item : folder.objects) {
      const api::Symbol written = item.object->metadata.namespace_;
      if (is_namespaced(*item.object) && written.empty()) {
        const auto copy = api::info(*item.object).clone(*item.object);
        copy->metadata.namespace_ = folder.name;
        item.object = copy;
      }
      const bool foreign = is_namespaced(*item.object) && !written.empty() && written != folder.name;
      (foreign ? folder.foreign : own).push_back(std::move(item));
    }
    folder.objects = std::move(own);
  }

  const FileSource& files_;
  const Conventions& conventions_;
  Repository& repository_;
};

}  // namespace

std::string_view to_string(PassedOver::Why why) {
  static constexpr std::array<std::string_view, 5> kWords{
      "for the pipeline", "neither .yaml nor .yml nor .json", "in resources/, but no .tf file",
      "in a folder that nothing applies", "encrypted with git-crypt"};
  return kWords[static_cast<std::size_t>(why)];
}

bool is_namespaced(const api::Object& object) {
  if (object.kind != api::Kind::kUnstructured) return api::info(object).namespaced;
  static constexpr std::array<std::string_view, 7> kOfTheCluster{
      "ClusterRole",         "ClusterRoleBinding", "ClusterIssuer", "CustomResourceDefinition",
      "GlobalNetworkPolicy", "ClusterSecretStore", "APIService"};
  return std::ranges::find(kOfTheCluster, api::kind_name(object)) == kOfTheCluster.end();
}

std::string ClusterFolder::short_name() const { return name.str().substr(0, name.view().find('.')); }

std::expected<Repository, std::string> read_repository(const std::string& path, const FileSource& files,
                                                       const Conventions& conventions,
                                                       const ReadOptions& options) {
  Repository repository;
  repository.path = path;
  std::string trimmed = path;
  while (trimmed.size() > 1 && trimmed.ends_with('/')) trimmed.pop_back();
  const bool is_namespaces = trimmed == "namespaces" || trimmed.ends_with("/namespaces");
  const std::string root = is_namespaces ? trimmed : within(trimmed, "namespaces");
  if (!files.is_folder(root))
    return std::unexpected("\"" + path + "\" is no Environments repository: it has no folder \"namespaces\"");
  const auto entries = files.list(root);
  if (!entries) return std::unexpected(entries.error());
  RepositoryReader reader(files, conventions, repository);
  std::string known;
  for (const FolderEntry& entry : *entries) {
    if (!entry.is_folder) {
      repository.passed_over.push_back({within(root, entry.name), PassedOver::Why::kFolder, false});
      continue;
    }
    ClusterFolder cluster{entry.name, within(root, entry.name), {}, {}, {}, 0};
    known += (known.empty() ? "" : ", ") + cluster.short_name();
    if (!options.cluster.empty() && options.cluster != entry.name && options.cluster != cluster.short_name())
      continue;
    const auto inside = files.list(cluster.path);
    if (!inside) return std::unexpected(inside.error());
    for (const FolderEntry& folder : *inside) {
      if (!folder.is_folder || (options.only && *options.only != folder.name)) continue;
      NamespaceFolder& space = cluster.namespaces.emplace_back();
      space.cluster = cluster.name;
      space.name = folder.name;
      space.path = within(cluster.path, folder.name);
    }
    repository.clusters.push_back(std::move(cluster));
  }
  if (repository.clusters.empty())
    return std::unexpected(options.cluster.empty() ? "\"" + root + "\" has no folder for a cluster"
                                                   : "there is no cluster \"" + options.cluster + "\" in \"" +
                                                         root + "\" (there are: " + known + ")");
  for (ClusterFolder& cluster : repository.clusters) {
    if (!options.only || options.only->empty()) reader.read_cluster_files(cluster);
    for (NamespaceFolder& space : cluster.namespaces) reader.read_namespace(cluster, space);
  }
  return repository;
}

}  // namespace seatrial::scenario::environments
