// The one table of kinds: how each is called, and how it is decoded, printed, defaulted and validated.
//
// Adding a kind is one file in sim/api/kinds/ (its schema, fields, defaults and validation) and one row in
// kinds.cc. Everything here is a pure function of its arguments. Rules: Kubernetes v1.36,
// pkg/apis/*/v1/defaults.go and pkg/apis/*/validation; field names: k8s.io/api. What the API server's
// admission chain does (quota, limit ranges, service accounts, priority) is not done here.
#pragma once

#include <expected>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "sim/api/meta.h"
#include "sim/api/problem.h"
#include "sim/api/value.h"

namespace seatrial::api {

struct PodSpec;

// What decoding makes of a document: the object as far as it could be read, and everything that is wrong with
// it.
struct Decoded {
  std::shared_ptr<Object> object;  // never null
  Problems problems;
};

// The functions of a kind.
struct KindCode {
  const char* schema;                        // its types (schema.h), the first of which is the kind's
  std::string_view type() const;             // that one's name: of kinds of one name, two
  Decoded (*decode)(const Value& document);  // of a document that the schema accepts
  Value (*encode)(const Object& object);
  void (*default_object)(Object& object);
  Problems (*validate)(const Object& object, const Object* old);
  std::shared_ptr<Object> (*clone)(const Object& object);
};

struct KindInfo {
  Kind kind;
  std::string_view name, plural, singular;  // Deployment, deployments, deployment
  std::string_view short_names;             // separated by commas: "deploy"
  std::string_view api_version;             // apps/v1
  bool namespaced;
  bool simulated;
  const KindCode& code;

  std::string_view group() const;    // "apps"; "" for the core group
  std::string_view version() const;  // "v1"
  // The resource as the API server's messages name it: pods, deployments.apps.
  std::string qualified_resource() const;

  // Strict, as `kubectl apply` is: unknown and duplicate fields and wrong types are problems, all at once.
  // What is read but can only be refused (an unsupported value) is a problem with reason kInvalid.
  std::expected<ObjectPtr, Problems> decode(const Value& document) const;
  // The same as a server does it, which validates later: only what cannot be decoded is an error, and what
  // can only be refused is added to `invalid`.
  std::expected<ObjectPtr, Problems> decode(const Value& document, Problems& invalid) const;
  // As the API prints it, status included; keys in alphabetical order, as kubectl shows them.
  nlohmann::ordered_json encode(const Object& object) const;
  // REQUIRES: object.kind == kind, here and below.
  void default_object(Object& object) const { code.default_object(object); }
  // In the API server's words and order; `old` is the stored version when this is an update, else null.
  // Positions are empty: Value::position_of finds them.
  Problems validate(const Object& object, const Object* old) const { return code.validate(object, old); }
  // After what decoding has found, and without what follows from it: a probe without a handler has no port to
  // look at.
  Problems validate(const Object& object, const Object* old, Problems found) const;
  std::shared_ptr<Object> clone(const Object& object) const { return code.clone(object); }
};

std::span<const KindInfo> kinds();  // in the order of Kind
const KindInfo& info(Kind kind);
inline const KindInfo& info(const Object& object) { return info(object.kind); }

// Null if that is no simulated kind: it is then stored as Unstructured.
const KindInfo* find_kind(std::string_view api_version, std::string_view kind);
// By what users call it: Pod, pods, pod, po, deployments.apps, deploy. Null if unknown.
const KindInfo* find_kind_by_resource(std::string_view resource);

// Names of an object of any kind, those of Unstructured ones included.
std::string_view kind_name(const Object& object);       // Deployment
std::string_view api_version_of(const Object& object);  // apps/v1
std::string qualified_kind(const Object& object);       // Deployment.apps
std::string_view group_of(const Object& object);        // apps; "" for the core group
// deployments; of a kind that is not simulated as the API server guesses it from the kind's name. And with
// its group: deployments.apps.
std::string plural_of(const Object& object);
std::string qualified_resource(const Object& object);

// A pod's spec as the API prints it, with the fields that no member carries.
Value document_of(const PodSpec& spec);

// Decodes, defaults and validates one document, of whatever kind: what `kubectl apply` plus the API server do
// with it before admission. Every problem has its position.
std::expected<ObjectPtr, Problems> read_object(const Value& document);

// Of a private copy: `auto pod = clone(*stored);`.
template <class T>
std::shared_ptr<T> clone(const T& object) {
  return std::make_shared<T>(object);
}

}  // namespace seatrial::api
