#include "sim/scenario/conform/kubelet.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"
#include "sim/scenario/simulated_cluster.h"

namespace seatrial::scenario {

using api::Kind;
using cluster::ApiRequest;
using cluster::Verb;
using nlohmann::json;
using traffic::Outcome;

namespace {

constexpr const char* kRecordedNamespace = "ns";
constexpr double kFewFailures = 20, kLargestMean = 4;
constexpr Duration kLongestStart = Duration::seconds(120);
constexpr double kNone = 0.5;  // a mean prediction of no request, as far as one run can tell

Duration milliseconds(double millis) { return Duration::micros(static_cast<std::int64_t>(millis * 1000)); }

// ---- What the recorded application does, by its environment variables (README, "The application").

using Environment = std::map<std::string, std::string>;

void read_environment(const json& container, Environment& environment) {
  if (!container.contains("env")) return;
  for (const json& variable : container["env"]) {
    environment[variable.at("name").get<std::string>()] = variable.value("value", std::string());
  }
}

std::int64_t number(const Environment& environment, const char* name, std::int64_t otherwise = 0) {
  const auto at = environment.find(name);
  return at == environment.end() ? otherwise : std::stoll(at->second);
}

// "0-12000,20000-30000" in ms: the spans in which a probe succeeds. What lies between them is returned.
std::vector<cluster::ImageBehaviour::Window> gaps_between(const std::string& ranges) {
  std::vector<cluster::ImageBehaviour::Window> gaps;
  Duration end;
  for (std::size_t from = 0; from < ranges.size();) {
    const std::size_t to = std::min(ranges.find(',', from), ranges.size());
    const std::string range = ranges.substr(from, to - from);
    const std::size_t dash = range.find('-');
    const Duration begin = Duration::millis(std::stoll(range.substr(0, dash)));
    if (begin > end) gaps.emplace_back(end, begin);
    end = dash + 1 < range.size() ? Duration::millis(std::stoll(range.substr(dash + 1))) : Duration::max();
    from = to + 1;
  }
  if (end < Duration::max()) gaps.emplace_back(end, Duration::max());
  return gaps;
}

cluster::ImageBehaviour behaviour_of(const Environment& environment) {
  cluster::ImageBehaviour behaviour;
  behaviour.service_time = Distribution::constant(Duration::millis(number(environment, "SERVICE_MS")));
  behaviour.start = Distribution::constant(Duration::millis(number(environment, "START_DELAY_MS")));
  behaviour.ready_after = Distribution::constant(Duration::millis(number(environment, "READY_DELAY_MS")));
  behaviour.linger = Duration::millis(number(environment, "LINGER_MS"));
  behaviour.concurrency = 1'000'000;  // it sleeps for each request on its own
  const auto on_term = environment.find("ON_TERM");
  const std::string manner = on_term == environment.end() ? "exit" : on_term->second;
  using enum cluster::OnSigterm;
  behaviour.on_sigterm = manner == "drain"    ? kDrain
                         : manner == "linger" ? kLinger
                         : manner == "ignore" ? kIgnore
                                              : kExit;
  if (environment.contains("CRASH_MS")) {
    behaviour.exits_after = Duration::millis(number(environment, "CRASH_MS"));
    behaviour.exit_code = static_cast<std::int32_t>(number(environment, "EXIT", 1));
  }
  if (environment.contains("LIVE_RANGES")) behaviour.not_live = gaps_between(environment.at("LIVE_RANGES"));
  if (environment.contains("READY_RANGES"))
    behaviour.not_ready = gaps_between(environment.at("READY_RANGES"));
  return behaviour;
}

const json& containers_of(const json& deployment) {
  return deployment.at("/spec/template/spec/containers"_json_pointer);
}

// The images of the Deployment and of the patches, each with what it does. The node holds 1.3 and 1.4,
// nothing newer.
cluster::KubeletConfig kubelet_config(const json& document) {
  cluster::KubeletConfig config;
  Environment environment;
  const auto add = [&](const json& containers) {
    for (const json& container : containers) {
      read_environment(container, environment);
      if (!container.contains("image")) continue;
      const auto image = container["image"].get<std::string>();
      config.images[image] = behaviour_of(environment);
      const std::string tag = image.substr(image.rfind(':') + 1);
      if (tag.starts_with("1.3") || tag.starts_with("1.4")) config.images_present.push_back(image);
    }
  };
  for (const json& manifest : document.at("manifests")) {
    if (manifest.at("kind") == "Deployment") add(containers_of(manifest));
  }
  for (const json& action : document.at("actions")) {
    const auto containers = "/patch/spec/template/spec/containers"_json_pointer;
    if (action.contains(containers)) add(action.at(containers));
  }
  return config;
}

// The control plane shared the node's two CPUs with everything else. The parameters give the measured stages,
// as p10 / p50 / p90 / p99 in ms: created -> bound 4.7 / 16 / 55 / 140; Ready -> ready in the EndpointSlice
// 3.7 / 8.4 / 32 / 132; deleted -> not ready in the EndpointSlice 7.7 / 23 / 97 / 235.
cluster::ControlPlaneTimings control_plane() {
  cluster::ControlPlaneTimings timings;
  timings.api_service = Distribution::lognormal(Duration::millis(2), Duration::millis(30));
  timings.watch_delivery = Distribution::lognormal(Duration::millis(1), Duration::millis(50));
  timings.controller_reaction = Distribution::lognormal(Duration::millis(1), Duration::millis(30));
  return timings;
}

// ---- One run.

struct Failures {
  double total = 0;
  std::map<std::string, double> by_cause;
};

const char* cause_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kConnectRefused:
      return "refused";
    case Outcome::kConnectTimeout:
    case Outcome::kUnreachable:
      return "timeout";
    case Outcome::kReset:
      return "cut";
    case Outcome::kNoEndpoints:
      return "no-endpoints";
    default:
      return "other";
  }
}

