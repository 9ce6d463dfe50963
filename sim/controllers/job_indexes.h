// Completion indexes of an Indexed Job, and their text in its status: "0,2-4". Two neighbours are written
// "5,6", longer runs "5-7". Source: pkg/controller/job/indexed_job_utils.go.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/core.h"

namespace seatrial::controllers {

inline constexpr const char* kCompletionIndex = "batch.kubernetes.io/job-completion-index";

using IndexSet = std::set<std::int32_t>;

// Those below `completions`.
IndexSet parse_indexes(std::string_view text, std::int32_t completions);
std::string indexes_text(const IndexSet& indexes);
// The pod's index, if it has one that counts.
std::optional<std::int32_t> completion_index(const api::Pod& pod, std::int32_t completions);
// The first `count` indexes below `completions` that are in none of the sets.
std::vector<std::int32_t> first_pending_indexes(const std::vector<const IndexSet*>& taken, std::size_t count,
                                                std::int32_t completions);

}  // namespace seatrial::controllers
