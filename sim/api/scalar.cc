#include "sim/api/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace seatrial::api {
namespace {

struct Word {
  std::string_view text;
  Value::Type type;
  int integer;
};
constexpr auto kBool = Value::Type::kBool;
constexpr auto kNull = Value::Type::kNull;
constexpr std::array<Word, 27> kWords{{
    {"", kNull, 0},     {"~", kNull, 0},     {"null", kNull, 0},  {"Null", kNull, 0},  {"NULL", kNull, 0},
    {"y", kBool, 1},    {"Y", kBool, 1},     {"yes", kBool, 1},   {"Yes", kBool, 1},   {"YES", kBool, 1},
    {"true", kBool, 1}, {"True", kBool, 1},  {"TRUE", kBool, 1},  {"on", kBool, 1},    {"On", kBool, 1},
    {"ON", kBool, 1},   {"n", kBool, 0},     {"N", kBool, 0},     {"no", kBool, 0},    {"No", kBool, 0},
    {"NO", kBool, 0},   {"false", kBool, 0}, {"False", kBool, 0}, {"FALSE", kBool, 0}, {"off", kBool, 0},
    {"Off", kBool, 0},  {"OFF", kBool, 0},
}};

bool is_decimal_digit(char c) { return c >= '0' && c <= '9'; }

// ParseInt(text, 0, 64): a sign, then 0x, 0o, 0b or 0 as the base.
bool parse_go_integer(std::string_view text, std::int64_t& number) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = text[1];
    base = mark == 'x' || mark == 'X' ? 16 : mark == 'b' || mark == 'B' ? 2 : 8;
    text.remove_prefix(base != 8 || mark == 'o' || mark == 'O' ? 2 : 1);
  }
  std::uint64_t magnitude = 0;
  if (text.empty() || text[0] == '+' || text[0] == '-') return false;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return false;
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (magnitude > kMax) return false;
  number = negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
  return true;
}

// ^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$
bool is_float(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && is_decimal_digit(text[at])) ++at;
    return at - start;
  };
  if (text.starts_with('-') || text.starts_with('+')) ++at;
  const std::size_t whole = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0 && whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

bool is_special_float(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kSpecial{
      ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"};
  return std::find(kSpecial.begin(), kSpecial.end(), text) != kSpecial.end();
}

}  // namespace

void resolve_plain_scalar(Value& value) {
  value.type = Value::Type::kString;
  for (const Word& word : kWords) {
    if (word.text == value.text) {
      value.type = word.type;
      value.integer = word.integer;
      return;
    }
  }
  const char first = value.text[0];
  if (!is_decimal_digit(first) && first != '+' && first != '-' && first != '.') return;
  std::string plain = value.text;
  std::erase(plain, '_');
  if (parse_go_integer(plain, value.integer)) {
    value.type = Value::Type::kInt;
    value.number = static_cast<double>(value.integer);
  } else if (is_float(plain)) {
    value.type = Value::Type::kFloat;
    const char* const begin = plain.data() + (plain[0] == '+' ? 1 : 0);
    std::from_chars(begin, plain.data() + plain.size(), value.number);
  } else if (is_special_float(plain)) {
    value.type = Value::Type::kFloat;
  }
}

std::string key_text(const Value& scalar) {
  switch (scalar.type) {
    case Value::Type::kBool:
      return scalar.integer ? "true" : "false";
    case Value::Type::kInt:
      return std::to_string(scalar.integer);
    case Value::Type::kNull:
      return "null";
    default:
      return scalar.text;
  }
}

}  // namespace seatrial::api
