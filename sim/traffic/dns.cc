#include "sim/traffic/dns.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cluster/journal_types.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {
namespace {

constexpr int kFamilies = 2;  // A and AAAA

std::uint8_t all_open(const network::ResolvConf& conf) { return conf.ipv6 ? 3 : 1; }

// What the resolver hears of; it waits for the others.
bool refused_at_once(Outcome outcome) {
  return outcome == Outcome::kConnectRefused || outcome == Outcome::kNoEndpoints;
}

template <class Key>
bool kept(const std::map<Key, SimTime>& until, const Key& key, SimTime now) {
  const auto found = until.find(key);
  return found != until.end() && found->second > now;
}

}  // namespace

Dns::Dns(DnsConfig dns, LoadIndex queries, RandomStream stream)
    : config(std::move(dns)), load(queries), upstream_stream(stream) {
  confs.push_back(network::resolv_conf({}, "default", config.cluster));
}

std::uint16_t Dns::name_index(DnsName name) {
  const auto known = std::ranges::find(names, name);
  const auto index = static_cast<std::uint16_t>(known - names.begin());
  if (known == names.end()) names.push_back(std::move(name));
  return index;
}

std::uint16_t Dns::plan_for(api::PodKey pod, std::uint16_t name) {
  const std::uint16_t conf = pod.index < pods.size() ? pods[pod.index].conf : std::uint16_t{0};
  const auto [at, is_new] = plan_of.try_emplace({conf, name}, static_cast<std::uint16_t>(plans.size()));
  if (!is_new) return at->second;
  LookupPlan plan;
  plan.conf = conf;
  plan.name = name;
  const auto name_of = [&](const std::string& full) {
    const auto id = questions.try_emplace(full, static_cast<std::uint32_t>(questions.size())).first->second;
    return LookupPlan::Name{id, !network::is_within(full, config.cluster.domain)};
  };
  const auto is_found = [&](const std::string& full, LookupPlan::Name asked) {
    // The node's own server knows nothing of the cluster's names.
    return full == names[name].full && (confs[conf].cluster || asked.forwarded);
  };
  const std::vector<std::string> all = network::names_to_ask(confs[conf], names[name].written);
  for (const std::string& full : all) {
    plan.names.push_back(name_of(full));
    plan.found = is_found(full, plan.names.back());
    if (plan.found) break;
  }
  if (all.size() > 1 && all.back() == names[name].written) {
    plan.as_is = name_of(all.back());
    plan.as_is_found = is_found(all.back(), *plan.as_is);
  }
  plans.push_back(std::move(plan));
  return at->second;
}

// --- Set up

void Traffic::use_dns(const Kernel& kernel, DnsConfig config, LoadIndex queries) {
  dns_.emplace(std::move(config), queries, kernel.stream("dns/upstream"));
  loads_[queries].datagram = true;
}

void Traffic::call_by_name(LoadIndex load, DnsName name) {
  dns_->load_names[load] = dns_->name_index(std::move(name));
  loads_[load].by_name = true;
}

void Traffic::name_resource(ResourceIndex resource, DnsName name) {
  if (resource >= dns_->resource_names.size()) dns_->resource_names.resize(resource + std::size_t{1});
  dns_->resource_names[resource] = dns_->name_index(std::move(name));
}

void Traffic::set_resolver(api::PodKey pod, const network::ResolvConf& conf, api::Symbol node) {
  if (pod.index >= dns_->pods.size()) dns_->pods.resize(pod.index + std::size_t{1});
  const auto known = std::ranges::find(dns_->confs, conf);
  Dns::Pod& mine = dns_->pods[pod.index];
  mine.conf = static_cast<std::uint16_t>(known - dns_->confs.begin());
  mine.node = node;
  mine.known = true;
  if (known == dns_->confs.end()) dns_->confs.push_back(conf);
}

