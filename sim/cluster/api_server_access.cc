// Access control of the API server: the roles it has from the start, and what it refuses before admission.
#include "sim/api/kinds.h"
#include "sim/cluster/api_server.h"
#include "sim/cluster/bootstrap_roles.h"

namespace seatrial::cluster {

// They are older than anything that is simulated: nobody hears of them, and they count as no write.
void ApiServer::add_bootstrap_roles(const Kernel& kernel) {
  RandomStream uids = kernel.stream("apiserver/bootstrap-roles");
  for (const auto& made : bootstrap_roles()) {
    Mutable object = api::info(made->kind).clone(*made);
    object->index = store_.next_index(object->kind);
    object->metadata.uid = {uids.next_u64(), uids.next_u64()};
    object->metadata.creation_timestamp = kernel.now().whole_second();
    object->metadata.resource_version = 1;
    store_.insert(std::move(object));
  }
}

std::optional<ApiError> ApiServer::refuse(const Kernel& kernel, const ApiRequest& request) {
  if (!request.identity) return std::nullopt;
  api::ObjectPtr about = store_.get(request.ref);
  if (!about) about = request.object;
  if (!about) return std::nullopt;  // it is gone, as the answer will say
  return refuse(kernel, *request.identity, attributes_of(request, *about), request.cause);
}

std::optional<ApiError> ApiServer::refuse(const Kernel& kernel, const Identity& who, const Attributes& what,
                                          JournalId cause) {
  const Identity acting = acting_as(who);
  std::optional<ApiError> refused = impersonation_refusal(who, what, store_);
  const bool impersonates = refused.has_value();
  if (!refused) refused = refusal(acting, what, store_);
  if (refused)
    denials_.push_back({kernel.now(), impersonates ? Identity{who.user, who.groups, nullptr} : acting, what,
                        false, refused->message, cause});
  return refused;
}

std::optional<ApiError> ApiServer::refuse_escalation(const Kernel& kernel, const api::Object& object,
                                                     const api::Object* old, const ApiRequest& request) {
  if (!acting_) return std::nullopt;
  const bool named = request.verb != Verb::kCreate;
  std::optional<ApiError> refused = escalation(*acting_, object, old, named, store_);
  if (refused)
    denials_.push_back(
        {kernel.now(), *acting_, attributes_of(request, object), true, refused->message, request.cause});
  return refused;
}

}  // namespace seatrial::cluster
