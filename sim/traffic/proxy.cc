#include "sim/traffic/proxy.h"

#include <algorithm>

namespace seatrial::traffic {

ProxyConfig ProxyConfig::ingress_nginx(api::Symbol name, Distribution applies) {
  ProxyConfig config;
  config.name = name;
  config.applies = applies;
  return config;
}

ProxyConfig ProxyConfig::network_load_balancer(api::Symbol name) {
  ProxyConfig config;
  config.name = name;
  config.http = false;
  config.tries = 1;
  config.keep_alive = 0;
  config.connect_timeout = Duration::seconds(127);  // Linux: six SYNs more, after 1, 2, 4 … 32 s
  config.read_timeout.reset();
  return config;
}

ProxyConfig ProxyConfig::application_load_balancer(api::Symbol name, Duration idle_timeout) {
  ProxyConfig config;
  config.name = name;
  config.tries = 1;
  config.connect_timeout = Duration::seconds(10);  // to a target
  config.read_timeout = idle_timeout;
  return config;
}

ProxyConfig ProxyConfig::kube_proxy(api::Symbol name, Distribution applies) {
  ProxyConfig config;
  config.name = name;
  config.ingress = false;
  config.applies = applies;
  config.choice = Choice::kRandom;
  config.tries = 1;
  config.serve_terminating = true;
  config.keep_alive = 0;
  config.read_timeout.reset();
  return config;
}

ProxyConfig ProxyConfig::load_generator(api::Symbol name, Duration lag, std::uint8_t tries) {
  ProxyConfig config;
  config.name = name;
  config.ingress = false;
  config.applies = Distribution::constant(lag);
  config.tries = tries;
  config.keep_alive = 0;
  config.read_timeout.reset();
  return config;
}

Proxy::View& Proxy::view_or_new(api::ServiceKey service, std::uint16_t replica) {
  const std::size_t needed = (std::size_t{service.index} + 1) * config_.replicas;
  if (views_.size() < needed) views_.resize(needed);
  return view(service, replica);
}

std::vector<api::PodKey> Proxy::usable(std::span<const PodEndpoint> endpoints) const {
  std::vector<api::PodKey> pods;
  for (const PodEndpoint& e : endpoints)
    if (e.ready) pods.push_back(e.pod);
  if (!pods.empty() || !config_.serve_terminating) return pods;
  for (const PodEndpoint& e : endpoints)
    if (e.serving && e.terminating) pods.push_back(e.pod);
  return pods;
}

std::uint16_t& Proxy::idle(std::uint16_t replica, api::PodKey pod) {
  const std::size_t needed = (std::size_t{pod.index} + 1) * config_.replicas;
  if (idle_.size() < needed) idle_.resize(needed, 0);
  return idle_[std::size_t{pod.index} * config_.replicas + replica];
}

bool Proxy::take_connection(std::uint16_t replica, api::PodKey pod) {
  std::uint16_t& n = idle(replica, pod);
  if (n == 0) return false;
  --n;
  return true;
}

bool Proxy::give_connection(std::uint16_t replica, api::PodKey pod) {
  std::uint16_t& n = idle(replica, pod);
  if (n >= config_.keep_alive) return false;
  ++n;
  return true;
}

void Proxy::end_reload(std::uint16_t replica) {
  reload_due_[replica] = false;
  for (std::size_t i = replica; i < idle_.size(); i += config_.replicas) idle_[i] = 0;
}

void Proxy::drop_connections(std::uint16_t replica, api::PodKey pod) { idle(replica, pod) = 0; }

void Proxy::set_in_rotation(PlaceId place, bool in) {
  std::erase(out_, place);
  if (!in) out_.push_back(place);
  rotation_.clear();
  if (out_.empty()) return;
  for (std::uint16_t replica = 0; replica < config_.replicas; ++replica) {
    if (!std::ranges::count(out_, this->place(replica))) rotation_.push_back(replica);
  }
}

}  // namespace seatrial::traffic
