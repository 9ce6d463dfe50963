#include "sim/cluster/webhook_match.h"

#include <algorithm>
#include <array>

#include "sim/api/kinds.h"

namespace seatrial::cluster {

using api::Kind;
using api::Object;
using api::Symbol;
using api::WebhookRule;

namespace {

bool has(const std::vector<Symbol>& names, Symbol wanted) {
  static const Symbol kAny = "*";
  return std::ranges::any_of(names, [&](Symbol name) { return name == kAny || name == wanted; });
}

// pods, pods/*, */scale; "*" and "pods" mean no subresource.
bool is_resource(Symbol rule, Symbol resource, Symbol subresource) {
  const std::string_view text = rule.view();
  const std::size_t slash = text.find('/');
  const std::string_view name = text.substr(0, slash);
  const std::string_view sub = slash == std::string_view::npos ? "" : text.substr(slash + 1);
  return (name == "*" || name == resource.view()) && (sub == "*" || sub == subresource.view());
}

bool is_in_scope(const WebhookRule& rule, const ReviewedRequest& request) {
  if (rule.scope.empty() || rule.scope == Symbol("*")) return true;
  return (rule.scope == Symbol("Namespaced")) == request.namespaced;
}

// Configurations of admission itself are exempt, so that a broken one can be mended.
bool is_exempt(const ReviewedRequest& request) {
  static const Symbol kGroup = "admissionregistration.k8s.io";
  return request.group == kGroup;
}

// What is sent to these is an object of its own (a Binding, an Eviction, a Scale) without labels.
bool has_no_labels(const ReviewedRequest& request) {
  static const std::array<Symbol, 3> kOwn = {"binding", "eviction", "scale"};
  return std::ranges::find(kOwn, request.subresource) != kOwn.end();
}

bool selects_object(const api::LabelSelector& selector, const ReviewedRequest& request) {
  const api::LabelMap none;
  const bool bare = has_no_labels(request);
  const auto selects = [&](const Object* object) {
    return object && selector.matches(bare ? none : *object->metadata.labels);
  };
  return selector.empty() || selects(request.object) || selects(request.old);
}

struct Operation {
  const char* name;  // null: no admission
  const char* subresource;
};

Operation operation_of(Verb verb) {
  switch (verb) {
    case Verb::kGet:
      return {nullptr, ""};
    case Verb::kCreate:
      return {"CREATE", ""};
    case Verb::kUpdate:
    case Verb::kPatch:
    case Verb::kApply:
    case Verb::kPatchOwners:
    case Verb::kRemoveFinalizer:
      return {"UPDATE", ""};
    case Verb::kUpdateStatus:
    case Verb::kPatchStatus:
    case Verb::kPatchConditions:
      return {"UPDATE", "status"};
    case Verb::kBind:
      return {"CREATE", "binding"};
    case Verb::kScale:
      return {"UPDATE", "scale"};
    case Verb::kDelete:
      return {"DELETE", ""};
    case Verb::kEvict:
      return {"CREATE", "eviction"};
  }
  return {nullptr, ""};
}

}  // namespace

bool has_annotation_with(const api::ObjectMeta& metadata, const std::vector<std::string>& texts) {
  return std::ranges::any_of(*metadata.annotations, [&](const api::LabelMap::Entry& entry) {
    const std::string annotation = entry.first.str() + ": " + entry.second.str();
    return std::ranges::any_of(texts, [&](const std::string& text) { return annotation.contains(text); });
  });
}

bool matches(const WebhookRule& rule, const ReviewedRequest& request) {
  return is_in_scope(rule, request) && has(rule.operations, request.operation) &&
         has(rule.api_groups, request.group) && has(rule.api_versions, request.version) &&
         std::ranges::any_of(rule.resources, [&](Symbol resource) {
           return is_resource(resource, request.resource, request.subresource);
         });
}

bool matches(const api::Webhook& webhook, const ReviewedRequest& request) {
  if (is_exempt(request)) return false;
  const bool namespace_fits = !request.namespace_labels || !webhook.namespace_selector ||
                              webhook.namespace_selector->matches(*request.namespace_labels);
  if (!namespace_fits) return false;
  if (webhook.object_selector && !selects_object(*webhook.object_selector, request)) return false;
  return std::ranges::any_of(webhook.rules, [&](const WebhookRule& rule) { return matches(rule, request); });
}

std::optional<ReviewedRequest> reviewed(const Store& store, const ApiRequest& request) {
  Operation operation = operation_of(request.verb);
  if (!operation.name) return std::nullopt;
  const Object* old = nullptr;
  if (request.verb == Verb::kApply) {
    const api::ObjectMeta& meta = request.object->metadata;
    old = store.get(store.find(request.object->kind, meta.namespace_, meta.name)).get();
    if (!old) operation.name = "CREATE";
  } else if (request.verb != Verb::kCreate) {
    old = store.get(request.object ? request.object->ref() : request.ref).get();
    if (!old) return std::nullopt;  // NotFound comes first
  }
  const bool deletes = request.verb == Verb::kDelete || request.verb == Verb::kEvict;
  const Object& subject = request.object ? *request.object : *old;
  ReviewedRequest what;
  what.operation = operation.name;
  what.subresource = operation.subresource;
  what.group = api::group_of(subject);
  const std::string_view version = api::api_version_of(subject);
  what.version = version.substr(version.find('/') + 1);
  what.resource = api::plural_of(subject);
  what.object = deletes ? nullptr : &subject;
  what.old = old;
  what.namespaced = !subject.metadata.namespace_.empty();
  if (subject.kind == Kind::kNamespace) {
    what.namespace_labels = subject.metadata.labels.get();
  } else if (what.namespaced) {
    const auto* const ns = store.find<api::Namespace>({}, subject.metadata.namespace_);
    if (!ns) return std::nullopt;  // NamespaceLifecycle refuses first
    what.namespace_labels = ns->metadata.labels.get();
  }
  return what;
}

std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  std::string_view rest = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?"));
  return rest.contains(':') ? std::string(rest) : std::string(rest) + ":443";
}

}  // namespace seatrial::cluster
