// What else of a pod's spec no struct carries, on the document: sources of environment variables, message and
// DNS policies, aliases of hosts, the operating system. Source: ValidatePodSpec, validateContainerCommon.
#include "sim/api/document_check.h"
#include "sim/api/ip_address.h"
#include "sim/api/pod_validation.h"

namespace seatrial::api {
namespace {

class PodDocumentCheck : DocumentCheck {
 public:
  PodDocumentCheck(const Value& spec, const Place& at, const Context& context)
      : DocumentCheck(context), spec_(spec), at_(at), context_(context) {}

  void all() const {
    containers("containers");
    containers("initContainers");
    policies();
    const Place security = field(at_, "securityContext");
    check_pod_security_context(spec_, security, context_);
    dns_config();
    host_users();
    host_aliases();
    os();
    ephemeral_containers();
  }

 private:
  void containers(std::string_view name) const;
  void container(const Value& container, const Place& at) const;
  void env(const Value& container, const Place& at) const;
  void value_from(const Value& variable, const Place& at) const;
  void field_ref(const Value& ref, const Place& at) const;
  void key_ref(const Value& ref, const Place& at) const;
  void env_from(const Value& container, const Place& at) const;
  void policies() const;
  void dns_config() const;
  void host_users() const;
  void host_aliases() const;
  void os() const;
  void ephemeral_containers() const;
  void ip_address(const Value& text, const Place& at) const {
    if (!IpAddress::parse(text.text))
      invalid(text, at, text.text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
  }

  const Value& spec_;
  const Place& at_;
  const Context& context_;
};

void PodDocumentCheck::containers(std::string_view name) const {
  const std::vector<Value>& list = list_of(spec_, name);
  const Place here = field(at_, name);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].is_map()) container(list[i], item(here, i));
  }
}

void PodDocumentCheck::container(const Value& container, const Place& at) const {
  static constexpr std::array kPolicies{"File"sv, "FallbackToLogsOnError"sv};
  one_of(member(container, "terminationMessagePolicy"), field(at, "terminationMessagePolicy"), kPolicies);
  env(container, field(at, "env"));
  env_from(container, field(at, "envFrom"));
  const Place security = field(at, "securityContext");
  check_container_security_context(container, security, !is_flag(spec_, "hostUsers", false), context_);
}

void PodDocumentCheck::env(const Value& container, const Place& at) const {
  const std::vector<Value>& list = list_of(container, "env");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Place variable = item(at, i);
    if (list[i].is_map() && member(list[i], "valueFrom")) value_from(list[i], field(variable, "valueFrom"));
  }
}

void PodDocumentCheck::field_ref(const Value& ref, const Place& at) const {
  static constexpr std::array kFields{"metadata.name"sv,
                                      "metadata.namespace"sv,
                                      "metadata.uid"sv,
                                      "spec.nodeName"sv,
                                      "spec.serviceAccountName"sv,
                                      "status.hostIP"sv,
                                      "status.hostIPs"sv,
                                      "status.podIP"sv,
                                      "status.podIPs"sv};
  static constexpr std::array kOthers{"metadata.annotations"sv, "metadata.labels"sv, "spec.restartPolicy"sv,
                                      "spec.schedulerName"sv, "status.phase"sv};
  const Value* const given = member(ref, "fieldPath");
  const Place here = field(at, "fieldPath");
  if (!given || given->text.empty()) return required(ref, here);
  std::string path = given->text, key;
  const std::size_t bracket = path.find("['");
  const bool subscript = bracket != std::string::npos && path.ends_with("']");
  if (subscript) {
    key = path.substr(bracket + 2, path.size() - bracket - 4);
    path.resize(bracket);
  }
  if (!contains(kFields, std::string_view(path)) && !contains(kOthers, std::string_view(path)))
    return invalid(*given, here, given->text,
                   "error converting fieldPath: field label not supported: " + path);
  if (!subscript) return one_of(*given, here, kFields);
  if (path != "metadata.annotations" && path != "metadata.labels")
    return invalid(*given, at, path, "does not support subscript");
  invalid_all(*given, at, key, check_qualified_name(key));
}

void PodDocumentCheck::key_ref(const Value& ref, const Place& at) const {
  const std::string name = text_of(ref, "name"), key = text_of(ref, "key");
  invalid_all(ref, field(at, "name"), name, check_dns1123_subdomain(name));
  if (key.empty())
    required(ref, field(at, "key"));
  else
    invalid_all(ref, field(at, "key"), key, check_config_map_key(key));
}

