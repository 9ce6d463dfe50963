#include "sim/report/format.h"

#include <algorithm>
#include <array>

#include "sim/api/time_text.h"

namespace seatrial::report {
namespace {

struct UnitRow {
  std::int64_t nanos;
  std::string_view name;
};
constexpr std::array<UnitRow, 4> kUnits{{{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}, {1, "ns"}}};

// 1234567 of unit 1000000 with at most two decimals: "1.23".
std::string three_digits(std::int64_t value, std::int64_t unit) {
  const int decimals = value >= 100 * unit ? 0 : value >= 10 * unit ? 1 : 2;
  std::int64_t scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  const std::int64_t rounded =
      unit >= scale ? (value + unit / scale / 2) / (unit / scale) : value * scale / unit;
  std::string text = std::to_string(rounded / scale);
  std::string rest = std::to_string(rounded % scale + scale).substr(1);
  while (!rest.empty() && rest.back() == '0') rest.pop_back();
  return decimals > 0 && !rest.empty() ? text + "." + rest : text;
}

}  // namespace

std::string human(Duration d) {
  if (d < Duration()) return "-" + human(-d);
  const std::int64_t n = d.count();
  if (n >= 99'950'000'000) {
    const std::int64_t seconds = (n + 500'000'000) / 1'000'000'000, minutes = seconds / 60,
                       hours = minutes / 60;
    std::string text = hours > 0 ? std::to_string(hours) + "h" : "";
    if (minutes % 60 > 0) text += std::to_string(minutes % 60) + "m";
    if (seconds % 60 > 0) text += std::to_string(seconds % 60) + "s";
    return text;
  }
  for (const UnitRow& unit : kUnits) {
    if (n >= unit.nanos) return three_digits(n, unit.nanos) + std::string(unit.name);
  }
  return "0s";
}

std::string human(SimTime t) { return human(t.since_start()); }

std::string age(Duration d) {
  const std::int64_t s = d.count() / 1'000'000'000;
  const std::int64_t m = s / 60, h = m / 60, days = h / 24;
  const auto two = [](std::int64_t a, const char* ua, std::int64_t b, const char* ub) {
    return std::to_string(a) + ua + (b > 0 ? std::to_string(b) + ub : "");
  };
  if (s < -1) return "<invalid>";
  if (s < 0) return "0s";
  if (s < 120) return std::to_string(s) + "s";
  if (m < 10) return two(m, "m", s % 60, "s");
  if (m < 180) return std::to_string(m) + "m";
  if (h < 8) return two(h, "h", m % 60, "m");
  if (h < 48) return std::to_string(h) + "h";
  if (days < 8) return two(days, "d", h % 24, "h");
  if (days < 2 * 365) return std::to_string(days) + "d";
  if (days < 8 * 365) return two(days / 365, "y", days % 365, "d");
  return std::to_string(days / 365) + "y";
}

std::string rfc1123(SimTime t) {
  constexpr std::array<const char*, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::int64_t kDay = 86'400;
  const std::int64_t seconds = t.whole_second().count() / 1'000'000'000;
  const std::int64_t day = (seconds >= 0 ? seconds : seconds - (kDay - 1)) / kDay;  // 0 is a Monday
  const std::string iso = api::time_text(t);                                        // 2026-01-05T00:02:00Z
  const auto month = static_cast<std::size_t>(std::stoi(iso.substr(5, 2)) - 1);
  return std::string(kDays[static_cast<std::size_t>((day % 7 + 7) % 7)]) + ", " + iso.substr(8, 2) + " " +
         kMonths[month] + " " + iso.substr(0, 4) + " " + iso.substr(11, 8) + " +0000";
}

std::string with_thousands(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "";
  if (part == 0) return "0%";
  const std::uint64_t millionths = part * 1'000'000 / whole;
  if (millionths < 100) return "<0.01%";
  if (millionths >= 999'950) return "100%";
  const std::string rest = std::to_string(millionths % 10'000 / (millionths < 100'000 ? 100 : 1000) +
                                          (millionths < 100'000 ? 100 : 10))
                               .substr(1);
  return std::to_string(millionths / 10'000) + "." + rest + "%";
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  bool escape = false;
  for (const char c : text) {
    if (c == '\x1b') escape = true;
    if (!escape && (static_cast<unsigned char>(c) & 0xc0) != 0x80) ++width;
    if (escape && c == 'm') escape = false;
  }
  return width;
}

std::string padded(std::string_view text, std::size_t width, bool right) {
  const std::size_t used = display_width(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return right ? space + std::string(text) : std::string(text) + space;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string all;
  std::size_t column = indent;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    const std::size_t size = display_width(word);
    if (!all.empty() && column + 1 + size > width && column > indent) {
      all += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!all.empty()) {
      all += ' ';
      ++column;
    }
    all += word;
    column += size;
    at = end + 1;
  }
  return all;
}

std::string Style::paint(Colour wanted, std::string_view text) const {
  constexpr std::array<std::string_view, 7> kCodes{"", "1", "2", "31", "32", "33", "36"};
  if (!colour || wanted == Colour::kPlain) return std::string(text);
  return "\x1b[" + std::string(kCodes[static_cast<std::size_t>(wanted)]) + "m" + std::string(text) +
         "\x1b[0m";
}

std::string Table::str(std::size_t indent, const std::vector<std::size_t>& right, std::size_t gap) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string all;
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool to_right = std::ranges::find(right, i) != right.end();
      line += padded(row[i], widths[i], to_right);
      if (i + 1 < row.size()) line += std::string(gap, ' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    all += line + "\n";
  }
  return all;
}

}  // namespace seatrial::report
