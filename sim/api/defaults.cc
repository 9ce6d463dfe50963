#include "sim/api/defaults.h"

#include "sim/api/resources.h"

namespace seatrial::api {
namespace {

// The tag: what follows the last colon behind the last slash. An image by digest has none that matters.
std::string_view tag_of(std::string_view image) {
  const std::size_t digest = image.find('@');
  const std::string_view name = image.substr(0, digest);
  const std::size_t slash = name.rfind('/');
  const std::size_t colon = name.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon != std::string_view::npos) return name.substr(colon + 1);
  return digest == std::string_view::npos ? "latest" : "";
}

void default_http(HttpGetAction& http) {
  if (http.path.empty()) http.path = "/";
  if (http.scheme.empty()) http.scheme = "HTTP";
}

void default_probe(std::optional<Probe>& probe) {
  if (!probe) return;
  if (auto* const http = std::get_if<HttpGetAction>(&probe->handler)) default_http(*http);
  if (probe->timeout_seconds == 0) probe->timeout_seconds = 1;
  if (probe->period_seconds == 0) probe->period_seconds = 10;
  if (probe->success_threshold == 0) probe->success_threshold = 1;
  if (probe->failure_threshold == 0) probe->failure_threshold = 3;
}

void default_container(Container& c) {
  if (c.image_pull_policy == PullPolicy::kUnset) {
    c.image_pull_policy =
        tag_of(c.image.view()) == "latest" ? PullPolicy::kAlways : PullPolicy::kIfNotPresent;
  }
  for (ContainerPort& port : c.ports) {
    if (port.protocol.empty()) port.protocol = "TCP";
  }
  default_probe(c.liveness_probe);
  default_probe(c.readiness_probe);
  default_probe(c.startup_probe);
  for (LifecycleHandler* const handler : {&c.lifecycle.post_start, &c.lifecycle.pre_stop}) {
    if (auto* const http = std::get_if<HttpGetAction>(handler)) default_http(*http);
  }
}

// A limit without a request is the request too.
void default_requests(std::vector<Container>& containers) {
  for (Container& c : containers)
    c.resources.requests.insert(c.resources.limits.begin(), c.resources.limits.end());
}

// A pod that says something as a whole requests what its containers do, or else its limit.
void default_pod_resources(PodSpec& spec) {
  ResourceList& requests = spec.resources.requests;
  if (requests.empty() && spec.resources.limits.empty()) return;
  for (const auto& [name, quantity] : container_requests(spec)) {
    if (is_pod_level_resource(name)) requests.emplace(name, quantity);
  }
  for (const auto& [name, quantity] : spec.resources.limits) {
    if (is_pod_level_resource(name)) requests.emplace(name, quantity);
  }
}

// On a host's network a port of the container is one of the node.
void default_host_ports(std::vector<Container>& containers) {
  for (Container& c : containers) {
    for (ContainerPort& port : c.ports) {
      if (port.host_port == 0) port.host_port = port.container_port;
    }
  }
}

}  // namespace

void default_pod_spec(PodSpec& spec) {
  for (Container& c : spec.init_containers) default_container(c);
  for (Container& c : spec.containers) default_container(c);
  if (!spec.termination_grace_period_seconds) spec.termination_grace_period_seconds = 30;
  if (spec.scheduler_name.empty()) spec.scheduler_name = "default-scheduler";
}

void default_pod(PodSpec& spec) {
  default_pod_spec(spec);
  default_requests(spec.init_containers);
  default_requests(spec.containers);
  default_pod_resources(spec);
  if (!spec.host_network) return;
  default_host_ports(spec.init_containers);
  default_host_ports(spec.containers);
}

void default_template(PodTemplateSpec& t) {
  PodSpec spec = *t.spec;
  default_pod_spec(spec);
  if (!(spec == *t.spec)) t.spec = Shared<PodSpec>(std::move(spec));
}

}  // namespace seatrial::api
