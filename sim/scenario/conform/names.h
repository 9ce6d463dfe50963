// The names that recordings give to objects with generated names: a ReplicaSet is DEPLOYMENT-IMAGETAG (a
// second one with the same tag has ~2), its pods REPLICASET/N in order of creation, those of a DaemonSet
// DAEMONSET/N. A StatefulSet's pod that comes again is NAME~2, the revisions of its template are rev1, rev2.
#pragma once

#include <map>
#include <string>

#include "sim/api/apps.h"
#include "sim/api/batch.h"

namespace seatrial::scenario {

class Names {
 public:
  // Each answers the name that the object goes by, the same every time.
  std::string add_replica_set(const api::ReplicaSet& replica_set);
  std::string add_job(const api::Job& job);
  std::string add_pod(const api::Pod& pod);
  std::string add_revision(const api::ControllerRevision& revision);
  std::string revision(const std::string& real_name) const;
  std::string pod(const std::string& real_name) const;
  // Replaces generated names in a message; a pod that never came to be is REPLICASET/?.
  std::string in_text(std::string text) const;
  // The real name of the pod, ReplicaSet or Job that goes by `name`; `name` if there is none.
  std::string real(const std::string& name) const;

 private:
  std::string named(const std::string& real, std::string name);          // an owner of pods
  std::map<std::string, std::string> owners_, pods_, revisions_, real_;  // real name -> name; and back
  std::map<std::string, int> tags_, next_pod_, next_job_, next_revision_;
};

}  // namespace seatrial::scenario
