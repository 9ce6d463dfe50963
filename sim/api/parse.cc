// parse_documents: the guards, the splitting into documents, and the choice between JSON and YAML.
#include <string>

#include "sim/api/parse_json.h"
#include "sim/api/parse_yaml.h"
#include "sim/api/text_check.h"
#include "sim/api/value.h"

namespace seatrial::api {
namespace {

constexpr std::size_t kMaxBytes = 64u << 20;
constexpr std::string_view kGitCrypt("\0GITCRYPT", 9);

// A line "---", perhaps with something behind it, starts a document.
bool is_separator(std::string_view line) {
  if (!line.starts_with("---")) return false;
  return line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r';
}

struct Chunk {
  std::string_view text;
  std::int32_t first_line = 1;
};

std::vector<Chunk> split(std::string_view text) {
  std::vector<Chunk> chunks;
  std::size_t start = 0;
  std::int32_t line = 1, first_line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) end = text.size();
    if (is_separator(text.substr(at, end - at)) && at > start) {
      chunks.push_back({text.substr(start, at - start), first_line});
      start = at;
      first_line = line;
    }
    at = end + 1;
  }
  if (start < text.size()) chunks.push_back({text.substr(start), first_line});
  return chunks;
}

bool starts_as_json(std::string_view text) {
  const std::size_t brace = text.find_first_not_of(" \t\r\n");
  if (brace == std::string_view::npos || text[brace] != '{') return false;
  const std::size_t next = text.find_first_not_of(" \t\r\n", brace + 1);
  return next == std::string_view::npos || text[next] == '"' || text[next] == '}';
}

void parse_chunk(Chunk chunk, Symbol file, ParseResult& result) {
  if (starts_as_json(chunk.text)) {
    ParseResult json;
    parse_json(chunk.text, file, chunk.first_line, json);
    if (json.problems.empty()) {
      std::move(json.documents.begin(), json.documents.end(), std::back_inserter(result.documents));
      return;
    }
    ParseResult yaml;
    if (file.view().ends_with(".json"))
      yaml.problems = json.problems;
    else
      parse_yaml(chunk.text, file, chunk.first_line, yaml);
    ParseResult& better = yaml.problems.empty() ? yaml : json;
    std::move(better.documents.begin(), better.documents.end(), std::back_inserter(result.documents));
    std::move(better.problems.begin(), better.problems.end(), std::back_inserter(result.problems));
    return;
  }
  parse_yaml(chunk.text, file, chunk.first_line, result);
}

}  // namespace

ParseResult parse_documents(std::string_view text, Symbol file) {
  ParseResult result;
  if (text.starts_with(kGitCrypt)) {
    result.encrypted = true;
    return result;
  }
  if (text.size() > kMaxBytes) {
    result.problems.push_back({{file, 1, 1}, "", "the file is larger than 64 MiB"});
    return result;
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (const auto bad = find_bad_character(text)) {
    const char* const message = bad->utf8  ? "yaml: invalid UTF-8"
                                : bad->nul ? "yaml: control characters are not allowed: NUL (a binary file?)"
                                           : "yaml: control characters are not allowed";
    result.problems.push_back({{file, bad->line, bad->column}, "", message});
    return result;
  }
  for (const Chunk& chunk : split(text)) parse_chunk(chunk, file, result);
  return result;
}

}  // namespace seatrial::api
