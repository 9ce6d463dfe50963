// ValidatingWebhookConfiguration and MutatingWebhookConfiguration (admissionregistration.k8s.io/v1).
#include <algorithm>
#include <set>

#include "sim/api/admission_registration.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {

template <>
struct EnumNames<Webhook::FailurePolicy> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "Ignore"sv, "Fail"sv};
  static constexpr std::array kShown{"Fail"sv, "Ignore"sv};
};
template <>
struct EnumNames<Webhook::MatchPolicy> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "Exact"sv, "Equivalent"sv};
  static constexpr std::array kShown{"Equivalent"sv, "Exact"sv};
};
template <>
struct EnumNames<Webhook::Reinvocation> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "Never"sv, "IfNeeded"sv};
  static constexpr std::array kShown{"IfNeeded"sv, "Never"sv};
};

template <class V>
void fields(V& v, WebhookRule& r) {
  v("apiGroups", r.api_groups);
  v("apiVersions", r.api_versions);
  v("operations", r.operations);
  v("resources", r.resources);
  v("scope", r.scope);
}
template <class V>
void fields(V& v, Webhook& w) {
  v("admissionReviewVersions", w.admission_review_versions);
  v.object("clientConfig", [&](V& config) {
    config.object("service", [&](V& service) {
      service("name", w.service_name);
      service("namespace", w.service_namespace);
      service("path", w.service_path);
      service("port", w.service_port);
    });
    config("url", w.url);
  });
  v("failurePolicy", w.failure_policy);
  v("matchPolicy", w.match_policy);
  v.always("name", w.name);
  v("namespaceSelector", w.namespace_selector);
  v("objectSelector", w.object_selector);
  v("reinvocationPolicy", w.reinvocation_policy);
  v("rules", w.rules);
  v("sideEffects", w.side_effects);
  v("timeoutSeconds", w.timeout_seconds);
  if constexpr (V::kDecoding) {
    const Value* const conditions = v.find("matchConditions");
    if (conditions && !conditions->list.empty()) {
      v.context().invalid(*conditions, Place{&v.place(), "matchConditions", -1},
                          "Forbidden: expressions (CEL) cannot be evaluated here");
    }
  }
}

namespace {

const char* const kValidatingSchema = R"(
ValidatingWebhookConfiguration: apiVersion string, kind string, metadata ObjectMeta, webhooks []ValidatingWebhook
ValidatingWebhook: name string, clientConfig WebhookClientConfig, rules []RuleWithOperations, failurePolicy string,
  matchPolicy string, namespaceSelector LabelSelector, objectSelector LabelSelector, sideEffects string,
  timeoutSeconds int32, admissionReviewVersions []string, matchConditions []MatchCondition
WebhookClientConfig: url string, service WebhookServiceReference, caBundle bytes
WebhookServiceReference: namespace string, name string, path string, port int32
RuleWithOperations: operations []string, apiGroups []string, apiVersions []string, resources []string, scope string
MatchCondition: name string, expression string
)";
const char* const kMutatingSchema = R"(
MutatingWebhookConfiguration: apiVersion string, kind string, metadata ObjectMeta, webhooks []MutatingWebhook
MutatingWebhook: name string, clientConfig WebhookClientConfig, rules []RuleWithOperations, failurePolicy string,
  matchPolicy string, namespaceSelector LabelSelector, objectSelector LabelSelector, sideEffects string,
  timeoutSeconds int32, admissionReviewVersions []string, reinvocationPolicy string, matchConditions []MatchCondition
)";

}  // namespace

template <class V>
void object_fields(V& v, ValidatingWebhookConfiguration& c) {
  v("webhooks", c.webhooks);
}
template <class V>
void object_fields(V& v, MutatingWebhookConfiguration& c) {
  v("webhooks", c.webhooks);
}

