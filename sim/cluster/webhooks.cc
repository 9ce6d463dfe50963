#include "sim/cluster/webhooks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/api/kinds.h"
#include "sim/api/networking.h"
#include "sim/cluster/webhook_match.h"

namespace seatrial::cluster {

using api::Kind;
using api::ObjectPtr;
using api::Symbol;
using api::Webhook;

namespace {

struct Endpoint {
  std::string address;  // 10.60.1.5:9443
  api::PodKey pod;
};

const api::ServicePort* port_of(const api::Service& service, std::int32_t number) {
  const auto at = std::ranges::find(service.ports, number, &api::ServicePort::port);
  return at == service.ports.end() ? nullptr : &*at;
}

// The ready endpoints of a Service that serve its port, in the order of the slices.
std::vector<Endpoint> ready_endpoints(const Store& store, const api::Service& service,
                                      const api::ServicePort& port) {
  std::vector<Endpoint> found;
  for (const ObjectPtr& object : store.list(Kind::kEndpointSlice, service.metadata.namespace_)) {
    const auto& slice = static_cast<const api::EndpointSlice&>(*object);
    if (slice.metadata.labels->get("kubernetes.io/service-name") != service.metadata.name.view()) continue;
    const auto served = std::ranges::find(slice.ports, port.name, &api::EndpointPort::name);
    if (served == slice.ports.end()) continue;
    for (const api::Endpoint& endpoint : slice.endpoints) {
      if (endpoint.ready)
        found.push_back({fmt::format("{}:{}", endpoint.address.str(), served->port), endpoint.target});
    }
  }
  return found;
}

// What the call meets there: nothing wrong, a closed port, or nobody at all.
enum class Met : std::uint8_t { kProcess, kClosedPort, kNobody };

Met met_at(const Store& store, api::PodKey key, const std::set<Symbol>& unreachable) {
  const auto* const pod = store.get<api::Pod>(key);
  // An address that is no one's any more, or behind which nobody answers.
  if (!pod || unreachable.contains(pod->node_name)) return Met::kNobody;
  const auto* const node = store.find<api::Node>({}, pod->node_name);
  const api::Condition* const ready = node ? api::find_condition(node->conditions, "Ready") : nullptr;
  if (!node || (ready && ready->status != api::ConditionStatus::kTrue)) return Met::kNobody;
  const bool runs =
      std::ranges::any_of(pod->status.container_statuses, [](const api::ContainerStatus& status) {
        return std::holds_alternative<api::ContainerStateRunning>(status.state);
      });
  return runs || pod->status.container_statuses.empty() ? Met::kProcess : Met::kClosedPort;
}

struct Resolved {
  std::string problem;  // not empty: the call cannot be made
  std::string address;
  Met met = Met::kProcess;
};

Resolved resolve(const Store& store, const Webhook& webhook, const std::set<Symbol>& unreachable,
                 RandomStream& random) {
  if (!webhook.url.empty()) return {{}, host_of(webhook.url.view()), Met::kProcess};
  const std::string& name = webhook.service_name.str();
  const auto* const service = store.find<api::Service>(webhook.service_namespace, webhook.service_name);
  if (!service) return {fmt::format("service \"{}\" not found", name), {}, {}};
  if (service->type == Symbol("ExternalName")) return {"unsupported service type \"ExternalName\"", {}, {}};
  const std::int32_t number = webhook.service_port.value_or(443);
  const api::ServicePort* const port = port_of(*service, number);
  if (!port) return {fmt::format("no service port {} found for service \"{}\"", number, name), {}, {}};
  const std::vector<Endpoint> endpoints = ready_endpoints(store, *service, *port);
  if (endpoints.empty()) return {fmt::format("no endpoints available for service \"{}\"", name), {}, {}};
  const Endpoint& chosen = endpoints[random.below(static_cast<std::uint32_t>(endpoints.size()))];
  return {{}, chosen.address, met_at(store, chosen.pod, unreachable)};
}

std::string server_name_of(const Webhook& webhook) {
  if (webhook.url.empty())
    return fmt::format("{}.{}.svc", webhook.service_name.str(), webhook.service_namespace.str());
  const std::string host = host_of(webhook.url.view());
  return host.substr(0, host.rfind(':'));
}

// *.ns.svc is for policy.ns.svc, not for a.policy.ns.svc.
bool is_for(std::string_view pattern, std::string_view name) {
  if (!pattern.starts_with("*.")) return pattern == name;
  const std::size_t dot = name.find('.');
  return dot != std::string_view::npos && dot > 0 && name.substr(dot) == pattern.substr(1);
}

ApiError call_failed(const Webhook& webhook, std::string_view why) {
  return {
      500,
      "InternalError",
      fmt::format(
          "Internal error occurred: failed calling webhook \"{}\": failed to call webhook: Post \"{}\": {}",
          webhook.name.str(), webhook_url(webhook), why),
      {},
      0};
}

ApiError denied(const Webhook& webhook, const WebhookBehaviour& behaviour) {
  static const std::map<std::int32_t, Symbol> kReasons = {
      {400, "BadRequest"}, {401, "Unauthorized"},    {403, "Forbidden"},    {409, "Conflict"},
      {422, "Invalid"},    {429, "TooManyRequests"}, {500, "InternalError"}};
  const auto reason = kReasons.find(behaviour.code);
  return {
      behaviour.code,
      reason == kReasons.end() ? Symbol() : reason->second,
      fmt::format("admission webhook \"{}\" denied the request: {}", webhook.name.str(), behaviour.denies),
      {},
      0};
}

// The webhooks of all configurations of a kind, by name of the configuration, in their order there.
template <class Configuration, class Visit>
void for_each_webhook(const Store& store, Visit&& visit) {
  for (const ObjectPtr& object : store.list(Configuration::kKind)) {
    for (const Webhook& webhook : static_cast<const Configuration&>(*object).webhooks) {
      if (!visit(webhook)) return;
    }
  }
}

}  // namespace

void Webhooks::set_behaviour(Symbol webhook, WebhookBehaviour behaviour) {
  behaviours_[webhook] = std::move(behaviour);
}

void Webhooks::begin_change(Symbol webhook, WebhookBehaviour behaviour) {
  changed_[webhook] = std::move(behaviour);
}

void Webhooks::set_reachable(Symbol node, bool reachable) {
  if (reachable) {
    unreachable_.erase(node);
  } else {
    unreachable_.insert(node);
  }
}

const WebhookBehaviour& Webhooks::behaviour(Symbol webhook) const {
  static const WebhookBehaviour kUsual;
  if (const auto changed = changed_.find(webhook); changed != changed_.end()) return changed->second;
  const auto known = behaviours_.find(webhook);
  return known == behaviours_.end() ? kUsual : known->second;
}

RandomStream& Webhooks::stream(const Kernel& kernel, Symbol webhook) {
  return streams_.try_emplace(webhook, kernel.stream("webhook/" + webhook.str())).first->second;
}

Webhooks::Answer Webhooks::call_one(const Kernel& kernel, const Store& store, const Webhook& webhook,
                                    const api::Object* object) {
  RandomStream& random = stream(kernel, webhook.name);
  const WebhookBehaviour& how = behaviour(webhook.name);
  const Duration timeout = Duration::seconds(webhook.timeout_seconds.value_or(10));
  const Resolved resolved = resolve(store, webhook, unreachable_, random);
  const Duration latency = how.latency.sample(random);
  const auto failed = [&](std::string_view why, Duration takes) -> Answer {
    const bool ignored = webhook.failure_policy == Webhook::FailurePolicy::kIgnore;
    return {ignored ? std::nullopt : std::optional(call_failed(webhook, why)), takes, ignored};
  };
  if (!resolved.problem.empty()) return failed(resolved.problem, Duration());
  if (resolved.met == Met::kNobody || (latency >= timeout && !how.down))
    return failed("context deadline exceeded", timeout);
  if (resolved.met == Met::kClosedPort || how.down)
    return failed(fmt::format("dial tcp {}: connect: connection refused", resolved.address), Duration());
  if (const std::string error = certificate_error(how.certificate, server_name_of(webhook)); !error.empty())
    return failed(error, Duration());
  const bool denies =
      !how.denies.empty() && (how.denied_annotations.empty() ||
                              (object && has_annotation_with(object->metadata, how.denied_annotations)));
  return {denies ? std::optional(denied(webhook, how)) : std::nullopt, latency, false};
}

Reviews Webhooks::call(const Kernel& kernel, const Store& store, const ApiRequest& request) {
  Reviews reviews;
  const bool any =
      store.count(Kind::kMutatingWebhookConfiguration) + store.count(Kind::kValidatingWebhookConfiguration) >
      0;
  if (!any || kernel.now() < SimTime()) return reviews;
  const auto what = reviewed(store, request);
  if (!what) return reviews;
  const auto note = [&](const Webhook& webhook, const Answer& answer) {
    if (answer.failed_open) reviews.failed_open.push_back(webhook.name.str());
  };
  for_each_webhook<api::MutatingWebhookConfiguration>(store, [&](const Webhook& webhook) {
    if (!matches(webhook, *what)) return true;
    const Answer answer = call_one(kernel, store, webhook, what->object);
    reviews.takes = reviews.takes + answer.takes;
    reviews.mutating = answer.refused;
    note(webhook, answer);
    return !answer.refused;
  });
  if (reviews.mutating) return reviews;
  Duration longest;
  for_each_webhook<api::ValidatingWebhookConfiguration>(store, [&](const Webhook& webhook) {
    if (!matches(webhook, *what)) return true;
    const Answer answer = call_one(kernel, store, webhook, what->object);
    longest = std::max(longest, answer.takes);
    if (!reviews.validating) reviews.validating = answer.refused;
    note(webhook, answer);
    return true;
  });
  reviews.takes = reviews.takes + longest;
  return reviews;
}

std::string certificate_error(const ServingCertificate& certificate, std::string_view server_name) {
  const std::string failed = "tls: failed to verify certificate: x509: ";
  const bool named =
      certificate.names.empty() || std::ranges::any_of(certificate.names, [&](const std::string& pattern) {
        return is_for(pattern, server_name);
      });
  if (!named) {
    return fmt::format("{}certificate is valid for {}, not {}", failed, fmt::join(certificate.names, ", "),
                       server_name);
  }
  return certificate.trusted ? "" : failed + "certificate signed by unknown authority";
}

std::string webhook_url(const Webhook& webhook) {
  const std::int32_t timeout = webhook.timeout_seconds.value_or(10);
  const std::string base =
      !webhook.url.empty() ? webhook.url.str()
                           : fmt::format("https://{}.{}.svc:{}{}", webhook.service_name.str(),
                                         webhook.service_namespace.str(), webhook.service_port.value_or(443),
                                         webhook.service_path.empty() ? "/" : webhook.service_path.str());
  return fmt::format("{}{}timeout={}s", base, base.contains('?') ? '&' : '?', timeout);
}

}  // namespace seatrial::cluster
