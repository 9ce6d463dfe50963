#include "sim/api/calico_selector.h"

#include <array>
#include <expected>
#include <string_view>

namespace seatrial::api {
namespace {

using SelectorNode = CalicoSelector::Node;
using SelectorOp = CalicoSelector::Op;
using SelectorError = CalicoSelector::Error;

constexpr std::size_t kMaxLabelLength = 512;

bool is_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '/' || c == '-';
}

// Recursive descent; the first mistake ends it.
class CalicoParser {
 public:
  explicit CalicoParser(std::string_view text) : text_(text) {}

  // Nothing, or what is wrong.
  std::optional<SelectorError> parse() {
    const auto root = either();
    if (root && peek() != '\0') fail("unexpected content at end of selector");
    return std::move(error_);
  }
  std::vector<SelectorNode> take() { return std::move(nodes_); }

 private:
  using Index = std::optional<std::size_t>;  // none: there is an error

  Index fail(std::string message) {
    if (!error_) error_ = SelectorError{at_ + 1, std::move(message)};
    return std::nullopt;
  }
  Index add(SelectorNode node) {
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
  }

  // The next character that is no blank; 0 at the end.
  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(std::string_view token) {
    peek();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  // Words with blanks or nothing between them ("not in", "notin"), and no identifier behind the last.
  bool take_words(std::initializer_list<std::string_view> words) {
    const std::size_t before = at_;
    bool all = true;
    for (const std::string_view word : words) all = all && take(word);
    if (all && words.size() > 1) peek();
    if (all && (at_ == text_.size() || !is_identifier(text_[at_]))) return true;
    at_ = before;
    return false;
  }
  std::string_view identifier() {
    peek();
    const std::size_t start = at_;
    while (at_ < text_.size() && is_identifier(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  Index either() { return operands("||", SelectorOp::kOr, &CalicoParser::both); }
  Index both() { return operands("&&", SelectorOp::kAnd, &CalicoParser::operation); }
  Index operands(std::string_view token, SelectorOp op, Index (CalicoParser::*operand)()) {
    std::vector<std::size_t> all;
    do {
      const Index next = (this->*operand)();
      if (!next) return next;
      all.push_back(*next);
    } while (take(token));
    if (const char c = peek(); c == token.front()) return fail("expected " + std::string(token));
    return all.size() == 1 ? all.front() : add({op, {}, {}, std::move(all)});
  }

  Index operation() {
    bool negated = false;
    while (peek() == '!') {
      if (text_.substr(at_).starts_with("!=")) return fail("unexpected !=");
      negated = !negated;
      ++at_;
    }
    const Index operand = positive();
    return operand && negated ? add({SelectorOp::kNot, {}, {}, {*operand}}) : operand;
  }

  Index positive() {
    if (peek() == '\0') return fail("unexpected end of selector");
    if (take("(")) {
      const Index inner = either();
      if (!inner || take(")")) return inner;
      return fail("expected )");
    }
    if (take("has(")) {
      const std::string_view key = identifier();
      if (!is_label(key)) return std::nullopt;
      if (!take(")")) return fail("no closing ')' after has(");
      return add({SelectorOp::kHas, key, {}, {}});
    }
    if (take("all(")) return take(")") ? add({}) : fail("no closing ')' after all(");
    if (take("global("))
      return take(")") ? add({SelectorOp::kGlobal, {}, {}, {}}) : fail("no closing ')' after global(");
    const std::string_view key = identifier();
    return is_label(key) ? comparison(key) : std::nullopt;
  }

  bool is_label(std::string_view key) {
    if (key.empty()) fail("expected identifier");
    if (key.size() > kMaxLabelLength) fail("label too long");
    return !error_;
  }

  Index comparison(std::string_view key) {
    if (take("==")) return with_text({SelectorOp::kIn, key, {}, {}});
    if (take("!=")) return with_text({SelectorOp::kNotIn, key, {}, {}});
    if (peek() == '=') return fail("expected ==");
    if (take_words({"contains"})) return with_text({SelectorOp::kContains, key, {}, {}});
    if (take_words({"starts", "with"})) return with_text({SelectorOp::kStartsWith, key, {}, {}});
    if (take_words({"ends", "with"})) return with_text({SelectorOp::kEndsWith, key, {}, {}});
    if (take_words({"not", "in"})) return with_set({SelectorOp::kNotIn, key, {}, {}});
    if (take_words({"in"})) return with_set({SelectorOp::kIn, key, {}, {}});
    return fail("expected operator after label \"" + std::string(key) + "\"");
  }

  std::optional<Symbol> literal() {
    const char quote = peek();
    if (quote != '"' && quote != '\'') return std::nullopt;
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) {
      fail("unterminated string");
      return std::nullopt;
    }
    const Symbol value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }
  Index with_text(SelectorNode node) {
    const auto value = literal();
    if (!value) return fail("expected string");
    node.values.push_back(*value);
    return add(std::move(node));
  }
  // A comma may stand behind the last one.
  Index with_set(SelectorNode node) {
    if (!take("{")) return fail("expected set literal");
    while (const auto value = literal()) {
      node.values.push_back(*value);
      if (!take(",")) break;
    }
    return take("}") ? add(std::move(node)) : fail("expected }");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<SelectorNode> nodes_;
  std::optional<SelectorError> error_;
};

}  // namespace

CalicoSelector::CalicoSelector(Symbol text) : text_(text) {
  if (text.view().find_first_not_of(" \t") == std::string_view::npos) return;
  Parsed parsed;
  if (text.view().size() > kMaxLength) {
    parsed.error = Error{kMaxLength + 1, "selector too long"};
  } else {
    CalicoParser parser(text.view());
    parsed.error = parser.parse();
    parsed.nodes = parser.take();
  }
  parsed_ = std::make_shared<const Parsed>(std::move(parsed));
}

const std::optional<CalicoSelector::Error>& CalicoSelector::error() const {
  static const std::optional<Error> kNone;
  return parsed_ ? parsed_->error : kNone;
}

std::vector<Symbol> CalicoSelector::keys() const {
  std::vector<Symbol> keys;
  if (!parsed_) return keys;
  for (const Node& node : parsed_->nodes) {
    if (!node.key.empty()) keys.push_back(node.key);
  }
  std::ranges::sort(keys);
  const auto repeated = std::ranges::unique(keys);
  keys.erase(repeated.begin(), repeated.end());
  return keys;
}

bool CalicoSelector::is_global() const {
  return parsed_ && parsed_->nodes.size() == 1 && parsed_->nodes.front().op == Op::kGlobal;
}
bool CalicoSelector::names_global() const {
  return parsed_ && std::ranges::any_of(parsed_->nodes, [](const Node& n) { return n.op == Op::kGlobal; });
}

bool CalicoSelector::holds(const Node& node, const Symbol* value) {
  if (!value) return node.op == Op::kNotIn;
  switch (node.op) {
    case Op::kHas:
      return true;
    case Op::kIn:
      return std::ranges::count(node.values, *value) > 0;
    case Op::kNotIn:
      return std::ranges::count(node.values, *value) == 0;
    case Op::kContains:
      return value->view().find(node.values.front().view()) != std::string_view::npos;
    case Op::kStartsWith:
      return value->view().starts_with(node.values.front().view());
    case Op::kEndsWith:
      return value->view().ends_with(node.values.front().view());
    default:
      return false;
  }
}

}  // namespace seatrial::api
