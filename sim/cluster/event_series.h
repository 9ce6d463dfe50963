// Events as kube-scheduler reports them, through events.k8s.io: events of one kind (type, reason, object with
// its version, related object) are one series, whatever they say; the first text stays. The first of them is
// posted, the second makes it a series of 2, further ones are counted and written when the series has ended:
// nothing came for 6 minutes (looked at each 6 minutes), or each 30 minutes while it goes on. There is no
// spam filter. Source: k8s.io/client-go/tools/events/event_broadcaster.go.
#pragma once

#include <map>
#include <tuple>

#include "sim/cluster/event_recorder.h"

namespace seatrial::cluster {

class EventSeriesRecorder {
 public:
  // Answers to posted events arrive at `reply`, and ticks are events of type `tick` of the same component.
  EventSeriesRecorder(SimTime now, api::Symbol source, ClientId client, ReplyTo reply, std::uint8_t tick)
      : started_(now), source_(source), client_(client), reply_(reply), tick_type_(tick) {}

  // `related`: the other object that the event is about, if any.
  void record(Kernel& kernel, ApiServer& api, const EventSpec& spec, JournalId cause,
              api::ObjectRef related = {});
  // The answer to a posted event; `number` is the subject of the event that brings it.
  void posted(Kernel& kernel, ApiServer& api, std::uint32_t number, CallId call);
  void tick(Kernel& kernel, ApiServer& api);

 private:
  using Key = std::tuple<api::ObjectRef, std::uint64_t, bool, api::Symbol, api::ObjectRef>;
  struct Series {
    EventSpec spec;
    JournalId cause = JournalId::kNone;
    std::int32_t count = 1, written = 0;
    SimTime first, last;
    api::ObjectRef event;   // as stored; !valid() while it is being posted
    bool owes_two = false;  // the second came while the first was being posted
    bool ends = false;      // forgotten once it is written
  };
  void post(Kernel& kernel, ApiServer& api, const Key& key, Series& series, std::int32_t written);
  void await_tick(Kernel& kernel);

  SimTime started_;
  api::Symbol source_;
  ClientId client_;
  ReplyTo reply_;
  std::uint8_t tick_type_;
  std::map<Key, Series> series_;
  std::map<std::uint32_t, Key> posting_;
  std::uint32_t posts_ = 0;
  bool awaits_tick_ = false;
};

}  // namespace seatrial::cluster
