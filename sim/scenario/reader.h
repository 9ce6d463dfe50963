// Reading a parsed document field by field, so that every problem is found in one pass and has its position.
//
// A Reader stands at one node of the document (or at a place where there is none) and knows its path. Asking
// for a field makes it known; `done()` reports every field that nobody asked for, with the known one that was
// meant. A wrong value is reported where it stands and the fallback returned, so decoding goes on to the next
// problem.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/api/problem.h"
#include "sim/api/value.h"
#include "sim/engine/distributions.h"
#include "sim/engine/time.h"
#include "sim/scenario/files.h"

namespace seatrial::scenario {

// The most that a count may be.
inline constexpr std::int32_t kMany = 1'000'000;

// What decoding shares: the file at hand, where others come from, and what was wrong so far.
struct Decoding {
  const FileSource& files;
  std::string file;
  api::Problems problems;
};

class Reader {
 public:
  Reader(Decoding& decoding, const api::Value* value, std::string path, api::SourcePosition parent = {})
      : decoding_(&decoding), value_(value), path_(std::move(path)), parent_(parent) {}

  explicit operator bool() const { return value_ != nullptr; }  // is it written at all?
  const api::Value& value() const { return *value_; }
  const std::string& path() const { return path_; }
  api::SourcePosition where() const { return value_ ? value_->where : parent_; }
  Decoding& decoding() const { return *decoding_; }
  bool is_map() const { return value_ && value_->is_map(); }
  bool is_list() const { return value_ && value_->is_list(); }
  bool is_scalar() const { return value_ && !is_map() && !is_list() && !value_->is_null(); }

  void problem(std::string message) const;

  // --- Maps
  // Reports anything but a map; an absent node is an empty one.
  bool expect_map() const;
  Reader field(std::string_view name);
  Reader required(std::string_view name);  // reports its absence
  // From now on the fields that `other` has are read there. Its unknown fields are for it to report.
  // REQUIRES: it outlives this.
  void prefer(Reader& other) { preferred_ = &other; }
  bool has(std::string_view name) const { return value_ && value_->find(name) != nullptr; }
  void done();  // reports the fields that nobody asked for
  // Of a map with free keys: each key and its value.
  std::vector<std::pair<std::string, Reader>> entries();

  // --- Lists
  std::vector<Reader> items() const;         // reports anything but a list; none where absent
  std::vector<Reader> items_or_one() const;  // a single value counts as a list of one

  // --- Scalars: the fallback where absent or wrong (then reported)
  std::string text(std::string_view fallback = {}) const;
  bool boolean(bool fallback) const;
  std::int64_t integer(std::int64_t fallback, std::int64_t lowest, std::int64_t highest) const;
  Duration duration(Duration fallback, Duration lowest = Duration()) const;  // not below `lowest`
  std::int64_t bytes(std::int64_t fallback) const;
  std::pair<std::int64_t, Duration> bytes_per(std::pair<std::int64_t, Duration> fallback) const;  // 1Mi/s
  std::int64_t milli(std::int64_t fallback) const;  // thousandths of a quantity that is not negative
  Distribution distribution(const Distribution& fallback) const;
  // The index in `words`; the fallback's where absent or wrong.
  std::size_t choice(std::initializer_list<std::string_view> words, std::size_t fallback) const;

 private:
  bool scalar_or_problem(std::string_view wanted) const;
  Distribution distribution_of_map(const Distribution& fallback) const;

  Decoding* decoding_;
  const api::Value* value_;
  std::string path_;
  api::SourcePosition parent_;
  Reader* preferred_ = nullptr;
  std::vector<std::string> known_;
};

// A pointer to a string as a problem's words: `expected a duration, got object`.
std::string wrong_type(std::string_view wanted, const api::Value& got);

}  // namespace seatrial::scenario
