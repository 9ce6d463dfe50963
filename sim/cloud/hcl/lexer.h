// HCL's tokens. Templates are split as well: a quoted string or a heredoc is an opening token, literal text,
// "${" or "%{" with the tokens of an expression, and a closing token. Internal to sim/cloud/hcl.
//
// Never fails: what is no token is reported and left out. Source: hclsyntax/scan_tokens.rl and spec.md.
#pragma once

#include <string_view>
#include <vector>

#include "sim/cloud/hcl/problems.h"
#include "sim/cloud/hcl/syntax.h"

namespace seatrial::cloud::hcl {

enum class TokenKind : std::uint8_t {
  kEnd,
  kNewline,
  kIdentifier,
  kNumber,
  kOpenQuote,
  kCloseQuote,
  kOpenHeredoc,  // up to the end of its line
  kCloseHeredoc,
  kText,         // of a template, escapes and all; in a heredoc at most one line
  kOpenValue,    // ${ or ${~
  kOpenControl,  // %{ or %{~
  kCloseValue,   // the } or ~} that ends either
  kOpenBrace,
  kCloseBrace,
  kOpenBracket,
  kCloseBracket,
  kOpenParen,
  kCloseParen,
  kEquals,
  kColon,
  kDoubleColon,
  kQuestion,
  kComma,
  kDot,
  kStar,
  kEllipsis,
  kArrow,
  kPlus,
  kMinus,
  kSlash,
  kPercent,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kAnd,
  kOr,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  bool marked = false;  // of kOpenValue, kOpenControl and kCloseValue: with ~; of kOpenHeredoc: <<-
  Position where;
  std::string_view text;  // as written
};

// The last token is kEnd. REQUIRES: valid UTF-8.
std::vector<Token> tokens_of(std::string_view text, ProblemList& problems);

}  // namespace seatrial::cloud::hcl
