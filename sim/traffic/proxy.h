// Who chooses a pod for a request: an ingress controller, kube-proxy, or a client that balances by itself.
//
// All three watch EndpointSlices and believe in what the watch last told them, after a lag of their own;
// every replica has its own lag, its own view and its own turn in the round. What differs stands in
// ProxyConfig. A change never overtakes an earlier one on the same replica. Sources: ingress-nginx (dynamic
// endpoints in Lua, `proxy_next_upstream error timeout`, `proxy_next_upstream_tries 3`,
// `proxy_connect_timeout 5`, `proxy_read_timeout 60`, upstream keep-alive 320); kube-proxy (falls back to
// endpoints that are serving and terminating when none is ready); the load generator of golden/kubelet. Left
// out: nginx gives up a connection that has served 10,000 requests, or for an hour.
//
// A change of nginx's configuration that is more than endpoints and certificates has every replica reload, at
// its next look at what has changed: new workers take what comes from then on, old ones end what they have
// and are ended after workerShutdownTimeout, with all connections that they still have
// (sim/traffic/reload.cc). Source: ingress-nginx pkg/util/ingress, IsDynamicConfigurationEnough, and
// docs/how-it-works.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/distributions.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include "sim/traffic/hops.h"
#include "sim/traffic/outcome.h"

namespace seatrial::traffic {

enum class ProxyId : std::uint16_t {};

// An endpoint as an EndpointSlice lists it.
struct PodEndpoint {
  api::PodKey pod;
  bool ready = true, serving = true, terminating = false;
  bool operator==(const PodEndpoint&) const = default;
};

struct ProxyConfig {
  enum class Choice : std::uint8_t { kRoundRobin, kRandom };

  api::Symbol name;
  bool ingress = true;  // a hop of its own; else part of the client
  bool http = true;     // such a hop answers in HTTP when the pod does not
  std::uint16_t replicas = 1;
  std::vector<PlaceId> places;  // of the replicas, in turn; empty: the default place
  Distribution applies = Distribution::constant(Duration());  // a change seen -> in use
  Choice choice = Choice::kRoundRobin;
  std::uint8_t tries = 3;  // 1: no next upstream
  bool retry_non_idempotent = false;
  bool serve_terminating = false;  // when no endpoint is ready
  std::uint16_t keep_alive = 320;  // idle connections kept to a pod by a replica; 0: a new one each
  Duration connect_timeout = Duration::seconds(5);
  // An address that is gone: EHOSTUNREACH once ARP has given up, if that is sooner than the connect timeout.
  std::optional<Duration> unreachable_after;
  std::optional<Duration> read_timeout = Duration::seconds(60);
  // Until what sends requests to the replicas leaves out those of a place that is lost, and takes them back.
  Duration failover = Duration::seconds(120);
  Duration worker_shutdown_timeout = Duration::seconds(240);
  Distribution reload_time = Distribution::constant(Duration());  // to test it and to have new workers

  static ProxyConfig ingress_nginx(api::Symbol name, Distribution applies);
  // Network: for each connection of a client one to a target, which only the client gives up. Application: a
  // proxy of requests, without a next upstream; its idle timeout is that for an answer.
  static ProxyConfig network_load_balancer(api::Symbol name);
  static ProxyConfig application_load_balancer(api::Symbol name, Duration idle_timeout);
  static ProxyConfig kube_proxy(api::Symbol name, Distribution applies);
  // The client of golden/kubelet: its own watch, round robin, a new connection for each request.
  static ProxyConfig load_generator(api::Symbol name, Duration lag, std::uint8_t tries);

  bool answers_in_http() const { return ingress && http; }
  Duration gone_after() const {
    return unreachable_after && *unreachable_after < connect_timeout ? *unreachable_after : connect_timeout;
  }
};

class Proxy {
 public:
  // The streams are proxy/NAME/applies and proxy/NAME/reloads.
  Proxy(ProxyConfig config, RandomStream lags, RandomStream reloads)
      : config_(std::move(config)), lags_(lags), reloads_(reloads), reload_due_(config_.replicas, false) {}
  const ProxyConfig& config() const { return config_; }
  bool restarts = false;  // its replicas are being replaced (restart.h)
  bool frozen = false;    // its configuration is invalid (frozen.h)

