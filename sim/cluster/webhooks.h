// Admission webhooks: which of them a request is sent to, what comes of it, and how long that takes.
//
// The configurations are objects of the store; how a webhook's process answers is the scenario's to say. A
// webhook that is a Service is called as the API servers of EKS call it: at one of the Service's ready
// endpoints, and expects a certificate for NAME.NAMESPACE.svc. Calls cost virtual time: mutating webhooks one
// after the other, then validating ones at once. What a mutating webhook would change is not simulated: it
// allows or denies. What was there before time 0 was admitted when its webhooks worked: they are asked from
// time 0 on. Sources: k8s.io/apiserver/pkg/admission/plugin/webhook/{generic,validating,mutating,predicates};
// k8s.io/apiserver/pkg/util/{proxy/proxy.go (ResolveEndpoint),webhook/client.go (server name)}; crypto/x509,
// which looks at the name before the signer.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/api/admission_registration.h"
#include "sim/cluster/api_request.h"
#include "sim/cluster/store.h"
#include "sim/engine/distributions.h"
#include "sim/engine/kernel.h"

namespace seatrial::cluster {

// What the process shows of itself in the TLS handshake: the names that it is for (*.ns.svc is one label),
// and whether the configuration's caBundle has signed it.
struct ServingCertificate {
  std::vector<std::string> names;  // empty: the one it is asked for
  bool trusted = true;
};

// How a webhook's process answers.
struct WebhookBehaviour {
  Distribution latency = Distribution::constant(Duration::millis(10));
  bool down = false;  // nothing listens
  ServingCertificate certificate = {};
  std::string denies;                                // not empty: it denies everything, with this message …
  std::vector<std::string> denied_annotations = {};  // … or, if these are given, objects with one of them
  std::int32_t code = 403;                           // of the denial
};

// ---- Matching, of values only ----

// Whether an annotation, written `KEY: VALUE`, has one of these texts in it.
bool has_annotation_with(const api::ObjectMeta& metadata, const std::vector<std::string>& texts);

// What a request is to the rules: "UPDATE" of "deployments" with subresource "scale" in group "apps", version
// "v1".
struct ReviewedRequest {
  api::Symbol operation, group, version, resource, subresource;
  const api::Object* object = nullptr;  // as it is to be; null for deletions
  const api::Object* old = nullptr;     // as it is stored
  const api::LabelMap* namespace_labels =
      nullptr;  // of its namespace, or of itself if it is one; null: cluster-wide
  bool namespaced = false;
};
bool matches(const api::WebhookRule& rule, const ReviewedRequest& request);
bool matches(const api::Webhook& webhook, const ReviewedRequest& request);
// The request of a client as the rules see it; nothing for reads. REQUIRES: what it refers to lives as long.
std::optional<ReviewedRequest> reviewed(const Store& store, const ApiRequest& request);

// ---- Calling ----

// What came of all calls for one request.
struct Reviews {
  std::optional<ApiError> mutating, validating;  // the refusal, if there is one
  Duration takes;                                // all calls together
  std::vector<std::string> failed_open;  // names of webhooks with failurePolicy Ignore whose call failed
};

class Webhooks {
 public:
  // As a webhook usually answers; and otherwise, from begin_change on until end_change.
  void set_behaviour(api::Symbol webhook, WebhookBehaviour behaviour);
  void begin_change(api::Symbol webhook, WebhookBehaviour behaviour);
  void end_change(api::Symbol webhook) { changed_.erase(webhook); }
  const WebhookBehaviour& behaviour(api::Symbol webhook) const;
  // No packet gets to a node: calls to the pods there time out.
  void set_reachable(api::Symbol node, bool reachable);
  // Calls those that the request matches. Draws from streams of their names.
  Reviews call(const Kernel& kernel, const Store& store, const ApiRequest& request);

 private:
  struct Answer {
    std::optional<ApiError> refused;
    Duration takes;
    bool failed_open = false;
  };
  Answer call_one(const Kernel& kernel, const Store& store, const api::Webhook& webhook,
                  const api::Object* object);
  RandomStream& stream(const Kernel& kernel, api::Symbol webhook);

  std::map<api::Symbol, WebhookBehaviour> behaviours_, changed_;
  std::map<api::Symbol, RandomStream> streams_;
  std::set<api::Symbol> unreachable_;  // nodes
};

// Why the API server would not trust the certificate of a server of that name, in Go's words; or nothing.
std::string certificate_error(const ServingCertificate& certificate, std::string_view server_name);

// https://NAME.NAMESPACE.svc:443/PATH?timeout=10s
std::string webhook_url(const api::Webhook& webhook);

}  // namespace seatrial::cluster
