#include "sim/scenario/external_dns.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/scenario/scenario_event.h"

namespace seatrial::scenario {
namespace {

using cloud::DnsAction;
using cloud::DnsChange;
using cloud::DnsRecord;
using cluster::RecordType;

constexpr std::size_t kNamesSaid = 3;

Duration phase_in(RandomStream& draws, Duration interval) {
  return Duration::nanos(
      static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(interval.count()))));
}

// "a.example, b.example and 3 more"
std::string names_of(const std::vector<DnsChange>& changes) {
  std::set<std::string> names;
  for (const DnsChange& change : changes) names.insert(change.record.name);
  std::string text;
  std::size_t said = 0;
  for (const std::string& name : names) {
    if (said == kNamesSaid) break;
    text += (said++ == 0 ? "" : ", ") + name;
  }
  return names.size() > said ? fmt::format("{} and {} more", text, names.size() - said) : text;
}

std::string record_text(const DnsChange& change) {
  const DnsRecord& record = change.record;
  const std::string which = record.set_identifier.empty() ? "" : " (" + record.set_identifier + ")";
  if (change.action == DnsAction::kDelete)
    return fmt::format("DNS: {}{} has no record any more", record.name, which);
  return fmt::format("DNS: {}{} leads to {}", record.name, which, record.target);
}

// Could one of them change what DNS answers for the host?
bool concern(const std::vector<DnsChange>& changes, const std::string& host) {
  return std::ranges::any_of(
      changes, [&](const DnsChange& change) { return cloud::may_answer(change.record.name, host); });
}

// The load balancer that its class leads to.
std::optional<WayIn> way_asked_for(const Platform& platform, const api::Object& object) {
  if (object.kind == api::Kind::kIngress)
    return way_of_class(platform, static_cast<const api::Ingress&>(object).ingress_class_name);
  return way_of_service(platform, static_cast<const api::Service&>(object));
}

std::vector<std::vector<DnsChange>> by_name(const std::vector<DnsChange>& changes) {
  std::map<std::string, std::vector<DnsChange>> groups;
  for (const DnsChange& change : changes) groups[change.record.name].push_back(change);
  std::vector<std::vector<DnsChange>> list;
  for (auto& [name, group] : groups) list.push_back(std::move(group));
  return list;
}

}  // namespace

ExternalDns::ExternalDns(const Kernel& kernel, const Platform& platform)
    : draws_(kernel.stream("external-dns")), start_(kernel.now()), served_last_(kernel.now()) {
  if (!platform.external_dns) return;
  look_phase_ = phase_in(draws_, platform.external_dns->interval);
  for (std::size_t i = 0; i < platform.ingress_controllers.size(); ++i)
    status_phases_.push_back(phase_in(draws_, platform.external_dns->ingress_status));
  status_due_.resize(status_phases_.size());
}

// After now.
SimTime ExternalDns::next(const Kernel& kernel, Duration phase, Duration interval) const {
  const Duration gone = kernel.now() - start_ - phase;
  const std::int64_t looks = gone < Duration() ? 0 : gone / interval + 1;
  return start_ + phase + interval * looks;
}

void ExternalDns::schedule_look(Kernel& kernel, const ExternalDnsConfig& config) {
  if (look_due_) return;
  look_due_ = true;
  kernel.at(next(kernel, look_phase_, config.interval), make_scenario_event(kLook, 0));
}

JournalId ExternalDns::cause_of(const std::string& resource) const {
  const auto found = causes_.find(resource);
  return found == causes_.end() ? JournalId::kNone : found->second;
}

// Notes what the object asks for, with the load balancer that its class leads to. Is it something else than
// before?
bool ExternalDns::asks_anew(const Platform& platform, const api::Object& object, bool gone) {
  const bool ingress = object.kind == api::Kind::kIngress;
  std::vector<DnsRecord> now;
  if (!gone && (ingress || !balanced_host(object).empty())) {
    const auto way = way_asked_for(platform, object);
    now = cloud::wanted_records(object, way ? name_of(platform, *way).str() : "",
                                platform.external_dns->records);
  }
  std::vector<DnsRecord>& known = asked_[cloud::dns_resource(object)];
  if (known == now) return false;
  known = std::move(now);
  return true;
}

std::vector<DnsRecord> ExternalDns::wanted(const SimulatedCluster& cluster, const Platform& platform) const {
  std::vector<DnsRecord> all;
  const auto add = [&](const api::Object& object, const std::string& target) {
    std::ranges::move(cloud::wanted_records(object, target, platform.external_dns->records),
                      std::back_inserter(all));
  };
  for (const api::ObjectPtr& object : cluster.store().list(api::Kind::kIngress)) {
    const auto status = status_.find(cloud::dns_resource(*object));
    if (status != status_.end()) add(*object, status->second);
  }
  for (const api::ObjectPtr& object : cluster.store().list(api::Kind::kService)) {
    if (balanced_host(*object).empty()) continue;
    if (const auto way = way_asked_for(platform, *object)) add(*object, name_of(platform, *way).str());
  }
  return all;
}

