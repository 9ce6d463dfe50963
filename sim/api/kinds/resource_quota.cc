// ResourceQuota and LimitRange (v1).
#include <algorithm>
#include <set>

#include "sim/api/core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {

template <class V>
void fields(V& v, ScopedResourceSelectorRequirement& r) {
  v.always("operator", r.op);
  v.always("scopeName", r.scope_name);
  v("values", r.values);
}
template <class V>
void fields(V& v, LimitRangeItem& l) {
  v("default", l.default_);
  v("defaultRequest", l.default_request);
  v("max", l.max);
  v("maxLimitRequestRatio", l.max_limit_request_ratio);
  v("min", l.min);
  v.always("type", l.type);
}

namespace {

const char* const kQuotaSchema = R"(
ResourceQuota: apiVersion string, kind string, metadata ObjectMeta, spec ResourceQuotaSpec,
  status ResourceQuotaStatus
ResourceQuotaSpec: hard {}quantity, scopes []string, scopeSelector ScopeSelector
ResourceQuotaStatus: hard {}quantity, used {}quantity
ScopeSelector: matchExpressions []ScopedResourceSelectorRequirement
ScopedResourceSelectorRequirement: scopeName string, operator string, values []string
)";

const char* const kLimitRangeSchema = R"(
LimitRange: apiVersion string, kind string, metadata ObjectMeta, spec LimitRangeSpec
LimitRangeSpec: limits []LimitRangeItem
LimitRangeItem: type string, max {}quantity, min {}quantity, default {}quantity, defaultRequest {}quantity,
  maxLimitRequestRatio {}quantity
)";

}  // namespace

template <class V>
void object_fields(V& v, ResourceQuota& q) {
  v.object("spec", [&](V& spec) {
    spec("hard", q.hard);
    spec.object("scopeSelector", [&](V& selector) { selector("matchExpressions", q.scope_selector); });
    spec("scopes", q.scopes);
  });
  v.object("status", [&](V& status) {
    status("hard", q.status_hard);
    status("used", q.used);
  });
}
template <class V>
void object_fields(V& v, LimitRange& l) {
  v.object("spec", [&](V& spec) { spec.always("limits", l.limits); });
}

