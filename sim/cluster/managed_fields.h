// Who owns which fields of the objects that users write: what the API keeps in metadata.managedFields, as far
// as it decides something, which is when somebody applies on the server's side.
//
// Kept are the writers that name themselves (ApiRequest::field_manager: kubectl's verbs) and those who scale.
// What controllers write besides, status and annotations, nobody applies. Source:
// k8s.io/apimachinery/pkg/util/managedfields; sigs.k8s.io/structured-merge-diff/merge/update.go.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "sim/api/field_sets.h"
#include "sim/cluster/api_request.h"

namespace seatrial::cluster {

struct FieldOwner {
  api::Symbol manager, subresource, api_version;
  bool applied = false;  // by server-side apply; else by writing
  api::FieldSet fields;
};

bool is_same(const FieldOwner& a, const FieldOwner& b);  // but for the fields
// The one that is the same, added if there is none.
FieldOwner& owner_among(std::vector<FieldOwner>& owners, FieldOwner wanted);
void take(api::FieldSet& from, const api::FieldSet& fields);
void drop_empty(std::vector<FieldOwner>& owners);  // those that wrote what others have overwritten

// Cheap to write: a write is kept as the two versions of the object, which are shared with the store, and
// what follows from it is computed only when somebody asks.
class ManagedFields {
 public:
  // After a write other than an apply: what it changed is the writer's and nobody else's. `before` is null
  // for a new object.
  void note_update(const api::ObjectPtr& before, const api::ObjectPtr& after, const ApiRequest& request);
  // After an apply.
  void set(api::ObjectRef ref, std::vector<FieldOwner> owners);
  void forget(api::ObjectRef ref) { accounts_.erase(ref); }

  std::vector<FieldOwner> owners(api::ObjectRef ref) const;  // empty: nobody wrote by name

 private:
  struct Write {
    api::Symbol manager, subresource;
    api::ObjectPtr before, after;
  };
  struct Account {
    std::vector<FieldOwner> owners;  // after the last apply
    std::vector<Write> since;        // those of one writer in a row are one
  };
  // Shared by the copies of a World; a change stores a new one.
  std::map<api::ObjectRef, std::shared_ptr<const Account>> accounts_;
};

}  // namespace seatrial::cluster
