#include "sim/controllers/steps.h"

#include "sim/api/kinds.h"

namespace seatrial::controllers {

bool is_namespace_terminating(const ApiError& error) {
  return std::ranges::any_of(error.causes,
                             [](const std::string& c) { return c.starts_with("NamespaceTerminating"); });
}

ApiRequest delete_request(const api::Object& object) {
  ApiRequest r;
  r.verb = Verb::kDelete;
  r.ref = object.ref();
  return r;
}

ApiRequest get_request(const api::Object& object) {
  ApiRequest r;
  r.verb = Verb::kGet;
  r.ref = object.ref();
  return r;
}

ApiRequest owners_request(const api::Object& object, std::vector<api::OwnerReference> owners) {
  ApiRequest r;
  r.verb = Verb::kPatchOwners;
  r.ref = object.ref();
  r.uid_precondition = object.metadata.uid;
  r.owner_references = std::move(owners);
  return r;
}

ApiRequest finalizer_request(const api::Object& object, api::Symbol finalizer) {
  ApiRequest r;
  r.verb = Verb::kRemoveFinalizer;
  r.ref = object.ref();
  r.finalizer = finalizer;
  return r;
}

api::OwnerReference controller_reference(const api::Object& owner) {
  return {
      api::api_version_of(owner), api::kind_name(owner), owner.metadata.name, owner.metadata.uid, true, true};
}

std::vector<api::OwnerReference> without_owner(const api::Object& object, api::Uid owner) {
  std::vector<api::OwnerReference> owners = object.metadata.owner_references;
  std::erase_if(owners, [&](const api::OwnerReference& ref) { return ref.uid == owner; });
  return owners;
}

api::ObjectRef controller_in(const Cache& cache, const api::Object& object, api::Kind kind) {
  const api::OwnerReference* const ref = object.metadata.controller_ref();
  if (!ref || ref->kind.view() != api::info(kind).name) return {};
  const api::ObjectPtr owner = cache.find(kind, object.metadata.namespace_, ref->name);
  return owner && owner->metadata.uid == ref->uid ? owner->ref() : api::ObjectRef();
}

}  // namespace seatrial::controllers
