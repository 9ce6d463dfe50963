// What kubectl makes of its verbs: the requests that it sends, computed from what it reads first. Pure
// functions of the store and the arguments; the error is kubectl's text. Sources: k8s.io/kubectl/pkg/cmd,
// pkg/polymorphichelpers/{rollback,objectpauser,objectrestarter}.go, pkg/drain.
#pragma once

#include <deque>
#include <expected>
#include <string>

#include "sim/cluster/api_request.h"
#include "sim/cluster/store.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario {

using Requests = std::deque<cluster::ApiRequest>;

std::expected<Requests, std::string> requests_for(const Apply& verb, const cluster::Store& store,
                                                  SimTime now);
std::expected<Requests, std::string> requests_for(const Delete& verb, const cluster::Store& store,
                                                  SimTime now);
std::expected<Requests, std::string> requests_for(const Scale& verb, const cluster::Store& store,
                                                  SimTime now);
std::expected<Requests, std::string> requests_for(const SetImage& verb, const cluster::Store& store,
                                                  SimTime now);
// undo: the template of revision `to_revision` (0: the highest but one) becomes the Deployment's again;
// refused while paused, and where that revision is not there.
std::expected<Requests, std::string> requests_for(const Rollout& verb, const cluster::Store& store,
                                                  SimTime now);
std::expected<Requests, std::string> requests_for(const Cordon& verb, const cluster::Store& store,
                                                  SimTime now);
// Cordon first, then an eviction for each pod on the nodes.
std::expected<Requests, std::string> requests_for(const Drain& verb, const cluster::Store& store,
                                                  SimTime now);

}  // namespace seatrial::scenario