void ExternalDns::begin(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes) {
  const Platform& platform = scenario.platform;
  if (!platform.external_dns) return;
  for (const api::Kind kind : {api::Kind::kIngress, api::Kind::kService})
    for (const api::ObjectPtr& object : cluster.store().list(kind)) asks_anew(platform, *object, false);
  for (const WayIn way : ways_in(platform)) write_status(cluster, platform, way);
  for (const auto& group : by_name(cloud::plan_changes({}, wanted(cluster, platform), {})))
    if (!cloud::refusal_of(zone_, group)) cloud::make_changes(zone_, group);
  served_ = zone_;
  for (std::uint32_t i = 0; i < scenario.load.size(); ++i) {
    const Load& load = scenario.load[i];
    if (!looks_up(scenario, load)) continue;
    const auto index = static_cast<traffic::LoadIndex>(i);
    const std::uint64_t key = cluster.kernel().stream("load/" + load.name.str() + "/resolvers").next_u64();
    cluster.traffic().resolve_host(
        index, {platform.external_dns->ttl, platform.external_dns->negative_ttl, key, traffic::NameAnswer()});
    routes.begin_ways(cluster, scenario, i);
    traffic::NameAnswer first = answer(cluster, scenario, routes, i);
    if (first.ways.empty())
      first.record = cluster::record_words(cluster.kernel(), RecordType::kDnsRecord,
                                           "DNS: " + load.to.host + " has no record", JournalId::kNone);
    cluster.traffic().answer_changed(index, std::move(first));
  }
  if (!cloud::plan_changes(zone_, wanted(cluster, platform), platform.external_dns->policy).empty())
    schedule_look(cluster.kernel(), *platform.external_dns);
}

void ExternalDns::on_commit(SimulatedCluster& cluster, const Scenario& scenario,
                            const cluster::WatchEvent& change) {
  const Platform& platform = scenario.platform;
  const api::Kind kind = change.object->kind;
  if (!platform.external_dns || (kind != api::Kind::kIngress && kind != api::Kind::kService)) return;
  const std::string resource = cloud::dns_resource(*change.object);
  const bool gone = change.type == cluster::ChangeType::kDeleted;
  if (asks_anew(platform, *change.object, gone)) causes_[resource] = change.cause;
  if (gone) {
    status_.erase(resource);
  } else if (kind == api::Kind::kIngress) {
    const auto way = way_asked_for(platform, *change.object);
    if (way && way->balancer) {
      status_[resource] = name_of(platform, *way).str();
    } else if (way && !status_due_[way->index]) {
      status_due_[way->index] = true;
      cluster.kernel().at(
          next(cluster.kernel(), status_phases_[way->index], platform.external_dns->ingress_status),
          make_scenario_event(kStatus, way->index));
    }
  }
  schedule_look(cluster.kernel(), *platform.external_dns);
}

// Into those of its class.
void ExternalDns::write_status(const SimulatedCluster& cluster, const Platform& platform, WayIn way) {
  for (const api::ObjectPtr& object : cluster.store().list(api::Kind::kIngress))
    if (way_asked_for(platform, *object) == way)
      status_[cloud::dns_resource(*object)] = name_of(platform, way).str();
}

void ExternalDns::look(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes) {
  const ExternalDnsConfig& config = *scenario.platform.external_dns;
  look_due_ = false;
  const std::vector<DnsRecord> asked = wanted(cluster, scenario.platform);
  cloud::take_over(zone_, asked);
  const auto changes = cloud::plan_changes(zone_, asked, config.policy);
  std::erase_if(held_up_,
                [&](const auto& held) { return !concern(changes, scenario.load[held.first].to.host); });
  bool all = true;
  for (const auto& batch : cloud::batches_of(changes, static_cast<std::size_t>(config.batch_size)))
    all = submit(cluster, scenario, routes, batch) && all;
  if (!all) schedule_look(cluster.kernel(), config);
}

// Whether Route 53 has made all of it.
bool ExternalDns::submit(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes,
                         const std::vector<DnsChange>& batch) {
  const auto refusal = cloud::refusal_of(zone_, batch);
  if (!refusal) {
    accept(cluster, scenario, batch);
    return true;
  }
  const auto groups = by_name(batch);
  if (scenario.platform.external_dns->retry_one_by_one && groups.size() > 1) {
    for (const auto& group : groups) submit(cluster, scenario, routes, group);
    return false;
  }
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(RecordType::kDnsRefused);
  record.cause = cause_of(refusal->record.resource);
  record.value = static_cast<std::int64_t>(refusal->fault);
  record.other = static_cast<std::uint32_t>(groups.size());
  record.text =
      cluster.kernel().journal().text(fmt::format("Route 53 refuses the changes of {}: {} ({})",
                                                  names_of(batch), refusal->str(), refusal->record.resource));
  hold_up(cluster, scenario, routes, batch, cluster.kernel().record(record));
  return false;
}

