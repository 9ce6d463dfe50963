#include <set>

#include "sim/api/pod_validation.h"
#include "sim/api/resources.h"

namespace seatrial::api {
namespace {

constexpr std::array kSchemes{"HTTP"sv, "HTTPS"sv};
constexpr std::array kContainerProtocols{"SCTP"sv, "TCP"sv, "UDP"sv};
constexpr const char* kNonNegative = "must be greater than or equal to 0";

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void validate_port(Report& report, const Place& at, const IntOrString& port) {
  if (port.is_string())
    report.invalid_all(at, port.text.view(), check_port_name(port.text.view()));
  else
    for (const std::string& message : check_port_number(port.number))
      report.invalid(at, port.number, message);
}

void validate_http(Report& report, const Place& at, const HttpGetAction& http) {
  if (http.path.empty()) report.required(field(at, "path"), "");
  validate_port(report, field(at, "port"), http.port);
  if (!contains(kSchemes, http.scheme.view()))
    report.unsupported(field(at, "scheme"), http.scheme.view(), kSchemes);
}

void validate_exec(Report& report, const Place& at, const ExecAction& exec) {
  if (exec.command.empty()) report.required(field(at, "command"), "");
}

struct ProbeHandler {
  Report& report;
  const Place& at;
  void operator()(const HttpGetAction& http) const { validate_http(report, field(at, "httpGet"), http); }
  void operator()(const ExecAction& exec) const { validate_exec(report, field(at, "exec"), exec); }
  void operator()(const TcpSocketAction& tcp) const {
    const Place here = field(at, "tcpSocket");
    validate_port(report, field(here, "port"), tcp.port);
  }
  void operator()(const GrpcAction& grpc) const {
    const Place here = field(at, "grpc");
    validate_port(report, field(here, "port"), IntOrString{grpc.port, {}});
  }
};

enum class ProbeKind : std::uint8_t { kLiveness, kReadiness, kStartup };

void validate_probe(Report& report, const Place& at, const std::optional<Probe>& probe, ProbeKind kind) {
  if (!probe) return;
  std::visit(ProbeHandler{report, at}, probe->handler);
  report.non_negative(field(at, "initialDelaySeconds"), probe->initial_delay_seconds);
  report.non_negative(field(at, "timeoutSeconds"), probe->timeout_seconds);
  report.non_negative(field(at, "periodSeconds"), probe->period_seconds);
  report.non_negative(field(at, "successThreshold"), probe->success_threshold);
  report.non_negative(field(at, "failureThreshold"), probe->failure_threshold);
  const auto grace = probe->termination_grace_period_seconds;
  if (grace && *grace <= 0)
    report.invalid(field(at, "terminationGracePeriodSeconds"), *grace, "must be greater than 0");
  if (kind == ProbeKind::kReadiness) {
    if (grace) {
      report.invalid(field(at, "terminationGracePeriodSeconds"), *grace,
                     "must not be set for readinessProbes");
    }
  } else if (probe->success_threshold != 1) {
    report.invalid(field(at, "successThreshold"), probe->success_threshold, "must be 1");
  }
}

struct HookHandler {
  Report& report;
  const Place& at;
  std::int64_t grace;
  void operator()(std::monostate) const {}
  void operator()(const HttpGetAction& http) const { validate_http(report, field(at, "httpGet"), http); }
  void operator()(const ExecAction& exec) const { validate_exec(report, field(at, "exec"), exec); }
  void operator()(const TcpSocketAction& tcp) const { ProbeHandler{report, at}(tcp); }
  void operator()(const SleepAction& sleep) const {
    if (sleep.seconds >= 0 && sleep.seconds <= grace) return;
    report.invalid(
        field(at, "sleep"), sleep.seconds,
        "must be non-negative and less than terminationGracePeriodSeconds (" + std::to_string(grace) + ")");
  }
};

void validate_lifecycle(Report& report, const Place& at, const Lifecycle& lifecycle, std::int64_t grace) {
  std::visit(HookHandler{report, field(at, "postStart"), grace}, lifecycle.post_start);
  std::visit(HookHandler{report, field(at, "preStop"), grace}, lifecycle.pre_stop);
}

void validate_ports(Report& report, const Place& at, const std::vector<ContainerPort>& ports) {
  std::set<Symbol> names;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const ContainerPort& port = ports[i];
    const Place here = item(at, i);
    if (!port.name.empty()) {
      const auto wrong = check_port_name(port.name.view());
      report.invalid_all(field(here, "name"), port.name.view(), wrong);
      if (wrong.empty() && !names.insert(port.name).second)
        report.duplicate(field(here, "name"), port.name.view());
    }
    if (port.container_port == 0) {
      report.required(field(here, "containerPort"), "");
    } else {
      validate_port(report, field(here, "containerPort"), IntOrString{port.container_port, {}});
    }
    if (port.host_port != 0) validate_port(report, field(here, "hostPort"), IntOrString{port.host_port, {}});
    if (!contains(kContainerProtocols, port.protocol.view())) {
      report.unsupported(field(here, "protocol"), port.protocol.view(), kContainerProtocols);
    }
  }
}

void validate_env(Report& report, const Place& at, const std::vector<EnvVar>& env) {
  for (std::size_t i = 0; i < env.size(); ++i) {
    const Place here = item(at, i);
    if (env[i].name.empty()) {
      report.required(field(here, "name"), "");
    } else {
      report.invalid_all(field(here, "name"), env[i].name.view(), check_env_var_name(env[i].name.view()));
    }
  }
}

bool is_overcommit_allowed(std::string_view name) {
  return name.find('/') == std::string_view::npos && !name.starts_with("hugepages-");
}

// ValidateResourceQuantityValue: there is no half of a device.
void validate_amount_of(Report& report, const Place& at, std::string_view name, const Quantity& quantity) {
  if (quantity.is_negative()) report.invalid(at, quantity.str(), kNonNegative);
  if (!is_overcommit_allowed(name) && quantity.milli() % 1000 != 0)
    report.invalid(at, quantity.str(), "must be an integer");
}

// HugePages are backed by memory that the container asks for.
void validate_huge_pages(Report& report, const Place& at, const ResourceRequirements& resources) {
  const auto uses = [&](auto&& is_it) {
    return std::ranges::any_of(resources.limits, [&](const auto& e) { return is_it(e.first.view()); }) ||
           std::ranges::any_of(resources.requests, [&](const auto& e) { return is_it(e.first.view()); });
  };
  if (uses([](std::string_view name) { return name.starts_with("hugepages-"); }) &&
      !uses([](std::string_view name) { return name == "cpu" || name == "memory"; }))
    report.forbidden(at, "HugePages require cpu or memory");
}

}  // namespace

