// One finished run as Python sees it: its result, and the world behind it, which owns the memory of the
// largest columns.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/run.h"

namespace seatrial::bindings {

struct Run {
  std::shared_ptr<const scenario::World> world;
  report::RunResult result;
};

// Plays a scenario without the interpreter's lock; signals are heard about every 50 ms of wall time. Throws
// seatrial.ScenarioError and KeyboardInterrupt.
std::shared_ptr<Run> run(const std::string& path, const std::string& variant,
                         std::optional<std::uint64_t> seed, std::optional<double> until,
                         std::uint64_t log_every);
// The names of a scenario's variants, in order. Throws seatrial.ScenarioError if anything is wrong with any.
std::vector<std::string> variants(const std::string& path);
// Throws seatrial.ScenarioError if anything is wrong with the scenario, its variants or their manifests.
void validate(const std::string& path);

// Columns by name, in the order of the frame; a text column is a tuple (codes, categories).
pybind11::dict request_columns(const std::shared_ptr<Run>& run);
pybind11::dict pod_columns(const Run& run);
pybind11::dict replica_columns(const Run& run);
pybind11::dict event_columns(const Run& run);
pybind11::dict second_columns(const Run& run);
pybind11::dict latency_columns(const Run& run);
pybind11::dict outcome_columns(const Run& run);
pybind11::dict timeline_columns(const Run& run);
pybind11::dict finding_columns(const Run& run);
pybind11::dict expectation_columns(const Run& run);

}  // namespace seatrial::bindings
