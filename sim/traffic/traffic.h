// The traffic of a run: every request, one by one, from its client to its end.
//
//   arrival → client (attempt, timeout, retry) → ingress controller (if any) → choice of a pod → connection →
//   the pod as a server (slot, queue) → answer, back along the path
//
// Invariants: a request ends exactly once, in one Outcome; sent = ended + in flight, for each load at every
// instant. While it is served a request may call managed resources (calls.h). A pod is chosen at the
// chooser's time from what the chooser believes then; the pod's state counts at the instant at which the
// packet arrives there. A hop of zero costs no event, so a request costs two (arrival, completion) plus its
// share of the load's deadline lane. What is told from outside: the pods' lives (the kubelet, through
// PodEvents), the endpoints (a watch on EndpointSlices, one call for each proxy and change). A value: a copy
// goes on as the original would. Sources: design.md "one request's life"; ingress-nginx and kube-proxy as
// said in proxy.h; golden/kubelet for what a client meets at a pod that starts or stops; reference §W4 for
// the pod as a server.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/cluster/components.h"
#include "sim/cluster/process.h"
#include "sim/engine/kernel.h"
#include "sim/traffic/accounts.h"
#include "sim/traffic/calls.h"
#include "sim/traffic/conntrack.h"
#include "sim/traffic/credentials.h"
#include "sim/traffic/deadlines.h"
#include "sim/traffic/dns.h"
#include "sim/traffic/event_types.h"
#include "sim/traffic/frozen.h"
#include "sim/traffic/gates.h"
#include "sim/traffic/hops.h"
#include "sim/traffic/load.h"
#include "sim/traffic/names.h"
#include "sim/traffic/proxy.h"
#include "sim/traffic/queues.h"
#include "sim/traffic/request.h"
#include "sim/traffic/restart.h"
#include "sim/traffic/servers.h"
#include "sim/traffic/targets.h"

namespace seatrial::traffic {

using cluster::kTrafficComponent;

struct TrafficConfig {
  AccountsConfig accounts;
  // The event that is sent when the last request of a pod that stopped accepting has ended: subject is the
  // pod's index, cause the record of its stopping.
  ComponentId drained_component = cluster::kKubeletComponent;
  std::uint8_t drained_type = 0;
  // To the same component: a pod has taken in a request for which its memory limit leaves no room.
  std::uint8_t out_of_memory_type = 0;
  bool keeps_established = true;  // a gate that closes lets connections be that are open
};

class Traffic {
 public:
  explicit Traffic(TrafficConfig config);

