// Event (v1) and Lease (coordination.k8s.io/v1).
#include "sim/api/core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {
namespace {

const char* const kEventSchema = R"(
Event: apiVersion string, kind string, metadata ObjectMeta, involvedObject ObjectReference, reason string,
  message string, source EventSource, firstTimestamp time, lastTimestamp time, count int32, type string,
  eventTime time, series EventSeries, action string, related ObjectReference, reportingComponent string,
  reportingInstance string
EventSource: component string, host string
EventSeries: count int32, lastObservedTime time
)";

const char* const kLeaseSchema = R"(
Lease: apiVersion string, kind string, metadata ObjectMeta, spec LeaseSpec
LeaseSpec: holderIdentity string, leaseDurationSeconds int32, acquireTime time, renewTime time,
  leaseTransitions int32, strategy string, preferredHolder string
)";

}  // namespace

template <class V>
void object_fields(V& v, ApiEvent& e) {
  v("count", e.count);
  v("firstTimestamp", e.first_timestamp);
  v.object("involvedObject", [&](V& object) {
    object("fieldPath", e.involved_field_path);
    object("kind", e.involved_kind);
    object("name", e.involved_name);
    Symbol space = e.metadata.namespace_;
    object("namespace", space);
  });
  v("lastTimestamp", e.last_timestamp);
  v("message", e.message);
  v("reason", e.reason);
  v.object("source", [&](V& source) {
    source("component", e.source_component);
    source("host", e.source_host);
  });
  v("type", e.type);
}

void object_fields(Decoder& v, Lease& l) {
  v.object("spec", [&](Decoder& spec) {
    spec("holderIdentity", l.holder_identity);
    spec("leaseDurationSeconds", l.lease_duration_seconds);
    spec("renewTime", l.renew_time);
  });
}
void object_fields(Encoder& v, Lease& l) {
  v.object("spec", [&](Encoder& spec) {
    spec("holderIdentity", l.holder_identity);
    spec("leaseDurationSeconds", l.lease_duration_seconds);
    spec.put("renewTime", text_value(micro_time_text(l.renew_time)));
  });
}

namespace {

Problems validate_event(const ApiEvent& e, const ApiEvent* old) {
  Report report;
  validate_metadata(report, e, NameRule::kSubdomain, old);
  return report.take();
}

Problems validate_lease(const Lease& l, const Lease* old) {
  Report report;
  validate_metadata(report, l, NameRule::kSubdomain, old);
  return report.take();
}

}  // namespace

const KindCode& event_code() {
  static const KindCode code = kind_code<ApiEvent, no_defaults<ApiEvent>, validate_event>(kEventSchema);
  return code;
}
const KindCode& lease_code() {
  static const KindCode code = kind_code<Lease, no_defaults<Lease>, validate_lease>(kLeaseSchema);
  return code;
}

}  // namespace seatrial::api
