#include "sim/engine/check.h"

#include <utility>

#include "sim/engine/time.h"

namespace seatrial {
namespace {

thread_local std::string check_context;
thread_local const SimTime* check_clock = nullptr;

}  // namespace

void set_check_context(std::string context) { check_context = std::move(context); }

CheckClock::CheckClock(const SimTime& now) : outer_(std::exchange(check_clock, &now)) {}
CheckClock::~CheckClock() { check_clock = outer_; }

void check_failed(const char* file, int line, const char* condition) {
  check_failed(file, line, condition, {});
}

void check_failed(const char* file, int line, const char* condition, const std::string& message) {
  std::string text = std::string(file) + ":" + std::to_string(line) + ": CHECK failed: " + condition;
  if (!message.empty()) text += ": " + message;
  if (check_clock != nullptr) text += ", at " + to_string(*check_clock);
  if (!check_context.empty()) text += " (" + check_context + ")";
  throw CheckFailure(text);
}

}  // namespace seatrial
