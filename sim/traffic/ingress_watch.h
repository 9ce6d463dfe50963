// When an ingress-nginx controller must reload, as its watches on Ingresses, Services and its ConfigMap tell.
//
// Its model of nginx is built of the Ingresses of its class; a change of what is in nginx.conf is a reload, a
// change of anything else is not: endpoints and certificates go to the Lua code of the running workers, and
// so do annotations that only say how to balance. A Service counts when it comes or goes. Other objects'
// metadata and every status count for nothing. Source: ingress-nginx pkg/util/ingress
// (IsDynamicConfigurationEnough: backends and certificates aside), pkg/apis/ingress/types_equals.go,
// docs/how-it-works.md.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/api/networking.h"
#include "sim/cluster/api_server.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

// Do the two lead to the same nginx.conf?
bool same_configuration(const api::Ingress& a, const api::Ingress& b);
// Does that annotation say more than how requests are dealt to the pods of a Service?
bool is_in_configuration(std::string_view annotation);

struct WatchedClass {
  api::Symbol ingress_class;
  bool default_class = false;
  api::Symbol config_namespace, config_name;  // its ConfigMap; empty: nobody changes it
  std::vector<std::string> invalid;           // texts in annotations that nginx does not understand
};

class IngressWatch {
 public:
  // Adds the watch; deliveries carry `instance`, by which the owner finds this IngressWatch again.
  IngressWatch(const Kernel& kernel, cluster::ApiServer& api, ProxyId proxy, api::Symbol name,
               WatchedClass watched, std::uint16_t instance);

  void on_watch(Kernel& kernel, Traffic& traffic, const cluster::WatchEvent& change);

 private:
  using Name = std::pair<api::Symbol, api::Symbol>;  // namespace, name
  bool reloads(const cluster::WatchEvent& change);
  bool ingress_reloads(const cluster::WatchEvent& change);
  bool service_reloads(const cluster::WatchEvent& change);
  void look_for_broken(const api::Object& ingress);

  ProxyId proxy_;
  WatchedClass watched_;
  std::map<Name, api::ObjectPtr> ingresses_;  // of its class
  std::map<Name, bool> services_;             // that exist
  std::map<Name, std::int32_t> named_;        // Services that its Ingresses name, and how often
  std::set<Name> broken_;                     // of its Ingresses, those that make it invalid
};

}  // namespace seatrial::traffic
