// Pipelines of Environments repositories (`spec.environments`), and the merges of pull requests that they
// apply: a folder that is laid over the checkout.
#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "sim/api/kinds.h"
#include "sim/api/patch.h"
#include "sim/scenario/decode_entry.h"
#include "sim/scenario/environments/conventions.h"
#include "sim/scenario/environments/folder_version.h"

namespace seatrial::scenario {
namespace {

using cloud::terraform::AwsKind;
using environments::ClusterFolder;
using environments::FolderPtr;
using environments::NamespaceFolder;
using environments::Repository;

struct ResourceKey {
  std::string_view key;
  AwsKind kind;
};
constexpr auto kResourceKeys = std::to_array<ResourceKey>({
    {"rds", AwsKind::kDatabase},
    {"aurora", AwsKind::kDatabaseCluster},
    {"elasticache", AwsKind::kCache},
    {"s3", AwsKind::kBucket},
    {"sqs", AwsKind::kQueue},
    {"sns", AwsKind::kTopic},
    {"snsSubscription", AwsKind::kSubscription},
    {"dynamodb", AwsKind::kTable},
    {"opensearch", AwsKind::kSearchDomain},
    {"ecr", AwsKind::kRepository},
    {"iamRole", AwsKind::kRole},
    {"cloudfront", AwsKind::kDistribution},
    {"dms", AwsKind::kReplication},
    {"mq", AwsKind::kBroker},
    {"secretsManager", AwsKind::kSecret},
    {"ssmParameter", AwsKind::kParameter},
    {"route53", AwsKind::kZone},
});

ResourceTimes read_times_of(Reader map) {
  ResourceTimes times;
  if (!map || !map.expect_map()) return times;
  times.create = map.required("create").distribution(times.create);
  times.change = map.required("change").distribution(times.change);
  times.destroy = map.required("destroy").distribution(times.destroy);
  map.done();
  return times;
}

// {rds: {create, change, destroy}, other: …}
void read_resource_times(Reader map, EnvironmentsPipeline& pipeline) {
  if (!map || !map.expect_map()) return;
  for (const ResourceKey& row : kResourceKeys)
    if (const Reader times = map.field(row.key)) pipeline.resources[row.kind] = read_times_of(times);
  pipeline.other_resources = read_times_of(map.required("other"));
  map.done();
}

// {requestsPerSecond: 12, burst: 300, requestsPerResource: 4}
void read_aws_api(Reader map, EnvironmentsPipeline& pipeline) {
  if (!map || !map.expect_map()) return;
  pipeline.aws_requests_per_second = map.required("requestsPerSecond").integer(1, 1, kMany);
  pipeline.aws_burst = map.required("burst").integer(1, 1, kMany);
  pipeline.requests_per_resource = map.required("requestsPerResource").integer(1, 1, kMany);
  map.done();
}

std::string read_checkout(Reader map, EnvironmentsPipeline& pipeline, EnvironmentsSource& source) {
  if (!map.expect_map()) return "";
  const Reader checkout = map.required("checkout");
  const std::string cluster = map.field("cluster").text();
  pipeline.every_namespace = map.field("namespaces").choice({"changed", "all"}, 0) == 1;
  pipeline.heeds_skip_files = map.field("skipFiles").boolean(true);
  pipeline.stops_at_failure = map.field("onFailure").choice({"continue", "stop"}, 0) == 1;
  pipeline.parallel = static_cast<std::int32_t>(map.field("parallel").integer(1, 1, kMany));
  map.done();
  const std::string path = checkout.text();
  if (path.empty()) return cluster;
  const std::string& file = map.decoding().file;
  source.checkout = path_beside(file, path);
  if (source.checkout == "namespaces" || source.checkout.ends_with("/namespaces"))
    source.checkout = path_beside(file, path + "/..");
  return cluster;
}

Repository read_at(const Reader& at, const FileSource& files, const EnvironmentsSource& source,
                   const environments::ReadOptions& options) {
  auto repository =
      environments::read_repository(source.checkout, files, environments::standard_conventions(), options);
  if (repository && repository->clusters.size() == 1) return std::move(*repository);
  if (repository) {
    std::string known;
    for (const ClusterFolder& cluster : repository->clusters)
      known += (known.empty() ? "" : ", ") + cluster.short_name();
    at.problem("the checkout has several clusters, say which with \"cluster\" (there are: " + known + ")");
  } else {
    at.problem(repository.error());
  }
  return {};
}

void move_problems(api::Problems&& problems, Decoding& decoding) {
  std::ranges::move(problems, std::back_inserter(decoding.problems));
}

std::string objects_text(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " object" : " objects");
}

std::set<api::Symbol> namespaces_in(const std::vector<Manifest>& objects) {
  std::set<api::Symbol> names{"default", "kube-system", "kube-public", "kube-node-lease"};
  for (const Manifest& item : objects)
    if (item.object->kind == api::Kind::kNamespace) names.insert(item.object->metadata.name);
  return names;
}

// The platform's own namespaces that the objects are in and which the checkout therefore does not define.
std::vector<Manifest> platform_namespaces_of(const std::vector<Manifest>& objects) {
  const std::set<api::Symbol> there = namespaces_in(objects);
  std::vector<Manifest> spaces;
  for (const environments::PlatformNamespace& space : environments::standard_conventions().namespaces) {
    const bool wanted = std::ranges::any_of(
        objects, [&](const Manifest& item) { return item.object->metadata.namespace_ == space.name; });
    if (!wanted || there.contains(space.name)) continue;
    const auto made = std::make_shared<api::Namespace>();
    made->metadata.name = space.name;
    made->metadata.labels.edit() = space.labels;
    spaces.push_back(
        {made, {}, std::make_shared<api::Value>(api::from_json(api::info(*made).encode(*made)))});
  }
  return spaces;
}

// Those in a namespace that nothing here makes (another checkout does, or a part of this one that is not
// here) are left out, and said to be.
void leave_out_elsewhere(const std::vector<Manifest>& all, std::vector<Manifest>& made,
                         std::vector<std::string>& notes) {
  const std::set<api::Symbol> there = namespaces_in(all);
  std::set<std::string> missing;
  const std::size_t left_out = std::erase_if(made, [&](const Manifest& item) {
    const api::Symbol space = item.object->metadata.namespace_;
    if (space.empty() || there.contains(space)) return false;
    missing.insert(space.str());
    return true;
  });
  if (left_out == 0) return;
  notes.push_back(objects_text(left_out) + " of terraform, left out: nothing makes their " +
                  (missing.size() == 1
                       ? "namespace " + *missing.begin()
                       : std::to_string(missing.size()) + " namespaces, such as " + *missing.begin()));
}

// What the pipeline has applied before: manifests before the scenario's own, what terraform makes behind.
void add_what_is_there(const EnvironmentsPipeline& pipeline, Parts& parts) {
  std::vector<Manifest>& apply = parts.scenario.apply;
  std::vector<Manifest> before, made;
  for (const auto& [name, folder] : pipeline.folders) {
    std::ranges::copy(folder->manifests, std::back_inserter(before));
    for (const environments::MadePtr& item : folder->made)
      if (!item->is_aws()) made.push_back(item->object);
  }
  std::vector<Manifest> all = before;
  for (const auto* const more : {&apply, &made}) all.insert(all.end(), more->begin(), more->end());
  std::vector<Manifest> spaces = platform_namespaces_of(all);
  before.insert(before.begin(), spaces.begin(), spaces.end());
  all.insert(all.end(), spaces.begin(), spaces.end());
  leave_out_elsewhere(all, made, parts.notes);
  for (const auto* const objects : {&before, &made})
    for (const Manifest& item : *objects) parts.inventory.add(item);
  apply.insert(apply.begin(), before.begin(), before.end());
  apply.insert(apply.end(), made.begin(), made.end());
}

void note_invalid(const std::vector<FolderPtr>& folders, std::vector<std::string>& notes) {
  api::Problems all;
  for (const FolderPtr& folder : folders) std::ranges::copy(folder->left_out, std::back_inserter(all));
  if (all.empty()) return;
  notes.push_back(objects_text(all.size()) +
                  " of terraform, left out: not valid as far as they are known, the first " +
                  all.front().str());
}

}  // namespace

