#include "sim/controllers/hpa_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "sim/api/kinds.h"
#include "sim/api/selector_text.h"

namespace seatrial::controllers {

using api::Metric;
using api::MetricSource;
using api::MetricSourceType;
using api::MetricTargetType;
using api::MetricValue;
using api::Quantity;

namespace {

using Samples = std::vector<std::optional<PodMetric>>;  // by pod
template <class T>
using OrError = std::expected<T, std::string>;
using Evaluation = std::expected<MetricResult, MetricFailure>;

// What the custom metrics API does not say of a sample's window.
constexpr Duration kDefaultWindow = Duration::seconds(60);

// ---- Samples ----

bool none(const Samples& samples) {
  return std::ranges::none_of(samples, [](const auto& sample) { return sample.has_value(); });
}

// The sum over the containers, or one of them; nothing where one does not have the resource.
std::optional<PodMetric> sample_of(const cluster::PodUsage& usage, api::Symbol resource,
                                   api::Symbol container) {
  PodMetric sample{usage.timestamp, usage.window, 0};
  bool found = false;
  for (const cluster::ContainerUsage& c : usage.containers) {
    if (!container.empty() && c.container != container) continue;
    const std::optional<std::int64_t> amount = resource == api::Symbol("cpu")      ? c.cpu
                                               : resource == api::Symbol("memory") ? c.memory
                                                                                   : std::nullopt;
    if (!amount) return std::nullopt;
    sample.value += *amount;
    found = true;
  }
  return found ? std::optional(sample) : std::nullopt;
}

OrError<Samples> resource_samples(const ScaledPods& scaled, const cluster::MetricsApi& metrics,
                                  api::Symbol resource, api::Symbol container) {
  Samples samples;
  bool any = false;
  for (const auto& usage : metrics.usage_of(scaled.pods, scaled.now)) {
    any |= usage.has_value();
    samples.push_back(usage ? sample_of(*usage, resource, container) : std::nullopt);
  }
  if (any) return samples;
  return std::unexpected(
      fmt::format("unable to get metrics for resource {}: no metrics returned from resource metrics API",
                  resource.str()));
}

OrError<Samples> custom_samples(const ScaledPods& scaled, const cluster::MetricsApi& metrics,
                                api::Symbol name) {
  Samples samples;
  for (const auto& pod : scaled.pods) {
    const auto value = metrics.of_pod(name, *pod);
    samples.push_back(value ? std::optional(PodMetric{scaled.now.whole_second(), kDefaultWindow, *value})
                            : std::nullopt);
  }
  if (!none(samples)) return samples;
  return std::unexpected(
      fmt::format("unable to get metric {}: no metrics returned from custom metrics API", name.str()));
}

std::vector<PodLoad> loads_of(const ScaledPods& scaled, const Samples& samples, bool cpu) {
  std::vector<PodLoad> loads;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const PodGroup group = group_of(*scaled.pods[i], samples[i], cpu, {}, scaled.now);
    loads.push_back({group, group == PodGroup::kCounted ? samples[i]->value : 0, 0});
  }
  return loads;
}

bool any_counted(const std::vector<PodLoad>& loads) {
  return std::ranges::find(loads, PodGroup::kCounted, &PodLoad::group) != loads.end();
}

// Every pod needs a request, even one that is ignored; looked at only once there is something to compare.
OrError<void> add_requests(const ScaledPods& scaled, const MetricSource& m, std::vector<PodLoad>& loads) {
  if (!any_counted(loads)) return {};
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const auto request = request_of(*scaled.pods[i], m.name, m.container);
    if (!request) return std::unexpected(request.error());
    loads[i].request = *request;
  }
  return {};
}

// ---- Words ----

// As the metrics server writes them: memory in binary units.
Quantity quantity(api::Symbol resource, std::int64_t milli) {
  const bool memory = resource == api::Symbol("memory");
  return Quantity::from_milli(milli, memory ? Quantity::Format::kBinarySI : Quantity::Format::kDecimalSI);
}

// The status of a metric: where it comes from, and what it is.
Metric status_of(const Metric& metric, const MetricSource& m, MetricValue current,
                 std::optional<MetricSource> Metric::* member) {
  Metric status;
  status.type = metric.type;
  MetricSource& source = (status.*member).emplace(m);
  source.target = {};
  source.current = std::move(current);
  return status;
}