std::string cause_of(const std::string& recorded) {
  if (recorded == "connect-refused") return "refused";
  if (recorded == "connect-timeout" || recorded == "connect-unreachable") return "timeout";
  if (recorded == "read-eof" || recorded == "read-reset" || recorded == "write-reset") return "cut";
  return recorded == "no-endpoints" ? recorded : "other";
}

// How long all of the first pods had been Ready when the load began: the recordings wait for it.
Duration ready_before_load(const json& document) {
  const double from = document.at("load").at("from_ms").get<double>();
  double last = -1e9;
  for (const json& pod : document.at("pods")) {
    const json& times = pod.at("times_ms");
    const bool first =
        times.contains("created") && times["created"].is_number() && times["created"].get<double>() < 0;
    if (first && times.contains("ready") && times["ready"].is_number())
      last = std::max(last, times["ready"].get<double>());
  }
  return Duration::micros(static_cast<std::int64_t>(std::clamp(from - last, 0.0, 60'000.0) * 1000));
}

class KubeletRehearsal final : public Onlooker {
 public:
  KubeletRehearsal(const json& document, std::uint64_t seed)
      : document_(document),
        cluster_(config(document, seed)),
        client_(cluster_.api().add_client(cluster_.kernel(), "player", 0, 0)) {
    auto ns = std::make_shared<api::Namespace>();
    ns->metadata.name = kRecordedNamespace;
    create(std::move(ns));
    auto node = std::make_shared<api::Node>();
    node->metadata.name = "node-1";
    node->metadata.labels = api::LabelMap{{"kubernetes.io/hostname", "node-1"}};
    node->allocatable = {{"cpu", api::Quantity::from_milli(2000)},
                         {"memory", api::Quantity::from_value(8LL << 30)},
                         {"pods", api::Quantity::from_value(110)}};
    node->capacity = node->allocatable;
    cluster_.add_node(node);
  }

  Failures run() {
    // The phase of whole seconds is any.
    RandomStream phase = cluster_.kernel().stream("conform/phase");
    cluster_.run_until(SimTime::at(Duration::nanos(static_cast<std::int64_t>(phase.below(1'000'000'000)))),
                       *this);
    const json& lb = document_.at("lb");
    const auto proxy = cluster_.add_proxy(traffic::ProxyConfig::load_generator(
        "load-balancer", Duration::millis(lb.at("lag_ms").get<std::int64_t>()),
        lb.at("tries").get<std::uint8_t>()));
    for (const json& manifest : document_.at("manifests")) create(decoded(manifest));
    while (!all_ready() && cluster_.kernel().now() < SimTime::at(kLongestStart)) {
      cluster_.run_until(cluster_.kernel().now() + Duration::millis(5), *this);
    }
    const json& load = document_.at("load");
    const SimTime begin = cluster_.kernel().now() + ready_before_load(document_);
    const SimTime zero = begin - milliseconds(load.at("from_ms").get<double>());
    const SimTime end = zero + milliseconds(load.at("to_ms").get<double>());
    add_load(proxy, begin, end);
    for (const json& action : document_.at("actions")) {
      cluster_.run_until(zero + milliseconds(action.at("at_ms").get<double>()), *this);
      act(action);
    }
    cluster_.run_until(end + Duration::seconds(15), *this);
    return failures();
  }

  void committed(const cluster::WatchEvent&) override {}
  void scenario_event(const Event& event) override {
    (void)cluster_.api().take_reply({static_cast<std::uint32_t>(event.payload)});
  }

 private:
  static ClusterConfig config(const json& document, std::uint64_t seed) {
    ClusterConfig config;
    config.seed = seed;
    config.kubelet = kubelet_config(document);
    config.control_plane = control_plane();
    return config;
  }

  static std::shared_ptr<api::Object> decoded(const json& manifest) {
    auto object = api::read_object(api::from_json(nlohmann::ordered_json::parse(manifest.dump())));
    CHECK(object.has_value());
    auto placed = api::info((*object)->kind).clone(**object);
    placed->metadata.namespace_ = kRecordedNamespace;
    return placed;
  }

  void create(std::shared_ptr<api::Object> object) {
    ApiRequest request;
    request.verb = Verb::kCreate;
    request.object = std::move(object);
    CHECK(cluster_.api().execute(cluster_.kernel(), request).has_value());
  }

  bool all_ready() const {
    const auto* deployment = cluster_.store().find<api::Deployment>(kRecordedNamespace, "web");
    return deployment != nullptr && deployment->status.ready_replicas == deployment->replicas;
  }

  void add_load(traffic::ProxyId proxy, SimTime begin, SimTime end) {
    const auto rate = document_.at("load").at("rate_per_s").get<std::int64_t>();
    traffic::LoadConfig config;
    config.name = "load";
    config.proxy = proxy;
    config.service = {cluster_.store().find(Kind::kService, kRecordedNamespace, "web").index};
    config.timeout.reset();
    config.arrivals = traffic::Arrivals::poisson(traffic::Rate::per_second(rate), begin, end);
    cluster_.traffic().add_load(cluster_.kernel(), std::move(config));
  }

  void act(const json& action) {
    const auto what = action.at("what").get<std::string>();
    ApiRequest request;
    if (what.starts_with("DELETE")) {
      request.verb = Verb::kDelete;
      for (const api::ObjectPtr& pod : cluster_.store().list(Kind::kPod, kRecordedNamespace)) {
        request.ref = pod->ref();
        send(request);
      }
      return;
    }
    request.verb = Verb::kPatch;
    request.ref = cluster_.store().find(Kind::kDeployment, kRecordedNamespace, "web");
    request.document = std::make_shared<const api::Value>(
        api::from_json(nlohmann::ordered_json::parse(action.at("patch").dump())));
    send(request);
  }
  void send(const ApiRequest& request) {
    cluster_.api().submit(cluster_.kernel(), client_, request, {cluster::kScenarioComponent, 0, 0, 0});
  }

  Failures failures() const {
    Failures failures;
    const traffic::LoadTotals totals = cluster_.traffic().accounts().totals(0);
    CHECK(totals.in_flight() == 0);
    failures.total = static_cast<double>(totals.failed());
    for (int i = 1; i < traffic::kOutcomeCount; ++i) {
      failures.by_cause[cause_of(static_cast<Outcome>(i))] +=
          static_cast<double>(totals.outcomes[static_cast<std::size_t>(i)]);
    }
    return failures;
  }

  const json& document_;
  SimulatedCluster cluster_;
  cluster::ClientId client_;
};

// ---- What was measured, and the comparison.

Failures observed_in(const json& document) {
  Failures mean;
  std::vector<const json*> runs;
  if (document.contains("repeats") && !document["repeats"].empty()) {
    for (const json& repeat : document["repeats"]) runs.push_back(&repeat.at("requests"));
  } else {
    runs.push_back(&document.at("requests"));
  }
  const auto n = static_cast<double>(runs.size());
  for (const json* run : runs) {
    mean.total += run->at("failed").get<double>() / n;
    for (const auto& [cause, count] : run->at("by_cause").items())
      mean.by_cause[cause_of(cause)] += count.get<double>() / n;
  }
  return mean;
}

Failures predicted_for(const json& document, int seeds) {
  Failures mean;
  for (int seed = 1; seed <= seeds; ++seed) {
    const Failures run = KubeletRehearsal(document, static_cast<std::uint64_t>(seed)).run();
    mean.total += run.total / seeds;
    for (const auto& [cause, count] : run.by_cause) mean.by_cause[cause] += count / seeds;
  }
  return mean;
}

double deviation(double observed, double predicted) {
  return (observed - predicted) * (observed - predicted) / std::max(predicted, 1.0);
}

constexpr std::array kCauses{"refused", "timeout", "cut", "no-endpoints", "other"};

std::string row_of(const Failures& failures) {
  std::string row = fmt::format("{:8.1f}", failures.total);
  for (const char* cause : kCauses) {
    const auto at = failures.by_cause.find(cause);
    row += fmt::format("{:13.1f}", at == failures.by_cause.end() ? 0.0 : at->second);
  }
  return row;
}

std::optional<std::string> unsupported(const json& document) {
  if (document.at("load").is_null()) return "a recording without requests";
  for (const json& manifest : document.at("manifests")) {
    const auto kind = manifest.at("kind").get<std::string>();
    if (kind != "Deployment" && kind != "Service") return kind;
  }
  Environment environment;
  for (const json& container : containers_of(document.at("manifests").at(0)))
    read_environment(container, environment);
  if (environment.contains("MODE")) return "an application of MODE=" + environment["MODE"];
  if (document.at("name") == "kubelet-restarted-within-1s") return "a kubelet that is started again";
  for (const json& action : document.at("actions")) {
    const auto what = action.at("what").get<std::string>();
    const bool known = what.starts_with("DELETE") || what.find("deployment") != std::string::npos;
    if (!known) return "the action: " + what;
  }
  return {};
}

}  // namespace

std::expected<KubeletRecording, std::string> load_kubelet_recording(const std::filesystem::path& file,
                                                                    const json& document) try {
  if (auto what = unsupported(document)) return std::unexpected(*what);
  return KubeletRecording{document.value("name", file.stem().string()), document};
} catch (const std::exception& error) {
  return std::unexpected(file.string() + ": " + error.what());
}

std::vector<std::pair<std::string, FieldVerdict>> conform_kubelet(
    const std::vector<KubeletRecording>& recordings, const ConformOptions& options, std::ostream& out) {
  std::vector<std::pair<std::string, FieldVerdict>> verdicts;
  double sum = 0;
  int counted = 0;
  const bool prints = !options.json;
  if (prints) {
    fmt::print(out, "{:<52}{:>17}{:>8}", "failed requests, mean", "", "all");
    for (const char* cause : kCauses) fmt::print(out, "{:>13}", cause);
    fmt::print(out, "{:>9}\n", "(o-p)²/p");
  }
  for (const KubeletRecording& recording : recordings) {
    const Failures observed = observed_in(recording.document);
    const Failures predicted = predicted_for(recording.document, options.kubelet_seeds);
    const bool counts = observed.total > kFewFailures;
    const double off = deviation(observed.total, predicted.total);
    if (prints) {
      fmt::print(out, "{:<52}{:<17}{}\n", recording.name, "  observed", row_of(observed));
      fmt::print(out, "{:<52}{:<17}{}{}\n", "", "  predicted", row_of(predicted),
                 counts ? fmt::format("{:8.2f}", off) : "");
    }
    if (counts) {
      sum += off;
      ++counted;
    }
    const bool wrong = observed.total == 0 && predicted.total >= kNone;
    const Agreement agreement = wrong                 ? Agreement::kDiffers
                                : observed.total == 0 ? Agreement::kSame
                                                      : Agreement::kWithinRange;
    verdicts.push_back({"kubelet/" + recording.name,
                        {"failed requests", agreement, fmt::format("{:.2f}", observed.total),
                         fmt::format("{:.2f}", predicted.total)}});
  }
  if (counted == 0) return verdicts;
  const double mean = sum / counted;
  verdicts.push_back(
      {"kubelet",
       {"mean of (o-p)²/p", mean <= kLargestMean ? Agreement::kWithinRange : Agreement::kDiffers,
        fmt::format("at most {}", kLargestMean), fmt::format("{:.2f}", mean)}});
  if (prints)
    fmt::print(out, "mean of (o-p)²/p over {} recordings with more than {} failures: {:.2f}\n\n", counted,
               kFewFailures, mean);
  return verdicts;
}

}  // namespace seatrial::scenario
