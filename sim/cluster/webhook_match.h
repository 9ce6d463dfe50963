// Which requests a webhook's rules and selectors mean. Of values only; internal to sim/cluster.
// Sources: k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/{rules,namespace,object}.
#pragma once

#include <string>
#include <string_view>

#include "sim/cluster/webhooks.h"

namespace seatrial::cluster {

// https://policy.example.com:8443/x is policy.example.com:8443; without a port, :443.
std::string host_of(std::string_view url);

}  // namespace seatrial::cluster
