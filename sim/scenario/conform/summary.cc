#include "sim/scenario/conform/summary.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/api/apps.h"
#include "sim/api/autoscaling.h"
#include "sim/api/batch.h"
#include "sim/api/kinds.h"
#include "sim/api/networking.h"
#include "sim/api/policy.h"
#include "sim/scenario/conform/names.h"

namespace seatrial::scenario {

using api::Kind;
using api::ObjectPtr;
using cluster::ChangeType;
using nlohmann::json;

namespace {

std::int32_t value(const std::optional<std::int32_t>& number) { return number.value_or(0); }

json status_numbers(const api::Deployment& d) {
  const auto& s = d.status;
  return {{"replicas", d.replicas},
          {"observed_generation", s.observed_generation},
          {"status_replicas", s.replicas},
          {"updated", s.updated_replicas},
          {"ready", s.ready_replicas},
          {"available", s.available_replicas},
          {"unavailable", s.unavailable_replicas},
          {"terminating", value(s.terminating_replicas)}};
}

json status_numbers(const api::ReplicaSet& r) {
  return {{"spec_replicas", r.replicas},
          {"replicas", r.status.replicas},
          {"ready", r.status.ready_replicas},
          {"available", r.status.available_replicas},
          {"terminating", value(r.status.terminating_replicas)}};
}

json status_numbers(const api::DaemonSet& d) {
  const auto& s = d.status;
  return {{"desired", s.desired_number_scheduled},
          {"current", s.current_number_scheduled},
          {"ready", s.number_ready},
          {"available", s.number_available},
          {"unavailable", s.number_unavailable},
          {"updated", s.updated_number_scheduled},
          {"misscheduled", s.number_misscheduled}};
}

json status_numbers(const api::Job& j) {
  return {{"active", j.status.active},
          {"ready", value(j.status.ready)},
          {"succeeded", j.status.succeeded},
          {"failed", j.status.failed},
          {"terminating", value(j.status.terminating)},
          {"completed_indexes", j.status.completed_indexes},
          {"failed_indexes", j.status.failed_indexes.value_or("")},
          {"suspend", j.spec.suspend.value_or(false)}};
}

// {"type": "Resource", "name": "cpu", "current": {"averageValue": "50m", "averageUtilization": 50}}; a metric
// that could not be had is left out.
json metric_rows(const std::vector<api::Metric>& metrics) {
  static constexpr const char* kTypes[] = {"", "Object", "Pods", "Resource", "ContainerResource", "External"};
  json rows = json::array();
  for (const api::Metric& metric : metrics) {
    const api::MetricSource* const source = metric.source();
    if (source == nullptr) continue;
    json current = json::object();
    if (source->current.value) current["value"] = source->current.value->str();
    if (source->current.average_value) current["averageValue"] = source->current.average_value->str();
    if (source->current.average_utilization)
      current["averageUtilization"] = *source->current.average_utilization;
    rows.push_back({{"type", kTypes[static_cast<std::size_t>(metric.type)]},
                    {"name", source->name.empty() ? source->metric.name.str() : source->name.str()},
                    {"current", std::move(current)}});
  }
  return rows;
}

json quantities(const api::ResourceList& list) {
  json out = json::object();
  for (const auto& [name, quantity] : list) out[name.str()] = quantity.str();
  return out;
}

// The spec of a pod as it was created, the suffix of its token's volume as the recordings write it.
json admitted_spec(const api::Pod& pod) {
  static constexpr std::string_view kTokenVolume = "\"kube-api-access-";
  std::string text = api::info(Kind::kPod).encode(pod).at("spec").dump();
  for (std::size_t at = 0; (at = text.find(kTokenVolume, at)) != std::string::npos;) {
    at += kTokenVolume.size();
    text.replace(at, text.find('"', at) - at, "xxxxx");
  }
  return json::parse(text);
}

class Digest {
 public:
  Digest(api::Symbol of_namespace, SimTime first, SimTime last)
      : namespace_(of_namespace), first_(first), last_action_(last) {}

