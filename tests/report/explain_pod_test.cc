// What `seatrial explain pod/NAME` says of a pod's life.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/report/writers.h"

namespace seatrial::report {
namespace {

using namespace literals;

SimTime at(Duration d) { return SimTime::at(d); }

TEST(ExplainPod, StagesAreInTheOrderOfTheirTimes) {
  PodRow pod;
  pod.name = "worker-1";
  pod.created = at(1_s);
  pod.started = at(3_s);
  pod.listening = at(5_s);
  pod.ready = at(4_s);  // it has no readiness probe
  EXPECT_THAT(explain_pod({}, pod, {}), testing::HasSubstr("  4s          Ready               +1s\n"
                                                           "  5s          listens             +1s\n"));
}

TEST(ExplainPod, WhatItCouldNotCallIsSaid) {
  PodRow pod;
  pod.name = "worker-1";
  pod.troubles = {{at(5_s), "sqs/jobs: AccessDenied: the pod has no role"}};
  EXPECT_THAT(explain_pod({}, pod, {}),
              testing::HasSubstr("  5s          cannot call sqs/jobs: AccessDenied: the pod has no role\n"));
}

}  // namespace
}  // namespace seatrial::report
