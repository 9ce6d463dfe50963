// Namespace (v1).
#include "sim/api/core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {
namespace {

const char* const kNamespaceSchema = R"(
Namespace: apiVersion string, kind string, metadata ObjectMeta, spec NamespaceSpec, status NamespaceStatus
NamespaceSpec: finalizers []string
NamespaceStatus: phase string, conditions []NamespaceCondition
NamespaceCondition: type string, status string, lastTransitionTime time, reason string, message string
)";

}  // namespace

template <class V>
void object_fields(V& v, Namespace& n) {
  v.object("status", [&](V& status) {
    conditions<ConditionTimes::kTransition>(status, n.conditions);
    Symbol phase = n.terminating ? "Terminating" : "Active";
    status("phase", phase);
    if constexpr (V::kDecoding) n.terminating = phase == Symbol("Terminating");
  });
}

namespace {

// The API server labels every namespace with its name.
void set_defaults(Namespace& n) {
  static const Symbol key("kubernetes.io/metadata.name");
  if (n.metadata.name.empty() || n.metadata.labels->get(key) == n.metadata.name.view()) return;
  n.metadata.labels.edit().set(key, n.metadata.name);
}

Problems validate(const Namespace& n, const Namespace* old) {
  Report report;
  validate_metadata(report, n, NameRule::kLabel, old);
  return report.take();
}

}  // namespace

const KindCode& namespace_code() {
  static const KindCode code = kind_code<Namespace, set_defaults, validate>(kNamespaceSchema);
  return code;
}

}  // namespace seatrial::api
