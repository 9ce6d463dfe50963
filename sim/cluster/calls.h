// What serving a request calls besides: managed resources and hosts on the internet, over connections that
// the pod keeps in a pool, or opens for each call.
//
// Part of an image's behaviour. Calls are made one after the other, after the pod's own work; the request
// keeps its slot meanwhile. Defaults are those of the software that most of the described applications use:
// HikariCP (maximumPoolSize 10, connectionTimeout 30 s) and the PostgreSQL JDBC driver (connectTimeout 10 s,
// no socketTimeout). A connection whose far end is silent and that has no timeout is given up by Linux when
// it has sent the same segment in vain for 924.6 s (net.ipv4.tcp_retries2 = 15,
// Documentation/networking/ip-sysctl).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/distributions.h"
#include "sim/engine/time.h"

namespace seatrial::cluster {

inline constexpr Duration kTcpGivesUp = Duration::millis(924'600);

struct ConnectionPool {
  std::int32_t size = 10;
  Duration acquire_timeout = Duration::seconds(30);  // how long a request waits for a connection
  Duration connect_timeout = Duration::seconds(10);
  Duration retry =
      Duration::seconds(1);           // from a failed connection to the next attempt, while somebody waits
  bool keep_alive = true;             // false: each call opens a connection of its own, and closes it
  std::optional<Duration> dns_cache;  // how long an answer is believed; none: as long as its TTL says
  bool operator==(const ConnectionPool&) const = default;
};

struct Call {
  api::Symbol to;             // rds/main, external/payments
  std::string stream;         // its name: "image/IMAGE/calls/0"
  std::string host;           // what the process looks up, of service/NAME; empty: NAME
  std::int32_t share = 1000;  // of the requests, in thousandths, make it
  Distribution time;          // at the far end
  std::optional<Duration> timeout;
  std::int32_t retries = 0;  // after the first attempt …
  Duration backoff;          // … from the end of one to the next
  bool optional = false;     // if it fails the request goes on without
  bool readiness = false;  // a managed resource: the readiness probe is answered 503 while it is not reached
  ConnectionPool pool;
  bool operator==(const Call&) const = default;
};

// How a process takes messages from a queue: `concurrency` at a time, each as soon as there is one.
struct Consumer {
  api::Symbol from;    // sqs/jobs
  std::string stream;  // "image/IMAGE/consumes"
  Distribution time;   // of one message
  std::int32_t concurrency = 1;
  bool operator==(const Consumer&) const = default;
};

}  // namespace seatrial::cluster
