// ResourceQuota and LimitRange (v1).
#include "sim/api/core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {

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

Problems validate_quota(const ResourceQuota& q, const ResourceQuota* old) {
  Report report;
  const Place root, spec = field(root, "spec"), hard = field(spec, "hard");
  validate_metadata(report, q, NameRule::kSubdomain, old);
  for (const auto& [name, quantity] : q.hard) {
    report.invalid_all(key(hard, name.view()), name.view(), check_qualified_name(name.view()));
    if (quantity.is_negative()) {
      report.invalid(key(hard, name.view()), quantity.str(), "must be greater than or equal to 0");
    }
  }
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

// One pair of bounds: `low` must not exceed `high` where both are given.
void validate_order(Report& report, const Place& at, const ResourceList& low, const char* low_name,
                    const ResourceList& high, const char* high_name) {
  for (const auto& [name, quantity] : low) {
    const auto bound = high.find(name);
    if (bound == high.end() || quantity <= bound->second) continue;
    report.invalid(key(at, name.view()), quantity.str(),
                   std::string(low_name) + " value " + quantity.str() + " is greater than " + high_name +
                       " value " + bound->second.str());
  }
}

// Source: ValidateLimitRange.
void validate_limit(Report& report, const Place& at, const LimitRangeItem& item) {
  if (item.type.empty()) report.required(field(at, "type"), "");
  const Place min = field(at, "min"), request = field(at, "defaultRequest"), fallback = field(at, "default");
  validate_order(report, min, item.min, "min", item.max, "max");
  validate_order(report, request, item.min, "min", item.default_request, "default request");
  validate_order(report, request, item.default_request, "default request", item.max, "max");
  validate_order(report, request, item.default_request, "default request", item.default_, "default");
  validate_order(report, fallback, item.min, "min", item.default_, "default");
  validate_order(report, fallback, item.default_, "default", item.max, "max");
}

Problems validate_limit_range(const LimitRange& l, const LimitRange* old) {
  Report report;
  const Place root, spec = field(root, "spec"), limits = field(spec, "limits");
  validate_metadata(report, l, NameRule::kSubdomain, old);
  for (std::size_t i = 0; i < l.limits.size(); ++i) validate_limit(report, item(limits, i), l.limits[i]);
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
