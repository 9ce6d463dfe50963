// The record types that the cluster writes into the journal: every change of the control plane, each with its
// cause. JournalRecord::subject_kind is an api::Kind, subject the object's index; text, where not empty, says
// more.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/engine/kernel.h"

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
  kPrinted,     // kubectl said so; text: its words; value 1: nobody saw it, as another runs kubectl's code
  kSaid,        // someone else did; text: who, and the words
  kNoCapacity,  // EC2 had no instance; value: how often for this one; text: which, where, for which node
  kEnded,  // what an entry of the timeline began has ended (cause: the entry); value: pods that it deleted
           // by force; other: 0 if it was done, else 1
  // The kernel kills a container's process; value: the bytes that it used; text: of what, and what for. By
  // its own limit, or, with other_kind Node, as all of the node's pods together used too much.
  kOutOfMemory,
  kEndedByKubelet,  // the kubelet evicts a pod, or ends it as its node shuts down; text: its words
  kNoAddress,       // a pod's sandbox got no address; value: an AddressShortage; text: why
  kWayChanged,      // the VPC's network carries packets from one place to another no more (value 0), or again
                    // (1); text: where, and which object stops them
  // A pod cannot call a resource that its requests need, or receive from its queue; value: a cloud::Denial,
  // if its role or its credentials are why; text: which, and how it notices.
  kCannotCall,
  kPipeline,  // a pipeline's step; text: whose, and the words; value: 1 if it failed
  // What a pod needs of ConfigMaps and Secrets is not there, or it is told to run as root and must not;
  // value: index of the container that needs it; other 1: as a volume; text: in the kubelet's words.
  kConfigMissing,
  kReloaded,        // an ingress controller's replica has new workers; text: which controller, other: replica
  kCertificate,     // value: a CertificateState; text: what became of which certificate
  kReplicaEnds,     // an ingress controller's replica gets SIGTERM; text: which controller, other: replica
  kPolicyEnforced,  // packets to the pod are dropped by network policies from now on (value 0), or not any
                    // more (1); text: whose, and by which rule of which policy
  kCannotResolve,   // a pod got no address for a name; text: which, and why; value: queries that it takes
  kRouteChanged,    // requests of a load (subject) lead elsewhere (value 1), or nowhere (0); text: why
  kDeregistered,    // a load balancer (text) has given up a target; subject: the pod
  // A NAT gateway has no port left for a destination (other 0), or a node's conntrack table is full (1);
  // value 1: it has room again; text: words.
  kTableFull,
  kRouteLeft,  // as kRouteChanged (0): another way serves the host now, and DNS leads here still
  kDnsRecord,  // what DNS answers for a name is another record (value 1) or none (0) now; text: which
  // Route 53 makes none of a batch of changes; value: a cloud::DnsFault; other: of how many names; text: why.
  kDnsRefused,
};
std::string_view to_string(RecordType type);

// Writes a record that is no more than words.
JournalId record_words(Kernel& kernel, RecordType type, std::string_view words, JournalId cause);

}  // namespace seatrial::cluster
