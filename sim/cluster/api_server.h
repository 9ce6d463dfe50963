// The API server: the store behind defaulting, admission and optimistic concurrency, with clients in front
// (each with its own rate limit and latency) and watches behind.
//
// A client submits a request; it leaves when the client's token bucket lets it, is executed when it reaches
// the server, and its answer comes back as an event to the submitter. All writes are executed in one order,
// each with a new resourceVersion, a journal record and a delivery to every watch. Sources:
// k8s.io/apiserver/pkg/registry/generic/registry/store.go, pkg/registry/core/pod/strategy.go; reference §3.7,
// §7.
#pragma once

#include <algorithm>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/cluster/admission.h"
#include "sim/cluster/api_request.h"
#include "sim/cluster/journal_types.h"
#include "sim/cluster/managed_fields.h"
#include "sim/cluster/metrics_api.h"
#include "sim/cluster/rate_limiter.h"
#include "sim/cluster/rbac.h"
#include "sim/cluster/service_addresses.h"
#include "sim/cluster/store.h"
#include "sim/cluster/timings.h"
#include "sim/cluster/watch.h"
#include "sim/cluster/webhooks.h"
#include "sim/engine/kernel.h"

namespace seatrial::cluster {

struct ClientId {
  std::uint32_t index = 0;
};
struct CallId {
  std::uint32_t index = 0;
};

// Somebody may not do something.
struct Denial {
  SimTime at;
  Identity who;  // after impersonation
  Attributes what;
  bool escalation = false;  // they may do it, but would grant more than they hold
  std::string message;
  JournalId cause = JournalId::kNone;
};

class ApiServer {
 public:
  ApiServer(const Kernel& kernel, const ControlPlaneTimings& timings);

  const Store& store() const { return store_; }
  Watches& watches() { return watches_; }
  const ControlPlaneTimings& timings() const { return timings_; }
  AdmissionState& admission() { return admission_; }
  MetricsApi& metrics() { return metrics_; }
  const MetricsApi& metrics() const { return metrics_; }
  Webhooks& webhooks() { return webhooks_; }
  const Webhooks& webhooks() const { return webhooks_; }
  ServiceAddresses& addresses() { return addresses_; }
  const ManagedFields& managed_fields() const { return managed_fields_; }

  // A client of the API; qps 0 is "no limit". Its latencies are drawn from a stream of its name.
  ClientId add_client(const Kernel& kernel, api::Symbol name, std::int64_t qps, std::int64_t burst);

  // Sends a request on its way. The answer arrives as an event to `reply` with payload = the call.
  CallId submit(Kernel& kernel, ClientId client, ApiRequest request, ReplyTo reply);
  // What kubectl would print before a call's answer as "Warning: …".
  const std::vector<std::string>& warnings(CallId call) const { return calls_[call.index].warnings; }
  // Takes a call's answer; once only.
  ApiResult take_reply(CallId call);
  void handle(Kernel& kernel, const Event& event);

  // No write is committed until then: the store elects a leader.
  void stall_until(SimTime time) { busy_until_ = std::max(busy_until_, time); }
  // So many of the servers are there, and share the work of all.
  void set_servers(std::int64_t there, std::int64_t all) { servers_there_ = there, servers_ = all; }

  // What admission had to say of the request that was executed last.
  const AdmissionOutcome& last_outcome() const { return outcome_; }
  // Executes a request at once, if access control lets it, without webhooks: set-up, scenario actions without
  // a client, tests.
  ApiResult execute(Kernel& kernel, const ApiRequest& request, ClientId client = {});
  // Whether somebody may do this, as the API server answers at once; nothing if they may. A refusal is kept.
  std::optional<ApiError> refuse(const Kernel& kernel, const Identity& who, const Attributes& what,
                                 JournalId cause);
  // Those who were refused something, in order.
  const std::vector<Denial>& denials() const { return denials_; }
  // default, kube-system, kube-public and kube-node-lease, which an API server makes when it starts, with
  // their service accounts, since they are older than anything that is simulated.
  void create_system_namespaces(Kernel& kernel);

