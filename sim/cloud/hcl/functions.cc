#include "sim/cloud/hcl/functions.h"

#include <algorithm>
#include <array>

namespace seatrial::cloud::hcl {
namespace {

// What nobody but a disk, a clock, chance or a library of codes can say.
constexpr auto kUnknowable = std::to_array<Function>({
    {"abspath", 1, 1, nullptr},
    {"base64decode", 1, 1, nullptr},
    {"base64gzip", 1, 1, nullptr},
    {"base64sha256", 1, 1, nullptr},
    {"base64sha512", 1, 1, nullptr},
    {"basename", 1, 1, nullptr},
    {"bcrypt", 1, 2, nullptr},
    {"cidrhost", 2, 2, nullptr},
    {"cidrnetmask", 1, 1, nullptr},
    {"cidrsubnet", 3, 3, nullptr},
    {"cidrsubnets", 2, kAny, nullptr},
    {"csvdecode", 1, 1, nullptr},
    {"dirname", 1, 1, nullptr},
    {"ephemeralasnull", 1, 1, nullptr},
    {"file", 1, 1, nullptr},
    {"filebase64", 1, 1, nullptr},
    {"filebase64sha256", 1, 1, nullptr},
    {"filebase64sha512", 1, 1, nullptr},
    {"fileexists", 1, 1, nullptr},
    {"filemd5", 1, 1, nullptr},
    {"fileset", 2, 2, nullptr},
    {"filesha1", 1, 1, nullptr},
    {"filesha256", 1, 1, nullptr},
    {"filesha512", 1, 1, nullptr},
    {"formatdate", 2, 2, nullptr},
    {"issensitive", 1, 1, nullptr},
    {"log", 2, 2, nullptr},
    {"md5", 1, 1, nullptr},
    {"pathexpand", 1, 1, nullptr},
    {"plantimestamp", 0, 0, nullptr},
    {"pow", 2, 2, nullptr},
    {"regex", 2, 2, nullptr},
    {"regexall", 2, 2, nullptr},
    {"rsadecrypt", 2, 2, nullptr},
    {"sha1", 1, 1, nullptr},
    {"sha256", 1, 1, nullptr},
    {"sha512", 1, 1, nullptr},
    {"templatefile", 2, 2, nullptr},
    {"templatestring", 2, 2, nullptr},
    {"textdecodebase64", 2, 2, nullptr},
    {"textencodebase64", 2, 2, nullptr},
    {"timeadd", 2, 2, nullptr},
    {"timecmp", 2, 2, nullptr},
    {"timestamp", 0, 0, nullptr},
    {"type", 1, 1, nullptr},
    {"uuid", 0, 0, nullptr},
    {"uuidv5", 2, 2, nullptr},
    {"yamldecode", 1, 1, nullptr},
    {"yamlencode", 1, 1, nullptr},
});

const Function* find_in(std::span<const Function> rows, std::string_view name) {
  const auto found = std::ranges::find(rows, name, &Function::name);
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

const Function* find_function(std::string_view name) {
  if (name.starts_with("core::")) name.remove_prefix(6);
  if (const Function* const text = find_in(text_functions(), name)) return text;
  if (const Function* const collection = find_in(collection_functions(), name)) return collection;
  return find_in(kUnknowable, name);
}

}  // namespace seatrial::cloud::hcl
