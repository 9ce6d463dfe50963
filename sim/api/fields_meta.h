// Fields of metadata, selectors and conditions (codec.h). Internal to sim/api.
#pragma once

#include <array>

#include "sim/api/codec.h"

namespace seatrial::api {

using namespace std::string_view_literals;

template <>
struct EnumNames<ConditionStatus> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{"True"sv, "False"sv, "Unknown"sv};
};
template <>
struct EnumNames<LabelSelectorRequirement::Operator> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{"In"sv, "NotIn"sv, "Exists"sv, "DoesNotExist"sv, "Gt"sv, "Lt"sv};
};

template <class V>
void fields(V& v, OwnerReference& o) {
  v.always("apiVersion", o.api_version);
  v("blockOwnerDeletion", o.block_owner_deletion);
  v("controller", o.controller);
  v.always("kind", o.kind);
  v.always("name", o.name);
  v.always("uid", o.uid);
}

template <class V>
void fields(V& v, LabelSelectorRequirement& r) {
  v.always("key", r.key);
  v.always("operator", r.op);
  v("values", r.values);
}

template <class V>
void fields(V& v, LabelSelector& s) {
  v("matchExpressions", s.match_expressions);
  v("matchLabels", s.match_labels);
}

template <class V>
void fields(V& v, ObjectMeta& m) {
  v("annotations", m.annotations);
  if constexpr (V::kDecoding) {
    v("creationTimestamp", m.creation_timestamp);
  } else if (!m.uid.empty()) {
    v("creationTimestamp", m.creation_timestamp);
  }
  v("deletionGracePeriodSeconds", m.deletion_grace_period_seconds);
  v("deletionTimestamp", m.deletion_timestamp);
  v("finalizers", m.finalizers);
  v("generateName", m.generate_name);
  v("generation", m.generation);
  v("labels", m.labels);
  v("name", m.name);
  v("namespace", m.namespace_);
  v("ownerReferences", m.owner_references);
  v("resourceVersion", m.resource_version);
  v("uid", m.uid);
}

// Which times a condition has depends on the kind.
enum class ConditionTimes : std::uint8_t { kTransition, kUpdate, kHeartbeat, kProbe };

template <ConditionTimes kTimes, class V>
void condition_fields(V& v, Condition& c) {
  if constexpr (kTimes == ConditionTimes::kProbe) {
    if (V::kDecoding || c.last_probe_time != SimTime()) v("lastProbeTime", c.last_probe_time);
  }
  if constexpr (kTimes == ConditionTimes::kUpdate) v("lastUpdateTime", c.last_update_time);
  if constexpr (kTimes == ConditionTimes::kHeartbeat) v("lastHeartbeatTime", c.last_update_time);
  v("lastTransitionTime", c.last_transition_time);
  v("message", c.message);
  v("reason", c.reason);
  v.always("status", c.status);
  v.always("type", c.type);
}

template <ConditionTimes kTimes>
struct ConditionAs {
  Condition condition;
};
template <class V, ConditionTimes kTimes>
void fields(V& v, ConditionAs<kTimes>& c) {
  condition_fields<kTimes>(v, c.condition);
}

template <ConditionTimes kTimes, class V>
void conditions(V& v, std::vector<Condition>& all) {
  std::vector<ConditionAs<kTimes>> list;
  for (const Condition& condition : all) list.push_back({condition});
  v("conditions", list);
  if constexpr (V::kDecoding) {
    all.clear();
    for (const auto& item : list) all.push_back(item.condition);
  }
}

}  // namespace seatrial::api
