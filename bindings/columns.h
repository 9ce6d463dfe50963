// Columns of data frames: NumPy arrays over memory that they own or that a run owns, never copied.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/engine/time.h"

namespace seatrial::bindings {

namespace py = pybind11;

inline py::array read_only(py::array array) {
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

// An array that owns what was the vector's.
template <class T>
py::array owning(std::vector<T>&& values) {
  auto owner = std::make_unique<std::vector<T>>(std::move(values));
  const std::vector<T>& kept = *owner;
  const py::capsule base(owner.release(), [](void* vector) { delete static_cast<std::vector<T>*>(vector); });
  return read_only(py::array_t<T>(static_cast<py::ssize_t>(kept.size()), kept.data(), base));
}

// An array over a vector that lives as long as `owner` does.
template <class T>
py::array borrowed(const std::vector<T>& values, const py::handle& owner) {
  return read_only(py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data(), owner));
}

// Texts as numbers into a list of the distinct ones, which is what pandas calls a categorical.
class Texts {
 public:
  void add(const std::string& text) {
    const auto [at, is_new] = numbers_.emplace(text, static_cast<std::int32_t>(distinct_.size()));
    if (is_new) distinct_.push_back(text);
    codes_.push_back(at->second);
  }
  // (codes, categories)
  py::tuple take() { return py::make_tuple(owning(std::move(codes_)), py::cast(distinct_)); }

 private:
  std::map<std::string, std::int32_t> numbers_;
  std::vector<std::string> distinct_;
  std::vector<std::int32_t> codes_;
};

// Seconds since the start of the scenario; NaN for what did not happen.
inline double seconds(SimTime at) { return at.to_seconds(); }
double seconds(const std::optional<SimTime>& at);

}  // namespace seatrial::bindings
