#include "sim/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace seatrial::cli {

report::Style terminal_style() {
  report::Style style;
  if (::isatty(STDOUT_FILENO) == 0) return style;
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const term = std::getenv("TERM");
  style.colour = !(no_color && *no_color) && !(term && std::string_view(term) == "dumb");
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = std::clamp<std::size_t>(size.ws_col, 60, 160);
  }
  return style;
}

Progress::Progress(std::string what, SimTime end, bool wanted)
    : what_(std::move(what)), end_(end), wanted_(wanted && ::isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (visible_) std::fputs("\r\x1b[K", stderr);
}

void Progress::show(SimTime now) {
  if (!wanted_) return;
  const Duration elapsed = watch_.elapsed();
  if (elapsed < Duration::seconds(2) || elapsed - shown_ < Duration::millis(100)) return;
  shown_ = elapsed;
  visible_ = true;
  std::fprintf(stderr, "\r\x1b[K%s: %s of %s", what_.c_str(), report::human(now).c_str(),
               report::human(end_).c_str());
}

}  // namespace seatrial::cli
