// SQS queues, whether a module or a resource makes them. Internal to sim/cloud/terraform.
#pragma once

#include "sim/cloud/terraform/module_call.h"

namespace seatrial::cloud::terraform {

// The arguments have the same names in both.
Queue read_queue(const Call& call);

}  // namespace seatrial::cloud::terraform