  // --- Set up, at any time
  ProxyId add_proxy(const Kernel& kernel, ProxyConfig config);
  // From now on it is a load balancer, as targets.h says. REQUIRES: none of its endpoints was told.
  void make_balancer(const Kernel& kernel, ProxyId proxy, BalancerConfig config);
  // What is known of an ingress controller's pods and of the load balancer before them.
  void set_replica_pods(const Kernel& kernel, ProxyId proxy, ReplicaPods pods);
  const ReplicaFleet* replica_fleet(ProxyId proxy) const;
  // Schedules the first arrival. REQUIRES: arrivals not in the past; names unique among loads, and proxies.
  LoadIndex add_load(Kernel& kernel, LoadConfig config);
  // The load's host is looked up from now on (names.h). REQUIRES: none of its requests was sent.
  void resolve_host(LoadIndex load, ResolverCopies copies);
  // A way for the requests of such a load, through `proxy`: as a load without arrivals that is not counted.
  LoadIndex add_way(const Kernel& kernel, LoadIndex load, LoadConfig config);
  void answer_changed(LoadIndex load, NameAnswer answer);
  void explain_absence(LoadIndex load, JournalId record) { copies_.at(load)->explain(record); }
  const ResolverCopies* copies(LoadIndex load) const;  // null: its host is not looked up
  // Whose version (image tag) the pod is, and where it runs; else it has version "" and the default place.
  void introduce(api::PodKey pod, api::Symbol version, PlaceId place = PlaceId::kDefault);
  Hops& hops() { return hops_; }
  // A managed resource that images call. REQUIRES: before the first pod whose image does.
  ResourceIndex add_resource(Kernel& kernel, const cloud::ManagedConfig& config, PlaceId place,
                             PlaceId standby_place);
  // The calls of that stream go to a Service, as requests of the load.
  void call_through(std::string stream, LoadIndex load) { calls_.loads[std::move(stream)] = load; }
  // Whether the pod that listens has such calls, or connections to a resource; whose packets they are now.
  bool calls_through(api::PodKey pod, LoadIndex load) const { return calls(pod, true, load); }
  void judge_calls(api::PodKey pod, LoadIndex load, OriginId origin);
  bool calls_resource(api::PodKey pod, ResourceIndex resource) const { return calls(pod, false, resource); }
  void judge_connections(api::PodKey pod, ResourceAt to, OriginId origin);
  std::optional<ResourceIndex> resource_called(api::Symbol name) const;
  NatIndex add_nat_gateway(NatGatewayConfig config);
  // By which gateway a host on the internet is reached from there from now on; kNoNat: by none.
  void route_by_nat(PlaceId from, ResourceIndex resource, NatIndex gateway, JournalId cause);
  const std::vector<NatGateway>& nat_gateways() const { return calls_.nat.gateways; }
  QueueIndex add_queue(Kernel& kernel, QueueConfig config) { return queues_.add(kernel, std::move(config)); }
  // Its primary goes, unless it is away already: silently, or closing its connections first.
  void take_down(Kernel& kernel, ResourceIndex resource, bool silent, JournalId cause);
  // Somebody asks RDS to stop or to start it. Where its status does not allow that, it says so.
  void stop_resource(Kernel& kernel, ResourceIndex resource, JournalId cause);
  void start_resource(Kernel& kernel, ResourceIndex resource, JournalId cause);
  cloud::Shortages& database_shortages() { return calls_.shortages; }
  // Replicas of ingress controllers there get no new requests, or get them again, after their failover.
  void set_in_rotation(Kernel& kernel, PlaceId place, bool in);
  Gates& gates() { return gates_; }
  Credentials& credentials() { return credentials_; }
  const Credentials& credentials() const { return credentials_; }
  void set_sts(Kernel& kernel, bool available, JournalId cause);
  // From now on pods look names up (dns.h): those of loads that are called by name, and of managed resources.
  // REQUIRES: no pod listens yet, and all resources are named before one does.
  void use_dns(const Kernel& kernel, DnsConfig config, LoadIndex queries);
  void call_by_name(LoadIndex load, DnsName name);
  void name_resource(ResourceIndex resource, DnsName name);
  void set_resolver(api::PodKey pod, const network::ResolvConf& conf, api::Symbol node);
  // Whose packets the queries of the pod are from now on. REQUIRES: set_resolver() of it.
  void judge_queries(api::PodKey pod, OriginId origin) { dns_->pods.at(pod.index).origin = origin; }
  // From now on nodes have conntrack tables (conntrack.h): of those that come, and of pods that run on them.
  // REQUIRES: no node has come yet.
  void track_connections(network::ConntrackRules rules);
  void track_node(api::Symbol name, std::int64_t cores);
  void set_node(api::PodKey pod, api::Symbol node);
  void node_booted(api::Symbol name);  // its kernel is a new one
  const Conntrack* conntrack() const { return conntrack_ ? &*conntrack_ : nullptr; }  // null: not simulated
  const Dns* dns() const { return dns_ ? &*dns_ : nullptr; }  // null: names cost nothing
  // A pod that sends this load's requests from now on, or no more. REQUIRES: the load is one `from_pods`.
  void add_client(Kernel& kernel, LoadIndex load, api::PodKey pod, OriginId origin, PlaceId place,
                  JournalId cause);
  void remove_client(LoadIndex load, api::PodKey pod);
  // Open connections to a pod, or from these origins, are forgotten: what is under way gets no answer.
  void forget_connections(Kernel& kernel, api::PodKey pod, std::span<const OriginId> origins,
                          JournalId record);

