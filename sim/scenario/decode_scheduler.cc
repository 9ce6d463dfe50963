// `scheduler:` the name of a file with a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1).
//
// A plugin's filter and what goes with it (preFilter, reserve, preBind, …) are on or off together, and its
// score with its preScore; whatever else cannot be honoured is refused. Taken without effect, because one
// scheduler leads here: leaderElection; clientConnection.kubeconfig and profiling say nothing of decisions.
// Sources: pkg/scheduler/apis/config/v1, pkg/scheduler/framework/runtime/framework.go
// (expandMultiPointPlugins).
#include "sim/scenario/scheduler_plugins.h"

#include <algorithm>

#include "sim/scenario/decode.h"
#include "sim/scenario/decode_nodes.h"

namespace seatrial::scenario {
namespace {

using scheduler::Profile;
using scheduler::SchedulerConfig;

void refuse(const Reader& at, std::string_view why) {
  if (at) at.problem("cannot be honoured: " + std::string(why));
}

void read_client(Reader map, SchedulerConfig& config) {
  if (!map || !map.expect_map()) return;
  (void)map.field("kubeconfig").text();
  config.qps = map.field("qps").integer(config.qps, 1, kMany);
  config.burst = map.field("burst").integer(config.burst, 1, kMany);
  map.done();
}

void read_profile(Reader map, SchedulerConfig& config) {
  if (!map.expect_map()) return;
  Profile profile = Profile::standard();
  const Reader name = map.field("schedulerName");
  profile.scheduler_name = name.text("default-scheduler");
  for (const Profile& other : config.profiles) {
    if (other.scheduler_name == profile.scheduler_name)
      (name ? name : map)
          .problem("another profile has schedulerName \"" + profile.scheduler_name.str() + "\" already");
  }
  if (const Reader percentage = map.field("percentageOfNodesToScore"))
    profile.percentage_of_nodes_to_score = percentage.integer(0, 0, 100);
  read_plugins(map.field("plugins"), profile);
  read_plugin_config(map.field("pluginConfig"), profile);
  map.done();
  config.profiles.push_back(std::move(profile));
}

void read_type(Reader& document) {
  const Reader version = document.required("apiVersion"), kind = document.required("kind");
  if (version && version.text() != "kubescheduler.config.k8s.io/v1")
    version.problem("expected kubescheduler.config.k8s.io/v1, got \"" + version.text() + "\"");
  if (kind && kind.text() != "KubeSchedulerConfiguration")
    kind.problem("expected KubeSchedulerConfiguration, got \"" + kind.text() + "\"");
}

SchedulerConfig read_configuration(Reader& document) {
  SchedulerConfig config;
  read_type(document);
  const Reader parallelism = document.field("parallelism"),
               initial = document.field("podInitialBackoffSeconds"),
               max = document.field("podMaxBackoffSeconds"), extenders = document.field("extenders");
  if (parallelism && parallelism.integer(16, 1, kMany) != 16)
    refuse(parallelism, "16 workers filter nodes here");
  if (extenders && !extenders.items().empty()) refuse(extenders, "there are no extenders here");
  (void)document.field("leaderElection");
  (void)document.field("enableProfiling").boolean(false);
  (void)document.field("enableContentionProfiling").boolean(false);
  (void)document.field("delayCacheUntilActive").boolean(false);
  read_client(document.field("clientConnection"), config);
  config.search.percentage_of_nodes_to_score = document.field("percentageOfNodesToScore").integer(0, 0, 100);
  config.queue.initial_backoff = Duration::seconds(initial.integer(1, 1, kMany));
  config.queue.max_backoff = Duration::seconds(max.integer(10, 1, kMany));
  if (config.queue.max_backoff < config.queue.initial_backoff)
    (max ? max : initial).problem("podMaxBackoffSeconds must not be less than podInitialBackoffSeconds");
  config.profiles.clear();
  for (const Reader& profile : document.field("profiles").items()) read_profile(profile, config);
  if (config.profiles.empty()) config.profiles.push_back(Profile::standard());
  document.done();
  return config;
}

}  // namespace

void read_scheduler(const Reader& at, Platform& platform) {
  const std::string name = at.text();
  if (name.empty()) return;
  Decoding& decoding = at.decoding();
  const std::string path = path_beside(decoding.file, name);
  if (const auto text = decoding.files.read(path); !text) return at.problem(text.error());
  std::vector<api::Value> storage;
  const std::string before = std::exchange(decoding.file, path);
  if (const api::Value* const root = open_document(decoding, path, "KubeSchedulerConfiguration", storage)) {
    Reader document(decoding, root, "");
    platform.scheduler = read_configuration(document);
  }
  decoding.file = before;
}

}  // namespace seatrial::scenario
