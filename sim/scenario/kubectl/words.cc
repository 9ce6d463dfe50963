#include "sim/scenario/kubectl/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/api/kinds.h"

namespace seatrial::scenario::kubectl {
namespace {

constexpr const char* kConflictHelp = R"(
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts)";

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return result;
}

std::string resource_text(std::string_view kind, std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  if (slash == std::string_view::npos) return lower(kind);
  return lower(kind) + "." + std::string(api_version.substr(0, slash));
}

// `The Deployment "web" is invalid: …`, of the message `Deployment.apps "web" is invalid: …`.
std::string invalid_text(const cluster::ApiError& error) {
  const std::size_t space = error.message.find(' ');
  const std::size_t end = error.message.find(" is invalid");
  if (space == std::string::npos || end == std::string::npos || end < space) return error.message;
  const std::string kind = error.message.substr(0, std::min(error.message.find('.'), space));
  std::string text = "The " + kind + error.message.substr(space, end - space) + " is invalid";
  if (error.causes.size() == 1) text += ": " + error.causes.front();
  if (error.causes.size() <= 1) return text;
  text += ": ";
  for (const std::string& cause : error.causes) text += "\n* " + cause;
  return text;
}

}  // namespace

std::string resource_text(const api::Object& object) {
  return resource_text(api::kind_name(object), api::api_version_of(object));
}
std::string name_text(const api::Object& object) {
  return resource_text(object) + "/" + object.metadata.name.str();
}
std::string name_text(const ObjectName& name) {
  const api::KindInfo& kind = api::info(name.kind);
  return resource_text(kind.name, kind.api_version) + "/" + name.name.str();
}

std::string not_found_text(const Target& target) {
  return fmt::format(
      "Error from server (NotFound): {} \"{}\" not found",
      target.like ? api::qualified_resource(*target.like) : api::info(target.name.kind).qualified_resource(),
      target.name.name.str());
}

std::string aggregate_text(const std::vector<std::string>& errors) {
  if (errors.size() == 1) return errors.front();
  return fmt::format("[{}]", fmt::join(errors, ", "));
}

std::string final_text(const std::vector<std::string>& errors) {
  if (errors.size() == 1) return "error: " + errors.front();
  return fmt::format("{}", fmt::join(errors, "\n"));
}

std::string go_duration(Duration d) {
  const std::int64_t seconds = d.count() / 1'000'000'000, millis = d.count() / 1'000'000 % 1000;
  std::string text;
  if (seconds >= 3600) text += fmt::format("{}h", seconds / 3600);
  if (seconds >= 60) text += fmt::format("{}m", seconds / 60 % 60);
  if (seconds == 0 && millis > 0) return fmt::format("{}ms", millis);
  if (millis == 0) return fmt::format("{}{}s", text, seconds % 60);
  std::string part = fmt::format("{:03}", millis);
  part.erase(part.find_last_not_of('0') + 1);
  return fmt::format("{}{}.{}s", text, seconds % 60, part);
}

std::string refusal_text(const cluster::ApiError& error, std::string_view context, std::string_view source) {
  if (!context.empty()) return fmt::format("error: {}{}", context, error.message);
  if (error.reason == api::Symbol("Invalid")) return invalid_text(error);
  if (error.message.starts_with("Apply failed with")) return "error: " + error.message + kConflictHelp;
  if (error.reason.empty()) return fmt::format("Error from server: {}{}", source, error.message);
  return fmt::format("Error from server ({}): {}{}", error.reason.str(), source, error.message);
}

std::string object_text(const api::Object& object) {
  const std::string version(api::api_version_of(object)), kind(api::kind_name(object));
  const std::string group_version = version.find('/') == std::string::npos ? "/" + version : version;
  return fmt::format(
      "Resource: \"{0}, Resource={1}\", GroupVersionKind: \"{0}, Kind={2}\"\nName: \"{3}\", Namespace: "
      "\"{4}\"",
      group_version, api::plural_of(object), kind, object.metadata.name.str(),
      object.metadata.namespace_.str());
}

}  // namespace seatrial::scenario::kubectl
