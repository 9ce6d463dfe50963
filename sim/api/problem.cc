#include "sim/api/problem.h"

#include <algorithm>

namespace seatrial::api {
namespace {

using Texts = std::vector<std::string>;

std::string joined(const Texts& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

// Each problem with its path, and each text once.
Texts with_paths(const Problems& problems) {
  Texts texts;
  for (const Problem& problem : problems) {
    std::string text = problem.path.empty() ? problem.message : problem.path + ": " + problem.message;
    if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
  }
  return texts;
}

bool is_strict(const Problem& problem) {
  return problem.message.starts_with("unknown field") || problem.message.starts_with("duplicate field");
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
  const Texts texts = with_paths(problems);
  const std::string all = joined(texts);
  return std::string(kind) + " \"" + std::string(name) +
         "\" is invalid: " + (texts.size() > 1 ? "[" + all + "]" : all);
}

std::string bad_request_message(std::string_view api_version, std::string_view kind,
                                const Problems& problems) {
  const std::string_view version = api_version.substr(api_version.find('/') + 1);
  // A value of a wrong type ends the reading; only what can be read is looked through for unknown fields.
  const auto unreadable = std::ranges::find_if_not(problems, is_strict);
  const bool strict = unreadable == problems.end();
  Texts texts;
  if (strict)
    for (const Problem& problem : problems) texts.push_back(problem.message);
  else
    texts.push_back(unreadable->message);
  return std::string(kind) + " in version \"" + std::string(version) + "\" cannot be handled as a " +
         std::string(kind) + ": " + (strict ? "strict decoding error: " : "") + joined(texts);
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else
      result += c;
  }
  return result + '"';
}

}  // namespace seatrial::api