 private:
  struct Client {
    api::Symbol name;
    TokenBucket bucket;
    RandomStream random;
  };
  struct Call {
    ApiRequest request;
    ReplyTo reply;
    ClientId client;
    std::vector<ApiResult> result;  // empty or one
    std::vector<std::string> warnings;
    Reviews reviews;
  };
  using Mutable = std::shared_ptr<api::Object>;

  void add_bootstrap_roles(const Kernel& kernel);
  // Nothing for a request without an identity.
  std::optional<ApiError> refuse(const Kernel& kernel, const ApiRequest& request);
  std::optional<ApiError> refuse_escalation(const Kernel& kernel, const api::Object& object,
                                            const api::Object* old, const ApiRequest& request);
  ApiResult commit(Kernel& kernel, const ApiRequest& request, ClientId client);
  void answer(Kernel& kernel, const Event& event);
  ApiResult perform(Kernel& kernel, const ApiRequest& request);
  ApiResult create(Kernel& kernel, const ApiRequest& request);
  ApiResult update(Kernel& kernel, const ApiRequest& request);
  ApiResult update_status(Kernel& kernel, const ApiRequest& request);
  ApiResult patch_conditions(Kernel& kernel, const ApiRequest& request);
  ApiResult patch_owners(Kernel& kernel, const ApiRequest& request);
  ApiResult remove_finalizer(Kernel& kernel, const ApiRequest& request);
  ApiResult bind(Kernel& kernel, const ApiRequest& request);
  ApiResult scale(Kernel& kernel, const ApiRequest& request);
  ApiResult patch(Kernel& kernel, const ApiRequest& request);
  ApiResult apply(Kernel& kernel, const ApiRequest& request);
  ApiResult remove(Kernel& kernel, const ApiRequest& request);
  ApiResult evict(Kernel& kernel, const ApiRequest& request);
  std::optional<ApiError> charge_budget(Kernel& kernel, const api::Pod& pod, const ApiRequest& request);

  // The stored object that a request is about, or NotFound.
  ApiResult target(const ApiRequest& request) const;
  ApiResult store_new(Kernel& kernel, Mutable object, const ApiRequest& request);
  // Stores a new version; removes the object where its last finalizer went while it is being deleted.
  ApiResult store_update(Kernel& kernel, Mutable object, RecordType type, const ApiRequest& request,
                         std::string_view text = {}, std::int64_t value = 0, api::ObjectRef other = {});
  ApiResult erase(Kernel& kernel, const api::ObjectPtr& object, JournalId cause);
  ApiResult replace_with_document(Kernel& kernel, const api::ObjectPtr& current,
                                  const nlohmann::json& document, const ApiRequest& request);
  JournalId journal(Kernel& kernel, RecordType type, const api::Object& object, JournalId cause,
                    std::string_view text, std::int64_t value, api::ObjectRef other = {});

  ControlPlaneTimings timings_;
  Store store_;
  Watches watches_;
  AdmissionState admission_;
  MetricsApi metrics_;
  Webhooks webhooks_;
  AdmissionOutcome outcome_;        // of the request that is being executed
  Reviews reviews_;                 // of that request
  std::optional<Identity> acting_;  // who makes it; none: access control does not ask
  std::vector<Denial> denials_;
  std::vector<Client> clients_;
  std::vector<Call> calls_;
  std::vector<std::uint32_t> free_calls_;
  RandomStream uids_, names_, service_;
  SimTime busy_until_ = SimTime::at(-Duration::max());
  std::int64_t servers_there_ = 1, servers_ = 1;
  std::uint64_t resource_version_ = 0;
  std::uint32_t current_client_ = 0;
  ServiceAddresses addresses_;
  ManagedFields managed_fields_;
};

// Helpers for everyone who writes.
ApiError not_found(api::Kind kind, api::Symbol name);
ApiError conflict(const api::Object& object);

}  // namespace seatrial::cluster
