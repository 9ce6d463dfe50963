// What the platform's modules take and give. Internal to sim/cloud/terraform.
//
// The table has the variables and the outputs of all releases of a module together, whichever `ref` a call
// has: what an older one had is accepted. So is a name that resembles none of them, as a newer release may
// have it. One that is nearly one of them is a mistake, as terraform says of each that a module does not
// have. Source: *.tf of cloud-platform-terraform-NAME, at each of its tags.
#pragma once

#include <string>
#include <string_view>

namespace seatrial::cloud::terraform {

struct ModuleInterface {
  std::string_view name;                // as module_name() says it
  std::string_view arguments, outputs;  // between spaces
};
// Null for a module that is none of the platform's, or whose releases are not known.
const ModuleInterface* interface_of(std::string_view source);

// Which of these the word was meant to be; empty where it is one of them, or resembles none.
std::string meant_by(std::string_view word, std::string_view names);

// The arguments that every module call may have besides.
inline constexpr std::string_view kMetaArguments = "count depends_on for_each providers source version";

}  // namespace seatrial::cloud::terraform
