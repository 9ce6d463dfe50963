// `loadBalancers:` of a platform: those that send to pods by their addresses.
#include <algorithm>

#include "sim/scenario/decode_nodes.h"

namespace seatrial::scenario {
namespace {

void read_health_check(Reader map, LoadBalancer& balancer) {
  // As aws-load-balancer-controller asks for where no annotation says otherwise. An Application Load Balancer
  // takes a new target for healthy after one check.
  traffic::HealthCheck& check = balancer.targets.health_check;
  const bool network = balancer.kind == LoadBalancer::Kind::kNetwork;
  check = network ? traffic::HealthCheck{Duration::seconds(10), 3, 3, 3}
                  : traffic::HealthCheck{Duration::seconds(15), 2, 2, 1};
  if (!map || !map.expect_map()) return;
  const auto threshold = [&](const char* key, std::int32_t fallback) {
    return static_cast<std::int32_t>(map.field(key).integer(fallback, 2, 10));
  };
  check.interval = map.field("interval").duration(check.interval, Duration::seconds(5));
  check.healthy_threshold = threshold("healthyThreshold", check.healthy_threshold);
  check.unhealthy_threshold = threshold("unhealthyThreshold", check.unhealthy_threshold);
  if (network) check.first_threshold = check.healthy_threshold;
  map.done();
}

void read_load_balancer(Reader map, Platform& platform) {
  if (!map.expect_map()) return;
  LoadBalancer balancer;
  balancer.source = map.where();
  const Reader name = map.required("name");
  balancer.name = name.text();
  const auto taken = [&](const auto& list) {
    return std::ranges::any_of(list, [&](const auto& other) { return other.name == balancer.name; });
  };
  if (taken(platform.load_balancers) || taken(platform.ingress_controllers))
    name.problem("another load balancer or ingress controller is called \"" + balancer.name.str() +
                 "\" already");
  const Reader kind = map.required("kind"), ingress_class = map.field("class"),
               idle = map.field("idleTimeout");
  balancer.kind = static_cast<LoadBalancer::Kind>(kind.choice({"network", "application"}, 0));
  const bool application = balancer.kind == LoadBalancer::Kind::kApplication;
  for (const Reader* const at : {&ingress_class, &idle})
    if (*at && !application) at->problem("has a meaning with kind: application only");
  balancer.ingress_class = ingress_class.text(application ? balancer.name.view() : "");
  for (const IngressController& controller : platform.ingress_controllers)
    if (application && controller.ingress_class == balancer.ingress_class)
      ingress_class.problem("ingress controller " + controller.name.str() + " has this class already");
  balancer.idle_timeout = idle.duration(balancer.idle_timeout, Duration::seconds(1));
  balancer.targets.registration = map.required("registration").distribution(Distribution());
  balancer.targets.deregistration = map.required("deregistration").distribution(Distribution());
  balancer.targets.deregistration_delay =
      map.field("deregistrationDelay").duration(balancer.targets.deregistration_delay);
  balancer.targets.cross_zone = map.field("crossZone").boolean(application);
  read_health_check(map.field("healthCheck"), balancer);
  map.done();
  platform.load_balancers.push_back(std::move(balancer));
}

// The balancers that ingress controllers name.
void check_balancers(const Reader& list, const Platform& platform) {
  for (const IngressController& controller : platform.ingress_controllers) {
    if (!controller.pods) continue;
    const bool there = std::ranges::any_of(platform.load_balancers, [&](const LoadBalancer& b) {
      return b.name == controller.pods->load_balancer && b.kind == LoadBalancer::Kind::kNetwork;
    });
    if (!there)
      list.problem("ingress controller " + controller.name.str() + " names \"" +
                   controller.pods->load_balancer.str() + "\", and no Network Load Balancer is called so");
  }
}

}  // namespace

void read_load_balancers(const Reader& list, Platform& platform) {
  for (const Reader& balancer : list.items()) read_load_balancer(balancer, platform);
  check_balancers(list, platform);
}

}  // namespace seatrial::scenario