  // --- What the cluster tells
  // The endpoints of a service, as this proxy's watch now sees them (all slices together, without
  // duplicates). Each replica applies them after its own lag, and writes
  // cluster::RecordType::kUpstreamsChanged when that changes what it uses.
  void endpoints_changed(Kernel& kernel, ProxyId proxy, api::ServiceKey service,
                         std::span<const PodEndpoint> endpoints, JournalId cause);
  // The configuration of this ingress controller has changed, in more than endpoints and certificates.
  void configuration_changed(Kernel& kernel, ProxyId proxy, JournalId cause);
  // Its configuration is invalid from now on, as `ingress` is in it; or valid again.
  void freeze(Kernel& kernel, ProxyId proxy, const api::Object& ingress, JournalId cause);
  void thaw(Kernel& kernel, ProxyId proxy, JournalId cause);
  // From now on it is kept who has which address, as pods say.
  void keep_addresses() { addresses_.kept = true; }
  bool keeps_addresses() const { return addresses_.kept; }
  void pod_has_address(api::PodKey pod, api::Symbol address);
  // Null: it was never frozen.
  bool is_frozen(ProxyId proxy) const { return proxies_[static_cast<std::size_t>(proxy)].frozen; }
  const FrozenProxy* frozen(ProxyId proxy) const;
  bool restarts(ProxyId proxy) const { return proxies_[static_cast<std::size_t>(proxy)].restarts; }
  // Replaces its pods one after the other. REQUIRES: set_replica_pods().
  void restart_replicas(Kernel& kernel, ProxyId proxy, JournalId cause);
  // From now on clients of this load do not accept the certificate that they are shown (kNone: they do).
  void set_tls_failure(LoadIndex load, JournalId cause) { loads_[load].tls_failure = cause; }
  // From now on requests of this load go to that Service's pods and port; or to nobody, and end so.
  void reroute(LoadIndex load, api::ServiceKey service, std::int32_t port, OriginId origin);
  void route_nowhere(LoadIndex load, Outcome outcome, JournalId cause);
  // As cluster::ProcessObserver says; PodEvents (pod_events.h) hands its calls here.
  void listening(Kernel& kernel, api::PodKey pod, const cluster::ImageBehaviour& behaviour,
                 const std::vector<std::int32_t>& ports, JournalId cause);
  std::int64_t stopped_accepting(Kernel& kernel, api::PodKey pod, JournalId cause);
  void exited(Kernel& kernel, api::PodKey pod, JournalId cause);
  void network_down(Kernel& kernel, api::PodKey pod, JournalId cause);
  void memory_allows(api::PodKey pod, std::int64_t requests) { server_of(pod).memory_allows(requests); }
  std::int64_t requests_held(api::PodKey pod) const { return has_server(pod) ? server(pod).in_flight() : 0; }
  std::optional<JournalId> unready_because(api::PodKey pod, SimTime now) const;

  // REQUIRES: event.component is kTrafficComponent.
  void handle(Kernel& kernel, const Event& event);
  // Fetches what an event of kTrafficComponent will need: with thousands of pods it is in nobody's cache.
  void announce(const Event& event, bool soon) const {
    if (static_cast<EventType>(event.type) == EventType::kArrival) {
      const Load& load = loads_[event.subject];
      if (soon) return proxies_[static_cast<std::size_t>(load.proxy)].about_to_choose(load.service);
      __builtin_prefetch(&load);
      __builtin_prefetch(&load.service_stream);
      __builtin_prefetch(&load.arrivals_stream);
      __builtin_prefetch(&load.arrivals);
      return;
    }
    if (static_cast<EventType>(event.type) != EventType::kServed) return;
    const Request& request = requests_[event.subject];
    if (!soon) return __builtin_prefetch(&request);
    if (request.pod.valid()) __builtin_prefetch(&servers_[request.pod.index]);
    __builtin_prefetch(&loads_[request.load]);
  }

