#include "sim/api/parse_json.h"

#include <charconv>

#include "sim/api/scalar.h"

namespace seatrial::api {
namespace {

constexpr int kMaxDepth = 100;

class JsonParser {
 public:
  JsonParser(std::string_view text, Symbol file, std::int32_t line, ParseResult& result)
      : text_(text), file_(file), line_(line), result_(result) {}

  void documents() {
    if (text_.substr(at_).starts_with("---")) skip(3);
    for (space(); at_ < text_.size(); space()) {
      Value value;
      if (!parse(value, 0)) return;
      result_.documents.push_back(std::move(value));
    }
  }

 private:
  SourcePosition here() const { return {file_, line_, static_cast<std::int32_t>(column_)}; }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip(std::size_t count = 1) {
    for (; count > 0 && at_ < text_.size(); --count, ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        column_ = 1;
      } else if ((static_cast<unsigned char>(text_[at_]) & 0xc0) != 0x80) {
        ++column_;
      }
    }
  }
  void space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') skip();
  }
  bool fail(const std::string& message) {
    const std::string text = at_ >= text_.size() ? "unexpected end of JSON input" : message;
    result_.problems.push_back({here(), "", "json: " + text});
    return false;
  }
  bool unexpected(const std::string& context) {
    return fail("invalid character '" + std::string(1, peek()) + "' " + context);
  }

  bool parse(Value& value, int depth) {
    value.where = here();
    if (depth > kMaxDepth) return fail("exceeded max depth");
    switch (peek()) {
      case '{':
        return parse_map(value, depth);
      case '[':
        return parse_list(value, depth);
      case '"':
        value.type = Value::Type::kString;
        return parse_string(value.text);
      default:
        return parse_word(value);
    }
  }

  bool parse_map(Value& value, int depth) {
    value.type = Value::Type::kMap;
    skip();
    for (space(); peek() != '}'; space()) {
      const SourcePosition key_where = here();
      std::string key;
      if (peek() != '"') return unexpected("looking for beginning of object key string");
      if (!parse_string(key)) return false;
      space();
      if (peek() != ':') return unexpected("after object key");
      skip();
      space();
      Value item;
      if (!parse(item, depth + 1)) return false;
      if (value.find(key)) {
        result_.problems.push_back({key_where, "", "json: duplicate field \"" + key + "\""});
      } else {
        value.map.emplace_back(Symbol(key), std::move(item));
        value.key_where.push_back(key_where);
      }
      if (!separator('}', "after object key:value pair")) return false;
    }
    skip();
    return true;
  }

  bool parse_list(Value& value, int depth) {
    value.type = Value::Type::kList;
    skip();
    for (space(); peek() != ']'; space()) {
      value.list.emplace_back();
      if (!parse(value.list.back(), depth + 1)) return false;
      if (!separator(']', "after array element")) return false;
    }
    skip();
    return true;
  }

  // A comma with something behind it, or the end of the collection (which stays to be read).
  bool separator(char end, const std::string& context) {
    space();
    if (peek() == end && at_ < text_.size()) return true;
    if (peek() != ',') return unexpected(context);
    skip();
    space();
    return peek() == end || at_ >= text_.size() ? unexpected("looking for beginning of value") : true;
  }

  bool parse_word(Value& value) {
    const std::size_t end = text_.find_first_of(" \t\r\n,:]}[{\"", at_);
    value.text = text_.substr(at_, end == std::string_view::npos ? end : end - at_);
    const char first = peek();
    const bool number = (first >= '0' && first <= '9') || first == '-';
    if (!number && value.text != "true" && value.text != "false" && value.text != "null") {
      return unexpected("looking for beginning of value");
    }
    resolve_plain_scalar(value);
    if (number && value.type != Value::Type::kInt && value.type != Value::Type::kFloat) {
      return fail("invalid number " + value.text);
    }
    skip(value.text.size());
    return true;
  }

  bool parse_string(std::string& out) {
    skip();
    for (;;) {
      if (at_ >= text_.size()) return fail("");
      const char c = peek();
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20) return unexpected("in string literal");
      if (c == '\\') {
        if (!parse_escape(out)) return false;
      } else {
        out += c;
        skip();
      }
    }
    skip();
    return true;
  }

  bool parse_escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    skip();
    if (peek() == 'u') {
      unsigned code = 0;
      if (!parse_hex(code)) return false;
      if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_).starts_with("\\u")) {
        skip();
        unsigned low = 0;
        if (!parse_hex(low)) return false;
        code = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
      }
      append_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
      return true;
    }
    const std::size_t index = at_ < text_.size() ? kNames.find(peek()) : std::string_view::npos;
    if (index == std::string_view::npos) return unexpected("in string escape code");
    out += kMeanings[index];
    skip();
    return true;
  }

  bool parse_hex(unsigned& code) {
    skip();
    const std::string_view digits = text_.substr(at_, 4);
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() < 4 || result.ec != std::errc() || result.ptr != digits.data() + 4) {
      return unexpected("in \\u hexadecimal character escape");
    }
    skip(4);
    return true;
  }

  static void append_utf8(std::string& out, unsigned code) {
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xc0 | (code >> 6));
      tail(0);
    } else if (code < 0x10000) {
      out += static_cast<char>(0xe0 | (code >> 12));
      tail(6), tail(0);
    } else {
      out += static_cast<char>(0xf0 | (code >> 18));
      tail(12), tail(6), tail(0);
    }
  }

  std::string_view text_;
  Symbol file_;
  std::size_t at_ = 0;
  std::int32_t line_, column_ = 1;
  ParseResult& result_;
};

}  // namespace

void parse_json(std::string_view text, Symbol file, std::int32_t first_line, ParseResult& result) {
  JsonParser(text, file, first_line, result).documents();
}

}  // namespace seatrial::api