  // A replica's belief about one service.
  struct alignas(64) View {
    std::vector<api::PodKey> pods;
    std::uint32_t turn = 0;
    JournalId record = JournalId::kNone;          // of the change applied last
    SimTime due = SimTime::at(-Duration::max());  // when the change seen last takes effect
  };
  View& view(api::ServiceKey service, std::uint16_t replica) {
    return views_[service.index * config_.replicas + replica];
  }
  const View& view(api::ServiceKey service, std::uint16_t replica) const {
    return views_[service.index * config_.replicas + replica];
  }
  // As view(), of a service that may be new here.
  View& view_or_new(api::ServiceKey service, std::uint16_t replica);

  // The pods that a list of endpoints gives traffic to, in its order.
  std::vector<api::PodKey> usable(std::span<const PodEndpoint> endpoints) const;

  Duration draw_lag() { return config_.applies.sample(lags_); }
  // When a replica that sees a change now has its new workers; none if that of an earlier one is still to
  // come.
  std::optional<Duration> begin_reload(std::uint16_t replica) {
    if (reload_due_[replica]) return std::nullopt;
    reload_due_[replica] = true;
    const Duration seen = config_.applies.sample(reloads_);  // one draw after the other, for every compiler
    return seen + config_.reload_time.sample(reloads_);
  }
  void cancel_reload(std::uint16_t replica) { reload_due_[replica] = false; }
  // New workers: without idle connections to any pod.
  void end_reload(std::uint16_t replica);

  // Whose turn it is; none if the view is empty.
  api::PodKey choose(View& view, RandomStream& stream) const {
    const std::uint32_t n = static_cast<std::uint32_t>(view.pods.size());
    if (n == 0) [[unlikely]]
      return {};
    if (config_.choice == ProxyConfig::Choice::kRandom) return view.pods[stream.below(n)];
    const std::uint32_t turn = view.turn < n ? view.turn : 0;
    view.turn = turn + 1;
    return view.pods[turn];
  }

  // Hints that the first replica is about to choose, and (when that has had its time) which pod it may be.
  void about_to_choose(api::ServiceKey service) const {
    __builtin_prefetch(&views_[std::size_t{service.index} * config_.replicas]);
  }
  api::PodKey next(api::ServiceKey service) const {
    const View& view = views_[std::size_t{service.index} * config_.replicas];
    return view.pods.empty() ? api::PodKey() : view.pods[view.turn < view.pods.size() ? view.turn : 0];
  }

  // Idle kept-alive connections of a replica to a pod. take() says whether there was one.
  bool take_connection(std::uint16_t replica, api::PodKey pod);
  bool has_connection(std::uint16_t replica, api::PodKey pod) const {
    return connections_kept(replica, pod) > 0;
  }
  // False: it keeps enough of them, and closes this one.
  bool give_connection(std::uint16_t replica, api::PodKey pod);
  std::uint16_t connections_kept(std::uint16_t replica, api::PodKey pod) const {
    const std::size_t place = std::size_t{pod.index} * config_.replicas + replica;
    return place < idle_.size() ? idle_[place] : std::uint16_t{0};
  }
  void drop_connections(std::uint16_t replica, api::PodKey pod);

  // Replicas that get requests; empty: all of them, also where none is left.
  const std::vector<std::uint16_t>& rotation() const { return rotation_; }
  void set_in_rotation(PlaceId place, bool in);

  PlaceId place(std::uint16_t replica) const {
    return config_.places.empty() ? PlaceId::kDefault : config_.places[replica % config_.places.size()];
  }

 private:
  std::uint16_t& idle(std::uint16_t replica, api::PodKey pod);

  ProxyConfig config_;
  RandomStream lags_, reloads_;
  std::vector<bool> reload_due_;  // by replica
  std::vector<PlaceId> out_;      // of rotation
  std::vector<std::uint16_t> rotation_;
  std::vector<View> views_;          // [service * replicas + replica]
  std::vector<std::uint16_t> idle_;  // [pod * replicas + replica]
};

// What a replica will use as soon as it has heard of it.
struct PendingEndpoints {
  ProxyId proxy;
  std::uint16_t replica;
  api::ServiceKey service;
  JournalId cause;
  std::vector<api::PodKey> pods;
};

}  // namespace seatrial::traffic
