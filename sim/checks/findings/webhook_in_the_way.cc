// Admission webhooks that could not be called, or that denied: what they kept from being written, and why
// they were away.
#include "sim/api/admission_registration.h"
#include "sim/api/networking.h"
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using api::Kind;
using api::Webhook;

// Every message of a run that may be a refusal, as events and kubectl have it.
struct RefusedRequests {
  std::uint64_t count = 0;
  SimTime first;
  std::string text;

  void add(SimTime at, std::uint64_t times, const std::string& message) {
    if (count == 0) {
      first = at;
      text = message;
    }
    count += times;
  }
};

RefusedRequests refusals_with(const Evidence& evidence, const std::string& words) {
  RefusedRequests found;
  std::map<std::uint32_t, std::int32_t> counted;  // how often an event had happened, by its index
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != Kind::kEvent || change.type == cluster::ChangeType::kDeleted) continue;
    const auto& event = static_cast<const api::ApiEvent&>(*change.object);
    if (!event.message.contains(words)) continue;
    const std::int32_t times = event.count - std::exchange(counted[event.index], event.count);
    found.add(evidence.time_of(change), static_cast<std::uint64_t>(std::max(times, 0)), event.message);
  }
  const Journal& journal = evidence.kernel.journal();
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (static_cast<cluster::RecordType>(record.type) != cluster::RecordType::kRefused) continue;
    const std::string text(journal.text(record.text));
    if (text.contains(words)) found.add(record.at, 1, text);
  }
  return found;
}

std::size_t ready_endpoints(const Evidence& evidence, const Webhook& webhook) {
  std::size_t ready = 0;
  for (const api::ObjectPtr& object : evidence.store.list(Kind::kEndpointSlice, webhook.service_namespace)) {
    const auto& slice = static_cast<const api::EndpointSlice&>(*object);
    if (slice.metadata.labels->get("kubernetes.io/service-name") != webhook.service_name.view()) continue;
    for (const api::Endpoint& endpoint : slice.endpoints) ready += endpoint.ready;
  }
  return ready;
}

bool has(const std::vector<api::Symbol>& names, const char* wanted) {
  return std::ranges::any_of(names, [&](api::Symbol name) { return name == "*" || name == wanted; });
}

// Whether the webhook is asked before its own pods are created.
bool guards_itself(const Evidence& evidence, const Webhook& webhook) {
  const auto* const ns = evidence.store.find<api::Namespace>({}, webhook.service_namespace);
  if (!ns || (webhook.namespace_selector && !webhook.namespace_selector->matches(*ns->metadata.labels)))
    return false;
  return std::ranges::any_of(webhook.rules, [](const api::WebhookRule& rule) {
    return has(rule.operations, "CREATE") && has(rule.api_groups, "") && has(rule.resources, "pods") &&
           rule.scope != api::Symbol("Cluster");
  });
}

std::string advice_for_webhook(const Webhook& webhook, const std::string& words, bool self) {
  const std::string service = webhook.service_name.str() + "." + webhook.service_namespace.str() + ".svc";
  if (words.contains("certificate is valid for"))
    return "give it a certificate for " + service + ", or name the Service that its certificate is for; " +
           "until then delete the configuration";
  if (words.contains("unknown authority"))
    return "put the authority that signed its certificate into clientConfig.caBundle; until then delete the "
           "configuration";
  if (self)
    return "leave namespace " + webhook.service_namespace.str() +
           " (and kube-system) out by a namespaceSelector, run two replicas with a PodDisruptionBudget, or "
           "set "
           "failurePolicy: Ignore";
  return "run two replicas with a PodDisruptionBudget, ask it about less, or set failurePolicy: Ignore";
}

void explain_failure(const Evidence& evidence, const Webhook& webhook, const api::Object& configuration,
                     std::vector<Finding>& findings) {
  const RefusedRequests refusals =
      refusals_with(evidence, "failed calling webhook \"" + webhook.name.str() + "\"");
  if (refusals.count == 0) return;
  Finding finding;
  finding.severity = Severity::kError;
  finding.manifest = configuration.source;
  finding.what = "webhook " + webhook.name.str() +
                 " could not be called: " + plural(refusals.count, "write") + " refused, the first at " +
                 about(refusals.first.since_start());
  finding.chain.push_back(refusals.text);
  const bool self = !webhook.service_name.empty() && guards_itself(evidence, webhook);
  if (!webhook.service_name.empty() && ready_endpoints(evidence, webhook) == 0) {
    finding.chain.push_back("Service " + webhook.service_namespace.str() + "/" + webhook.service_name.str() +
                            " has no ready endpoint at the end either");
  }
  if (self) {
    finding.chain.push_back("its rules and its namespaceSelector include the pods of its own namespace, " +
                            webhook.service_namespace.str() +
                            ": while it is away they cannot be created, so it stays away");
  }
  finding.chain.push_back("failurePolicy is Fail, timeoutSeconds " +
                          std::to_string(webhook.timeout_seconds.value_or(10)) +
                          place_text(configuration.source));
  finding.change = advice_for_webhook(webhook, refusals.text, self);
  findings.push_back(std::move(finding));
}

void explain_denial(const Evidence& evidence, const Webhook& webhook, const api::Object& configuration,
                    std::vector<Finding>& findings) {
  const RefusedRequests refusals =
      refusals_with(evidence, "admission webhook \"" + webhook.name.str() + "\" denied the request");
  if (refusals.count == 0) return;
  Finding finding;
  finding.severity = Severity::kError;
  finding.manifest = configuration.source;
  finding.what = "webhook " + webhook.name.str() + " denied " + plural(refusals.count, "write") +
                 ", the first at " + about(refusals.first.since_start());
  finding.chain.push_back(refusals.text);
  finding.chain.push_back("it is asked because of its rules" + place_text(configuration.source));
  finding.change =
      "change the manifest as the message says, or leave its namespace out by a namespaceSelector";
  findings.push_back(std::move(finding));
}

template <class Configuration>
void look(const Evidence& evidence, std::vector<Finding>& findings) {
  // Those that were taken away as well: by their last versions.
  std::map<std::uint32_t, api::ObjectPtr> configurations;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind == Configuration::kKind) configurations[change.object->index] = change.object;
  }
  for (const auto& [index, object] : configurations) {
    for (const Webhook& webhook : static_cast<const Configuration&>(*object).webhooks) {
      explain_failure(evidence, webhook, *object, findings);
      explain_denial(evidence, webhook, *object, findings);
    }
  }
}

}  // namespace

void webhooks_stand_in_the_way(const Evidence& evidence, std::vector<Finding>& findings) {
  look<api::MutatingWebhookConfiguration>(evidence, findings);
  look<api::ValidatingWebhookConfiguration>(evidence, findings);
}

}  // namespace seatrial::checks
