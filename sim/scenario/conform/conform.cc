#include "sim/scenario/conform/conform.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "sim/scenario/conform/compare.h"
#include "sim/scenario/conform/control_plane.h"
#include "sim/scenario/conform/kubelet.h"
#include "sim/scenario/conform/recording.h"
#include "sim/scenario/conform/worlds.h"

namespace seatrial::scenario {

using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct Totals {
  std::array<int, 5> fields{};
  int recordings = 0, unreadable = 0;
  json rows = json::array();
};

std::vector<fs::path> recordings_in(const std::vector<fs::path>& paths, Totals& totals, std::ostream& out) {
  std::vector<fs::path> files;
  for (const fs::path& path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      std::vector<fs::path> found;
      for (const auto& entry : fs::recursive_directory_iterator(path)) {
        if (entry.path().extension() == ".json") found.push_back(entry.path());
      }
      std::ranges::sort(found);
      files.insert(files.end(), found.begin(), found.end());
    } else if (fs::exists(path, error)) {
      files.push_back(path);
    } else {
      fmt::print(out, "{}: no such file or folder\n", path.string());
      ++totals.unreadable;
    }
  }
  return files;
}

void report(const std::string& recording, const FieldVerdict& verdict, const ConformOptions& options,
            Totals& totals, std::ostream& out) {
  ++totals.fields[static_cast<std::size_t>(verdict.agreement)];
  const bool disagrees =
      verdict.agreement == Agreement::kDiffers || verdict.agreement == Agreement::kNotSupported;
  if (options.json) {
    totals.rows.push_back({{"recording", recording},
                           {"field", verdict.field},
                           {"agreement", to_string(verdict.agreement)},
                           {"recorded", verdict.recorded},
                           {"simulated", verdict.simulated}});
    return;
  }
  if (!disagrees && !options.verbose) return;
  fmt::print(out, "{:<52} {:<28} {}\n", recording, verdict.field, to_string(verdict.agreement));
  if (disagrees)
    fmt::print(out, "    recorded   {}\n    simulated  {}\n", verdict.recorded, verdict.simulated);
}

void conform_control_plane(const fs::path& file, const ConformOptions& options, Totals& totals,
                           std::ostream& out) {
  const auto recording = load_recording(file);
  if (!recording) {
    fmt::print(out, "{}\n", recording.error());
    ++totals.unreadable;
    return;
  }
  const std::string name = recording->topic + "/" + recording->name;
  std::vector<FieldVerdict> verdicts;
  // What a quiet machine does is compared; where that differs, what others do as well.
  std::vector<std::vector<json>> runs;
  for (const Machine machine : {Machine::kQuiet, Machine::kShared, Machine::kCrowded, Machine::kOrdered}) {
    runs.emplace_back();
    for (int seed = 1; seed <= options.seeds; ++seed) {
      const Duration phase = Duration::seconds(1) * (2 * seed - 1) / (2 * options.seeds);
      auto run = play(*recording, static_cast<std::uint64_t>(seed), phase, machine);
      if (!run) {
        report(name, {"input", Agreement::kNotSupported, run.error(), "nothing"}, options, totals, out);
        return;
      }
      runs.back().push_back(std::move(*run));
    }
    verdicts = compare(*recording, runs);
    if (std::ranges::find(verdicts, Agreement::kDiffers, &FieldVerdict::agreement) == verdicts.end()) break;
  }
  for (const FieldVerdict& verdict : verdicts) report(name, verdict, options, totals, out);
}

void conform_worlds(const fs::path& file, const json& document, const ConformOptions& options, Totals& totals,
                    std::ostream& out) try {
  for (const FieldVerdict& verdict : judge_worlds(document))
    report("networkpolicy/" + file.stem().string(), verdict, options, totals, out);
} catch (const std::exception& error) {
  fmt::print(out, "{}: {}\n", file.string(), error.what());
  ++totals.unreadable;
}

int finish(const Totals& totals, const ConformOptions& options, std::ostream& out) {
  const auto count = [&](Agreement a) { return totals.fields[static_cast<std::size_t>(a)]; };
  const bool agrees = count(Agreement::kDiffers) + count(Agreement::kNotSupported) == 0;
  if (options.json) {
    out << json({{"recordings", totals.recordings}, {"fields", totals.rows}, {"agrees", agrees}}).dump(1)
        << '\n';
  } else {
    fmt::print(out, "{} recordings: {} same, {} race, {} within range, {} differ, {} not supported\n",
               totals.recordings, count(Agreement::kSame), count(Agreement::kRace),
               count(Agreement::kWithinRange), count(Agreement::kDiffers), count(Agreement::kNotSupported));
  }
  return totals.unreadable > 0 ? 2 : agrees ? 0 : 1;
}

}  // namespace

int conform(const std::vector<fs::path>& paths, const ConformOptions& options, std::ostream& out) {
  Totals totals;
  std::vector<KubeletRecording> kubelets;
  for (const fs::path& file : recordings_in(paths, totals, out)) {
    std::ifstream in(file);
    const json document = json::parse(in, nullptr, false);
    if (document.is_discarded()) {
      fmt::print(out, "{}: not JSON\n", file.string());
      ++totals.unreadable;
      continue;
    }
    ++totals.recordings;
    if (is_kubelet_recording(document)) {
      auto recording = load_kubelet_recording(file, document);
      if (recording) {
        kubelets.push_back(std::move(*recording));
      } else {
        report("kubelet/" + file.stem().string(),
               {"input", Agreement::kNotSupported, recording.error(), "nothing"}, options, totals, out);
      }
    } else if (is_policy_recording(document)) {
      conform_worlds(file, document, options, totals, out);
    } else {
      conform_control_plane(file, options, totals, out);
    }
  }
  if (!kubelets.empty()) {
    for (const auto& [name, verdict] : conform_kubelet(kubelets, options, out))
      report(name, verdict, options, totals, out);
  }
  return finish(totals, options, out);
}

}  // namespace seatrial::scenario
