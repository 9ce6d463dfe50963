// A kind that seatrial does not simulate: stored and printed, checked for apiVersion, kind and metadata only.
#pragma once

#include <memory>

#include "sim/api/meta.h"
#include "sim/api/value.h"

namespace seatrial::api {

struct Unstructured : Object {
  static constexpr Kind kKind = Kind::kUnstructured;
  Unstructured() : Object(kKind) {}
  Symbol api_version, kind_name;
  std::shared_ptr<const Value> document;  // whole; its metadata is superseded by Object::metadata
};

}  // namespace seatrial::api
