// PersistentVolume and PersistentVolumeClaim (v1).
#include <algorithm>

#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/pod_validation.h"
#include "sim/api/storage.h"

namespace seatrial::api {
namespace {

const char* const kVolumeSchema = R"(
PersistentVolume: apiVersion string, kind string, metadata ObjectMeta, spec PersistentVolumeSpec,
  status PersistentVolumeStatus
PersistentVolumeSpec: capacity {}quantity, accessModes []string, claimRef ObjectReference,
  persistentVolumeReclaimPolicy string, storageClassName string, mountOptions []string, volumeMode string,
  nodeAffinity VolumeNodeAffinity, volumeAttributesClassName string,
  gcePersistentDisk GCEPersistentDiskVolumeSource, awsElasticBlockStore AWSElasticBlockStoreVolumeSource,
  hostPath HostPathVolumeSource, glusterfs GlusterfsPersistentVolumeSource, nfs NFSVolumeSource, rbd any,
  iscsi any, cinder any, cephfs any, fc FCVolumeSource, flocker FlockerVolumeSource, flexVolume any,
  azureFile AzureFilePersistentVolumeSource, vsphereVolume VsphereVirtualDiskVolumeSource,
  quobyte QuobyteVolumeSource, azureDisk AzureDiskVolumeSource,
  photonPersistentDisk PhotonPersistentDiskVolumeSource, portworxVolume PortworxVolumeSource, scaleIO any,
  local LocalVolumeSource, storageos any, csi CSIPersistentVolumeSource
VolumeNodeAffinity: required NodeSelector
GlusterfsPersistentVolumeSource: endpoints string, path string, readOnly bool, endpointsNamespace string
AzureFilePersistentVolumeSource: secretName string, shareName string, readOnly bool, secretNamespace string
LocalVolumeSource: path string, fsType string
CSIPersistentVolumeSource: driver string, volumeHandle string, readOnly bool, fsType string,
  volumeAttributes {}string, controllerPublishSecretRef SecretReference, nodeStageSecretRef SecretReference,
  nodePublishSecretRef SecretReference, controllerExpandSecretRef SecretReference,
  nodeExpandSecretRef SecretReference
SecretReference: name string, namespace string
PersistentVolumeStatus: phase string, message string, reason string, lastPhaseTransitionTime time
)";

const char* const kClaimSchema = R"(
PersistentVolumeClaim: apiVersion string, kind string, metadata ObjectMeta, spec PersistentVolumeClaimSpec,
  status PersistentVolumeClaimStatus
PersistentVolumeClaimStatus: phase string, accessModes []string, capacity {}quantity,
  conditions []PersistentVolumeClaimCondition, allocatedResources {}quantity,
  allocatedResourceStatuses {}string, currentVolumeAttributesClassName string,
  modifyVolumeStatus ModifyVolumeStatus
ModifyVolumeStatus: targetVolumeAttributesClassName string, status string
PersistentVolumeClaimCondition: type string, status string, lastProbeTime time, lastTransitionTime time,
  reason string, message string
)";

constexpr std::array kVolumeSources{"gcePersistentDisk"sv,
                                    "awsElasticBlockStore"sv,
                                    "hostPath"sv,
                                    "glusterfs"sv,
                                    "nfs"sv,
                                    "rbd"sv,
                                    "iscsi"sv,
                                    "cinder"sv,
                                    "cephfs"sv,
                                    "fc"sv,
                                    "flocker"sv,
                                    "flexVolume"sv,
                                    "azureFile"sv,
                                    "vsphereVolume"sv,
                                    "quobyte"sv,
                                    "azureDisk"sv,
                                    "photonPersistentDisk"sv,
                                    "portworxVolume"sv,
                                    "scaleIO"sv,
                                    "local"sv,
                                    "storageos"sv,
                                    "csi"sv};

void source(Decoder& spec, PersistentVolume& p) {
  for (const std::string_view name : kVolumeSources) {
    if (const Value* const found = spec.find(name); found && !found->is_null()) p.source_kind = name;
  }
}
void source(Encoder&, PersistentVolume&) {}

}  // namespace

template <class V>
void fields(V& v, ClaimReference& r) {
  v("apiVersion", r.api_version);
  v("kind", r.kind);
  v("name", r.name);
  v("namespace", r.namespace_);
  v("resourceVersion", r.resource_version);
  if (V::kDecoding || !r.uid.empty()) v("uid", r.uid);
}

