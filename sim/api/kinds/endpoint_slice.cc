// EndpointSlice (discovery.k8s.io/v1).
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/networking.h"

namespace seatrial::api {

struct HintName {
  Symbol name;
};
template <class V>
void fields(V& v, HintName& h) {
  v.always("name", h.name);
}

// A hint names the endpoint's own zone or node.
template <class V>
void hint(V& v, const char* key, Symbol own, bool& given) {
  std::vector<HintName> names;
  if (given) names.push_back({own});
  v(key, names);
  if constexpr (V::kDecoding) given = !names.empty();
}

// One address for each endpoint, as the EndpointSlice controller writes them.
template <class V>
void fields(V& v, Endpoint& e) {
  std::vector<Symbol> addresses;
  if (!e.address.empty()) addresses.push_back(e.address);
  v.always("addresses", addresses);
  v.object("conditions", [&](V& conditions) {
    conditions.always("ready", e.ready);
    conditions.always("serving", e.serving);
    conditions.always("terminating", e.terminating);
  });
  v.object("hints", [&](V& hints) {
    hint(hints, "forNodes", e.node_name, e.for_its_node);
    hint(hints, "forZones", e.zone, e.for_its_zone);
  });
  v("hostname", e.hostname);
  v("nodeName", e.node_name);
  v.object("targetRef", [&](V& target) {
    Symbol kind = "Pod";
    if (V::kDecoding || !e.target_name.empty()) target("kind", kind);
    target("name", e.target_name);
  });
  v("zone", e.zone);
  if constexpr (V::kDecoding) {
    if (!addresses.empty()) e.address = addresses[0];
  }
}

template <class V>
void fields(V& v, EndpointPort& p) {
  v("appProtocol", p.app_protocol);
  v("name", p.name);
  v("port", p.port);
  v("protocol", p.protocol);
}

namespace {

const char* const kEndpointSliceSchema = R"(
EndpointSlice: apiVersion string, kind string, metadata ObjectMeta, addressType string, endpoints []Endpoint,
  ports []EndpointPort
Endpoint: addresses []string, conditions EndpointConditions, hostname string, targetRef ObjectReference,
  deprecatedTopology {}string, nodeName string, zone string, hints EndpointHints
EndpointPort: name string, port int32, protocol string, appProtocol string
EndpointConditions: ready bool, serving bool, terminating bool
EndpointHints: forZones []ForZone, forNodes []ForNode
ForZone: name string
ForNode: name string
)";

}  // namespace

template <class V>
void object_fields(V& v, EndpointSlice& s) {
  v.always("addressType", s.address_type);
  v.always("endpoints", s.endpoints);
  v.always("ports", s.ports);
}

namespace {

void set_defaults(EndpointSlice& s) {
  for (EndpointPort& port : s.ports) {
    if (port.protocol.empty()) port.protocol = "TCP";
  }
}

Problems validate(const EndpointSlice& s, const EndpointSlice* old) {
  Report report;
  validate_metadata(report, s, NameRule::kSubdomain, old);
  return report.take();
}

}  // namespace

const KindCode& endpoint_slice_code() {
  static const KindCode code = kind_code<EndpointSlice, set_defaults, validate>(kEndpointSliceSchema);
  return code;
}

}  // namespace seatrial::api
