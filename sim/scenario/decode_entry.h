// One entry of the timeline while it is read, and what the verbs share. Internal to sim/scenario.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/decode.h"

namespace seatrial::scenario {

// The verb's value, and its neighbours, which are the verb's flags.
struct Entry {
  Reader& map;
  Reader verb;
  Parts& parts;
  std::size_t index;  // in the timeline, as written
};

// A key of an entry that is a verb, and its reader, which also writes the command line.
struct VerbRow {
  std::string_view key;
  Action (*read)(Entry& entry, std::string& text);
};
std::span<const VerbRow> kubectl_verbs();
std::span<const VerbRow> node_verbs();  // recycle, updateNodeGroup
Action read_merge(Entry& entry, std::string& text);
Action read_merge_environments(Entry& entry, std::string& text);
std::span<const VerbRow> vpc_verbs();
std::span<const VerbRow> certificate_verbs();  // issuer, renew

Action read_delete_records(Entry& entry, std::string& text);
Action read_change_registry(Entry& entry, std::string& text);
Action read_lose_sts(Entry& entry, std::string& text);

// `for`, of faults that heal; and in words.
std::optional<Duration> read_lasts(Entry& entry);
std::string lasts_text(const std::optional<Duration>& lasts);
// Reports a name that the platform does not know.
void require_name(const Reader& at, api::Symbol name, const std::vector<std::string>& known,
                  std::string_view what);
// A node's name or a list of them, or {nodeGroup, zone, nodes} or {…, oldest}.
NodeChoice read_nodes(const Reader& at, const Platform& platform);
std::string nodes_text(const NodeChoice& choice);

}  // namespace seatrial::scenario
