#include "sim/cluster/pod_security_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

namespace seatrial::cluster {

using api::Value;

namespace {

using Found = std::optional<PodSecurityViolation>;
using Names = std::vector<std::string>;
using Set = std::set<std::string>;

// ---- Reading the document ----

// The value at a path of keys, or null.
template <class... Keys>
const Value* at(const Value& from, Keys... keys) {
  const Value* value = &from;
  ((value = value ? value->find(keys) : nullptr), ...);
  return value && !value->is_null() ? value : nullptr;
}

template <class... Keys>
std::string text(const Value& from, Keys... keys) {
  const Value* const value = at(from, keys...);
  return value ? value->text : std::string();
}

template <class... Keys>
bool is_true(const Value& from, Keys... keys) {
  const Value* const value = at(from, keys...);
  return value && value->type == Value::Type::kBool && value->integer != 0;
}

template <class... Keys>
bool is_false(const Value& from, Keys... keys) {
  const Value* const value = at(from, keys...);
  return value && value->type == Value::Type::kBool && value->integer == 0;
}

// The items of a list, none if there is none.
template <class... Keys>
const std::vector<Value>& items(const Value& from, Keys... keys) {
  static const std::vector<Value> kNone;
  const Value* const value = at(from, keys...);
  return value ? value->list : kNone;
}

template <class Visit>
void for_each_container(const Value& spec, Visit&& visit) {
  for (const char* const list : {"initContainers", "containers", "ephemeralContainers"})
    for (const Value& container : items(spec, list)) visit(container);
}

// The names of the containers of which something holds.
template <class Test>
Names containers_where(const PodUnderCheck& pod, Test&& test) {
  Names names;
  for_each_container(pod.spec, [&](const Value& container) {
    if (test(container)) names.push_back(text(container, "name"));
  });
  return names;
}

// ---- Saying it ----

template <class List>
std::string quoted(const List& list) {
  return list.empty() ? std::string() : fmt::format("\"{}\"", fmt::join(list, "\", \""));
}

const char* plural(const char* one, const char* many, std::size_t count) { return count == 1 ? one : many; }

std::string containers(const Names& names) {
  return fmt::format("{} {}", plural("container", "containers", names.size()), quoted(names));
}

// Who set something: the pod, containers, or both.
std::string setters(bool pod, const Names& names) {
  if (names.empty()) return "pod";
  return (pod ? "pod and " : "") + containers(names);
}

bool is_windows(const PodUnderCheck& pod) { return text(pod.spec, "os", "name") == "windows"; }
bool has_own_users(const PodUnderCheck& pod) { return is_false(pod.spec, "hostUsers"); }

template <Found (*kCheck)(const PodUnderCheck&)>
Found unless_windows(const PodUnderCheck& pod) {
  return is_windows(pod) ? std::nullopt : kCheck(pod);
}
template <Found (*kCheck)(const PodUnderCheck&)>
Found unless_own_users(const PodUnderCheck& pod) {
  return has_own_users(pod) ? std::nullopt : kCheck(pod);
}

// ---- Baseline ----

Found app_armor_profile(const PodUnderCheck& pod) {
  Set types;
  const auto is_bad = [&](const Value& holder) {
    if (!at(holder, "securityContext", "appArmorProfile")) return false;
    const std::string type = text(holder, "securityContext", "appArmorProfile", "type");
    if (type == "RuntimeDefault" || type == "Localhost") return false;
    types.insert(type);
    return true;
  };
  Names who, values;
  if (is_bad(pod.spec)) who.emplace_back("pod");
  if (const Names bad = containers_where(pod, is_bad); !bad.empty()) who.push_back(containers(bad));
  values.assign(types.begin(), types.end());
  Set annotations;
  for (const auto& [key, value] : pod.annotations) {
    const std::string_view profile = value.view();
    if (!key.view().starts_with("container.apparmor.security.beta.kubernetes.io/") || profile.empty() ||
        profile == "runtime/default" || profile.starts_with("localhost/"))
      continue;
    annotations.insert(fmt::format("{}=\"{}\"", key.view(), profile));
  }
  if (!annotations.empty()) {
    values.insert(values.end(), annotations.begin(), annotations.end());
    who.emplace_back(plural("annotation", "annotations", annotations.size()));
  }
  if (who.empty()) return std::nullopt;
  return {
      {plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values.size()),
       fmt::format("{} must not set AppArmor profile type to {}", fmt::join(who, " and "), quoted(values))}};
}

Found capabilities_baseline(const PodUnderCheck& pod) {
  static const Set kAllowed = {"AUDIT_WRITE", "CHOWN",  "DAC_OVERRIDE",     "FOWNER",  "FSETID",
                               "KILL",        "MKNOD",  "NET_BIND_SERVICE", "SETFCAP", "SETGID",
                               "SETPCAP",     "SETUID", "SYS_CHROOT"};
  Set added;
  const Names bad = containers_where(pod, [&](const Value& container) {
    bool any = false;
    for (const Value& capability : items(container, "securityContext", "capabilities", "add")) {
      if (kAllowed.contains(capability.text)) continue;
      added.insert(capability.text);
      any = true;
    }
    return any;
  });
  if (bad.empty()) return std::nullopt;
  return {
      {"non-default capabilities", fmt::format("{} must not include {} in securityContext.capabilities.add",
                                               containers(bad), quoted(added))}};
}

Found host_namespaces(const PodUnderCheck& pod) {
  Names shared;
  for (const char* const name : {"hostNetwork", "hostPID", "hostIPC"})
    if (is_true(pod.spec, name)) shared.push_back(fmt::format("{}=true", name));
  if (shared.empty()) return std::nullopt;
  return {{"host namespaces", fmt::format("{}", fmt::join(shared, ", "))}};
}

Found host_path_volumes(const PodUnderCheck& pod) {
  Names bad;
  for (const Value& volume : items(pod.spec, "volumes"))
    if (at(volume, "hostPath")) bad.push_back(text(volume, "name"));
  if (bad.empty()) return std::nullopt;
  return {{"hostPath volumes", fmt::format("{} {}", plural("volume", "volumes", bad.size()), quoted(bad))}};
}

Found host_ports(const PodUnderCheck& pod) {
  Set ports;
  const Names bad = containers_where(pod, [&](const Value& container) {
    bool any = false;
    for (const Value& port : items(container, "ports")) {
      const Value* const host_port = at(port, "hostPort");
      if (!host_port || host_port->integer == 0) continue;
      ports.insert(std::to_string(host_port->integer));
      any = true;
    }
    return any;
  });
  if (bad.empty()) return std::nullopt;
  return {{"hostPort", fmt::format("{} {} {} {}", containers(bad), plural("uses", "use", bad.size()),
                                   plural("hostPort", "hostPorts", ports.size()), fmt::join(ports, ", "))}};
}

Found host_probes(const PodUnderCheck& pod) {
  Set bad, hosts;
  for_each_container(pod.spec, [&](const Value& container) {
    const auto look = [&](const Value* handler) {
      if (!handler) return;
      for (const char* const kind : {"httpGet", "tcpSocket"}) {
        const std::string host = text(*handler, kind, "host");
        if (host.empty()) continue;
        bad.insert(text(container, "name"));
        hosts.insert(host);
      }
    };
    for (const char* const probe : {"livenessProbe", "readinessProbe", "startupProbe"})
      look(at(container, probe));
    for (const char* const hook : {"postStart", "preStop"}) look(at(container, "lifecycle", hook));
  });
  if (bad.empty()) return std::nullopt;
  return {{"probe or lifecycle host",
           fmt::format(
               "{} {} {} {}", containers(Names(bad.begin(), bad.end())), plural("uses", "use", bad.size()),
               plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.size()), quoted(hosts))}};
}

