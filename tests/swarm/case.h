// A scenario in the making, kept in parts that can be left out one by one: what the swarm draws and the
// shrinker makes smaller. What is run is always its text, through the loader that everybody uses.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace seatrial::swarm {

// A piece of YAML, whole lines. "#" in it stands for `number`.
struct Part {
  std::string text;
  bool optional = false;
  std::int64_t number = 0, smallest = 0;
  std::string rendered() const;
};

// A manifest. Its first part is required.
struct Manifest {
  std::string ref;  // "deployment/a"
  std::vector<Part> parts;
  std::string rendered() const;
};

struct Entry {
  std::int64_t second = 0;
  std::string ref;                // the object that it needs; empty: none
  Part verb;                      // what follows "at", in flow style
  std::vector<Manifest> applied;  // the manifest of an apply; else empty
};

struct Case {
  std::uint64_t seed = 0;
  std::int64_t seconds = 600;  // the duration
  std::vector<Manifest> objects;
  std::vector<Entry> timeline;  // by second

  // By name: scenario.yaml, objects.yaml and the changes.
  std::map<std::string, std::string> files() const;
  // Objects, entries and optional parts: what the shrinker makes fewer.
  std::size_t size() const;
};

}  // namespace seatrial::swarm
