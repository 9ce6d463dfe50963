// What a load is: an open-loop source of requests and the manners of its client.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/api/meta.h"
#include "sim/engine/distributions.h"
#include "sim/engine/event.h"
#include "sim/engine/random.h"
#include "sim/traffic/arrivals.h"
#include "sim/traffic/gates.h"
#include "sim/traffic/hops.h"
#include "sim/traffic/outcome.h"
#include "sim/traffic/proxy.h"

namespace seatrial::traffic {

struct RetryPolicy {
  std::uint8_t count = 0;  // attempts after the first
  OutcomeSet on;           // what is tried again
  Duration backoff;        // between the end of one attempt and the next
};

struct LoadConfig {
  api::Symbol name;  // names the streams load/NAME/arrivals, …/service, …/choice
  ProxyId proxy{};   // through which ingress controller, or by whose choice
  api::ServiceKey service;
  std::int32_t port = 0;  // of the pods, if the Service gives it as a number; 0: whichever it names
  PlaceId place = PlaceId::kDefault;      // of the client: the internet, or where the calling pod runs
  OriginId origin = OriginId::kUnjudged;  // whose packets they are; of `from_pods`: as add_client() says
  bool from_pods = false;  // each request is sent by one of its clients in turn; none: by nobody
  // Of `from_pods`: each client sends one so long after it has been added, from time 0 on.
  std::optional<Duration> after_start;
  Arrivals arrivals;
  std::optional<Duration> timeout = Duration::seconds(5);  // of each attempt; none: the client waits for ever
  RetryPolicy retries;
  bool idempotent = true;  // GET, PUT, …; false: POST, PATCH, LOCK
  // Streams, such as WebSockets, and how long they last: so long a pod's slot is taken, in the place of the
  // image's service time and its calls. A stream that has begun has no timeouts any more (it speaks often
  // enough for the ingress controller's), and nobody but the client begins it again.
  std::optional<Distribution> stream;
};

// A load in a run.
struct alignas(64) LoadState {  // what every request needs comes first
  std::uint32_t lane;           // of deadlines, or kNoLane
  api::ServiceKey service;
  ProxyId proxy;
  bool read_timeout;  // may the proxy give up before the client does?
  bool from_pods;
  std::uint16_t stream;   // how long streams last: an index of service_times_ + 1; 0: these are none
  bool by_name;           // its clients ask DNS before each connection
  bool datagram;          // these are queries to DNS servers
  JournalId tls_failure;  // why clients do not accept the certificate
  JournalId nowhere = JournalId::kNone;  // why it is routed to nobody …
  Outcome ends_so = Outcome::kNoRoute;   // … and what a request meets then
  bool by_record = false;                // its requests go by ways that DNS answers lead to (names.h)
  std::uint16_t account = 0;             // the load as which its requests count: itself, or whose way it is
  RandomStream service_stream, arrivals_stream;
  Arrivals arrivals;
  RandomStream choice_stream;
  LoadConfig config;
  static constexpr std::uint32_t kNoLane = 0xffffffff;
};

// A pod that sends requests of a load, and all of them.
struct Client {
  api::PodKey pod;
  OriginId origin = OriginId::kUnjudged;
  PlaceId place = PlaceId::kDefault;
};
struct Clients {
  std::vector<Client> all;
  std::size_t turn = 0;
};

}  // namespace seatrial::traffic
