// HorizontalPodAutoscalers that scale up and down in turn, and those that could not see what they scale by.
//
// Worked example: replicas 3, 6, 10, 3, 10, 3 within 6 minutes turn round three times. If the last scale-down
// came 90 s before the load was back, a stabilisation window of scale-down longer than that would have kept
// the pods.
#include <algorithm>

#include "sim/api/autoscaling.h"
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using api::HorizontalPodAutoscaler;
using Hpa = HorizontalPodAutoscaler;

constexpr Duration kNear = Duration::seconds(600);  // between a change and the one that takes it back
constexpr std::size_t kTurns = 3;                   // so many are flapping
constexpr Duration kDefaultWindow = Duration::seconds(300);
constexpr Duration kBlindFor = Duration::seconds(300);  // new pods have no metrics for a while

struct Rescale {
  SimTime at;
  std::int32_t from = 0, to = 0;
  bool up() const { return to > from; }
};

// An autoscaler's life: its last version, its changes of size, and when it last knew what to do.
struct HpaLife {
  std::shared_ptr<const Hpa> hpa;
  SimTime created;
  std::vector<Rescale> rescales;
  SimTime seeing;  // until when ScalingActive was not False
  bool gone = false;
};

bool is_blind(const Hpa& hpa) {
  const api::Condition* const active = api::find_condition(hpa.status.conditions, "ScalingActive");
  return active && active->status == api::ConditionStatus::kFalse && active->reason != "ScalingDisabled";
}

std::map<std::uint32_t, HpaLife> autoscalers_in(const Evidence& evidence) {
  std::map<std::uint32_t, HpaLife> lives;
  for (const cluster::WatchEvent& change : evidence.history) {
    const auto hpa = api::as<Hpa>(change.object);
    if (!hpa) continue;
    HpaLife& life = lives[hpa->index];
    const SimTime now = evidence.time_of(change);
    life.gone = change.type == cluster::ChangeType::kDeleted;
    if (!life.hpa) life.created = life.seeing = now;
    const bool scaled = life.hpa && hpa->status.last_scale_time != life.hpa->status.last_scale_time;
    if (scaled && now >= SimTime())
      life.rescales.push_back({now, hpa->status.current_replicas, hpa->status.desired_replicas});
    if (!is_blind(*hpa) || !life.hpa || !is_blind(*life.hpa)) life.seeing = now;
    life.hpa = hpa;
  }
  return lives;
}

// Changes that took the one before them back, soon after it.
std::vector<std::size_t> turns_of(const std::vector<Rescale>& rescales) {
  std::vector<std::size_t> turns;
  for (std::size_t i = 1; i < rescales.size(); ++i) {
    const Rescale &before = rescales[i - 1], &now = rescales[i];
    if (now.up() != before.up() && now.at - before.at <= kNear) turns.push_back(i);
  }
  return turns;
}

// The longest time for which pods were missed that had been taken away: until the size was what it had been.
Duration longest_absence(const std::vector<Rescale>& rescales) {
  Duration longest;
  for (auto down = rescales.begin(); down != rescales.end(); ++down) {
    const auto back =
        std::find_if(down, rescales.end(), [&](const Rescale& r) { return r.to >= down->from; });
    if (down->up() || back == rescales.end() || back->at - down->at > kNear) continue;
    longest = std::max(longest, back->at - down->at);
  }
  return longest;
}

std::string sizes_text(const std::vector<Rescale>& rescales) {
  constexpr std::size_t kShown = 12;
  std::string text = std::to_string(rescales.front().from);
  for (std::size_t i = 0; i < std::min(kShown, rescales.size()); ++i)
    text += ", " + std::to_string(rescales[i].to);
  return text + (rescales.size() > kShown ? ", …" : "");
}

Duration down_window(const Hpa& hpa) {
  const bool set = hpa.behavior && hpa.behavior->scale_down->stabilization_window_seconds;
  return set ? Duration::seconds(*hpa.behavior->scale_down->stabilization_window_seconds) : kDefaultWindow;
}

std::string target_text(const Hpa& hpa) {
  std::string text;
  for (const api::Metric& metric : hpa.metrics) {
    const api::MetricSource& source = *metric.source();
    const api::MetricValue& target = source.target;
    text += (text.empty() ? "" : ", ") + (source.name.empty() ? source.metric.name : source.name).str() +
            " " +
            (target.average_utilization ? std::to_string(*target.average_utilization) + "% of the request"
             : target.average_value     ? target.average_value->str() + " for each pod"
                                        : target.value->str());
  }
  return text;
}

