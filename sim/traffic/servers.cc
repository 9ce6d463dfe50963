#include "sim/traffic/servers.h"

namespace seatrial::traffic {

std::string_view to_string(ServerState state) {
  switch (state) {
    case ServerState::kStarting:
      return "starting";
    case ServerState::kListening:
      return "listening";
    case ServerState::kStoppedAccepting:
      return "stopped accepting";
    case ServerState::kExited:
      return "exited";
    case ServerState::kGone:
      return "address gone";
  }
  return "";
}

std::string phase_text(ServerState state, Duration since) {
  std::string text(to_string(state));
  const bool ended = state != ServerState::kStarting && state != ServerState::kListening;
  if (ended) text.append(" ").append(to_string(truncated(since, Duration::millis(1)))).append(" ago");
  return text;
}

}  // namespace seatrial::traffic