// A process begins: it knows no name yet, and serves none from before.
void Traffic::forget_names(api::PodKey pod, Duration cache) {
  if (pod.index >= dns_->pods.size()) dns_->pods.resize(pod.index + std::size_t{1});
  dns_->pods[pod.index].cache = cache;
  for (auto* const keeps : {&dns_->servers_keep, &dns_->processes_keep})
    keeps->erase(keeps->lower_bound({pod.index, 0}), keeps->lower_bound({pod.index + 1, 0}));
}

void Traffic::set_sender(Slot slot, api::PodKey pod) {
  if (slot >= senders_.size()) senders_.resize(slot + std::size_t{1});
  senders_[slot] = pod;
}

void Traffic::set_asked(Slot slot, Dns::Asked asked) {
  if (slot >= dns_->asked.size()) dns_->asked.resize(slot + std::size_t{1});
  dns_->asked[slot] = asked;
}

// The rest of a request, or of a query that somebody waits for, goes on in another slot.
void Traffic::move_sender(Slot from, Slot to) {
  if (from < senders_.size()) set_sender(to, senders_[from]);
  const Request& r = requests_[to];
  if (!loads_[r.load].datagram) return;
  set_asked(to, dns_->asked[from]);
  if (r.caller == kNoSlot) return;
  Lookup::Query& query = dns_->lookups[r.caller / kFamilies].queries[r.caller % kFamilies];
  if (query.request == r.id) query.slot = to;
}

// --- A look-up

void Traffic::resolve(Kernel& kernel, Slot slot) {
  Request& r = requests_[slot];
  const api::PodKey pod = senders_[slot];
  const std::uint16_t plan = dns_->plan_for(pod, dns_->load_names.at(r.load));
  if (kept(dns_->processes_keep, {pod.index, plan}, kernel.now()))
    return set_out(kernel, slot, JournalId::kNone);
  r.state = RequestState::kResolving;
  start_lookup(kernel, Lookup::For::kRequest, pod, plan, slot, r.generation);
}

void Traffic::start_lookup(Kernel& kernel, Lookup::For whom, api::PodKey pod, std::uint16_t plan,
                           std::uint32_t waiter, std::uint32_t waiter_generation) {
  auto index = static_cast<std::uint32_t>(dns_->lookups.size());
  if (dns_->free.empty()) {
    dns_->lookups.emplace_back();
  } else {
    index = dns_->free.back();
    dns_->free.pop_back();
  }
  Lookup& lookup = dns_->lookups[index];
  const std::uint32_t generation = lookup.generation;
  lookup = Lookup();
  lookup.generation = generation;
  lookup.whom = whom;
  lookup.pod = pod;
  lookup.plan = plan;
  lookup.waiter = waiter;
  lookup.waiter_generation = waiter_generation;
  lookup.open = all_open(dns_->confs[dns_->plans[plan].conf]);
  ask(kernel, index);
}

Event Traffic::lookup_event_of(EventType type, std::uint32_t index, std::uint16_t aux) const {
  Event e;
  e.component = kTrafficComponent;
  e.type = static_cast<std::uint8_t>(type);
  e.subject = index;
  e.payload = dns_->lookups[index].generation;
  e.aux = aux;
  return e;
}

// What is not answered yet of the name at hand.
void Traffic::ask(Kernel& kernel, std::uint32_t index) {
  const Lookup& lookup = dns_->lookups[index];
  const LookupPlan& plan = dns_->plans[lookup.plan];
  const network::ResolvConf& conf = dns_->confs[plan.conf];
  ++dns_->lookups[index].generation;
  kernel.after(conf.timeout, lookup_event_of(EventType::kLookupTimeout, index));
  const std::uint8_t open = lookup.open;
  const std::uint32_t question = plan.at(lookup.name).question * kFamilies;
  const api::Symbol node =
      lookup.pod.index < dns_->pods.size() ? dns_->pods[lookup.pod.index].node : api::Symbol();
  for (std::uint16_t family = 0; family < kFamilies; ++family) {
    if ((open & (1u << family)) == 0) continue;
    const Event answered = lookup_event_of(EventType::kAnswered, index, family);
    if (!conf.cluster)
      kernel.after(dns_->config.upstream.sample(dns_->upstream_stream), answered);
    else if (dns_->config.node_cache && kept(dns_->nodes_keep, {node, question + family}, kernel.now()))
      kernel.after(Duration(), answered);
    else
      send_query(kernel, index, family);
  }
}

