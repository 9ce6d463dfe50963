// An event of kScenarioComponent: `type` says whose (World, User, NodeReplacements, Pipelines …).
#pragma once

#include "sim/cluster/components.h"
#include "sim/engine/event.h"

namespace seatrial::scenario {

inline Event make_scenario_event(std::uint8_t type, std::size_t subject, JournalId cause = JournalId::kNone) {
  Event event;
  event.component = cluster::kScenarioComponent;
  event.type = type;
  event.subject = static_cast<std::uint32_t>(subject);
  event.cause = cause;
  return event;
}

}  // namespace seatrial::scenario