// The median time from a pod's creation to its readiness, of those that the workload's scale-ups made.
std::optional<Duration> start_of_pods(const Evidence& evidence, const Hpa& hpa) {
  std::vector<Duration> starts;
  for (const PodLife& life : evidence.pods) {
    const bool of_it = life.pod && life.workload.name == hpa.scale_target_ref.name &&
                       life.workload.namespace_ == hpa.metadata.namespace_;
    if (of_it && life.created && life.ready && *life.created >= SimTime())
      starts.push_back(*life.ready - *life.created);
  }
  if (starts.empty()) return std::nullopt;
  std::ranges::sort(starts);
  return starts[starts.size() / 2];
}

void explain_flapping(const Evidence& evidence, const HpaLife& life, const std::vector<std::size_t>& turns,
                      std::vector<Finding>& findings) {
  const Hpa& hpa = *life.hpa;
  const Duration away = longest_absence(life.rescales);
  const auto downs = static_cast<std::size_t>(
      std::ranges::count_if(life.rescales, [](const Rescale& r) { return !r.up(); }));
  const Duration span = life.rescales[turns.back()].at - life.rescales[turns.front() - 1].at;
  const Duration window = down_window(hpa);
  Finding finding;
  finding.object = {api::Kind::kHorizontalPodAutoscaler, hpa.metadata.namespace_, hpa.metadata.name};
  finding.manifest = hpa.source;
  finding.what = finding.object.str() + " flaps: it turned round " + plural(turns.size(), "time") + " in " +
                 about(span) + ", " + std::to_string(life.rescales.size() - downs) + " times up and " +
                 std::to_string(downs) + " times down";
  finding.chain.push_back("replicas of " + hpa.scale_target_ref.name.str() + ": " +
                          sizes_text(life.rescales));
  finding.chain.push_back("it scales by " + target_text(hpa) + place_text(hpa.source));
  const bool hasty = away > Duration() && window < away;
  if (hasty)
    finding.chain.push_back("scale-down waits for " + (window == Duration() ? "nothing" : about(window)) +
                            " (behavior.scaleDown.stabilizationWindowSeconds), but pods that were taken away "
                            "were needed again " +
                            about(away) + " later");
  if (const auto start = start_of_pods(evidence, hpa))
    finding.chain.push_back("a new pod is Ready " + about(*start) +
                            " after its creation, and 15 s to 50 s pass before more load is seen");
  finding.change =
      hasty ? "set behavior.scaleDown.stabilizationWindowSeconds to at least " + whole_seconds_up(away) +
                  " (without it, 300 holds), or limit scale-down by a policy such as {type: Pods, value: 1, "
                  "periodSeconds: 60}"
            : "raise behavior.scaleDown.tolerance, or minReplicas to what the load needs at its peaks";
  findings.push_back(std::move(finding));
}

}  // namespace

void autoscaler_flapped(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const auto& [index, life] : autoscalers_in(evidence)) {
    const std::vector<std::size_t> turns = turns_of(life.rescales);
    if (turns.size() >= kTurns) explain_flapping(evidence, life, turns, findings);
  }
}

void autoscaler_was_blind(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const auto& [index, life] : autoscalers_in(evidence)) {
    if (life.gone || !is_blind(*life.hpa) || evidence.end() - life.seeing < kBlindFor) continue;
    const Hpa& hpa = *life.hpa;
    const api::Condition& active = *api::find_condition(hpa.status.conditions, "ScalingActive");
    Finding finding;
    finding.object = {api::Kind::kHorizontalPodAutoscaler, hpa.metadata.namespace_, hpa.metadata.name};
    finding.manifest = hpa.source;
    finding.what = finding.object.str() + " does not scale: it has not known what its pods use for " +
                   about(evidence.end() - life.seeing);
    finding.chain.push_back(active.reason.str() + ": " + active.message);
    const bool request = active.message.find("missing request") != std::string::npos;
    finding.change = request ? "give every container of the pods a request of what is scaled by"
                     : active.reason == "AmbiguousSelector"
                         ? "let one HorizontalPodAutoscaler scale these pods, with several metrics if need be"
                         : "see that the metric exists and that its API answers";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
