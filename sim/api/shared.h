// An immutable value shared by everybody who holds it: labels, pod specs and templates, of which thousands of
// objects hold the same one. Copying shares; `edit()` gives a private copy to change (in place if nobody else
// holds it). Never null: a default-constructed Shared holds a default-constructed T. Comparing looks at
// pointers first.
#pragma once

#include <memory>
#include <utility>

namespace seatrial::api {

template <class T>
class Shared {
 public:
  Shared() : value_(shared_default()) {}
  Shared(T value) : value_(std::make_shared<T>(std::move(value))) {}  // NOLINT: implicit by design

  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }
  const T* get() const { return value_.get(); }
  T& edit() {
    if (value_.use_count() != 1) value_ = std::make_shared<T>(*value_);
    return *value_;
  }
  bool same_as(const Shared& other) const { return value_ == other.value_; }
  friend bool operator==(const Shared& a, const Shared& b) {
    return a.value_ == b.value_ || *a.value_ == *b.value_;
  }

 private:
  static const std::shared_ptr<T>& shared_default() {
    static const std::shared_ptr<T> value = std::make_shared<T>();
    return value;
  }
  std::shared_ptr<T> value_;
};

}  // namespace seatrial::api
