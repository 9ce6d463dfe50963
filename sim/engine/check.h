// CHECK: an assertion that stays on in release builds. A failed one is our bug, never the user's and never
// the simulated system's. It throws CheckFailure, so that a test can expect it and the command can report it
// with exit status 70; what was being changed is then in an unknown state and must not be used again.
//
// The message names file, line and condition, and how to reproduce the run: the context that the run set for
// its thread (scenario and seed) and the simulated time of the kernel that is firing events. `message` of
// CHECK_MSG is evaluated only on failure; use fmt::format there for values.
#pragma once

#include <stdexcept>
#include <string>

namespace seatrial {

class SimTime;

class CheckFailure : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// What to say about the run in a failure's message: scenario and seed. One for each thread.
void set_check_context(std::string context);

// While it lives, failures in this thread tell the time that `now` shows. REQUIRES: `now` outlives it.
class CheckClock {
 public:
  explicit CheckClock(const SimTime& now);
  ~CheckClock();
  CheckClock(const CheckClock&) = delete;
  CheckClock& operator=(const CheckClock&) = delete;

 private:
  const SimTime* outer_;
};

[[noreturn, gnu::cold, gnu::noinline]] void check_failed(const char* file, int line, const char* condition);
[[noreturn, gnu::cold, gnu::noinline]] void check_failed(const char* file, int line, const char* condition,
                                                         const std::string& message);

}  // namespace seatrial

#define CHECK(condition)                                        \
  do {                                                          \
    if (!(condition)) [[unlikely]]                              \
      ::seatrial::check_failed(__FILE__, __LINE__, #condition); \
  } while (false)
#define CHECK_MSG(condition, message)                                    \
  do {                                                                   \
    if (!(condition)) [[unlikely]]                                       \
      ::seatrial::check_failed(__FILE__, __LINE__, #condition, message); \
  } while (false)
