#include "sim/scenario/conform/compare.h"

#include <algorithm>
#include <cmath>
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

// The last states without what chance decides: of a ReplicaSet's pods how many are in a slice, not which.
json anonymous_slices(json states) {
  for (const auto& [key, state] : states.items()) {
    if (!key.starts_with("EndpointSlice/")) continue;
    for (json& endpoints : state) endpoints = anonymous(endpoints);
  }
  return states;
}

// Bounds that hold for every rollout, however its steps fell together: each ReplicaSet goes from the same
// first size to the same last one, by steps that join.
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

// A percentage of the replicas, or a number.
double share(const json& rolling, const char* field, double replicas, bool up) {
  const json value = rolling.value(field, json("25%"));
  if (value.is_number()) return value.get<double>();
  const double exact = std::stod(value.get<std::string>()) * replicas / 100;
  return up ? std::ceil(exact) : std::floor(exact);
}

// How many replicas the Deployments that the recording applies may have at once, and how few.
std::pair<double, double> bounds_of(const Recording& recording) {
  double peak = 0, low = 1e18;
  for (const Recording::Action& action : recording.input) {
    if (!action.what.contains("object") || action.what["object"].value("kind", "") != "Deployment") continue;
    const json& spec = action.what["object"]["spec"];
    const double replicas = spec.value("replicas", 1.0);
    const json rolling = spec.value("/strategy/rollingUpdate"_json_pointer, json::object());
    peak = std::max(peak, replicas + share(rolling, "maxSurge", replicas, true));
    low = std::min(low, replicas - share(rolling, "maxUnavailable", replicas, false));
  }
  return {peak, low};
}

