#include "bindings/run.h"

#include <pybind11/stl.h>

#include <chrono>

#include "sim/scenario/load.h"

namespace seatrial::bindings {

namespace py = pybind11;

namespace {

constexpr std::chrono::milliseconds kBetweenSignals(50);

[[noreturn]] void raise_problems(const api::Problems& problems) {
  py::list list;
  for (const api::Problem& problem : problems) {
    py::dict row;
    row["file"] = problem.where.file.str();
    row["line"] = problem.where.line;
    row["column"] = problem.where.column;
    row["path"] = problem.path;
    row["message"] = problem.message;
    list.append(row);
  }
  const py::object type = py::module_::import("seatrial.errors").attr("ScenarioError");
  PyErr_SetObject(type.ptr(), type(list).ptr());
  throw py::error_already_set();
}

std::vector<scenario::Scenario> load_all(const std::string& path) {
  auto versions = scenario::load_versions(path);
  if (!versions) raise_problems(versions.error());
  return std::move(*versions);
}

// Whether the run may go on: not if a signal's handler raised, as Ctrl-C does. Looks only now and then.
class Signals {
 public:
  bool none() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return true;
    next_ = now + kBetweenSignals;
    const py::gil_scoped_acquire lock;
    raised_ = PyErr_CheckSignals() != 0;
    return !raised_;
  }
  bool raised() const { return raised_; }

 private:
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + kBetweenSignals;
  bool raised_ = false;
};

}  // namespace

std::shared_ptr<Run> run(const std::string& path, const std::string& variant,
                         std::optional<std::uint64_t> seed, std::optional<double> until,
                         std::uint64_t log_every) {
  auto loaded = scenario::load_scenario(path, variant);
  if (!loaded) raise_problems(loaded.error());
  const auto scenario = std::make_shared<const scenario::Scenario>(std::move(*loaded));
  Signals signals;
  scenario::RunOptions options;
  options.seed = seed;
  if (until) options.until = SimTime::at(Duration::nanos(static_cast<std::int64_t>(*until * 1e9)));
  options.log_every = log_every;
  options.progress = [&](SimTime) { return signals.none(); };
  auto made = std::make_shared<Run>();
  api::Problems problems;
  {
    const py::gil_scoped_release unlocked;
    if (auto world = scenario::play(scenario, options)) {
      made->world = std::make_shared<const scenario::World>(std::move(*world));
      if (!signals.raised()) made->result = scenario::collect(*made->world);
    } else {
      problems = world.error();
    }
  }
  if (signals.raised()) throw py::error_already_set();
  if (!problems.empty()) raise_problems(problems);
  return made;
}

std::vector<std::string> variants(const std::string& path) {
  std::vector<std::string> names;
  for (const scenario::Scenario& version : load_all(path)) {
    if (!version.variant.empty()) names.push_back(version.variant.str());
  }
  return names;
}

void validate(const std::string& path) {
  for (scenario::Scenario& version : load_all(path)) {
    const std::uint64_t seed = version.seed;
    const auto world =
        scenario::World::create(std::make_shared<const scenario::Scenario>(std::move(version)), seed);
    if (!world) raise_problems(world.error());
  }
}

}  // namespace seatrial::bindings
