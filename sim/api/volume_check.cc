// Volumes and their mounts, on the document: no struct carries them.
#include <set>

#include "sim/api/pod_validation.h"

namespace seatrial::api {
namespace {

class VolumeCheck {
 public:
  VolumeCheck(const Place& at, const Context& context) : at_(at), context_(context) {}

  void volumes(const Value& list) {
    const Place here = field(at_, "volumes");
    for (std::size_t i = 0; i < list.list.size(); ++i) volume(list.list[i], item(here, i));
  }

  void containers(const Value& list, std::string_view name) {
    const Place here = field(at_, name);
    for (std::size_t i = 0; i < list.list.size(); ++i) {
      const Value* const found = list.list[i].find("volumeMounts");
      if (found) mounts(*found, field(item(here, i), "volumeMounts"));
    }
  }

 private:
  void invalid(const Value& value, const Place& at, std::string message) {
    context_.invalid(value, at, std::move(message));
  }

  void volume(const Value& value, const Place& at) {
    if (!value.is_map()) return;
    const Value* const name = value.find("name");
    std::size_t sources = 0;
    for (const auto& [key, source] : value.map) sources += key.view() != "name" && !source.is_null();
    if (sources == 0) invalid(value, at, "Required value: must specify a volume type");
    for (std::size_t i = 1; i < sources; ++i) {
      invalid(value, field(at, last_source(value)), "Forbidden: may not specify more than 1 volume type");
    }
    if (!name || name->text.empty()) return invalid(value, field(at, "name"), "Required value");
    const auto wrong = check_dns1123_label(name->text);
    for (const std::string& message : wrong) {
      invalid(*name, field(at, "name"), "Invalid value: \"" + name->text + "\": " + message);
    }
    if (wrong.empty() && !names_.insert(name->text).second) {
      invalid(*name, field(at, "name"), "Duplicate value: \"" + name->text + "\"");
    }
  }

  static std::string_view last_source(const Value& volume) {
    std::string_view last;
    for (const auto& [key, source] : volume.map) {
      if (key.view() != "name" && !source.is_null()) last = key.view();
    }
    return last;
  }

  void mounts(const Value& list, const Place& at) {
    std::set<std::string> paths;
    for (std::size_t i = 0; i < list.list.size(); ++i) {
      const Value& mount = list.list[i];
      const Place here = item(at, i);
      if (!mount.is_map()) continue;
      const Value* const name = mount.find("name");
      const Value* const path = mount.find("mountPath");
      if (!name || name->text.empty())
        invalid(mount, field(here, "name"), "Required value");
      else if (!names_.contains(name->text))
        invalid(*name, field(here, "name"), "Not found: \"" + name->text + "\"");
      if (!path || path->text.empty()) {
        invalid(mount, field(here, "mountPath"), "Required value");
      } else if (!paths.insert(path->text).second) {
        invalid(*path, field(here, "mountPath"), "Invalid value: \"" + path->text + "\": must be unique");
      }
    }
  }

  const Place& at_;
  const Context& context_;
  std::set<std::string> names_;
};

}  // namespace

void check_volumes(const Value& spec, const Place& at, const Context& context) {
  VolumeCheck check(at, context);
  if (const Value* const list = spec.find("volumes")) check.volumes(*list);
  for (const std::string_view name : {"containers", "initContainers"}) {
    if (const Value* const list = spec.find(name)) check.containers(*list, name);
  }
}

}  // namespace seatrial::api
