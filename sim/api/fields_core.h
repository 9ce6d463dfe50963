// Fields of the core group's types (codec.h): those that other kinds' files need. Internal to sim/api.
#pragma once

#include "sim/api/core.h"
#include "sim/api/fields_meta.h"

namespace seatrial::api {

template <>
struct EnumNames<PullPolicy> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "Always"sv, "IfNotPresent"sv, "Never"sv};
};
template <>
struct EnumNames<RestartPolicy> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{"Always"sv, "OnFailure"sv, "Never"sv};
};
template <>
struct EnumNames<PodPhase> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{"Pending"sv, "Running"sv, "Succeeded"sv, "Failed"sv, "Unknown"sv};
};
template <>
struct EnumNames<QosClass> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{"BestEffort"sv, "Burstable"sv, "Guaranteed"sv};
};

template <class V>
void fields(V& v, NodeSelectorTerm& t) {
  v("matchExpressions", t.match_expressions);
  v("matchFields", t.match_fields);
}

// Defined in pod_fields.cc.
void fields(Decoder& v, PodSpec& spec);
void fields(Encoder& v, PodSpec& spec);
void fields(Decoder& v, PodTemplateSpec& t);
void fields(Encoder& v, PodTemplateSpec& t);

}  // namespace seatrial::api