void Traffic::send_query(Kernel& kernel, std::uint32_t index, std::uint16_t family) {
  const Slot slot = begin_request(kernel, dns_->load);
  Lookup& lookup = dns_->lookups[index];
  Request& r = requests_[slot];
  r.caller = index * kFamilies + family;
  r.place = server_of(lookup.pod).place;
  if (lookup.pod.index < dns_->pods.size()) r.origin = dns_->pods[lookup.pod.index].origin;
  lookup.queries[family] = {r.id, slot};
  const LookupPlan& plan = dns_->plans[lookup.plan];
  const LookupPlan::Name& name = plan.at(lookup.name);
  set_asked(slot, {name.question * kFamilies + family, name.forwarded, dns_->confs[plan.conf].timeout});
  start_attempt(kernel, slot);
}

// A query has ended, if anybody still waits for it.
void Traffic::query_ended(Kernel& kernel, Slot slot, std::uint32_t caller, Outcome outcome, SimTime at) {
  const std::uint32_t index = caller / kFamilies;
  const std::uint16_t family = caller % kFamilies;
  Lookup& lookup = dns_->lookups[index];
  if (lookup.queries[family].request != requests_[slot].id) return;
  lookup.queries[family] = {};
  if (outcome == Outcome::kOk) return kernel.at(at, lookup_event_of(EventType::kAnswered, index, family));
  lookup.failure = record_behind(requests_[slot], outcome);
  if (refused_at_once(outcome)) kernel.at(at, lookup_event_of(EventType::kQueryRefused, index));
}

void Traffic::lookup_event(Kernel& kernel, const Event& event) {
  if (event.payload != dns_->lookups[event.subject].generation) return;
  Lookup& lookup = dns_->lookups[event.subject];
  if (static_cast<EventType>(event.type) == EventType::kLookupTimeout) lookup.silent = true;
  if (static_cast<EventType>(event.type) != EventType::kAnswered) return ask_again(kernel, event.subject);
  const LookupPlan& plan = dns_->plans[lookup.plan];
  lookup.open = static_cast<std::uint8_t>(lookup.open & ~(1u << event.aux));
  if (dns_->config.node_cache && dns_->confs[plan.conf].cluster && lookup.pod.index < dns_->pods.size()) {
    const std::uint32_t question = plan.at(lookup.name).question * kFamilies + event.aux;
    SimTime& until = dns_->nodes_keep[{dns_->pods[lookup.pod.index].node, question}];
    if (until <= kernel.now()) until = kernel.now() + *dns_->config.node_cache;
  }
  if (lookup.open != 0) return;
  if (lookup.name == plan.names.size()) return looked_up(kernel, event.subject, plan.as_is_found, false);
  if (++lookup.name == plan.names.size()) return looked_up(kernel, event.subject, plan.found, true);
  ask_next(kernel, event.subject);
}

// Nobody waits for these answers any more; the servers do not know that.
void Traffic::ask_again(Kernel& kernel, std::uint32_t index) {
  for (std::size_t family = 0; family < kFamilies; ++family) {
    const Lookup::Query query = std::exchange(dns_->lookups[index].queries[family], {});
    if (query.request == Lookup::kNoRequest) continue;
    dns_->lookups[index].failure = record_behind(requests_[query.slot], Outcome::kClientTimeout);
    client_gives_up(kernel, query.slot);
  }
  Lookup& lookup = dns_->lookups[index];
  const LookupPlan& plan = dns_->plans[lookup.plan];
  if (++lookup.attempt < dns_->confs[plan.conf].attempts) return ask(kernel, index);
  const bool goes_on = lookup.silent && plan.as_is && plan.at(lookup.name).question != plan.as_is->question;
  if (!goes_on) return looked_up(kernel, index, false, false);
  lookup.name = static_cast<std::uint16_t>(plan.names.size());
  ask_next(kernel, index);
}

