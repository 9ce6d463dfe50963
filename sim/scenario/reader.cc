#include "sim/scenario/reader.h"

#include <algorithm>
#include <array>
#include <limits>

#include "sim/api/quantity.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {

std::string wrong_type(std::string_view wanted, const api::Value& got) {
  return "expected " + std::string(wanted) + ", got " + std::string(api::type_name(got.type));
}

void Reader::problem(std::string message) const {
  decoding_->problems.push_back({where(), path_, std::move(message), api::Problem::Reason::kBadRequest});
}

bool Reader::expect_map() const {
  if (!value_) return false;
  if (value_->is_map()) return true;
  problem(wrong_type("object", *value_));
  return false;
}

Reader Reader::field(std::string_view name) {
  known_.emplace_back(name);
  if (preferred_) {
    const Reader found = preferred_->field(name);
    if (found) return found;
  }
  const std::string path = path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  return {*decoding_, value_ ? value_->find(name) : nullptr, path, where()};
}

Reader Reader::required(std::string_view name) {
  Reader found = field(name);
  if (!found && is_map()) found.problem("required field is missing");
  return found;
}

void Reader::done() {
  if (!is_map()) return;
  for (std::size_t i = 0; i < value_->map.size(); ++i) {
    const std::string& name = value_->map[i].first.str();
    if (std::ranges::find(known_, name) != known_.end()) continue;
    std::vector<std::string> absent;
    for (const std::string& known : known_) {
      if (!has(known)) absent.push_back(known);
    }
    const std::string meant = nearest(name, absent);
    const std::string path = path_.empty() ? name : path_ + "." + name;
    const api::SourcePosition at = i < value_->key_where.size() ? value_->key_where[i] : value_->where;
    const std::string message =
        meant.empty() ? "unknown field \"" + path + "\"" : "unknown field, did you mean \"" + meant + "\"?";
    decoding_->problems.push_back({at, path, message, api::Problem::Reason::kBadRequest});
  }
}

std::vector<std::pair<std::string, Reader>> Reader::entries() {
  std::vector<std::pair<std::string, Reader>> all;
  if (!expect_map()) return all;
  for (const auto& [key, value] : value_->map) {
    all.emplace_back(key.str(), Reader(*decoding_, &value, path_ + "[" + key.str() + "]"));
  }
  return all;
}

std::vector<Reader> Reader::items() const {
  std::vector<Reader> all;
  if (!value_) return all;
  if (!value_->is_list()) {
    problem(wrong_type("array", *value_));
    return all;
  }
  for (std::size_t i = 0; i < value_->list.size(); ++i) {
    all.emplace_back(*decoding_, &value_->list[i], path_ + "[" + std::to_string(i) + "]");
  }
  return all;
}

std::vector<Reader> Reader::items_or_one() const {
  if (!value_ || value_->is_list()) return items();
  return {*this};
}

bool Reader::scalar_or_problem(std::string_view wanted) const {
  if (!value_) return false;
  if (is_scalar()) return true;
  problem(wrong_type(wanted, *value_));
  return false;
}

std::string Reader::text(std::string_view fallback) const {
  if (!scalar_or_problem("string")) return std::string(fallback);
  if (!value_->is_string()) {
    problem(wrong_type("string", *value_) + " (put it in quotes)");
    return std::string(fallback);
  }
  if (value_->text.empty()) {
    problem("must not be empty");
    return std::string(fallback);
  }
  return value_->text;
}

bool Reader::boolean(bool fallback) const {
  if (!scalar_or_problem("bool")) return fallback;
  if (value_->type == api::Value::Type::kBool) return value_->integer != 0;
  problem(wrong_type("bool", *value_));
  return fallback;
}

std::int64_t Reader::integer(std::int64_t fallback, std::int64_t lowest, std::int64_t highest) const {
  if (!scalar_or_problem("integer")) return fallback;
  if (value_->type != api::Value::Type::kInt) {
    problem(wrong_type("integer", *value_) + " \"" + value_->text + "\"");
    return fallback;
  }
  const std::int64_t number = value_->integer;
  if (number >= lowest && number <= highest) return number;
  if (number < lowest)
    problem("must be at least " + std::to_string(lowest) + ", is " + std::to_string(number));
  else
    problem("must be at most " + std::to_string(highest) + ", is " + std::to_string(number));
  return fallback;
}

