// Documents of Kubernetes objects: those of the Kubernetes provider's blocks, and placeholders for what only
// an apply would know.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/cloud/terraform/module_call.h"
#include "sim/engine/hash.h"

namespace seatrial::cloud::terraform {
namespace {

using hcl::Value;

// Blocks that may be repeated: what the API calls the list. Source: the provider's documentation.
struct ListBlock {
  std::string_view block, field;
};
constexpr auto kLists = std::to_array<ListBlock>({
    {"container", "containers"},
    {"env", "env"},
    {"env_from", "envFrom"},
    {"egress", "egress"},
    {"from", "from"},
    {"host_aliases", "hostAliases"},
    {"http_header", "httpHeaders"},
    {"image_pull_secret", "imagePullSecrets"},
    {"image_pull_secrets", "imagePullSecrets"},
    {"ingress", "ingress"},
    {"init_container", "initContainers"},
    {"items", "items"},
    {"limit", "limits"},
    {"match_expressions", "matchExpressions"},
    {"match_fields", "matchFields"},
    {"metric", "metrics"},
    {"node_selector_term", "nodeSelectorTerms"},
    {"path", "paths"},
    {"port", "ports"},
    {"ports", "ports"},
    {"preferred_during_scheduling_ignored_during_execution",
     "preferredDuringSchedulingIgnoredDuringExecution"},
    {"required_during_scheduling_ignored_during_execution", "requiredDuringSchedulingIgnoredDuringExecution"},
    {"rule", "rules"},
    {"secret", "secrets"},
    {"sources", "sources"},
    {"subject", "subjects"},
    {"tls", "tls"},
    {"to", "to"},
    {"toleration", "tolerations"},
    {"topology_spread_constraint", "topologySpreadConstraints"},
    {"volume", "volumes"},
    {"volume_claim_template", "volumeClaimTemplates"},
    {"volume_mount", "volumeMounts"},
});
// The same names where they are one block: the rule's backend port, a volume's secret.
constexpr auto kSingles = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"service", "port"},
    {"volume", "secret"},
    {"sources", "secret"},
    {"metric", "metric"},
    {"node_affinity", "required_during_scheduling_ignored_during_execution"},
});
// Fields that are numbers, however terraform writes them.
constexpr auto kNumbers = std::to_array<std::string_view>({"replicas",
                                                           "containerPort",
                                                           "hostPort",
                                                           "nodePort",
                                                           "port",
                                                           "number",
                                                           "parallelism",
                                                           "completions",
                                                           "backoffLimit",
                                                           "minReplicas",
                                                           "maxReplicas",
                                                           "failureThreshold",
                                                           "successThreshold",
                                                           "runAsUser",
                                                           "runAsGroup",
                                                           "fsGroup",
                                                           "revisionHistoryLimit",
                                                           "successfulJobsHistoryLimit",
                                                           "failedJobsHistoryLimit",
                                                           "averageUtilization",
                                                           "weight",
                                                           "defaultMode"});
// Maps of text, however terraform writes them.
constexpr auto kTextMaps = std::to_array<std::string_view>(
    {"labels", "annotations", "matchLabels", "data", "nodeSelector", "selector", "requests", "limits"});

template <class Words>
bool has_word(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// clusterIP of cluster_ip.
std::string camel_case(std::string_view name) {
  static constexpr auto kOthers = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"cluster_ip", "clusterIP"},
      {"external_ips", "externalIPs"},
      {"host_ip", "hostIP"},
      {"host_ipc", "hostIPC"},
      {"host_pid", "hostPID"},
      {"load_balancer_ip", "loadBalancerIP"},
      {"non_resource_urls", "nonResourceURLs"},
  });
  const auto other = std::ranges::find(kOthers, name, &std::pair<std::string_view, std::string_view>::first);
  if (other != kOthers.end()) return std::string(other->second);
  std::string result;
  bool capital = false;
  for (const char c : name) {
    if (c == '_') {
      capital = true;
      continue;
    }
    result += capital && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    capital = false;
  }
  return result;
}

