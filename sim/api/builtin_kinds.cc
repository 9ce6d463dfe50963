#include "sim/api/builtin_kinds.h"

#include <algorithm>
#include <array>

namespace seatrial::api {
namespace {

struct GroupVersion {
  std::string_view api_version, kinds;  // separated by blanks
};

constexpr std::array<GroupVersion, 23> kServed{{
    {"v1",
     "Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume "
     "PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service "
     "ServiceAccount"},
    {"admissionregistration.k8s.io/v1",
     "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration "
     "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration"},
    {"apiextensions.k8s.io/v1", "CustomResourceDefinition"},
    {"apiregistration.k8s.io/v1", "APIService"},
    {"apps/v1", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet"},
    {"authentication.k8s.io/v1", "SelfSubjectReview TokenReview"},
    {"authorization.k8s.io/v1",
     "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"},
    {"autoscaling/v1", "HorizontalPodAutoscaler Scale"},
    {"autoscaling/v2", "HorizontalPodAutoscaler"},
    {"batch/v1", "CronJob Job"},
    {"certificates.k8s.io/v1", "CertificateSigningRequest"},
    {"coordination.k8s.io/v1", "Lease"},
    {"discovery.k8s.io/v1", "EndpointSlice"},
    {"events.k8s.io/v1", "Event"},
    {"flowcontrol.apiserver.k8s.io/v1", "FlowSchema PriorityLevelConfiguration"},
    {"networking.k8s.io/v1", "IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR"},
    {"node.k8s.io/v1", "RuntimeClass"},
    {"policy/v1", "Eviction PodDisruptionBudget"},
    {"rbac.authorization.k8s.io/v1", "ClusterRole ClusterRoleBinding Role RoleBinding"},
    {"resource.k8s.io/v1", "DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice"},
    {"scheduling.k8s.io/v1", "PriorityClass"},
    {"storage.k8s.io/v1",
     "CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass"},
    {"storagemigration.k8s.io/v1beta1", "StorageVersionMigration"},
}};

std::string_view group_of(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

bool is_builtin_group(std::string_view group) {
  return group.find('.') == std::string_view::npos ||
         std::ranges::any_of(kServed,
                             [group](const GroupVersion& row) { return group_of(row.api_version) == group; });
}

}  // namespace

std::vector<std::string> served_kinds(std::string_view api_version) {
  const auto row = std::ranges::find(kServed, api_version, &GroupVersion::api_version);
  std::vector<std::string> kinds;
  if (row == kServed.end()) return kinds;
  for (std::size_t at = 0; at < row->kinds.size();) {
    const std::size_t end = std::min(row->kinds.find(' ', at), row->kinds.size());
    kinds.emplace_back(row->kinds.substr(at, end - at));
    at = end + 1;
  }
  return kinds;
}

bool is_served(std::string_view api_version, std::string_view kind) {
  if (!is_builtin_group(group_of(api_version))) return true;
  return std::ranges::count(served_kinds(api_version), kind) > 0;
}

}  // namespace seatrial::api
