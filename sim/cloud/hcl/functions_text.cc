// Functions of text and numbers.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/cloud/hcl/evaluate.h"
#include "sim/cloud/hcl/functions.h"

namespace seatrial::cloud::hcl {
namespace {

constexpr std::size_t kLongestText = 1 << 20;  // that a function may make

std::string text_of(const Value& value) { return value.str(); }

FunctionResult wrong(std::string_view wanted) { return std::unexpected(std::string(wanted) + " required"); }

template <std::string (*change)(const std::string&)>
FunctionResult changed(Arguments a) {
  std::string text;
  if (!to_text(a[0], text)) return wrong("string");
  return Value::of(change(text));
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

std::string lowered(const std::string& text) {
  std::string result = text;
  std::ranges::transform(result, result.begin(), to_lower);
  return result;
}
std::string uppered(const std::string& text) {
  std::string result = text;
  std::ranges::transform(result, result.begin(), to_upper);
  return result;
}
std::string titled(const std::string& text) {
  std::string result = text;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (i == 0 || is_space(result[i - 1])) result[i] = to_upper(result[i]);
  }
  return result;
}
std::string chomped(const std::string& text) {
  std::string result = text;
  while (!result.empty() && (result.back() == '\n' || result.back() == '\r')) result.pop_back();
  return result;
}
std::string trimmed(const std::string& text) {
  std::size_t begin = 0, end = text.size();
  while (begin < end && is_space(text[begin])) ++begin;
  while (end > begin && is_space(text[end - 1])) --end;
  return text.substr(begin, end - begin);
}
std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> all;
  for (const char c : text) {
    if (all.empty() || (static_cast<unsigned char>(c) & 0xc0) != 0x80) all.emplace_back();
    all.back() += c;
  }
  return all;
}
std::string reversed(const std::string& text) {
  std::string result;
  const auto all = characters(text);
  for (std::size_t i = all.size(); i-- > 0;) result += all[i];
  return result;
}

FunctionResult trim(Arguments a) {
  std::string text = text_of(a[0]);
  const std::string cutset = text_of(a[1]);
  const std::size_t begin = text.find_first_not_of(cutset);
  if (begin == std::string::npos) return Value::of(std::string());
  return Value::of(text.substr(begin, text.find_last_not_of(cutset) - begin + 1));
}
FunctionResult trim_prefix(Arguments a) {
  std::string text = text_of(a[0]);
  const std::string prefix = text_of(a[1]);
  if (text.starts_with(prefix)) text.erase(0, prefix.size());
  return Value::of(std::move(text));
}
FunctionResult trim_suffix(Arguments a) {
  std::string text = text_of(a[0]);
  const std::string suffix = text_of(a[1]);
  if (text.ends_with(suffix)) text.resize(text.size() - suffix.size());
  return Value::of(std::move(text));
}
FunctionResult starts_with(Arguments a) { return Value::boolean(text_of(a[0]).starts_with(text_of(a[1]))); }
FunctionResult ends_with(Arguments a) { return Value::boolean(text_of(a[0]).ends_with(text_of(a[1]))); }
FunctionResult str_contains(Arguments a) {
  return Value::boolean(text_of(a[0]).find(text_of(a[1])) != std::string::npos);
}

// A pattern between slashes is a regular expression, which is not worked out.
FunctionResult replace(Arguments a) {
  const std::string text = text_of(a[0]), what = text_of(a[1]), by = text_of(a[2]);
  if (what.size() > 1 && what.front() == '/' && what.back() == '/') return unknown_of({}, {});
  std::string result;
  std::size_t at = 0;
  while (!what.empty()) {
    const std::size_t next = text.find(what, at);
    if (next == std::string::npos) break;
    result += text.substr(at, next - at) + by;
    at = next + what.size();
    if (result.size() > kLongestText) return std::unexpected("the result is too long");
  }
  return Value::of(result + text.substr(at));
}

FunctionResult split(Arguments a) {
  const std::string separator = text_of(a[0]), text = text_of(a[1]);
  Value result = Value::tuple({});
  if (separator.empty()) {
    for (std::string& c : characters(text)) result.items.push_back(Value::of(std::move(c)));
    return result;
  }
  for (std::size_t at = 0;;) {
    const std::size_t next = text.find(separator, at);
    result.items.push_back(Value::of(text.substr(at, next == std::string::npos ? next : next - at)));
    if (next == std::string::npos) return result;
    at = next + separator.size();
  }
}

// Lists of text, of which some may be unknown.
FunctionResult join(Arguments a) {
  Value result = Value::of(std::string());
  std::string separator, item_text;
  if (!to_text(a[0], separator)) return wrong("string");
  bool first = true, open = a[0].is_unknown();
  add_sources(result.sources, a[0].sources);
  for (const Value& list : a.subspan(1)) {
    if (list.is_unknown()) return unknown_of({}, {});
    if (!list.is_tuple()) return wrong("list of string");
    for (const Value& item : list.items) {
      if (!to_text(item, item_text)) return wrong("list of string");
      result.text += (first ? "" : separator) + item_text;
      first = false;
      open |= item.is_unknown();
      add_sources(result.sources, item.sources);
      if (result.text.size() > kLongestText) return std::unexpected("the result is too long");
    }
  }
  if (open) result.type = Value::Type::kUnknown;
  return result;
}

FunctionResult substr(Arguments a) {
  const auto all = characters(text_of(a[0]));
  double offset = 0, length = 0;
  if (!to_number(a[1], offset) || !to_number(a[2], length)) return wrong("number");
  const auto size = static_cast<double>(all.size());
  if (offset < 0) offset += size;
  if (offset < 0 || offset > size) return std::unexpected("the offset is outside of the string");
  const double end = length < 0 ? size : std::min(size, offset + length);
  std::string result;
  for (auto i = static_cast<std::size_t>(offset); static_cast<double>(i) < end; ++i) result += all[i];
  return Value::of(std::move(result));
}

FunctionResult indent(Arguments a) {
  double spaces = 0;
  if (!to_number(a[0], spaces) || spaces < 0 || spaces > 1000) return wrong("number of spaces");
  const std::string text = text_of(a[1]);
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == '\n') result.append(static_cast<std::size_t>(spaces), ' ');
    if (result.size() > kLongestText) return std::unexpected("the result is too long");
  }
  return Value::of(std::move(result));
}