// Arguments that are terraform's, not the object's.
bool is_terraforms(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kMeta{"count",      "for_each",    "provider",
                                                         "depends_on", "lifecycle",   "timeouts",
                                                         "wait",       "provisioner", "connection"};
  return has_word(kMeta, name) || name.starts_with("wait_for_");
}

Value as_text(const Value& value) {
  if (value.is_null() || value.is_tuple() || value.is_object() || value.is_unknown()) return value;
  return Value::of(value.str());
}

Value fitting(std::string_view field, Value value) {
  double number = 0;
  const bool seconds = field.ends_with("Seconds");
  if ((seconds || has_word(kNumbers, field)) && hcl::to_number(value, number)) return Value::of(number);
  if (field == "value" || field == "name" || field == "image") return as_text(value);
  if (value.is_object() && has_word(kTextMaps, field)) {
    for (hcl::Field& entry : value.fields) entry.value = as_text(entry.value);
  }
  return value;
}

class BodyReader {
 public:
  explicit BodyReader(const Call& call) : call_(call) {}

  Value read(const hcl::Body& body, std::string_view around, const hcl::Scope* scope) {
    Value document = Value::object();
    for (const hcl::Attribute& attribute : body.attributes) {
      if (is_terraforms(attribute.name)) continue;
      const std::string field = camel_case(attribute.name);
      Value value =
          call_.configuration.evaluate(*attribute.value, *call_.located.file, call_.instance, scope);
      if (!value.is_null()) document.set(field, fitting(field, std::move(value)));
    }
    for (const hcl::Block& block : body.blocks) {
      if (is_terraforms(block.type)) continue;
      if (block.type != "dynamic" || block.labels.empty()) {
        put(document, block.type, around, read(block.body, block.type, scope));
        continue;
      }
      expand(document, block, around, scope);
    }
    return document;
  }

 private:
  void put(Value& document, std::string_view block, std::string_view around, Value value) {
    const auto list = std::ranges::find(kLists, block, &ListBlock::block);
    const bool single = std::ranges::find(kSingles, std::pair(around, block)) != kSingles.end();
    if (list == kLists.end() || single) {
      document.set(camel_case(block), std::move(value));
      return;
    }
    const Value* const before = document.find(list->field);
    Value all = before && before->is_tuple() ? *before : Value::tuple({});
    all.items.push_back(std::move(value));
    document.set(std::string(list->field), std::move(all));
  }

  void expand(Value& document, const hcl::Block& dynamic, std::string_view around, const hcl::Scope* scope) {
    const hcl::Attribute* const for_each = dynamic.body.find("for_each");
    const hcl::Block* const content = dynamic.body.find_block("content");
    if (!for_each || !content) return;
    const hcl::Attribute* const iterator = dynamic.body.find("iterator");
    const std::string_view name = iterator && iterator->value->kind == hcl::Expression::Kind::kName
                                      ? iterator->value->text
                                      : dynamic.labels[0];
    const Value wanted =
        call_.configuration.evaluate(*for_each->value, *call_.located.file, call_.instance, scope);
    const auto add = [&](const Value& key, const Value& value) {
      Value item = Value::object();
      item.set("key", key);
      item.set("value", value);
      const hcl::Scope inside{scope, name, &item};
      put(document, dynamic.labels[0], around, read(content->body, dynamic.labels[0], &inside));
    };
    for (const Value& item : wanted.items) add(item, item);
    for (const hcl::Field& field : wanted.fields) add(Value::of(field.key), field.value);
  }

  const Call& call_;
};

api::Value leaf(api::Value::Type type, std::string text) {
  api::Value value;
  value.type = type;
  value.text = std::move(text);
  return value;
}

