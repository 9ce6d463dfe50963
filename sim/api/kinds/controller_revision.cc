// ControllerRevision (apps/v1).
#include "sim/api/apps.h"
#include "sim/api/fields_core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/validation.h"

namespace seatrial::api {
namespace {

const char* const kControllerRevisionSchema = R"(
ControllerRevision: apiVersion string, kind string, metadata ObjectMeta, data any, revision int64
)";

}  // namespace

template <class V>
void object_fields(V& v, ControllerRevision& r) {
  v.object("data",
           [&](V& data) { data.object("spec", [&](V& spec) { spec.always("template", r.template_); }); });
  v.always("revision", r.revision);
}

namespace {

// Source: pkg/apis/apps/validation/validation.go, ValidateControllerRevision and its update.
Problems validate(const ControllerRevision& r, const ControllerRevision* old) {
  Report report;
  const Place root, data = field(root, "data");
  validate_metadata(report, r, NameRule::kSubdomain, old);
  report.non_negative(field(root, "revision"), r.revision);
  if (old && !(r.template_ == old->template_)) {
    report.invalid_json(data, encode_value(*r.template_), "field is immutable");
  }
  return report.take();
}

}  // namespace

const KindCode& controller_revision_code() {
  static const KindCode code =
      kind_code<ControllerRevision, no_defaults<ControllerRevision>, validate>(kControllerRevisionSchema);
  return code;
}

}  // namespace seatrial::api
