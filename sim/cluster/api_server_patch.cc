// The writes whose new object is computed from a document: patch and apply.
#include <nlohmann/json.hpp>

#include "sim/api/kinds.h"
#include "sim/api/patch.h"
#include "sim/api/value.h"
#include "sim/cluster/api_server.h"
#include "sim/cluster/object_parts.h"
#include "sim/cluster/server_side_apply.h"

namespace seatrial::cluster {

using api::Json;
using api::ObjectPtr;
using api::ObjectRef;

namespace {

std::expected<Json, ApiError> patched(const Json& live, const Json& patch, PatchType type) {
  if (type == PatchType::kMerge) return api::json_merge_patch(live, patch);
  const bool strategic = type == PatchType::kStrategic;
  auto done = strategic ? api::strategic_merge_patch(live, patch) : api::json_patch(live, patch);
  if (done) return *done;
  if (strategic) return std::unexpected(ApiError{400, "BadRequest", done.error(), {}, 0});
  return std::unexpected(ApiError{422, "Invalid", done.error(), {}, 0});
}

}  // namespace

ApiResult ApiServer::replace_with_document(Kernel& kernel, const ObjectPtr& current, const Json& document,
                                           const ApiRequest& request) {
  const api::KindInfo& kind = api::info(current->kind);
  ApiRequest whole;
  auto decoded = kind.decode(api::from_json(document), whole.invalid);
  if (!decoded) {
    return std::unexpected(ApiError{
        400,
        "BadRequest",
        api::bad_request_message(api::api_version_of(*current), api::kind_name(*current), decoded.error()),
        {},
        0});
  }
  Mutable next = kind.clone(**decoded);
  next->index = current->index;
  copy_positions(*current, *next);
  if (request.object) copy_positions(*request.object, *next);
  next->metadata.resource_version = 0;
  whole.verb = Verb::kUpdate;
  whole.object = next;
  whole.cause = request.cause;
  return update(kernel, whole);
}

ApiResult ApiServer::patch(Kernel& kernel, const ApiRequest& request) {
  const ApiResult found = target(request);
  if (!found) return found;
  const auto merged =
      patched(api::info((*found)->kind).encode(**found), api::to_json(*request.document), request.patch_type);
  if (!merged) return std::unexpected(merged.error());
  return replace_with_document(kernel, *found, *merged, request);
}

ApiResult ApiServer::apply(Kernel& kernel, const ApiRequest& request) {
  const api::Object& wanted = *request.object;
  const ObjectRef ref = store_.find(wanted);
  const ObjectPtr current = store_.get(ref);
  const Json config =
      request.document ? Json(api::to_json(*request.document)) : Json(api::info(wanted.kind).encode(wanted));
  auto applied = server_side_apply(current ? Json(api::info(wanted.kind).encode(*current)) : Json(), config,
                                   managed_fields_.owners(ref), request);
  if (!applied) return std::unexpected(applied.error());
  if (!current && acting_) {
    Attributes creation = attributes_of(request, wanted);
    creation.verb = "create";
    if (auto refused = refuse(kernel, *acting_, creation, request.cause))
      return std::unexpected(std::move(*refused));
  }
  ApiResult done =
      current ? replace_with_document(kernel, current, applied->object, request) : create(kernel, request);
  if (done) managed_fields_.set((*done)->ref(), std::move(applied->owners));
  return done;
}

}  // namespace seatrial::cluster
