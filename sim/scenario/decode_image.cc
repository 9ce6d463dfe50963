// `images:` what running an image would show.
#include "sim/api/apps.h"
#include "sim/api/autoscaling.h"
#include "sim/api/batch.h"
#include "sim/api/kinds.h"
#include "sim/checks/evidence.h"
#include "sim/scenario/decode.h"

namespace seatrial::scenario {
namespace {

// [[10s, 20s], …]: spans of time since the start of the process.
std::vector<cluster::ImageBehaviour::Window> read_windows(const Reader& list) {
  std::vector<cluster::ImageBehaviour::Window> windows;
  for (const Reader& item : list.items()) {
    const std::vector<Reader> ends = item.items();
    if (item.is_list() && ends.size() != 2)
      item.problem("expected two durations [from, to], got " + std::to_string(ends.size()));
    if (ends.size() != 2) continue;
    const Duration from = ends[0].duration(Duration()), to = ends[1].duration(from);
    if (to < from) item.problem("ends before it begins");
    windows.emplace_back(from, to);
  }
  return windows;
}

// [{digest: base-1, size: 80Mi}, …]: what nodes that have another image with the same layer need not pull
// again.
void read_layers(const Reader& list, cluster::ImageBehaviour& behaviour) {
  for (Reader item : list.items()) {
    if (!item.expect_map()) continue;
    const std::string digest = item.required("digest").text();
    behaviour.layers.emplace_back(digest, item.required("size").bytes(0));
    item.done();
  }
}

void read_sigterm(Reader& image, cluster::ImageBehaviour& behaviour) {
  using cluster::OnSigterm;
  const Reader on_sigterm = image.field("onSigterm"), linger = image.field("linger");
  behaviour.on_sigterm = static_cast<OnSigterm>(on_sigterm.choice({"exit", "drain", "linger", "ignore"}, 0));
  behaviour.linger = linger.duration(Duration());
  const bool lingers = behaviour.on_sigterm == OnSigterm::kLinger;
  if (lingers && !linger) image.problem("onSigterm: linger needs \"linger\", a duration, beside it");
  if (!lingers && linger) linger.problem("has a meaning with onSigterm: linger only");
  const Reader code = image.field("sigtermExitCode");
  behaviour.sigterm_exit_code = static_cast<std::int32_t>(code.integer(behaviour.sigterm_exit_code, 0, 255));
  if (code && behaviour.on_sigterm != OnSigterm::kExit)
    code.problem("has a meaning with onSigterm: exit only");
}

void read_crash(Reader& image, cluster::ImageBehaviour& behaviour) {
  const Reader after = image.field("exitsAfter"), code = image.field("exitCode"),
               memory = image.field("outOfMemory");
  if (after) behaviour.exits_after = after.duration(Duration());
  behaviour.exit_code = static_cast<std::int32_t>(code.integer(0, 0, 255));
  behaviour.out_of_memory = memory.boolean(false);
  for (const Reader* const at : {&code, &memory}) {
    if (*at && !after) at->problem("has a meaning with exitsAfter only");
  }
}

// {idle: 10m, perRequest: 250m, startup: {use: 100m, for: 2m}}
void read_cpu(Reader map, std::optional<cluster::CpuUse>& use) {
  if (!map || !map.expect_map()) return;
  use.emplace();
  use->idle = map.field("idle").milli(0);
  use->per_request = map.field("perRequest").milli(0);
  Reader startup = map.field("startup");
  if (startup && startup.expect_map()) {
    use->startup = startup.required("use").milli(0);
    use->startup_for = startup.required("for").duration(Duration());
    startup.done();
  }
  map.done();
}

// {idle: 150Mi, perRequest: 1Mi, growth: {rate: 2Mi/s, max: 500Mi}}
void read_memory(Reader map, std::optional<cluster::MemoryUse>& use) {
  if (!map || !map.expect_map()) return;
  use.emplace();
  use->idle = map.field("idle").bytes(0);
  use->per_request = map.field("perRequest").bytes(0);
  Reader growth = map.field("growth");
  if (growth && growth.expect_map()) {
    std::tie(use->growth, use->growth_per) = growth.required("rate").bytes_per({0, use->growth_per});
    if (const Reader max = growth.field("max")) use->growth_max = max.bytes(0);
    growth.done();
  }
  map.done();
}

cluster::ImageBehaviour read_image(Reader image, const std::string& name, const Platform& platform) {
  cluster::ImageBehaviour behaviour;
  if (!image.expect_map()) return behaviour;
  behaviour.size_bytes = image.field("size").bytes(behaviour.size_bytes);
  behaviour.start = image.field("start").distribution(behaviour.start);
  behaviour.ready_after = image.field("readyAfter").distribution(behaviour.ready_after);
  behaviour.service_time = image.field("serviceTime").distribution(behaviour.service_time);
  behaviour.concurrency =
      static_cast<std::int32_t>(image.field("concurrency").integer(behaviour.concurrency, 1, kMany));
  behaviour.queue = static_cast<std::int32_t>(image.field("queue").integer(behaviour.queue, 0, kMany));
  read_sigterm(image, behaviour);
  read_crash(image, behaviour);
  behaviour.keep_alive = image.field("keepAlive").boolean(behaviour.keep_alive);
  behaviour.not_ready = read_windows(image.field("notReady"));
  behaviour.not_live = read_windows(image.field("notLive"));
  for (const Reader& port : image.field("ports").items()) {
    behaviour.ports.push_back(static_cast<std::int32_t>(port.integer(1, 1, 65535)));
  }
  behaviour.exec_time = image.field("execTime").duration(behaviour.exec_time);
  read_layers(image.field("layers"), behaviour);
  behaviour.pull_error = image.field("pullError").text();
  behaviour.preloaded = image.field("preloaded").boolean(false);
  read_cpu(image.field("cpu"), behaviour.cpu);
  read_memory(image.field("memory"), behaviour.memory);
  const Reader keeps = image.field("dnsCache");
  behaviour.dns_cache = keeps.duration(behaviour.dns_cache);
  if (keeps && !platform.dns) keeps.problem("has a meaning with `dns:` of the platform or the scenario only");
  read_calls(image.field("calls"), name, platform, behaviour);
  read_consumer(image.field("consumes"), name, platform, behaviour);
  image.done();
  return behaviour;
}

// Repository, then optionally :tag or @digest; no space anywhere.
bool looks_like_image(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/:@._-").find(c) != std::string_view::npos;
  };
  if (text.empty() || text.front() == ':' || text.front() == '/' || text.back() == ':' || text.back() == '/')
    return false;
  for (const char c : text) {
    if (!allowed(c)) return false;
  }
  return true;
}

const api::PodSpec* pod_spec_of(const api::Object& object) {
  switch (object.kind) {
    case api::Kind::kPod:
      return static_cast<const api::Pod&>(object).spec.get();
    case api::Kind::kDeployment:
      return static_cast<const api::Deployment&>(object).template_->spec.get();
    case api::Kind::kReplicaSet:
      return static_cast<const api::ReplicaSet&>(object).template_->spec.get();
    case api::Kind::kStatefulSet:
      return static_cast<const api::StatefulSet&>(object).template_->spec.get();
    case api::Kind::kDaemonSet:
      return static_cast<const api::DaemonSet&>(object).template_->spec.get();
    case api::Kind::kJob:
      return static_cast<const api::Job&>(object).spec.template_->spec.get();
    case api::Kind::kCronJob:
      return static_cast<const api::CronJob&>(object).job_spec.template_->spec.get();
    default:
      return nullptr;
  }
}

}  // namespace