void describe_images_of_checkouts(Parts& parts) {
  std::set<std::string> images;
  const auto add = [&](const environments::FolderVersion& folder) {
    std::vector<Manifest> objects = folder.manifests;
    for (const environments::MadePtr& made : folder.made)
      if (!made->is_aws()) objects.push_back(made->object);
    for (const Manifest& item : objects)
      for (const auto& [image, where] : images_of(*item.object)) images.insert(image);
  };
  for (const auto& [name, source] : parts.environments)
    for (const auto& [space, folder] : source.pipeline->folders) add(*folder);
  for (const auto& [entry, merge] : parts.pull_requests)
    for (const FolderPtr& folder : merge.folders) add(*folder);
  std::erase_if(images, [&](const std::string& image) { return parts.scenario.images.contains(image); });
  for (const std::string& image : images) parts.scenario.images[image];
  constexpr std::size_t kMostNames = 3;
  std::string names;
  for (const std::string& image : images) names += image == *images.begin() ? image : ", " + image;
  if (images.size() > kMostNames) names = std::to_string(images.size()) + " images";
  if (!images.empty())
    parts.notes.push_back("what containers of the Environments repository do that run " + names +
                          ", which images: does not describe");
}

namespace {

// All of them; what is wrong with one is wrong with the scenario.
void read_folders(const Reader& at, const std::string& cluster, EnvironmentsPipeline& pipeline,
                  EnvironmentsSource& source) {
  Decoding& decoding = at.decoding();
  Repository repository = read_at(at, decoding.files, source, {cluster});
  move_problems(std::move(repository.problems), decoding);
  if (repository.clusters.empty()) return;
  const ClusterFolder& of_cluster = repository.clusters.front();
  source.cluster = of_cluster.name.str();
  pipeline.folders[""] =
      std::make_shared<const environments::FolderVersion>(environments::version_of(of_cluster));
  for (const NamespaceFolder& folder : of_cluster.namespaces) {
    environments::FolderVersion version = environments::version_of(folder, {});
    move_problems(std::move(version.problems), decoding);
    version.problems.clear();
    pipeline.folders[folder.name] = std::make_shared<const environments::FolderVersion>(std::move(version));
  }
}

}  // namespace

