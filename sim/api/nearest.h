// "Did you mean": the candidate that a misspelt word was meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seatrial::api {

// Empty if none is near: a third of the word's characters may be wrong, and at least one.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);
// The end of a sentence: ", did you mean "web"?"; empty if none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace seatrial::api