void ExternalDns::hold_up(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes,
                          const std::vector<DnsChange>& changes, JournalId refusal) {
  for (std::uint32_t i = 0; i < scenario.load.size(); ++i) {
    const Load& concerned = scenario.load[i];
    if (!looks_up(scenario, concerned) || !concern(changes, concerned.to.host)) continue;
    const JournalId first = held_up_.emplace(i, refusal).first->second;
    const auto load = static_cast<traffic::LoadIndex>(i);
    if (cluster.traffic().copies(load)->latest().ways.empty()) cluster.traffic().explain_absence(load, first);
    routes.explain_left(cluster, i, first);
  }
}

void ExternalDns::accept(SimulatedCluster& cluster, const Scenario& scenario,
                         std::vector<DnsChange> changes) {
  cloud::make_changes(zone_, changes);
  Accepted accepted;
  for (const DnsChange& change : changes) accepted.causes.push_back(cause_of(change.record.resource));
  std::erase_if(held_up_,
                [&](const auto& held) { return concern(changes, scenario.load[held.first].to.host); });
  accepted.changes = std::move(changes);
  accepted_.push_back(std::move(accepted));
  const Duration takes = scenario.platform.external_dns->propagation.sample(draws_);
  served_last_ = std::max(served_last_, cluster.kernel().now() + takes);
  cluster.kernel().at(served_last_, make_scenario_event(kServed, 0));
}

traffic::NameAnswer ExternalDns::answer(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes,
                                        std::uint32_t load) const {
  traffic::NameAnswer answer;
  answer.from = cluster.kernel().now();
  const auto records = cloud::records_for(served_, scenario.load[load].to.host);
  const std::vector<std::uint64_t> shares = cloud::shares_of(records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto way = way_called(scenario.platform, records[i]->target);
    if (way && shares[i] > 0 && records[i]->ttl)
      answer.ttl = std::max(answer.ttl.value_or(Duration()), *records[i]->ttl);
    if (way && shares[i] > 0) answer.ways.emplace_back(routes.way(cluster, scenario, load, *way), shares[i]);
  }
  return answer;
}

// The servers answer as the next of what was accepted says.
void ExternalDns::serve(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes) {
  const Accepted accepted = std::move(accepted_.front());
  accepted_.pop_front();
  cloud::make_changes(served_, accepted.changes);
  std::vector<JournalId> records;
  for (std::size_t i = 0; i < accepted.changes.size(); ++i) {
    JournalRecord record{};
    record.type = static_cast<std::uint16_t>(RecordType::kDnsRecord);
    record.cause = accepted.causes[i];
    record.value = accepted.changes[i].action == DnsAction::kDelete ? 0 : 1;
    record.text = cluster.kernel().journal().text(record_text(accepted.changes[i]));
    records.push_back(cluster.kernel().record(record));
  }
  for (std::uint32_t i = 0; i < scenario.load.size(); ++i) {
    if (!looks_up(scenario, scenario.load[i])) continue;
    const auto load = static_cast<traffic::LoadIndex>(i);
    traffic::NameAnswer now = answer(cluster, scenario, routes, i);
    const traffic::NameAnswer& latest = cluster.traffic().copies(load)->latest();
    if (now.ways == latest.ways && now.ttl == latest.ttl) continue;
    for (std::size_t j = 0; j < records.size(); ++j)
      if (cloud::may_answer(accepted.changes[j].record.name, scenario.load[i].to.host))
        now.record = records[j];
    if (const auto held = held_up_.find(i); held != held_up_.end() && now.ways.empty())
      now.record = held->second;
    cluster.traffic().answer_changed(load, std::move(now));
  }
}

void ExternalDns::delete_records(SimulatedCluster& cluster, const Scenario& scenario,
                                 const std::vector<std::string>& names, JournalId cause) {
  std::vector<DnsChange> changes;
  for (const auto& [key, record] : zone_) {
    if (std::ranges::find(names, record.name) == names.end()) continue;
    changes.push_back({DnsAction::kDelete, record});
    causes_[record.resource] = cause;
  }
  for (const std::string& name : names)
    if (std::ranges::none_of(zone_, [&](const auto& row) { return row.second.name == name; }))
      cluster::record_words(cluster.kernel(), RecordType::kSaid,
                            "DNS: " + name + " has no record that could be deleted", cause);
  if (changes.empty()) return;
  accept(cluster, scenario, std::move(changes));
  schedule_look(cluster.kernel(), *scenario.platform.external_dns);
}

void ExternalDns::handle(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes,
                         const Event& event) {
  if (event.type == kLook) return look(cluster, scenario, routes);
  if (event.type == kServed) return serve(cluster, scenario, routes);
  status_due_[event.subject] = false;
  write_status(cluster, scenario.platform, {false, event.subject});
  schedule_look(cluster.kernel(), *scenario.platform.external_dns);
}

}  // namespace seatrial::scenario
