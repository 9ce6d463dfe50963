#include "sim/cloud/managed.h"

#include <utility>

#include "sim/engine/check.h"

namespace seatrial::cloud {

std::string_view to_string(ManagedKind kind) { return kind == ManagedKind::kRds ? "rds" : "elasticache"; }

ManagedConfig ManagedConfig::of(ManagedKind kind) {
  ManagedConfig config;
  config.kind = kind;
  if (kind == ManagedKind::kRds) return config;
  config.failover = Distribution::uniform(Duration::seconds(5), Duration::seconds(30));
  config.connect = Distribution::constant(Duration::millis(2));
  config.max_connections = 65'000;  // Redis' maxclients on ElastiCache
  return config;
}

void ManagedResource::go_down(SimTime now, JournalId record) {
  CHECK(!down);
  down = true;
  connections = 0;
  outages.push_back({now, SimTime::max(), record, JournalId::kNone});
}

void ManagedResource::come_up(SimTime now, JournalId record) {
  CHECK(down);
  down = false;
  ++address;
  if (config.multi_az()) std::swap(config.zone, config.standby);
  outages.back().ended = now;
  outages.back().recovered = record;
}

JournalId ManagedResource::cause_for(std::uint32_t client_address) const {
  if (accepts(client_address) || outages.empty()) return JournalId::kNone;
  return down ? outages.back().record : outages.back().recovered;
}

}  // namespace seatrial::cloud
