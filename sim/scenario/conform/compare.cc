#include "sim/scenario/conform/compare.h"

#include <algorithm>
#include <map>
#include <set>

namespace seatrial::scenario {

using nlohmann::json;

namespace {

// Chance decides these among equal candidates, so their order (or node) says nothing; what they contain does.
const std::set<std::string> kOrders = {"ready_order", "deleted_order", "created_order"};
const std::set<std::string> kByChance = {"placement", "final_pods_per_node", "final_pods_per_zone"};

json sorted(json list) {
  std::sort(list.begin(), list.end());
  return list;
}

// The items without what chance decides: of the pods of a ReplicaSet how many, not which.
json anonymous(const json& pods) {
  json counts = json::object();
  for (const json& pod : pods) {
    const auto name = pod.get<std::string>();
    const std::string owner = name.substr(0, name.find('/'));
    counts[owner] = counts.value(owner, 0) + 1;
  }
  return counts;
}

// Bounds that hold for every rollout, however its steps fell together: each ReplicaSet goes from the same first size to
// the same last one, by steps that join.
json ends_of(const json& scaling) {
  json ends = json::object();
  for (const json& step : scaling) {
    const auto name = step.at(0).get<std::string>();
    if (!ends.contains(name)) ends[name] = {step.at(1), step.at(2)};
    ends[name][1] = step.at(2);
  }
  return ends;
}

std::pair<double, double> peak_and_low(const json& scaling) {
  std::map<std::string, double> size;
  double peak = 0, low = 1e18;
  for (const json& step : scaling) {
    size[step.at(0).get<std::string>()] = step.at(2).is_null() ? 0 : step.at(2).get<double>();
    double sum = 0;
    for (const auto& [name, n] : size) sum += n;
    peak = std::max(peak, sum);
    low = std::min(low, sum);
  }
  return {peak, low};
}

bool scaling_within(const json& values, const json& run) {
  for (const json& recorded : values) {
    if (ends_of(recorded) != ends_of(run)) continue;
    const auto [peak, low] = peak_and_low(recorded);
    const auto [run_peak, run_low] = peak_and_low(run);
    if (run_peak <= peak && run_low >= low) return true;
  }
  return false;
}

int total(const json& numbers) {
  int sum = 0;
  for (const json& number : numbers) sum += number.get<int>();
  return sum;
}

bool is_range(const json& range) {
  return range.is_array() && range.size() == 2 && range[0].is_number() && range[1].is_number();
}

// A range as recorded, with the tolerance that the README allows for times.
bool in_range(const std::string& field, const json& range, const json& value) {
  double low = range[0].get<double>(), high = range[1].get<double>();
  if (field == "settle_ms_after_last_action") {
    low -= 0.15 * low + 500;
    high += 0.15 * high + 500;
  }
  return value.get<double>() >= low && value.get<double>() <= high;
}

// `varied` of a map lists the keys that varied; the others are as in the summary.
bool map_within(const std::string& field, const json& recorded, const json& varied, const json& run) {
  std::set<std::string> keys;
  for (const auto& [key, unused] : recorded.items()) keys.insert(key);
  for (const auto& [key, unused] : varied.items()) keys.insert(key);
  for (const auto& [key, unused] : run.items()) keys.insert(key);
  for (const std::string& key : keys) {
    const json value = run.contains(key) ? run[key] : json(0);
    if (varied.contains(key) && is_range(varied[key])) {
      if (!in_range(field, varied[key], value)) return false;
    } else if (varied.contains(key)) {
      if (!std::ranges::count(varied[key], value)) return false;
    } else if (!recorded.contains(key) || recorded[key] != value) {
      return false;
    }
  }
  return true;
}

bool varied_within(const std::string& field, const json& recorded, const json& varied, const json& run) {
  if (varied.is_object()) return map_within(field, recorded, varied, run);
  if (is_range(varied)) return in_range(field, varied, run);
  if (field == "scaling") return scaling_within(varied, run);
  for (const json& value : varied) {
    if (value == run) return true;
    if (kOrders.contains(field) && (sorted(value) == sorted(run) || anonymous(value) == anonymous(run))) return true;
    if (field == "conditions" && value.is_object() && run.is_object()) {
      bool same = value.size() == run.size();
      for (const auto& [key, list] : value.items()) same = same && run.contains(key) && sorted(list) == sorted(run[key]);
      if (same) return true;
    }
    if (field == "final_per_node_sorted" && total(value) == total(run)) return true;
  }
  return false;
}

// What decides of a stable field.
bool stable_equal(const std::string& field, const json& recorded, const json& run) {
  if (recorded == run) return true;
  return (field == "ready_order" || field == "deleted_order") && anonymous(recorded) == anonymous(run);
}

FieldVerdict judge_stable(const std::string& field, const json& recorded, const std::vector<json>& runs) {
  FieldVerdict verdict{field, Agreement::kSame, {}, {}};
  if (field == "settle_ms_after_last_action") {
    const json range = {recorded, recorded};
    for (const json& run : runs) {
      if (!in_range(field, range, run.at(field))) return {field, Agreement::kDiffers, recorded.dump(), run.at(field).dump()};
    }
    return {field, Agreement::kWithinRange, {}, {}};
  }
  std::size_t equal = 0;
  for (const json& run : runs) {
    if (!run.contains(field)) return {field, Agreement::kNotSupported, recorded.dump(), "nothing"};
    if (stable_equal(field, recorded, run[field])) {
      ++equal;
    } else if (verdict.simulated.empty()) {
      verdict.simulated = run[field].dump();
    }
  }
  if (equal == runs.size()) return {field, Agreement::kSame, {}, {}};
  verdict.recorded = recorded.dump();
  // Which node is chance among nodes with equal scores; how many on each is judged by final_per_node_sorted.
  if (kByChance.contains(field)) {
    verdict.agreement = Agreement::kWithinRange;
  } else {
    verdict.agreement = equal > 0 ? Agreement::kRace : Agreement::kDiffers;
  }
  return verdict;
}

FieldVerdict judge_varied(const std::string& field, const json& recorded, const json& varied, const std::vector<json>& runs) {
  if (kByChance.contains(field)) return {field, Agreement::kWithinRange, {}, {}};
  for (const json& run : runs) {
    if (!run.contains(field)) return {field, Agreement::kNotSupported, varied.dump(), "nothing"};
    if (!varied_within(field, recorded, varied, run[field])) {
      return {field, Agreement::kDiffers, varied.dump(), run[field].dump()};
    }
  }
  return {field, Agreement::kWithinRange, {}, {}};
}

}  // namespace

std::string_view to_string(Agreement agreement) {
  constexpr std::string_view kNames[] = {"same", "race", "within range", "differs", "not supported"};
  return kNames[static_cast<std::size_t>(agreement)];
}

std::vector<FieldVerdict> compare(const json& summary, const std::vector<std::string>& stable, const json& varied,
                                  const std::vector<json>& runs) {
  std::vector<FieldVerdict> verdicts;
  for (const std::string& field : stable) verdicts.push_back(judge_stable(field, summary.at(field), runs));
  for (const auto& [field, range] : varied.items()) {
    verdicts.push_back(judge_varied(field, summary.at(field), range, runs));
  }
  return verdicts;
}

}  // namespace seatrial::scenario
