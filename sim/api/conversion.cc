#include "sim/api/conversion.h"

#include <array>
#include <utility>

#include "sim/api/codec.h"
#include "sim/api/schema.h"

namespace seatrial::api {
namespace {

// In v1 an HPA had no place for these, so a v1 client finds them in annotations.
constexpr std::array<std::string_view, 2> kHpaAnnotations{"autoscaling.alpha.kubernetes.io/metrics",
                                                          "autoscaling.alpha.kubernetes.io/behavior"};

bool is(const Value& document, std::string_view field, std::string_view text) {
  const Value* const value = document.find(field);
  return value && value->is_string() && value->text == text;
}

void put(Value& map, std::string_view key, Value value) {
  map.key_where.resize(map.map.size());
  map.key_where.push_back(value.where);
  map.map.emplace_back(Symbol(key), std::move(value));
}

Value map_at(const SourcePosition& where) {
  Value map = map_value();
  map.where = where;
  return map;
}
Value text_at(std::string_view text, const SourcePosition& where) {
  Value value = text_value(text);
  value.where = where;
  return value;
}

// metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: N}}}]
Value cpu_metrics(Value percentage) {
  const SourcePosition where = percentage.where;
  Value target = map_at(where), resource = map_at(where), metric = map_at(where), metrics = list_value();
  put(target, "averageUtilization", std::move(percentage));
  put(target, "type", text_at("Utilization", where));
  put(resource, "name", text_at("cpu", where));
  put(resource, "target", std::move(target));
  put(metric, "type", text_at("Resource", where));
  put(metric, "resource", std::move(resource));
  metrics.where = where;
  metrics.list.push_back(std::move(metric));
  return metrics;
}

void convert_spec(Value& spec) {
  for (MapEntry& entry : spec.map) {
    if (entry.first.view() != "targetCPUUtilizationPercentage") continue;
    entry.first = "metrics";
    if (!entry.second.is_null()) entry.second = cpu_metrics(std::move(entry.second));
  }
}

std::expected<Value, Problems> from_hpa_v1(const Value& document) {
  Problems problems;
  check_schema("HorizontalPodAutoscalerV1", document, problems);
  const Value* const metadata = document.find("metadata");
  const Value* const annotations = metadata ? metadata->find("annotations") : nullptr;
  for (const std::string_view name : kHpaAnnotations) {
    if (const Value* const value = annotations ? annotations->find(name) : nullptr) {
      problems.push_back({value->where, "metadata.annotations[" + std::string(name) + "]",
                          "not read: write it in spec, as autoscaling/v2 has it"});
    }
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  Value converted = document;
  for (MapEntry& entry : converted.map) {
    if (entry.first.view() == "apiVersion") entry.second.text = "autoscaling/v2";
    if (entry.first.view() == "spec") convert_spec(entry.second);
    if (entry.first.view() == "status") entry.second = map_at(entry.second.where);
  }
  return converted;
}

}  // namespace

std::expected<Value, Problems> to_stored_version(const Value& document) {
  if (document.is_map() && is(document, "kind", "HorizontalPodAutoscaler") &&
      is(document, "apiVersion", "autoscaling/v1"))
    return from_hpa_v1(document);
  return document;
}

}  // namespace seatrial::api
