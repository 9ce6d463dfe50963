#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "sim/report/reach.h"

namespace seatrial::report {

using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kMatrixSchema = "seatrial.reach-matrix/v1";
constexpr std::size_t kMostClasses = 1'000'000;

// "0-3,7": the classes of a row.
std::string row_text(const ReachRow& row) {
  std::string text;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!row[i]) continue;
    const std::size_t first = i;
    while (i + 1 < row.size() && row[i + 1]) ++i;
    text += text.empty() ? "" : ",";
    text += first == i ? std::to_string(i) : fmt::format("{}-{}", first, i);
  }
  return text;
}

bool read_row(std::string_view text, ReachRow& row) {
  while (!text.empty()) {
    std::size_t first = 0, last = 0;
    const char* const end = text.data() + text.size();
    auto parsed = std::from_chars(text.data(), end, first);
    last = first;
    if (parsed.ec == std::errc() && parsed.ptr != end && *parsed.ptr == '-')
      parsed = std::from_chars(parsed.ptr + 1, end, last);
    if (parsed.ec != std::errc() || first > last || last >= row.size()) return false;
    if (parsed.ptr != end && *parsed.ptr != ',') return false;
    for (std::size_t i = first; i <= last; ++i) row[i] = true;
    const auto used = static_cast<std::size_t>(parsed.ptr - text.data());
    text.remove_prefix(std::min(used + 1, text.size()));
  }
  return true;
}

Json position(const api::SourcePosition& where) {
  if (where.line == 0) return nullptr;
  return {{"file", where.file.str()}, {"line", where.line}, {"column", where.column}};
}

// What is wrong throws; read_reach_matrix() catches it.
void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

ReachMatrix matrix_of(const Json& json) {
  check(json.is_object() && json.value("schema", "") == kMatrixSchema,
        "it is not a matrix of schema seatrial.reach-matrix/v1");
  ReachMatrix matrix;
  matrix.scenario = json.at("scenario").get<std::string>();
  matrix.at = json.at("at").get<std::string>();
  matrix.classes = json.at("classes").get<std::vector<std::vector<std::string>>>();
  const std::size_t count = matrix.classes.size();
  check(count <= kMostClasses, "it has too many classes");
  for (const Json& block : json.at("outside")) {
    const auto cidr = api::Cidr::parse(block.at("cidr").get<std::string>());
    const auto of = block.at("class").get<std::uint32_t>();
    check(cidr && of < count, "a block outside is wrong");
    matrix.outside.push_back({*cidr, of});
  }
  for (const Json& rows : json.at("tables")) {
    check(rows.size() == count, "a table has another number of rows than there are classes");
    std::vector<ReachRow>& table = matrix.tables.emplace_back();
    for (const Json& row : rows) {
      table.emplace_back(count);
      check(read_row(row.get<std::string>(), table.back()), "a row of a table is wrong");
    }
  }
  for (const Json& ports : json.at("ports")) {
    const ReachMatrix::Ports read{ports.at("protocol").get<std::string>(),
                                  ports.at("first").get<std::int32_t>(), ports.at("last").get<std::int32_t>(),
                                  ports.at("table").get<std::uint32_t>()};
    check(read.table < matrix.tables.size() && read.first <= read.last, "a range of ports is wrong");
    matrix.ports.push_back(read);
  }
  return matrix;
}

}  // namespace

std::string reach_json(const ReachVerdict& verdict) {
  Json paths = Json::array();
  for (const ReachPath& path : verdict.paths) {
    Json hops = Json::array();
    for (const ReachHop& hop : path.hops)
      hops.push_back({{"kind", hop.kind},
                      {"passes", hop.passes},
                      {"object", hop.object},
                      {"why", hop.why},
                      {"where", position(hop.where)}});
    paths.push_back(
        {{"to", path.to}, {"like", path.like}, {"allowed", path.allowed}, {"hops", std::move(hops)}});
  }
  const Json json{{"schema", "seatrial.reach/v1"},
                  {"from", verdict.from},
                  {"to", verdict.to},
                  {"at", verdict.at},
                  {"allowed", verdict.allowed()},
                  {"paths", std::move(paths)},
                  {"notes", verdict.notes}};
  return json.dump(2) + "\n";
}

std::string reach_matrix_json(const ReachMatrix& matrix) {
  Json outside = Json::array(), ports = Json::array(), tables = Json::array();
  for (const ReachMatrix::Block& block : matrix.outside)
    outside.push_back({{"cidr", block.cidr.str()}, {"class", block.of_class}});
  for (const ReachMatrix::Ports& range : matrix.ports)
    ports.push_back(
        {{"protocol", range.protocol}, {"first", range.first}, {"last", range.last}, {"table", range.table}});
  for (const auto& table : matrix.tables) {
    Json rows = Json::array();
    for (const ReachRow& row : table) rows.push_back(row_text(row));
    tables.push_back(std::move(rows));
  }
  const Json json{{"schema", kMatrixSchema},    {"scenario", matrix.scenario},   {"at", matrix.at},
                  {"classes", matrix.classes},  {"outside", std::move(outside)}, {"ports", std::move(ports)},
                  {"tables", std::move(tables)}};
  return json.dump(1) + "\n";
}

std::expected<ReachMatrix, std::string> read_reach_matrix(std::string_view text) {
  try {
    return matrix_of(Json::parse(text));
  } catch (const Json::parse_error& error) {
    const std::string_view before = text.substr(0, std::max(error.byte, std::size_t{1}) - 1);
    return std::unexpected(fmt::format("it is no JSON from line {}, column {} on",
                                       std::ranges::count(before, '\n') + 1,
                                       before.size() - (before.rfind('\n') + 1) + 1));
  } catch (const Json::exception&) {  // a key is missing, or of another type
    return std::unexpected("it is not a whole matrix of schema seatrial.reach-matrix/v1");
  } catch (const std::exception& error) {
    return std::unexpected(error.what());
  }
}

std::string reach_changes_json(const std::vector<ReachChange>& changes) {
  Json list = Json::array();
  for (const ReachChange& change : changes)
    list.push_back({{"opens", change.opens},
                    {"from", change.from},
                    {"to", change.to},
                    {"ports", change.ports},
                    {"why", change.why}});
  return Json{{"schema", "seatrial.reach-diff/v1"}, {"changes", std::move(list)}}.dump(2) + "\n";
}

}  // namespace seatrial::report