  // --- What came of it
  const Accounts& accounts() const;
  std::size_t load_count() const { return accounts_.load_count(); }
  std::size_t proxy_count() const { return proxies_.size(); }
  const Forbidden& forbidden(LoadIndex load) const { return forbidden_[load]; }  // before they were enforced
  const Forbidden& outlived(LoadIndex load) const { return outlived_[load]; }    // over older connections
  const LoadConfig& load(LoadIndex load) const { return loads_[load].config; }
  const ProxyConfig& proxy(ProxyId proxy) const { return proxies_[static_cast<std::size_t>(proxy)].config(); }
  std::optional<ProxyId> find_proxy(api::Symbol name) const;
  api::Symbol version_name(VersionIndex version) const { return versions_[version]; }
  const Server& server(api::PodKey pod) const { return servers_.at(pod.index); }
  const std::vector<Resource>& resources() const { return calls_.resources; }
  const Queues& queues() const { return queues_; }
  const std::vector<cluster::Call>* calls_of(api::PodKey pod) const;  // of its image; null: none
  // On which ports it listens; empty: on any.
  const std::vector<std::int32_t>& ports_of(const Server& server) const {
    return port_sets_[server.port_set];
  }
  // Has anybody heard of the pod as a server?
  bool has_server(api::PodKey pod) const { return pod.index < servers_.size(); }
  // What a proxy's replica uses now. REQUIRES: the service's endpoints were told to the proxy.
  std::span<const api::PodKey> upstreams(ProxyId proxy, api::ServiceKey service,
                                         std::uint16_t replica = 0) const;
  std::uint64_t sent() const { return next_id_; }
  std::uint64_t ended() const { return ended_; }
  std::uint64_t in_flight() const { return next_id_ - ended_; }
  // CHECKs the invariants that take a walk over all state; for tests and checks/, not for every event.
  void check_invariants() const;

 private:
  using EventType = TrafficEvent;
  using Load = LoadState;

  // restart.cc
  void schedule_replica(Kernel& kernel, ProxyId proxy, std::uint16_t replica, ReplicaStep step,
                        Duration delay, JournalId cause);
  void replace_replica(Kernel& kernel, ProxyId proxy, std::uint16_t replica, JournalId cause);
  void end_replica(Kernel& kernel, ProxyId proxy, std::uint16_t replica, JournalId cause);
  void replica_ready(Kernel& kernel, ProxyId proxy, std::uint16_t replica, JournalId cause);
  void replica_step(Kernel& kernel, const Event& event);
  // The balancer chooses the request's replica; the record behind it if that refuses the connection.
  JournalId enter(Slot slot, RandomStream& choice);

  // targets.cc
  void targets_wanted(Kernel& kernel, ProxyId proxy, api::ServiceKey service,
                      const std::vector<api::PodKey>& pods, JournalId cause);
  void schedule_target(Kernel& kernel, ProxyId proxy, std::uint32_t target, TargetStep step, SimTime at);
  void plan_health(Kernel& kernel, ProxyId proxy, std::uint32_t target);
  void server_changed(Kernel& kernel, api::PodKey pod);
  void target_step(Kernel& kernel, const Event& event);
  void apply_targets(Kernel& kernel, ProxyId proxy, api::ServiceKey service, JournalId cause);

