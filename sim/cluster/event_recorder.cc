#include "sim/cluster/event_recorder.h"

#include <fmt/format.h>

#include "sim/api/kinds.h"

namespace seatrial::cluster {

namespace {

// client-go names an Event by its object's name and the time in hexadecimal. Time 0 is given this one, so
// that what comes before it has a name as well.
constexpr std::uint64_t kEpoch = std::uint64_t{1} << 60;

constexpr std::size_t kSimilarBeforeMerging = 10;  // maxEvents of the EventAggregator
constexpr Duration kSimilarWindow = Duration::seconds(600);
constexpr std::int64_t kSpamBurst = 25;
constexpr Duration kSpamInterval = Duration::seconds(300);

}  // namespace

void EventRecorder::record(Kernel& kernel, ApiServer& api, const EventSpec& spec, JournalId cause) {
  if (!spec.object) return;
  EventSpec shown = spec;
  const api::ObjectRef object = spec.object->ref();
  Aggregate& similar = aggregates_[{object, spec.warning, spec.reason}];
  if (kernel.now() - similar.last > kSimilarWindow) similar.messages.clear();
  similar.last = kernel.now();
  if (std::find(similar.messages.begin(), similar.messages.end(), spec.message) == similar.messages.end()) {
    similar.messages.push_back(spec.message);
  }
  std::string identity = spec.message;
  if (similar.messages.size() >= kSimilarBeforeMerging) {
    // The merged event is one event: its text is the latest message, its identity the group.
    similar.messages.resize(kSimilarBeforeMerging);
    shown.message = "(combined from similar events): " + spec.message;
    identity = "(combined from similar events)";
  }
  if (!spam_filter_passes(object, kernel.now())) return;
  const Identical key{object, spec.warning, spec.reason, identity};
  Seen& seen = seen_[key];
  if (seen.count++ == 0) seen.first = kernel.now();
  pending_.push_back({key, std::move(shown), seen.first, kernel.now(), seen.count, cause});
  if (!posting_) post_next(kernel, api);
}

// A token bucket of 25 for each object that gains one token in 300 s; an event without a token is dropped.
bool EventRecorder::spam_filter_passes(api::ObjectRef object, SimTime now) {
  const auto [it, is_new] = spam_tokens_.emplace(object, std::pair(kSpamBurst * 1000, now));
  auto& [tokens, since] = it->second;
  const std::int64_t gained = (now - since).count() / (kSpamInterval.count() / 1000);
  tokens = std::min(kSpamBurst * 1000, tokens + gained);
  if (gained > 0) since = now;
  if (tokens < 1000) return false;
  tokens -= 1000;
  return true;
}

std::shared_ptr<api::ApiEvent> make_api_event(const Kernel& kernel, const ApiServer& api,
                                              const EventSpec& spec, api::ObjectRef stored) {
  const api::Object& about = *spec.object;
  auto event = std::make_shared<api::ApiEvent>();
  event->metadata.namespace_ =
      about.metadata.namespace_.empty() ? api::Symbol("default") : about.metadata.namespace_;
  event->involved_object = about.ref();
  event->involved_kind = api::info(about.kind).name;
  event->involved_name = about.metadata.name;
  event->involved_field_path = spec.field_path;
  event->type = spec.warning ? "Warning" : "Normal";
  event->reason = spec.reason;
  event->message = spec.message;
  if (const api::ObjectPtr known = stored.valid() ? api.store().get(stored) : nullptr) {
    event->metadata = known->metadata;
    event->metadata.resource_version = 0;
    event->index = known->index;
    return event;
  }
  std::uint64_t stamp = kEpoch + static_cast<std::uint64_t>(kernel.now().count());
  do {
    event->metadata.name = fmt::format("{}.{:016x}", about.metadata.name.str(), stamp++);
  } while (api.store().find(api::Kind::kEvent, event->metadata.namespace_, event->metadata.name).valid());
  return event;
}

void EventRecorder::post_next(Kernel& kernel, ApiServer& api) {
  posting_ = !pending_.empty();
  if (!posting_) return;
  const Pending& next = pending_.front();
  auto event = make_api_event(kernel, api, next.spec, seen_[next.key].event);
  event->source_component = source_;
  event->source_host = host_;
  event->count = next.count;
  event->first_timestamp = next.first.whole_second();
  event->last_timestamp = next.last.whole_second();
  ApiRequest request;
  request.cause = next.cause;
  request.verb = event->index == api::ObjectRef().index ? Verb::kCreate : Verb::kUpdate;
  request.object = std::move(event);
  api.submit(kernel, client_, std::move(request), reply_);
}

void EventRecorder::posted(Kernel& kernel, ApiServer& api, CallId call) {
  const ApiResult result = api.take_reply(call);
  CHECK(posting_ && !pending_.empty());
  if (result) seen_[pending_.front().key].event = (*result)->ref();
  pending_.pop_front();
  post_next(kernel, api);
}

}  // namespace seatrial::cluster
