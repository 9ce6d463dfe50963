#include "sim/scenario/environments/folder_version.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/api/patch.h"
#include "sim/scenario/environments/inventory.h"

namespace seatrial::scenario::environments {
namespace {

using cloud::terraform::AwsResource;
using cloud::terraform::MadeObject;
using Does = TerraformStep::Does;

std::vector<api::Symbol> references_of(const AwsResource& resource) {
  std::vector<api::Symbol> all{resource.value};
  if (resource.instances) all.push_back(resource.instances->replica_of);
  if (resource.queue) all.push_back(resource.queue->dead_letter_queue);
  if (resource.subscription) {
    all.push_back(resource.subscription->endpoint);
    all.push_back(resource.subscription->topic);
  }
  if (resource.role) std::ranges::copy(resource.role->policies, std::back_inserter(all));
  return all;
}

std::vector<api::Symbol> references_of(const MadeObject& object) {
  std::vector<api::Symbol> all;
  for (const std::string& source : object.document.all_sources()) all.emplace_back(source);
  for (const cloud::terraform::SecretKey& key : object.keys)
    std::ranges::copy(key.sources, std::back_inserter(all));
  return all;
}

std::string what_of(const AwsResource& resource) {
  return std::string(to_string(resource.kind)) + " " + resource.address.str();
}

MadePtr made_of(const AwsResource& resource) {
  MadeByTerraform made;
  made.what = what_of(resource);
  made.kind = resource.kind;
  made.definition = resource.name.str() + ", " + details_of(resource);
  if (resource.instances) made.definition += fmt::format(", {} GiB", resource.instances->storage_gib);
  return std::make_shared<const MadeByTerraform>(std::move(made));
}

// Null, and why, where no API server would take it with what stands for the values that only AWS knows.
MadePtr made_of(const MadeObject& object, api::Problems& left_out) {
  auto document = std::make_shared<const api::Value>(cloud::terraform::document_of(object));
  auto read = api::read_object(*document);
  if (!read) {
    left_out.push_back(read.error().front());
    return nullptr;
  }
  MadeByTerraform made;
  made.what = object.kind.str() + " " + (object.namespace_.empty() ? "" : object.namespace_.str() + "/") +
              object.name.str();
  made.definition = api::to_json(*document).dump();
  for (const api::Symbol reference : references_of(object)) made.definition += " " + reference.str();
  made.object = {*read, object.namespace_, std::move(document)};
  return std::make_shared<const MadeByTerraform>(std::move(made));
}

// Those of the folder that the references lead to.
void set_after(const std::vector<api::Symbol>& references, const std::vector<AwsResource>& aws,
               MadePtr& made) {
  MadeByTerraform with = *made;
  for (const AwsResource& other : aws) {
    const std::string what = what_of(other);
    const bool refers = std::ranges::any_of(references, [&](const api::Symbol reference) {
      return is_reference_to(reference.view(), other.address.view());
    });
    if (refers && what != made->what && std::ranges::find(with.after, what) == with.after.end())
      with.after.push_back(what);
  }
  if (!with.after.empty()) made = std::make_shared<const MadeByTerraform>(std::move(with));
}

// Depth first, so that what is referred to comes before; what refers in a circle stays in its place.
void visit(const MadePtr& made, const std::map<std::string, TerraformStep>& wanted,
           std::set<std::string>& seen, std::vector<TerraformStep>& to) {
  if (!seen.insert(made->what).second) return;
  for (const std::string& before : made->after) {
    const auto found = wanted.find(before);
    if (found != wanted.end()) visit(found->second.made, wanted, seen, to);
  }
  to.push_back(wanted.at(made->what));
}

}  // namespace

FolderVersion version_of(const NamespaceFolder& folder, api::Problems problems) {
  FolderVersion version;
  version.name = folder.name;
  version.path = folder.path;
  version.skipped = folder.skipped;
  version.has_terraform = folder.terraform_files > 0;
  version.manifests = folder.objects;
  version.problems = std::move(problems);
  for (const api::ManifestObject& item : folder.foreign) {
    const std::string& written = item.object->metadata.namespace_.str();
    version.problems.push_back(
        {item.object->source, "metadata.namespace",
         fmt::format("the namespace from the provided object \"{}\" does not match the namespace \"{}\". "
                     "You must pass '--namespace={}' to perform this operation.",
                     written, folder.name.view(), written),
         api::Problem::Reason::kBadRequest});
  }
  const cloud::terraform::Plan& plan = folder.plan;
  for (const AwsResource& resource : plan.aws) {
    version.made.push_back(made_of(resource));
    set_after(references_of(resource), plan.aws, version.made.back());
  }
  for (const MadeObject& object : plan.objects) {
    MadePtr made = made_of(object, version.left_out);
    if (!made) continue;
    set_after(references_of(object), plan.aws, made);
    version.made.push_back(std::move(made));
  }
  return version;
}

FolderVersion version_of(const ClusterFolder& cluster) {
  FolderVersion version;
  version.path = cluster.path;
  version.manifests = cluster.objects;
  return version;
}

TerraformState state_of(const FolderVersion& version) {
  TerraformState state;
  for (const MadePtr& made : version.made) state.emplace(made->what, made);
  return state;
}

std::vector<TerraformStep> steps_to(const FolderVersion& wanted, const TerraformState& state) {
  std::vector<TerraformStep> steps;
  const TerraformState after = state_of(wanted);
  for (const bool aws : {false, true}) {  // a Secret before the database whose password it has
    for (const auto& [what, made] : state)
      if (made->is_aws() == aws && !after.contains(what)) steps.push_back({Does::kDestroys, made});
  }
  std::map<std::string, TerraformStep> to_do;
  for (const auto& [what, made] : after) {
    const auto there = state.find(what);
    if (there == state.end())
      to_do.emplace(what, TerraformStep{Does::kCreates, made});
    else if (there->second->definition != made->definition)
      to_do.emplace(what, TerraformStep{Does::kChanges, made});
  }
  std::set<std::string> seen;
  for (const MadePtr& made : wanted.made)
    if (to_do.contains(made->what)) visit(made, to_do, seen, steps);
  return steps;
}

std::string words_of(Does does) {
  return does == Does::kCreates ? "creates" : does == Does::kChanges ? "changes" : "destroys";
}

std::string words_of(const std::vector<TerraformStep>& steps) {
  std::string text;
  for (const Does does : {Does::kCreates, Does::kChanges, Does::kDestroys}) {
    std::string of_these;
    for (const TerraformStep& step : steps)
      if (step.does == does) of_these += (of_these.empty() ? "" : ", ") + step.made->what;
    if (!of_these.empty()) text += (text.empty() ? "" : "; ") + words_of(does) + " " + of_these;
  }
  return text.empty() ? "changes nothing" : text;
}

std::vector<Duration> ends_of(const std::vector<TerraformStep>& steps, const std::vector<Duration>& takes) {
  std::map<std::string, Duration> done;
  std::vector<Duration> ends;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Duration begins;
    for (const std::string& before : steps[i].made->after) {
      const auto found = done.find(before);
      if (found != done.end()) begins = std::max(begins, found->second);
    }
    ends.push_back(begins + takes[i]);
    done[steps[i].made->what] = ends.back();
  }
  return ends;
}

}  // namespace seatrial::scenario::environments