  // reload.cc
  void reload(Kernel& kernel, ProxyId proxy, std::uint16_t replica, JournalId cause);
  // What this proxy has sent and not ended yet (by that replica, to that pod) ends after `delay` at the
  // latest.
  void retire(Kernel& kernel, ProxyId proxy, std::optional<std::uint16_t> replica, api::PodKey pod,
              JournalId cause, Duration delay, bool but_successors = false);
  void end_retired(Kernel& kernel, JournalId cause);
  void cut_short(Kernel& kernel, Slot slot, JournalId cause);
  JournalId retirement(Slot slot) const;
  void set_retirement(Slot slot, JournalId cause) {
    if (cause != JournalId::kNone && slot >= retirements_.size()) retirements_.resize(slot + std::size_t{1});
    if (slot < retirements_.size()) [[unlikely]]
      retirements_[slot] = cause;
  }

  // client.cc
  void arrival(Kernel& kernel, LoadIndex load);
  void schedule_arrival(Kernel& kernel, LoadIndex load);
  void send_from_pod(Kernel& kernel, LoadIndex load);
  void client_calls(Kernel& kernel, LoadIndex load, api::PodKey pod);
  void send_from(Kernel& kernel, LoadIndex load, const Client& client);
  void start_attempt(Kernel& kernel, Slot slot);
  bool follow_record(Kernel& kernel, Slot slot);
  void set_out(Kernel& kernel, Slot slot, JournalId refused);
  void arm_deadline(Kernel& kernel, Slot slot);
  void deadlines_due(Kernel& kernel, std::uint32_t lane);
  void client_gives_up(Kernel& kernel, Slot slot);
  // The outcome reaches the client after `back`, unless its deadline passes first.
  void answer(Kernel& kernel, Slot slot, Outcome outcome, Duration back);
  void attempt_failed(Kernel& kernel, Slot slot, Outcome outcome);
  bool retried(const Request& request, Outcome outcome) const;
  void end(Kernel& kernel, const Request& request, Outcome outcome, SimTime at);
  void write_failure(Kernel& kernel, const Request& request, Outcome outcome, SimTime at);
  // Leaves the present slot to the pod as an orphan; the rest of the request goes on in the slot returned.
  Slot leave_to_pod(Slot slot);
  // The same, with a deadline of its own, as its lane has lost it.
  Slot wait_apart(Kernel& kernel, Slot slot);

  // upstream.cc
  void choose_pod(Kernel& kernel, Slot slot);
  void send(Kernel& kernel, Slot slot, Proxy& proxy, Hop hop);
  bool passes_gate(const Kernel& kernel, Request& r, const Proxy& proxy);
  void reaches_pod(Kernel& kernel, Slot slot);
  void connect(Kernel& kernel, Slot slot);
  void serve(Kernel& kernel, Slot slot);
  void run_out_of_memory(Kernel& kernel, Slot slot, Server& server);
  void tell_kubelet(Kernel& kernel, api::PodKey pod, std::uint8_t type);
  void start_service(Kernel& kernel, Slot slot, Server& server);
  void start_stream(Kernel& kernel, Slot slot);
  // A stream that has begun.
  bool streams(const Request& r) const {
    return r.state == RequestState::kServing && loads_[r.load].stream != 0;
  }
  // A slot of the pod is free again: the next takes it, or the kubelet hears that the last has ended.
  void leave_slot(Kernel& kernel, api::PodKey pod);
  // The next whose client still waits; those before it are let go. kNoSlot if there is none.
  Slot next_in_queue(const Kernel& kernel, Server& server);
  void served(Kernel& kernel, Slot slot);
  // The pod has done with it: its slot is free, and the answer goes back.
  void leave_server(Kernel& kernel, Slot slot, Outcome outcome);
  void fail_try(Kernel& kernel, Slot slot, Outcome outcome, Duration delay);
  void try_failed(Kernel& kernel, Slot slot, Outcome outcome);
  void read_timeout(Kernel& kernel, Slot slot);

