// Requests that failed as their pod could not call a managed resource: while it failed over, and until the
// pod's connections led to the new primary.
//
// Worked example: a failover takes 80 s, and the resolver keeps the old address for 60 s from when it last
// asked: the pod is away for up to 140 s. All that time each request that needs the resource keeps a slot for
// the pool's acquireTimeout; at 20 such requests a second and 2 s each, 40 slots: those of two pods of 16 are
// not enough, so requests that need no resource wait as well.
//
// What to change follows what took it away: who was stopped is started, who has no standby gets one, a way
// that hangs on one NAT gateway is given another. A client's settings help where another primary takes over
// soon.
#include <algorithm>
#include <iterator>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using cluster::RecordType;

struct Victims {
  FailureGroup group;
  JournalId record = JournalId::kNone;  // of the first
  std::set<JournalId> ways;             // that carried no packets from its pods
  std::uint64_t answered = 0;           // 500; the others waited
};
struct VictimsKey {
  std::string resource;
  std::string rule;  // of the network policies that drop what is sent to it; empty: it was away
  ObjectName workload;
  bool operator<(const VictimsKey& o) const {
    return std::tuple(resource, rule, workload.namespace_, workload.name) <
           std::tuple(o.resource, o.rule, o.workload.namespace_, o.workload.name);
  }
};

std::string resource_named_by(const Journal& journal, const JournalRecord& record) {
  const std::string_view text = journal.text(record.text);
  return std::string(text.substr(0, text.find(':')));
}

RecordType type_of(const Journal& journal, JournalId id) {
  return id == JournalId::kNone ? RecordType::kNone : static_cast<RecordType>(journal.record(id).type);
}

std::map<VictimsKey, Victims> victims_in(const Evidence& evidence) {
  const Journal& journal = evidence.kernel.journal();
  std::map<VictimsKey, Victims> found;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    const PodLife* const life = evidence.life_of(failure.pod);
    if (!life || !could_not_call(evidence, failure)) continue;
    if (full_table_behind(journal, failure) != JournalId::kNone) continue;
    const JournalRecord& record = journal.record(failure.record);
    if (record.value != 0) continue;  // credentials_denied.cc accounts for it
    Victims& victims =
        found[{resource_named_by(journal, record), rule_that_drops(journal, record.cause), life->workload}];
    if (!victims.group.first) victims.record = failure.record;
    victims.group.add(failure);
    victims.group.versions.insert(life->version);
    if (type_of(journal, record.cause) == RecordType::kWayChanged) victims.ways.insert(record.cause);
    if (failure.outcome == traffic::Outcome::kDependencyFailed) victims.answered += failure.count;
  }
  return found;
}

const cluster::Call* call_to(const Evidence& evidence, api::PodKey pod, std::string_view resource) {
  const std::vector<cluster::Call>* const calls = evidence.traffic.calls_of(pod);
  if (!calls) return nullptr;
  const auto call = std::ranges::find(*calls, resource, [](const cluster::Call& c) { return c.to.view(); });
  return call == calls->end() ? nullptr : &*call;
}

void tell_outages(const Evidence& evidence, const traffic::Resource& resource, const cluster::Call& call,
                  std::vector<std::string>& chain) {
  const auto resolver = call.pool.dns_cache.value_or(resource.state.config.dns_ttl);
  for (std::size_t i = 0; i < resource.state.outages.size(); ++i) {
    const cloud::Outage& outage = resource.state.outages[i];
    const std::string action = action_behind(evidence, outage.record);
    const std::string began = action.empty() ? std::string(evidence.kernel.journal().text(
                                                   evidence.kernel.journal().record(outage.record).text))
                                             : action;
    if (outage.ended > evidence.end()) {
      chain.push_back(resource.state.config.name.str() + " was away from " + began +
                      " to the end of the run");
      continue;
    }
    chain.push_back(resource.state.config.name.str() + " was away for " + about(outage.ended - outage.began) +
                    ": " + began);
    if (const Duration late = resource.regained[i] - outage.ended; late > Duration())
      chain.push_back("the last pod had a connection again " + about(late) + " after that" +
                      (late > resolver + call.pool.connect_timeout * 2
                           ? std::string()
                           : ": its resolver believes an answer for " + to_string(resolver) +
                                 ", and a new address is asked for only then"));
  }
}

