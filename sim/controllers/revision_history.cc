#include "sim/controllers/revision_history.h"

#include <tuple>

#include "sim/api/template_hash.h"

namespace seatrial::controllers {

using api::ControllerRevision;
using api::Kind;

namespace {

constexpr std::size_t kLongestPrefix = 223;

ControllerRevision draft_of(const RevisionSource& source, std::int64_t number, std::int32_t collision_count) {
  const api::ObjectMeta& owner = source.owner.metadata;
  const std::string hash = api::template_hash(*source.template_, collision_count);
  ControllerRevision revision;
  revision.metadata.name = owner.name.str().substr(0, kLongestPrefix) + "-" + hash;
  revision.metadata.namespace_ = owner.namespace_;
  revision.metadata.labels = source.template_->labels;
  revision.metadata.labels.edit().set(source.hash_label, hash);
  revision.metadata.annotations = owner.annotations;
  revision.metadata.owner_references = {controller_reference(source.owner)};
  revision.template_ = source.template_;
  revision.revision = number;
  revision.source = source.owner.source;
  return revision;
}

}  // namespace

void sort_revisions(std::vector<RevisionPtr>& revisions) {
  std::ranges::sort(revisions, {}, [](const RevisionPtr& r) {
    return std::tuple(r->revision, r->metadata.creation_timestamp, r->metadata.name.view());
  });
}

RevisionPtr find_revision(const std::vector<RevisionPtr>& sorted, const api::PodTemplateSpec& t) {
  const auto at =
      std::find_if(sorted.rbegin(), sorted.rend(), [&](const RevisionPtr& r) { return *r->template_ == t; });
  return at == sorted.rend() ? nullptr : *at;
}

std::vector<RevisionPtr> surplus_revisions(const std::vector<RevisionPtr>& sorted,
                                           const std::vector<api::Symbol>& used, std::int32_t limit) {
  std::vector<RevisionPtr> history = sorted;
  std::erase_if(history,
                [&](const RevisionPtr& r) { return std::ranges::count(used, r->metadata.name) > 0; });
  const auto kept = std::min(history.size(), static_cast<std::size_t>(std::max(limit, 0)));
  history.resize(history.size() - kept);
  return history;
}

Step<std::vector<RevisionPtr>> claim_revisions(Sync& sync, const api::Object& owner,
                                               const api::LabelSelector& selector) {
  const auto& candidates = sync.pin([&] {
    std::vector<RevisionPtr> found;
    for (const auto* indexes :
         {&sync.cache().controlled_by(Kind::kControllerRevision, owner.metadata.uid),
          &sync.cache().orphans(Kind::kControllerRevision, owner.metadata.namespace_)}) {
      for (const std::uint32_t index : *indexes) {
        RevisionPtr revision = sync.cache().get<ControllerRevision>({index});
        if (selector.matches(*revision->metadata.labels)) found.push_back(std::move(revision));
      }
    }
    return found;
  });
  auto revisions = claim<ControllerRevision>(sync, owner, selector, candidates);
  if (revisions) sort_revisions(*revisions);
  return revisions;
}

Step<RevisionPtr> revision_in_force(Sync& sync, const RevisionSource& source,
                                    const std::vector<RevisionPtr>& sorted, std::int32_t& collision_count) {
  const std::int64_t next = sorted.empty() ? 1 : sorted.back()->revision + 1;
  if (const RevisionPtr known = find_revision(sorted, *source.template_)) {
    if (known == sorted.back()) return known;
    return write<ControllerRevision>(sync, [&] {
      ControllerRevision again = *known;
      again.revision = next;
      return request(Verb::kUpdate, again);
    });
  }
  for (;;) {
    const ApiResult* const result =
        sync.write([&] { return request(Verb::kCreate, draft_of(source, next, collision_count)); });
    if (!result) return pending();
    if (*result) return std::static_pointer_cast<const ControllerRevision>(**result);
    if (!is_already_exists(result->error())) return failed(result->error());
    const auto& other = sync.pin([&] {
      const ControllerRevision draft = draft_of(source, next, collision_count);
      return sync.cache().find<ControllerRevision>(draft.metadata.namespace_, draft.metadata.name);
    });
    if (!other) return failed(result->error());  // not seen yet
    if (*other->template_ == *source.template_) return other;
    ++collision_count;
  }
}

Step<Done> delete_revisions(Sync& sync, const std::vector<RevisionPtr>& revisions) {
  for (const RevisionPtr& revision : revisions) {
    const ApiResult* const result = sync.write([&] { return delete_request(*revision); });
    if (!result) return pending();
    if (!*result && !is_not_found(result->error())) return failed(result->error());
  }
  return Done();
}

}  // namespace seatrial::controllers
