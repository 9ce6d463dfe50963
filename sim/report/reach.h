// Who reaches whom: one flow hop by hop, the whole cluster by classes, and what tells two clusters apart.
// Plain values, made by scenario/reach/, and their writers. Pure functions: equal values give equal bytes.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/ip_address.h"
#include "sim/api/meta.h"
#include "sim/report/format.h"

namespace seatrial::report {

// ---- One flow

struct ReachHop {
  std::string kind;  // "DNS", "policy (egress)", "route", "listening port" …
  bool passes = true;
  std::string object, why;    // what decided; why, in one line
  api::SourcePosition where;  // line 0: not in a file
};
// The hops in the order in which a packet meets them; the last one stops it, if it is not allowed.
struct ReachPath {
  std::string to;        // the pod or addresses at its end
  std::size_t like = 0;  // how many more of the destination's pods have the same path
  bool allowed = true;
  std::vector<ReachHop> hops;
};
struct ReachVerdict {
  std::string from, to, at;  // as asked; the instant
  std::vector<ReachPath> paths;
  std::vector<std::string> notes;
  bool allowed() const;  // one path at least, and all of them
};

std::string reach_text(const ReachVerdict& verdict, const Style& style);
std::string reach_json(const ReachVerdict& verdict);  // schema "seatrial.reach/v1"

// ---- The whole cluster

// Sets of classes by their numbers.
using ReachRow = std::vector<bool>;

// Peers are workloads (NAMESPACE/KIND/NAME), ingress controllers (NAMESPACE/NAME) and addresses outside.
// Peers of one class are reached by the same ones, and reach the same ones. Where a workload's pods are of
// several classes, so is the workload.
struct ReachMatrix {
  struct Block {
    api::Cidr cidr;  // without the smaller ones inside it
    std::uint32_t of_class = 0;
  };
  struct Ports {
    std::string protocol;
    std::int32_t first = 0, last = 0;
    std::uint32_t table = 0;
  };
  std::string scenario, at;
  std::vector<std::vector<std::string>> classes;  // the peers of each, sorted
  std::vector<Block> outside;
  std::vector<Ports> ports;                   // all of each protocol, ascending
  std::vector<std::vector<ReachRow>> tables;  // of each, by source: whom it may reach
};

std::string reach_matrix_text(const ReachMatrix& matrix, const Style& style);
std::string reach_matrix_json(const ReachMatrix& matrix);  // schema "seatrial.reach-matrix/v1"
// The error is a line on what is wrong with the document.
std::expected<ReachMatrix, std::string> read_reach_matrix(std::string_view json);

// ---- Two clusters

struct ReachChange {
  bool opens = true;  // else it closes
  std::vector<std::string> from, to;
  std::string ports;  // "TCP 80, 8080-8090"
  std::vector<std::string> why;
};
// What `after` lets through and `before` does not, and the other way round. Who is in one of them only is
// looked at as one whom nobody reached there, and who reached nobody.
std::vector<ReachChange> reach_changes(const ReachMatrix& before, const ReachMatrix& after);
std::string reach_changes_text(const std::vector<ReachChange>& changes, const Style& style);
std::string reach_changes_json(const std::vector<ReachChange>& changes);  // schema "seatrial.reach-diff/v1"

}  // namespace seatrial::report