// One verb of a format: %[flags][width][.precision]verb
struct Verb {
  bool minus = false, zero = false, plus = false, quote = false;
  std::size_t width = 0;
  int precision = -1;
  char letter = 0;
};

bool read_verb(std::string_view format, std::size_t& at, Verb& verb) {
  for (; at < format.size(); ++at) {
    const char c = format[at];
    if (c == '-')
      verb.minus = true;
    else if (c == '0')
      verb.zero = true;
    else if (c == '+')
      verb.plus = true;
    else if (c != ' ' && c != '#')
      break;
  }
  const auto digits = [&] {
    std::size_t number = 0;
    while (at < format.size() && format[at] >= '0' && format[at] <= '9')
      number = std::min<std::size_t>(number * 10 + static_cast<std::size_t>(format[at++] - '0'), 1001);
    return number;
  };
  verb.width = digits();
  if (at < format.size() && format[at] == '.') {
    ++at;
    verb.precision = static_cast<int>(digits());
  }
  if (at >= format.size() || verb.width > 1000 || verb.precision > 100) return false;
  verb.letter = format[at++];
  return true;
}

FunctionResult verb_text(const Verb& verb, const Value& value) {
  double number = 0;
  std::string text;
  switch (verb.letter) {
    case 'v':
      return Value::of(value.is_null() ? "null" : text_of(value));
    case 's':
      return to_text(value, text) ? FunctionResult(Value::of(std::move(text))) : wrong("string");
    case 'q':
      return to_text(value, text) ? FunctionResult(Value::of(json_text(Value::of(text)))) : wrong("string");
    case 't': {
      bool truth = false;
      return to_bool(value, truth) ? FunctionResult(Value::of(std::string(truth ? "true" : "false")))
                                   : wrong("bool");
    }
    case 'd':
    case 'x':
    case 'X':
    case 'o':
    case 'b': {
      if (!to_number(value, number) || std::abs(number) > 9e15) return wrong("number");
      const auto whole = static_cast<std::int64_t>(number);
      if (verb.letter == 'd') return Value::of(fmt::format("{}", whole));
      if (verb.letter == 'x') return Value::of(fmt::format("{:x}", whole));
      if (verb.letter == 'X') return Value::of(fmt::format("{:X}", whole));
      return Value::of(verb.letter == 'o' ? fmt::format("{:o}", whole) : fmt::format("{:b}", whole));
    }
    case 'e':
    case 'f':
    case 'g': {
      if (!to_number(value, number)) return wrong("number");
      const int precision = verb.precision < 0 ? 6 : verb.precision;
      if (verb.letter == 'e') return Value::of(fmt::format("{:.{}e}", number, precision));
      if (verb.letter == 'f') return Value::of(fmt::format("{:.{}f}", number, precision));
      return Value::of(verb.precision < 0 ? number_text(number) : fmt::format("{:.{}g}", number, precision));
    }
    default:
      return std::unexpected(std::string("unsupported format verb '") + verb.letter + "'");
  }
}

