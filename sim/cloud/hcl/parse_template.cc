#include <algorithm>
#include <limits>

#include "sim/cloud/hcl/parser.h"

namespace seatrial::cloud::hcl {
namespace {

using Kind = Expression::Kind;

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void append_utf8(std::string& text, std::uint32_t point) {
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xc0 | (point >> 6));
    text += static_cast<char>(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    text += static_cast<char>(0xe0 | (point >> 12));
    text += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
    text += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    text += static_cast<char>(0xf0 | (point >> 18));
    text += static_cast<char>(0x80 | ((point >> 12) & 0x3f));
    text += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
    text += static_cast<char>(0x80 | (point & 0x3f));
  }
}

// The code point of so many hexadecimal digits; none if they are not there, or name none.
bool read_code_point(std::string_view digits, std::size_t count, std::uint32_t& point) {
  if (digits.size() < count) return false;
  point = 0;
  for (const char c : digits.substr(0, count)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return false;
    point = point * 16 + static_cast<std::uint32_t>(digit);
  }
  return point < 0x110000 && (point < 0xd800 || point > 0xdfff);
}

std::size_t leading_spaces(std::string_view line) {
  std::size_t count = 0;
  while (count < line.size() && is_white(line[count])) ++count;
  return count;
}

// What all lines of a `<<-` heredoc are indented by, blank ones left aside.
template <class Parts, class KindOfText>
void outdent(Parts& parts, KindOfText text_kind) {
  std::size_t least = std::numeric_limits<std::size_t>::max();
  std::vector<std::string*> lines;
  bool begins = true;
  for (auto& part : parts) {
    const bool is_text = part.kind == text_kind;
    if (begins) {
      const std::size_t spaces = is_text ? leading_spaces(part.text) : 0;
      const bool blank = is_text && spaces == part.text.size() && part.text.ends_with('\n');
      if (is_text && !blank) lines.push_back(&part.text);
      if (!blank) least = std::min(least, spaces);
    }
    begins = is_text && part.text.ends_with('\n');
  }
  for (std::string* const line : lines) line->erase(0, std::min(least, line->size()));
}

}  // namespace

std::string Parser::unescaped(const Token& token, bool quoted) {
  std::string text;
  const std::string_view raw = token.text;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if ((c == '$' || c == '%') && raw.substr(i + 1).starts_with(std::string{c, '{'})) {
      text += c;
      text += '{';
      i += 2;
      continue;
    }
    if (!quoted || c != '\\') {
      text += c;
      continue;
    }
    static constexpr std::string_view kLetters = "nrt\"\\", kMeanings = "\n\r\t\"\\";
    const char letter = ++i < raw.size() ? raw[i] : '\0';
    const std::size_t known = letter == '\0' ? std::string_view::npos : kLetters.find(letter);
    std::uint32_t point = 0;
    const std::size_t digits = letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    if (known != std::string_view::npos) {
      text += kMeanings[known];
    } else if (digits > 0 && read_code_point(raw.substr(i + 1), digits, point)) {
      append_utf8(text, point);
      i += digits;
    } else {
      problems_.add(token.where, "Invalid escape sequence: The symbol \"" +
                                     std::string(letter ? 1 : 0, letter) +
                                     "\" is not a valid escape sequence selector.");
    }
  }
  return text;
}

std::string_view Parser::plain_quoted(const Token& text) {
  std::string_view content;
  if (text.kind == TokenKind::kText) content = keep(unescaped(take(), true));
  if (peek().kind == TokenKind::kCloseQuote)
    take();
  else
    fail(peek().where,
         "Invalid string literal: Template sequences are not allowed in this string. To include a "
         "literal \"$\", double it (as \"$$\") to escape it.");
  return content;
}

const Expression* Parser::parse_quoted() {
  const std::size_t start = at_;
  take();
  std::vector<Part> parts = template_parts(TokenKind::kCloseQuote, true);
  if (failed_) return invalid(start);
  // "${x}" is x itself, whatever its type.
  if (parts.size() == 1 && parts[0].kind == Part::Kind::kValue) return parts[0].value;
  std::size_t at = 0;
  return assemble(parts, at, "", start);
}

const Expression* Parser::parse_heredoc() {
  const std::size_t start = at_;
  const bool indented = take().marked;
  std::vector<Part> parts = template_parts(TokenKind::kCloseHeredoc, false);
  if (failed_) return invalid(start);
  if (indented) outdent(parts, Part::Kind::kText);
  std::size_t at = 0;
  return assemble(parts, at, "", start);
}

