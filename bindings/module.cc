// The extension module behind the package `seatrial`: runs, and their columns. Data frames are made in
// Python.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "bindings/run.h"
#include "sim/report/writers.h"

namespace py = pybind11;
using seatrial::bindings::Run;

PYBIND11_MODULE(_seatrial, m) {
  m.doc() = "The simulator behind the package seatrial.";
  m.def("version", [] { return SEATRIAL_VERSION; }, "The version of seatrial, as the command prints it.");
  m.def("run", &seatrial::bindings::run, py::arg("path"), py::arg("variant"), py::arg("seed"),
        py::arg("until"), py::arg("log_every"));
  m.def("variants", &seatrial::bindings::variants, py::arg("path"));
  m.def("validate", &seatrial::bindings::validate, py::arg("path"));

  using namespace seatrial::bindings;
  py::class_<Run, std::shared_ptr<Run>>(m, "Run")
      .def_property_readonly("scenario", [](const Run& r) { return r.result.scenario; })
      .def_property_readonly("variant", [](const Run& r) { return r.result.variant; })
      .def_property_readonly("seed", [](const Run& r) { return r.result.seed; })
      .def_property_readonly("passed", [](const Run& r) { return r.result.pass; })
      .def_property_readonly("fingerprint", [](const Run& r) { return r.result.fingerprint; })
      .def("text", [](const Run& r) { return seatrial::report::text_report(r.result, {}); })
      .def("json", [](const Run& r) { return seatrial::report::json_report({r.result}); })
      .def("request_columns", [](const std::shared_ptr<Run>& r) { return request_columns(r); })
      .def("pod_columns", &pod_columns)
      .def("replica_columns", &replica_columns)
      .def("event_columns", &event_columns)
      .def("second_columns", &second_columns)
      .def("latency_columns", &latency_columns)
      .def("outcome_columns", &outcome_columns)
      .def("timeline_columns", &timeline_columns)
      .def("finding_columns", &finding_columns)
      .def("expectation_columns", &expectation_columns);
}
