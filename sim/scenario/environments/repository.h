// An Environments repository as its pipeline applies it: namespaces/CLUSTER/NAMESPACE/, of which
// `kubectl -n NAMESPACE apply -f` takes the .yaml, .yml and .json files that lie directly there, and
// terraform those of resources/. Files of a cluster's own folder are applied first.
//
// Nothing is left out unsaid: what is not applied stands in `passed_over`, with the reason, and what cannot
// be read in `problems`, while the rest goes on. A pure function of the files. Source: cloud-platform-cli,
// pkg/environment/apply.go and applier.go.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/api/manifests.h"
#include "sim/cloud/terraform/plan.h"
#include "sim/scenario/environments/conventions.h"
#include "sim/scenario/files.h"

namespace seatrial::scenario::environments {

struct PassedOver {
  enum class Why : std::uint8_t {
    kMarker,        // the skip file, or another that the pipeline looks for
    kExtension,     // at the top, but neither .yaml nor .yml nor .json
    kNotTerraform,  // in resources/, but not .tf: perhaps something that terraform reads
    kFolder,        // within another folder
    kEncrypted,     // by git-crypt
  };
  std::string path;
  Why why = Why::kMarker;
  bool looks_like_manifest = false;  // it says apiVersion and kind
};
std::string_view to_string(PassedOver::Why why);

struct NamespaceFolder {
  api::Symbol cluster, name;
  std::string path;
  bool skipped = false;                      // it has the skip file
  std::vector<api::ManifestObject> objects;  // in the order in which they are applied; with a namespace
  std::vector<api::ManifestObject> foreign;  // say another namespace, which kubectl refuses
  cloud::terraform::Plan plan;
  std::vector<PassedOver> passed_over;
  int manifest_files = 0, terraform_files = 0;
};

struct ClusterFolder {
  api::Symbol name;  // of the folder: live.cloud-platform.service.justice.gov.uk
  std::string path;
  std::vector<api::ManifestObject> objects;  // of its own files
  std::vector<NamespaceFolder> namespaces;   // by name
  std::vector<PassedOver> passed_over;
  int manifest_files = 0;
  std::string short_name() const;  // up to the first dot
};

struct Repository {
  std::string path;
  std::vector<ClusterFolder> clusters;  // by name
  api::Problems problems;  // in the order of the files; those that only an API server finds have kInvalid
  std::vector<PassedOver> passed_over;  // beside the clusters' folders
};

struct ReadOptions {
  std::string cluster;  // a folder's name or its first part; empty: all
  // One namespace's folder, without the cluster's own files; empty: those only.
  std::optional<std::string> only = std::nullopt;
};

// `path` is a checkout, or its folder "namespaces". The error says why there is nothing to read.
std::expected<Repository, std::string> read_repository(const std::string& path, const FileSource& files,
                                                       const Conventions& conventions,
                                                       const ReadOptions& options = {});

// Does its kind live in namespaces?
bool is_namespaced(const api::Object& object);

}  // namespace seatrial::scenario::environments
