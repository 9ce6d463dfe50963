// The security contexts of a pod and of its containers, on the document: no struct carries them. Sources:
// validatePodSpecSecurityContext, ValidateSecurityContext, validateSeccompProfileField,
// ValidateAppArmorProfileField.
#include <set>

#include "sim/api/document_check.h"
#include "sim/api/pod_validation.h"

namespace seatrial::api {
namespace {

// A field as the API server's own types call it, which it prints in messages about a whole context.
struct GoField {
  std::string_view go, json;
};

Value go_value(const Value* map, std::span<const GoField> fields, bool is_pointer) {
  if (!map && is_pointer) return Value();
  Value shown = map_value();
  for (const GoField& f : fields) {
    const Value* const value = map ? map->find(f.json) : nullptr;
    set(shown, f.go, value ? *value : Value());
  }
  return shown;
}

Value go_security_context(const Value& context) {
  static constexpr std::array kCapabilities{GoField{"Add", "add"}, GoField{"Drop", "drop"}};
  static constexpr std::array kProfile{GoField{"Type", "type"},
                                       GoField{"LocalhostProfile", "localhostProfile"}};
  static constexpr std::array kAll{GoField{"Capabilities", "capabilities"},
                                   GoField{"Privileged", "privileged"},
                                   GoField{"SELinuxOptions", "seLinuxOptions"},
                                   GoField{"WindowsOptions", "windowsOptions"},
                                   GoField{"RunAsUser", "runAsUser"},
                                   GoField{"RunAsGroup", "runAsGroup"},
                                   GoField{"RunAsNonRoot", "runAsNonRoot"},
                                   GoField{"ReadOnlyRootFilesystem", "readOnlyRootFilesystem"},
                                   GoField{"AllowPrivilegeEscalation", "allowPrivilegeEscalation"},
                                   GoField{"ProcMount", "procMount"},
                                   GoField{"SeccompProfile", "seccompProfile"},
                                   GoField{"AppArmorProfile", "appArmorProfile"}};
  Value shown = go_value(&context, kAll, false);
  if (const Value* const capabilities = context.find("capabilities"))
    set(shown, "Capabilities", go_value(capabilities, kCapabilities, true));
  if (const Value* const profile = context.find("seccompProfile"))
    set(shown, "SeccompProfile", go_value(profile, kProfile, true));
  if (const Value* const profile = context.find("appArmorProfile"))
    set(shown, "AppArmorProfile", go_value(profile, kProfile, true));
  return shown;
}

class SecurityCheck : DocumentCheck {
 public:
  using DocumentCheck::DocumentCheck;

  void pod(const Value& spec, const Value& context, const Place& at) const;
  void container(const Value& context, const Place& at, bool host_users) const;