void read_environments_pipeline(Reader& spec, EnvironmentsPipeline pipeline, Parts& parts) {
  EnvironmentsSource source;
  const Reader environments = spec.field("environments");
  const std::string cluster = read_checkout(environments, pipeline, source);
  pipeline.as = read_identity(spec.field("as"), parts.scenario.platform.access);
  pipeline.starts = spec.required("starts").distribution(pipeline.starts);
  pipeline.plan = read_task(spec.required("plan"), false);
  pipeline.apply = read_task(spec.required("apply"), false);
  read_resource_times(spec.required("resources"), pipeline);
  read_aws_api(spec.field("awsApi"), pipeline);
  spec.done();
  if (!source.checkout.empty()) read_folders(environments, cluster, pipeline, source);
  std::vector<FolderPtr> folders;
  for (const auto& [name, folder] : pipeline.folders) folders.push_back(folder);
  note_invalid(folders, parts.notes);
  add_what_is_there(pipeline, parts);
  source.pipeline = std::make_shared<const EnvironmentsPipeline>(std::move(pipeline));
  parts.environments.emplace(source.pipeline->name.str(), std::move(source));
}

namespace {

// The files below a folder, as paths from it; in order.
void files_below(const FileSource& files, const std::string& folder, const std::string& below,
                 std::vector<std::string>& to) {
  constexpr std::ptrdiff_t kDeepest = 16;
  if (std::ranges::count(below, '/') > kDeepest) return;
  const auto entries = files.list(folder + "/" + below);
  if (!entries) return;
  for (const FolderEntry& entry : *entries) {
    const std::string path = below + (below.empty() ? "" : "/") + entry.name;
    if (entry.is_folder)
      files_below(files, folder, path, to);
    else
      to.push_back(path);
  }
}

// The namespaces with a file that the pull request changes; empty for the cluster's own folder.
std::set<std::string> changed_folders(const FileSource& before, const FileSource& after,
                                      const std::string& checkout, const std::string& cluster,
                                      const std::string& changes, const FileSource& files) {
  const std::string below = "namespaces/" + cluster;
  std::vector<std::string> paths;
  files_below(files, changes, below, paths);
  std::set<std::string> changed;
  for (const std::string& path : paths) {
    const std::string place = checkout + "/" + path;
    if (before.read(place) == after.read(place)) continue;
    const std::size_t slash = path.find('/', below.size() + 1);
    changed.insert(slash == std::string::npos ? std::string()
                                              : path.substr(below.size() + 1, slash - below.size() - 1));
  }
  return changed;
}

void check_when(Reader& entry, EnvironmentsSource& source) {
  const Reader at = entry.field("at");
  if (const Reader every = entry.field("every")) every.problem("a pull request is merged once");
  const Duration merged = at.duration(Duration());
  if (merged < source.merged)
    at.problem("lies before the merge above it: pull requests are written in the order of their merges");
  source.merged = std::max(source.merged, merged);
}

}  // namespace

