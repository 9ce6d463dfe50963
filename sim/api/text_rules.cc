// Which texts are names, labels, ports and keys. The regular expressions that the messages quote are written
// out as loops. Source: k8s.io/apimachinery/pkg/util/validation/validation.go.
#include <algorithm>

#include "sim/api/validation.h"

namespace seatrial::api {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower_alnum(char c) { return is_lower(c) || is_digit(c); }
bool is_alnum(char c) { return is_lower_alnum(c) || is_upper(c); }

using Messages = std::vector<std::string>;

std::string regex_error(const char* what, std::initializer_list<const char*> examples, const char* regex) {
  std::string text = std::string(what) + " (e.g. ";
  bool first = true;
  for (const char* const example : examples) {
    text += std::string(first ? "'" : " or '") + example + "', ";
    first = false;
  }
  return text + "regex used for validation is '" + regex + "')";
}

// Names count characters, labels bytes: so say two packages of the API server.
std::string max_length(std::size_t length, const char* unit = "characters") {
  return "must be no more than " + std::to_string(length) + " " + unit;
}

// [a-z0-9]([-a-z0-9]*[a-z0-9])?
bool is_label(std::string_view text) {
  return !text.empty() && is_lower_alnum(text.front()) && is_lower_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_lower_alnum(c) || c == '-'; });
}

bool is_subdomain(std::string_view text) {
  for (;;) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// ([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]
bool is_name(std::string_view text) {
  return !text.empty() && is_alnum(text.front()) && is_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

Messages plain_subdomain(std::string_view text, const char* unit) {
  Messages messages;
  if (text.size() > 253) messages.push_back(max_length(253, unit));
  if (!is_subdomain(text)) {
    messages.push_back(
        regex_error("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "
                    "or '.', and must "
                    "start and end with an alphanumeric character",
                    {"example.com"}, R"([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)"));
  }
  return messages;
}

}  // namespace

Messages check_dns1123_label(std::string_view text) {
  Messages messages;
  if (text.size() > 63) messages.push_back(max_length(63));
  if (is_label(text)) return messages;
  if (is_subdomain(text)) {
    messages.push_back("must not contain dots");
  } else {
    messages.push_back(
        regex_error("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
                    "and must start and "
                    "end with an alphanumeric character",
                    {"my-name", "123-abc"}, "[a-z0-9]([-a-z0-9]*[a-z0-9])?"));
  }
  return messages;
}

Messages check_dns1123_subdomain(std::string_view text) { return plain_subdomain(text, "characters"); }

// pathvalidation.IsValidPathSegmentName
Messages check_path_segment_name(std::string_view text) {
  if (text == "." || text == "..") return {"may not be '" + std::string(text) + "'"};
  Messages messages;
  for (const char c : {'/', '%'}) {
    if (text.find(c) != std::string_view::npos)
      messages.push_back(std::string("may not contain '") + c + "'");
  }
  return messages;
}

Messages check_wildcard_subdomain(std::string_view text) {
  Messages messages;
  if (text.size() > 253) messages.push_back(max_length(253));
  if (!text.starts_with("*.") || !is_subdomain(text.substr(2))) {
    messages.push_back(regex_error(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must "
        "consist of "
        "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        {"*.example.com"}, R"(\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)"));
  }
  return messages;
}

Messages check_dns1035_label(std::string_view text) {
  Messages messages;
  if (text.size() > 63) messages.push_back(max_length(63));
  if (!is_label(text) || !is_lower(text.front())) {
    messages.push_back(
        regex_error("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with "
                    "an alphabetic "
                    "character, and end with an alphanumeric character",
                    {"my-name", "abc-123"}, "[a-z]([-a-z0-9]*[a-z0-9])?"));
  }
  return messages;
}

Messages check_qualified_name(std::string_view text) {
  Messages messages;
  static const std::string kNameError = regex_error(
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
      "alphanumeric character",
      {"MyName", "my.name", "123-abc"}, "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
  const std::size_t slash = text.find('/');
  std::string_view name = text;
  if (slash != std::string_view::npos) {
    const std::string_view prefix = text.substr(0, slash);
    name = text.substr(slash + 1);
    if (name.find('/') != std::string_view::npos) {
      return {
          regex_error(
              "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start "
              "and end with an alphanumeric character",
              {"MyName", "my.name", "123-abc"}, "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]") +
          " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"};
    }
    if (prefix.empty())
      messages.push_back("prefix part must be non-empty");
    else
      for (const std::string& message : plain_subdomain(prefix, "bytes"))
        messages.push_back("prefix part " + message);
  }
  if (name.empty())
    messages.push_back("name part must be non-empty");
  else if (name.size() > 63)
    messages.push_back("name part " + max_length(63, "bytes"));
  if (!is_name(name)) messages.push_back(kNameError);
  return messages;
}

Messages check_label_value(std::string_view text) {
  Messages messages;
  if (text.size() > 63) messages.push_back(max_length(63, "bytes"));
  if (!text.empty() && !is_name(text)) {
    messages.push_back(
        regex_error("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' "
                    "or '.', and must start "
                    "and end with an alphanumeric character",
                    {"MyValue", "my_value", "12345"}, "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"));
  }
  return messages;
}

Messages check_port_name(std::string_view text) {
  Messages messages;
  const auto all = [&](auto rule) { return std::all_of(text.begin(), text.end(), rule); };
  if (text.size() > 15) messages.push_back(max_length(15));
  if (!all([](char c) { return is_lower_alnum(c) || c == '-'; })) {
    messages.push_back("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!std::any_of(text.begin(), text.end(), is_lower))
    messages.push_back("must contain at least one letter (a-z)");
  if (text.find("--") != std::string_view::npos) messages.push_back("must not contain consecutive hyphens");
  if (!text.empty() && (text.front() == '-' || text.back() == '-')) {
    messages.push_back("must not begin or end with a hyphen");
  }
  return messages;
}

Messages check_port_number(std::int64_t port) {
  if (port >= 1 && port <= 65535) return {};
  return {"must be between 1 and 65535, inclusive"};
}

Messages check_env_var_name(std::string_view text) {
  const bool fine = !text.empty() && std::all_of(text.begin(), text.end(),
                                                 [](char c) { return c >= ' ' && c <= '~' && c != '='; });
  if (fine) return {};
  if (text.empty()) return {"environment variable name must be non-empty"};
  return {"a valid environment variable name must consist only of printable ASCII characters other than '='"};
}

Messages check_config_map_key(std::string_view text) {
  Messages messages;
  if (text.size() > 253) messages.push_back(max_length(253));
  const auto allowed = [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; };
  if (text.empty() || !std::all_of(text.begin(), text.end(), allowed)) {
    messages.push_back(
        regex_error("a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
                    {"key.name", "KEY_NAME", "key-name"}, "[-._a-zA-Z0-9]+"));
  }
  if (text == ".")
    messages.push_back("must not be '.'");
  else if (text == "..")
    messages.push_back("must not be '..'");
  else if (text.starts_with(".."))
    messages.push_back("must not start with '..'");
  return messages;
}

Messages check_percent(std::string_view text) {
  const std::string_view digits = text.substr(0, text.empty() ? 0 : text.size() - 1);
  if (text.ends_with('%') && !digits.empty() && std::all_of(digits.begin(), digits.end(), is_digit))
    return {};
  return {regex_error("a valid percent string must be a numeric string followed by an ending '%'",
                      {"1%", "93%"}, "[0-9]+%")};
}

}  // namespace seatrial::api
