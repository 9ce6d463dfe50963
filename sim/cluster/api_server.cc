#include "sim/cluster/api_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"
#include "sim/api/resources.h"
#include "sim/api/storage.h"
#include "sim/api/template_hash.h"
#include "sim/cluster/object_parts.h"

namespace seatrial::cluster {

using api::Kind;
using api::ObjectPtr;
using api::ObjectRef;
using api::Symbol;

namespace {

enum CallEvent : std::uint8_t { kArrives, kCommits, kReviewed };  // subject: the call

ObjectRef target_of(const ApiRequest& request) {
  return request.ref.valid() || !request.object ? request.ref : request.object->ref();
}

bool is_bound_and_alive(const api::Pod& pod) { return !pod.node_name.empty() && !api::is_pod_terminal(pod); }

// Whoever makes a volume or a claim does not say how it is.
void forget_volume_status(api::Object& object) {
  if (object.kind == Kind::kPersistentVolume) static_cast<api::PersistentVolume&>(object).status = {};
  if (object.kind == Kind::kPersistentVolumeClaim)
    static_cast<api::PersistentVolumeClaim&>(object).status = {};
}

// applySchedulingGatedCondition: a pod with gates says so from the start.
void mark_gated(api::Pod& pod) {
  if (pod.spec->scheduling_gates.empty() || api::find_condition(pod.status.conditions, "PodScheduled"))
    return;
  pod.status.conditions.push_back({"PodScheduled",
                                   api::ConditionStatus::kFalse,
                                   "SchedulingGated",
                                   "Scheduling is blocked due to non-empty scheduling gates",
                                   {},
                                   {},
                                   {}});
}

std::optional<ApiError> invalid(const api::Object& object, const api::Object* old,
                                const api::Problems& found) {
  const api::Problems problems = api::info(object.kind).validate(object, old, found);
  if (problems.empty()) return {};
  ApiError error{422,
                 "Invalid",
                 api::invalid_message(api::qualified_kind(object), object.metadata.name.view(), problems),
                 {},
                 0};
  for (const api::Problem& problem : problems) error.causes.push_back(problem.path + ": " + problem.message);
  return error;
}

// Writes of a whole object; of the others only webhooks are asked.
bool passes_plugins(Verb verb) {
  return verb == Verb::kCreate || verb == Verb::kUpdate || verb == Verb::kPatch || verb == Verb::kApply;
}

ApiError already_exists(const api::Object& object) {
  return {
      409,
      "AlreadyExists",
      fmt::format("{} \"{}\" already exists", api::qualified_resource(object), object.metadata.name.str()),
      {},
      0};
}

}  // namespace

ApiError not_found(Kind kind, Symbol name) {
  return {404,
          "NotFound",
          fmt::format("{} \"{}\" not found", api::info(kind).qualified_resource(), name.str()),
          {},
          0};
}

ApiError conflict(const api::Object& object) {
  return {409,
          "Conflict",
          fmt::format(
              "Operation cannot be fulfilled on {} \"{}\": the object has been modified; please apply your "
              "changes to the latest version and try again",
              api::qualified_resource(object), object.metadata.name.str()),
          {},
          0};
}

ApiServer::ApiServer(const Kernel& kernel, const ControlPlaneTimings& timings)
    : timings_(timings),
      uids_(kernel.stream("apiserver/uid")),
      names_(kernel.stream("apiserver/names")),
      service_(kernel.stream("apiserver/service")),
      addresses_(kernel.stream("apiserver/addresses")) {
  add_client(kernel, "system:apiserver", 0, 0);
  add_bootstrap_roles(kernel);
}

ClientId ApiServer::add_client(const Kernel& kernel, Symbol name, std::int64_t qps, std::int64_t burst) {
  clients_.push_back(
      {name, qps == 0 ? TokenBucket() : TokenBucket(qps, burst), kernel.stream("client/" + name.str())});
  return {static_cast<std::uint32_t>(clients_.size() - 1)};
}

CallId ApiServer::submit(Kernel& kernel, ClientId client, ApiRequest request, ReplyTo reply) {
  std::uint32_t slot;
  if (free_calls_.empty()) {
    slot = static_cast<std::uint32_t>(calls_.size());
    calls_.emplace_back();
  } else {
    slot = free_calls_.back();
    free_calls_.pop_back();
  }
  Client& from = clients_[client.index];
  const SimTime leaves = from.bucket.reserve(kernel.now());
  Event event;
  event.component = kApiServerComponent;
  event.type = kArrives;
  event.subject = slot;
  event.cause = request.cause;
  calls_[slot] = {std::move(request), reply, client, {}, {}, {}};
  kernel.at(leaves + timings_.api_request.sample(from.random), event);
  return {slot};
}

void ApiServer::handle(Kernel& kernel, const Event& event) {
  if (event.type == kArrives) {
    if (auto refused = refuse(kernel, calls_[event.subject].request)) {
      calls_[event.subject].result.push_back(std::unexpected(std::move(*refused)));
      return answer(kernel, event);
    }
    if (calls_[event.subject].request.verb == Verb::kGet) {
      Event read = event;
      read.type = kCommits;
      return kernel.at(kernel.now(), read);
    }
    Call& call = calls_[event.subject];
    call.reviews = webhooks_.call(kernel, store_, call.request);
    if (call.reviews.takes > Duration()) {
      Event reviewed = event;
      reviewed.type = kReviewed;
      return kernel.after(call.reviews.takes, reviewed);
    }
  }
  if (event.type != kCommits) {
    // One write after the other, first come first served.
    busy_until_ = std::max(busy_until_, kernel.now()) +
                  timings_.api_service.sample(service_) * servers_ / servers_there_;
    Event commit = event;
    commit.type = kCommits;
    return kernel.at(busy_until_, commit);
  }
  Call& call = calls_[event.subject];
  reviews_ = std::move(call.reviews);
  call.result.push_back(commit(kernel, call.request, call.client));
  reviews_ = {};
  call.warnings = std::move(outcome_.warnings);
  answer(kernel, event);
}

void ApiServer::answer(Kernel& kernel, const Event& event) {
  const Call& call = calls_[event.subject];
  Event answer;
  answer.component = call.reply.component;
  answer.type = call.reply.type;
  answer.subject = call.reply.subject;
  answer.aux = call.reply.aux;
  answer.payload = event.subject;
  answer.cause = event.cause;
  kernel.after(timings_.api_response.sample(clients_[call.client.index].random), answer);
}

ApiResult ApiServer::take_reply(CallId call) {
  Call taken = std::exchange(calls_[call.index], {});
  CHECK(taken.result.size() == 1);
  free_calls_.push_back(call.index);
  return std::move(taken.result.front());
}

void ApiServer::create_system_namespaces(Kernel& kernel) {
  for (const char* const name : {"default", "kube-system", "kube-public", "kube-node-lease"}) {
    auto object = std::make_shared<api::Namespace>();
    object->metadata.name = name;
    ApiRequest creation;
    creation.verb = Verb::kCreate;
    creation.object = std::move(object);
    CHECK(execute(kernel, creation).has_value());
    auto account = std::make_shared<api::ServiceAccount>();
    account->metadata.name = "default";
    account->metadata.namespace_ = name;
    creation.object = std::move(account);
    CHECK(execute(kernel, creation).has_value());
  }
}

namespace {

ApiResult named(const Store& store, const api::Object& like) {
  const api::ObjectMeta& meta = like.metadata;
  const ObjectRef ref = store.find(like.kind, meta.namespace_, meta.name);
  if (!ref.valid()) return std::unexpected(not_found(like.kind, meta.name));
  return store.get(ref);
}

}  // namespace

ApiResult ApiServer::execute(Kernel& kernel, const ApiRequest& request, ClientId client) {
  if (auto refused = refuse(kernel, request)) return std::unexpected(std::move(*refused));
  return commit(kernel, request, client);
}

ApiResult ApiServer::commit(Kernel& kernel, const ApiRequest& request, ClientId client) {
  current_client_ = client.index;
  acting_.reset();
  if (request.identity) acting_ = acting_as(*request.identity);
  const bool owned = !request.field_manager.empty() && request.verb != Verb::kApply;
  const bool scaled = request.verb == Verb::kScale;
  if (!owned && !scaled) return perform(kernel, request);
  const ObjectPtr before = request.verb == Verb::kCreate ? nullptr : store_.get(target_of(request));
  const ApiResult done = perform(kernel, request);
  if (done) managed_fields_.note_update(before, *done, request);
  return done;
}

ApiResult ApiServer::perform(Kernel& kernel, const ApiRequest& request) {
  outcome_ = {};
  if (!passes_plugins(request.verb)) {
    if (reviews_.mutating) return std::unexpected(*reviews_.mutating);
    if (reviews_.validating) return std::unexpected(*reviews_.validating);
  }
  switch (request.verb) {
    case Verb::kGet:
      return request.object ? named(store_, *request.object) : target(request);
    case Verb::kCreate:
      return create(kernel, request);
    case Verb::kUpdate:
      return update(kernel, request);
    case Verb::kUpdateStatus:
    case Verb::kPatchStatus:
      return update_status(kernel, request);
    case Verb::kPatchConditions:
      return patch_conditions(kernel, request);
    case Verb::kPatchOwners:
      return patch_owners(kernel, request);
    case Verb::kRemoveFinalizer:
      return remove_finalizer(kernel, request);
    case Verb::kBind:
      return bind(kernel, request);
    case Verb::kScale:
      return scale(kernel, request);
    case Verb::kPatch:
      return patch(kernel, request);
    case Verb::kApply:
      return apply(kernel, request);
    case Verb::kDelete:
      return remove(kernel, request);
    case Verb::kEvict:
      return evict(kernel, request);
  }
  CHECK(false);
}

ApiResult ApiServer::target(const ApiRequest& request) const {
  const ObjectRef ref = target_of(request);
  const ObjectPtr& stored = store_.get(ref);
  if (!stored) {
    return std::unexpected(not_found(ref.kind, request.object ? request.object->metadata.name : Symbol()));
  }
  if (!request.uid_precondition.empty() && stored->metadata.uid != request.uid_precondition) {
    return std::unexpected(conflict(*stored));
  }
  return stored;
}

ApiResult ApiServer::create(Kernel& kernel, const ApiRequest& request) {
  Mutable object = api::info(request.object->kind).clone(*request.object);
  api::ObjectMeta& meta = object->metadata;
  if (meta.name.empty() && !meta.generate_name.empty()) {
    const std::string prefix = meta.generate_name.str().substr(0, 58);
    do {
      meta.name = prefix + api::random_suffix([this](std::uint32_t n) { return names_.below(n); });
    } while (store_.find(*object).valid());
  }
  meta.uid = {uids_.next_u64(), uids_.next_u64()};
  meta.creation_timestamp = kernel.now().whole_second();
  meta.generation = 1;
  meta.deletion_timestamp.reset();
  return store_new(kernel, std::move(object), request);
}

ApiResult ApiServer::store_new(Kernel& kernel, Mutable object, const ApiRequest& request) {
  forget_volume_status(*object);
  default_new(admission_, *object);
  const bool generated_name = request.object->metadata.name.empty();
  AdmissionRequest admitted{Verb::kCreate, kernel.now(), *object, nullptr, generated_name, &reviews_};
  if (auto refused = mutate(store_, admission_, admitted)) return std::unexpected(*refused);
  admitted.generated_name = false;
  if (auto refused = refuse_escalation(kernel, *object, nullptr, request))
    return std::unexpected(std::move(*refused));
  if (object->kind == Kind::kPod) {
    auto& pod = static_cast<api::Pod&>(*object);
    pod.status.qos_class = api::qos_class(*pod.spec);
    mark_gated(pod);
  }
  if (auto refused = invalid(*object, nullptr, request.invalid)) return std::unexpected(*refused);
  if (auto refused = validate(store_, admission_, admitted, outcome_)) return std::unexpected(*refused);
  if (store_.find(*object).valid()) return std::unexpected(already_exists(*object));
  for (const Mutable& effect : std::exchange(outcome_.effects, {})) {
    if (auto done = store_update(kernel, effect, RecordType::kStatusUpdated, request); !done) return done;
  }
  if (object->kind == Kind::kService) {
    if (auto refused = addresses_.allocate(static_cast<api::Service&>(*object), nullptr))
      return std::unexpected(*refused);
  }
  object->index = store_.next_index(object->kind);
  object->metadata.resource_version = ++resource_version_;
  const JournalId id = journal(kernel, RecordType::kCreated, *object, request.cause, {},
                               static_cast<std::int64_t>(object->metadata.resource_version));
  ObjectPtr stored = object;
  store_.insert(stored);
  watches_.publish(kernel, {ChangeType::kAdded, stored, id});
  return stored;
}

ApiResult ApiServer::store_update(Kernel& kernel, Mutable object, RecordType type, const ApiRequest& request,
                                  std::string_view text, std::int64_t value, ObjectRef other) {
  object->metadata.resource_version = ++resource_version_;
  const bool pod_waits =
      object->kind == Kind::kPod && object->metadata.deletion_grace_period_seconds.value_or(1) > 0;
  const bool gone = object->metadata.deletion_timestamp && object->metadata.finalizers.empty() &&
                    !pod_waits && object->kind != Kind::kNamespace;
  if (gone) return erase(kernel, object, request.cause);
  const JournalId id =
      journal(kernel, type, *object, request.cause, text,
              value ? value : static_cast<std::int64_t>(object->metadata.resource_version), other);
  ObjectPtr stored = object;
  store_.replace(stored);
  watches_.publish(kernel, {ChangeType::kModified, stored, id});
  return stored;
}

ApiResult ApiServer::erase(Kernel& kernel, const ObjectPtr& object, JournalId cause) {
  Mutable last = api::info(object->kind).clone(*object);
  last->metadata.resource_version = ++resource_version_;
  const JournalId id = journal(kernel, RecordType::kDeleted, *last, cause, {},
                               static_cast<std::int64_t>(last->metadata.resource_version));
  store_.erase(object->ref());
  managed_fields_.forget(object->ref());
  if (last->kind == Kind::kService) addresses_.release(static_cast<const api::Service&>(*last));
  ObjectPtr gone = last;
  watches_.publish(kernel, {ChangeType::kDeleted, gone, id});
  return gone;
}

ApiResult ApiServer::update(Kernel& kernel, const ApiRequest& request) {
  const ApiResult found = target(request);
  if (!found) return found;
  const api::Object& current = **found;
  const std::uint64_t expected = request.object->metadata.resource_version;
  if (expected != 0 && expected != current.metadata.resource_version)
    return std::unexpected(conflict(current));

  Mutable next = api::info(current.kind).clone(*request.object);
  copy_status(current, *next);
  next->metadata.uid = current.metadata.uid;
  next->metadata.creation_timestamp = current.metadata.creation_timestamp;
  next->metadata.deletion_timestamp = current.metadata.deletion_timestamp;
  next->metadata.deletion_grace_period_seconds = current.metadata.deletion_grace_period_seconds;
  next->metadata.generation = current.metadata.generation;
  next->index = current.index;
  api::info(next->kind).default_object(*next);
  if (next->kind == Kind::kService)
    addresses_.keep(static_cast<api::Service&>(*next), static_cast<const api::Service&>(current));
  AdmissionRequest admitted{Verb::kUpdate, kernel.now(), *next, &current, false, &reviews_};
  if (auto refused = mutate(store_, admission_, admitted)) return std::unexpected(*refused);
  if (auto refused = refuse_escalation(kernel, *next, &current, request))
    return std::unexpected(std::move(*refused));
  if (auto refused = invalid(*next, &current, request.invalid)) return std::unexpected(*refused);
  if (auto refused = validate(store_, admission_, admitted, outcome_)) return std::unexpected(*refused);
  if (next->kind == Kind::kService) {
    if (auto refused = addresses_.allocate(static_cast<api::Service&>(*next),
                                           &static_cast<const api::Service&>(current)))
      return std::unexpected(*refused);
  }
  if (!same_spec(current, *next)) ++next->metadata.generation;
  next->metadata.resource_version = current.metadata.resource_version;
  if (same_object(current, *next)) return *found;  // nothing changed: no write
  for (const Mutable& effect : std::exchange(outcome_.effects, {})) {
    if (auto done = store_update(kernel, effect, RecordType::kStatusUpdated, request); !done) return done;
  }
  return store_update(kernel, std::move(next), RecordType::kUpdated, request);
}

// Pods are deleted gracefully: immediately if unbound, finished or with grace 0, else after their kubelet has
// stopped them. A later deletion can only shorten the grace period. Other objects go at once, or once their
// finalizers are gone; to delete them again changes nothing else. Source: BeforeDelete and markAsDeleting in
// k8s.io/apiserver/pkg/registry.
ApiResult ApiServer::remove(Kernel& kernel, const ApiRequest& request) {
  const ApiResult found = target(request);
  if (!found) return found;
  Mutable next = api::info((*found)->kind).clone(**found);
  AdmissionRequest admitted{Verb::kDelete, kernel.now(), *next, found->get(), false, nullptr};
  if (auto refused = mutate(store_, admission_, admitted)) return std::unexpected(*refused);
  api::ObjectMeta& meta = next->metadata;
  const bool again = meta.deletion_timestamp.has_value();
  std::int64_t grace = 0;
  if (next->kind == Kind::kPod) {
    const auto& pod = static_cast<const api::Pod&>(*next);
    grace = request.grace_period_seconds.value_or(pod.spec->termination_grace_period_seconds.value_or(30));
    if (!is_bound_and_alive(pod)) grace = 0;
    if (again && meta.deletion_grace_period_seconds.value_or(0) <= grace) return *found;
  } else if (request.propagation != Propagation::kBackground) {
    const Symbol finalizer =
        request.propagation == Propagation::kForeground ? "foregroundDeletion" : "orphan";
    if (!std::ranges::count(meta.finalizers, finalizer)) meta.finalizers.push_back(finalizer);
  }
  if (next->kind == Kind::kNamespace) {
    // The second deletion, with grace 0, is the namespace controller's: nothing is left in it.
    if (again && request.grace_period_seconds == 0) return erase(kernel, *found, request.cause);
    static_cast<api::Namespace&>(*next).terminating = true;
  }
  const bool at_once = meta.finalizers.empty() && grace == 0 && next->kind != Kind::kNamespace;
  if (at_once) return erase(kernel, *found, request.cause);
  if (again && meta.finalizers == (*found)->metadata.finalizers && next->kind != Kind::kPod) return *found;
  if (!again || next->kind == Kind::kPod) {
    meta.deletion_timestamp = (kernel.now() + Duration::seconds(grace)).whole_second();
    meta.deletion_grace_period_seconds = grace;
  }
  if (!again && next->kind != Kind::kPod) ++meta.generation;
  return store_update(kernel, std::move(next), RecordType::kDeletionRequested, request, {}, grace);
}

JournalId ApiServer::journal(Kernel& kernel, RecordType type, const api::Object& object, JournalId cause,
                             std::string_view text, std::int64_t value, ObjectRef other) {
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(type);
  record.cause = cause;
  record.subject_kind = static_cast<std::uint8_t>(object.kind);
  record.subject = object.index;
  record.text = kernel.journal().text(text);
  record.value = value;
  record.other_kind = static_cast<std::uint8_t>(other.kind);
  record.other = other.valid() ? other.index : current_client_;
  return kernel.record(record);
}

}  // namespace seatrial::cluster