  // frozen.cc
  void miss_endpoints(ProxyId proxy, api::ServiceKey service, std::vector<api::PodKey> pods, JournalId cause,
                      bool told);
  void note_failed_sync(ProxyId proxy) { ++frozen_.at(proxy).freezes.back().failed_syncs; }
  // Who answers at the pod's address now.
  void find_who_answers(Request& r);
  void stall_replica(Kernel& kernel, ProxyId proxy, std::uint16_t replica);

  // calls.cc
  bool calls(api::PodKey pod, bool service, std::uint16_t target) const;
  bool waits_for_calls(SimTime now, api::PodKey pod);
  void plan_calls(const Kernel& kernel, api::PodKey pod, const std::vector<cluster::Call>& calls);
  void drop_pools(const Kernel& kernel, api::PodKey pod);
  void begin_calls(Kernel& kernel, Slot slot);
  void next_call(Kernel& kernel, Slot slot);
  void start_call(Kernel& kernel, Slot slot);
  void query(Kernel& kernel, Slot slot, const Connection& connection);
  void called(Kernel& kernel, Slot slot);
  void call_failed(Kernel& kernel, Slot slot);
  void call_service(Kernel& kernel, Slot slot);
  void tell_caller(Kernel& kernel, Slot slot, Outcome outcome, SimTime at);
  Slot begin_request(Kernel& kernel, LoadIndex load);
  JournalId failed_at_resource(Kernel& kernel, Slot slot);
  // What explains that it failed: see FailedRequest::record.
  JournalId record_behind(const Request& request, Outcome outcome) const;
  // pools.cc
  bool still_waits(const Pool::Waiter& waiter) const;
  bool knows_address(Kernel& kernel, api::PodKey pod, std::uint32_t call, bool& resolved);
  void open_connections(Kernel& kernel, api::PodKey pod, std::uint32_t call, bool resolved = false);
  void dial(Kernel& kernel, api::PodKey pod, std::uint32_t call, Slot slot);
  Duration patience_of(const Dial& dial) const;
  void send_syn(Kernel& kernel, std::uint32_t dial);
  void dialed(Kernel& kernel, std::uint32_t dial);
  bool is_open(Kernel& kernel, const Dial& dial);
  void not_connected(Kernel& kernel, const Dial& dial);
  void try_again_later(Kernel& kernel, api::PodKey pod, std::uint32_t call);
  void connect_again(Kernel& kernel, const Event& event);
  void fail_waiting(Kernel& kernel, api::PodKey pod, std::uint32_t call);
  void connected_again(Kernel& kernel, api::PodKey pod, std::uint32_t call);
  void give_connection(Kernel& kernel, api::PodKey pod, std::uint32_t call, const Connection& connection);
  void end_use(Kernel& kernel, api::PodKey pod, std::uint32_t call, const Connection& connection);
  void close_connection(const Kernel& kernel, api::PodKey pod, std::uint32_t call,
                        const Connection& connection);
  void note_no_connection(Kernel& kernel, api::PodKey pod, std::uint32_t call);
  void note_trouble(Kernel& kernel, api::PodKey pod, std::uint32_t call, JournalId cause,
                    std::string_view why, cloud::Denial denial = cloud::Denial::kNone);
  bool refuses(Kernel& kernel, api::PodKey pod, std::uint32_t call);  // 403, and says so
  void forget_trouble(api::PodKey pod);
  JournalId trouble_of(api::PodKey pod, Outcome outcome) const;
  JournalId held_up_by(Slot slot) const;
  void cut_idle(Kernel& kernel, ResourceIndex resource, JournalId cause);
  void resource_back(Kernel& kernel, const Event& event);
  // The primary goes, with what is under way to it.
  void lose_primary(Kernel& kernel, ResourceIndex resource, bool silent, JournalId cause);
  // nat.cc
  NatRoute nat_between(api::PodKey pod, const Resource& resource) const;
  NatDestination& nat_destination(NatIndex gateway, const Resource& resource);
  JournalId closed_to(api::PodKey pod, std::uint32_t call) const;
  JournalId record_of_most(const network::FlowTable& table) const;
  bool take_port(Kernel& kernel, Dial& dial);
  void give_port(const Kernel& kernel, api::PodKey pod, std::uint32_t call, const Connection& connection);
  bool is_forgotten(Kernel& kernel, api::PodKey pod, std::uint32_t call, Connection& connection);
  void forget_idle(NatIndex gateway, ResourceIndex destination, SimTime now);
  // conntrack.cc
  JournalId enter_table(Kernel& kernel, Conntrack::NodeIndex node, std::uint32_t user, bool query);
  api::PodKey sender_of(Slot slot) const;
  bool track(Kernel& kernel, Slot slot);
  void track_again(Slot slot);
  void untrack(const Kernel& kernel, Slot slot, bool kept);
  void untrack_kept(const Kernel& kernel, const Proxy& proxy, std::uint16_t replica, api::PodKey pod);
  void release(const Kernel& kernel, Slot slot);
  // Each open entry and each port is somebody's.
  void check_tables() const;
  template <class Visit>
  void visit_connections(Visit&& visit) const;
  // managed_status.cc
  void begin_schedule(Kernel& kernel, ResourceIndex resource);
  void resource_step(Kernel& kernel, const Event& event);
  void status_ends(Kernel& kernel, ResourceIndex index, JournalId cause);
  void begin_start(Kernel& kernel, ResourceIndex index, std::size_t attempt, JournalId cause);
  void start_ends(Kernel& kernel, ResourceIndex index, JournalId cause);
  void after_status(Kernel& kernel, ResourceIndex index, const Distribution& time, JournalId cause);
  void call_event(Kernel& kernel, const Event& event);
  Resource& resource_of(const PodCalls& pod, std::uint32_t call) {
    return calls_.resources[calls_.plans[pod.plan].targets[call]];
  }
  Event call_event_of(EventType type, Slot slot) const {
    Event e = slot_event_of(type, slot);
    e.aux = calls_.progress[slot].step;
    return e;
  }

