// What all API objects have in common: kind, keys, metadata, selectors.
// Names are those of Kubernetes' meta/v1 in snake_case; sources:
// k8s.io/apimachinery/pkg/apis/meta/v1/types.go.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/api/shared.h"
#include "sim/api/symbol.h"
#include "sim/engine/time.h"

namespace seatrial::api {

// Every kind that is stored; the row of facts about each stands in kinds.h.
enum class Kind : std::uint8_t {
  kNamespace,
  kNode,
  kPod,
  kReplicaSet,
  kDeployment,
  kStatefulSet,
  kDaemonSet,
  kControllerRevision,
  kService,
  kEndpointSlice,
  kIngress,
  kConfigMap,
  kSecret,
  kServiceAccount,
  kResourceQuota,
  kLimitRange,
  kJob,
  kCronJob,
  kEvent,
  kLease,
  kPodDisruptionBudget,
  kHorizontalPodAutoscaler,
  kPriorityClass,
  kNetworkPolicy,
  kValidatingWebhookConfiguration,
  kMutatingWebhookConfiguration,
  kPersistentVolume,
  kPersistentVolumeClaim,
  kStorageClass,
  kCsiNode,
  kUnstructured,  // every kind that is stored and not simulated
  // The journal has their numbers: what comes after it changes the fingerprints only of those that use it.
  kRole,
  kClusterRole,
  kRoleBinding,
  kClusterRoleBinding,
  kAdminNetworkPolicy,
  kBaselineAdminNetworkPolicy,
  kCalicoNetworkPolicy,
  kGlobalNetworkPolicy,
  kTier,
};
inline constexpr std::size_t kKindCount = static_cast<std::size_t>(Kind::kTier) + 1;

// Dense index of an object among those of its kind: assigned by the store at creation, never used again.
template <Kind K>
struct Key {
  static constexpr std::uint32_t kNoIndex = 0xffffffff;
  std::uint32_t index = kNoIndex;
  bool valid() const { return index != kNoIndex; }
  auto operator<=>(const Key&) const = default;
};
using NamespaceKey = Key<Kind::kNamespace>;
using NodeKey = Key<Kind::kNode>;
using PodKey = Key<Kind::kPod>;
using ReplicaSetKey = Key<Kind::kReplicaSet>;
using DeploymentKey = Key<Kind::kDeployment>;
using ServiceKey = Key<Kind::kService>;

// A key of any kind.
struct ObjectRef {
  Kind kind = Kind::kUnstructured;
  std::uint32_t index = 0xffffffff;
  bool valid() const { return index != 0xffffffff; }
  auto operator<=>(const ObjectRef&) const = default;
};

// Sorted by key; a handful of entries, so a flat vector.
class LabelMap {
 public:
  using Entry = std::pair<Symbol, Symbol>;
  LabelMap() = default;
  LabelMap(std::initializer_list<Entry> entries) {
    for (const Entry& e : entries) set(e.first, e.second);
  }
  const Symbol* find(Symbol key) const;    // null if absent
  std::string_view get(Symbol key) const;  // "" if absent
  bool contains(Symbol key) const { return find(key) != nullptr; }
  void set(Symbol key, Symbol value);
  void erase(Symbol key);
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  bool operator==(const LabelMap&) const = default;

 private:
  std::vector<Entry> entries_;
};

// Unique among all objects of a run; printed as a UUID. Assigned by the store from the run's random stream.
struct Uid {
  std::uint64_t high = 0, low = 0;
  bool empty() const { return high == 0 && low == 0; }
  auto operator<=>(const Uid&) const = default;
  std::string str() const;
};

struct OwnerReference {
  Symbol api_version, kind, name;
  Uid uid;
  bool controller = false;
  bool block_owner_deletion = false;
  bool operator==(const OwnerReference&) const = default;
};

struct ObjectMeta {
  Symbol name, generate_name, namespace_;
  Uid uid;
  std::uint64_t resource_version = 0;
  std::int64_t generation = 0;
  SimTime creation_timestamp;                 // whole seconds
  std::optional<SimTime> deletion_timestamp;  // whole seconds: when the grace period ends
  std::optional<std::int64_t> deletion_grace_period_seconds;
  Shared<LabelMap> labels, annotations;
  std::vector<OwnerReference> owner_references;
  std::vector<Symbol> finalizers;

  const OwnerReference* controller_ref() const;  // the reference with controller=true, or null
  bool operator==(const ObjectMeta&) const = default;
};

// Where in the user's files an object (or a field of it) was written; line 0 is "nowhere".
struct SourcePosition {
  Symbol file;
  std::int32_t line = 0, column = 0;
  bool operator==(const SourcePosition&) const = default;
};

// The same as a member of a value that is compared: two rules of one meaning are equal wherever they stand.
struct WrittenAt : SourcePosition {
  WrittenAt() = default;
  WrittenAt(const SourcePosition& where) : SourcePosition(where) {}  // NOLINT: implicit by design
  bool operator==(const WrittenAt&) const { return true; }
};

// The base of all stored objects. Stored ones are immutable: ObjectPtr is shared by store, informers and
// forks; an update stores a new version. Not polymorphic: `kind` says what it is, `as<T>` casts.
struct Object {
  Kind kind;
  std::uint32_t index = 0xffffffff;  // the store's dense index; not serialised
  ObjectMeta metadata;
  SourcePosition source;  // of the manifest that it was applied from; not serialised
  Symbol other;           // JSON of the fields that no member carries; kept for printing
  ObjectRef ref() const { return {kind, index}; }

 protected:
  explicit Object(Kind k) : kind(k) {}
  ~Object() = default;
  Object(const Object&) = default;
  Object& operator=(const Object&) = default;
};
using ObjectPtr = std::shared_ptr<const Object>;

template <class T>
std::shared_ptr<const T> as(const ObjectPtr& object) {
  return object && object->kind == T::kKind ? std::static_pointer_cast<const T>(object) : nullptr;
}

struct LabelSelectorRequirement {
  Symbol key;
  enum class Operator : std::uint8_t { kIn, kNotIn, kExists, kDoesNotExist, kGt, kLt } op = Operator::kIn;
  std::vector<Symbol> values;
  bool operator==(const LabelSelectorRequirement&) const = default;
};

struct LabelSelector {
  LabelMap match_labels;
  std::vector<LabelSelectorRequirement> match_expressions;
  bool empty() const { return match_labels.empty() && match_expressions.empty(); }
  bool matches(const LabelMap& labels) const;  // the empty selector matches everything
  bool operator==(const LabelSelector&) const = default;
};

enum class ConditionStatus : std::uint8_t { kTrue, kFalse, kUnknown };
std::string_view to_string(ConditionStatus status);

// A condition as Deployments, ReplicaSets, Nodes and Pods have it; kinds without a field leave it unset.
struct Condition {
  Symbol type;
  ConditionStatus status = ConditionStatus::kUnknown;
  Symbol reason;
  std::string message;
  SimTime last_update_time, last_transition_time;  // whole seconds
  SimTime last_probe_time;
  bool operator==(const Condition&) const = default;
};
const Condition* find_condition(const std::vector<Condition>& conditions, Symbol type);
const Condition* find_condition(const std::vector<Condition>& conditions, const char* type);

}  // namespace seatrial::api