MetricValue average(Quantity value) {
  MetricValue current;
  current.average_value = value;
  return current;
}
MetricValue value_of(std::int64_t milli) {
  MetricValue current;
  current.value = Quantity::from_milli(milli);
  return current;
}

// ---- The five types ----

struct Inputs {
  const Metric& metric;
  const MetricSource& m;
  const ScaledPods& scaled;
  const cluster::MetricsApi& metrics;
  const cluster::Cache& cache;
};

OrError<Proposal> resource_proposal(const Inputs& in) {
  const bool cpu = in.m.name == api::Symbol("cpu");
  const Tolerances tolerances = tolerances_of(in.scaled.hpa);
  const auto samples = resource_samples(in.scaled, in.metrics, in.m.name, in.m.container);
  if (!samples) return std::unexpected(samples.error());
  std::vector<PodLoad> loads = loads_of(in.scaled, *samples, cpu);
  if (in.m.target.average_value)
    return replicas_for_average(in.scaled.spec_replicas, in.m.target.average_value->milli(), tolerances,
                                loads);
  if (const auto done = add_requests(in.scaled, in.m, loads); !done) return std::unexpected(done.error());
  return replicas_for_utilization(in.scaled.spec_replicas, *in.m.target.average_utilization, tolerances,
                                  loads);
}

Evaluation evaluate_resource(const Inputs& in) {
  const bool of_container = in.metric.type == MetricSourceType::kContainerResource;
  const bool raw = in.m.target.average_value.has_value();
  const auto proposal = resource_proposal(in);
  if (!proposal) {
    const std::string error = fmt::format("failed to get {} {}: {}", in.m.name.str(),
                                          raw ? "usage" : "utilization", proposal.error());
    return std::unexpected(of_container
                               ? MetricFailure{"FailedGetContainerResourceMetric", error,
                                               fmt::format("failed to get {} container metric value: {}",
                                                           in.m.container.str(), error)}
                               : MetricFailure{"FailedGetResourceMetric", error,
                                               fmt::format("failed to get {} resource metric value: {}",
                                                           in.m.name.str(), error)});
  }
  MetricValue current = average(quantity(in.m.name, proposal->usage));
  if (!raw) current.average_utilization = proposal->utilization;
  const std::string name = raw ? in.m.name.str() + " resource"
                               : fmt::format("{}{} resource utilization (percentage of request)",
                                             in.m.name.str(), of_container ? " container" : "");
  return MetricResult{proposal->replicas, name,
                      status_of(in.metric, in.m, std::move(current),
                                of_container ? &Metric::container_resource : &Metric::resource)};
}

Evaluation evaluate_pods(const Inputs& in) {
  const auto samples = custom_samples(in.scaled, in.metrics, in.m.metric.name);
  const auto proposal =
      samples ? replicas_for_average(in.scaled.spec_replicas, in.m.target.average_value->milli(),
                                     tolerances_of(in.scaled.hpa), loads_of(in.scaled, *samples, false))
              : std::unexpected(samples.error());
  if (!proposal)
    return std::unexpected(MetricFailure{"FailedGetPodsMetric", proposal.error(),
                                         "failed to get pods metric value: " + proposal.error()});
  return MetricResult{
      proposal->replicas, "pods metric " + in.m.metric.name.str(),
      status_of(in.metric, in.m, average(Quantity::from_milli(proposal->usage)), &Metric::pods)};
}

// Of one value that is shared out among the pods, or that is held against a value.
OrError<Proposal> proposal_for(const Inputs& in, std::int64_t value, bool shared) {
  const Tolerances tolerances = tolerances_of(in.scaled.hpa);
  if (shared)
    return replicas_for_share(in.scaled.status_replicas, value, in.m.target.average_value->milli(),
                              tolerances);
  if (in.scaled.pods.empty() && in.scaled.spec_replicas != 0)
    return std::unexpected(
        "unable to calculate ready pods: no pods returned by selector while calculating replica count");
  const auto ready = std::ranges::count_if(in.scaled.pods, [](const auto& pod) {
    return pod->status.phase == api::PodPhase::kRunning && is_pod_ready(*pod);
  });
  return replicas_for_value(in.scaled.spec_replicas, value, in.m.target.value->milli(), tolerances,
                            static_cast<std::int32_t>(ready));
}

