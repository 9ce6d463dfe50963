// How the pods of a workload lie over the domains of a topology key.
#pragma once

#include <map>
#include <string>

#include "sim/checks/evidence.h"

namespace seatrial::checks {

struct Spread {
  std::map<std::string, std::int64_t> pods;  // by domain; every value of the key among the nodes
  std::int64_t skew() const;                 // the most less the fewest; 0 without domains
  std::string str() const;                   // "eu-west-2a 2, eu-west-2b 2, eu-west-2c 0"
};

// Of the pods that had a node at `at` and were not being deleted.
Spread spread_of(const Evidence& evidence, const ObjectName& workload, api::Symbol topology_key, SimTime at);

}  // namespace seatrial::checks