void read_images(Reader images, Scenario& scenario) {
  if (!images) return;
  for (auto& [name, image] : images.entries()) {
    if (!looks_like_image(name)) image.problem("invalid image reference \"" + name + "\"");
    scenario.images[name] = read_image(image, name, scenario.platform);
  }
}

std::vector<std::pair<std::string, api::SourcePosition>> images_of(const api::Object& object) {
  std::vector<std::pair<std::string, api::SourcePosition>> images;
  const api::PodSpec* const spec = pod_spec_of(object);
  if (!spec) return images;
  for (const auto* containers : {&spec->init_containers, &spec->containers}) {
    for (const api::Container& container : *containers)
      images.emplace_back(container.image.str(),
                          container.source.line > 0 ? container.source : object.source);
  }
  return images;
}

void check_images(Decoding& decoding, const Parts& parts) {
  std::set<std::string> reported;
  for (const auto& object : parts.inventory.objects()) {
    for (const auto& [image, where] : images_of(*object)) {
      if (parts.scenario.images.contains(image) || !reported.insert(image).second) continue;
      decoding.problems.push_back(
          {where, "", "image \"" + image + "\" is not described under spec.images of the scenario",
           api::Problem::Reason::kBadRequest});
    }
  }
}

namespace {

// Which of the described amounts a metric of pods needs; null: none.
const char* needed_use(const api::Metric& metric, const cluster::ImageBehaviour& behaviour) {
  const bool resource = metric.type == api::MetricSourceType::kResource ||
                        metric.type == api::MetricSourceType::kContainerResource;
  const api::MetricSource* const source = resource ? metric.source() : nullptr;
  if (source && source->name == "cpu" && !behaviour.cpu) return "cpu";
  if (source && source->name == "memory" && !behaviour.memory) return "memory";
  return nullptr;
}

void check_autoscaler(Decoding& decoding, const Parts& parts, const api::HorizontalPodAutoscaler& hpa) {
  for (const auto& object : parts.inventory.objects()) {
    const api::PodSpec* const spec = pod_spec_of(*object);
    const bool target = spec && object->metadata.name == hpa.scale_target_ref.name &&
                        object->metadata.namespace_ == hpa.metadata.namespace_ &&
                        api::kind_name(*object) == hpa.scale_target_ref.kind.view();
    if (!target) continue;
    for (const api::Container& container : spec->containers) {
      const auto image = parts.scenario.images.find(container.image);
      if (image == parts.scenario.images.end()) continue;
      for (const api::Metric& metric : hpa.metrics) {
        const char* const needed = needed_use(metric, image->second);
        if (needed == nullptr) continue;
        decoding.problems.push_back({hpa.source, "",
                                     "HorizontalPodAutoscaler \"" + hpa.metadata.name.str() +
                                         "\" scales by " + needed + ", but image \"" + container.image.str() +
                                         "\" has no \"" + needed +
                                         ": {idle, perRequest}\" under spec.images of the scenario",
                                     api::Problem::Reason::kBadRequest});
      }
    }
  }
}

}  // namespace

void check_autoscalers(Decoding& decoding, const Parts& parts) {
  if (parts.scenario.platform.kubelet_kind == KubeletKind::kHollow)
    return;  // nothing runs, nothing is measured
  for (const auto& object : parts.inventory.objects()) {
    if (object->kind == api::Kind::kHorizontalPodAutoscaler)
      check_autoscaler(decoding, parts, static_cast<const api::HorizontalPodAutoscaler&>(*object));
  }
}

std::string version_of_image(std::string_view image) { return checks::image_version(image); }

}  // namespace seatrial::scenario
