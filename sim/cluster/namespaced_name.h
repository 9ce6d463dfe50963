// How objects of one kind are called, and hashes of it for tables that are looked up and never iterated: they
// are of addresses of interned strings, which differ from run to run.
#pragma once

#include <cstddef>
#include <functional>

#include "sim/api/symbol.h"

namespace seatrial::cluster {

struct NamespacedName {
  api::Symbol namespace_, name;
  bool operator==(const NamespacedName&) const = default;
};

struct SymbolHash {
  std::size_t operator()(api::Symbol s) const { return std::hash<const void*>()(&s.str()); }
};

struct NamespacedNameHash {
  std::size_t operator()(const NamespacedName& n) const {
    return SymbolHash()(n.name) * 31 + SymbolHash()(n.namespace_);
  }
};

}  // namespace seatrial::cluster