Duration Reader::duration(Duration fallback, Duration lowest) const {
  if (!scalar_or_problem("a duration")) return fallback;
  const auto parsed = parse_duration(value_->text);
  if (!parsed) {
    problem(parsed.error());
    return fallback;
  }
  if (*parsed >= lowest) return *parsed;
  problem(lowest == Duration() ? "must not be negative, is " + value_->text
                               : "must be at least " + to_string(lowest) + ", is " + value_->text);
  return fallback;
}

std::int64_t Reader::bytes(std::int64_t fallback) const {
  if (!scalar_or_problem("a size")) return fallback;
  const auto parsed = parse_bytes(value_->text);
  if (!parsed) problem(parsed.error());
  return parsed.value_or(fallback);
}

std::pair<std::int64_t, Duration> Reader::bytes_per(std::pair<std::int64_t, Duration> fallback) const {
  if (!scalar_or_problem("a rate")) return fallback;
  const auto parsed = parse_bytes_rate(value_->text);
  if (!parsed) problem(parsed.error());
  return parsed.value_or(fallback);
}

std::int64_t Reader::milli(std::int64_t fallback) const {
  if (!scalar_or_problem("a quantity")) return fallback;
  const auto parsed = api::Quantity::parse(value_->text);
  if (!parsed)
    problem(parsed.error());
  else if (parsed->is_negative())
    problem("must not be negative, is " + value_->text);
  return parsed && !parsed->is_negative() ? parsed->milli() : fallback;
}

std::size_t Reader::choice(std::initializer_list<std::string_view> words, std::size_t fallback) const {
  if (!scalar_or_problem("string")) return fallback;
  std::string all;
  std::size_t index = 0;
  for (const std::string_view word : words) {
    if (value_->text == word) return index;
    all += (index == 0 ? "" : index + 1 == words.size() ? " or " : ", ") + std::string(word);
    ++index;
  }
  problem("unsupported value \"" + value_->text + "\": must be " + all);
  return fallback;
}

Distribution Reader::distribution(const Distribution& fallback) const {
  if (!value_) return fallback;
  if (is_map()) return distribution_of_map(fallback);
  if (!scalar_or_problem("a duration or a distribution")) return fallback;
  return Distribution::constant(duration(Duration()));
}

