// `pipelines:` files of kind: Pipeline; and the verb `merge`, which has one of them run.
#include <algorithm>
#include <array>

#include "sim/api/kinds.h"
#include "sim/scenario/decode_entry.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {

PipelineTask read_task(Reader map, bool pushes) {
  PipelineTask task;
  if (!map || !map.expect_map()) return task;
  const Reader takes = pushes ? map.field("takes") : map.required("takes"), fails = map.field("fails");
  task.takes = takes.distribution(task.takes);
  if (pushes) {
    const Reader rate = map.required("bytesPerSecond");
    task.bytes_per_second = rate.bytes(0);
    if (rate && task.bytes_per_second == 0) rate.problem("must be more than 0");
  }
  if (fails) {
    const auto share = parse_share(fails.text());
    if (!share) fails.problem(share.error());
    task.fails = share.value_or(0);
  }
  task.tries = static_cast<std::int32_t>(map.field("tries").integer(1, 1, kMany));
  map.done();
  return task;
}

namespace {

// {timeout: 10m, onFailure: undo}
void read_rollout_step(Reader map, Pipeline& pipeline) {
  if (!map || !map.expect_map()) return;
  if (const Reader timeout = map.field("timeout"))
    pipeline.rollout_timeout = timeout.duration(Duration::seconds(600), Duration::seconds(1));
  pipeline.undo = map.field("onFailure").choice({"stop", "undo"}, 0) == 1;
  map.done();
}

// The repository of an image reference; empty if it is not that of `repository`.
bool is_of(std::string_view image, std::string_view repository) {
  if (!image.starts_with(repository)) return false;
  const std::string_view rest = image.substr(repository.size());
  return rest.empty() || rest.front() == ':' || rest.front() == '@';
}

// As `kustomize edit set image` does: the images of that repository in all containers. How many there are.
int set_tag(api::Value& at, const std::string& repository, const std::string& tag, bool in_containers) {
  int changed = 0;
  for (api::Value& item : at.list) changed += set_tag(item, repository, tag, in_containers);
  for (auto& [key, value] : at.map) {
    if (in_containers && key == "image" && value.is_string() && is_of(value.text, repository)) {
      value.text = repository + ":" + tag;
      ++changed;
    }
    const bool containers = key == "containers" || key == "initContainers";
    changed += set_tag(value, repository, tag, containers && value.is_list());
  }
  return changed;
}

void read_pipeline(Reader& document, Parts& parts) {
  Pipeline pipeline;
  read_header(document, "Pipeline", pipeline.name, pipeline.description);
  Reader spec = document.required("spec");
  document.done();
  if (!spec || !spec.expect_map()) return;
  const std::string& name = pipeline.name.str();
  if (parts.pipelines.contains(name) || parts.environments.contains(name))
    document.field("metadata").field("name").problem("two pipelines are called \"" + name + "\"");
  if (spec.has("environments")) {
    EnvironmentsPipeline of_environments;
    of_environments.name = pipeline.name;
    of_environments.description = pipeline.description;
    return read_environments_pipeline(spec, std::move(of_environments), parts);
  }
  PipelineSource source;
  const Reader image = spec.required("image"), manifests = spec.required("manifests");
  pipeline.image = image.text();
  const std::size_t slash = pipeline.image.rfind('/'), last = slash == std::string::npos ? 0 : slash;
  if (pipeline.image.find_first_of(":@", last) != std::string::npos)
    image.problem("a repository without tag or digest: those come with each merge");
  const std::string ns = spec.field("namespace").text(parts.scenario.default_namespace.view());
  source.namespace_ = ns;
  source.manifests = read_manifests(manifests, ns);
  source.command = "kubectl apply";
  if (ns != parts.scenario.default_namespace.view()) source.command += " -n " + ns;
  for (const Reader& path : manifests.items_or_one())
    if (path.is_scalar()) source.command += " -f " + path.value().text;
  pipeline.build = read_task(spec.required("build"), false);
  pipeline.push = read_task(spec.required("push"), true);
  read_rollout_step(spec.field("rollout"), pipeline);
  pipeline.as = read_identity(spec.field("as"), parts.scenario.platform.access);
  if (pipeline.as) source.command = name_text(*pipeline.as) + ": " + source.command;
  spec.done();
  source.pipeline = std::make_shared<const Pipeline>(std::move(pipeline));
  source.where = document.where();
  parts.pipelines.emplace(source.pipeline->name.str(), source);
}

// What of an image no other image of its repository has brought to the registry.
std::int64_t new_bytes(const cluster::ImageTable& images, const std::string& repository,
                       const std::string& reference) {
  const auto image = images.find(reference);
  if (image == images.end()) return 0;
  if (image->second.layers.empty()) return image->second.size_bytes;
  std::set<api::Symbol> there;
  for (const auto& [name, behaviour] : images) {
    if (name.view() == reference || !is_of(name.view(), repository)) continue;
    for (const auto& [digest, bytes] : behaviour.layers) there.insert(digest);
  }
  std::int64_t bytes = 0;
  for (const auto& [digest, size] : image->second.layers) bytes += there.contains(digest) ? 0 : size;
  return bytes;
}

std::vector<ObjectName> workloads_of(const std::vector<Manifest>& manifests) {
  constexpr std::array kRollouts{api::Kind::kDeployment, api::Kind::kStatefulSet, api::Kind::kDaemonSet};
  std::vector<ObjectName> names;
  for (const Manifest& manifest : manifests) {
    const api::Object& object = *manifest.object;
    if (std::ranges::find(kRollouts, object.kind) != kRollouts.end())
      names.push_back({object.kind, object.metadata.namespace_, object.metadata.name});
  }
  return names;
}

const PipelineSource* pipeline_called(const Parts& parts, const std::string& name) {
  const auto found = parts.pipelines.find(name);
  return found == parts.pipelines.end() ? nullptr : &found->second;
}

}  // namespace

