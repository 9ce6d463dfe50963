// What clients ask of the API server, and what it answers.
//
// Plain values: a request waits in the server's table while it is on its way, and is copied with the World.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/api/core.h"
#include "sim/api/problem.h"
#include "sim/api/value.h"
#include "sim/engine/event.h"

namespace seatrial::cluster {

enum class Verb : std::uint8_t {
  kGet,     // `ref` as stored, or what has the kind and name of `object`
  kCreate,  // object; metadata.generateName gives it a name
  kUpdate,  // object replaces spec and metadata; resourceVersion != 0 must be the stored one (else Conflict)
  kUpdateStatus,     // object's status replaces the stored one; resourceVersion as for kUpdate
  kPatchStatus,      // the same without a version: the kubelet's PATCH of a pod's or node's status
  kPatchConditions,  // sets `conditions` by type in a pod's status, and its nominatedNodeName to `nominated`
  kPatchOwners,      // sets ownerReferences (adopt, release) of `ref`; labels too where `object` is given. An
                     // owner that has a `finalizer` on what it controls puts it on, and takes it along
  kRemoveFinalizer,  // takes `finalizer` off `ref`
  kBind,             // pods/binding: `ref` to `node`
  kScale,            // the scale subresource: `replicas`
  kPatch,            // `document` of type `patch_type`
  kApply,   // object: server-side apply of the manifest `object`, whose fields as written are `document`, by
            // `field_manager`; with `force` whatever others own
  kDelete,  // `ref` with `grace_period_seconds`, `propagation`
  kEvict,   // pods/eviction
};

enum class Propagation : std::uint8_t { kBackground, kForeground, kOrphan };
enum class PatchType : std::uint8_t { kStrategic, kMerge, kJson };

// Who asks, as authentication found out: a user's name and groups.
struct Identity {
  api::Symbol user;
  std::vector<api::Symbol> groups;
  std::shared_ptr<const Identity> impersonates;  // --as, --as-group; null: nobody
};

struct ApiRequest {
  Verb verb = Verb::kCreate;
  api::ObjectPtr object;
  api::ObjectRef ref;         // the target, where there is no object
  api::Uid uid_precondition;  // empty: none
  std::vector<api::OwnerReference> owner_references;
  std::vector<api::Condition> conditions;
  std::optional<std::int64_t> grace_period_seconds;
  Propagation propagation = Propagation::kBackground;
  PatchType patch_type = PatchType::kStrategic;
  api::Symbol finalizer;  // kRemoveFinalizer, kPatchOwners
  std::int32_t replicas = 0;
  api::Symbol node;                            // kBind
  std::optional<api::Symbol> nominated;        // kPatchConditions: nominatedNodeName; not set: as it is
  std::shared_ptr<const api::Value> document;  // kPatch: the patch; kApply: the manifest as written
  api::Problems invalid;  // kCreate, kApply: what reading `object` found that validation is to refuse
  api::Symbol user;       // who asks, for the journal
  // For access control; null: one of the control plane's own, or a cluster administrator, who may do
  // everything.
  std::shared_ptr<const Identity> identity;
  api::Symbol field_manager;  // who owns what this changes; empty: nobody keeps account of it
  bool force = false;         // kApply
  bool put = false;           // kScale: by a PUT of the scale, not a PATCH
  JournalId cause = JournalId::kNone;
};

// A refusal as the API server answers it (metav1.Status).
struct ApiError {
  std::int32_t code = 500;
  api::Symbol reason;  // AlreadyExists, Conflict, NotFound, Forbidden, Invalid …
  std::string message;
  std::vector<std::string> causes;
  std::int32_t retry_after_seconds = 0;
};
using ApiResult =
    std::expected<api::ObjectPtr, ApiError>;  // the object as stored (as it last was, for a deletion)

// Where an answer goes: an event {component, type, subject} whose payload is the call's id.
struct ReplyTo {
  ComponentId component{};
  std::uint8_t type = 0;
  std::uint32_t subject = 0;
  std::uint16_t aux = 0;
};

}  // namespace seatrial::cluster