  void take(const Commit& commit) {
    const api::Object& object = *commit.change.object;
    if (object.metadata.namespace_ != namespace_) return;
    if (!from_first_ && commit.at >= first_) {
      from_first_ = true;
      measure();
    }
    const bool gone = commit.change.type == ChangeType::kDeleted;
    switch (object.kind) {
      case Kind::kPod:
        pod(commit, static_cast<const api::Pod&>(object), gone);
        break;
      case Kind::kReplicaSet:
        replica_set(commit, static_cast<const api::ReplicaSet&>(object), gone);
        break;
      case Kind::kDeployment:
        deployment(commit, static_cast<const api::Deployment&>(object), gone);
        break;
      case Kind::kStatefulSet:
        stateful_set(commit, static_cast<const api::StatefulSet&>(object), gone);
        break;
      case Kind::kDaemonSet:
        daemon_set(commit, static_cast<const api::DaemonSet&>(object), gone);
        break;
      case Kind::kControllerRevision:
        (void)names_.add_revision(static_cast<const api::ControllerRevision&>(object));
        break;
      case Kind::kJob:
        job(commit, static_cast<const api::Job&>(object), gone);
        break;
      case Kind::kCronJob:
        cron_job(commit, static_cast<const api::CronJob&>(object), gone);
        break;
      case Kind::kEndpointSlice:
        slice(commit, static_cast<const api::EndpointSlice&>(object), gone);
        break;
      case Kind::kResourceQuota:
        quota(commit, static_cast<const api::ResourceQuota&>(object), gone);
        break;
      case Kind::kPodDisruptionBudget:
        budget(commit, static_cast<const api::PodDisruptionBudget&>(object), gone);
        break;
      case Kind::kHorizontalPodAutoscaler:
        autoscaler(commit, static_cast<const api::HorizontalPodAutoscaler&>(object), gone);
        break;
      case Kind::kEvent:
        event(static_cast<const api::ApiEvent&>(object), gone);
        break;
      default:
        break;
    }
  }

  json finish(const std::vector<std::pair<std::string, std::string>>& zone_of_node) {
    if (!from_first_) {  // nothing happened after the first action
      from_first_ = true;
      measure();
    }
    json per_node = json::object(), per_zone = json::object();
    for (const auto& [index, p] : pods_) {
      if (p.gone || p.node.empty()) continue;
      per_node[p.node] = per_node.value(p.node, 0) + 1;
      const auto zone = std::ranges::find(zone_of_node, p.node, &std::pair<std::string, std::string>::first);
      if (zone != zone_of_node.end()) per_zone[zone->second] = per_zone.value(zone->second, 0) + 1;
    }
    std::vector<int> sorted;
    for (const auto& [node, count] : per_node.items()) sorted.push_back(count.get<int>());
    std::ranges::sort(sorted, std::greater());
    json out = {{"scaling", scaling_},
                {"min_available", min_available_},
                {"max_total", max_total_},
                {"max_total_incl_terminating", max_all_},
                {"pods_created", created_.size()},
                {"created_order", created_},
                {"deleted_order", deleted_},
                {"ready_order", ready_},
                {"conditions", conditions_},
                {"events", events_},
                {"final", final_},
                {"placement", placement_},
                {"admitted_spec", admitted_},
                {"final_pods_per_node", per_node},
                {"final_pods_per_zone", per_zone},
                {"final_per_node_sorted", sorted},
                {"settle_ms_after_last_action", (last_change_ - last_action_) / Duration::millis(1)}};
    if (spec_replicas_.size() > 1) out["spec_replicas"] = spec_replicas_;
    return out;
  }

 private:
  struct PodState {
    std::string name, node;
    bool ready = false, terminating = false, finished = false, gone = false;
  };

  void changed(const Commit& commit) { last_change_ = std::max(last_change_, commit.at); }

  void measure() {
    int available = 0, total = 0, all = 0;
    for (const auto& [index, p] : pods_) {
      if (p.gone) continue;
      if (p.ready && !p.terminating && !p.finished) ++available;
      if (!p.terminating && !p.finished) ++total;
      if (!p.finished) ++all;
    }
    if (!from_first_) return;
    min_available_ = seen_any_ ? std::min(min_available_, available) : available;
    max_total_ = std::max(max_total_, total);
    max_all_ = std::max(max_all_, all);
    seen_any_ = true;
  }

