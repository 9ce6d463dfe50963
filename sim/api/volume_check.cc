// Volumes and their mounts, on the document: no struct carries them. Sources: ValidateVolumes,
// ValidateVolumeMounts, ValidateVolumeDevices.
#include <map>
#include <set>

#include "sim/api/document_check.h"
#include "sim/api/pod_validation.h"
#include "sim/api/quantity.h"

namespace seatrial::api {
namespace {

class VolumeCheck : DocumentCheck {
 public:
  VolumeCheck(const Place& at, const Context& context, Problems& problems)
      : DocumentCheck(context), at_(at), problems_(problems) {}

  void volumes(const Value& spec) {
    const std::vector<Value>& list = list_of(spec, "volumes");
    const Place here = field(at_, "volumes");
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].is_map()) volume(list[i], item(here, i));
    }
  }

  void containers(const Value& spec, std::string_view name) {
    const std::vector<Value>& list = list_of(spec, name);
    const Place here = field(at_, name);
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!list[i].is_map()) continue;
      const Place container = item(here, i);
      mounts(list[i], field(container, "volumeMounts"));
      devices(list[i], field(container, "volumeDevices"));
    }
  }

 private:
  using Check = void (VolumeCheck::*)(const Value& source, const Place& at);
  struct Type {
    std::string_view name;
    Check check = nullptr;
    std::string_view shown = {};  // where the API server misspells it
  };

  void empty_dir(const Value& source, const Place& at);
  void host_path(const Value& source, const Place& at);
  void secret(const Value& source, const Place& at) { files(source, at, "secretName"); }
  void config_map(const Value& source, const Place& at) { files(source, at, "name"); }
  void claim(const Value& source, const Place& at) { need(source, at, "claimName"); }
  void nfs(const Value& source, const Place& at);
  void csi(const Value& source, const Place& at) { need(source, at, "driver"); }
  void image(const Value& source, const Place& at) { need(source, at, "reference"); }
  void aws(const Value& source, const Place& at) { need(source, at, "volumeID"); }
  void ephemeral(const Value& source, const Place& at) {
    if (!member(source, "volumeClaimTemplate")) required(source, field(at, "volumeClaimTemplate"));
  }
  void projected(const Value& source, const Place& at);

  void files(const Value& source, const Place& at, std::string_view name);
  void items_of(const Value& source, const Place& at);
  void mode(const Value& map, const Place& at, std::string_view name);
  void account_token(const Value& source, const Place& at);

  void volume(const Value& value, const Place& at);
  std::string_view sources(const Value& value, const Place& at);
  void mounts(const Value& container, const Place& at);
  void mount(const Value& container, const Value& mount, const Place& list, const Place& at,
             std::set<std::string>& paths);
  void devices(const Value& container, const Place& at);
  void device(const Value& device, const Place& at, std::set<std::string>& names,
              std::set<std::string>& paths);

  const Place& at_;
  Problems& problems_;
  std::map<std::string, std::string_view> types_;  // of the volumes that are fine, by name
};

void VolumeCheck::empty_dir(const Value& source, const Place& at) {
  const Value* const limit = member(source, "sizeLimit");
  const auto size = limit ? Quantity::parse(limit->text) : Quantity();
  if (size && size->is_negative())
    forbidden(*limit, field(at, "sizeLimit"), "SizeLimit field must be a valid resource quantity");
}

void VolumeCheck::host_path(const Value& source, const Place& at) {
  static constexpr std::array kTypes{
      ""sv,     "BlockDevice"sv,  "CharDevice"sv, "Directory"sv, "DirectoryOrCreate"sv,
      "File"sv, "FileOrCreate"sv, "Socket"sv};
  const std::string path = text_of(source, "path");
  if (path.empty()) return required(source, field(at, "path"));
  without_steps_back(*member(source, "path"), field(at, "path"), path);
  one_of(member(source, "type"), field(at, "type"), kTypes);
}

void VolumeCheck::nfs(const Value& source, const Place& at) {
  need(source, at, "server");
  need(source, at, "path");
  const std::string path = text_of(source, "path");
  if (!path.starts_with('/')) invalid(source, field(at, "path"), path, "must be an absolute path");
}

