// What every namespace gets: the ServiceAccount "default" and the ConfigMap kube-root-ca.crt.
// Sources: pkg/controller/serviceaccount/serviceaccounts_controller.go,
// pkg/controller/certificates/rootcacertpublisher/publisher.go; observed.md 32.

#include "sim/controllers/controllers.h"

namespace seatrial::controllers {

using api::Kind;
using api::Namespace;
using api::Symbol;

namespace {

constexpr const char *kDefaultAccount = "default", *kRootCa = "kube-root-ca.crt";

// Changes of the namespace, and removals of the object that it is to have.
void enqueue_namespace(const Change& change, Enqueue& enqueue, Kind kind, Symbol name) {
  const api::Object& object = *change.object;
  if (object.kind == Kind::kNamespace) {
    if (change.type != ChangeType::kDeleted) enqueue.add(object.ref());
  } else if (object.kind == kind && change.type == ChangeType::kDeleted && object.metadata.name == name) {
    const auto ns = change.cache.find<Namespace>({}, object.metadata.namespace_);
    if (ns) enqueue.add(ns->ref());
  }
}

// Creates the object if the namespace is active and lacks it.
template <class T>
SyncResult ensure(Sync& sync, Symbol name, void (*fill)(T&)) {
  const auto& ns = sync.pin([&] { return api::as<Namespace>(sync.cache().get(sync.key())); });
  if (!ns || ns->terminating) return SyncResult::done();
  if (sync.pin([&] { return sync.cache().find<T>(ns->metadata.name, name) != nullptr; }))
    return SyncResult::done();
  const ApiResult* const result = sync.write([&] {
    T object;
    object.metadata.name = name;
    object.metadata.namespace_ = ns->metadata.name;
    fill(object);
    return request(Verb::kCreate, object);
  });
  if (!result) return SyncResult::pending();
  if (*result || is_already_exists(result->error()) || is_namespace_terminating(result->error()) ||
      is_not_found(result->error())) {
    return SyncResult::done();
  }
  return SyncResult::failed(result->error().message);
}

}  // namespace

void serviceaccount_changed(const Change& change, Enqueue& enqueue) {
  enqueue_namespace(change, enqueue, Kind::kServiceAccount, kDefaultAccount);
}
SyncResult sync_serviceaccount(Sync& sync) {
  return ensure<api::ServiceAccount>(sync, kDefaultAccount, [](api::ServiceAccount&) {});
}

void root_ca_changed(const Change& change, Enqueue& enqueue) {
  enqueue_namespace(change, enqueue, Kind::kConfigMap, kRootCa);
}
SyncResult sync_root_ca(Sync& sync) {
  return ensure<api::ConfigMap>(sync, kRootCa, [](api::ConfigMap& map) {
    map.metadata.annotations = api::LabelMap{{"kubernetes.io/description",
                                              "Contains a CA bundle that can be used to verify the "
                                              "kube-apiserver when using internal endpoints such as the "
                                              "internal service IP or kubernetes.default.svc. No other usage "
                                              "is guaranteed across distributions of "
                                              "Kubernetes clusters."}};
    map.data["ca.crt"] = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
  });
}

}  // namespace seatrial::controllers
