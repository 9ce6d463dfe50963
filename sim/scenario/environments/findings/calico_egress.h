// What a namespace's Calico policies say about egress, and in which order Calico asks them: by `order`, those
// without one last, then by name. Kubernetes' policies stand among them with order 1000. Sources: Calico's
// documentation of NetworkPolicy; libcalico-go, lib/backend/k8s/conversion.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/environments/repository.h"

namespace seatrial::scenario::environments {

struct CalicoEgress {
  api::Symbol name;
  std::string order;         // as written; empty: none
  std::int64_t rank = 0;     // by which they are sorted: thousandths of `order`
  bool of_all_pods = false;  // its selector leaves none out
  bool denies_rest = false;  // its last rule denies, whatever the destination
  const api::ManifestObject* item = nullptr;
  bool is_last_word() const { return of_all_pods && denies_rest; }
};
inline constexpr std::int64_t kRankOfKubernetes = 1000 * 1000;

std::vector<CalicoEgress> calico_egress_of(const NamespaceFolder& folder);

}  // namespace seatrial::scenario::environments