void VolumeCheck::mode(const Value& map, const Place& at, std::string_view name) {
  const Value* const bits = member(map, name);
  if (bits && (bits->integer < 0 || bits->integer > 0777))
    invalid_number(*bits, field(at, name), "must be a number between 0 and 0777 (octal), both inclusive");
}

void VolumeCheck::items_of(const Value& source, const Place& at) {
  const std::vector<Value>& list = list_of(source, "items");
  const Place items = field(at, "items");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Place here = item(items, i), path_at = field(here, "path");
    need(list[i], here, "key");
    need(list[i], here, "path");
    const std::string path = text_of(list[i], "path");
    descending_path(list[i], path_at, path);
    if (path.starts_with("..") && !path.starts_with("../") && path != "..")
      invalid(list[i], path_at, path, "must not start with '..'");
    mode(list[i], here, "mode");
  }
}

void VolumeCheck::files(const Value& source, const Place& at, std::string_view name) {
  need(source, at, name);
  mode(source, at, "defaultMode");
  items_of(source, at);
}

void VolumeCheck::account_token(const Value& source, const Place& at) {
  if (const Value* const seconds = member(source, "expirationSeconds")) {
    const Place here = field(at, "expirationSeconds");
    if (seconds->integer < 600)
      invalid_number(*seconds, here, "may not specify a duration less than 10 minutes");
    if (seconds->integer > std::int64_t{1} << 32)
      invalid_number(*seconds, here, "may not specify a duration larger than 2^32 seconds");
  }
  need(source, at, "path");
}

void VolumeCheck::projected(const Value& source, const Place& at) {
  mode(source, at, "defaultMode");
  const std::vector<Value>& list = list_of(source, "sources");
  const Place sources = field(at, "sources");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Place here = item(sources, i);
    for (const std::string_view kind : {"secret"sv, "configMap"sv}) {
      const Value* const files = member(list[i], kind);
      if (!files) continue;
      const Place of = field(here, kind);
      need(*files, of, "name");
      items_of(*files, of);
    }
    if (const Value* const token = member(list[i], "serviceAccountToken"))
      account_token(*token, field(here, "serviceAccountToken"));
    const auto given = std::ranges::count_if(list[i].map, [](const auto& e) { return !e.second.is_null(); });
    if (given > 1) forbidden(list[i], here, "may not specify more than 1 volume type per source");
  }
}

// The type of the volume; the first of several, in the order of the API server.
std::string_view VolumeCheck::sources(const Value& value, const Place& at) {
  using C = VolumeCheck;
  static constexpr std::array<Type, 30> kTypes{{{"emptyDir", &C::empty_dir},
                                                {"hostPath", &C::host_path},
                                                {"gitRepo"},
                                                {"gcePersistentDisk"},
                                                {"awsElasticBlockStore", &C::aws},
                                                {"secret", &C::secret},
                                                {"nfs", &C::nfs},
                                                {"iscsi"},
                                                {"glusterfs"},
                                                {"flocker"},
                                                {"persistentVolumeClaim", &C::claim},
                                                {"rbd"},
                                                {"cinder"},
                                                {"cephfs", nullptr, "cephFS"},
                                                {"quobyte"},
                                                {"downwardAPI", nullptr, "downwarAPI"},
                                                {"fc"},
                                                {"flexVolume"},
                                                {"configMap", &C::config_map},
                                                {"azureFile"},
                                                {"vsphereVolume"},
                                                {"photonPersistentDisk"},
                                                {"portworxVolume"},
                                                {"azureDisk"},
                                                {"storageos"},
                                                {"projected", &C::projected},
                                                {"scaleIO"},
                                                {"csi", &C::csi},
                                                {"ephemeral", &C::ephemeral},
                                                {"image", &C::image}}};
  std::string_view first;
  const auto look = [&](const Type& type) {
    const Value* const source = member(value, type.name);
    if (!source) return;
    const std::string_view shown = type.shown.empty() ? type.name : type.shown;
    if (!first.empty())
      return forbidden(*source, field(at, shown), "may not specify more than 1 volume type");
    first = type.name;
    if (type.check) (this->*type.check)(*source, field(at, type.name));
  };
  for (const Type& type : kTypes) look(type);
  if (first.empty()) required(value, at, "must specify a volume type");
  return first;
}