template <class V>
void object_fields(V& v, PersistentVolume& p) {
  v.object("spec", [&](V& spec) {
    source(spec, p);
    spec("accessModes", p.access_modes);
    spec("capacity", p.capacity);
    spec("claimRef", p.claim_ref);
    spec.object("csi", [&](V& csi) {
      csi("driver", p.csi_driver);
      csi("volumeHandle", p.volume_handle);
    });
    spec("mountOptions", p.mount_options);
    spec.object("nodeAffinity", [&](V& affinity) {
      affinity.object("required", [&](V& required) { required("nodeSelectorTerms", p.node_affinity); });
    });
    spec("persistentVolumeReclaimPolicy", p.reclaim_policy);
    spec("storageClassName", p.storage_class_name);
    spec("volumeMode", p.volume_mode);
  });
  v.object("status", [&](V& status) {
    status("lastPhaseTransitionTime", p.status.last_phase_transition_time);
    status("message", p.status.message);
    status("phase", p.status.phase);
    status("reason", p.status.reason);
  });
}

template <class V>
void object_fields(V& v, PersistentVolumeClaim& c) {
  v.object("spec", [&](V& spec) {
    spec("accessModes", c.access_modes);
    spec.object("resources", [&](V& resources) {
      resources("limits", c.limits);
      resources("requests", c.requests);
    });
    spec("selector", c.selector);
    spec("storageClassName", c.storage_class_name);
    spec("volumeMode", c.volume_mode);
    spec("volumeName", c.volume_name);
  });
  v.object("status", [&](V& status) {
    status("accessModes", c.status.access_modes);
    status("capacity", c.status.capacity);
    status("phase", c.status.phase);
  });
}

