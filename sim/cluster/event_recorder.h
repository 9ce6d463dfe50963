// Kubernetes Events as a component reports them: identical ones are counted up, more than ten similar ones in
// ten minutes are merged into "(combined from similar events): …", and a spam filter lets 25 for each object
// through, then one in five minutes. What passes is posted one after the other through the component's
// client. Source: k8s.io/client-go/tools/record; reference §8 "Events"; observed.md "event spam
// filter".
#pragma once

#include <deque>
#include <map>
#include <string>
#include <tuple>

#include "sim/cluster/api_server.h"

namespace seatrial::cluster {

struct EventSpec {
  api::ObjectPtr object;  // what the event is about; null: no event
  bool warning = false;
  api::Symbol reason;
  std::string message;
  api::Symbol field_path;  // of a container, e.g. spec.containers{web}
};

// An Event about an object, with a name of its own, or to replace `stored` if that still exists (its index is
// set then). Source, count and times are the caller's.
std::shared_ptr<api::ApiEvent> make_api_event(const Kernel& kernel, const ApiServer& api,
                                              const EventSpec& spec, api::ObjectRef stored);

class EventRecorder {
 public:
  // Answers to posted events arrive at `reply`.
  EventRecorder(api::Symbol source, api::Symbol host, ClientId client, ReplyTo reply)
      : source_(source), host_(host), client_(client), reply_(reply) {}

  void record(Kernel& kernel, ApiServer& api, const EventSpec& spec, JournalId cause);
  // The answer to the event that was posted last.
  void posted(Kernel& kernel, ApiServer& api, CallId call);

 private:
  using Similar = std::tuple<api::ObjectRef, bool, api::Symbol>;  // object, type, reason
  using Identical = std::tuple<api::ObjectRef, bool, api::Symbol, std::string>;
  struct Aggregate {
    std::vector<std::string> messages;  // distinct ones, up to the limit
    SimTime last;
  };
  struct Seen {
    api::ObjectRef event;  // as stored; !valid() while it is being posted
    std::int32_t count = 0;
    SimTime first;
  };
  struct Pending {
    Identical key;
    EventSpec spec;
    SimTime first, last;
    std::int32_t count;
    JournalId cause;
  };

  bool spam_filter_passes(api::ObjectRef object, SimTime now);
  void post_next(Kernel& kernel, ApiServer& api);

  api::Symbol source_, host_;
  ClientId client_;
  ReplyTo reply_;
  std::map<Similar, Aggregate> aggregates_;
  std::map<Identical, Seen> seen_;
  std::map<api::ObjectRef, std::pair<std::int64_t, SimTime>> spam_tokens_;  // thousandths of a token, at
  std::deque<Pending> pending_;
  bool posting_ = false;
};

}  // namespace seatrial::cluster