std::string wait_less(const cluster::Call& call) {
  return "wait less than the client does for a connection (acquireTimeout is " +
         to_string(call.pool.acquire_timeout) + "), so that requests that need none keep their slots";
}

std::string serve_without(const cluster::Call& call, std::string_view otherwise) {
  return (call.optional ? "" : "serve what can be served without it (optional: true, a cache), or ") +
         std::string(otherwise);
}

// What a client can do about a primary that another one follows.
std::vector<std::string> advice_to_client(const traffic::Resource& resource, const cluster::Call& call,
                                          const Victims& victims, std::optional<Duration> client_timeout) {
  std::vector<std::string> advice;
  const Duration resolver = call.pool.dns_cache.value_or(Duration());
  if (resolver > resource.state.config.dns_ttl)
    advice.push_back("let the resolver keep answers no longer than their TTL, " +
                     to_string(resource.state.config.dns_ttl) +
                     " (in Java: networkaddress.cache.ttl; dnsCache)");
  const bool waited = victims.answered < victims.group.requests;
  if (call.pool.keep_alive && (waited || (client_timeout && call.pool.acquire_timeout >= *client_timeout)))
    advice.push_back(wait_less(call));
  if (!call.timeout)
    advice.push_back(
        "give the call a timeout (a driver's socketTimeout), so that a dead connection is noticed");
  if (advice.empty()) advice.push_back(serve_without(call, "have clients try again after the failover"));
  return advice;
}

void add_once(std::vector<std::string>& advice, std::string more) {
  if (std::ranges::find(advice, more) == advice.end()) advice.push_back(std::move(more));
}

// What was stopped, by its schedule or by hand; what had nobody to take over. False for a failover.
bool advise_about(const Evidence& evidence, const cloud::ManagedConfig& config, const cloud::Outage& outage,
                  std::vector<std::string>& advice) {
  const Journal& journal = evidence.kernel.journal();
  const std::string name = config.name.str();
  if (type_of(journal, outage.record) == RecordType::kSaid) {  // stopped
    if (outage.kept != JournalId::kNone) {
      add_once(advice, "see why " + name + " did not start (start-failed)");
    } else if (config.schedule && action_behind(evidence, outage.record).empty()) {
      add_once(advice, "stop " + name + " each day only when nobody calls it (schedule)");
    } else {
      add_once(advice, "start " + name + " before it is called");
    }
    return true;
  }
  if (config.multi_az()) return false;
  const bool is_rds = config.kind == cloud::ManagedKind::kRds;
  add_once(advice, "make " + name + " Multi-AZ (multiAZ: true" +
                       (config.address ? ", in place of its address" : "") +
                       "): " + (is_rds ? "a standby" : "a replica") + " in another zone takes over");
  return true;
}

// Ways that were cut: a packet from where to where stopped at what, in the words of the record.
void advise_about_ways(const Evidence& evidence, const cluster::Call& call, const Victims& victims,
                       std::vector<std::string>& advice) {
  const Journal& journal = evidence.kernel.journal();
  std::map<std::string, std::size_t> by_gateway;  // how many ways
  bool has_failed = false, was_changed = false;
  for (const JournalId way : victims.ways) {
    const std::string text(journal.text(journal.record(way).text));
    const bool is_down = text.ends_with(": it is down");
    has_failed |= is_down || text.ends_with("is cut off");
    was_changed |= !is_down && !text.ends_with("is cut off");
    for (const traffic::NatGateway& gateway : evidence.traffic.nat_gateways()) {
      const std::string name = gateway.config.name.str();
      if (is_down && text.ends_with("gateway " + name + ": it is down")) ++by_gateway[name];
    }
  }
  const bool is_only = evidence.traffic.nat_gateways().size() == 1;
  for (const auto& [gateway, ways] : by_gateway) {
    if (is_only || ways > 1)
      advice.push_back(
          "let each zone have a NAT gateway of its own, and a route table that leads to it: all went by " +
          gateway);
  }
  const PodLife& life = *evidence.life_of(victims.group.first->pod);
  const api::Container* const container = first_container(life);
  if (has_failed && container && !(call.readiness && container->readiness_probe))
    advice.emplace_back(
        "let the pods' readinessProbe depend on the call (readiness: true), so that requests go to pods in "
        "zones that have a way there");
  if (was_changed)
    advice.emplace_back(
        "compare what can be reached before and after such a change to the network (seatrial reach), and "
        "have it approved");
  if (advice.empty()) advice.push_back(serve_without(call, "have pods in further zones"));
}

