// What the command knows of its terminal. The only place of sim/ where a wall clock may be looked at.
#pragma once

#include <chrono>
#include <string>

#include "sim/engine/time.h"
#include "sim/report/format.h"

namespace seatrial::cli {

// Colour where standard output is a terminal and NO_COLOR is not set; its width there, else 100.
report::Style terminal_style();

class Stopwatch {
 public:
  Duration elapsed() const {
    return Duration::nanos(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start_)
            .count());
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// One line on standard error that says how far a run is, once it has taken two seconds, and only on a
// terminal.
class Progress {
 public:
  explicit Progress(std::string what, SimTime end, bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(SimTime now);

 private:
  std::string what_;
  SimTime end_;
  bool wanted_;
  Stopwatch watch_;
  Duration shown_;
  bool visible_ = false;
};

}  // namespace seatrial::cli