  // dns.cc
  void forget_names(api::PodKey pod, Duration cache);
  void set_sender(Slot slot, api::PodKey pod);  // who asks for the request's name
  void set_asked(Slot slot, Dns::Asked asked);
  void move_sender(Slot from, Slot to);
  bool track_query(Kernel& kernel, Request& r);
  void resolve(Kernel& kernel, Slot slot);
  void start_lookup(Kernel& kernel, Lookup::For whom, api::PodKey pod, std::uint16_t plan,
                    std::uint32_t waiter, std::uint32_t waiter_generation);
  Event lookup_event_of(EventType type, std::uint32_t lookup, std::uint16_t aux = 0) const;
  void ask(Kernel& kernel, std::uint32_t lookup);
  void send_query(Kernel& kernel, std::uint32_t lookup, std::uint16_t family);
  void query_ended(Kernel& kernel, Slot slot, std::uint32_t caller, Outcome outcome, SimTime at);
  void lookup_event(Kernel& kernel, const Event& event);
  void ask_again(Kernel& kernel, std::uint32_t lookup);
  void ask_next(Kernel& kernel, std::uint32_t lookup);
  void looked_up(Kernel& kernel, std::uint32_t lookup, bool found, bool answered);
  JournalId note_unresolved(Kernel& kernel, api::PodKey pod, std::uint16_t plan, JournalId cause,
                            std::string_view why);
  JournalId resolving_since(Kernel& kernel, Slot slot);
  JournalId pool_resolves_since(Kernel& kernel, api::PodKey pod, std::uint32_t call);
  JournalId unanswered(Kernel& kernel, api::PodKey pod, std::uint16_t plan, const Lookup& asked);
  Duration forwarding(Kernel& kernel, Slot slot);
  void drop_query(Slot slot, JournalId cause);
  void resolve_for_pool(Kernel& kernel, api::PodKey pod, std::uint32_t call);
  void pool_resolved(Kernel& kernel, api::PodKey pod, std::uint32_t call, std::uint32_t generation,
                     JournalId trouble);