void read_pipelines(const Reader& list, Parts& parts) {
  Decoding& decoding = list.decoding();
  for (const Reader& at : list.items()) {
    const std::string name = at.text();
    if (name.empty()) continue;
    const std::string path = path_beside(decoding.file, name);
    if (const auto text = decoding.files.read(path); !text) {
      at.problem(text.error());
      continue;
    }
    std::vector<api::Value> storage;
    const std::string before = std::exchange(decoding.file, path);
    if (const api::Value* const root = open_document(decoding, path, "Pipeline", storage)) {
      Reader document(decoding, root, "");
      read_pipeline(document, parts);
    }
    decoding.file = before;
  }
}

std::vector<Manifest> manifests_of_merge(Reader& entry, const Parts& parts) {
  const PipelineSource* const source = pipeline_called(parts, entry.field("merge").text());
  const std::string tag = entry.field("tag").text();
  std::vector<Manifest> all;
  if (!source || tag.empty()) return all;
  const std::string& repository = source->pipeline->image;
  int changed = 0;
  for (const Manifest& manifest : source->manifests) {
    auto document = std::make_shared<api::Value>(*manifest.document);
    changed += set_tag(*document, repository, tag, false);
    auto object = api::read_object(*document);
    if (!object) {
      std::ranges::move(object.error(), std::back_inserter(entry.decoding().problems));
      continue;
    }
    const auto named = api::info(**object).clone(**object);
    named->metadata.namespace_ = manifest.object->metadata.namespace_;
    all.push_back({named, manifest.namespace_, std::move(document)});
  }
  if (changed == 0)
    entry.decoding().problems.push_back({source->where, "spec.image",
                                         "no container of the manifests has the image " + repository,
                                         api::Problem::Reason::kBadRequest});
  return all;
}

Action read_merge(Entry& entry, std::string& text) {
  if (entry.parts.environments.contains(entry.verb.text())) return read_merge_environments(entry, text);
  Merge merge;
  const std::string name = entry.verb.text();
  merge.tag = entry.map.required("tag").text();
  merge.pipeline = std::make_shared<const Pipeline>();
  if (const Reader as = entry.map.field("as"))
    as.problem("a merge is nobody's request to the API server: say in the pipeline who applies");
  text = "merge of " + name + " " + merge.tag;
  const PipelineSource* const source = pipeline_called(entry.parts, name);
  if (!source) {
    std::vector<std::string> names;
    for (const auto& [known, pipeline] : entry.parts.pipelines) names.push_back(known);
    for (const auto& [known, pipeline] : entry.parts.environments) names.push_back(known);
    if (!name.empty())
      entry.verb.problem("no pipeline is called \"" + name + "\"" + did_you_mean(name, names));
    return merge;
  }
  merge.pipeline = source->pipeline;
  merge.command = source->command;
  merge.manifests = entry.parts.applied[entry.index];
  merge.workloads = workloads_of(merge.manifests);
  merge.pushed_bytes = new_bytes(entry.parts.scenario.images, source->pipeline->image, merge.reference());
  return merge;
}

}  // namespace seatrial::scenario
