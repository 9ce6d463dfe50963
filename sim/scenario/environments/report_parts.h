// Parts of the report for people. Internal to sim/scenario/environments.
#pragma once

#include "sim/scenario/environments/report.h"

namespace seatrial::scenario::environments {

std::string count_text(std::uint64_t count, std::string_view word);  // "1,460 namespaces"
std::string and_more(std::size_t all, std::size_t shown);  // a line of what was left out, or nothing
// Without what all paths of the repository begin with.
std::string short_path(const Repository& repository, std::string_view path);
std::string short_place(const Repository& repository, api::SourcePosition where);  // PATH:LINE
// "${…}" stands for what only terraform could know.
std::string namespace_text(const cloud::terraform::MadeObject& secret);
std::string secret_name_text(const cloud::terraform::MadeObject& secret);
std::string keys_text(const cloud::terraform::MadeObject& secret);  // a, b, …

std::string findings_text(const Report& report, const TextOptions& options);
// One namespace in full: objects, AWS resources, Secrets with their keys, findings.
std::string namespace_text_of(const Report& report, const TextOptions& options);

}  // namespace seatrial::scenario::environments
