#include "sim/cluster/event_series.h"

namespace seatrial::cluster {

namespace {

constexpr Duration kFinish = Duration::seconds(360);
constexpr std::int64_t kTicksToRefresh = 5;  // 30 minutes

}  // namespace

void EventSeriesRecorder::record(Kernel& kernel, ApiServer& api, const EventSpec& spec, JournalId cause,
                                 api::ObjectRef related) {
  if (!spec.object) return;
  const Key key{spec.object->ref(), spec.object->metadata.resource_version, spec.warning, spec.reason,
                related};
  await_tick(kernel);
  const auto [at, is_new] = series_.try_emplace(key);
  Series& series = at->second;
  series.last = kernel.now();
  if (is_new) {
    series.spec = spec;
    series.cause = cause;
    series.first = kernel.now();
    return post(kernel, api, key, series, 1);
  }
  if (++series.count != 2) return;
  if (series.event.valid()) {
    post(kernel, api, key, series, 2);
  } else {
    series.owes_two = true;
  }
}

void EventSeriesRecorder::post(Kernel& kernel, ApiServer& api, const Key& key, Series& series,
                               std::int32_t written) {
  auto event = make_api_event(kernel, api, series.spec, series.event);
  event->source_component = source_;
  event->count = series.written = written;
  event->first_timestamp = series.first.whole_second();
  event->last_timestamp = series.last.whole_second();
  ApiRequest request;
  request.verb = event->index == api::ObjectRef().index ? Verb::kCreate : Verb::kUpdate;
  request.object = std::move(event);
  request.cause = series.cause;
  ReplyTo reply = reply_;
  reply.subject = ++posts_;
  posting_.emplace(posts_, key);
  api.submit(kernel, client_, std::move(request), reply);
}

void EventSeriesRecorder::posted(Kernel& kernel, ApiServer& api, std::uint32_t number, CallId call) {
  const ApiResult result = api.take_reply(call);
  const Key key = posting_.at(number);
  posting_.erase(number);
  const auto at = series_.find(key);
  if (at == series_.end()) return;
  Series& series = at->second;
  if (result) series.event = (*result)->ref();
  if (series.ends) {
    series_.erase(at);
  } else if (std::exchange(series.owes_two, false)) {
    post(kernel, api, key, series, 2);
  }
}

// Singles of before the last six minutes are forgotten, and series to which nothing was added since.
void EventSeriesRecorder::tick(Kernel& kernel, ApiServer& api) {
  awaits_tick_ = false;
  const bool refresh = (kernel.now() - started_) / kFinish % kTicksToRefresh == 0;
  for (auto at = series_.begin(); at != series_.end();) {
    Series& series = at->second;
    const bool over = kernel.now() - series.last > kFinish;
    const bool write = series.count > series.written && (over || refresh) && series.event.valid();
    if (write) {
      series.ends = over;
      post(kernel, api, at->first, series, series.count);
    }
    at = over && !write && series.event.valid() ? series_.erase(at) : std::next(at);
  }
  if (!series_.empty()) await_tick(kernel);
}

void EventSeriesRecorder::await_tick(Kernel& kernel) {
  if (std::exchange(awaits_tick_, true)) return;
  Event event;
  event.component = reply_.component;
  event.type = tick_type_;
  event.aux = reply_.aux;
  kernel.at(started_ + kFinish * ((kernel.now() - started_) / kFinish + 1), event);
}

}  // namespace seatrial::cluster
