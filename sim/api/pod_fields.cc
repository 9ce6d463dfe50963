// Fields of a pod's spec: containers, probes, affinity, spreading.
#include "sim/api/fields_core.h"
#include "sim/api/pod_validation.h"
#include "sim/api/shown_pod.h"

namespace seatrial::api {
namespace {

Symbol text_at(const Value* map, std::string_view key) {
  const Value* const value = map ? map->find(key) : nullptr;
  return value && value->is_string() ? Symbol(value->text) : Symbol();
}

// The handlers of a probe or hook, in the order in which the API server looks at them.
template <class Variant>
struct HandlerReader {
  Decoder& v;
  Variant& out;
  int found = 0;

  template <class T>
  void operator()(std::string_view name) {
    const Value* const value = v.find(name);
    if (!value || value->is_null()) return;
    if (++found > 1) {
      v.context().invalid(*value, Place{&v.place(), name, -1},
                          "Forbidden: may not specify more than 1 handler type");
      return;
    }
    T handler{};
    v.decode(*value, Place{&v.place(), name, -1}, handler);
    out = std::move(handler);
  }
};

void require_handler(Decoder& v, int found) {
  if (found == 0) v.context().invalid(v.map(), v.place(), "Required value: must specify a handler type");
}

}  // namespace

template <class V>
void fields(V& v, ExecAction& a) {
  v("command", a.command);
}
template <class V>
void fields(V& v, SleepAction& a) {
  v.always("seconds", a.seconds);
}
template <class V>
void fields(V& v, TcpSocketAction& a) {
  v("host", a.host);
  v.always("port", a.port);
}
template <class V>
void fields(V& v, GrpcAction& a) {
  v.always("port", a.port);
  v("service", a.service);
}
template <class V>
void fields(V& v, HttpGetAction& a) {
  v("host", a.host);
  v("path", a.path);
  v.always("port", a.port);
  v("scheme", a.scheme);
}

namespace {

void write_handler(Encoder& v, const LifecycleHandler& handler) {
  if (const auto* exec = std::get_if<ExecAction>(&handler)) v.always("exec", *exec);
  if (const auto* http = std::get_if<HttpGetAction>(&handler)) v.always("httpGet", *http);
  if (const auto* sleep = std::get_if<SleepAction>(&handler)) v.always("sleep", *sleep);
  if (const auto* tcp = std::get_if<TcpSocketAction>(&handler)) v.always("tcpSocket", *tcp);
}

void read_handler(Decoder& v, LifecycleHandler& handler) {
  HandlerReader<LifecycleHandler> reader{v, handler};
  reader.operator()<ExecAction>("exec");
  reader.operator()<HttpGetAction>("httpGet");
  reader.operator()<TcpSocketAction>("tcpSocket");
  reader.operator()<SleepAction>("sleep");
  require_handler(v, reader.found);
}

}  // namespace

void fields(Decoder& v, Lifecycle& l) {
  v.object("postStart", [&](Decoder& inner) { read_handler(inner, l.post_start); });
  v.object("preStop", [&](Decoder& inner) { read_handler(inner, l.pre_stop); });
}
void fields(Encoder& v, Lifecycle& l) {
  v.object("postStart", [&](Encoder& inner) { write_handler(inner, l.post_start); });
  v.object("preStop", [&](Encoder& inner) { write_handler(inner, l.pre_stop); });
}

namespace {

template <class V>
void probe_numbers(V& v, Probe& p) {
  v("failureThreshold", p.failure_threshold);
  v("initialDelaySeconds", p.initial_delay_seconds);
  v("periodSeconds", p.period_seconds);
  v("successThreshold", p.success_threshold);
  v("terminationGracePeriodSeconds", p.termination_grace_period_seconds);
  v("timeoutSeconds", p.timeout_seconds);
}

}  // namespace

void fields(Decoder& v, Probe& p) {
  HandlerReader<decltype(p.handler)> reader{v, p.handler};
  reader.operator()<ExecAction>("exec");
  reader.operator()<HttpGetAction>("httpGet");
  reader.operator()<TcpSocketAction>("tcpSocket");
  reader.operator()<GrpcAction>("grpc");
  require_handler(v, reader.found);
  probe_numbers(v, p);
}
void fields(Encoder& v, Probe& p) {
  if (const auto* exec = std::get_if<ExecAction>(&p.handler)) v.always("exec", *exec);
  if (const auto* grpc = std::get_if<GrpcAction>(&p.handler)) v.always("grpc", *grpc);
  if (const auto* http = std::get_if<HttpGetAction>(&p.handler)) v.always("httpGet", *http);
  if (const auto* tcp = std::get_if<TcpSocketAction>(&p.handler)) v.always("tcpSocket", *tcp);
  probe_numbers(v, p);
}

template <class V>
void fields(V& v, ContainerPort& p) {
  v.always("containerPort", p.container_port);
  v("hostIP", p.host_ip);
  v("hostPort", p.host_port);
  v("name", p.name);
  v("protocol", p.protocol);
}

template <class V>
void fields(V& v, EnvVar& e) {
  v.always("name", e.name);
  v("value", e.value);
  v.object("valueFrom", [&](V& from) {
    from.object("configMapKeyRef", [&](V& ref) { ref("name", e.config_map_name); });
    from.object("secretKeyRef", [&](V& ref) { ref("name", e.secret_name); });
  });
}

template <class V>
void fields(V& v, ResourceRequirements& r) {
  v("limits", r.limits);
  v("requests", r.requests);
}

// env_from_* are read only: the list itself is kept in PodSpec::other, in its order.
template <class V>
void fields(V& v, Container& c) {
  v("args", c.args);
  v("command", c.command);
  v("env", c.env);
  v("image", c.image);
  v("imagePullPolicy", c.image_pull_policy);
  v("lifecycle", c.lifecycle);
  v("livenessProbe", c.liveness_probe);
  v.always("name", c.name);
  v("ports", c.ports);
  v("readinessProbe", c.readiness_probe);
  v("resources", c.resources);
  v("restartPolicy", c.restart_policy);
  v("startupProbe", c.startup_probe);
  if constexpr (V::kDecoding) {
    c.source = v.map().where;
    const Value* const sources = v.find("envFrom");
    for (std::size_t i = 0; sources && i < sources->list.size(); ++i) {
      const Symbol secret = text_at(sources->list[i].find("secretRef"), "name");
      const Symbol config = text_at(sources->list[i].find("configMapRef"), "name");
      if (!secret.empty()) c.env_from_secrets.push_back(secret);
      if (!config.empty()) c.env_from_config_maps.push_back(config);
    }
  }
}

template <class V>
void fields(V& v, Toleration& t) {
  v("effect", t.effect);
  v("key", t.key);
  v("operator", t.op);
  v("tolerationSeconds", t.toleration_seconds);
  v("value", t.value);
}

template <class V>
void fields(V& v, PreferredSchedulingTerm& t) {
  v.always("preference", t.preference);
  v.always("weight", t.weight);
}
template <class V>
void fields(V& v, PodAffinityTerm& t) {
  v("labelSelector", t.label_selector);
  v("matchLabelKeys", t.match_label_keys);
  v("mismatchLabelKeys", t.mismatch_label_keys);
  v("namespaceSelector", t.namespace_selector);
  v("namespaces", t.namespaces);
  v.always("topologyKey", t.topology_key);
}
template <class V>
void fields(V& v, WeightedPodAffinityTerm& t) {
  v.always("podAffinityTerm", t.term);
  v.always("weight", t.weight);
}

namespace {
constexpr std::string_view kRequiredKey = "requiredDuringSchedulingIgnoredDuringExecution";
constexpr std::string_view kPreferredKey = "preferredDuringSchedulingIgnoredDuringExecution";
}  // namespace

template <class V>
void fields(V& v, Affinity& a) {
  v.object("nodeAffinity", [&](V& node) {
    node(kPreferredKey, a.node_preferred);
    if constexpr (V::kDecoding) {
      node.object(kRequiredKey, [&](V& r) {
        a.node_required.emplace();
        r("nodeSelectorTerms", a.node_required);
      });
    } else if (a.node_required) {
      node.object(kRequiredKey, [&](V& r) { r.always("nodeSelectorTerms", *a.node_required); });
    }
  });
  v.object("podAffinity", [&](V& pod) {
    pod(kPreferredKey, a.pod_preferred);
    pod(kRequiredKey, a.pod_required);
  });
  v.object("podAntiAffinity", [&](V& pod) {
    pod(kPreferredKey, a.pod_anti_preferred);
    pod(kRequiredKey, a.pod_anti_required);
  });
}

template <class V>
void fields(V& v, TopologySpreadConstraint& c) {
  v("labelSelector", c.label_selector);
  v("matchLabelKeys", c.match_label_keys);
  v.always("maxSkew", c.max_skew);
  v("minDomains", c.min_domains);
  v("nodeAffinityPolicy", c.node_affinity_policy);
  v("nodeTaintsPolicy", c.node_taints_policy);
  v.always("topologyKey", c.topology_key);
  v.always("whenUnsatisfiable", c.when_unsatisfiable);
}

namespace {

// A list of objects of which one text field is kept: [{name: x}].
struct NameOnly {
  Symbol name;
};
struct ConditionType {
  Symbol name;
};
template <class V>
void fields(V& v, NameOnly& n) {
  v.always("name", n.name);
}
template <class V>
void fields(V& v, ConditionType& n) {
  v.always("conditionType", n.name);
}

template <class Item, class V>
void names(V& v, std::string_view key, std::vector<Symbol>& all) {
  std::vector<Item> items;
  for (const Symbol name : all) items.push_back({name});
  v(key, items);
  if constexpr (V::kDecoding) {
    all.clear();
    for (const Item& item : items) all.push_back(item.name);
  }
}

void note_volume(PodSpec& spec, const Value& volume) {
  const auto note = [](std::vector<Symbol>& names, Symbol name) {
    if (!name.empty()) names.push_back(name);
  };
  note(spec.volume_secrets, text_at(volume.find("secret"), "secretName"));
  note(spec.volume_config_maps, text_at(volume.find("configMap"), "name"));
  note(spec.volume_claims, text_at(volume.find("persistentVolumeClaim"), "claimName"));
  const Value* const projected = volume.find("projected");
  const Value* const sources = projected ? projected->find("sources") : nullptr;
  for (std::size_t i = 0; sources && i < sources->list.size(); ++i) {
    note(spec.volume_secrets, text_at(sources->list[i].find("secret"), "name"));
    note(spec.volume_config_maps, text_at(sources->list[i].find("configMap"), "name"));
  }
}

// volume_* are read only: the volumes themselves are kept in PodSpec::other.
template <class V>
void spec_fields(V& v, PodSpec& s) {
  v("activeDeadlineSeconds", s.active_deadline_seconds);
  v("affinity", s.affinity);
  v("automountServiceAccountToken", s.automount_service_account_token);
  v.always("containers", s.containers);
  v("hostNetwork", s.host_network);
  v("hostname", s.hostname);
  names<NameOnly>(v, "imagePullSecrets", s.image_pull_secrets);
  v("initContainers", s.init_containers);
  v("nodeName", s.node_name);
  v("nodeSelector", s.node_selector);
  v("overhead", s.overhead);
  v("preemptionPolicy", s.preemption_policy);
  v("priority", s.priority);
  v("priorityClassName", s.priority_class_name);
  names<ConditionType>(v, "readinessGates", s.readiness_gates);
  v("resources", s.resources);
  v("restartPolicy", s.restart_policy);
  v("runtimeClassName", s.runtime_class_name);
  v("schedulerName", s.scheduler_name);
  names<NameOnly>(v, "schedulingGates", s.scheduling_gates);
  v("serviceAccount", s.service_account_name);
  v("serviceAccountName", s.service_account_name);
  v("subdomain", s.subdomain);
  v("terminationGracePeriodSeconds", s.termination_grace_period_seconds);
  v("tolerations", s.tolerations);
  v("topologySpreadConstraints", s.topology_spread_constraints);
}

}  // namespace

void fields(Decoder& v, PodSpec& s) {
  spec_fields(v, s);
  s.source = v.map().where;
  const Value* const volumes = v.find("volumes");
  for (std::size_t i = 0; volumes && i < volumes->list.size(); ++i) note_volume(s, volumes->list[i]);
  check_pod_document(v.map(), v.place(), v.context());
  Encoder encoder;
  spec_fields(encoder, s);
  Value document = v.map();
  hide_pod_defaults(document);
  s.other = leftover_text(document, encoder.take());
}

void fields(Encoder& v, PodSpec& s) {
  Encoder encoder;
  spec_fields(encoder, s);
  Value map = encoder.take();
  merge_leftover_text(map, s.other);
  show_pod_defaults(map);
  v.put_all(std::move(map));
}

void fields(Decoder& v, PodTemplateSpec& t) {
  v.object("metadata", [&](Decoder& metadata) {
    metadata("annotations", t.annotations);
    metadata("labels", t.labels);
  });
  v("spec", t.spec);
}

void fields(Encoder& v, PodTemplateSpec& t) {
  v.object("metadata", [&](Encoder& metadata) {
    metadata("annotations", t.annotations);
    metadata("labels", t.labels);
  });
  v.always("spec", t.spec);
}

}  // namespace seatrial::api
