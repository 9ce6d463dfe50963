// admissionregistration.k8s.io/v1: ValidatingWebhookConfiguration and MutatingWebhookConfiguration.
// Source: k8s.io/api/admissionregistration/v1/types.go.
#pragma once

#include "sim/api/meta.h"

namespace seatrial::api {

struct WebhookRule {
  std::vector<Symbol> operations, api_groups, api_versions, resources;
  Symbol scope;  // Cluster, Namespaced, *
  bool operator==(const WebhookRule&) const = default;
};

struct Webhook {
  Symbol name;
  // clientConfig: a URL, or a Service with port 443 unless it says another.
  Symbol url, service_namespace, service_name, service_path;
  std::optional<std::int32_t> service_port;
  std::vector<WebhookRule> rules;
  enum class FailurePolicy : std::uint8_t { kUnset, kIgnore, kFail } failure_policy{};
  enum class MatchPolicy : std::uint8_t { kUnset, kExact, kEquivalent } match_policy{};
  enum class Reinvocation : std::uint8_t {
    kUnset,
    kNever,
    kIfNeeded
  } reinvocation_policy{};  // mutating only
  std::optional<LabelSelector> namespace_selector, object_selector;
  Symbol side_effects;
  std::optional<std::int32_t> timeout_seconds;
  std::vector<Symbol> admission_review_versions;
  bool operator==(const Webhook&) const = default;
};

struct ValidatingWebhookConfiguration : Object {
  static constexpr Kind kKind = Kind::kValidatingWebhookConfiguration;
  ValidatingWebhookConfiguration() : Object(kKind) {}
  std::vector<Webhook> webhooks;
};
struct MutatingWebhookConfiguration : Object {
  static constexpr Kind kKind = Kind::kMutatingWebhookConfiguration;
  MutatingWebhookConfiguration() : Object(kKind) {}
  std::vector<Webhook> webhooks;
};

}  // namespace seatrial::api
