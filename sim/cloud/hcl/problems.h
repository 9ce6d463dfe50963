// The problems of one HCL file, of which only so many are kept. Internal to sim/cloud.
#pragma once

#include <string>

#include "sim/cloud/hcl/syntax.h"

namespace seatrial::cloud::hcl {

class ProblemList {
 public:
  ProblemList(api::Symbol file, api::Problems& problems)
      : file_(file), problems_(problems), before_(problems.size()) {}

  bool full() const { return problems_.size() - before_ > kMaxProblems; }
  void add(Position where, std::string message) {
    if (full()) return;
    if (problems_.size() - before_ == kMaxProblems)
      message = "Too many problems: the rest of this file is not reported.";
    problems_.push_back({{file_, where.line, where.column}, "", std::move(message)});
  }

 private:
  api::Symbol file_;
  api::Problems& problems_;
  std::size_t before_;
};

}  // namespace seatrial::cloud::hcl