void Traffic::ask_next(Kernel& kernel, std::uint32_t index) {
  Lookup& lookup = dns_->lookups[index];
  lookup.attempt = 0;
  lookup.silent = false;
  lookup.tracked = false;
  lookup.open = all_open(dns_->confs[dns_->plans[lookup.plan].conf]);
  ask(kernel, index);
}

// `answered`: each of its names was, and none of them exists if it is not found.
void Traffic::looked_up(Kernel& kernel, std::uint32_t index, bool found, bool answered) {
  const Lookup lookup = std::exchange(dns_->lookups[index], Lookup());
  dns_->lookups[index].generation = lookup.generation + 1;
  dns_->free.push_back(index);
  ++dns_->lookups_ended;
  dns_->lookups_failed += found ? 0 : 1;
  const std::string_view why = answered ? "there is no such name" : "no DNS server answers";
  JournalId trouble = JournalId::kNone;
  if (!found) trouble = note_unresolved(kernel, lookup.pod, lookup.plan, lookup.failure, why);
  if (found && lookup.pod.index < dns_->pods.size()) {
    const Duration cache = dns_->pods[lookup.pod.index].cache;
    if (cache > Duration()) dns_->processes_keep[{lookup.pod.index, lookup.plan}] = kernel.now() + cache;
  }
  if (lookup.whom == Lookup::For::kPool)
    return pool_resolved(kernel, lookup.pod, lookup.waiter, lookup.waiter_generation, trouble);
  Request& r = requests_[lookup.waiter];
  if (r.generation != lookup.waiter_generation || r.state != RequestState::kResolving) return;
  if (found) return set_out(kernel, lookup.waiter, JournalId::kNone);
  r.blocked = trouble;
  r.state = RequestState::kFailing;
  attempt_failed(kernel, lookup.waiter, Outcome::kNotResolved);
}

// A pod says so of a name once in a while, not for each look-up.
JournalId Traffic::note_unresolved(Kernel& kernel, api::PodKey pod, std::uint16_t plan, JournalId cause,
                                   std::string_view why) {
  constexpr Duration kOften = Duration::seconds(10);
  Dns::Trouble& mine = dns_->troubles[{pod.index, plan}];
  if (mine.record != JournalId::kNone && kernel.now() - mine.told < kOften) return mine.record;
  const LookupPlan& asked = dns_->plans[plan];
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(cluster::RecordType::kCannotResolve);
  record.cause = cause;
  record.subject_kind = static_cast<std::uint8_t>(api::Kind::kPod);
  record.subject = pod.index;
  record.value = dns_->queries_of(asked);
  record.text = kernel.journal().text(fmt::format("{}: {}", dns_->names[asked.name].written, why));
  mine = {kernel.record(record), kernel.now()};
  return mine.record;
}

// Why whoever asks for an address has none yet.
JournalId Traffic::unanswered(Kernel& kernel, api::PodKey pod, std::uint16_t plan, const Lookup& asked) {
  JournalId failure = JournalId::kNone;
  for (const Lookup& lookup : dns_->lookups) {
    const bool is_it = lookup.whom == asked.whom && lookup.waiter == asked.waiter &&
                       lookup.waiter_generation == asked.waiter_generation && lookup.pod == pod;
    if (!is_it) continue;
    failure = lookup.failure;
    for (const Lookup::Query& query : lookup.queries)
      if (failure == JournalId::kNone && query.request != Lookup::kNoRequest)
        failure = requests_[query.slot].blocked;
  }
  return note_unresolved(kernel, pod, plan, failure, "no DNS server has answered in time");
}

