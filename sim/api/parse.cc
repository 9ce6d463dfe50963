// parse_documents: the guards, the splitting into documents, and the choice between JSON and YAML.
#include <string>

#include "sim/api/parse_json.h"
#include "sim/api/parse_yaml.h"
#include "sim/api/value.h"

namespace seatrial::api {
namespace {

constexpr std::size_t kMaxBytes = 64u << 20;
constexpr std::string_view kGitCrypt("\0GITCRYPT", 9);

struct TextPlace {
  std::int32_t line = 1, column = 1;
};

TextPlace place_of(std::string_view text, std::size_t offset) {
  TextPlace place;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      ++place.column;
    }
  }
  return place;
}

// How many bytes the UTF-8 sequence at `at` has; 0 if it is none (overlong forms and surrogates are none).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(at);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = byte(at + 1);
  const bool bad = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                   (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
  return bad ? 0 : length;
}

// Control characters that YAML forbids, and bytes that are no UTF-8. Empty if the text is fine.
std::string bad_character(std::string_view text, std::size_t& at) {
  for (at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
      return c == 0 ? "yaml: control characters are not allowed: NUL (a binary file?)"
                    : "yaml: control characters are not allowed";
    }
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return "yaml: invalid UTF-8";
    at += length;
  }
  return {};
}

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
  std::size_t at = 0;
  if (const std::string wrong = bad_character(text, at); !wrong.empty()) {
    const TextPlace place = place_of(text, at);
    result.problems.push_back({{file, place.line, place.column}, "", wrong});
    return result;
  }
  for (const Chunk& chunk : split(text)) parse_chunk(chunk, file, result);
  return result;
}

}  // namespace seatrial::api
