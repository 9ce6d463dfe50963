// Interned strings: names, labels, images, reasons. Equal text is one object, so a Symbol is one pointer,
// compares for equality in one instruction and costs nothing to copy.
//
// The pool is process-wide, only ever grows, and is guarded for use by parallel runs. It is a cache of
// immutable values, not state of a run: nothing observes its order or its addresses (ordering compares the
// text).
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace seatrial::api {

class Symbol {
 public:
  Symbol() : text_(empty_text()) {}
  Symbol(std::string_view text) : text_(intern(text)) {}  // NOLINT: implicit by design, as for std::string
  Symbol(const char* text) : Symbol(std::string_view(text)) {}
  Symbol(const std::string& text) : Symbol(std::string_view(text)) {}

  const std::string& str() const { return *text_; }
  std::string_view view() const { return *text_; }
  bool empty() const { return text_->empty(); }

  friend bool operator==(Symbol a, Symbol b) { return a.text_ == b.text_; }
  friend bool operator==(Symbol a, const char* b) { return a.view() == b; }
  friend bool operator==(Symbol a, std::string_view b) { return a.view() == b; }
  friend bool operator==(Symbol a, const std::string& b) { return a.str() == b; }
  friend std::strong_ordering operator<=>(Symbol a, Symbol b) {
    return a.text_ == b.text_ ? std::strong_ordering::equal : *a.text_ <=> *b.text_;
  }

 private:
  static const std::string* intern(std::string_view text);
  static const std::string* empty_text();
  const std::string* text_;
};

}  // namespace seatrial::api
