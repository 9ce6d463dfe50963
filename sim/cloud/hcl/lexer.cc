#include "sim/cloud/hcl/lexer.h"

namespace seatrial::cloud::hcl {
namespace {

bool starts_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool continues_identifier(char c) { return starts_identifier(c) || is_digit(c) || c == '-'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed_line(std::string_view line) {
  while (!line.empty() && (is_blank(line.front()))) line.remove_prefix(1);
  while (!line.empty() && (is_blank(line.back()) || line.back() == '\n')) line.remove_suffix(1);
  return line;
}

struct Sign {
  std::string_view text;
  TokenKind kind;
};
// Longer ones first.
constexpr Sign kSigns[] = {
    {"...", TokenKind::kEllipsis},
    {"==", TokenKind::kEqual},
    {"!=", TokenKind::kNotEqual},
    {"<=", TokenKind::kLessOrEqual},
    {">=", TokenKind::kGreaterOrEqual},
    {"=>", TokenKind::kArrow},
    {"&&", TokenKind::kAnd},
    {"||", TokenKind::kOr},
    {"::", TokenKind::kDoubleColon},
    {"[", TokenKind::kOpenBracket},
    {"]", TokenKind::kCloseBracket},
    {"(", TokenKind::kOpenParen},
    {")", TokenKind::kCloseParen},
    {"=", TokenKind::kEquals},
    {":", TokenKind::kColon},
    {"?", TokenKind::kQuestion},
    {",", TokenKind::kComma},
    {".", TokenKind::kDot},
    {"*", TokenKind::kStar},
    {"+", TokenKind::kPlus},
    {"-", TokenKind::kMinus},
    {"/", TokenKind::kSlash},
    {"%", TokenKind::kPercent},
    {"!", TokenKind::kNot},
    {"<", TokenKind::kLess},
    {">", TokenKind::kGreater},
};

struct Refusal {
  std::string_view text, message;
};
constexpr Refusal kRefusals[] = {
    {"'", "Invalid character: Single quotes are not valid. Use double quotes (\") to enclose strings."},
    {"`",
     "Invalid character: The \"`\" character is not valid. To create a multi-line string, use the "
     "\"heredoc\" "
     "syntax, like \"<<EOT\"."},
    {";",
     "Invalid character: The \";\" character is not valid. Use newlines to separate arguments and blocks, "
     "and "
     "commas to separate items in collection values."},
    {"&", "Unsupported operator: Bitwise operators are not supported. Did you mean boolean AND (\"&&\")?"},
    {"|", "Unsupported operator: Bitwise operators are not supported. Did you mean boolean OR (\"||\")?"},
    {"^", "Unsupported operator: Bitwise operators are not supported."},
    {"~", "Unsupported operator: Bitwise operators are not supported. Did you mean boolean NOT (\"!\")?"},
    {"\xe2\x80\x9c",
     "Invalid character: \"Curly quotes\" are not valid here. Use straight quotes (\") instead."},
    {"\xe2\x80\x9d",
     "Invalid character: \"Curly quotes\" are not valid here. Use straight quotes (\") instead."},
};

class Lexer {
 public:
  Lexer(std::string_view text, ProblemList& problems) : text_(text), problems_(problems) {
    tokens_.reserve(text.size() / 5 + 8);
    modes_.push_back({});
  }

  std::vector<Token> run() {
    while (at_ < text_.size()) {
      switch (modes_.back().kind) {
        case Mode::Kind::kExpression:
          scan_expression();
          break;
        case Mode::Kind::kQuoted:
          scan_quoted();
          break;
        case Mode::Kind::kHeredoc:
          scan_heredoc();
          break;
      }
    }
    if (modes_.size() > 1) unterminated();
    add(TokenKind::kEnd, 0);
    return std::move(tokens_);
  }

 private:
  struct Mode {
    enum class Kind : std::uint8_t { kExpression, kQuoted, kHeredoc } kind = Kind::kExpression;
    int braces = 0;           // of kExpression: those that are open
    bool starts_line = true;  // of kHeredoc
    std::string_view marker;
    Position where;
  };

  void advance(std::size_t bytes) {
    for (const std::size_t end = at_ + bytes; at_ < end; ++at_) {
      if (text_[at_] == '\n') {
        ++where_.line;
        where_.column = 1;
      } else if ((static_cast<unsigned char>(text_[at_]) & 0xc0) != 0x80) {
        ++where_.column;
      }
    }
  }
  Token& add(TokenKind kind, std::size_t bytes) {
    tokens_.push_back({kind, false, where_, text_.substr(at_, bytes)});
    advance(bytes);
    return tokens_.back();
  }
  bool has(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  char next(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  template <class Condition>
  std::size_t length_while(Condition&& condition) const {
    std::size_t end = at_;
    while (end < text_.size() && condition(text_[end])) ++end;
    return end - at_;
  }

  void scan_expression() {
    const char c = text_[at_];
    if (is_blank(c)) return advance(length_while(is_blank));
    if (c == '\n') {
      add(TokenKind::kNewline, 1);
    } else if (c == '#' || has("//")) {
      advance(length_while([](char x) { return x != '\n'; }));
    } else if (has("/*")) {
      skip_comment();
    } else if (c == '"') {
      modes_.push_back({Mode::Kind::kQuoted, 0, false, {}, where_});
      add(TokenKind::kOpenQuote, 1);
    } else if (starts_identifier(c) && !has("\xe2\x80\x9c") && !has("\xe2\x80\x9d")) {
      add(TokenKind::kIdentifier, length_while(continues_identifier));
    } else if (is_digit(c)) {
      add(TokenKind::kNumber, number_length());
    } else if (c == '{' || c == '}' || has("~}")) {
      scan_brace();
    } else if (!has("<<") || !scan_heredoc_start()) {
      scan_sign();
    }
  }

  void skip_comment() {
    const std::size_t end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos)
      problems_.add(where_, "Unterminated comment: The comment that begins here has no closing \"*/\".");
    advance(end == std::string_view::npos ? text_.size() - at_ : end + 2 - at_);
  }

  std::size_t number_length() const {
    std::size_t end = at_;
    const auto digits = [&] {
      while (end < text_.size() && is_digit(text_[end])) ++end;
    };
    const auto digit_at = [&](std::size_t i) { return i < text_.size() && is_digit(text_[i]); };
    digits();
    if (end < text_.size() && text_[end] == '.' && digit_at(end + 1)) {
      ++end;
      digits();
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      const bool has_sign = end + 1 < text_.size() && (text_[end + 1] == '+' || text_[end + 1] == '-');
      if (digit_at(end + (has_sign ? 2 : 1))) {
        end += has_sign ? 2 : 1;
        digits();
      }
    }
    return end - at_;
  }

  void scan_brace() {
    Mode& mode = modes_.back();
    const bool inside_template = modes_.size() > 1;
    if (text_[at_] == '{') {
      ++mode.braces;
      add(TokenKind::kOpenBrace, 1);
    } else if (inside_template && mode.braces == 0) {
      const bool marked = text_[at_] == '~';
      modes_.pop_back();
      add(TokenKind::kCloseValue, marked ? 2 : 1).marked = marked;
    } else if (text_[at_] == '~') {
      scan_sign();
    } else {
      mode.braces -= mode.braces > 0 ? 1 : 0;
      add(TokenKind::kCloseBrace, 1);
    }
  }

  void scan_sign() {
    for (const Sign& sign : kSigns) {
      if (has(sign.text)) {
        add(sign.kind, sign.text.size());
        return;
      }
    }
    for (const Refusal& refusal : kRefusals) {
      if (!has(refusal.text)) continue;
      problems_.add(where_, std::string(refusal.message));
      return advance(refusal.text.size());
    }
    problems_.add(where_, "Invalid character: This character is not used within the language.");
    advance(1);
  }

  // `<<MARKER` or `<<-MARKER` and the end of the line.
  bool scan_heredoc_start() {
    const bool indented = next(2) == '-';
    const std::size_t start = at_ + (indented ? 3 : 2);
    std::size_t end = start;
    if (end >= text_.size() || !starts_identifier(text_[end])) return false;
    while (end < text_.size() && continues_identifier(text_[end])) ++end;
    std::size_t line_end = end;
    if (line_end < text_.size() && text_[line_end] == '\r') ++line_end;
    if (line_end >= text_.size() || text_[line_end] != '\n') return false;
    modes_.push_back({Mode::Kind::kHeredoc, 0, true, text_.substr(start, end - start), where_});
    add(TokenKind::kOpenHeredoc, line_end + 1 - at_).marked = indented;
    return true;
  }

  // "${" or "%{", with or without a "~" behind; false if there is none here.
  bool scan_template_start() {
    if ((text_[at_] != '$' && text_[at_] != '%') || next(1) != '{') return false;
    const bool marked = next(2) == '~';
    const TokenKind kind = text_[at_] == '$' ? TokenKind::kOpenValue : TokenKind::kOpenControl;
    const Position start = where_;
    add(kind, marked ? 3 : 2).marked = marked;
    modes_.push_back({Mode::Kind::kExpression, 0, false, {}, start});
    return true;
  }

  // How far the literal text goes: to a template, or to where `stops`.
  template <class Stops>
  std::size_t text_length(Stops&& stops) const {
    std::size_t end = at_;
    while (end < text_.size() && !stops(end)) {
      const char c = text_[end];
      if ((c == '$' || c == '%') && end + 1 < text_.size()) {
        if (text_[end + 1] == '{') break;
        if (text_[end + 1] == c && end + 2 < text_.size() && text_[end + 2] == '{') end += 2;
      }
      ++end;
    }
    return end - at_;
  }

  void scan_quoted() {
    if (text_[at_] == '"') {
      modes_.pop_back();
      add(TokenKind::kCloseQuote, 1);
      return;
    }
    if (text_[at_] == '\n') {
      problems_.add(
          where_,
          "Invalid multi-line string: Quoted strings may not be split over multiple lines. To produce a "
          "multi-line string, either use the \\n escape to represent a newline character or use the "
          "\"heredoc\" multi-line template syntax.");
      modes_.pop_back();
      add(TokenKind::kCloseQuote, 0);
      return;
    }
    if (scan_template_start()) return;
    bool escaped = false;
    const std::size_t length = text_length([&](std::size_t i) {
      const bool was_escaped = escaped;
      escaped = !was_escaped && text_[i] == '\\';
      return text_[i] == '\n' || (text_[i] == '"' && !was_escaped);
    });
    add(TokenKind::kText, length);
  }

  void scan_heredoc() {
    Mode& mode = modes_.back();
    if (mode.starts_line) {
      const std::size_t end = text_.find('\n', at_);
      const std::string_view line = text_.substr(at_, end == std::string_view::npos ? end : end - at_);
      if (trimmed_line(line) == mode.marker) {
        modes_.pop_back();
        add(TokenKind::kCloseHeredoc, line.size());
        return;
      }
    }
    if (scan_template_start()) {
      modes_[modes_.size() - 2].starts_line = false;
      return;
    }
    bool ended = false;
    const std::size_t length = text_length([&](std::size_t i) {
      if (ended) return true;
      ended = text_[i] == '\n';
      return false;
    });
    mode.starts_line = ended;
    add(TokenKind::kText, length);
  }

  void unterminated() {
    const Mode& mode = modes_.back();
    if (mode.kind == Mode::Kind::kExpression)
      problems_.add(mode.where,
                    "Unterminated template interpolation: There is no closing brace for this template "
                    "before the end of the file.");
    else
      problems_.add(mode.where, "Unterminated template string: No closing marker was found for the string.");
    for (std::size_t i = modes_.size(); i-- > 1;) {
      using Kind = Mode::Kind;
      add(modes_[i].kind == Kind::kExpression ? TokenKind::kCloseValue
          : modes_[i].kind == Kind::kQuoted   ? TokenKind::kCloseQuote
                                              : TokenKind::kCloseHeredoc,
          0);
    }
  }

  std::string_view text_;
  ProblemList& problems_;
  std::size_t at_ = 0;
  Position where_;
  std::vector<Token> tokens_;
  std::vector<Mode> modes_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text, ProblemList& problems) {
  return Lexer(text, problems).run();
}

}  // namespace seatrial::cloud::hcl
