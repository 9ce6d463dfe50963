// The record types that the cluster writes into the journal: every change of the control plane, each with its
// cause. JournalRecord::subject_kind is an api::Kind, subject the object's index; text, where not empty, says
// more.
#pragma once

#include <cstdint>
#include <string_view>

namespace seatrial::cluster {

enum class RecordType : std::uint16_t {
  kNone,
  kAction,   // the scenario's timeline did something; text says what
  kCreated,  // value: resourceVersion; other: client
  kUpdated,  // the same; text: what changed, where somebody may ask
  kStatusUpdated,
  kBound,              // other: node
  kDeletionRequested,  // deletionTimestamp set; value: grace period in seconds
  kDeleted,            // the object is gone
  kRefused,            // a write was refused; text: the API server's words
  kScaled,             // a ReplicaSet's or Deployment's size; value: new size; text
  kContainerStarted,   // subject: pod; value: container index
  kListening,          // the process accepts connections
  kReady,
  kUnready,  // the pod's Ready condition
  kSigterm,
  kStoppedAccepting,
  kExited,
  kSigkill,
  kNetworkDown,
  kProbeFailed,
  kPullFailed,        // value: container index; other: a cloud::PullRefusal; text: in the kubelet's words
  kEndpointsChanged,  // subject: service, as stored
  kUpstreamsChanged,  // an ingress or proxy applied new endpoints
  kFault,             // an injected fault
  kInvariantBroken,
  kPrinted,  // kubectl said so; text: its words
};
std::string_view to_string(RecordType type);

}  // namespace seatrial::cluster