void validate_container_resource_name(Report& report, const Place& at, std::string_view name) {
  static constexpr std::array kStandard{"cpu"sv, "memory"sv, "ephemeral-storage"sv};
  const auto wrong = check_qualified_name(name);
  report.invalid_all(at, name, wrong);
  if (!wrong.empty() || name.find('/') != std::string_view::npos) return;
  if (!contains(kStandard, name) && !name.starts_with("hugepages-")) {
    report.invalid(at, name, "must be a standard resource for containers");
  }
}

void validate_resources(Report& report, const Place& at, const ResourceRequirements& resources) {
  const Place limits = field(at, "limits"), requests = field(at, "requests");
  for (const auto& [name, quantity] : resources.limits) {
    validate_container_resource_name(report, key(limits, name.view()), name.view());
    validate_amount_of(report, key(limits, name.view()), name.view(), quantity);
  }
  for (const auto& [name, quantity] : resources.requests) {
    const Place here = key(requests, name.view());
    validate_container_resource_name(report, here, name.view());
    validate_amount_of(report, here, name.view(), quantity);
    const auto limit = resources.limits.find(name);
    const bool overcommit = is_overcommit_allowed(name.view());
    if (limit == resources.limits.end()) {
      if (!overcommit) report.required(limits, "Limit must be set for non overcommitable resources");
      continue;
    }
    const std::string tail = " to " + name.str() + " limit of " + limit->second.str();
    if (!overcommit && quantity != limit->second)
      report.invalid(requests, quantity.str(), "must be equal" + tail);
    else if (quantity > limit->second)
      report.invalid(requests, quantity.str(), "must be less than or equal" + tail);
  }
  validate_huge_pages(report, at, resources);
}

