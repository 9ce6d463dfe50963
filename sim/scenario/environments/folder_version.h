// One folder of an Environments repository, at one commit, as the pipeline applies it, and what a terraform
// apply of it does when something else is there already. Plain values and pure functions.
//
// What terraform makes is compared by what this program understands of it: an AWS resource by its engine,
// class, size and the like, an object of Kubernetes by its document (of a Secret: its keys, and what fills
// them). A change of anything else is none. A resource comes after those that it refers to, and all others at
// once (terraform's documentation, "Resource Graph"); that they are at most ten at a time (-parallelism) is
// left out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/scenario/environments/repository.h"

namespace seatrial::scenario::environments {

// An AWS resource, or an object in Kubernetes, that terraform makes.
struct MadeByTerraform {
  std::string what;        // "RDS instance module.rds", "Secret web-prod/rds-output"; unique in its folder
  std::string definition;  // equal for those that are the same
  cloud::terraform::AwsKind kind = cloud::terraform::AwsKind::kOther;  // of an AWS resource
  api::ManifestObject object;                                          // null for an AWS resource
  std::vector<std::string> after;  // those of its folder that it refers to
  bool is_aws() const { return !object.object; }
};
using MadePtr = std::shared_ptr<const MadeByTerraform>;

struct FolderVersion {
  api::Symbol name;  // the namespace; empty: the cluster's own folder
  std::string path;
  bool skipped = false;  // it has the skip file
  bool has_terraform = false;
  std::vector<api::ManifestObject> manifests;
  std::vector<MadePtr> made;  // in the order of the files
  api::Problems problems;     // for which its plan fails
  api::Problems left_out;  // objects of terraform that are not made here, as what is known of them is invalid
};
using FolderPtr = std::shared_ptr<const FolderVersion>;
// What cannot be read, or kubectl would refuse by itself, is among the problems.
FolderVersion version_of(const NamespaceFolder& folder, api::Problems problems);
FolderVersion version_of(const ClusterFolder& cluster);

// What terraform has made, by `what`: its state.
using TerraformState = std::map<std::string, MadePtr>;
TerraformState state_of(const FolderVersion& version);

struct TerraformStep {
  enum class Does : std::uint8_t { kCreates, kChanges, kDestroys };
  Does does = Does::kCreates;
  MadePtr made;  // of kDestroys: what was there
};
// What goes first, then in the order of the files, but each after what it refers to.
std::vector<TerraformStep> steps_to(const FolderVersion& wanted, const TerraformState& state);
std::string words_of(TerraformStep::Does does);  // "creates"
// "creates RDS instance module.rds, Secret web-prod/rds-output; destroys …"; "changes nothing".
std::string words_of(const std::vector<TerraformStep>& steps);

// When each step is done, from the beginning, if it takes `takes` by itself: after all that it refers to.
// Example: a database of 9 min and a Secret that carries its password (0 s): 9 min, 9 min.
std::vector<Duration> ends_of(const std::vector<TerraformStep>& steps, const std::vector<Duration>& takes);

}  // namespace seatrial::scenario::environments