void PodDocumentCheck::value_from(const Value& variable, const Place& at) const {
  static constexpr std::array kResources{
      "limits.cpu"sv,   "limits.ephemeral-storage"sv,   "limits.memory"sv,
      "requests.cpu"sv, "requests.ephemeral-storage"sv, "requests.memory"sv};
  const Value& from = *member(variable, "valueFrom");
  int sources = 0;
  if (const Value* const ref = member(from, "fieldRef"); ref && ++sources)
    field_ref(*ref, field(at, "fieldRef"));
  if (const Value* const ref = member(from, "resourceFieldRef"); ref && ++sources) {
    const Place here = field(at, "resourceFieldRef");
    const std::string resource = text_of(*ref, "resource");
    if (resource.empty())
      required(*ref, field(here, "resource"));
    else if (resource.find(".hugepages-") == std::string::npos)
      one_of(member(*ref, "resource"), field(here, "resource"), kResources);
  }
  if (const Value* const ref = member(from, "configMapKeyRef"); ref && ++sources)
    key_ref(*ref, field(at, "configMapKeyRef"));
  if (const Value* const ref = member(from, "secretKeyRef"); ref && ++sources)
    key_ref(*ref, field(at, "secretKeyRef"));
  if (member(from, "fileKeyRef")) ++sources;
  if (sources == 0)
    invalid(from, at, "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
  else if (!text_of(variable, "value").empty())
    invalid(from, at, "", "may not be specified when `value` is not empty");
  else if (sources > 1)
    invalid(from, at, "", "may not have more than one field specified at a time");
}

void PodDocumentCheck::env_from(const Value& container, const Place& at) const {
  const std::vector<Value>& list = list_of(container, "envFrom");
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is_map()) continue;
    const Place here = item(at, i);
    if (const std::string prefix = text_of(list[i], "prefix"); !prefix.empty())
      invalid_all(list[i], field(here, "prefix"), prefix, check_env_var_name(prefix));
    int sources = 0;
    for (const std::string_view kind : {"configMapRef"sv, "secretRef"sv}) {
      const Value* const ref = member(list[i], kind);
      if (!ref) continue;
      ++sources;
      const Place of = field(here, kind);
      std::string name = text_of(*ref, "name");
      if (name.empty()) {
        required(*ref, field(of, "name"));
        continue;
      }
      const std::string given = name;
      if (name.ends_with('-')) name.back() = 'a';  // as if more followed
      invalid_all(*ref, field(of, "name"), given, check_dns1123_subdomain(name));
    }
    if (sources == 0) invalid(list[i], at, "", "must specify one of: `configMapRef` or `secretRef`");
    if (sources > 1) invalid(list[i], at, "", "may not have more than one field specified at a time");
  }
}

void PodDocumentCheck::policies() const {
  static constexpr std::array kPolicies{"ClusterFirstWithHostNet"sv, "ClusterFirst"sv, "Default"sv, "None"sv};
  one_of(member(spec_, "dnsPolicy"), field(at_, "dnsPolicy"), kPolicies);
}

void PodDocumentCheck::dns_config() const {
  constexpr std::size_t kMostServers = 3, kMostSearches = 32;
  const Value* const config = member(spec_, "dnsConfig");
  const Place at = field(at_, "dnsConfig"), servers_at = field(at, "nameservers"),
              searches_at = field(at, "searches"), options_at = field(at, "options");
  const bool none = text_of(spec_, "dnsPolicy") == "None";
  if (none && !config) return required(spec_, at, "must provide `dnsConfig` when `dnsPolicy` is None");
  if (!config) return;
  const std::vector<Value>&servers = list_of(*config, "nameservers"),
        &searches = list_of(*config, "searches"), &options = list_of(*config, "options");
  if (none && servers.empty())
    return required(*config, servers_at, "must provide at least one DNS nameserver when `dnsPolicy` is None");
  if (servers.size() > kMostServers)
    say(*config, servers_at,
        "Invalid value: " + compact_json(*member(*config, "nameservers")) +
            ": must not have more than 3 nameservers");
  for (std::size_t i = 0; i < servers.size(); ++i) ip_address(servers[i], item(servers_at, i));
  if (searches.size() > kMostSearches)
    say(*config, searches_at,
        "Invalid value: " + compact_json(*member(*config, "searches")) +
            ": must not have more than 32 search paths");
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (text_of(options[i], "name").empty()) required(options[i], item(options_at, i), "must not be empty");
  }
}

void PodDocumentCheck::host_users() const {
  if (!is_flag(spec_, "hostUsers", false)) return;
  for (const auto& [json, shown] : {std::pair("hostNetwork", "hostNetwork"), std::pair("hostPID", "HostPID"),
                                    std::pair("hostIPC", "HostIPC")}) {
    if (is_flag(spec_, json, true))
      forbidden(*member(spec_, json), field(at_, shown), "when `pod.Spec.HostUsers` is false");
  }
}

void PodDocumentCheck::host_aliases() const {
  const std::vector<Value>& list = list_of(spec_, "hostAliases");
  const Place aliases = field(at_, "hostAliases");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Place here = item(aliases, i), names = field(here, "hostnames");
    const Value* const ip = member(list[i], "ip");
    ip_address(ip ? *ip : text_value(""), field(here, "ip"));
    const std::vector<Value>& hostnames = list_of(list[i], "hostnames");
    for (std::size_t k = 0; k < hostnames.size(); ++k)
      invalid_all(hostnames[k], item(names, k), hostnames[k].text,
                  check_dns1123_subdomain(hostnames[k].text));
  }
}

void PodDocumentCheck::os() const {
  static constexpr std::array kSystems{"linux"sv, "windows"sv};
  const Value* const os = member(spec_, "os");
  if (!os) return;
  const Place at = field(at_, "os");
  if (text_of(*os, "name").empty()) return required(*os, field(at, "name"), "cannot be empty");
  one_of(member(*os, "name"), field(at, "name"), kSystems);
}

// Only a pod that runs can be given one.
void PodDocumentCheck::ephemeral_containers() const {
  const Value* const list = member(spec_, "ephemeralContainers");
  if (!list || list->list.empty()) return;
  const bool of_pod = at_.parent && !at_.parent->parent;
  forbidden(*list, field(at_, "ephemeralContainers"),
            of_pod ? "cannot be set on create" : "ephemeral containers not allowed in pod template");
}

}  // namespace

void check_pod_document(const Value& spec, const Place& at, const Context& context) {
  check_volumes(spec, at, context);
  if (spec.is_map()) PodDocumentCheck(spec, at, context).all();
}

}  // namespace seatrial::api
