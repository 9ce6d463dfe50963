// PriorityClass (scheduling.k8s.io/v1).
#include <algorithm>

#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/scheduling.h"

namespace seatrial::api {
namespace {

const char* const kPriorityClassSchema = R"(
PriorityClass: apiVersion string, kind string, metadata ObjectMeta, value int32, globalDefault bool, description string,
  preemptionPolicy string
)";

}  // namespace

template <class V>
void object_fields(V& v, PriorityClass& c) {
  v("description", c.description);
  v("globalDefault", c.global_default);
  v("preemptionPolicy", c.preemption_policy);
  v.always("value", c.value);
}

namespace {

constexpr std::array<std::string_view, 2> kPolicies{"PreemptLowerPriority", "Never"};

void set_defaults(PriorityClass& c) {
  if (c.preemption_policy.empty()) c.preemption_policy = "PreemptLowerPriority";
}

// Source: IsKnownSystemPriorityClass. Empty if it is one.
std::string why_no_system_class(const PriorityClass& c) {
  const auto known =
      std::ranges::find(kSystemPriorityClasses, c.metadata.name.view(), &SystemPriorityClass::name);
  if (known == kSystemPriorityClasses.end())
    return c.metadata.name.str() + " is not a known system priority class";
  if (known->value != c.value) {
    return "value of " + c.metadata.name.str() + " PriorityClass must be " + std::to_string(known->value);
  }
  if (c.global_default) return "globalDefault of " + c.metadata.name.str() + " PriorityClass must be false";
  return {};
}

void validate_update(Report& report, const Place& root, const PriorityClass& c, const PriorityClass& old) {
  if (c.value != old.value) report.forbidden(field(root, "value"), "may not be changed in an update.");
  if (c.preemption_policy != old.preemption_policy) {
    report.invalid(field(root, "preemptionPolicy"), c.preemption_policy.view(), "field is immutable");
  }
}

// Source: pkg/apis/scheduling/validation/validation.go.
Problems validate(const PriorityClass& c, const PriorityClass* old) {
  Report report;
  const Place root, metadata = field(root, "metadata");
  validate_metadata(report, c, NameRule::kSubdomain, old);
  if (c.metadata.name.view().starts_with("system-")) {
    if (const std::string why = why_no_system_class(c); !why.empty()) {
      report.forbidden(
          field(metadata, "name"),
          "priority class names with 'system-' prefix are reserved for system use only. error: " + why);
    }
  } else if (c.value > kHighestUserDefinablePriority) {
    report.forbidden(field(root, "value"), "maximum allowed value of a user defined priority is " +
                                               std::to_string(kHighestUserDefinablePriority));
  }
  if (std::ranges::find(kPolicies, c.preemption_policy.view()) == kPolicies.end()) {
    report.unsupported(field(root, "preemptionPolicy"), c.preemption_policy.view(), kPolicies);
  }
  if (old) validate_update(report, root, c, *old);
  return report.take();
}

}  // namespace

const KindCode& priority_class_code() {
  static const KindCode code = kind_code<PriorityClass, set_defaults, validate>(kPriorityClassSchema);
  return code;
}

}  // namespace seatrial::api
