#include "sim/scenario/conform/names.h"

#include <vector>

namespace seatrial::scenario {

namespace {

std::string image_tag(const api::PodSpec& spec) {
  if (spec.containers.empty()) return "";
  const std::string& image = spec.containers.front().image.str();
  const auto colon = image.rfind(':');
  return colon == std::string::npos ? "latest" : image.substr(colon + 1);
}

}  // namespace

std::string Names::named(const std::string& real, std::string name) {
  real_[name] = real;
  return owners_[real] = std::move(name);
}

std::string Names::add_replica_set(const api::ReplicaSet& rs) {
  const std::string& real = rs.metadata.name.str();
  const auto it = owners_.find(real);
  if (it != owners_.end()) return it->second;
  const api::OwnerReference* owner = rs.metadata.controller_ref();
  std::string name = real;
  if (owner != nullptr) {
    name = owner->name.str() + "-" + image_tag(*rs.template_->spec);
    const int n = ++tags_[name];
    if (n > 1) name += "~" + std::to_string(n);
  }
  return named(real, std::move(name));
}

std::string Names::add_job(const api::Job& job) {
  const std::string& real = job.metadata.name.str();
  const auto it = owners_.find(real);
  if (it != owners_.end()) return it->second;
  const api::OwnerReference* owner = job.metadata.controller_ref();
  if (owner == nullptr) return named(real, real);
  return named(real, owner->name.str() + "/" + std::to_string(next_job_[owner->name.str()]++));
}

std::string Names::add_pod(const api::Pod& pod) {
  const std::string& real = pod.metadata.name.str();
  const api::OwnerReference* owner = pod.metadata.controller_ref();
  std::string name = real;
  if (owner != nullptr && owner->kind == api::Symbol("StatefulSet")) {
    const int n = ++next_pod_[real];
    if (n > 1) name += "~" + std::to_string(n);
  } else if (owner != nullptr) {
    const auto rs = owners_.find(owner->name.str());
    const std::string base = rs == owners_.end() ? owner->name.str() : rs->second;
    name = base + "/" + std::to_string(next_pod_[base]++);
  }
  real_[name] = real;
  return pods_[real] = name;
}

std::string Names::add_revision(const api::ControllerRevision& revision) {
  const std::string& real = revision.metadata.name.str();
  const auto it = revisions_.find(real);
  if (it != revisions_.end()) return it->second;
  const api::OwnerReference* owner = revision.metadata.controller_ref();
  const int n = ++next_revision_[owner == nullptr ? "" : owner->name.str()];
  return revisions_[real] = "rev" + std::to_string(n);
}

std::string Names::revision(const std::string& real_name) const {
  const auto it = revisions_.find(real_name);
  return it == revisions_.end() ? real_name : it->second;
}

std::string Names::pod(const std::string& real_name) const {
  const auto it = pods_.find(real_name);
  return it == pods_.end() ? real_name : it->second;
}

std::string Names::real(const std::string& name) const {
  const auto it = real_.find(name);
  return it == real_.end() ? name : it->second;
}

std::string Names::in_text(std::string text) const {
  for (const auto& [real, name] : pods_) {
    for (std::size_t at = 0; (at = text.find(real, at)) != std::string::npos; at += name.size())
      text.replace(at, real.size(), name);
  }
  for (const auto& [real, name] : owners_) {
    for (std::size_t at = 0; (at = text.find(real, at)) != std::string::npos;) {
      std::size_t length = real.size();
      std::string put = name;
      // "-abcde" behind it makes it a pod's name, of one that never came to be.
      if (text.size() >= at + length + 6 && text[at + length] == '-') {
        put = name + "/?";
        length += 6;
      }
      text.replace(at, length, put);
      at += put.size();
    }
  }
  return text;
}

}  // namespace seatrial::scenario
