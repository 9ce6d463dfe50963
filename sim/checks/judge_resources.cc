// Expectations of managed resources and of ingress controllers.
#include <algorithm>

#include "sim/checks/judge.h"

namespace seatrial::checks {

namespace {

std::string whole_seconds(SimTime time) {
  return to_string(truncated(time.since_start(), Duration::seconds(1)));
}

}  // namespace

Judged judge_one(const ResourceExpectation& what, const Evidence& evidence) {
  Judged judged{true, {}};
  const auto say = [&](const std::string& text) { judged.seen += (judged.seen.empty() ? "" : "; ") + text; };
  for (const api::Symbol name : what.resources) {
    const auto index = evidence.traffic.resource_called(name);
    if (!index) return {false, "no such resource"};
    const std::vector<cloud::Outage>& outages = evidence.traffic.resources()[*index].state.outages;
    const auto away = std::ranges::find_if(
        outages, [&](const cloud::Outage& o) { return o.began <= what.by && what.by < o.ended; });
    if (away != outages.end()) {
      judged.held = false;
      say(name.str() + (away->ended > evidence.end() ? " never" : " at " + whole_seconds(away->ended)));
      continue;
    }
    SimTime since = SimTime::at(-Duration::max());
    for (const cloud::Outage& outage : outages)
      if (outage.ended <= what.by) since = std::max(since, outage.ended);
    const auto later =
        std::ranges::find_if(outages, [&](const cloud::Outage& o) { return o.began > what.by; });
    if (later != outages.end())
      say(name.str() + (since < SimTime() ? " from the beginning" : " from " + whole_seconds(since)) +
          ", until it went away at " + whole_seconds(later->began));
    else if (since < SimTime())
      say(name.str() + " all the time");
    else
      say(name.str() + " at " + whole_seconds(since));
  }
  return judged;
}

Judged judge_one(const IngressExpectation& what, const Evidence& evidence) {
  Judged judged{true, {}};
  const auto proxy = evidence.traffic.find_proxy(what.controller);
  if (!proxy) return {false, "no such ingress controller"};
  if (what.configuration_age) {
    Duration oldest;
    if (const traffic::FrozenProxy* const frozen = evidence.traffic.frozen(*proxy))
      for (const traffic::Freeze& freeze : frozen->freezes)
        oldest = std::max(oldest, std::min(freeze.until, evidence.end()) - freeze.since);
    judged.held = (*what.configuration_age)(oldest.count());
    judged.seen = "configuration " + whole_seconds(SimTime::at(oldest)) + " old";
  }
  if (what.restarts_complete) {
    const bool under_way = evidence.traffic.restarts(*proxy);
    judged.held &= !under_way;
    judged.seen += std::string(judged.seen.empty() ? "" : "; ") +
                   (under_way ? "a restart is not complete" : "no restart is under way");
  }
  return judged;
}

}  // namespace seatrial::checks