Found privileged(const PodUnderCheck& pod) {
  const Names bad =
      containers_where(pod, [](const Value& c) { return is_true(c, "securityContext", "privileged"); });
  if (bad.empty()) return std::nullopt;
  return {{"privileged", containers(bad) + " must not set securityContext.privileged=true"}};
}

Found proc_mount(const PodUnderCheck& pod) {
  Set types;
  const Names bad = containers_where(pod, [&](const Value& container) {
    const Value* const mount = at(container, "securityContext", "procMount");
    if (!mount || mount->text == "Default") return false;
    types.insert(mount->text);
    return true;
  });
  if (bad.empty()) return std::nullopt;
  return {{"procMount",
           fmt::format("{} must not set securityContext.procMount to {}", containers(bad), quoted(types))}};
}

Found se_linux_options(const PodUnderCheck& pod, const Set& allowed) {
  Set types;
  bool user = false, role = false;
  const auto is_bad = [&](const Value& holder) {
    const Value* const options = at(holder, "securityContext", "seLinuxOptions");
    if (!options) return false;
    const std::string type = text(*options, "type");
    const bool bad_type = !allowed.contains(type);
    const bool sets_user = !text(*options, "user").empty(), sets_role = !text(*options, "role").empty();
    if (bad_type) types.insert(type);
    user |= sets_user;
    role |= sets_role;
    return bad_type || sets_user || sets_role;
  };
  const bool by_pod = is_bad(pod.spec);
  const Names bad = containers_where(pod, is_bad);
  if (!by_pod && bad.empty()) return std::nullopt;
  Names what;
  if (!types.empty())
    what.push_back(fmt::format("{} {}", plural("type", "types", types.size()), quoted(types)));
  if (user) what.emplace_back("user may not be set");
  if (role) what.emplace_back("role may not be set");
  return {{"seLinuxOptions", fmt::format("{} set forbidden securityContext.seLinuxOptions: {}",
                                         setters(by_pod, bad), fmt::join(what, "; "))}};
}
Found se_linux_options_1_0(const PodUnderCheck& pod) {
  return se_linux_options(pod, {"", "container_t", "container_init_t", "container_kvm_t"});
}
Found se_linux_options_1_31(const PodUnderCheck& pod) {
  return se_linux_options(pod,
                          {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"});
}

bool is_good_profile(const std::string& type) { return type == "Localhost" || type == "RuntimeDefault"; }

// Before the field there were annotations.
Found seccomp_annotations(const PodUnderCheck& pod) {
  Set bad;
  const auto look = [&](const std::string& key) {
    const api::Symbol* const value = pod.annotations.find(key);
    if (!value) return;
    const std::string_view profile = value->view();
    if (profile == "runtime/default" || profile == "docker/default" || profile.starts_with("localhost/"))
      return;
    bad.insert(fmt::format("{}=\"{}\"", key, profile));
  };
  look("seccomp.security.alpha.kubernetes.io/pod");
  for_each_container(pod.spec, [&](const Value& container) {
    look("container.seccomp.security.alpha.kubernetes.io/" + text(container, "name"));
  });
  if (bad.empty()) return std::nullopt;
  return {{"seccompProfile", fmt::format("forbidden {} {}", plural("annotation", "annotations", bad.size()),
                                         fmt::join(bad, ", "))}};
}

// Profiles that were set to something bad.
Found bad_seccomp_profiles(const PodUnderCheck& pod) {
  Set types;
  const auto is_bad = [&](const Value& holder) {
    if (!at(holder, "securityContext", "seccompProfile")) return false;
    const std::string type = text(holder, "securityContext", "seccompProfile", "type");
    if (is_good_profile(type)) return false;
    types.insert(type);
    return true;
  };
  const bool by_pod = is_bad(pod.spec);
  const Names bad = containers_where(pod, is_bad);
  if (!by_pod && bad.empty()) return std::nullopt;
  return {{"seccompProfile", fmt::format("{} must not set securityContext.seccompProfile.type to {}",
                                         setters(by_pod, bad), quoted(types))}};
}

Found sysctls(const PodUnderCheck& pod, std::size_t allowed) {
  static constexpr std::array<std::string_view, 12> kSafe = {"kernel.shm_rmid_forced",
                                                             "net.ipv4.ip_local_port_range",
                                                             "net.ipv4.tcp_syncookies",
                                                             "net.ipv4.ping_group_range",
                                                             "net.ipv4.ip_unprivileged_port_start",
                                                             "net.ipv4.ip_local_reserved_ports",
                                                             "net.ipv4.tcp_keepalive_time",
                                                             "net.ipv4.tcp_fin_timeout",
                                                             "net.ipv4.tcp_keepalive_intvl",
                                                             "net.ipv4.tcp_keepalive_probes",
                                                             "net.ipv4.tcp_rmem",
                                                             "net.ipv4.tcp_wmem"};
  Names bad;
  for (const Value& sysctl : items(pod.spec, "securityContext", "sysctls")) {
    const std::string name = text(sysctl, "name");
    const auto end = kSafe.begin() + static_cast<std::ptrdiff_t>(allowed);
    if (std::find(kSafe.begin(), end, name) == end) bad.push_back(name);
  }
  if (bad.empty()) return std::nullopt;
  return {{"forbidden sysctls", fmt::format("{}", fmt::join(bad, ", "))}};
}
template <std::size_t kAllowed>
Found sysctls(const PodUnderCheck& pod) {
  return sysctls(pod, kAllowed);
}

Found windows_host_process(const PodUnderCheck& pod) {
  const auto is_set = [](const Value& holder) {
    return is_true(holder, "securityContext", "windowsOptions", "hostProcess");
  };
  const bool by_pod = is_set(pod.spec);
  const Names bad = containers_where(pod, is_set);
  if (!by_pod && bad.empty()) return std::nullopt;
  return {{"hostProcess",
           setters(by_pod, bad) + " must not set securityContext.windowsOptions.hostProcess=true"}};
}

// ---- Restricted ----

Found allow_privilege_escalation(const PodUnderCheck& pod) {
  const Names bad = containers_where(
      pod, [](const Value& c) { return !is_false(c, "securityContext", "allowPrivilegeEscalation"); });
  if (bad.empty()) return std::nullopt;
  return {{"allowPrivilegeEscalation != false",
           containers(bad) + " must set securityContext.allowPrivilegeEscalation=false"}};
}

Found capabilities_restricted(const PodUnderCheck& pod) {
  Set added;
  const Names keeping = containers_where(pod, [](const Value& c) {
    return std::ranges::none_of(items(c, "securityContext", "capabilities", "drop"),
                                [](const Value& capability) { return capability.text == "ALL"; });
  });
  const Names adding = containers_where(pod, [&](const Value& c) {
    bool any = false;
    for (const Value& capability : items(c, "securityContext", "capabilities", "add")) {
      if (capability.text == "NET_BIND_SERVICE") continue;
      added.insert(capability.text);
      any = true;
    }
    return any;
  });
  Names what;
  if (!keeping.empty())
    what.push_back(containers(keeping) + " must set securityContext.capabilities.drop=[\"ALL\"]");
  if (!adding.empty())
    what.push_back(fmt::format("{} must not include {} in securityContext.capabilities.add",
                               containers(adding), quoted(added)));
  if (what.empty()) return std::nullopt;
  return {{"unrestricted capabilities", fmt::format("{}", fmt::join(what, "; "))}};
}

Found restricted_volumes(const PodUnderCheck& pod) {
  static const Set kAllowed = {"configMap", "csi",   "downwardAPI",           "emptyDir",
                               "ephemeral", "image", "persistentVolumeClaim", "projected",
                               "secret"};
  Names bad;
  Set types;
  for (const Value& volume : items(pod.spec, "volumes")) {
    std::string type = "unknown";
    for (const auto& [key, source] : volume.map)
      if (key.view() != "name" && !source.is_null()) type = key.str();
    if (kAllowed.contains(type)) continue;
    bad.push_back(text(volume, "name"));
    types.insert(type);
  }
  if (bad.empty()) return std::nullopt;
  return {{"restricted volume types",
           fmt::format("{} {} {} {} {}", plural("volume", "volumes", bad.size()), quoted(bad),
                       plural("uses", "use", bad.size()),
                       plural("restricted volume type", "restricted volume types", types.size()),
                       quoted(types))}};
}

Found run_as_non_root(const PodUnderCheck& pod) {
  const auto is_refused = [](const Value& holder) {
    return is_false(holder, "securityContext", "runAsNonRoot");
  };
  const bool by_pod = is_refused(pod.spec), pod_does = is_true(pod.spec, "securityContext", "runAsNonRoot");
  const Names explicitly = containers_where(pod, is_refused);
  constexpr const char* kReason = "runAsNonRoot != true";
  if (by_pod || !explicitly.empty())
    return {{kReason, setters(by_pod, explicitly) + " must not set securityContext.runAsNonRoot=false"}};
  const Names silent = containers_where(
      pod, [&](const Value& c) { return !pod_does && !at(c, "securityContext", "runAsNonRoot"); });
  if (silent.empty()) return std::nullopt;
  return {{kReason, "pod or " + containers(silent) + " must set securityContext.runAsNonRoot=true"}};
}

Found run_as_user(const PodUnderCheck& pod) {
  const auto is_root = [](const Value& holder) {
    const Value* const user = at(holder, "securityContext", "runAsUser");
    return user && user->integer == 0;
  };
  const bool by_pod = is_root(pod.spec);
  const Names bad = containers_where(pod, is_root);
  if (!by_pod && bad.empty()) return std::nullopt;
  return {{"runAsUser=0", setters(by_pod, bad) + " must not set runAsUser=0"}};
}

Found seccomp_restricted(const PodUnderCheck& pod) {
  if (Found bad = bad_seccomp_profiles(pod)) return bad;
  const bool pod_does = at(pod.spec, "securityContext", "seccompProfile") != nullptr;
  const Names silent = containers_where(
      pod, [&](const Value& c) { return !pod_does && !at(c, "securityContext", "seccompProfile"); });
  if (silent.empty()) return std::nullopt;
  return {{"seccompProfile",
           "pod or " + containers(silent) +
               " must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\""}};
}

constexpr PodSecurityLevel kBaseline = PodSecurityLevel::kBaseline,
                           kRestricted = PodSecurityLevel::kRestricted;

// Sorted by level, id and version.
// clang-format off
constexpr PodSecurityCheck kChecks[] = {
    {"appArmorProfile",            kBaseline,    0, app_armor_profile},
    {"capabilities_baseline",      kBaseline,    0, capabilities_baseline},
    {"hostNamespaces",             kBaseline,    0, host_namespaces},
    {"hostPathVolumes",            kBaseline,    0, host_path_volumes},
    {"hostPorts",                  kBaseline,    0, host_ports},
    {"hostProbesAndHostLifecycle", kBaseline,   34, host_probes},
    {"privileged",                 kBaseline,    0, privileged},
    {"procMount",                  kBaseline,    0, proc_mount},
    {"procMount",                  kBaseline,   35, unless_own_users<proc_mount>},
    {"seLinuxOptions",             kBaseline,    0, se_linux_options_1_0},
    {"seLinuxOptions",             kBaseline,   31, se_linux_options_1_31},
    {"seccompProfile_baseline",    kBaseline,    0, seccomp_annotations},
    {"seccompProfile_baseline",    kBaseline,   19, bad_seccomp_profiles},
    {"sysctls",                    kBaseline,    0, sysctls<5>},
    {"sysctls",                    kBaseline,   27, sysctls<6>},
    {"sysctls",                    kBaseline,   29, sysctls<10>},
    {"sysctls",                    kBaseline,   32, sysctls<12>},
    {"windowsHostProcess",         kBaseline,    0, windows_host_process},
    {"allowPrivilegeEscalation",   kRestricted,  8, allow_privilege_escalation},
    {"allowPrivilegeEscalation",   kRestricted, 25, unless_windows<allow_privilege_escalation>},
    {"capabilities_restricted",    kRestricted, 22, capabilities_restricted, "capabilities_baseline"},
    {"capabilities_restricted",    kRestricted, 25, unless_windows<capabilities_restricted>, "capabilities_baseline"},
    {"procMount_restricted",       kRestricted, 35, proc_mount, "procMount"},
    {"restrictedVolumes",          kRestricted,  0, restricted_volumes, "hostPathVolumes"},
    {"runAsNonRoot",               kRestricted,  0, run_as_non_root},
    {"runAsNonRoot",               kRestricted, 35, unless_own_users<run_as_non_root>},
    {"runAsUser",                  kRestricted, 23, run_as_user},
    {"runAsUser",                  kRestricted, 35, unless_own_users<run_as_user>},
    {"seccompProfile_restricted",  kRestricted, 19, seccomp_restricted, "seccompProfile_baseline"},
    {"seccompProfile_restricted",  kRestricted, 25, unless_windows<seccomp_restricted>, "seccompProfile_baseline"},
};
// clang-format on

}  // namespace

std::vector<const PodSecurityCheck*> checks_of(const PodSecurityPolicy& policy) {
  std::vector<const PodSecurityCheck*> checks;
  for (const PodSecurityCheck& row : kChecks) {
    if (row.level > policy.level || row.since > policy.minor) continue;
    // A later row of one id replaces the earlier one.
    if (!checks.empty() && checks.back()->id == row.id) checks.pop_back();
    checks.push_back(&row);
  }
  std::erase_if(checks, [&, all = checks](const PodSecurityCheck* check) {
    return std::ranges::any_of(all,
                               [&](const PodSecurityCheck* other) { return other->overrides == check->id; });
  });
  return checks;
}

}  // namespace seatrial::cluster
