#include "sim/cloud/hcl/parser.h"

#include <algorithm>
#include <cstring>

#include "sim/api/text_check.h"

namespace seatrial::cloud::hcl {

const Attribute* Body::find(std::string_view name) const {
  const auto found = std::ranges::find(attributes, name, &Attribute::name);
  return found == attributes.end() ? nullptr : found;
}

const Block* Body::find_block(std::string_view type) const {
  const auto found = std::ranges::find(blocks, type, &Block::type);
  return found == blocks.end() ? nullptr : found;
}

File parse(std::string text, api::Symbol name, api::Problems& problems) {
  File file;
  file.name = name;
  file.arena =
      std::make_unique<std::pmr::monotonic_buffer_resource>(std::max<std::size_t>(text.size() * 3, 256));
  file.text = std::make_unique<const std::string>(std::move(text));
  const std::size_t before = problems.size();
  ProblemList list(name, problems);
  std::string_view content = *file.text;
  if (content.starts_with("\xef\xbb\xbf")) content.remove_prefix(3);
  if (content.size() > kMaxBytes) {
    list.add({}, "File too large: a configuration file may have at most 16 MiB.");
    return file;
  }
  if (const auto bad = api::find_bad_character(content)) {
    list.add({bad->line, bad->column},
             bad->utf8 ? "Invalid character encoding: All input files must be UTF-8 encoded."
                       : "Invalid character: Control characters are not allowed.");
    return file;
  }
  Parser(file, tokens_of(content, list), list).run();
  std::stable_sort(problems.begin() + static_cast<std::ptrdiff_t>(before), problems.end(),
                   [](const api::Problem& a, const api::Problem& b) {
                     return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
                   });
  return file;
}

const Token& Parser::peek() {
  while (ignores_newlines_ && tokens_[at_].kind == TokenKind::kNewline) ++at_;
  return tokens_[at_];
}

const Token& Parser::take() {
  const Token& token = peek();
  if (token.kind != TokenKind::kEnd) ++at_;
  return token;
}

bool Parser::take_if(TokenKind kind) {
  if (peek().kind != kind) return false;
  take();
  return true;
}

bool Parser::at_word(std::string_view word) {
  return peek().kind == TokenKind::kIdentifier && peek().text == word;
}

void Parser::fail(Position where, std::string message) {
  if (!failed_) problems_.add(where, std::move(message));
  failed_ = true;
  if (problems_.full()) abort();
}

void Parser::too_deep() {
  if (!aborted_)
    fail(peek().where, "Nested too deeply: at most " + std::to_string(kMaxDepth) + " levels are read.");
  abort();
}

void Parser::abort() {
  aborted_ = failed_ = true;
  at_ = tokens_.size() - 1;
}

Body Parser::parse_body(TokenKind end, Position opened) {
  const Level level(*this);
  const Newlines counted(*this, false);
  Items items;
  while (!aborted_) {
    const Token& token = peek();
    if (token.kind == TokenKind::kEnd && end != TokenKind::kEnd)
      problems_.add(
          opened,
          "Unclosed configuration block: There is no closing brace for this block before the end of the "
          "file. This may be caused by incorrect brace nesting elsewhere in this file.");
    if (token.kind == end || token.kind == TokenKind::kEnd) {
      take();
      break;
    }
    if (!take_if(TokenKind::kNewline)) parse_item(items);
  }
  Body body;
  body.attributes = keep(items.attributes);
  body.blocks = keep(items.blocks);
  return body;
}

void Parser::parse_item(Items& items) {
  const std::size_t from = at_;
  const Token& first = take();
  if (first.kind == TokenKind::kOpenQuote) {
    fail(first.where, "Invalid argument name: Argument names must not be quoted.");
  } else if (first.kind != TokenKind::kIdentifier) {
    fail(first.where,
         "Argument or block definition required: An argument or block definition is required here.");
  } else {
    switch (peek().kind) {
      case TokenKind::kEquals:
        take();
        parse_attribute(first, items);
        break;
      case TokenKind::kOpenBrace:
      case TokenKind::kOpenQuote:
      case TokenKind::kIdentifier:
        parse_block(first, items);
        break;
      default:
        fail(peek().where,
             "Argument or block definition required: An argument or block definition is required here. To "
             "set an "
             "argument, use the equals sign \"=\" to introduce the argument value.");
    }
  }
  if (failed_) recover(from);
}

void Parser::parse_attribute(const Token& name, Items& items) {
  const Attribute attribute{name.text, name.where, parse_expression()};
  if (!failed_) end_of_line("argument", "An argument definition");
  const auto [before, is_new] = items.names.try_emplace(name.text, name.where);
  if (is_new) {
    items.attributes.push_back(attribute);
    return;
  }
  problems_.add(name.where,
                "Attribute redefined: The argument \"" + std::string(name.text) + "\" was already set at " +
                    file_.name.str() + ":" + std::to_string(before->second.line) + "," +
                    std::to_string(before->second.column) + ". Each argument may be set only once.");
}

bool Parser::parse_labels(const Token& type, std::vector<std::string_view>& labels) {
  while (true) {
    const Token& token = peek();
    if (token.kind == TokenKind::kOpenBrace) return true;
    if (token.kind == TokenKind::kIdentifier) {
      labels.push_back(take().text);
    } else if (token.kind == TokenKind::kOpenQuote) {
      take();
      labels.push_back(plain_quoted(peek()));
      if (failed_) return false;
    } else {
      const bool ended = token.kind == TokenKind::kNewline || token.kind == TokenKind::kEnd;
      fail(ended ? type.where : token.where,
           "Invalid block definition: Either a quoted string block label or an opening brace (\"{\") is "
           "expected here.");
      return false;
    }
  }
}

void Parser::parse_block(const Token& type, Items& items) {
  Block block;
  block.type = type.text;
  block.where = type.where;
  std::vector<std::string_view> labels;
  const bool has_labels = parse_labels(type, labels);
  block.labels = keep(labels);
  if (!has_labels) return;
  const Position opened = take().where;
  if (peek().kind == TokenKind::kNewline)
    block.body = parse_body(TokenKind::kCloseBrace, opened);
  else
    parse_single_line_body(block.body);
  items.blocks.push_back(block);
  if (!failed_) end_of_line("block definition", "A block definition");
}

void Parser::parse_single_line_body(Body& body) {
  if (take_if(TokenKind::kCloseBrace)) return;
  const Level level(*this);
  std::vector<Attribute> attributes;
  const Token& name = take();
  if (name.kind != TokenKind::kIdentifier || !take_if(TokenKind::kEquals)) {
    return fail(
        name.where,
        "Invalid single-argument block definition: A single-line block definition can contain only a single "
        "argument. Use the equals sign \"=\" to introduce its value.");
  }
  attributes.push_back({name.text, name.where, parse_expression()});
  body.attributes = keep(attributes);
  if (failed_ || take_if(TokenKind::kCloseBrace)) return;
  fail(peek().where,
       "Invalid single-argument block definition: A single-line block definition can contain only a single "
       "argument. "
       "If you want to define multiple arguments, use a newline after each.");
}

void Parser::end_of_line(std::string_view what, std::string_view definition) {
  const Token& token = peek();
  if (token.kind == TokenKind::kNewline || token.kind == TokenKind::kEnd) return;
  fail(token.where, "Missing newline after " + std::string(what) + ": " + std::string(definition) +
                        " must end with a newline.");
}

// Behind the argument or block that begins with that token: at the end of the line on which its brackets are
// closed; if they never are, at the line end before something begins in the first column.
void Parser::recover(std::size_t from) {
  failed_ = aborted_;
  const auto opens = [](TokenKind kind) {
    return kind == TokenKind::kOpenBrace || kind == TokenKind::kOpenBracket ||
           kind == TokenKind::kOpenParen || kind == TokenKind::kOpenQuote ||
           kind == TokenKind::kOpenHeredoc || kind == TokenKind::kOpenValue ||
           kind == TokenKind::kOpenControl;
  };
  const auto closes = [](TokenKind kind) {
    return kind == TokenKind::kCloseBrace || kind == TokenKind::kCloseBracket ||
           kind == TokenKind::kCloseParen || kind == TokenKind::kCloseQuote ||
           kind == TokenKind::kCloseHeredoc || kind == TokenKind::kCloseValue;
  };
  int open = 0;
  std::size_t fallback = tokens_.size() - 1;
  for (std::size_t i = from; i + 1 < tokens_.size(); ++i) {
    const TokenKind kind = tokens_[i].kind;
    if (kind == TokenKind::kCloseBrace && open == 0 && i > from) {
      at_ = std::max(at_, i);
      return;
    }
    open += opens(kind) ? 1 : closes(kind) ? -1 : 0;
    open = std::max(open, 0);
    if (kind != TokenKind::kNewline || i < at_) continue;
    if (open == 0) {
      at_ = i;
      return;
    }
    const Token& next = tokens_[i + 1];
    const bool begins = next.where.column == 1 && next.kind == TokenKind::kIdentifier;
    if (begins) fallback = std::min(fallback, i);
  }
  at_ = std::max(at_, fallback);
}

std::string_view Parser::keep(std::string_view text) {
  if (text.empty()) return {};
  char* const copy = static_cast<char*>(file_.arena->allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

Expression Parser::node(Expression::Kind kind, std::size_t start) const {
  Expression expression;
  expression.kind = kind;
  expression.where = tokens_[start].where;
  return expression;
}

const Expression* Parser::finish(Expression expression, std::size_t start,
                                 const std::vector<const Expression*>& children) {
  const Token& first = tokens_[start];
  const Token& last = tokens_[std::max(start, at_ > 0 ? at_ - 1 : 0)];
  const char* const end = last.text.data() + last.text.size();
  if (end > first.text.data())
    expression.source = {first.text.data(), static_cast<std::size_t>(end - first.text.data())};
  int height = 0;
  for (const Expression* const child : children) height = std::max<int>(height, child->height);
  expression.height = static_cast<std::uint16_t>(height + 1);
  if (height >= kMaxHeight) too_deep();
  expression.children = keep(children);
  void* const place = file_.arena->allocate(sizeof(Expression), alignof(Expression));
  return new (place) Expression(expression);
}

}  // namespace seatrial::cloud::hcl