namespace {

constexpr std::array kStandardForQuota{"cpu"sv,
                                       "memory"sv,
                                       "ephemeral-storage"sv,
                                       "requests.cpu"sv,
                                       "requests.memory"sv,
                                       "requests.storage"sv,
                                       "requests.ephemeral-storage"sv,
                                       "limits.cpu"sv,
                                       "limits.memory"sv,
                                       "limits.ephemeral-storage"sv,
                                       "pods"sv,
                                       "resourcequotas"sv,
                                       "services"sv,
                                       "replicationcontrollers"sv,
                                       "secrets"sv,
                                       "persistentvolumeclaims"sv,
                                       "configmaps"sv,
                                       "services.nodeports"sv,
                                       "services.loadbalancers"sv};
constexpr std::array kPodScopes{"Terminating"sv, "NotTerminating"sv, "NotBestEffort"sv, "PriorityClass"sv,
                                "CrossNamespacePodAffinity"sv};
constexpr std::array kComputeForPods{"cpu"sv,           "memory"sv,       "limits.cpu"sv,
                                     "limits.memory"sv, "requests.cpu"sv, "requests.memory"sv};

bool is_scope(Symbol scope) { return scope == Symbol("BestEffort") || contains(kPodScopes, scope.view()); }

// Whether a quota of that scope may count the resource: pods always, compute resources unless it is
// BestEffort.
bool fits(Symbol scope, std::string_view resource) {
  return resource == "pods" || (contains(kPodScopes, scope.view()) && contains(kComputeForPods, resource));
}

void validate_hard(Report& report, const Place& at, const ResourceList& hard) {
  for (const auto& [name, quantity] : hard) {
    const Place here = key(at, name.view());
    const auto wrong = check_qualified_name(name.view());
    report.invalid_all(here, name.view(), wrong);
    const bool standard = contains(kStandardForQuota, name.view()) || name.view().starts_with("hugepages-") ||
                          name.view().starts_with("requests.hugepages-");
    if (wrong.empty() && !name.view().contains('/') && !standard) {
      report.invalid(here, name.view(), "must be a standard resource type or fully qualified");
      report.invalid(here, name.view(), "must be a standard resource for quota");
    }
    if (quantity.is_negative()) report.invalid(here, quantity.str(), "must be greater than or equal to 0");
  }
}

bool conflict(const std::vector<Symbol>& scopes) {
  const auto has = [&](const char* scope) { return std::ranges::count(scopes, Symbol(scope)) > 0; };
  return (has("BestEffort") && has("NotBestEffort")) || (has("Terminating") && has("NotTerminating"));
}

bool misfits(Symbol scope, Symbol resource) {
  return contains(kStandardForQuota, resource.view()) && !fits(scope, resource.view());
}

void validate_scopes(Report& report, const Place& at, const ResourceQuota& q) {
  const auto complain = [&](const char* what) { report.invalid_json(at, encode_value(q.scopes), what); };
  for (const Symbol scope : q.scopes) {
    if (!is_scope(scope)) complain("unsupported scope");
    for (const auto& [name, quantity] : q.hard) {
      if (misfits(scope, name)) complain("unsupported scope applied to resource");
    }
  }
  if (conflict(q.scopes)) complain("conflicting scopes");
}

// As the API server's own type prints.
Value shown_selector(const ResourceQuota& q) {
  Value list = list_value();
  for (const ScopedResourceSelectorRequirement& r : q.scope_selector) {
    Value one = map_value();
    set(one, "ScopeName", encode_value(r.scope_name));
    set(one, "Operator", encode_value(r.op));
    set(one, "Values", r.values.empty() ? Value() : encode_value(r.values));
    list.list.push_back(std::move(one));
  }
  Value whole = map_value();
  set(whole, "MatchExpressions", std::move(list));
  return whole;
}

void validate_scope_selector(Report& report, const Place& selector, const ResourceQuota& q) {
  using Op = LabelSelectorRequirement::Operator;
  const Place at = field(selector, "matchExpressions"), values = field(at, "values");
  const Value whole = shown_selector(q);
  std::vector<Symbol> scopes;
  for (const ScopedResourceSelectorRequirement& r : q.scope_selector) {
    if (!is_scope(r.scope_name))
      report.invalid(field(at, "scopeName"), r.scope_name.view(), "unsupported scope");
    for (const auto& [name, quantity] : q.hard) {
      if (misfits(r.scope_name, name))
        report.invalid_struct(at, whole, "unsupported scope applied to resource");
    }
    if (r.scope_name != Symbol("PriorityClass") && is_scope(r.scope_name) && r.op != Op::kExists) {
      report.invalid(field(at, "operator"), encode_value(r.op).text,
                     "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, "
                     "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
                     "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
    }
    const bool lists = r.op == Op::kIn || r.op == Op::kNotIn;
    if (lists && r.values.empty()) {
      report.required(values,
                      "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
    } else if ((r.op == Op::kExists || r.op == Op::kDoesNotExist) && !r.values.empty()) {
      report.invalid_json(values, encode_value(r.values),
                          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
    } else if (r.op == Op::kGt || r.op == Op::kLt) {
      report.invalid(field(at, "operator"), encode_value(r.op).text, "not a valid selector operator");
    }
    scopes.push_back(r.scope_name);
  }
  if (conflict(scopes)) report.invalid_struct(at, whole, "conflicting scopes");
}

// Source: ValidateResourceQuota, ValidateResourceQuotaUpdate.
Problems validate_quota(const ResourceQuota& q, const ResourceQuota* old) {
  Report report;
  const Place root, spec = field(root, "spec");
  validate_metadata(report, q, NameRule::kSubdomain, old);
  validate_hard(report, field(spec, "hard"), q.hard);
  validate_scopes(report, field(spec, "scopes"), q);
  validate_scope_selector(report, field(spec, "scopeSelector"), q);
  if (old && q.scopes != old->scopes)
    report.invalid_json(field(spec, "scopes"), encode_value(q.scopes), "field is immutable");
  return report.take();
}

// SetDefaults_LimitRangeItem, for containers: default from max, then defaultRequest from default, then from
// min.
void default_limit_range(LimitRange& l) {
  for (LimitRangeItem& item : l.limits) {
    if (item.type != Symbol("Container")) continue;
    item.default_.insert(item.max.begin(), item.max.end());
    item.default_request.insert(item.default_.begin(), item.default_.end());
    item.default_request.insert(item.min.begin(), item.min.end());
  }
}

// One pair of bounds: `low` must not exceed `high` where both are given; `shown` has the value that is
// complained of.
void validate_order(Report& report, const Place& at, const ResourceList& low, const char* low_name,
                    const ResourceList& high, const char* high_name, const ResourceList& shown) {
  for (const auto& [name, quantity] : low) {
    const auto bound = high.find(name);
    if (bound == high.end() || quantity <= bound->second) continue;
    report.invalid(key(at, name.view()), shown.at(name).str(),
                   std::string(low_name) + " value " + quantity.str() + " is greater than " + high_name +
                       " value " + bound->second.str());
  }
}

void validate_names(Report& report, const Place& at, const ResourceList& list) {
  for (const auto& [name, quantity] : list)
    report.invalid_all(key(at, name.view()), name.view(), check_qualified_name(name.view()));
}

constexpr const char* kNotForPods = "may not be specified when `type` is 'Pod'";

// maxLimitRequestRatio: at least 1, and not more than max and min allow.
void validate_ratio(Report& report, const Place& at, const LimitRangeItem& item) {
  for (const auto& [name, ratio] : item.max_limit_request_ratio) {
    if (ratio < Quantity::from_value(1)) {
      report.invalid(key(at, name.view()), ratio.str(), "ratio " + ratio.str() + " is less than 1");
    }
    const auto min = item.min.find(name), max = item.max.find(name);
    if (min == item.min.end() || max == item.max.end() || min->second.milli() == 0) continue;
    const double most = static_cast<double>(max->second.milli()) / static_cast<double>(min->second.milli());
    if (static_cast<double>(ratio.milli()) / 1000 <= most) continue;
    report.invalid(key(at, name.view()), ratio.str(),
                   "ratio " + ratio.str() + " is greater than max/min = " + std::to_string(most));
  }
}

// Source: ValidateLimitRange.
void validate_limit(Report& report, const Place& at, const LimitRangeItem& item) {
  const Place type = field(at, "type"), min = field(at, "min"), max = field(at, "max"),
              fallback = field(at, "default"), request = field(at, "defaultRequest"),
              ratio = field(at, "maxLimitRequestRatio");
  if (item.type.empty()) report.required(type, "");
  validate_names(report, max, item.max);
  validate_names(report, min, item.min);
  if (item.type == Symbol("Pod")) {
    if (!item.default_.empty()) report.forbidden(fallback, kNotForPods);
    if (!item.default_request.empty()) report.forbidden(request, kNotForPods);
  } else {
    validate_names(report, fallback, item.default_);
    validate_names(report, request, item.default_request);
  }
  const Symbol storage("storage");
  if (item.type == Symbol("PersistentVolumeClaim") && !item.min.contains(storage) &&
      !item.max.contains(storage)) {
    report.required(field(at, "limits"),
                    "either minimum or maximum storage value is required, but neither was provided");
  }
  validate_names(report, ratio, item.max_limit_request_ratio);
  validate_order(report, min, item.min, "min", item.max, "max", item.min);
  validate_order(report, request, item.min, "min", item.default_request, "default request",
                 item.default_request);
  validate_order(report, request, item.default_request, "default request", item.max, "max",
                 item.default_request);
  validate_order(report, request, item.default_request, "default request", item.default_, "default limit",
                 item.default_request);
  validate_order(report, fallback, item.min, "min", item.default_, "default", item.min);
  validate_order(report, fallback, item.default_, "default", item.max, "max", item.max);
  validate_ratio(report, ratio, item);
}

Problems validate_limit_range(const LimitRange& l, const LimitRange* old) {
  Report report;
  const Place root, spec = field(root, "spec"), limits = field(spec, "limits");
  validate_metadata(report, l, NameRule::kSubdomain, old);
  std::set<Symbol> types;
  for (std::size_t i = 0; i < l.limits.size(); ++i) {
    const Place here = item(limits, i);
    if (!types.insert(l.limits[i].type).second)
      report.duplicate(field(here, "type"), l.limits[i].type.view());
    validate_limit(report, here, l.limits[i]);
  }
  return report.take();
}

}  // namespace

const KindCode& resource_quota_code() {
  static const KindCode code =
      kind_code<ResourceQuota, no_defaults<ResourceQuota>, validate_quota>(kQuotaSchema);
  return code;
}
const KindCode& limit_range_code() {
  static const KindCode code =
      kind_code<LimitRange, default_limit_range, validate_limit_range>(kLimitRangeSchema);
  return code;
}

}  // namespace seatrial::api