JournalId Traffic::resolving_since(Kernel& kernel, Slot slot) {
  const api::PodKey pod = senders_[slot];
  Lookup asked;
  asked.whom = Lookup::For::kRequest;
  asked.waiter = slot;
  asked.waiter_generation = requests_[slot].generation;
  return unanswered(kernel, pod, dns_->plan_for(pod, dns_->load_names.at(requests_[slot].load)), asked);
}

JournalId Traffic::pool_resolves_since(Kernel& kernel, api::PodKey pod, std::uint32_t call) {
  const PodCalls& mine = calls_.pods[pod.index];
  Lookup asked;
  asked.whom = Lookup::For::kPool;
  asked.waiter = call;
  asked.waiter_generation = mine.generation;
  const ResourceIndex resource = calls_.plans[mine.plan].targets[call];
  return unanswered(kernel, pod, dns_->plan_for(pod, dns_->resource_names.at(resource)), asked);
}

// The first packet of a name takes an entry; the others go from the same socket.
bool Traffic::track_query(Kernel& kernel, Request& r) {
  if (r.caller == kNoSlot) return true;
  Lookup& lookup = dns_->lookups[r.caller / kFamilies];
  if (lookup.tracked) return true;
  const Conntrack::NodeIndex from = conntrack_->node_of(lookup.pod), to = conntrack_->node_of(r.pod);
  r.blocked = enter_table(kernel, from, lookup.pod.index, true);
  if (r.blocked == JournalId::kNone && from != to)
    r.blocked = enter_table(kernel, to, lookup.pod.index, true);
  lookup.tracked = r.blocked == JournalId::kNone;
  return lookup.tracked;
}

// --- A server

// Its process has ended with the query: the asker hears nothing.
void Traffic::drop_query(Slot slot, JournalId cause) {
  Request& r = requests_[slot];
  ++r.generation;
  r.state = RequestState::kFailing;
  r.blocked = cause;
}

Duration Traffic::forwarding(Kernel& kernel, Slot slot) {
  const Dns::Asked& asked = dns_->asked[slot];
  if (!asked.forwarded) return {};
  const std::pair key{requests_[slot].pod.index, asked.question};
  if (kept(dns_->servers_keep, key, kernel.now())) return {};
  const DnsConfig& config = dns_->config;
  Dns::Upstream& upstream = dns_->upstreams[key.first];
  const std::int64_t second = kernel.now().since_start() / Duration::seconds(1);
  if (std::exchange(upstream.second, second) != second) upstream.packets = 0;
  if (config.upstream_limit > 0 && ++upstream.packets > config.upstream_limit)
    return std::max(kForwardGivesUp, asked.timeout);
  const Duration time = config.upstream.sample(dns_->upstream_stream);
  dns_->servers_keep[key] = kernel.now() + time + config.cache_ttl;
  return time;
}

// --- Pools of managed resources

// What it knows is out of date: it connects when it has asked.
void Traffic::resolve_for_pool(Kernel& kernel, api::PodKey pod, std::uint32_t call) {
  PodCalls& mine = calls_.pods[pod.index];
  mine.pools[call].resolving = true;
  const ResourceIndex resource = calls_.plans[mine.plan].targets[call];
  const std::uint16_t plan = dns_->plan_for(pod, dns_->resource_names.at(resource));
  start_lookup(kernel, Lookup::For::kPool, pod, plan, call, mine.generation);
}

void Traffic::pool_resolved(Kernel& kernel, api::PodKey pod, std::uint32_t call, std::uint32_t generation,
                            JournalId trouble) {
  PodCalls& mine = calls_.pods[pod.index];
  if (mine.generation != generation) return;
  mine.pools[call].resolving = false;
  if (trouble == JournalId::kNone) return open_connections(kernel, pod, call, true);
  note_trouble(kernel, pod, call, trouble, kUnresolved);
  if (!calls_.plans[mine.plan].calls[call].pool.keep_alive) return fail_waiting(kernel, pod, call);
  try_again_later(kernel, pod, call);
}

}  // namespace seatrial::traffic
