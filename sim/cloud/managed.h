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
// Parameters, not rules. Defaults: an RDS failover takes 60 s to 120 s (RDS user guide, "Failing over a
// Multi-AZ DB instance"; more with large transactions); the record's TTL is 5 s, as RDS answers. ElastiCache:
// "may take several seconds" (ElastiCache user guide, "Minimizing downtime"): 5 s to 30 s are assumed.
// PostgreSQL on RDS allows LEAST(DBInstanceClassMemory/9531392, 5000) connections: 450 is an instance of 4
// GiB. How long a lost instance without a standby is away is not documented: 5 min to 15 min are assumed.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/distributions.h"
#include "sim/engine/event.h"
#include "sim/engine/time.h"

namespace seatrial::cloud {

enum class ManagedKind : std::uint8_t { kRds, kElastiCache };
std::string_view to_string(ManagedKind kind);  // "rds", "elasticache": as in rds/NAME

struct ManagedConfig {
  ManagedKind kind = ManagedKind::kRds;
  api::Symbol name;     // rds/main
  api::Symbol zone;     // of the primary
  api::Symbol standby;  // the zone of who takes over; empty: nobody does
  Distribution failover = Distribution::uniform(Duration::seconds(60), Duration::seconds(120));
  Distribution recovery = Distribution::uniform(Duration::seconds(300), Duration::seconds(900));
  Distribution connect = Distribution::constant(Duration::millis(20));  // TCP, TLS and login, at the server
  std::int32_t max_connections = 450;
  Duration dns_ttl = Duration::seconds(5);
  api::SourcePosition source;

  static ManagedConfig of(ManagedKind kind);
  bool multi_az() const { return !standby.empty(); }
};

// A time without a primary.
struct Outage {
  SimTime began, ended = SimTime::max();
  JournalId record = JournalId::kNone;     // what took it away
  JournalId recovered = JournalId::kNone;  // the end
};

// A resource in a run. Addresses are numbered: a new primary has the next.
struct ManagedResource {
  ManagedConfig config;
  std::uint32_t address = 0;
  std::int32_t connections = 0;  // open to the present primary
  bool down = false;
  std::vector<Outage> outages;

  bool accepts(std::uint32_t client_address) const { return !down && client_address == address; }
  // The primary goes. REQUIRES: !down.
  void go_down(SimTime now, JournalId record);
  // Another one takes over. REQUIRES: down.
  void come_up(SimTime now, JournalId record);
  // What stands behind an address that does not answer.
  JournalId cause_for(std::uint32_t client_address) const;
};

}  // namespace seatrial::cloud