bool scaling_within(const Recording& recording, const json& values, const json& run) {
  const auto [most, least] = bounds_of(recording);
  for (const json& recorded : values) {
    if (ends_of(recorded) != ends_of(run)) continue;
    const auto [peak, low] = peak_and_low(recorded);
    const auto [run_peak, run_low] = peak_and_low(run);
    if (run_peak <= std::max(peak, most) && run_low >= std::min(low, least)) return true;
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
bool in_range(const Recording& recording, const std::string& field, const json& range, const json& value) {
  double low = range[0].get<double>(), high = range[1].get<double>();
  if (field == "settle_ms_after_last_action") {
    const double tolerance = 500 + period_of(recording).to_seconds() * 1000;
    low -= 0.15 * std::abs(low) + tolerance;
    high += 0.15 * std::abs(high) + tolerance;
  }
  return value.get<double>() >= low && value.get<double>() <= high;
}

// `varied` of a map lists the keys that varied; the others are as in the summary.
bool map_within(const Recording& recording, const std::string& field, const json& varied, const json& run) {
  const json& recorded = recording.summary.at(field);
  std::set<std::string> keys;
  for (const auto& [key, unused] : recorded.items()) keys.insert(key);
  for (const auto& [key, unused] : varied.items()) keys.insert(key);
  for (const auto& [key, unused] : run.items()) keys.insert(key);
  for (const std::string& key : keys) {
    const json value = run.contains(key) ? run[key] : json(0);
    if (varied.contains(key) && is_range(varied[key])) {
      if (!in_range(recording, field, varied[key], value)) return false;
    } else if (varied.contains(key)) {
      if (!std::ranges::count(varied[key], value)) return false;
    } else if (!recorded.contains(key) || recorded[key] != value) {
      return false;
    }
  }
  return true;
}

// Responses without what chance decides: which pod of a ReplicaSet was asked for, and who was first.
json anonymous_responses(json responses) {
  for (json& response : responses) {
    const auto target = response.at(1).get<std::string>();
    if (target.find('/') != std::string::npos) response[1] = target.substr(0, target.find('/'));
  }
  return sorted(responses);
}

bool varied_within(const Recording& recording, const std::string& field, const json& varied,
                   const json& run) {
  if (varied.is_object()) return map_within(recording, field, varied, run);
  if (is_range(varied)) return in_range(recording, field, varied, run);
  if (field == "scaling") return scaling_within(recording, varied, run);
  for (const json& value : varied) {
    if (value == run) return true;
    if (kOrders.contains(field) && (sorted(value) == sorted(run) || anonymous(value) == anonymous(run)))
      return true;
    if (field == "conditions" && value.is_object() && run.is_object()) {
      bool same = value.size() == run.size();
      for (const auto& [key, list] : value.items())
        same = same && run.contains(key) && sorted(list) == sorted(run[key]);
      if (same) return true;
    }
    if (field == "final" && anonymous_slices(value) == anonymous_slices(run)) return true;
    if (field == "responses" && anonymous_responses(value) == anonymous_responses(run)) return true;
    if (field == "final_per_node_sorted" && total(value) == total(run)) return true;
  }
  return false;
}

// Messages up to their first line: what follows shows the server's own structures.
json first_lines(json responses) {
  for (json& response : responses) {
    json& message = response.at(4);
    if (!message.is_string()) continue;
    const auto text = message.get<std::string>();
    message = text.substr(0, text.find('\n'));
  }
  return responses;
}

// What decides of a stable field.
bool stable_equal(const std::string& field, const json& recorded, const json& run) {
  if (recorded == run) return true;
  if (field == "responses") return first_lines(recorded) == first_lines(run);
  return (field == "ready_order" || field == "deleted_order") && anonymous(recorded) == anonymous(run);
}

using Runs = std::vector<std::vector<json>>;  // by machine and seed

FieldVerdict judge_settling(const Recording& recording, const std::string& field, const Runs& runs) {
  const json& recorded = recording.summary.at(field);
  const json range = {recorded, recorded};
  for (std::size_t seed = 0; seed < runs.front().size(); ++seed) {
    const bool ok = std::ranges::any_of(runs, [&](const auto& machine) {
      return in_range(recording, field, range, machine[seed].at(field));
    });
    if (!ok) return {field, Agreement::kDiffers, recorded.dump(), runs.front()[seed].at(field).dump()};
  }
  return {field, Agreement::kWithinRange, {}, {}};
}

FieldVerdict judge_stable(const Recording& recording, const std::string& field, const Runs& runs) {
  const json& recorded = recording.summary.at(field);
  if (field == "settle_ms_after_last_action") return judge_settling(recording, field, runs);
  FieldVerdict verdict{field, Agreement::kSame, {}, {}};
  const auto equal = [&](const json& run) {
    return run.contains(field) && stable_equal(field, recorded, run[field]);
  };
  const auto other = std::ranges::find_if_not(runs.front(), equal);
  if (other == runs.front().end()) return verdict;
  verdict.recorded = recorded.dump();
  verdict.simulated = other->contains(field) ? (*other)[field].dump() : "nothing";
  const bool once =
      std::ranges::any_of(runs, [&](const auto& machine) { return std::ranges::any_of(machine, equal); });
  // Which node is chance among nodes with equal scores; how many on each is judged by final_per_node_sorted.
  verdict.agreement = kByChance.contains(field) ? Agreement::kWithinRange
                      : !other->contains(field) ? Agreement::kNotSupported
                      : once                    ? Agreement::kRace
                                                : Agreement::kDiffers;
  return verdict;
}

// The range is that of three recordings. What varies from run to run hangs on a race, and may leave the range
// in the smaller part of ours: a rollout that is interrupted at an instant has got one pod further.
FieldVerdict judge_varied(const Recording& recording, const std::string& field, const json& varied,
                          const Runs& runs) {
  if (kByChance.contains(field)) return {field, Agreement::kWithinRange, {}, {}};
  const std::size_t seeds = runs.front().size();
  std::size_t outside = 0;
  std::string example;
  for (std::size_t seed = 0; seed < seeds; ++seed) {
    const json& quiet = runs.front()[seed];
    if (!quiet.contains(field)) return {field, Agreement::kNotSupported, varied.dump(), "nothing"};
    const bool ok = std::ranges::any_of(runs, [&](const auto& machine) {
      return machine[seed].contains(field) && varied_within(recording, field, varied, machine[seed][field]);
    });
    if (ok) continue;
    ++outside;
    example = quiet[field].dump();
  }
  if (outside == 0) return {field, Agreement::kWithinRange, {}, {}};
  return {field, 2 * outside < seeds ? Agreement::kRace : Agreement::kDiffers, varied.dump(), example};
}

}  // namespace

std::string_view to_string(Agreement agreement) {
  constexpr std::string_view kNames[] = {"same", "race", "within range", "differs", "not supported"};
  return kNames[static_cast<std::size_t>(agreement)];
}

std::vector<FieldVerdict> compare(const Recording& recording, const Runs& runs) {
  std::vector<FieldVerdict> verdicts;
  for (const std::string& field : recording.stable) verdicts.push_back(judge_stable(recording, field, runs));
  for (const auto& [field, range] : recording.varied.items())
    verdicts.push_back(judge_varied(recording, field, range, runs));
  return verdicts;
}

}  // namespace seatrial::scenario
