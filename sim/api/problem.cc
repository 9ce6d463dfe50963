#include "sim/api/problem.h"

namespace seatrial::api {
namespace {

std::string joined(const Problems& problems, bool with_path) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += ", ";
    if (with_path && !problem.path.empty()) text += problem.path + ": ";
    text += problem.message;
  }
  return text;
}

}  // namespace

std::string Problem::str() const {
  std::string text;
  if (where.line > 0 || !where.file.empty()) {
    text = where.file.str() + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) + ": ";
  }
  const bool named = message.ends_with('"' + path + '"');  // unknown field "spec.replica"
  if (!path.empty() && !named) text += path + ": ";
  return text + message;
}

std::string invalid_message(std::string_view kind, std::string_view name, const Problems& problems) {
  const std::string all = joined(problems, true);
  return std::string(kind) + " \"" + std::string(name) +
         "\" is invalid: " + (problems.size() > 1 ? "[" + all + "]" : all);
}

std::string bad_request_message(std::string_view api_version, std::string_view kind,
                                const Problems& problems) {
  const std::string_view version = api_version.substr(api_version.find('/') + 1);
  bool strict = !problems.empty();
  for (const Problem& problem : problems) {
    strict &= problem.message.starts_with("unknown field") || problem.message.starts_with("duplicate field");
  }
  return std::string(kind) + " in version \"" + std::string(version) + "\" cannot be handled as a " +
         std::string(kind) + ": " + (strict ? "strict decoding error: " : "") + joined(problems, false);
}

}  // namespace seatrial::api