FunctionResult format(Arguments a) {
  std::string pattern;
  if (!to_text(a[0], pattern)) return wrong("string");
  if (a[0].is_unknown()) return unknown_of({}, {});
  Value result = Value::of(std::string());
  std::size_t next = 1;
  for (std::size_t at = 0; at < pattern.size();) {
    if (pattern[at] != '%') {
      result.text += pattern[at++];
      continue;
    }
    if (++at < pattern.size() && pattern[at] == '%') {
      result.text += pattern[at++];
      continue;
    }
    Verb verb;
    if (!read_verb(pattern, at, verb)) return std::unexpected("unrecognized format sequence");
    if (next >= a.size()) return std::unexpected("not enough arguments for the format");
    const Value& value = a[next++];
    std::string text;
    if (value.is_unknown()) {
      text = value.text;
      result.type = Value::Type::kUnknown;
      add_sources(result.sources, value.sources);
    } else {
      const FunctionResult shown = verb_text(verb, value);
      if (!shown) return shown;
      text = shown->text;
      if (verb.plus && verb.letter == 'd' && !text.starts_with('-')) text.insert(0, "+");
      const std::size_t size = characters(text).size(), missing = verb.width > size ? verb.width - size : 0;
      const bool zeros = verb.zero && !verb.minus;
      const bool has_sign = zeros && (text.starts_with('-') || text.starts_with('+'));
      text.insert(verb.minus ? text.size() : has_sign ? 1 : 0, missing, zeros ? '0' : ' ');
    }
    result.text += text;
  }
  if (next < a.size()) return std::unexpected("too many arguments for the format");
  return result;
}

// format for each item of the lists among the arguments.
FunctionResult format_list(Arguments a) {
  std::size_t length = 1;
  bool has_list = false;
  for (const Value& argument : a.subspan(1)) {
    if (!argument.is_tuple()) continue;
    if (has_list && argument.items.size() != length)
      return std::unexpected("the lists have different lengths");
    length = argument.items.size();
    has_list = true;
  }
  Value result = Value::tuple({});
  for (std::size_t i = 0; i < length; ++i) {
    std::vector<Value> arguments{a[0]};
    for (const Value& argument : a.subspan(1))
      arguments.push_back(argument.is_tuple() ? argument.items[i] : argument);
    FunctionResult item = format(arguments);
    if (!item) return item;
    result.items.push_back(*std::move(item));
  }
  return result;
}

template <class Pick>
FunctionResult picked(Arguments a, Pick&& pick) {
  double best = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    double number = 0;
    if (!to_number(a[i], number)) return wrong("number");
    best = i == 0 ? number : pick(best, number);
  }
  return Value::of(best);
}
FunctionResult max(Arguments a) {
  return picked(a, [](double x, double y) { return std::max(x, y); });
}
FunctionResult min(Arguments a) {
  return picked(a, [](double x, double y) { return std::min(x, y); });
}

template <double (*code)(double)>
FunctionResult numeric(Arguments a) {
  double number = 0;
  return to_number(a[0], number) ? FunctionResult(Value::of(code(number))) : wrong("number");
}
double absolute(double x) { return std::abs(x); }
double upwards(double x) { return std::ceil(x); }
double downwards(double x) { return std::floor(x); }
double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

FunctionResult parse_int(Arguments a) {
  double base = 0;
  if (!to_number(a[1], base) || base < 2 || base > 36) return wrong("base from 2 to 36");
  double number = 0;
  std::string text = text_of(a[0]);
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 10
                      : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                             : 99;
    if (digit >= base) return std::unexpected("cannot parse \"" + text + "\" as an integer");
    number = number * base + digit;
  }
  if (text.empty()) return std::unexpected("cannot parse \"\" as an integer");
  return Value::of(negative ? -number : number);
}