  bool listens_to(const Server& server, const Request& r) const {
    return server.port_set == 0 || listens_to_port(server, r);
  }
  bool listens_to_port(const Server& server, const Request& r) const;

  // traffic.cc
  LoadIndex add_state(const Kernel& kernel, LoadConfig config, const std::string& streams);
  void stop_listening(Kernel& kernel, api::PodKey pod, ServerState next, JournalId cause);
  std::uint16_t index_of(const Distribution& service_time);
  void tell_replicas(Kernel& kernel, ProxyId proxy, api::ServiceKey service,
                     const std::vector<api::PodKey>& pods, JournalId cause);
  void apply_endpoints(Kernel& kernel, PendingEndpoints pending);
  void slot_event(Kernel& kernel, const Event& event);

  Server& server_of(api::PodKey pod) {
    if (pod.index >= servers_.size()) [[unlikely]]
      servers_.resize(pod.index + 1);
    return servers_[pod.index];
  }
  Proxy& proxy_of(const Request& r) { return proxies_[static_cast<std::size_t>(loads_[r.load].proxy)]; }
  Event slot_event_of(EventType type, Slot slot, Outcome outcome = Outcome::kOk) const {
    Event e;
    e.component = kTrafficComponent;
    e.type = static_cast<std::uint8_t>(type);
    e.subject = slot;
    e.payload = requests_[slot].generation;
    e.aux = static_cast<std::uint16_t>(outcome);
    return e;
  }
  // One way, from the client to the chooser and from the chooser to the pod.
  Hop hop_to_proxy(const Request& r) const { return hops_.trivial() ? Hop{} : far_hop_to_proxy(r); }
  Hop hop_to_pod(const Request& r) const { return hops_.trivial() ? Hop{} : far_hop_to_pod(r); }
  // Not the orphan of a call, of which no packet is sent any more.
  bool sent_by_pod(const Request& r) const { return loads_[r.load].from_pods || r.caller != kNoSlot; }
  PlaceId client_place(const Request& r) const;
  Hop far_hop_to_proxy(const Request& r) const;
  Hop far_hop_to_pod(const Request& r) const;

  TrafficConfig config_;
  RequestPool requests_;
  std::vector<Server> servers_;
  std::vector<Load> loads_;
  std::vector<Proxy> proxies_;
  std::vector<DeadlineLane> lanes_;
  std::vector<api::Symbol> versions_;                     // by VersionIndex
  std::vector<Distribution> service_times_;               // each once
  std::vector<std::vector<std::int32_t>> port_sets_{{}};  // each once; the first is "any"
  std::vector<PendingEndpoints> pending_;
  std::vector<std::uint32_t> free_pending_;
  std::map<ProxyId, Balancer> balancers_;
  std::map<ProxyId, ReplicaFleet> fleets_;
  std::map<ProxyId, FrozenProxy> frozen_;
  PodAddresses addresses_;
  // By slot, as long as it needs: since when its worker is an old one, or its target given up.
  std::vector<JournalId> retirements_;
  Hops hops_;
  Calls calls_;
  Queues queues_{kTrafficComponent, static_cast<std::uint8_t>(EventType::kOfQueues)};
  Gates gates_;
  Credentials credentials_;
  std::optional<Dns> dns_;
  std::optional<Conntrack> conntrack_;
  std::vector<api::PodKey> senders_;             // by slot: pods that send requests, where it counts who
  std::vector<Clients> clients_;                 // by load
  std::vector<Forbidden> forbidden_, outlived_;  // by load
  std::vector<std::optional<ResolverCopies>> copies_;  // by load
  mutable Accounts accounts_;  // mutable for settle() only, which no result depends on
  std::uint64_t next_id_ = 0, ended_ = 0;
};

}  // namespace seatrial::traffic