std::string what_to_change(const Evidence& evidence, const traffic::Resource& resource,
                           const cluster::Call& call, const Victims& victims,
                           std::optional<Duration> client_timeout) {
  std::vector<std::string> advice;
  // For so long after its end somebody may still not have noticed.
  const Duration unnoticed =
      call.pool.dns_cache.value_or(resource.state.config.dns_ttl) + cluster::kTcpGivesUp;
  bool failed_over = false, was_away = false;
  for (const cloud::Outage& outage : resource.state.outages) {
    if (outage.began > victims.group.last_ended) break;
    if (outage.ended < victims.group.first_sent - unnoticed) continue;
    was_away = true;
    failed_over |= !advise_about(evidence, resource.state.config, outage, advice);
  }
  if (!victims.ways.empty()) advise_about_ways(evidence, call, victims, advice);
  if (failed_over || (!was_away && victims.ways.empty())) {
    std::vector<std::string> to_client = advice_to_client(resource, call, victims, client_timeout);
    std::ranges::move(to_client, std::back_inserter(advice));
  } else if (call.share < 1000 && call.pool.keep_alive && victims.answered < victims.group.requests &&
             client_timeout && call.pool.acquire_timeout >= *client_timeout) {
    advice.push_back(wait_less(call));  // for those that do not call it
  }
  return joined(advice);
}

}  // namespace

void resource_could_not_be_called(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  for (const auto& [key, victims] : victims_in(evidence)) {
    const traffic::FailedRequest& first = *victims.group.first;
    const PodLife& life = *evidence.life_of(first.pod);
    const auto index = evidence.traffic.resource_called(key.resource);
    const cluster::Call* const call = call_to(evidence, first.pod, key.resource);
    if (!index || !call) continue;
    const traffic::Resource& resource = evidence.traffic.resources()[*index];
    Finding finding;
    finding.severity = Severity::kError;
    finding.object = life.workload;
    finding.requests = victims.group.requests;
    if (const api::Container* const container = first_container(life)) finding.manifest = container->source;
    finding.what = life.workload.str() + " could not call " + key.resource + ": " +
                   plural(finding.requests, "request") + " failed on " +
                   plural(victims.group.pods.size(), "pod");
    finding.chain.push_back(outcomes_text(victims.group) + ", " + times_ended(victims.group));
    finding.chain.push_back("the first: " + std::string(journal.text(journal.record(victims.record).text)));
    if (key.rule.empty())
      tell_outages(evidence, resource, *call, finding.chain);
    else
      finding.chain.push_back(key.rule);
    const bool cut = key.rule.empty() && resource.state.outages.empty();
    if (const std::string action = action_behind(evidence, victims.record); cut && !action.empty())
      finding.chain.push_back("the way there was changed by: " + action);
    if (const std::uint64_t waited = finding.requests - victims.answered; waited > 0 && call->share < 1000)
      finding.chain.push_back("only " + std::to_string(call->share / 10) + "% of the requests call it, but " +
                              plural(waited, "request") +
                              " waited for a slot or a connection until their clients gave up: a request "
                              "keeps its slot while it waits for a connection, up to " +
                              to_string(call->pool.acquire_timeout));
    finding.change =
        key.rule.empty()
            ? what_to_change(evidence, resource, *call, victims, evidence.traffic.load(first.load).timeout)
            : "if it should be called, allow egress to its address, TCP port " +
                  std::to_string(resource.state.config.port) +
                  ", in each zone that it may be in; see seatrial reach for the hop";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
