#include "sim/traffic/arrivals.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "sim/engine/check.h"

namespace seatrial::traffic {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kNanosPerThousandSeconds = 1'000'000'000'000;

// Decimal seconds as nanoseconds: "12.5" is 12'500'000'000. Nothing but digits and one point, at most nine
// decimals.
std::optional<std::int64_t> parse_seconds(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view decimals = point == std::string_view::npos ? "" : text.substr(point + 1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (whole.empty() || whole.size() > 9 || decimals.size() > 9) return std::nullopt;
  if (point != std::string_view::npos && decimals.empty()) return std::nullopt;
  if (!std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(decimals, is_digit)) return std::nullopt;
  std::int64_t nanos = 0;
  for (char c : whole) nanos = nanos * 10 + (c - '0');
  for (std::size_t i = 0; i < 9; ++i) nanos = nanos * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);
  return nanos;
}

std::string_view first_column(std::string_view line) {
  line = line.substr(0, line.find_first_of(",;\r"));
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

Distribution Arrivals::gap_of(std::int64_t milli_per_second) {
  return Distribution::exponential(Duration::nanos(kNanosPerThousandSeconds / milli_per_second));
}

Arrivals Arrivals::constant(Rate rate, SimTime from, SimTime until) {
  CHECK(rate.milli_per_second >= 0);
  Arrivals a;
  if (rate.milli_per_second == 0) return a;
  a.kind_ = Kind::kConstant;
  a.now_ = from;
  a.until_ = until;
  a.rate_ = rate.milli_per_second;
  a.step_ = kNanosPerThousandSeconds / a.rate_;
  a.remainder_ = kNanosPerThousandSeconds % a.rate_;
  return a;
}

Arrivals Arrivals::poisson(Rate rate, SimTime from, SimTime until) {
  CHECK(rate.milli_per_second >= 0);
  Arrivals a;
  if (rate.milli_per_second == 0) return a;
  a.kind_ = Kind::kPoisson;
  a.now_ = from;
  a.until_ = until;
  a.gap_ = gap_of(rate.milli_per_second);
  return a;
}

Arrivals Arrivals::profile(std::vector<ProfilePoint> points, SimTime until) {
  CHECK(!points.empty());
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool last = i + 1 == points.size();
    const ProfilePoint& from = points[i];
    const ProfilePoint to = last ? ProfilePoint{until, from.rate} : points[i + 1];
    CHECK(from.rate.milli_per_second >= 0 && (last || from.at <= to.at));
    Segment segment{from.at, std::min(to.at, until), from.rate.milli_per_second, to.rate.milli_per_second, 0};
    segment.bound = std::max(segment.rate_from, segment.rate_to);
    if (segment.bound > 0) segment.gap = gap_of(segment.bound);
    if (segment.from < segment.to) segments.push_back(segment);
  }
  Arrivals a;
  a.kind_ = Kind::kProfile;
  a.now_ = points.front().at;
  a.until_ = until;
  a.segments_ = std::make_shared<const std::vector<Segment>>(std::move(segments));
  return a;
}

Arrivals Arrivals::trace(std::vector<SimTime> times) {
  CHECK(std::ranges::is_sorted(times));
  Arrivals a;
  a.kind_ = Kind::kTrace;
  a.times_ = std::make_shared<const std::vector<SimTime>>(std::move(times));
  return a;
}

SimTime Arrivals::next_other(RandomStream& stream) {
  switch (kind_) {
    case Kind::kConstant:
      return next_constant();
    case Kind::kProfile:
      return next_of_profile(stream);
    case Kind::kTrace:
      return position_ < times_->size() ? (*times_)[position_++] : SimTime::max();
    case Kind::kPoisson:
    case Kind::kNone:
      break;
  }
  return SimTime::max();
}

SimTime Arrivals::next_constant() {
  if (now_ >= until_) return SimTime::max();
  const SimTime sent = now_;
  carry_ += remainder_;
  const bool over = carry_ >= rate_;
  if (over) carry_ -= rate_;
  now_ += Duration::nanos(step_ + (over ? 1 : 0));
  return sent;
}

bool Arrivals::Segment::keeps(SimTime candidate, RandomStream& stream) const {
  if (rate_from == rate_to) return true;
  const Wide rise = static_cast<Wide>(rate_to - rate_from) * (candidate - from).count();
  const std::int64_t rate = rate_from + static_cast<std::int64_t>(rise / (to - from).count());
  return stream.below(static_cast<std::uint64_t>(bound)) < static_cast<std::uint64_t>(rate);
}

SimTime Arrivals::next_of_profile(RandomStream& stream) {
  // Thinning: candidates at the segment's highest rate, each kept with probability rate(t) / highest.
  // Exponential gaps have no memory, so a candidate beyond the segment's end starts afresh in the next one.
  while (position_ < segments_->size()) {
    const Segment& s = (*segments_)[position_];
    if (s.bound > 0) {
      const Duration gap = s.gap.sample(stream);
      if (now_ + gap < s.to) {
        now_ += gap;
        if (s.keeps(now_, stream)) return now_;
        continue;
      }
    }
    now_ = s.to;
    ++position_;
    if (position_ < segments_->size()) now_ = (*segments_)[position_].from;
  }
  return SimTime::max();
}

std::expected<std::vector<SimTime>, std::vector<TraceError>> parse_trace_csv(std::string_view text) {
  std::vector<SimTime> times;
  std::vector<TraceError> errors;
  bool heading_allowed = true;
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const std::string_view cell = first_column(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (cell.empty() || cell.front() == '#') continue;
    const std::optional<std::int64_t> nanos = parse_seconds(cell);
    const bool heading =
        heading_allowed && !nanos && (cell.front() < '0' || cell.front() > '9') && cell.front() != '-';
    heading_allowed = false;
    if (heading) continue;
    if (!nanos) {
      errors.push_back({line, "not a time in seconds: \"" + std::string(cell) + "\""});
      continue;
    }
    const SimTime at = SimTime::at(Duration::nanos(*nanos));
    if (!times.empty() && at < times.back())
      errors.push_back({line, "time is before that of the line above"});
    else
      times.push_back(at);
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return times;
}

}  // namespace seatrial::traffic
