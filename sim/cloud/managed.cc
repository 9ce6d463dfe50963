#include "sim/cloud/managed.h"

#include <array>
#include <limits>
#include <utility>

#include "sim/engine/check.h"

namespace seatrial::cloud {

std::string_view to_string(ManagedKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"rds", "elasticache", "external"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(ManagedStatus status) {
  constexpr std::array<std::string_view, 4> kNames{"available", "stopping", "stopped", "starting"};
  return kNames[static_cast<std::size_t>(status)];
}

namespace {

constexpr Duration kDay = Duration::seconds(86'400);

Duration time_of_day(SimTime time) {
  const Duration since = time.since_start() % kDay;
  return since < Duration() ? since + kDay : since;
}

}  // namespace

bool DailyStop::stopped_at(SimTime time) const {
  const Duration now = time_of_day(time);
  return stop < start ? stop <= now && now < start : stop <= now || now < start;
}

SimTime next_time_of_day(SimTime now, Duration wanted) {
  const Duration wait = wanted - time_of_day(now);
  return now + (wait > Duration() ? wait : wait + kDay);
}

ManagedConfig ManagedConfig::of(ManagedKind kind) {
  ManagedConfig config;
  config.kind = kind;
  constexpr std::int32_t kPostgres = 5432, kRedis = 6379;
  if (kind == ManagedKind::kRds) {
    config.port = kPostgres;
    return config;
  }
  if (kind == ManagedKind::kExternal) {
    config.max_connections = std::numeric_limits<std::int32_t>::max();
    return config;
  }
  config.port = kRedis;
  config.failover = Distribution::uniform(Duration::seconds(5), Duration::seconds(30));
  config.connect = Distribution::constant(Duration::millis(2));
  config.max_connections = 65'000;  // Redis' maxclients on ElastiCache
  return config;
}

void ManagedResource::go_down(SimTime now, JournalId record) {
  CHECK(!down);
  down = true;
  connections = 0;
  outages.push_back({now, SimTime::max(), record, JournalId::kNone, JournalId::kNone});
}

void ManagedResource::come_up(SimTime now, JournalId record) {
  started(now, record);
  if (config.multi_az()) std::swap(config.zone, config.standby);
}

void ManagedResource::started(SimTime now, JournalId record) {
  CHECK(down);
  down = false;
  ++address;
  outages.back().ended = now;
  outages.back().recovered = record;
  if (attempt > 0) std::swap(config.instance_class, config.fallback_classes[attempt - 1]);
  attempt = 0;
}

std::optional<api::Symbol> ManagedResource::take_hosts(Shortages& shortages, SimTime now) const {
  if (config.instance_class.empty()) return std::nullopt;
  std::vector<api::Symbol> zones{config.zone};
  if (config.multi_az()) zones.push_back(config.standby);
  for (const api::Symbol zone : zones)
    if (!has_capacity(shortages, zone, wanted_class(), now)) return zone;
  for (const api::Symbol zone : zones) take_instance(shortages, zone, wanted_class(), now);
  return std::nullopt;
}

JournalId ManagedResource::cause_for(std::uint32_t client_address) const {
  if (accepts(client_address) || outages.empty()) return JournalId::kNone;
  const Outage& last = outages.back();
  return !down ? last.recovered : last.kept != JournalId::kNone ? last.kept : last.record;
}

}  // namespace seatrial::cloud