namespace {

using Parse = Distribution (*)(Reader& map, const Distribution& fallback);

Distribution read_constant(Reader& map, const Distribution&) {
  return Distribution::constant(map.field("constant").duration(Duration()));
}

Distribution read_lognormal(Reader& map, const Distribution& fallback) {
  const Reader median = map.field("median"), p99 = map.required("p99");
  const Duration low = median.duration(Duration::nanos(1), Duration::nanos(1));
  const Duration high = p99.duration(low);
  if (high >= low) return Distribution::lognormal(low, high);
  p99.problem("p99 must not be below the median");
  return fallback;
}

Distribution read_exponential(Reader& map, const Distribution&) {
  return Distribution::exponential(map.field("exponential").duration(Duration()));
}

Distribution read_uniform(Reader& map, const Distribution& fallback) {
  const Reader pair = map.field("uniform");
  const std::vector<Reader> ends = pair.items();
  if (!pair.is_list()) return fallback;
  if (ends.size() != 2) {
    pair.problem("expected two durations [lowest, highest], got " + std::to_string(ends.size()));
    return fallback;
  }
  const Duration low = ends[0].duration(Duration()), high = ends[1].duration(low);
  if (low <= high) return Distribution::uniform(low, high);
  pair.problem("the lowest value must not be above the highest");
  return fallback;
}

Distribution read_erlang(Reader& map, const Distribution&) {
  Reader inner = map.field("erlang");
  inner.expect_map();
  const auto k = static_cast<std::int32_t>(inner.required("k").integer(1, 1, 1000));
  const Duration mean = inner.required("mean").duration(Duration());
  inner.done();
  return Distribution::erlang(k, mean);
}

Distribution read_pareto(Reader& map, const Distribution& fallback) {
  Reader inner = map.field("pareto");
  inner.expect_map();
  const Duration minimum = inner.required("minimum").duration(Duration::nanos(1), Duration::nanos(1));
  const Reader alpha = inner.required("alpha");
  inner.done();
  if (!alpha || !alpha.is_scalar()) return fallback;
  const auto thousandths = parse_decimal(alpha.value().text, 3);
  if (thousandths && *thousandths > 1000)
    return Distribution::pareto(minimum, static_cast<double>(*thousandths) / 1000.0);
  alpha.problem(thousandths ? "must be above 1 (else the mean is infinite)" : thousandths.error());
  return fallback;
}

// A line of an empirical distribution: a duration (or a number of seconds) and, perhaps, its weight.
bool read_row(std::string_view line, std::vector<std::pair<Duration, double>>& table) {
  const std::size_t comma = line.find(',');
  const std::string_view first = line.substr(0, comma);
  const auto seconds = parse_decimal(first, 9);
  const auto value =
      seconds ? std::expected<Duration, std::string>(Duration::nanos(*seconds)) : parse_duration(first);
  if (!value || *value < Duration()) return false;
  double weight = 1;
  if (comma != std::string_view::npos) {
    const auto parsed = parse_decimal(line.substr(comma + 1), 6);
    if (!parsed || *parsed <= 0) return false;
    weight = static_cast<double>(*parsed) / 1e6;
  }
  table.emplace_back(*value, weight);
  return true;
}

void read_table(const Reader& at, const std::string& path, const std::string& text,
                std::vector<std::pair<Duration, double>>& table) {
  std::int32_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line(text.data() + begin, end - begin);
    begin = end + 1;
    ++number;
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#') || read_row(line, table)) continue;
    const bool heading = number == 1 && table.empty();
    if (heading) continue;
    at.decoding().problems.push_back(
        {{path, number, 1},
         at.path(),
         "expected \"value\" or \"value,weight\", got \"" + std::string(line) + "\"",
         api::Problem::Reason::kBadRequest});
  }
}

Distribution read_empirical(Reader& map, const Distribution& fallback) {
  const Reader file = map.field("empirical");
  const std::string name = file.text();
  if (name.empty()) return fallback;
  const std::string path = path_beside(file.decoding().file, name);
  const auto text = file.decoding().files.read(path);
  if (!text) {
    file.problem(text.error());
    return fallback;
  }
  std::vector<std::pair<Duration, double>> table;
  read_table(file, path, *text, table);
  if (!table.empty()) return Distribution::empirical(std::move(table));
  file.problem("\"" + path + "\" has no values");
  return fallback;
}

struct DistributionRow {
  std::string_view key;
  Parse parse;
};
constexpr std::array<DistributionRow, 7> kDistributions{{{"constant", read_constant},
                                                         {"median", read_lognormal},
                                                         {"exponential", read_exponential},
                                                         {"uniform", read_uniform},
                                                         {"erlang", read_erlang},
                                                         {"pareto", read_pareto},
                                                         {"empirical", read_empirical}}};

}  // namespace

Distribution Reader::distribution_of_map(const Distribution& fallback) const {
  Reader map = *this;
  for (const DistributionRow& row : kDistributions) {
    if (!has(row.key)) continue;
    const Distribution found = row.parse(map, fallback);
    map.done();
    return found;
  }
  if (value_->map.empty()) {
    problem(
        "expected a distribution: a duration, {median, p99}, {exponential: mean}, {uniform: [lowest, "
        "highest]}, "
        "{erlang: {k, mean}}, {pareto: {minimum, alpha}} or {empirical: file.csv}");
    return fallback;
  }
  for (const DistributionRow& row : kDistributions) map.field(row.key);
  map.field("p99");
  map.done();
  if (has("p99")) problem("\"p99\" needs \"median\" beside it");
  return fallback;
}

}  // namespace seatrial::scenario
