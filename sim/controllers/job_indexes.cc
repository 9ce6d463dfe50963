#include "sim/controllers/job_indexes.h"

#include <algorithm>
#include <charconv>

namespace seatrial::controllers {

namespace {

std::optional<std::int32_t> number(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

IndexSet parse_indexes(std::string_view text, std::int32_t completions) {
  IndexSet indexes;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t dash = part.find('-');
    const auto first = number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (!first || !last) continue;
    for (std::int32_t i = *first; i <= *last && i < completions; ++i) indexes.insert(i);
  }
  return indexes;
}

std::string indexes_text(const IndexSet& indexes) {
  std::string text;
  for (auto at = indexes.begin(); at != indexes.end();) {
    const std::int32_t first = *at;
    std::int32_t last = first;
    for (++at; at != indexes.end() && *at == last + 1; ++at) last = *at;
    if (!text.empty()) text += ',';
    text += std::to_string(first);
    if (last > first) text += (last == first + 1 ? ',' : '-') + std::to_string(last);
  }
  return text;
}

std::optional<std::int32_t> completion_index(const api::Pod& pod, std::int32_t completions) {
  const auto index = number(pod.metadata.annotations->get(kCompletionIndex));
  return index && *index < completions ? index : std::nullopt;
}

std::vector<std::int32_t> first_pending_indexes(const std::vector<const IndexSet*>& taken, std::size_t count,
                                                std::int32_t completions) {
  std::vector<std::int32_t> pending;
  for (std::int32_t i = 0; i < completions && pending.size() < count; ++i) {
    if (std::ranges::none_of(taken, [i](const IndexSet* set) { return set->contains(i); }))
      pending.push_back(i);
  }
  return pending;
}

}  // namespace seatrial::controllers