namespace {

// SetDefaults_ValidatingWebhook, SetDefaults_MutatingWebhook.
void default_webhook(Webhook& w) {
  if (w.failure_policy == Webhook::FailurePolicy::kUnset) w.failure_policy = Webhook::FailurePolicy::kFail;
  if (w.match_policy == Webhook::MatchPolicy::kUnset) w.match_policy = Webhook::MatchPolicy::kEquivalent;
  if (!w.namespace_selector) w.namespace_selector.emplace();
  if (!w.object_selector) w.object_selector.emplace();
  if (!w.timeout_seconds) w.timeout_seconds = 10;
  if (!w.service_name.empty() && !w.service_port) w.service_port = 443;
  for (WebhookRule& rule : w.rules) {
    if (rule.scope.empty()) rule.scope = "*";
  }
}

void default_validating(ValidatingWebhookConfiguration& c) {
  for (Webhook& w : c.webhooks) default_webhook(w);
}
void default_mutating(MutatingWebhookConfiguration& c) {
  for (Webhook& w : c.webhooks) {
    default_webhook(w);
    if (w.reinvocation_policy == Webhook::Reinvocation::kUnset)
      w.reinvocation_policy = Webhook::Reinvocation::kNever;
  }
}

constexpr std::array kOperations{"*"sv, "CONNECT"sv, "CREATE"sv, "DELETE"sv, "UPDATE"sv};
constexpr std::array kScopes{"*"sv, "Cluster"sv, "Namespaced"sv};
constexpr std::array kSideEffects{"None"sv, "NoneOnDryRun"sv};
constexpr std::array kReviewVersions{"v1"sv, "v1beta1"sv};

// A list with "*" has nothing else.
void validate_wildcard(Report& report, const Place& at, const std::vector<Symbol>& names, const char* what) {
  if (names.empty()) report.required(at, "");
  if (names.size() > 1 && std::ranges::count(names, Symbol("*")) > 0)
    report.invalid_json(at, encode_value(names),
                        std::string("if '*' is present, must not specify other ") + what);
}

// pods, pods/status, pods/*, */scale, *, */*.
void validate_resources(Report& report, const Place& at, const std::vector<Symbol>& resources) {
  if (resources.empty()) report.required(at, "");
  std::set<std::string_view> with_all_subresources, of_all_resources;
  bool plain = false;
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const std::string_view text = resources[i].view();
    if (text.empty()) {
      report.required(item(at, i), "");
      continue;
    }
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
      plain |= text != "*";
      continue;
    }
    const std::string_view resource = text.substr(0, slash), sub = text.substr(slash + 1);
    const std::string must_not = "' is present, must not specify " + std::string(text);
    if (with_all_subresources.contains(resource))
      report.invalid(item(at, i), text, "if '" + std::string(resource) + "/*" + must_not);
    if (of_all_resources.contains(sub))
      report.invalid(item(at, i), text, "if '*/" + std::string(sub) + must_not);
    if (sub == "*") with_all_subresources.insert(resource);
    if (resource == "*") of_all_resources.insert(sub);
  }
  const auto has = [&](const char* name) { return std::ranges::count(resources, Symbol(name)) > 0; };
  if (resources.size() > 1 && has("*/*"))
    report.invalid_json(at, encode_value(resources), "if '*/*' is present, must not specify other resources");
  if (has("*") && plain)
    report.invalid_json(at, encode_value(resources),
                        "if '*' is present, must not specify other resources without subresources");
}

void validate_rule(Report& report, const Place& at, const WebhookRule& rule) {
  const Place operations = field(at, "operations"), versions = field(at, "apiVersions");
  if (rule.operations.empty()) report.required(operations, "");
  if (rule.operations.size() > 1 && std::ranges::count(rule.operations, Symbol("*")) > 0)
    report.invalid_json(operations, encode_value(rule.operations),
                        "if '*' is present, must not specify other operations");
  for (std::size_t i = 0; i < rule.operations.size(); ++i) {
    if (!contains(kOperations, rule.operations[i]))
      report.unsupported(item(operations, i), rule.operations[i].view(), kOperations);
  }
  validate_wildcard(report, field(at, "apiGroups"), rule.api_groups, "API groups");
  validate_wildcard(report, versions, rule.api_versions, "API versions");
  for (std::size_t i = 0; i < rule.api_versions.size(); ++i) {
    if (rule.api_versions[i].empty()) report.required(item(versions, i), "");
  }
  validate_resources(report, field(at, "resources"), rule.resources);
  if (!contains(kScopes, rule.scope)) report.unsupported(field(at, "scope"), rule.scope.view(), kScopes);
}

