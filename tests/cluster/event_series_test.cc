// Events of events.k8s.io, as kube-scheduler reports them.
#include "sim/cluster/event_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cluster/components.h"

namespace seatrial::cluster {
namespace {

using namespace literals;
using testing::ElementsAre;
using testing::Pair;

class EventSeries : public testing::Test {
 protected:
  enum Type : std::uint8_t { kPosted, kTick };

  EventSeries()
      : kernel(1),
        api(kernel, {}),
        events(kernel.now(), "default-scheduler", api.add_client(kernel, "events", 50, 100),
               {kSchedulerComponent, kPosted}, kTick) {
    auto ns = std::make_shared<api::Namespace>();
    ns->metadata.name = "default";
    create(ns);
    auto map = std::make_shared<api::ConfigMap>();
    map->metadata.name = "web";
    map->metadata.namespace_ = "default";
    about = create(map);
  }
  api::ObjectPtr create(std::shared_ptr<api::Object> object) {
    ApiRequest request;
    request.object = std::move(object);
    return *api.execute(kernel, request);
  }
  void run_until(Duration end) {
    kernel.run_until(SimTime::at(end), [this](const Event& event) {
      ++handled;
      if (event.component == kApiServerComponent) return api.handle(kernel, event);
      if (event.type == kTick) return events.tick(kernel, api);
      events.posted(kernel, api, event.subject, {static_cast<std::uint32_t>(event.payload)});
    });
  }
  void record(const char* message) { record_about(about, message); }
  void record_about(const api::ObjectPtr& object, const char* message) {
    events.record(kernel, api, {object, true, "FailedScheduling", message, {}}, JournalId::kNone);
  }
  std::vector<std::pair<std::string, int>> stored() const {
    std::vector<std::pair<std::string, int>> all;
    for (const api::ObjectPtr& object : api.store().list(api::Kind::kEvent)) {
      const auto& event = static_cast<const api::ApiEvent&>(*object);
      all.emplace_back(event.message, event.count);
    }
    return all;
  }

  Kernel kernel;
  ApiServer api;
  EventSeriesRecorder events;
  api::ObjectPtr about;
  int handled = 0;
};

TEST_F(EventSeries, TheSecondMakesItASeriesOfTwoAndFurtherOnesAreNotWritten) {
  for (int i = 0; i < 5; ++i) {
    record("0/1 nodes are available");
    run_until(1_s * (i + 1));
    EXPECT_THAT(stored(), ElementsAre(Pair("0/1 nodes are available", i == 0 ? 1 : 2)));
  }
}

TEST_F(EventSeries, WhatComesWhileTheFirstIsBeingPostedCountsTwoAsWell) {
  for (int i = 0; i < 4; ++i) record("no");
  run_until(1_s);
  EXPECT_THAT(stored(), ElementsAre(Pair("no", 2)));
}

TEST_F(EventSeries, AnotherTextIsTheSameSeriesUntilTheObjectChanges) {
  record("one");
  run_until(1_s);
  record("two");
  run_until(2_s);
  EXPECT_THAT(stored(), ElementsAre(Pair("one", 2)));
  auto changed = std::make_shared<api::ConfigMap>(static_cast<const api::ConfigMap&>(*about));
  ++changed->metadata.resource_version;
  record_about(changed, "two");
  run_until(3_s);
  EXPECT_THAT(stored(), ElementsAre(Pair("one", 2), Pair("two", 1)));
}

TEST_F(EventSeries, TheWholeCountIsWrittenOnceSixMinutesAreOver) {
  for (int i = 0; i < 5; ++i) record("no");
  run_until(1_s);
  run_until(719_s);
  EXPECT_THAT(stored(), ElementsAre(Pair("no", 2)));
  run_until(721_s);
  EXPECT_THAT(stored(), ElementsAre(Pair("no", 5)));
  record("no");
  run_until(730_s);
  EXPECT_THAT(stored(), ElementsAre(Pair("no", 5), Pair("no", 1)));
}

TEST_F(EventSeries, ASeriesThatGoesOnIsWrittenEachHalfHour) {
  for (int minute = 0; minute < 31; ++minute) {
    run_until(60_s * minute);
    record("no");
  }
  run_until(1799_s);
  EXPECT_THAT(stored(), ElementsAre(Pair("no", 2)));
  run_until(1801_s);
  EXPECT_THAT(stored(), ElementsAre(Pair("no", testing::AnyOf(30, 31))));
}

TEST_F(EventSeries, ASingleIsForgottenAfterSixMinutesAndThenNothingIsScheduled) {
  record("once");
  run_until(1000_s);
  const int before = handled;
  run_until(100000_s);
  EXPECT_EQ(handled, before);
  record("again");
  run_until(100001_s);
  EXPECT_THAT(stored(), ElementsAre(Pair("once", 1), Pair("again", 1)));
}

}  // namespace
}  // namespace seatrial::cluster