  void pod(const Commit& commit, const api::Pod& pod, bool gone) {
    PodState& state = pods_[pod.index];
    const PodState before = state;
    if (state.name.empty()) {
      state.name = names_.add_pod(pod);
      created_.push_back(state.name);
      admitted_["Pod/" + state.name] = admitted_spec(pod);
    }
    state.node = pod.node_name.str();
    state.ready = api::is_pod_ready(pod);
    state.terminating = pod.metadata.deletion_timestamp.has_value();
    state.finished = api::is_pod_terminal(pod);
    state.gone = gone;
    if (!state.node.empty()) placement_[state.name] = state.node;
    if (state.ready && !before.ready) ready_.push_back(state.name);
    if ((state.terminating && !before.terminating) || (gone && !before.terminating))
      deleted_.push_back(state.name);
    measure();
    changed(commit);
  }

  void replica_set(const Commit& commit, const api::ReplicaSet& rs, bool gone) {
    const std::string name = names_.add_replica_set(rs);
    auto [it, is_new] = sizes_.emplace("ReplicaSet/" + name, 0);
    if (gone) {
      if (it->second != 0 || !is_new) scaling_.push_back({name, it->second, nullptr});
      sizes_.erase(it);
      final_.erase("ReplicaSet/" + name);
      changed(commit);
      return;
    }
    if (is_new || it->second != rs.replicas) scaling_.push_back({name, it->second, rs.replicas});
    it->second = rs.replicas;
    numbers(commit, "ReplicaSet/" + name, status_numbers(rs));
    conditions(commit, "ReplicaSet/" + name, rs.status.conditions);
  }

  void deployment(const Commit& commit, const api::Deployment& d, bool gone) {
    const std::string key = "Deployment/" + d.metadata.name.str();
    auto [it, is_new] = sizes_.emplace(key, 0);
    if (gone) {
      sizes_.erase(it);
      return forget(commit, key);
    }
    if (it->second != d.replicas) spec_replicas_.push_back({key, it->second, d.replicas});
    it->second = d.replicas;
    numbers(commit, key, status_numbers(d));
    conditions(commit, key, d.status.conditions);
  }

  void stateful_set(const Commit& commit, const api::StatefulSet& set, bool gone) {
    const std::string key = "StatefulSet/" + set.metadata.name.str();
    auto [it, is_new] = sizes_.emplace(key, 0);
    if (gone) {
      sizes_.erase(it);
      return forget(commit, key);
    }
    if (it->second != set.replicas) spec_replicas_.push_back({key, it->second, set.replicas});
    it->second = set.replicas;
    const auto& s = set.status;
    numbers(commit, key,
            {{"spec_replicas", set.replicas},
             {"replicas", s.replicas},
             {"ready", s.ready_replicas},
             {"available", s.available_replicas},
             {"current", s.current_replicas},
             {"updated", s.updated_replicas},
             {"current_revision", names_.revision(s.current_revision.str())},
             {"update_revision", names_.revision(s.update_revision.str())}});
    conditions(commit, key, s.conditions);
  }

  void daemon_set(const Commit& commit, const api::DaemonSet& d, bool gone) {
    const std::string key = "DaemonSet/" + d.metadata.name.str();
    if (gone) return forget(commit, key);
    numbers(commit, key, status_numbers(d));
    conditions(commit, key, d.status.conditions);
  }

  void forget(const Commit& commit, const std::string& key) {
    final_.erase(key);
    last_conditions_.erase(key);
    changed(commit);
  }

  void job(const Commit& commit, const api::Job& job, bool gone) {
    const std::string key = "Job/" + names_.add_job(job);
    if (gone) return forget(commit, key);
    numbers(commit, key, status_numbers(job));
    conditions(commit, key, job.status.conditions);
  }

  void cron_job(const Commit& commit, const api::CronJob& cron_job, bool gone) {
    const std::string key = "CronJob/" + cron_job.metadata.name.str();
    if (gone) return forget(commit, key);
    json active = json::array();
    for (const api::CronJob::Active& job : cron_job.status.active)
      active.push_back(names_.in_text(job.name.str()));
    numbers(commit, key, {{"active", active}, {"suspend", cron_job.suspend}});
  }

