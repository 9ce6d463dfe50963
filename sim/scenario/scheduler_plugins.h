// A profile's plugins and their arguments. Internal to sim/scenario.
#pragma once

#include "sim/scenario/reader.h"
#include "sim/scheduler/framework.h"

namespace seatrial::scenario {

// `plugins:` by extension point; multiPoint stands for all of them.
void read_plugins(Reader plugins, scheduler::Profile& profile);
// `pluginConfig:` a list of {name, args}.
void read_plugin_config(const Reader& list, scheduler::Profile& profile);

}  // namespace seatrial::scenario
