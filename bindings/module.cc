// The extension module behind the package `seatrial`.
#include <pybind11/pybind11.h>

PYBIND11_MODULE(_seatrial, m) {
  m.doc() = "The simulator behind the package seatrial.";
  m.def("version", [] { return SEATRIAL_VERSION; }, "The version of seatrial, as the command prints it.");
}