std::vector<Manifest> manifests_of_pull_request(Reader& entry, std::size_t index, Parts& parts) {
  EnvironmentsSource& source = parts.environments.at(entry.field("merge").text());
  MergeEnvironments& merge = parts.pull_requests[index];
  merge.pipeline = source.pipeline;
  const Reader number = entry.field("pullRequest"), changes = entry.field("changes");
  if (!number && !changes && source.pipeline->every_namespace) return {};
  entry.required("pullRequest");
  merge.pull_request = number.integer(1, 1, std::numeric_limits<std::int64_t>::max());
  const std::string folder = entry.required("changes").text();
  if (folder.empty() || source.cluster.empty()) return {};
  check_when(entry, source);
  Decoding& decoding = entry.decoding();
  const std::string path = path_beside(decoding.file, folder);
  if (!decoding.files.is_folder(path)) {
    changes.problem("the folder \"" + path + "\" does not exist");
    return {};
  }
  const OverlayFiles before(decoding.files, source.checkout, source.pull_requests);
  source.pull_requests.push_back(path);
  const OverlayFiles after(decoding.files, source.checkout, source.pull_requests);
  const std::set<std::string> changed =
      changed_folders(before, after, source.checkout, source.cluster, path, decoding.files);
  if (changed.empty())
    changes.problem("\"" + folder +
                    "\" changes nothing: it is laid over the checkout, and has no file in \"" +
                    "namespaces/" + source.cluster + "\" that is not there already");
  for (const std::string& name : changed) {
    Repository repository = read_at(changes, after, source, {source.cluster, name});
    if (repository.clusters.empty()) continue;
    const ClusterFolder& cluster = repository.clusters.front();
    if (!name.empty() && cluster.namespaces.empty()) continue;
    environments::FolderVersion version =
        name.empty() ? environments::version_of(cluster)
                     : environments::version_of(cluster.namespaces.front(), repository.problems);
    if (name.empty()) move_problems(std::move(repository.problems), decoding);
    std::ranges::copy(version.manifests, std::back_inserter(merge.manifests));
    for (const environments::MadePtr& made : version.made)
      if (!made->is_aws()) merge.manifests.push_back(made->object);
    merge.folders.push_back(std::make_shared<const environments::FolderVersion>(std::move(version)));
  }
  note_invalid(merge.folders, parts.notes);
  return merge.manifests;
}

Action read_merge_environments(Entry& entry, std::string& text) {
  MergeEnvironments merge = entry.parts.pull_requests[entry.index];
  if (const Reader as = entry.map.field("as"))
    as.problem("a merge is nobody's request to the API server: say in the pipeline who applies");
  entry.map.field("pullRequest");
  entry.map.field("changes");
  text = merge.pull_request == 0 ? "run of " + merge.pipeline->name.str()
                                 : "merge of " + merge.pipeline->name.str() + " " + merge.title();
  return merge;
}

}  // namespace seatrial::scenario
