#include "tests/swarm/shrink.h"

#include <algorithm>

namespace seatrial::swarm {
namespace {

using Fails = std::function<bool(const Case&)>;

bool keep_if_fails(Case& best, Case tried, const Fails& fails) {
  if (!fails(tried)) return false;
  best = std::move(tried);
  return true;
}

void drop_range(std::vector<Entry>& entries, std::size_t from, std::size_t count) {
  entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(from),
                entries.begin() + static_cast<std::ptrdiff_t>(from + count));
}

// Entries that need an object which has gone go with it.
Case without_objects(const Case& from, std::size_t at, std::size_t count) {
  Case left = from;
  for (std::size_t i = at; i < at + count; ++i) {
    std::erase_if(left.timeline, [&](const Entry& entry) { return entry.ref == from.objects[i].ref; });
  }
  left.objects.erase(left.objects.begin() + static_cast<std::ptrdiff_t>(at),
                     left.objects.begin() + static_cast<std::ptrdiff_t>(at + count));
  return left;
}

Case without_entries(const Case& from, std::size_t at, std::size_t count) {
  Case left = from;
  drop_range(left.timeline, at, count);
  return left;
}

// Halves, quarters … single ones, from the end (what is late depends on what is early).
template <class Count, class Without>
bool drop_chunks(Case& best, const Fails& fails, Count&& count, Without&& without) {
  bool smaller = false;
  for (std::size_t chunk = std::max<std::size_t>(count(best), 1); chunk > 0; chunk /= 2) {
    for (std::size_t end = count(best); end >= chunk && end > 0;) {
      if (keep_if_fails(best, without(best, end - chunk, chunk), fails)) smaller = true;
      end = std::min(end - chunk, count(best));
    }
  }
  return smaller;
}

std::vector<Part*> parts_of(Case& of) {
  std::vector<Part*> parts;
  for (Manifest& object : of.objects) {
    for (Part& part : object.parts) parts.push_back(&part);
  }
  for (Entry& entry : of.timeline) {
    parts.push_back(&entry.verb);
    for (Manifest& manifest : entry.applied) {
      for (Part& part : manifest.parts) parts.push_back(&part);
    }
  }
  return parts;
}

bool drop_parts(Case& best, const Fails& fails) {
  bool smaller = false;
  for (std::size_t i = parts_of(best).size(); i-- > 0;) {
    if (!parts_of(best)[i]->optional) continue;
    Case tried = best;
    *parts_of(tried)[i] = Part();
    smaller |= keep_if_fails(best, std::move(tried), fails);
  }
  return smaller;
}

// First the smallest, then halfway there, then one less.
bool lower_numbers(Case& best, const Fails& fails) {
  bool smaller = false;
  for (std::size_t i = 0; i < parts_of(best).size(); ++i) {
    const Part part = *parts_of(best)[i];
    for (const std::int64_t value : {part.smallest, (part.smallest + part.number) / 2, part.number - 1}) {
      if (value < part.smallest || value >= part.number) continue;
      Case tried = best;
      parts_of(tried)[i]->number = value;
      if (!keep_if_fails(best, std::move(tried), fails)) continue;
      smaller = true;
      break;
    }
  }
  return smaller;
}

}  // namespace

Case shrink(Case failing, const Fails& fails) {
  for (bool smaller = true; smaller;) {
    smaller = drop_chunks(failing, fails, [](const Case& c) { return c.timeline.size(); }, without_entries);
    smaller |= drop_chunks(failing, fails, [](const Case& c) { return c.objects.size(); }, without_objects);
    smaller |= drop_parts(failing, fails);
    smaller |= lower_numbers(failing, fails);
  }
  return failing;
}

}  // namespace seatrial::swarm