 private:
  void profile(const Value& context, const Place& at, bool seccomp) const;
  void sysctls(const Value& spec, const Value& context, const Place& at) const;
};

// seccompProfile or appArmorProfile: a path on the node belongs to the type Localhost only.
void SecurityCheck::profile(const Value& context, const Place& at, bool seccomp) const {
  static constexpr std::array kTypes{"Localhost"sv, "RuntimeDefault"sv, "Unconfined"sv};
  const char* const name = seccomp ? "seccompProfile" : "appArmorProfile";
  const std::string what = seccomp ? "seccomp" : "AppArmor";
  const Value* const profile = member(context, name);
  if (!profile || !profile->is_map()) return;
  const Place here = field(at, name), path_at = field(here, "localhostProfile");
  const std::string type = text_of(*profile, "type"), path = text_of(*profile, "localhostProfile");
  if (type.empty())
    required(*profile, field(here, "type"), "type is required when " + std::string(name) + " is set");
  else
    one_of(member(*profile, "type"), field(here, "type"), kTypes);
  const bool given = member(*profile, "localhostProfile") != nullptr;
  if (type == "Localhost") {
    if (!given || (!seccomp && path.empty()))
      required(*profile, path_at, "must be set when " + what + " type is Localhost");
    else if (seccomp)
      descending_path(*profile, path_at, path);
  } else if (given && seccomp) {
    static constexpr std::array kProfile{GoField{"Type", "type"},
                                         GoField{"LocalhostProfile", "localhostProfile"}};
    say(*profile, path_at,
        "Invalid value: " + compact_json(go_value(profile, kProfile, true)) +
            ": can only be set when seccomp type is Localhost");
  } else if (given && contains(kTypes, std::string_view(type))) {
    invalid(*profile, path_at, path, "can only be set when AppArmor type is Localhost");
  }
}

void SecurityCheck::sysctls(const Value& spec, const Value& context, const Place& at) const {
  const std::vector<Value>& list = list_of(context, "sysctls");
  const Place sysctls = field(at, "sysctls");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string name = text_of(list[i], "name");
    const Place entry = item(sysctls, i), here = field(entry, "name");
    if (name.empty())
      required(list[i], here);
    else if (!seen.insert(name).second)
      say(list[i], here, "Duplicate value: " + compact_json(text_value(name)));
    const bool net = name.starts_with("net.") || name.starts_with("net/");
    const bool ipc = name.starts_with("kernel.shm") || name.starts_with("kernel.msg") ||
                     name == "kernel.sem" || name.starts_with("fs.mqueue.");
    if (net && is_flag(spec, "hostNetwork", true))
      invalid(list[i], here, name, "may not be specified when 'hostNetwork' is true");
    else if (ipc && is_flag(spec, "hostIPC", true))
      invalid(list[i], here, name, "may not be specified when 'hostIPC' is true");
  }
}

void SecurityCheck::pod(const Value& spec, const Value& context, const Place& at) const {
  static constexpr std::array kChangePolicies{"Always"sv, "OnRootMismatch"sv};
  static constexpr std::array kGroupPolicies{"Merge"sv, "Strict"sv};
  user_or_group(context, at, "fsGroup");
  user_or_group(context, at, "runAsUser");
  user_or_group(context, at, "runAsGroup");
  const std::vector<Value>& groups = list_of(context, "supplementalGroups");
  const Place groups_at = field(at, "supplementalGroups");
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].integer < 0 || groups[i].integer > INT32_MAX)
      invalid_number(groups[i], item(groups_at, i), "must be between 0 and 2147483647, inclusive");
  }
  if (is_flag(spec, "shareProcessNamespace", true) && is_flag(spec, "hostPID", true))
    invalid_number(*member(spec, "shareProcessNamespace"), field(at, "shareProcessNamespace"),
                   "ShareProcessNamespace and HostPID cannot both be enabled");
  sysctls(spec, context, at);
  one_of(member(context, "fsGroupChangePolicy"), field(at, "fsGroupChangePolicy"), kChangePolicies);
  profile(context, at, true);
  profile(context, at, false);
  one_of(member(context, "supplementalGroupsPolicy"), field(at, "supplementalGroupsPolicy"), kGroupPolicies);
}

void SecurityCheck::container(const Value& context, const Place& at, bool host_users) const {
  static constexpr std::array kProcMounts{"Default"sv, "Unmasked"sv};
  user_or_group(context, at, "runAsUser");
  user_or_group(context, at, "runAsGroup");
  if (const Value* const mount = member(context, "procMount")) {
    one_of(*mount, field(at, "procMount"), kProcMounts);
    if (host_users && mount->text == "Unmasked")
      invalid(*mount, field(at, "procMount"), mount->text, "`hostUsers` must be false to use `Unmasked`");
  }
  profile(context, at, true);
  if (is_flag(context, "allowPrivilegeEscalation", false)) {
    const std::string shown = "Invalid value: " + compact_json(go_security_context(context)) + ": ";
    if (is_flag(context, "privileged", true))
      say(context, at, shown + "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    const Value* const capabilities = member(context, "capabilities");
    const bool admin = capabilities && std::ranges::any_of(list_of(*capabilities, "add"), [](const Value& c) {
                         return c.text == "CAP_SYS_ADMIN";
                       });
    if (admin)
      say(context, at,
          shown + "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
  }
  profile(context, at, false);
}

}  // namespace

void check_pod_security_context(const Value& spec, const Place& at, const Context& context) {
  const Value* const security = spec.find("securityContext");
  const Value none = map_value();
  SecurityCheck(context).pod(spec, security && security->is_map() ? *security : none, at);
}

void check_container_security_context(const Value& container, const Place& at, bool host_users,
                                      const Context& context) {
  const Value* const security = container.find("securityContext");
  if (security && security->is_map()) SecurityCheck(context).container(*security, at, host_users);
}

}  // namespace seatrial::api
