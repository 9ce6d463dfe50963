// Managed resources that pods connect to: an RDS instance, an ElastiCache replication group. What clients
// meet of one: a name that leads to an address, connections to it, and what becomes of both when it fails
// over.
//
// The name leads to the address of the primary. A failover takes the primary away, and when it is complete
// the name leads to another address; the old one answers no more. So a client comes back when it has noticed
// that its connections are dead and has asked DNS again. Two ways in which a primary goes: it closes its
// connections (a forced failover, a maintenance), or it falls silent (its host is lost). Without Multi-AZ
// nothing takes over, and a lost instance is back on another host after `recovery`.
//
// An RDS instance may be stopped and started, by a daily schedule or by hand:
//   available → stopping → stopped → starting → available
// One that is stopped for seven days is started by AWS, and again seven days after each start that failed. A
// start asks for a host of its class in its zone (and in the standby's). Where there is none it goes from
// starting to stopping, and is stopped again; nobody tries again before that. That is what RDS reported on
// 2025-10-13: "Insufficient instance capacity for instance type db.t4g.micro in availability zone
// eu-west-2b; putting database instance into stopping". A stopped instance cannot be modified (RDS user
// guide, "Stopping an Amazon RDS DB instance temporarily"), so another class means that its snapshot is
// restored: `fallback_classes`, of a platform that does so by itself. The endpoint's name stays, and leads to
// another address afterwards. Meanwhile nobody listens behind it: connections to it time out.
//
// A host on the internet is here as well, as far as clients meet of it: an address and a port, which do not
// change. It is always there; what fails is the way to it. It takes any number of connections, unless one is
// given.
//
// Ports: PostgreSQL's and Redis's own, unless another is said.
//
// Parameters, not rules. Defaults: an RDS failover takes 60 s to 120 s (RDS user guide, "Failing over a
// Multi-AZ DB instance"; more with large transactions); the record's TTL is 5 s, as RDS answers. ElastiCache:
// "may take several seconds" (ElastiCache user guide, "Minimizing downtime"): 5 s to 30 s are assumed.
// PostgreSQL on RDS allows LEAST(DBInstanceClassMemory/9531392, 5000) connections: 450 is an instance of 4
// GiB. How long a lost instance without a standby is away is not documented: 5 min to 15 min are assumed. Nor
// is how long it takes to stop (1 min to 5 min), to start, whether there is a host or not (3 min to 10 min),
// and to restore a small snapshot (10 min to 30 min): assumed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/api/ip_address.h"
#include "sim/api/meta.h"
#include "sim/cloud/capacity.h"
#include "sim/engine/distributions.h"
#include "sim/engine/event.h"
#include "sim/engine/time.h"

namespace seatrial::cloud {

enum class ManagedKind : std::uint8_t { kRds, kElastiCache, kExternal };
std::string_view to_string(ManagedKind kind);  // "rds", "elasticache", "external": as in rds/NAME

// Each day it is stopped at one time of day and started at another, UTC, since midnight. REQUIRES: they
// differ.
struct DailyStop {
  Duration stop, start;
  // Whether a time lies between a stop and the start after it. Time 0 is midnight.
  bool stopped_at(SimTime time) const;
};
// The next instant after `now` that has this time of day.
SimTime next_time_of_day(SimTime now, Duration time_of_day);

struct ManagedConfig {
  ManagedKind kind = ManagedKind::kRds;
  api::Symbol name;                       // rds/main
  api::Symbol zone;                       // of the primary; empty: it is on the internet …
  std::optional<api::IpAddress> address;  // there; in a zone it need not be said
  std::int32_t port = 443;
  api::Symbol host;     // on the internet: what it is called in DNS
  api::Symbol standby;  // the zone of who takes over; empty: nobody does
  Distribution failover = Distribution::uniform(Duration::seconds(60), Duration::seconds(120));
  Distribution recovery = Distribution::uniform(Duration::seconds(300), Duration::seconds(900));
  Distribution connect = Distribution::constant(Duration::millis(20));  // TCP, TLS and login, at the server
  std::int32_t max_connections = 450;
  Duration dns_ttl = Duration::seconds(5);
  api::Symbol instance_class;                 // db.t4g.micro; empty: nobody runs short of it
  std::vector<api::Symbol> fallback_classes;  // as which it is restored, one after the other
  std::optional<DailyStop> schedule;
  Distribution stopping = Distribution::uniform(Duration::seconds(60), Duration::seconds(300));
  Distribution starting = Distribution::uniform(Duration::seconds(180), Duration::seconds(600));
  Distribution restoring = Distribution::uniform(Duration::seconds(600), Duration::seconds(1800));
  api::SourcePosition source;

  static ManagedConfig of(ManagedKind kind);
  bool multi_az() const { return !standby.empty(); }
  bool is_external() const { return kind == ManagedKind::kExternal; }
};

inline constexpr Duration kLongestStop = Duration::seconds(7LL * 86'400);

// As RDS names them. A failover is no status of its own.
enum class ManagedStatus : std::uint8_t { kAvailable, kStopping, kStopped, kStarting };
std::string_view to_string(ManagedStatus status);

// A time without a primary.
struct Outage {
  SimTime began, ended = SimTime::max();
  JournalId record = JournalId::kNone;     // what took it away
  JournalId recovered = JournalId::kNone;  // the end
  JournalId kept = JournalId::kNone;       // the last start that failed meanwhile
};

// A resource in a run. Addresses are numbered: a new primary has the next.
struct ManagedResource {
  ManagedConfig config;
  std::uint32_t address = 0;
  std::int32_t connections = 0;  // open to the present primary
  bool down = false;
  ManagedStatus status = ManagedStatus::kAvailable;
  std::size_t attempt = 0;    // of a start: which fallback class; 0: its own class
  bool start_failed = false;  // which is why it stops
  std::vector<Outage> outages;
  std::vector<JournalId> failed_starts;  // for want of capacity
  bool may_be_stopped() const { return status == ManagedStatus::kAvailable && !down; }
  // What the present start asks for.
  api::Symbol wanted_class() const {
    return attempt == 0 ? config.instance_class : config.fallback_classes[attempt - 1];
  }
  // The zone that has no host for that; none: one was taken in each that it needs.
  std::optional<api::Symbol> take_hosts(Shortages& shortages, SimTime now) const;

  bool accepts(std::uint32_t client_address) const { return !down && client_address == address; }
  // The primary goes. REQUIRES: !down.
  void go_down(SimTime now, JournalId record);
  // Another one takes over. REQUIRES: down.
  void come_up(SimTime now, JournalId record);
  // The same one is there again, at a new address, of the class that it was started as. REQUIRES: down.
  void started(SimTime now, JournalId record);
  // What stands behind an address that does not answer.
  JournalId cause_for(std::uint32_t client_address) const;
};

}  // namespace seatrial::cloud
