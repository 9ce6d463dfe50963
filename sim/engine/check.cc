#include "sim/engine/check.h"

namespace seatrial {

namespace {
thread_local std::string check_context;
}

void set_check_context(std::string context) { check_context = std::move(context); }

void check_failed(const char* file, int line, const char* condition, const std::string& message) {
  std::string text = std::string(file) + ":" + std::to_string(line) + ": CHECK failed: " + condition;
  if (!message.empty()) text += ": " + message;
  if (!check_context.empty()) text += " (" + check_context + ")";
  throw CheckFailure(text);
}

}  // namespace seatrial
