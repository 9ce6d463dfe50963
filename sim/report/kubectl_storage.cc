#include "sim/report/kubectl_storage.h"

#include <algorithm>
#include <array>

#include "sim/api/storage.h"
#include "sim/report/format.h"

namespace seatrial::report {

namespace {

// In the order in which they are always shown.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kModes = {
    {{"ReadWriteOnce", "RWO"},
     {"ReadOnlyMany", "ROX"},
     {"ReadWriteMany", "RWX"},
     {"ReadWriteOncePod", "RWOP"}}};

std::string modes_text(const std::vector<api::Symbol>& modes) {
  std::string text;
  for (const auto& [mode, shown] : kModes) {
    if (std::ranges::count(modes, api::Symbol(mode)) > 0)
      text += (text.empty() ? "" : ",") + std::string(shown);
  }
  return text;
}

std::string storage_text(const api::ResourceList& amounts) {
  const auto found = amounts.find("storage");
  return found == amounts.end() ? "" : found->second.str();
}

std::string phase_text(const api::Object& object, api::Symbol phase) {
  return object.metadata.deletion_timestamp ? "Terminating" : phase.str();
}

}  // namespace

std::vector<std::string> volume_row(const api::Object& object, SimTime now, bool wide) {
  const auto& volume = static_cast<const api::PersistentVolume&>(object);
  const auto& claim = volume.claim_ref;
  std::vector<std::string> row{storage_text(volume.capacity),
                               modes_text(volume.access_modes),
                               volume.reclaim_policy.str(),
                               phase_text(object, volume.status.phase),
                               claim ? claim->namespace_.str() + "/" + claim->name.str() : "",
                               volume.storage_class_name.str(),
                               "<unset>",
                               volume.status.reason.str(),
                               age(now - object.metadata.creation_timestamp)};
  if (wide) row.push_back(volume.volume_mode.str());
  return row;
}

std::vector<std::string> claim_row(const api::Object& object, SimTime now, bool wide) {
  const auto& claim = static_cast<const api::PersistentVolumeClaim&>(object);
  std::vector<std::string> row{phase_text(object, claim.status.phase),
                               claim.volume_name.str(),
                               storage_text(claim.status.capacity),
                               modes_text(claim.status.access_modes),
                               claim.storage_class_name.value_or(api::Symbol()).str(),
                               "<unset>",
                               age(now - object.metadata.creation_timestamp)};
  if (wide) row.push_back(claim.volume_mode.str());
  return row;
}

std::vector<std::string> storage_class_row(const api::Object& object, SimTime now, bool) {
  const auto& storage_class = static_cast<const api::StorageClass&>(object);
  return {storage_class.provisioner.str(), storage_class.reclaim_policy.str(),
          storage_class.volume_binding_mode.str(), storage_class.allow_volume_expansion ? "true" : "false",
          age(now - object.metadata.creation_timestamp)};
}

std::vector<std::string> csi_node_row(const api::Object& object, SimTime now, bool) {
  const auto& node = static_cast<const api::CsiNode&>(object);
  return {std::to_string(node.drivers.size()), age(now - object.metadata.creation_timestamp)};
}

std::string name_suffix(const api::Object& object) {
  const bool is_default =
      object.kind == api::Kind::kStorageClass && static_cast<const api::StorageClass&>(object).is_default();
  return is_default ? " (default)" : "";
}

}  // namespace seatrial::report