void validate_images_of_pod(Report& report, const Place& at, const PodSpec& spec) {
  const auto look = [&](const Place& list, const std::vector<Container>& containers) {
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const std::string_view image = containers[i].image.view();
      const Place here = item(list, i);
      if (!image.empty() && (is_blank(image.front()) || is_blank(image.back())))
        report.invalid(field(here, "image"), image, "must not have leading or trailing whitespace");
    }
  };
  look(field(at, "containers"), spec.containers);
  look(field(at, "initContainers"), spec.init_containers);
}

namespace {

void validate_container(Report& report, const Place& at, const Container& c) {
  if (c.name.empty())
    report.required(field(at, "name"), "");
  else
    report.invalid_all(field(at, "name"), c.name.view(), check_dns1123_label(c.name.view()));
  if (c.image.empty()) report.required(field(at, "image"), "");
  validate_ports(report, field(at, "ports"), c.ports);
  validate_env(report, field(at, "env"), c.env);
  validate_resources(report, field(at, "resources"), c.resources);
}

void validate_running(Report& report, const Place& at, const Container& c, std::int64_t grace) {
  validate_lifecycle(report, field(at, "lifecycle"), c.lifecycle, grace);
  validate_probe(report, field(at, "livenessProbe"), c.liveness_probe, ProbeKind::kLiveness);
  validate_probe(report, field(at, "readinessProbe"), c.readiness_probe, ProbeKind::kReadiness);
  validate_probe(report, field(at, "startupProbe"), c.startup_probe, ProbeKind::kStartup);
}

void validate_init_container(Report& report, const Place& at, const Container& c, std::int64_t grace) {
  constexpr const char* kSidecarsOnly = "may not be set for init containers without restartPolicy=Always";
  if (is_sidecar(c)) return validate_running(report, at, c, grace);
  if (!(c.lifecycle == Lifecycle{})) report.forbidden(field(at, "lifecycle"), kSidecarsOnly);
  if (c.liveness_probe) report.forbidden(field(at, "livenessProbe"), kSidecarsOnly);
  if (c.readiness_probe) report.forbidden(field(at, "readinessProbe"), kSidecarsOnly);
  if (c.startup_probe) report.forbidden(field(at, "startupProbe"), kSidecarsOnly);
}

// Two containers that want one port of the node.
void validate_host_ports(Report& report, const Place& at, const std::vector<Container>& containers) {
  std::set<std::string> taken;
  for (std::size_t i = 0; i < containers.size(); ++i) {
    const Place container = item(at, i), ports = field(container, "ports");
    for (std::size_t k = 0; k < containers[i].ports.size(); ++k) {
      const ContainerPort& port = containers[i].ports[k];
      if (port.host_port == 0) continue;
      const std::string id =
          port.protocol.str() + "/" + port.host_ip.str() + "/" + std::to_string(port.host_port);
      if (!taken.insert(id).second) report.duplicate(field(item(ports, k), "hostPort"), id);
    }
  }
}

}  // namespace

void validate_containers(Report& report, const Place& at, const PodSpec& spec) {
  const std::int64_t grace = spec.termination_grace_period_seconds.value_or(30);
  const Place containers = field(at, "containers"), init = field(at, "initContainers");
  std::set<Symbol> names;
  if (spec.containers.empty()) report.required(containers, "");
  for (std::size_t i = 0; i < spec.containers.size(); ++i) {
    const Container& c = spec.containers[i];
    const Place here = item(containers, i);
    validate_container(report, here, c);
    if (!c.name.empty() && !names.insert(c.name).second) report.duplicate(field(here, "name"), c.name.view());
    validate_running(report, here, c, grace);
  }
  validate_host_ports(report, containers, spec.containers);
  for (std::size_t i = 0; i < spec.init_containers.size(); ++i) {
    const Container& c = spec.init_containers[i];
    const Place here = item(init, i);
    validate_container(report, here, c);
    if (!c.name.empty() && !names.insert(c.name).second) report.duplicate(field(here, "name"), c.name.view());
    validate_init_container(report, here, c, grace);
  }
}

}  // namespace seatrial::api
