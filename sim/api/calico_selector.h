// The selectors of Calico's policies: `app == "web" && tier in {"front", "back"} || !has(canary)`.
//
//     all()  global()  has(k)  k == "v"  k != "v"  k in {"v", "w"}  k not in {"v"}
//     k contains "v"  k starts with "v"  k ends with "v"  !e  e && e  e || e  (e)
//
// `!` binds most, `||` least; texts stand in " or ' and know no escapes. Of a label that is absent, !=, not
// in and ! are true, everything else is false. The empty text selects everything, as all() does. global() is
// true of what has no namespace: here, of nothing that is asked about, as pods have one.
// Source: projectcalico/calico, libcalico-go/lib/selector/{tokenizer,parser}.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/api/meta.h"

namespace seatrial::api {

class CalicoSelector {
 public:
  static constexpr std::size_t kMaxLength = 1024;  // of the CRDs

  struct Error {
    std::size_t at = 0;  // the character of the text at which reading ended, from 1
    std::string message;
    bool operator==(const Error&) const = default;
  };

  CalicoSelector() = default;            // the empty text
  explicit CalicoSelector(Symbol text);  // of a wrong text: error() says why, and it selects nothing
  const std::optional<Error>& error() const;

  Symbol text() const { return text_; }
  bool empty() const { return text_.empty(); }
  std::vector<Symbol> keys() const;  // the labels that it asks for, sorted
  bool is_global() const;            // it is global() and nothing else
  bool names_global() const;         // global() stands somewhere in it

  // `find` gives the value of a label (const Symbol*), or null.
  template <class Find>
  bool matches(const Find& find) const {
    return !parsed_ || (!parsed_->error && holds(parsed_->nodes.size() - 1, find));
  }
  bool matches(const LabelMap& labels) const {
    return matches([&](Symbol key) { return labels.find(key); });
  }
  bool operator==(const CalicoSelector& other) const { return text_ == other.text_; }

  enum class Op : std::uint8_t {
    kAll,
    kGlobal,
    kHas,
    kIn,
    kNotIn,
    kContains,
    kStartsWith,
    kEndsWith,
    kNot,
    kAnd,
    kOr
  };
  struct Node {
    Op op = Op::kAll;
    Symbol key;
    std::vector<Symbol> values;         // of == and != as well
    std::vector<std::size_t> operands;  // nodes before this one
  };

 private:
  struct Parsed {
    std::vector<Node> nodes;  // the last is the root
    std::optional<Error> error;
  };

  template <class Find>
  bool holds(std::size_t index, const Find& find) const {
    const Node& node = parsed_->nodes[index];
    const auto operand_holds = [&](std::size_t operand) { return holds(operand, find); };
    switch (node.op) {
      case Op::kAll:
        return true;
      case Op::kGlobal:
        return false;
      case Op::kNot:
        return !holds(node.operands.front(), find);
      case Op::kAnd:
        return std::ranges::all_of(node.operands, operand_holds);
      case Op::kOr:
        return std::ranges::any_of(node.operands, operand_holds);
      default:
        return holds(node, find(node.key));
    }
  }
  static bool holds(const Node& node, const Symbol* value);

  Symbol text_;
  std::shared_ptr<const Parsed> parsed_;  // null: the empty text
};

}  // namespace seatrial::api