api::Value converted(const Value& value, api::SourcePosition where, api::Symbol namespace_) {
  using Type = api::Value::Type;
  api::Value result;
  switch (value.type) {
    case Value::Type::kNull:
      break;
    case Value::Type::kBool:
      result = leaf(Type::kBool, value.str());
      result.integer = value.truth ? 1 : 0;
      break;
    case Value::Type::kNumber: {
      const bool whole = hcl::number_text(value.number).find_first_not_of("-0123456789") == std::string::npos;
      result = leaf(whole ? Type::kInt : Type::kFloat, value.str());
      result.integer = whole ? static_cast<std::int64_t>(value.number) : 0;
      result.number = value.number;
      break;
    }
    case Value::Type::kString:
    case Value::Type::kUnknown:
      result = leaf(Type::kString, with_placeholders(value.text, namespace_));
      break;
    case Value::Type::kTuple:
      result.type = Type::kList;
      for (const Value& item : value.items) result.list.push_back(converted(item, where, namespace_));
      break;
    case Value::Type::kObject:
      result.type = Type::kMap;
      for (const hcl::Field& field : value.fields) {
        // What is wholly unknown where no text belongs is left to the API's default.
        const bool number = field.key.ends_with("Seconds") || has_word(kNumbers, field.key);
        if (field.value.is_unknown() && number) continue;
        result.map.emplace_back(api::Symbol(field.key), converted(field.value, where, namespace_));
        result.key_where.push_back(where);
      }
      break;
  }
  result.where = where;
  return result;
}

}  // namespace

Value object_of(std::initializer_list<std::pair<std::string_view, Value>> fields) {
  Value object = Value::object();
  for (const auto& [key, value] : fields) object.set(std::string(key), value);
  return object;
}

namespace {

constexpr std::size_t kPlaceholderSize = 9;  // x and eight hexadecimal digits

bool is_placeholder(std::string_view text) {
  return text.size() >= kPlaceholderSize && text[0] == 'x' &&
         text.substr(1, kPlaceholderSize - 1).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Value text_value(std::string_view text) { return Value::of(std::string(text)); }
Value list_of(std::vector<Value> items) { return Value::tuple(std::move(items)); }

Value document_of_body(const Call& call, const hcl::Body& body, const hcl::Scope* scope) {
  return BodyReader(call).read(body, "", scope);
}

std::vector<api::Symbol> sources_of(const Value& value) {
  std::vector<api::Symbol> symbols;
  for (const std::string& source : value.all_sources()) symbols.emplace_back(source);
  return symbols;
}

std::string with_placeholders(const std::string& text, api::Symbol namespace_) {
  std::string result;
  std::size_t at = 0;
  while (true) {
    const std::size_t open = text.find("${", at);
    if (open == std::string::npos) return result + text.substr(at);
    std::size_t close = open + 2;
    for (int depth = 1; close < text.size(); ++close) {
      depth += text[close] == '{' ? 1 : text[close] == '}' ? -1 : 0;
      if (depth == 0) break;
    }
    const std::uint64_t hash = text_hash(namespace_.str() + " " + text.substr(open, close - open));
    result += text.substr(at, open - at) + fmt::format("x{:08x}", static_cast<std::uint32_t>(hash));
    at = std::min(close + 1, text.size());
  }
}

// A placeholder stands for any text, so the parts between placeholders have to follow each other.
bool matches_placeholders(std::string_view text, std::string_view made) {
  bool open = false;  // anything may come before the next part
  while (true) {
    std::size_t end = 0;
    while (end < made.size() && !is_placeholder(made.substr(end))) ++end;
    const std::string_view part = made.substr(0, end);
    const bool is_last = end == made.size();
    if (!open ? !text.starts_with(part) : is_last && !text.ends_with(part)) return false;
    const std::size_t at = open && !is_last ? text.find(part) : 0;
    if (at == std::string_view::npos) return false;
    if (is_last) return open ? true : text.size() == part.size();
    text.remove_prefix(at + part.size());
    made.remove_prefix(end + kPlaceholderSize);
    open = true;
  }
}

api::Value document_of(const MadeObject& object) {
  return converted(object.document, object.source, object.namespace_);
}

}  // namespace seatrial::cloud::terraform
