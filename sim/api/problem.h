// What is wrong with a user's input: where, which field, and what, in the words of kubectl or the API server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/meta.h"

namespace seatrial::api {

struct Problem {
  // Which HTTP answer the API server would give: 400 for what it cannot decode, 422 for what it decodes and
  // refuses.
  enum class Reason : std::uint8_t { kBadRequest, kInvalid };

  SourcePosition where;  // line 0: not in a file
  std::string path;      // spec.template.spec.containers[0].name; may be empty
  std::string message;
  Reason reason = Reason::kBadRequest;
  bool operator==(const Problem&) const = default;

  std::string str() const;  // file:line:column: path: message
};
using Problems = std::vector<Problem>;

// The API server's text for an object that validation refuses (422), as kubectl prints it after "The ":
// `Pod "x" is invalid: spec: Required value`, several as `Pod "x" is invalid: [a, b]`.
std::string invalid_message(std::string_view kind, std::string_view name, const Problems& problems);

// The same for an object that cannot be decoded (400):
// `Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field
// "spec.replica"`.
std::string bad_request_message(std::string_view api_version, std::string_view kind,
                                const Problems& problems);

std::string quoted(std::string_view text);  // Go's %q, of the texts that occur

}  // namespace seatrial::api
