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

void EventRecorder::post_next(Kernel& kernel, ApiServer& api) {
  posting_ = !pending_.empty();
  if (!posting_) return;
  const Pending& next = pending_.front();
  const api::Object& about = *next.spec.object;
  const Seen& seen = seen_[next.key];
  auto event = std::make_shared<api::ApiEvent>();
  event->metadata.namespace_ =
      about.metadata.namespace_.empty() ? api::Symbol("default") : about.metadata.namespace_;
  event->involved_object = about.ref();
  event->involved_kind = api::info(about.kind).name;
  event->involved_name = about.metadata.name;
  event->involved_field_path = next.spec.field_path;
  event->type = next.spec.warning ? "Warning" : "Normal";
  event->reason = next.spec.reason;
  event->message = next.spec.message;
  event->source_component = source_;
  event->source_host = host_;
  event->count = next.count;
  event->first_timestamp = next.first.whole_second();
  event->last_timestamp = next.last.whole_second();
  ApiRequest request;
  request.cause = next.cause;
  if (seen.event.valid() && api.store().get(seen.event)) {
    const api::ObjectPtr stored = api.store().get(seen.event);
    event->metadata = stored->metadata;
    event->metadata.resource_version = 0;
    event->index = stored->index;
    request.verb = Verb::kUpdate;
  } else {
    std::uint64_t stamp = kEpoch + static_cast<std::uint64_t>(kernel.now().count());
    do {
      event->metadata.name = fmt::format("{}.{:016x}", about.metadata.name.str(), stamp++);
    } while (api.store().find(api::Kind::kEvent, event->metadata.namespace_, event->metadata.name).valid());
    request.verb = Verb::kCreate;
  }
  request.object = event;
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