std::vector<Parser::Part> Parser::template_parts(TokenKind end, bool quoted) {
  std::vector<Part> parts;
  while (!failed_) {
    const Newlines ignored(*this, false);
    Part part;
    part.start = at_;
    part.where = peek().where;
    const Token& token = take();
    if (token.kind == end) break;
    switch (token.kind) {
      case TokenKind::kText:
        part.text = unescaped(token, quoted);
        break;
      case TokenKind::kOpenValue:
      case TokenKind::kOpenControl: {
        const Newlines inside(*this, true);
        part.strips_before = token.marked;
        if (token.kind == TokenKind::kOpenValue)
          part.value = parse_value_part(part);
        else
          parse_control_part(part);
        if (!failed_ && peek().kind != TokenKind::kCloseValue)
          fail(peek().where,
               "Extra characters after interpolation expression: Expected a closing brace to end the "
               "interpolation expression, but found extra characters.");
        if (!failed_) part.strips_after = take().marked;
        break;
      }
      default:
        fail(token.where, "Unterminated template string: No closing marker was found for the string.");
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

const Expression* Parser::parse_value_part(Part& part) {
  part.kind = Part::Kind::kValue;
  return parse_expression();
}

void Parser::parse_control_part(Part& part) {
  part.kind = Part::Kind::kControl;
  const Token& word = take();
  part.text = word.kind == TokenKind::kIdentifier ? std::string(word.text) : std::string();
  if (part.text == "if") {
    part.value = parse_expression();
  } else if (part.text == "for") {
    Expression names;
    if (!parse_for_names(names)) return;
    part.key_name = names.key_name;
    part.value_name = names.value_name;
    part.value = parse_expression();
  } else if (part.text != "else" && part.text != "endif" && part.text != "endfor") {
    fail(word.where,
         "Invalid template directive: A template directive keyword (\"if\", \"for\", etc) is expected at "
         "the beginning of a %{ sequence.");
  }
}

// The parts up to the control word (`until`, or "else" where that ends an "if"), which is left there.
const Expression* Parser::assemble(std::vector<Part>& parts, std::size_t& at, std::string_view until,
                                   std::size_t start) {
  const Level level(*this);
  std::vector<const Expression*> children;
  std::string literal;
  bool strips = at > 0 && parts[at - 1].strips_after;
  const auto end_literal = [&] {
    if (literal.empty()) return;
    Expression expression = node(Kind::kString, start);
    expression.text = keep(literal);
    children.push_back(finish(expression, start, {}));
    literal.clear();
  };
  for (; at < parts.size() && !failed_; ++at) {
    Part& part = parts[at];
    if (part.kind == Part::Kind::kText) {
      literal += std::string_view(part.text).substr(strips ? leading_spaces(part.text) : 0);
      strips = strips && literal.empty();
      continue;
    }
    while (part.strips_before && !literal.empty() && is_white(literal.back())) literal.pop_back();
    const bool ends = part.kind == Part::Kind::kControl &&
                      (part.text == until || (until == "endif" && part.text == "else"));
    end_literal();
    if (ends) break;
    children.push_back(part.kind == Part::Kind::kValue ? part.value : assemble_control(parts, at, start));
    strips = at < parts.size() && parts[at].strips_after;
  }
  end_literal();
  if (!failed_ && at >= parts.size() && !until.empty())
    fail(tokens_[start].where, "Unexpected end of template: The %{ sequence must be closed by \"" +
                                   std::string(until) + "\" before the end of the template.");
  if (children.size() == 1 && until.empty() && children[0]->kind == Kind::kString) return children[0];
  Expression expression = node(children.empty() && until.empty() ? Kind::kString : Kind::kTemplate, start);
  return finish(expression, start, children);
}

// An "if" or "for" and everything up to its end, which `at` then stands on.
const Expression* Parser::assemble_control(std::vector<Part>& parts, std::size_t& at, std::size_t start) {
  const Part& part = parts[at];
  const bool is_if = part.text == "if";
  if (!is_if && part.text != "for") {
    fail(part.where,
         "Unexpected \"" + part.text + "\" directive: There is no directive that it could belong to.");
    return invalid(start);
  }
  Expression expression = node(is_if ? Kind::kTemplateIf : Kind::kTemplateFor, part.start);
  expression.key_name = part.key_name;
  expression.value_name = part.value_name;
  std::vector<const Expression*> children{part.value};
  ++at;
  children.push_back(assemble(parts, at, is_if ? "endif" : "endfor", start));
  if (!failed_ && parts[at].text == "else") {
    ++at;
    children.push_back(assemble(parts, at, "endif", start));
    if (!failed_ && parts[at].text == "else")
      fail(parts[at].where, "Unexpected \"else\" directive: Already in the else clause for this \"if\".");
  }
  return finish(expression, start, children);
}

}  // namespace seatrial::cloud::hcl
