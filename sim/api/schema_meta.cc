// The types of meta/v1 and of the core group that several kinds share. Sources: k8s.io/apimachinery and
// k8s.io/api v0.36.
#include "sim/api/schema.h"

namespace seatrial::api {

const char* const kMetaSchema = R"(
ObjectMeta: name string, generateName string, namespace string, selfLink string, uid string, resourceVersion string,
  generation int64, creationTimestamp time, deletionTimestamp time, deletionGracePeriodSeconds int64, labels {}string,
  annotations {}string, ownerReferences []OwnerReference, finalizers []string, managedFields []ManagedFieldsEntry
OwnerReference: apiVersion string, kind string, name string, uid string, controller bool, blockOwnerDeletion bool
ManagedFieldsEntry: manager string, operation string, apiVersion string, time time, fieldsType string, fieldsV1 any,
  subresource string
LabelSelector: matchLabels {}string, matchExpressions []LabelSelectorRequirement
LabelSelectorRequirement: key string, operator string, values []string
Condition: type string, status string, observedGeneration int64, lastTransitionTime time, reason string,
  message string
ObjectReference: kind string, namespace string, name string, uid string, apiVersion string, resourceVersion string,
  fieldPath string
LocalObjectReference: name string
ResourceRequirements: limits {}quantity, requests {}quantity, claims []ResourceClaim
ResourceClaim: name string, request string
)";

}  // namespace seatrial::api