namespace {

constexpr std::array kAccessModes{"ReadOnlyMany"sv, "ReadWriteMany"sv, "ReadWriteOnce"sv,
                                  "ReadWriteOncePod"sv};
constexpr std::array kVolumeModes{"Block"sv, "Filesystem"sv};
constexpr std::array kReclaimPolicies{"Delete"sv, "Recycle"sv, "Retain"sv};
const Symbol kStorage("storage"), kOncePod("ReadWriteOncePod");

void default_volume(PersistentVolume& p) {
  if (p.status.phase.empty()) p.status.phase = "Pending";
  if (p.reclaim_policy.empty()) p.reclaim_policy = "Retain";
  if (p.volume_mode.empty()) p.volume_mode = "Filesystem";
}
void default_claim(PersistentVolumeClaim& c) {
  if (c.status.phase.empty()) c.status.phase = "Pending";
  if (c.volume_mode.empty()) c.volume_mode = "Filesystem";
}

void validate_access_modes(Report& report, const Place& at, const std::vector<Symbol>& modes) {
  for (const Symbol mode : modes) {
    if (std::ranges::count(kAccessModes, mode.view()) == 0) report.unsupported(at, mode.view(), kAccessModes);
  }
  if (modes.size() > 1 && std::ranges::count(modes, kOncePod) > 0)
    report.forbidden(at, "may not use ReadWriteOncePod with other access modes");
}

void validate_volume_mode(Report& report, const Place& at, Symbol mode) {
  if (std::ranges::count(kVolumeModes, mode.view()) == 0) report.unsupported(at, mode.view(), kVolumeModes);
}

void validate_amount_of_storage(Report& report, const Place& at, const Quantity& amount) {
  if (amount <= Quantity()) report.invalid(at, amount.str(), "must be greater than zero");
}

// Source: ValidatePersistentVolumeSpec.
Problems validate_volume(const PersistentVolume& p, const PersistentVolume* old) {
  Report report;
  const Place root, spec = field(root, "spec"), capacity = field(spec, "capacity"),
                    affinity = field(spec, "nodeAffinity"), required = field(affinity, "required"),
                    terms = field(required, "nodeSelectorTerms");
  validate_metadata(report, p, NameRule::kSubdomain, old);
  if (p.access_modes.empty()) report.required(field(spec, "accessModes"), "");
  validate_access_modes(report, field(spec, "accessModes"), p.access_modes);
  if (p.capacity.empty()) report.required(capacity, "");
  if (!p.capacity.empty() && (!p.capacity.contains(kStorage) || p.capacity.size() > 1))
    report.unsupported(capacity, p.capacity.begin()->first.view(), std::array{"storage"sv});
  for (const auto& [name, amount] : p.capacity)
    validate_amount_of_storage(report, key(capacity, name.view()), amount);
  if (p.source_kind.empty()) report.required(spec, "must specify a volume type");
  if (p.source_kind == Symbol("csi")) {
    const Place csi = field(spec, "csi");
    if (p.csi_driver.empty()) report.required(field(csi, "driver"), "");
    if (p.volume_handle.empty()) report.required(field(csi, "volumeHandle"), "");
  }
  if (std::ranges::count(kReclaimPolicies, p.reclaim_policy.view()) == 0)
    report.unsupported(field(spec, "persistentVolumeReclaimPolicy"), p.reclaim_policy.view(),
                       kReclaimPolicies);
  validate_volume_mode(report, field(spec, "volumeMode"), p.volume_mode);
  if (!p.storage_class_name.empty())
    report.invalid_all(field(spec, "storageClassName"), p.storage_class_name.view(),
                       check_dns1123_subdomain(p.storage_class_name.view()));
  if (p.node_affinity && p.node_affinity->empty())
    report.required(terms, "must have at least one node selector term");
  for (std::size_t i = 0; p.node_affinity && i < p.node_affinity->size(); ++i)
    validate_node_selector_term(report, item(terms, i), (*p.node_affinity)[i]);
  if (p.source_kind == Symbol("local") && !p.node_affinity)
    report.required(affinity, "Local volume requires node affinity");
  if (old && old->node_affinity && p.node_affinity != old->node_affinity)
    report.invalid_json(affinity, encode_value(*p.node_affinity), "field is immutable");
  const bool other_source = old && (p.source_kind != old->source_kind || p.csi_driver != old->csi_driver ||
                                    p.volume_handle != old->volume_handle);
  if (other_source)
    report.forbidden(field(spec, "persistentvolumesource"),
                     "spec.persistentvolumesource is immutable after creation");
  return report.take();
}

// Source: ValidatePersistentVolumeClaimUpdate. Left out of the text: the difference.
void validate_claim_update(Report& report, const Place& spec, const PersistentVolumeClaim& c,
                           const PersistentVolumeClaim& old) {
  const bool binds = old.volume_name.empty(), gets_class = !old.storage_class_name && c.storage_class_name;
  const bool same = c.access_modes == old.access_modes && c.selector == old.selector &&
                    c.volume_mode == old.volume_mode && c.limits == old.limits &&
                    (binds || c.volume_name == old.volume_name) &&
                    (gets_class || c.storage_class_name == old.storage_class_name) &&
                    (old.status.phase == Symbol("Bound") || c.requests == old.requests);
  if (!same) {
    report.forbidden(spec,
                     "spec is immutable after creation except resources.requests and "
                     "volumeAttributesClassName for bound claims");
    return;
  }
  const auto wanted = c.requests.find(kStorage), had = old.requests.find(kStorage);
  if (wanted != c.requests.end() && had != old.requests.end() && wanted->second < had->second)
    report.forbidden(field(spec, "resources.requests.storage"), "field can not be less than status.capacity");
}

// Source: ValidatePersistentVolumeClaimSpec.
Problems validate_claim(const PersistentVolumeClaim& c, const PersistentVolumeClaim* old) {
  Report report;
  const Place root, spec = field(root, "spec"), modes = field(spec, "accessModes"),
                    resources = field(spec, "resources");
  validate_metadata(report, c, NameRule::kSubdomain, old);
  if (c.access_modes.empty()) report.required(modes, "at least 1 access mode is required");
  if (c.selector) validate_label_selector(report, field(spec, "selector"), *c.selector);
  validate_access_modes(report, modes, c.access_modes);
  const Place storage = field(resources, "requests"), amount = key(storage, "storage");
  const auto wanted = c.requests.find(kStorage);
  if (wanted == c.requests.end())
    report.required(amount, "");
  else
    validate_amount_of_storage(report, amount, wanted->second);
  if (c.storage_class_name && !c.storage_class_name->empty())
    report.invalid_all(field(spec, "storageClassName"), c.storage_class_name->view(),
                       check_dns1123_subdomain(c.storage_class_name->view()));
  validate_volume_mode(report, field(spec, "volumeMode"), c.volume_mode);
  if (old) validate_claim_update(report, spec, c, *old);
  return report.take();
}

}  // namespace

bool is_bound(const PersistentVolumeClaim& claim) {
  return !claim.volume_name.empty() && claim.metadata.annotations->contains(kBindCompleted);
}

const KindCode& persistent_volume_code() {
  static const KindCode code = kind_code<PersistentVolume, default_volume, validate_volume>(kVolumeSchema);
  return code;
}
const KindCode& persistent_volume_claim_code() {
  static const KindCode code = kind_code<PersistentVolumeClaim, default_claim, validate_claim>(kClaimSchema);
  return code;
}

}  // namespace seatrial::api
