// A day of the live cluster as a scenario, made by a program: as many namespaces, pods, CronJobs and ingress
// controllers as the real one has, and its routine: nodes recycled at night, ingress controllers restarted,
// and rollouts from merges in working hours.
//
// Everything follows from the size, so one size gives one scenario. Figures: ministryofjustice/
// cloud-platform-infrastructure at 2d7b21e and cloud-platform-environments at ccab751e; how many pods a team
// runs and how often CronJobs start are assumed.
#pragma once

#include <map>
#include <string>

namespace seatrial::bench {

struct LiveDay {
  int namespaces = 1400;  // with 6.6 pods each, beside the platform's own
  int cron_jobs = 200;    // half of them every ten minutes, half every hour
  int rollouts = 20;      // merges between nine and five
  int requests = 200;     // a second, all together
  int hours = 24;
};

// File names, relative to the scenario's folder, and what stands in them. `platform`: the path of
// scenarios/platforms/cloud-platform-live.yaml.
std::map<std::string, std::string> live_day(const LiveDay& size, const std::string& platform);

}  // namespace seatrial::bench