OrError<std::int64_t> object_value(const Inputs& in) {
  const auto& object = in.m.described_object;
  const api::KindInfo* const kind = api::find_kind(object.api_version.view(), object.kind.view());
  const api::Symbol ns = in.scaled.hpa.metadata.namespace_;
  const api::ObjectPtr found =
      kind ? in.cache.find(kind->kind, kind->namespaced ? ns : api::Symbol(), object.name) : nullptr;
  const auto value = found ? in.metrics.of_object(in.m.metric.name, found->ref()) : std::nullopt;
  if (value) return *value;
  return std::unexpected(fmt::format(
      "unable to get metric {} on {} {}/{}: unable to fetch metrics from custom metrics API: the server "
      "could "
      "not find the metric {} for {} {}",
      in.m.metric.name.str(), object.kind.str(), ns.str(), object.name.str(), in.m.metric.name.str(),
      kind ? kind->qualified_resource() : object.kind.str(), object.name.str()));
}

Evaluation evaluate_object(const Inputs& in) {
  const api::MetricValue& target = in.m.target;
  const bool shared = target.type == MetricTargetType::kAverageValue && target.average_value;
  const bool plain = target.type == MetricTargetType::kValue && target.value;
  const std::string name = in.m.metric.name.str();
  OrError<Proposal> proposal = std::unexpected(
      "invalid object metric source: neither a value target nor an average value target was set");
  if (shared || plain) {
    const auto value = object_value(in);
    proposal = value ? proposal_for(in, *value, shared) : std::unexpected(value.error());
  }
  if (!proposal) {
    const std::string whole =
        shared ? fmt::format("failed to get {} object metric: {}", name, proposal.error()) : proposal.error();
    return std::unexpected(MetricFailure{"FailedGetObjectMetric", proposal.error(),
                                         "failed to get object metric value: " + whole});
  }
  MetricValue current = shared ? average(Quantity::from_milli(proposal->usage)) : value_of(proposal->usage);
  // The one that is shared out is called external in Kubernetes, too.
  return MetricResult{proposal->replicas,
                      shared ? fmt::format("external metric {}({})", name, api::go_text(in.m.metric.selector))
                             : fmt::format("{} metric {}", in.m.described_object.kind.str(), name),
                      status_of(in.metric, in.m, std::move(current), &Metric::object)};
}

OrError<std::int64_t> external_value(const Inputs& in) {
  const api::Symbol ns = in.scaled.hpa.metadata.namespace_, name = in.m.metric.name;
  if (const auto value = in.metrics.external(name, ns)) return *value;
  return std::unexpected(
      fmt::format("unable to get external metric {}/{}/{}: no metrics returned from external metrics API",
                  ns.str(), name.str(), api::go_text(in.m.metric.selector)));
}

Evaluation evaluate_external(const Inputs& in) {
  const std::string name = in.m.metric.name.str();
  const bool shared = in.m.target.average_value.has_value();
  const auto value = external_value(in);
  const auto proposal = value ? proposal_for(in, *value, shared) : std::unexpected(value.error());
  if (!proposal) {
    const std::string whole =
        shared ? fmt::format("failed to get {} external metric: {}", name, proposal.error())
               : fmt::format("failed to get external metric {}: {}", name, proposal.error());
    return std::unexpected(
        MetricFailure{"FailedGetExternalMetric", proposal.error(),
                      fmt::format("failed to get {} external metric value: {}", name, whole)});
  }
  MetricValue current = shared ? average(Quantity::from_milli(proposal->usage)) : value_of(proposal->usage);
  return MetricResult{proposal->replicas,
                      fmt::format("external metric {}({})", name, api::go_text(in.m.metric.selector)),
                      status_of(in.metric, in.m, std::move(current), &Metric::external)};
}

}  // namespace

std::expected<MetricResult, MetricFailure> evaluate_metric(const Metric& metric, const ScaledPods& scaled,
                                                           const cluster::MetricsApi& metrics,
                                                           const cluster::Cache& cache) {
  const MetricSource* const source = metric.source();
  CHECK(source != nullptr);  // validation sees to it
  const Inputs in{metric, *source, scaled, metrics, cache};
  switch (metric.type) {
    case MetricSourceType::kObject:
      return evaluate_object(in);
    case MetricSourceType::kPods:
      return evaluate_pods(in);
    case MetricSourceType::kResource:
    case MetricSourceType::kContainerResource:
      return evaluate_resource(in);
    case MetricSourceType::kExternal:
      return evaluate_external(in);
    case MetricSourceType::kUnset:
      break;
  }
  CHECK(false);
}

}  // namespace seatrial::controllers