// Only a volume that is fine can be mounted.
void VolumeCheck::volume(const Value& value, const Place& at) {
  const std::size_t before = problems_.size();
  const std::string_view type = sources(value, at);
  const std::string name = text_of(value, "name");
  const Value* const given = member(value, "name");
  const Place place = field(at, "name");
  if (name.empty())
    required(value, place);
  else
    invalid_all(*given, place, name, check_dns1123_label(name));
  if (types_.contains(name)) say(*given, place, "Duplicate value: " + compact_json(text_value(name)));
  if (problems_.size() == before) types_.emplace(name, type);
}

void VolumeCheck::mounts(const Value& container, const Place& at) {
  const std::vector<Value>& list = list_of(container, "volumeMounts");
  std::set<std::string> paths;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].is_map()) mount(container, list[i], at, item(at, i), paths);
  }
}

void VolumeCheck::mount(const Value& container, const Value& mount, const Place& list, const Place& at,
                        std::set<std::string>& paths) {
  static constexpr std::array kPropagations{"Bidirectional"sv, "HostToContainer"sv, "None"sv};
  const std::string name = text_of(mount, "name"), path = text_of(mount, "mountPath");
  const Place name_at = field(at, "name"), path_at = field(at, "mountPath");
  const Value& named = member(mount, "name") ? *member(mount, "name") : mount;
  if (name.empty()) required(mount, name_at);
  if (!types_.contains(name)) not_found(named, name_at, name);
  if (path.empty()) required(mount, path_at);
  if (!paths.insert(path).second) invalid(mount, path_at, path, "must be unique");
  for (const Value& device : list_of(container, "volumeDevices")) {
    if (text_of(device, "name") == name)
      invalid(mount, name_at, name, "must not already exist in volumeDevices");
    if (text_of(device, "devicePath") == path)
      invalid(mount, path_at, path, "must not already exist as a path in volumeDevices");
  }
  const std::string sub = text_of(mount, "subPath"), expression = text_of(mount, "subPathExpr");
  if (!sub.empty()) descending_path(mount, field(list, "subPath"), sub);
  if (!expression.empty()) {
    if (!sub.empty())
      invalid(mount, field(at, "subPathExpr"), expression, "subPathExpr and subPath are mutually exclusive");
    descending_path(mount, field(list, "subPathExpr"), expression);
  }
  const Value* const propagation = member(mount, "mountPropagation");
  if (!propagation) return;
  const Place here = field(list, "mountPropagation");
  one_of(*propagation, here, kPropagations);
  const Value* const security = member(container, "securityContext");
  if (propagation->text == "Bidirectional" && !(security && is_flag(*security, "privileged", true)))
    forbidden(*propagation, here,
              "Bidirectional mount propagation is available only to privileged containers");
}

void VolumeCheck::devices(const Value& container, const Place& at) {
  const std::vector<Value>& list = list_of(container, "volumeDevices");
  std::set<std::string> names, paths;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].is_map()) device(list[i], item(at, i), names, paths);
  }
}

void VolumeCheck::device(const Value& device, const Place& at, std::set<std::string>& names,
                         std::set<std::string>& paths) {
  const std::string name = text_of(device, "name"), path = text_of(device, "devicePath");
  const Place name_at = field(at, "name"), path_at = field(at, "devicePath");
  if (name.empty()) required(device, name_at);
  if (!name.empty() && !names.insert(name).second) invalid(device, name_at, name, "must be unique");
  const auto known = types_.find(name);
  if (known == types_.end())
    not_found(device, name_at, name);
  else if (known->second != "persistentVolumeClaim" && known->second != "ephemeral")
    invalid(device, name_at, name,
            "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
  if (path.empty()) required(device, path_at);
  if (!paths.insert(path).second) invalid(device, path_at, path, "must be unique");
}

}  // namespace

void check_volumes(const Value& spec, const Place& at, const Context& context) {
  Problems found;
  Context own{&found};
  VolumeCheck check(at, own, found);
  check.volumes(spec);
  check.containers(spec, "containers");
  check.containers(spec, "initContainers");
  if (context.problems) std::move(found.begin(), found.end(), std::back_inserter(*context.problems));
}

}  // namespace seatrial::api