  void slice(const Commit& commit, const api::EndpointSlice& slice, bool gone) {
    const std::string key =
        "EndpointSlice/" + std::string(slice.metadata.labels->get("kubernetes.io/service-name"));
    if (gone) {
      final_.erase(key);
      changed(commit);
      return;
    }
    std::set<std::string> ready, serving, terminating;
    for (const api::Endpoint& e : slice.endpoints) {
      const std::string name = names_.pod(e.target_name.str());
      if (e.ready) ready.insert(name);
      if (e.serving) serving.insert(name);
      if (e.terminating) terminating.insert(name);
    }
    numbers(commit, key, {{"ready", ready}, {"serving", serving}, {"terminating", terminating}});
  }

  void quota(const Commit& commit, const api::ResourceQuota& quota, bool gone) {
    const std::string key = "ResourceQuota/" + quota.metadata.name.str();
    if (gone) {
      final_.erase(key);
      changed(commit);
      return;
    }
    numbers(commit, key, {{"used", quantities(quota.used)}, {"hard", quantities(quota.status_hard)}});
  }

  void budget(const Commit& commit, const api::PodDisruptionBudget& budget, bool gone) {
    const std::string key = "PodDisruptionBudget/" + budget.metadata.name.str();
    if (gone) {
      final_.erase(key);
      changed(commit);
      return;
    }
    numbers(commit, key,
            {{"disruptions_allowed", budget.status.disruptions_allowed},
             {"current_healthy", budget.status.current_healthy},
             {"desired_healthy", budget.status.desired_healthy},
             {"expected_pods", budget.status.expected_pods}});
    conditions(commit, key, budget.status.conditions);
  }

  void autoscaler(const Commit& commit, const api::HorizontalPodAutoscaler& hpa, bool gone) {
    const std::string key = "HorizontalPodAutoscaler/" + hpa.metadata.name.str();
    if (gone) return forget(commit, key);
    numbers(commit, key,
            {{"current", hpa.status.current_replicas},
             {"desired", hpa.status.desired_replicas},
             {"metrics", metric_rows(hpa.status.current_metrics)}});
    conditions(commit, key, hpa.status.conditions);
  }

  void event(const api::ApiEvent& event, bool gone) {
    if (gone) return;
    int& counted = event_counts_[event.index];
    const std::string key = event.involved_kind.str() + ":" + event.reason.str();
    events_[key] = events_.value(key, 0) + event.count - counted;
    counted = event.count;
  }

  void numbers(const Commit& commit, const std::string& key, json now) {
    if (final_.contains(key) && final_[key] == now) return;
    final_[key] = std::move(now);
    changed(commit);
  }

  // Another message alone is no change.
  void conditions(const Commit& commit, const std::string& key, const std::vector<api::Condition>& list) {
    auto& last = last_conditions_[key];
    std::map<std::string, json> now;
    for (const api::Condition& c : list) {
      const json row = {c.type.str(), std::string(api::to_string(c.status)), c.reason.str(),
                        names_.in_text(c.message)};
      now[c.type.str()] = row;
      const auto it = last.find(c.type.str());
      if (it == last.end() || it->second != row) changed(commit);
      if (it != last.end() && it->second[1] == row[1] && it->second[2] == row[2]) continue;
      conditions_[key].push_back(row);
    }
    last = std::move(now);
  }

  api::Symbol namespace_;
  SimTime first_, last_action_, last_change_;
  Names names_;
  std::map<std::uint32_t, PodState> pods_;
  std::map<std::string, std::int32_t> sizes_;
  std::map<std::string, std::map<std::string, json>> last_conditions_;
  std::map<std::uint32_t, int> event_counts_;
  json scaling_ = json::array(), spec_replicas_ = json::array(), created_ = json::array(),
       deleted_ = json::array(), ready_ = json::array(), conditions_ = json::object(),
       events_ = json::object(), final_ = json::object(), placement_ = json::object(),
       admitted_ = json::object();
  int min_available_ = 0, max_total_ = 0, max_all_ = 0;
  bool from_first_ = false, seen_any_ = false;
};

}  // namespace

json summarize(const std::vector<Commit>& commits, api::Symbol namespace_, SimTime first_action,
               SimTime last_action, const std::vector<std::pair<std::string, std::string>>& zone_of_node) {
  Digest digest(namespace_, first_action, last_action);
  for (const Commit& commit : commits) digest.take(commit);
  return digest.finish(zone_of_node);
}

}  // namespace seatrial::scenario
