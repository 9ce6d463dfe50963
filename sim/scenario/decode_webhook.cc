// `webhooks:` how the processes behind admission webhooks answer, by the webhooks' names.
#include <algorithm>

#include "sim/api/admission_registration.h"
#include "sim/scenario/decode.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

std::vector<std::string> webhook_names(const Parts& parts) {
  std::vector<std::string> names;
  const auto add = [&](const std::vector<api::Webhook>& webhooks) {
    for (const api::Webhook& webhook : webhooks) names.push_back(webhook.name.str());
  };
  for (const auto& object : parts.inventory.objects()) {
    if (object->kind == api::Kind::kValidatingWebhookConfiguration)
      add(static_cast<const api::ValidatingWebhookConfiguration&>(*object).webhooks);
    if (object->kind == api::Kind::kMutatingWebhookConfiguration)
      add(static_cast<const api::MutatingWebhookConfiguration&>(*object).webhooks);
  }
  return names;
}

cluster::ServingCertificate read_certificate(Reader map, const cluster::ServingCertificate& fallback) {
  if (!map || !map.expect_map()) return fallback;
  cluster::ServingCertificate certificate;
  const Reader names = map.field("names"), trusted = map.field("trusted");
  for (const Reader& name : names.items()) certificate.names.push_back(name.text());
  certificate.trusted = trusted.boolean(true);
  map.done();
  if (names.is_list() && certificate.names.empty()) names.problem("names no host");
  if (!names && !trusted) map.problem("says nothing: \"names\" or \"trusted\" is needed");
  return certificate;
}

}  // namespace

void require_webhook(const Reader& at, const std::string& name, const Parts& parts) {
  const std::vector<std::string> names = webhook_names(parts);
  if (name.empty() || parts.inventory.incomplete || std::ranges::count(names, name) > 0) return;
  at.problem("no webhook of the manifests is called \"" + name + "\"" + did_you_mean(name, names));
}

cluster::WebhookBehaviour read_webhook(Reader& at, const cluster::WebhookBehaviour& fallback) {
  cluster::WebhookBehaviour behaviour = fallback;
  behaviour.latency = at.field("latency").distribution(fallback.latency);
  const Reader down = at.field("down"), denies = at.field("denies"), code = at.field("code"),
               annotations = at.field("deniesAnnotations");
  behaviour.down = down.boolean(fallback.down);
  behaviour.certificate = read_certificate(at.field("certificate"), fallback.certificate);
  behaviour.denies = denies.text(fallback.denies);
  behaviour.code = static_cast<std::int32_t>(code.integer(fallback.code, 400, 599));
  if (annotations) behaviour.denied_annotations.clear();
  for (const Reader& item : annotations.items()) behaviour.denied_annotations.push_back(item.text());
  if (annotations && behaviour.denies.empty())
    annotations.problem("needs \"denies\", the message, beside it");
  if (code && behaviour.denies.empty()) code.problem("has a meaning with denies only");
  if (behaviour.down && denies) denies.problem("a webhook that is down denies nothing");
  return behaviour;
}

void read_webhooks(Reader webhooks, Parts& parts) {
  if (!webhooks) return;
  for (auto& [name, webhook] : webhooks.entries()) {
    require_webhook(webhook, name, parts);
    if (!webhook.expect_map()) continue;
    parts.scenario.webhooks[name] = read_webhook(webhook, {});
    webhook.done();
  }
}

}  // namespace seatrial::scenario