void validate_versions(Report& report, const Place& at, const std::vector<Symbol>& versions) {
  if (versions.empty()) return report.required(at, "must specify one of v1, v1beta1");
  std::set<Symbol> seen;
  bool accepted = false;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (!seen.insert(versions[i]).second) {
      report.invalid(item(at, i), versions[i].view(), "duplicate version");
      continue;
    }
    report.invalid_all(item(at, i), versions[i].view(), check_dns1035_label(versions[i].view()));
    accepted |= contains(kReviewVersions, versions[i]);
  }
  if (!accepted) report.invalid_json(at, encode_value(versions), "must include at least one of v1, v1beta1");
}

// Three labels at least: policy.example.com.
void validate_name(Report& report, const Place& at, Symbol name) {
  if (name.empty()) return report.required(at, "");
  const auto wrong = check_dns1123_subdomain(name.view());
  if (!wrong.empty()) return report.invalid_all(at, name.view(), wrong);
  if (std::ranges::count(name.view(), '.') < 2)
    report.invalid(at, name.view(), "should be a domain with at least three segments separated by dots");
}

void validate_service(Report& report, const Place& at, const Webhook& w) {
  if (w.service_name.empty()) report.required(field(at, "name"), "service name is required");
  if (w.service_namespace.empty()) report.required(field(at, "namespace"), "service namespace is required");
  if (w.service_port) {
    for (const std::string& message : check_port_number(*w.service_port))
      report.invalid(field(at, "port"), *w.service_port, "port is not valid: " + message);
  }
  const std::string_view path = w.service_path.view();
  if (!path.empty() && path.front() != '/') report.invalid(field(at, "path"), path, "must start with a '/'");
}

void validate_webhook(Report& report, const Place& at, const Webhook& w) {
  validate_name(report, field(at, "name"), w.name);
  const Place rules = field(at, "rules"), config = field(at, "clientConfig");
  for (std::size_t i = 0; i < w.rules.size(); ++i) validate_rule(report, item(rules, i), w.rules[i]);
  const Place effects = field(at, "sideEffects");
  if (w.side_effects.empty()) {
    report.required(effects, "must specify one of None, NoneOnDryRun");
  } else if (!contains(kSideEffects, w.side_effects)) {
    report.unsupported(effects, w.side_effects.view(), kSideEffects);
  }
  if (w.timeout_seconds && (*w.timeout_seconds > 30 || *w.timeout_seconds < 1)) {
    report.invalid(field(at, "timeoutSeconds"), *w.timeout_seconds,
                   "the timeout value must be between 1 and 30 seconds");
  }
  if (w.namespace_selector)
    validate_label_selector(report, field(at, "namespaceSelector"), *w.namespace_selector);
  if (w.object_selector) validate_label_selector(report, field(at, "objectSelector"), *w.object_selector);
  const bool service = !w.service_name.empty() || !w.service_namespace.empty();
  if (w.url.empty() != service) {
    report.required(config, "exactly one of url or service is required");
  } else if (service) {
    validate_service(report, field(config, "service"), w);
  } else if (!w.url.view().starts_with("https://")) {
    report.invalid(field(config, "url"), w.url.view(), "'https' is the only allowed URL scheme");
  }
  validate_versions(report, field(at, "admissionReviewVersions"), w.admission_review_versions);
}

// Source: pkg/apis/admissionregistration/validation/validation.go.
template <class T>
Problems validate(const T& c, const T* old) {
  Report report;
  const Place root, webhooks = field(root, "webhooks");
  validate_metadata(report, c, NameRule::kSubdomain, old);
  std::set<Symbol> names;
  for (std::size_t i = 0; i < c.webhooks.size(); ++i) {
    const Place here = item(webhooks, i);
    validate_webhook(report, here, c.webhooks[i]);
    if (!c.webhooks[i].name.empty() && !names.insert(c.webhooks[i].name).second)
      report.duplicate(field(here, "name"), c.webhooks[i].name.view());
  }
  return report.take();
}

}  // namespace

const KindCode& validating_webhook_configuration_code() {
  static const KindCode code =
      kind_code<ValidatingWebhookConfiguration, default_validating, validate<ValidatingWebhookConfiguration>>(
          kValidatingSchema);
  return code;
}
const KindCode& mutating_webhook_configuration_code() {
  static const KindCode code =
      kind_code<MutatingWebhookConfiguration, default_mutating, validate<MutatingWebhookConfiguration>>(
          kMutatingSchema);
  return code;
}

}  // namespace seatrial::api
