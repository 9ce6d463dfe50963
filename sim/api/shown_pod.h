// What the API server shows in every pod and no struct carries: defaults that change nothing here, and the
// volume with the service account's token. They are put in when a pod is printed and taken out when it is
// read, so that a manifest that spells a default out is the same as one that leaves it to the server, and
// pods of one template go on sharing their spec. Sources: pkg/apis/core/v1/defaults.go;
// plugin/pkg/admission/serviceaccount/admission.go. Internal to sim/api.
#pragma once

#include "sim/api/meta.h"
#include "sim/api/value.h"

namespace seatrial::api {

// dnsPolicy, enableServiceLinks, securityContext; terminationMessagePath and -Policy of each container; the
// modes of files, types of paths and versions of field references that volumes and variables have.
void show_pod_defaults(Value& spec);
void hide_pod_defaults(Value& spec);

// The volume kube-api-access-xxxxx, its suffix taken from the pod's uid, last of all volumes, and its mount
// in each container that mounts nothing at that place.
void add_token_volume(Value& spec, Uid uid);
bool has_token_volume(const Value& spec);
void remove_token_volume(Value& spec);

}  // namespace seatrial::api
