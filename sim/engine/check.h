// CHECK: an assertion that stays on in release builds. A failed one is our bug, never the user's and never the simulated
// system's: it throws CheckFailure, which the command reports with exit status 70 and how to reproduce the run.
#pragma once

#include <stdexcept>
#include <string>

namespace seatrial {

class CheckFailure : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// What to say about the run in a failure's message: scenario, seed, simulated time. One for each thread.
void set_check_context(std::string context);
[[noreturn]] void check_failed(const char* file, int line, const char* condition, const std::string& message = {});

}  // namespace seatrial

#define CHECK(condition) \
  do { \
    if (!(condition)) [[unlikely]] ::seatrial::check_failed(__FILE__, __LINE__, #condition); \
  } while (false)
#define CHECK_MSG(condition, message) \
  do { \
    if (!(condition)) [[unlikely]] ::seatrial::check_failed(__FILE__, __LINE__, #condition, message); \
  } while (false)
