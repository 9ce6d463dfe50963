// StorageClass and CSINode (storage.k8s.io/v1).
#include <algorithm>

#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/storage.h"

namespace seatrial::api {
namespace {

const char* const kClassSchema = R"(
StorageClass: apiVersion string, kind string, metadata ObjectMeta, provisioner string, parameters {}string,
  reclaimPolicy string, mountOptions []string, allowVolumeExpansion bool, volumeBindingMode string,
  allowedTopologies []TopologySelectorTerm
TopologySelectorTerm: matchLabelExpressions []TopologySelectorLabelRequirement
TopologySelectorLabelRequirement: key string, values []string
)";

const char* const kCsiNodeSchema = R"(
CSINode: apiVersion string, kind string, metadata ObjectMeta, spec CSINodeSpec
CSINodeSpec: drivers []CSINodeDriver
CSINodeDriver: name string, nodeID string, topologyKeys []string, allocatable VolumeNodeResources
VolumeNodeResources: count int32
)";

}  // namespace

template <class V>
void fields(V& v, TopologyTerm::Requirement& r) {
  v.always("key", r.key);
  v.always("values", r.values);
}
template <class V>
void fields(V& v, TopologyTerm& t) {
  v("matchLabelExpressions", t.match_label_expressions);
}
template <class V>
void fields(V& v, CsiNode::Driver& d) {
  v.object("allocatable", [&](V& allocatable) { allocatable("count", d.allocatable_count); });
  v.always("name", d.name);
  v.always("nodeID", d.node_id);
  v("topologyKeys", d.topology_keys);
}

template <class V>
void object_fields(V& v, StorageClass& c) {
  v("allowVolumeExpansion", c.allow_volume_expansion);
  v("allowedTopologies", c.allowed_topologies);
  v("mountOptions", c.mount_options);
  v("parameters", c.parameters);
  v("provisioner", c.provisioner);
  v("reclaimPolicy", c.reclaim_policy);
  v("volumeBindingMode", c.volume_binding_mode);
}
template <class V>
void object_fields(V& v, CsiNode& n) {
  v.object("spec", [&](V& spec) { spec("drivers", n.drivers); });
}

namespace {

constexpr std::array kClassReclaimPolicies{"Delete"sv, "Retain"sv};
constexpr std::array kBindingModes{"Immediate"sv, "WaitForFirstConsumer"sv};

void default_class(StorageClass& c) {
  if (c.reclaim_policy.empty()) c.reclaim_policy = "Delete";
  if (c.volume_binding_mode.empty()) c.volume_binding_mode = "Immediate";
}

void validate_topologies(Report& report, const Place& at, const std::vector<TopologyTerm>& terms) {
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const Place term = item(at, i), expressions = field(term, "matchLabelExpressions");
    const auto& all = terms[i].match_label_expressions;
    for (std::size_t j = 0; j < all.size(); ++j) {
      const Place here = item(expressions, j);
      if (all[j].values.empty()) report.required(field(here, "values"), "");
      report.invalid_all(field(here, "key"), all[j].key.view(), check_qualified_name(all[j].key.view()));
    }
  }
}

// Source: pkg/apis/storage/validation/validation.go.
Problems validate_class(const StorageClass& c, const StorageClass* old) {
  Report report;
  const Place root;
  validate_metadata(report, c, NameRule::kSubdomain, old);
  if (c.provisioner.empty())
    report.required(field(root, "provisioner"), "");
  else
    report.invalid_all(field(root, "provisioner"), c.provisioner.view(),
                       check_qualified_name(c.provisioner.view()));
  if (std::ranges::count(kClassReclaimPolicies, c.reclaim_policy.view()) == 0)
    report.unsupported(field(root, "reclaimPolicy"), c.reclaim_policy.view(), kClassReclaimPolicies);
  if (std::ranges::count(kBindingModes, c.volume_binding_mode.view()) == 0)
    report.unsupported(field(root, "volumeBindingMode"), c.volume_binding_mode.view(), kBindingModes);
  validate_topologies(report, field(root, "allowedTopologies"), c.allowed_topologies);
  if (!old) return report.take();
  if (c.parameters != old->parameters)
    report.forbidden(field(root, "parameters"), "updates to parameters are forbidden.");
  if (c.provisioner != old->provisioner)
    report.forbidden(field(root, "provisioner"), "updates to provisioner are forbidden.");
  if (c.reclaim_policy != old->reclaim_policy)
    report.forbidden(field(root, "reclaimPolicy"), "updates to reclaimPolicy are forbidden.");
  if (c.volume_binding_mode != old->volume_binding_mode)
    report.invalid(field(root, "volumeBindingMode"), c.volume_binding_mode.view(), "field is immutable");
  return report.take();
}

Problems validate_node(const CsiNode& n, const CsiNode* old) {
  Report report;
  const Place root, spec = field(root, "spec"), drivers = field(spec, "drivers");
  validate_metadata(report, n, NameRule::kSubdomain, old);
  for (std::size_t i = 0; i < n.drivers.size(); ++i) {
    const Place here = item(drivers, i);
    if (n.drivers[i].name.empty()) report.required(field(here, "name"), "");
    if (n.drivers[i].node_id.empty()) report.required(field(here, "nodeID"), "");
    const auto first = std::ranges::find(n.drivers, n.drivers[i].name, &CsiNode::Driver::name);
    if (first - n.drivers.begin() < static_cast<std::ptrdiff_t>(i))
      report.duplicate(field(here, "name"), n.drivers[i].name.view());
  }
  return report.take();
}

}  // namespace

bool TopologyTerm::matches(const LabelMap& labels) const {
  return std::ranges::all_of(match_label_expressions, [&](const Requirement& requirement) {
    const Symbol* const value = labels.find(requirement.key);
    return value && std::ranges::count(requirement.values, *value) > 0;
  });
}

bool StorageClass::waits_for_consumer() const {
  return volume_binding_mode == Symbol("WaitForFirstConsumer");
}
bool StorageClass::is_default() const {
  return metadata.annotations->get(kDefaultClass) == "true" ||
         metadata.annotations->get("storageclass.beta.kubernetes.io/is-default-class") == "true";
}

const KindCode& storage_class_code() {
  static const KindCode code = kind_code<StorageClass, default_class, validate_class>(kClassSchema);
  return code;
}
const KindCode& csi_node_code() {
  static const KindCode code = kind_code<CsiNode, no_defaults<CsiNode>, validate_node>(kCsiNodeSchema);
  return code;
}

}  // namespace seatrial::api
