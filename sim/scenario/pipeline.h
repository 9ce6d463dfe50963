// `kind: Pipeline` as plain values: how a merged change reaches the cluster. An image is built and pushed,
// its tag is written into the manifests, and these are applied; or, of an Environments repository, a pull
// request's namespaces are planned and applied one by one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "sim/api/meta.h"
#include "sim/engine/distributions.h"
#include "sim/scenario/access.h"
#include "sim/scenario/environments/folder_version.h"

namespace seatrial::scenario {

// A step that takes its time and may fail: `tries` times at most, each as long as drawn.
struct PipelineTask {
  Distribution takes;
  std::int64_t bytes_per_second = 0;  // of a push, on top: what the registry does not have yet; 0: no time
  std::int64_t fails = 0;             // parts per million of the tries
  std::int32_t tries = 1;
};

struct Pipeline {
  api::Symbol name;
  std::string description;
  std::string image;  // the repository, without a tag
  PipelineTask build, push;
  std::optional<Duration> rollout_timeout;  // kubectl rollout status --timeout; none: as long as it takes
  bool undo = false;                        // kubectl rollout undo where it fails
  IdentityPtr as;                           // who applies; null: as the platform says
};

// How long terraform's AWS provider takes for one resource.
struct ResourceTimes {
  Distribution create, change, destroy;
};

// Of an Environments repository. What it does to one namespace, and when it passes one over, is
// cloud-platform- cli's (pkg/environment/apply.go): kubectl apply of the folder, then terraform in
// resources/.
struct EnvironmentsPipeline {
  api::Symbol name;
  std::string description;
  IdentityPtr as;            // who applies; null: as the platform says
  Distribution starts;       // from the merge until the run begins
  PipelineTask plan, apply;  // of a namespace's terraform, where nothing changes: init, lock, refresh
  std::map<cloud::terraform::AwsKind, ResourceTimes> resources;
  ResourceTimes other_resources;  // of kinds that `resources` does not have
  // Requests that AWS takes from the account in the region, and how many a refresh makes for each resource.
  std::int64_t aws_requests_per_second = 0, aws_burst = 0, requests_per_resource = 0;  // 0: no limit
  bool every_namespace = false;  // else those that the pull request changes
  // cloud-platform-cli stops with --pr-number, and goes on where it applies all namespaces.
  bool stops_at_failure = false;  // else it goes on with the next namespace
  bool heeds_skip_files = true;   // --enable-apply-skip
  std::int32_t parallel = 1;      // namespaces at once
  // The checkout, all of it applied before the run, by namespace; the cluster's own folder has no name.
  std::map<api::Symbol, environments::FolderPtr> folders;
};

}  // namespace seatrial::scenario