FunctionResult json_encode(Arguments a) {
  Value result = Value::of(json_text(a[0]));
  result.sources = a[0].all_sources();
  if (!a[0].is_whole()) result.type = Value::Type::kUnknown;
  return result;
}

Value value_of_json(const nlohmann::json& json) {
  if (json.is_boolean()) return Value::boolean(json.get<bool>());
  if (json.is_number()) return Value::of(json.get<double>());
  if (json.is_string()) return Value::of(json.get<std::string>());
  Value value;
  if (json.is_array()) {
    value = Value::tuple({});
    for (const auto& item : json) value.items.push_back(value_of_json(item));
  } else if (json.is_object()) {
    value = Value::object();
    for (const auto& [key, item] : json.items()) value.set(key, value_of_json(item));
  }
  return value;
}

bool nests_deeply(std::string_view text) {
  int depth = 0;
  for (const char c : text) {
    depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    if (depth > 100) return true;
  }
  return false;
}

FunctionResult json_decode(Arguments a) {
  const std::string text = text_of(a[0]);
  if (nests_deeply(text)) return std::unexpected("the document is nested too deeply");
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return std::unexpected("invalid JSON document");
  return value_of_json(json);
}

std::string base64(const std::string& text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    const auto byte = [&](std::size_t j) {
      return j < text.size() ? static_cast<unsigned char>(text[j]) : 0u;
    };
    const std::uint32_t three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (int part = 0; part < 4; ++part)
      result +=
          i + static_cast<std::size_t>(part) > text.size() ? '=' : kDigits[(three >> (18 - 6 * part)) & 63];
  }
  return result;
}

std::string url_encoded(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      result += c;
    else if (c == ' ')
      result += '+';
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

FunctionResult to_number_function(Arguments a) {
  double number = 0;
  if (a[0].is_null()) return a[0];
  return to_number(a[0], number) ? FunctionResult(Value::of(number)) : wrong("number");
}
FunctionResult to_bool_function(Arguments a) {
  bool truth = false;
  if (a[0].is_null()) return a[0];
  return to_bool(a[0], truth) ? FunctionResult(Value::boolean(truth)) : wrong("bool");
}
FunctionResult to_string_function(Arguments a) {
  std::string text;
  if (a[0].is_null()) return a[0];
  return to_text(a[0], text) ? FunctionResult(Value::of(std::move(text))) : wrong("string");
}
FunctionResult same(Arguments a) { return a[0]; }

constexpr auto kTextFunctions = std::to_array<Function>({
    {"abs", 1, 1, numeric<absolute>},
    {"base64encode", 1, 1, changed<base64>},
    {"ceil", 1, 1, numeric<upwards>},
    {"chomp", 1, 1, changed<chomped>},
    {"endswith", 2, 2, ends_with},
    {"floor", 1, 1, numeric<downwards>},
    {"format", 1, kAny, format, true},
    {"formatlist", 1, kAny, format_list},
    {"indent", 2, 2, indent},
    {"join", 2, kAny, join, true},
    {"jsondecode", 1, 1, json_decode},
    {"jsonencode", 1, 1, json_encode, true},
    {"lower", 1, 1, changed<lowered>},
    {"max", 1, kAny, max},
    {"min", 1, kAny, min},
    {"nonsensitive", 1, 1, same, true},
    {"parseint", 2, 2, parse_int},
    {"replace", 3, 3, replace},
    {"sensitive", 1, 1, same, true},
    {"signum", 1, 1, numeric<sign>},
    {"split", 2, 2, split},
    {"startswith", 2, 2, starts_with},
    {"strcontains", 2, 2, str_contains},
    {"strrev", 1, 1, changed<reversed>},
    {"substr", 3, 3, substr},
    {"title", 1, 1, changed<titled>},
    {"tobool", 1, 1, to_bool_function},
    {"tonumber", 1, 1, to_number_function},
    {"tostring", 1, 1, to_string_function, true},
    {"trim", 2, 2, trim},
    {"trimprefix", 2, 2, trim_prefix},
    {"trimspace", 1, 1, changed<trimmed>},
    {"trimsuffix", 2, 2, trim_suffix},
    {"upper", 1, 1, changed<uppered>},
    {"urlencode", 1, 1, changed<url_encoded>},
});

}  // namespace

std::span<const Function> text_functions() { return kTextFunctions; }

}  // namespace seatrial::cloud::hcl
