// Something that is remembered only to save time: a copy begins without it, so that copying a World does not
// copy it. REQUIRES of T: its absence changes no result.
#pragma once

#include <utility>

namespace seatrial::scheduler {

template <class T>
class Forgotten {
 public:
  Forgotten() = default;
  Forgotten(const Forgotten&) {}
  Forgotten(Forgotten&& other) noexcept : value_(std::move(other.value_)) {}
  Forgotten& operator=(const Forgotten& other) {
    if (this != &other) value_ = T();
    return *this;
  }
  Forgotten& operator=(Forgotten&& other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  ~Forgotten() = default;
  T& operator*() { return value_; }
  T* operator->() { return &value_; }
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

 private:
  T value_;
};

}  // namespace seatrial::scheduler
