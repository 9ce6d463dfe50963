#include "sim/report/recorder.h"

namespace seatrial::report {

void Recorder::on_commit(const Kernel&, const cluster::Store&, const cluster::WatchEvent& change) {
  if (change.object->kind == api::Kind::kLease) return;
  history_.push_back(change);
}

}  // namespace seatrial::report
