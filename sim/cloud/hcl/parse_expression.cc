#include <algorithm>
#include <array>
#include <charconv>

#include "sim/cloud/hcl/parser.h"

namespace seatrial::cloud::hcl {
namespace {

using Kind = Expression::Kind;

struct BinaryRow {
  TokenKind token;
  Operator op;
  int level;  // the higher, the tighter
};
constexpr BinaryRow kBinary[] = {
    {TokenKind::kOr, Operator::kOr, 0},           {TokenKind::kAnd, Operator::kAnd, 1},
    {TokenKind::kEqual, Operator::kEqual, 2},     {TokenKind::kNotEqual, Operator::kNotEqual, 2},
    {TokenKind::kLess, Operator::kLess, 3},       {TokenKind::kLessOrEqual, Operator::kLessOrEqual, 3},
    {TokenKind::kGreater, Operator::kGreater, 3}, {TokenKind::kGreaterOrEqual, Operator::kGreaterOrEqual, 3},
    {TokenKind::kPlus, Operator::kAdd, 4},        {TokenKind::kMinus, Operator::kSubtract, 4},
    {TokenKind::kStar, Operator::kMultiply, 5},   {TokenKind::kSlash, Operator::kDivide, 5},
    {TokenKind::kPercent, Operator::kModulo, 5},
};
constexpr int kLevels = 6;

const BinaryRow* binary_at(TokenKind token, int level) {
  const auto found = std::ranges::find_if(
      kBinary, [&](const BinaryRow& row) { return row.token == token && row.level == level; });
  return found == std::end(kBinary) ? nullptr : found;
}

double number_of(std::string_view text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

const Expression* Parser::parse_expression() {
  const Level level(*this);
  peek();
  const std::size_t start = at_;
  const Expression* const condition = parse_binary(0);
  if (failed_ || !take_if(TokenKind::kQuestion)) return condition;
  const Expression* const yes = parse_expression();
  if (failed_) return yes;
  if (!take_if(TokenKind::kColon)) {
    fail(peek().where,
         "Missing false expression in conditional: The conditional operator (...?...:...) requires a false "
         "expression, "
         "delimited by a colon.");
    return invalid(start);
  }
  const Expression* const no = parse_expression();
  return finish(node(Kind::kConditional, start), start, {condition, yes, no});
}

const Expression* Parser::parse_binary(int level) {
  if (level == kLevels) return parse_unary();
  peek();
  const std::size_t start = at_;
  const Expression* left = parse_binary(level + 1);
  while (!failed_) {
    const BinaryRow* const row = binary_at(peek().kind, level);
    if (!row) break;
    take();
    const Expression* const right = parse_binary(level + 1);
    Expression expression = node(Kind::kBinary, start);
    expression.op = row->op;
    left = finish(expression, start, {left, right});
  }
  return left;
}

const Expression* Parser::parse_unary() {
  peek();
  const std::size_t start = at_;
  const TokenKind kind = peek().kind;
  if (kind != TokenKind::kMinus && kind != TokenKind::kNot) return parse_postfix();
  const Level level(*this);
  take();
  const Expression* const operand = failed_ ? invalid(start) : parse_unary();
  Expression expression = node(Kind::kUnary, start);
  expression.op = kind == TokenKind::kMinus ? Operator::kNegate : Operator::kNot;
  return finish(expression, start, {operand});
}

const Expression* Parser::parse_postfix() {
  peek();
  const std::size_t start = at_;
  const Expression* expression = parse_primary();
  while (!failed_) {
    if (take_if(TokenKind::kDot)) {
      expression = parse_dot(expression, start);
    } else if (take_if(TokenKind::kOpenBracket)) {
      expression = parse_bracket(expression, start);
    } else {
      break;
    }
  }
  return expression;
}

const Expression* Parser::parse_dot(const Expression* of, std::size_t start) {
  const Token& token = take();
  switch (token.kind) {
    case TokenKind::kIdentifier: {
      Expression expression = node(Kind::kAttribute, start);
      expression.text = token.text;
      return finish(expression, start, {of});
    }
    case TokenKind::kNumber:
      return parse_legacy_index(of, start);
    case TokenKind::kStar:
      return parse_splat(of, start, false);
    default:
      fail(token.where, "Invalid attribute name: An attribute name is required after a dot.");
      return invalid(start);
  }
}

// list.0.1: the lexer takes that for one number.
const Expression* Parser::parse_legacy_index(const Expression* of, std::size_t start) {
  std::string_view digits = tokens_[at_ - 1].text;
  while (!digits.empty()) {
    const std::size_t dot = std::min(digits.find('.'), digits.size());
    Expression index = node(Kind::kNumber, at_ - 1);
    index.number = number_of(digits.substr(0, dot));
    of = finish(node(Kind::kIndex, start), start, {of, finish(index, at_ - 1, {})});
    digits.remove_prefix(std::min(dot + 1, digits.size()));
  }
  return of;
}

const Expression* Parser::parse_bracket(const Expression* of, std::size_t start) {
  if (peek().kind == TokenKind::kStar && tokens_[at_ + 1].kind == TokenKind::kCloseBracket) {
    at_ += 2;
    return parse_splat(of, start, true);
  }
  const Expression* key = nullptr;
  {
    const Newlines ignored(*this, true);
    key = parse_expression();
    if (!failed_ && peek().kind != TokenKind::kCloseBracket)
      fail(peek().where,
           "Missing close bracket on index: The index operator must end with a closing bracket (\"]\").");
  }
  if (failed_) return invalid(start);
  while (tokens_[at_].kind == TokenKind::kNewline) ++at_;
  take();
  return finish(node(Kind::kIndex, start), start, {of, key});
}

// A full one ([*]) does everything that follows with each item, an attribute-only one (.*) only attributes.
const Expression* Parser::parse_splat(const Expression* of, std::size_t start, bool full) {
  const Level level(*this);
  const Expression* each = finish(node(Kind::kSplatItem, start), start, {});
  while (!failed_) {
    if (peek().kind == TokenKind::kDot && (full || tokens_[at_ + 1].kind == TokenKind::kIdentifier)) {
      take();
      each = parse_dot(each, start);
    } else if (full && take_if(TokenKind::kOpenBracket)) {
      each = parse_bracket(each, start);
    } else {
      break;
    }
  }
  return finish(node(Kind::kSplat, start), start, {of, each});
}

const Expression* Parser::parse_primary() {
  peek();
  const std::size_t start = at_;
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::kNumber: {
      take();
      Expression expression = node(Kind::kNumber, start);
      expression.number = number_of(token.text);
      return finish(expression, start, {});
    }
    case TokenKind::kIdentifier:
      return parse_name_or_call();
    case TokenKind::kOpenQuote:
      return parse_quoted();
    case TokenKind::kOpenHeredoc:
      return parse_heredoc();
    case TokenKind::kOpenBracket:
      return parse_tuple();
    case TokenKind::kOpenBrace:
      return parse_object();
    case TokenKind::kOpenParen: {
      take();
      const Newlines ignored(*this, true);
      const Expression* const inside = parse_expression();
      if (!failed_ && !take_if(TokenKind::kCloseParen))
        fail(peek().where,
             "Unbalanced parentheses: Expected a closing parenthesis to terminate the expression.");
      return inside;
    }
    default:
      fail(token.where,
           token.kind == TokenKind::kNewline || token.kind == TokenKind::kEnd
               ? "Invalid expression: Expected the start of an expression, but found the end of the line."
               : "Invalid expression: Expected the start of an expression, but found an invalid "
                 "expression token.");
      return invalid(start);
  }
}

const Expression* Parser::parse_name_or_call() {
  const std::size_t start = at_;
  const Token& name = take();
  const char* const name_end = name.text.data() + name.text.size();
  const char* end = name_end;
  while (peek().kind == TokenKind::kDoubleColon && tokens_[at_ + 1].kind == TokenKind::kIdentifier) {
    end = tokens_[at_ + 1].text.data() + tokens_[at_ + 1].text.size();
    at_ += 2;
  }
  if (peek().kind == TokenKind::kOpenParen)
    return parse_call(name, {name.text.data(), static_cast<std::size_t>(end - name.text.data())});
  if (end != name_end) {
    fail(peek().where,
         "Missing open parenthesis: Function selector must be followed by an open parenthesis to begin "
         "the function call.");
    return invalid(start);
  }
  Expression expression = node(Kind::kName, start);
  if (name.text == "true" || name.text == "false") {
    expression.kind = Kind::kBool;
    expression.truth = name.text == "true";
  } else if (name.text == "null") {
    expression.kind = Kind::kNull;
  } else {
    expression.text = name.text;
  }
  return finish(expression, start, {});
}

const Expression* Parser::parse_call(const Token& name, std::string_view function) {
  const auto start = static_cast<std::size_t>(&name - tokens_.data());
  Expression expression = node(Kind::kCall, start);
  expression.text = function;
  std::vector<const Expression*> arguments;
  take();
  const Newlines ignored(*this, true);
  while (!take_if(TokenKind::kCloseParen)) {
    arguments.push_back(parse_expression());
    if (failed_) return invalid(start);
    expression.truth = take_if(TokenKind::kEllipsis);
    if (take_if(TokenKind::kCloseParen)) break;
    if (expression.truth) {
      fail(peek().where,
           "Missing closing parenthesis: An expanded function argument (with ...) must be immediately "
           "followed by closing parentheses.");
    } else if (!take_if(TokenKind::kComma)) {
      fail(peek().where,
           "Missing argument separator: A comma is required to separate each function argument from the "
           "next.");
    }
    if (failed_) return invalid(start);
  }
  return finish(expression, start, arguments);
}

const Expression* Parser::parse_tuple() {
  const std::size_t start = at_;
  take();
  const Newlines ignored(*this, true);
  if (at_word("for")) return parse_for(start, false);
  std::vector<const Expression*> items;
  while (!take_if(TokenKind::kCloseBracket)) {
    items.push_back(parse_expression());
    if (failed_) return invalid(start);
    if (take_if(TokenKind::kCloseBracket)) break;
    if (take_if(TokenKind::kComma)) continue;
    fail(peek().where,
         peek().kind == TokenKind::kEnd
             ? "Unterminated tuple constructor expression: There is no corresponding closing bracket "
               "before the end of the file."
             : "Missing item separator: Expected a comma to mark the beginning of the next item.");
    return invalid(start);
  }
  return finish(node(Kind::kTuple, start), start, items);
}

const Expression* Parser::parse_object() {
  const std::size_t start = at_;
  take();
  {
    const Newlines ignored(*this, true);
    if (at_word("for")) {
      // An argument may be called so as well: { for = 1 }.
      const TokenKind next = tokens_[at_ + 1].kind;
      if (next != TokenKind::kEquals && next != TokenKind::kColon) return parse_for(start, true);
    }
  }
  const Newlines counted(*this, false);
  std::vector<const Expression*> items;
  while (true) {
    while (take_if(TokenKind::kNewline)) {
    }
    if (take_if(TokenKind::kCloseBrace)) break;
    if (!parse_object_item(items)) return invalid(start);
    if (take_if(TokenKind::kCloseBrace)) break;
    if (take_if(TokenKind::kComma) || take_if(TokenKind::kNewline)) continue;
    fail(peek().where,
         peek().kind == TokenKind::kEnd
             ? "Unterminated object constructor expression: There is no corresponding closing brace "
               "before the end of the file."
             : "Missing attribute separator: Expected a newline or comma to mark the beginning of the "
               "next attribute.");
    return invalid(start);
  }
  return finish(node(Kind::kObject, start), start, items);
}

bool Parser::parse_object_item(std::vector<const Expression*>& items) {
  const Expression* const key = parse_object_key();
  if (failed_) return false;
  if (!take_if(TokenKind::kEquals) && !take_if(TokenKind::kColon)) {
    const TokenKind kind = peek().kind;
    const bool missing = kind == TokenKind::kNewline || kind == TokenKind::kComma;
    fail(peek().where,
         missing
             ? "Missing attribute value: Expected an attribute value, introduced by an equals sign (\"=\")."
             : "Missing key/value separator: Expected an equals sign (\"=\") to mark the beginning of the "
               "attribute "
               "value.");
    return false;
  }
  items.push_back(key);
  items.push_back(parse_expression());
  return !failed_;
}

const Expression* Parser::parse_object_key() {
  const Token& token = peek();
  const TokenKind next = tokens_[std::min(at_ + 1, tokens_.size() - 1)].kind;
  const bool bare =
      token.kind == TokenKind::kIdentifier && (next == TokenKind::kEquals || next == TokenKind::kColon);
  if (!bare) return parse_expression();
  const std::size_t start = at_;
  take();
  Expression expression = node(Kind::kString, start);
  expression.text = token.text;
  return finish(expression, start, {});
}

bool Parser::parse_for_names(Expression& expression) {
  const Token& first = take();
  const bool two = take_if(TokenKind::kComma);
  const Token& second = two ? take() : first;
  if (first.kind != TokenKind::kIdentifier || second.kind != TokenKind::kIdentifier) {
    fail(first.kind == TokenKind::kIdentifier ? second.where : first.where,
         "Invalid 'for' expression: For expression requires variable name after 'for'.");
    return false;
  }
  if (two) expression.key_name = first.text;
  expression.value_name = second.text;
  if (at_word("in")) {
    take();
    return true;
  }
  fail(peek().where,
       "Invalid 'for' expression: For expression requires the 'in' keyword after its name declarations.");
  return false;
}

// REQUIRES: the bracket is taken, and "for" is next; line ends are ignored.
const Expression* Parser::parse_for(std::size_t start, bool makes_object) {
  const Newlines ignored(*this, true);
  take();
  Expression expression = node(Kind::kFor, start);
  expression.makes_object = makes_object;
  if (!parse_for_names(expression)) return invalid(start);
  std::vector<const Expression*> children{parse_expression()};
  if (!failed_ && !take_if(TokenKind::kColon))
    fail(peek().where,
         "Invalid 'for' expression: For expression requires a colon after the collection expression.");
  if (failed_) return invalid(start);
  const Expression* const first = parse_expression();
  if (!failed_ && makes_object) {
    if (!take_if(TokenKind::kArrow))
      fail(peek().where,
           "Invalid 'for' expression: For expression requires a key expression and \"=>\" when building "
           "an object.");
    else
      children.push_back(parse_expression());
    expression.groups = !failed_ && take_if(TokenKind::kEllipsis);
  }
  children.push_back(first);
  if (!failed_ && at_word("if")) {
    take();
    expression.has_condition = true;
    children.push_back(parse_expression());
  }
  if (!failed_ && !take_if(makes_object ? TokenKind::kCloseBrace : TokenKind::kCloseBracket))
    fail(peek().where, "Invalid 'for' expression: Extra characters after the end of the 'for' expression.");
  return failed_ ? invalid(start) : finish(expression, start, children);
}

}  // namespace seatrial::cloud::hcl
