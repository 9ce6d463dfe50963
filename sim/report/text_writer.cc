// The report for people, section by section.
#include <algorithm>
#include <map>

#include "sim/report/plot.h"
#include "sim/report/writers.h"

namespace seatrial::report {
namespace {

constexpr std::size_t kLabel = 12;  // columns left of a plot

std::string heading(const Style& style, std::string_view text) {
  return "\n" + style.paint(Colour::kBold, text) + "\n";
}

std::string plural(std::uint64_t n, std::string_view word) {
  return with_thousands(n) + " " + std::string(word) + (n == 1 ? "" : "s");
}

std::string verdict_section(const RunResult& result, const Style& style) {
  std::size_t held = 0;
  std::uint64_t total = 0, failed = 0;
  for (const Expectation& expectation : result.expectations) held += expectation.held ? 1 : 0;
  for (const Requests& load : result.requests) {
    total += load.total;
    failed += load.failed;
  }
  std::string text = style.paint(Colour::kBold, result.full_name()) +
                     (result.description.empty() ? "" : ": " + result.description) + "\n";
  text += style.paint(result.pass ? Colour::kGreen : Colour::kRed, result.pass ? "PASS" : "FAIL");
  text += "  " + std::to_string(held) + " of " + plural(result.expectations.size(), "expectation") + " held";
  if (total > 0)
    text += "; " + plural(total, "request") + ", " +
            (failed == 0 ? std::string("none failed")
                         : with_thousands(failed) + " failed (" + share_text(failed, total) + ")");
  return text + "\n";
}

std::string expectations_section(const RunResult& result, const Style& style) {
  if (result.expectations.empty()) return "";
  std::string text = heading(style, "Expectations");
  for (const Expectation& expectation : result.expectations) {
    text += std::string("  ") +
            (expectation.held ? style.paint(Colour::kGreen, "held  ") : style.paint(Colour::kRed, "FAILED")) +
            "  ";
    text += wrapped(expectation.text, style.width, 10) + "\n";
    text += std::string(10, ' ') +
            style.paint(Colour::kDim, "seen: " + wrapped(expectation.seen, style.width, 16)) + "\n";
  }
  return text;
}

std::string violations_section(const RunResult& result, const Style& style) {
  if (result.violations.empty()) return "";
  std::string text = heading(style, "Broken invariants (a bug of seatrial, please report it)");
  for (const Violation& violation : result.violations) {
    text += "  " + padded(human(violation.at), 10) +
            wrapped(violation.rule + ": " + violation.what, style.width, 12) + "\n";
  }
  return text;
}

std::vector<std::string> latency_cells(const Latency& latency) {
  if (latency.count == 0) return {"", "", "", "", ""};
  return {human(latency.p50), human(latency.p90), human(latency.p99), human(latency.p999),
          human(latency.max)};
}

std::string outcomes_line(const Requests& load, const Style& style) {
  std::string outcomes;
  for (const auto& [outcome, count] : load.outcomes)
    outcomes += (outcomes.empty() ? "" : ", ") + outcome + " " + with_thousands(count);
  if (load.in_flight > 0) outcomes += ", in flight " + with_thousands(load.in_flight);
  return "  " + wrapped(load.load + " to " + load.to + " ended: " + outcomes, style.width, 4) + "\n";
}

Table requests_table(const std::vector<Requests>& loads, std::string_view what, std::string_view good) {
  Table table({"", std::string(what), std::string(good), "failed", "", "p50", "p90", "p99", "p99.9", "max"});
  for (const Requests& load : loads) {
    const auto add = [&](std::string name, std::uint64_t total, std::uint64_t ok, std::uint64_t failed,
                         const Latency& latency) {
      std::vector<std::string> row{std::move(name), with_thousands(total), with_thousands(ok),
                                   with_thousands(failed), share_text(failed, ok + failed)};
      for (std::string& cell : latency_cells(latency)) row.push_back(std::move(cell));
      table.add(std::move(row));
    };
    add(load.load, load.total, load.ok, load.failed, load.latency);
    for (const VersionRequests& version : load.versions) {
      add("  " + (version.version.empty() ? std::string("no pod") : version.version),
          version.ok + version.failed, version.ok, version.failed, version.latency);
    }
  }
  return table;
}

std::string requests_section(const RunResult& result, const Style& style) {
  if (result.requests.empty()) return "";
  std::string text = heading(style, "Requests") +
                     requests_table(result.requests, "requests", "ok").str(2, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  for (const Requests& load : result.requests) text += outcomes_line(load, style);
  return text;
}

std::string dns_section(const RunResult& result, const Style& style) {
  if (!result.dns) return "";
  return heading(style, "DNS") +
         requests_table({*result.dns}, "queries", "answered").str(2, {1, 2, 3, 4, 5, 6, 7, 8, 9}) +
         outcomes_line(*result.dns, style);
}

std::string queues_section(const RunResult& result, const Style& style) {
  if (result.queues.empty()) return "";
  Table table(
      {"", "messages", "done", "again", "twice", "dead", "waiting", "p50", "p90", "p99", "p99.9", "max"});
  for (const QueueRow& queue : result.queues) {
    std::vector<std::string> row{queue.name,
                                 with_thousands(queue.sent),
                                 with_thousands(queue.done),
                                 with_thousands(queue.redelivered),
                                 with_thousands(queue.repeated),
                                 with_thousands(queue.dead_lettered),
                                 with_thousands(queue.waiting)};
    for (std::string& cell : latency_cells(queue.age)) row.push_back(std::move(cell));
    table.add(std::move(row));
  }
  return heading(style, "Queues") + table.str(2, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}) +
         "  again: received a second time; twice: done a second time; dead: in the dead-letter queue\n";
}

std::string connections_section(const RunResult& result, const Style& style) {
  if (result.connection_tables.empty()) return "";
  Table table({"", "opened", "refused", "peak", "of", "at"});
  // Of many nodes those whose tables were fullest.
  constexpr std::size_t kRows = 12;
  std::vector<ConnectionTable> rows = result.connection_tables;
  if (rows.size() > kRows) {
    std::ranges::stable_sort(rows, [](const ConnectionTable& a, const ConnectionTable& b) {
      return a.peak * b.limit > b.peak * a.limit;
    });
    rows.resize(kRows);
  }
  for (const ConnectionTable& row : rows)
    table.add({row.name, with_thousands(row.opened), with_thousands(row.refused), with_thousands(row.peak),
               with_thousands(row.limit), human(row.peak_at)});
  return heading(style, "Connections") + table.str(2, {1, 2, 3, 4, 5});
}

// A line of the timeline, and how often the same happened again soon after the last time.
struct FoldedRow {
  const TimelineRow* row;
  std::size_t times = 1;
  SimTime last;
};

std::vector<FoldedRow> folded(const std::vector<TimelineRow>& timeline) {
  constexpr Duration kSoon = Duration::seconds(15);
  std::vector<FoldedRow> rows;
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> seen;  // by object and what happened
  for (const TimelineRow& row : timeline) {
    if (row.at < SimTime()) continue;
    const auto [at, added] = seen.try_emplace({row.object, row.what}, rows.size());
    if (!added && !row.by_user && row.at - rows[at->second].last <= kSoon) {
      ++rows[at->second].times;
      rows[at->second].last = row.at;
    } else {
      at->second = rows.size();
      rows.push_back({&row, 1, row.at});
    }
  }
  return rows;
}

std::string timeline_section(const RunResult& result, const Style& style) {
  constexpr std::size_t kRows = 48;
  std::string text = heading(style, "Timeline");
  std::size_t shown = 0, hidden = 0;
  for (const auto& [entry, times, last] : folded(result.timeline)) {
    const TimelineRow& row = *entry;
    if (shown >= kRows && !row.by_user) {
      ++hidden;
      continue;
    }
    ++shown;
    std::string what = (row.object.empty() ? "" : row.object + ": ") + row.what;
    if (times > 1) what += " (" + std::to_string(times) + " times, until " + human(last) + ")";
    const std::string line = wrapped(what, style.width, 14);
    text += "  " + padded(human(row.at), 10) +
            (row.by_user ? style.paint(Colour::kCyan, "> " + line) : "  " + line) + "\n";
  }
  if (hidden > 0)
    text += style.paint(Colour::kDim, "  … and " + plural(hidden, "line") + " more (-o json has them all)") +
            "\n";
  return shown == 0 ? "" : text;
}

std::string axis(std::int64_t to, std::size_t width) {
  return std::string(kLabel, ' ') + time_axis(0, to, width) + "\n";
}

std::string replicas_section(const RunResult& result, const Style& style) {
  if (result.replicas.empty() || result.end <= SimTime()) return "";
  const std::size_t width = style.width > kLabel + 8 ? style.width - kLabel - 6 : 10;
  std::string text = heading(style, "Ready replicas by version");
  std::string workload;
  std::int64_t top = 1;
  for (const ReplicaSeries& series : result.replicas) {
    for (const ReplicaPoint& point : series.points) top = std::max<std::int64_t>(top, point.ready);
  }
  for (const ReplicaSeries& series : result.replicas) {
    if (series.workload != workload) text += "  " + series.workload + "\n";
    workload = series.workload;
    std::vector<Step> steps;
    std::int64_t most = 0;
    for (const ReplicaPoint& point : series.points) {
      steps.push_back({point.at.count(), point.ready});
      most = std::max<std::int64_t>(most, point.ready);
    }
    const std::string line = bars(sampled(steps, 0, result.end.count(), width), width, top);
    text += "    " + padded(series.version, kLabel - 4) + style.paint(Colour::kCyan, line) + " " +
            (most == 0 ? "0" : "max " + std::to_string(most)) + "\n";
  }
  return text + axis(result.end.count(), width);
}

std::string latency_plot(const LoadSeries& series, std::int64_t end, const Style& style, std::size_t width) {
  std::vector<std::int64_t> p50, p99;
  std::int64_t top = 0;
  for (const SecondRow& row : series.seconds) {
    p50.push_back(row.ok > 0 ? row.p50.count() : -1);
    p99.push_back(row.ok > 0 ? row.p99.count() : -1);
    top = std::max(top, p99.back());
  }
  if (top <= 0) return "";
  std::string text = "  " + series.load + ": latency p50 and p99, by second of sending\n";
  const std::vector<std::string> lines = curves({p50, p99}, width, 5, top);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string label = i == 0 ? human(Duration::nanos(top)) : i + 1 == lines.size() ? "0" : "";
    text += "  " + padded(label, kLabel - 3, true) + " " + style.paint(Colour::kCyan, lines[i]) + "\n";
  }
  return text + axis(end, width);
}

std::string failures_plot(const LoadSeries& series, std::int64_t end, const Style& style, std::size_t width) {
  std::vector<std::int64_t> failed;
  std::int64_t top = 0;
  for (const SecondRow& row : series.seconds) {
    failed.push_back(static_cast<std::int64_t>(row.failed));
    top = std::max(top, failed.back());
  }
  if (top == 0) return "";
  std::string line = bars(failed, width, top);
  line.erase(line.find_last_not_of(' ') + 1);
  return "  " + series.load + ": failed requests, by second of sending\n" + "  " +
         padded(std::to_string(top) + "/s", kLabel - 3, true) + " " + style.paint(Colour::kRed, line) + "\n" +
         axis(end, width);
}

std::string series_section(const RunResult& result, const Style& style) {
  const std::size_t width = style.width > kLabel + 8 ? style.width - kLabel - 6 : 10;
  std::string text;
  for (const LoadSeries& series : result.series) {
    const auto end = static_cast<std::int64_t>(series.seconds.size()) * 1'000'000'000;
    text += latency_plot(series, end, style, width) + failures_plot(series, end, style, width);
  }
  return text.empty() ? "" : heading(style, "Latency and failures over time") + text;
}

std::string findings_section(const RunResult& result, const Style& style) {
  if (result.findings.empty()) return "";
  std::string text = heading(style, "Findings");
  for (std::size_t i = 0; i < result.findings.size(); ++i)
    text += explain_finding(result.findings[i], i + 1, style);
  return text;
}

std::string footer(const RunResult& result, const Style& style) {
  std::string text;
  for (const std::string& note : result.not_simulated) text += "stored, not simulated: " + note + "\n";
  text += "seed " + std::to_string(result.seed) + "  fingerprint " + result.fingerprint + "  " +
          human(result.simulated) + " simulated";
  if (result.wall) {
    text += " in " + human(*result.wall);
    if (*result.wall > Duration::millis(1))
      text += " (" + with_thousands(static_cast<std::uint64_t>(result.simulated / *result.wall)) +
              " times faster than it runs)";
  }
  return "\n" + style.paint(Colour::kDim, text) + "\n";
}

}  // namespace

std::string text_report(const RunResult& result, const Style& style) {
  return verdict_section(result, style) + expectations_section(result, style) +
         violations_section(result, style) + findings_section(result, style) +
         requests_section(result, style) + dns_section(result, style) + queues_section(result, style) +
         connections_section(result, style) + timeline_section(result, style) +
         replicas_section(result, style) + series_section(result, style) + footer(result, style);
}

std::string explain_finding(const Finding& finding, std::size_t number, const Style& style) {
  const Colour colour = finding.severity == Severity::kError     ? Colour::kRed
                        : finding.severity == Severity::kWarning ? Colour::kYellow
                                                                 : Colour::kCyan;
  const std::string label = std::to_string(number) + ". ";
  std::string text = "  " + style.paint(colour, label + std::string(to_string(finding.severity))) + "  " +
                     wrapped(finding.what + " [" + finding.rule + "]", style.width, 5) + "\n";
  std::string mark = "why:    ";
  for (const std::string& link : finding.chain) {
    text += "     " + mark + wrapped(link, style.width, 13) + "\n";
    mark = "because ";
  }
  text +=
      "     " + style.paint(Colour::kBold, "change:") + " " + wrapped(finding.change, style.width, 13) + "\n";
  if (finding.manifest.line > 0) text += "     where:  " + finding.manifest.str() + "\n";
  return text;
}

std::string explain_request(const ExplainedRequest& request, const Style& style) {
  std::string text =
      style.paint(Colour::kBold, "request/" + std::to_string(request.id)) + " of load " + request.load +
      ": " + style.paint(request.outcome == "ok" ? Colour::kGreen : Colour::kRed, request.outcome) +
      (request.http_code > 0 ? " (HTTP " + std::to_string(request.http_code) + ")" : "") + "\n";
  text += "  sent " + human(request.sent) + ", ended " + human(request.ended - request.sent) + " later, " +
          plural(static_cast<std::uint64_t>(request.attempts), "attempt") + ", " +
          std::to_string(request.tries) + (request.tries == 1 ? " pod" : " pods") +
          " tried in the last one\n";
  if (!request.pod.empty())
    text += "  pod " + request.pod + (request.version.empty() ? "" : " of version " + request.version) +
            (request.phase.empty() ? "" : ": " + request.phase) + "\n";
  std::string mark = "why:    ";
  for (const CauseStep& step : request.cause) {
    const std::string where = step.manifest.line > 0 ? " (" + step.manifest.str() + ")" : "";
    text += "  " + mark + padded(human(step.at), 10) + wrapped(step.what + where, style.width, 20) + "\n";
    mark = "because ";
  }
  return text;
}

std::string explain_pod(const RunResult& result, const PodRow& pod, const Style& style) {
  std::string text = style.paint(Colour::kBold, "pod/" + pod.name) + " in " + pod.namespace_ + ", version " +
                     pod.version + (pod.workload.empty() ? "" : ", of " + pod.workload) +
                     (pod.node.empty() ? "" : ", on " + pod.node) + "\n";
  std::pair<const char*, std::optional<SimTime>> stages[] = {{"created", pod.created},
                                                             {"scheduled", pod.scheduled},
                                                             {"container started", pod.started},
                                                             {"listens", pod.listening},
                                                             {"Ready", pod.ready},
                                                             {"deletion requested", pod.deleted},
                                                             {"SIGTERM", pod.sigterm},
                                                             {"stops accepting", pod.stopped_accepting},
                                                             {"process exited", pod.exited},
                                                             {"object gone", pod.gone}};
  // Without a readiness probe a pod is Ready before it listens.
  std::ranges::stable_sort(stages, {}, [](const auto& stage) { return stage.second; });
  std::optional<SimTime> before;
  for (const auto& [what, at] : stages) {
    if (!at) continue;
    text +=
        "  " + padded(human(*at), 12) + padded(what, 20) + (before ? "+" + human(*at - *before) : "") + "\n";
    before = at;
  }
  for (const auto& [at, what] : pod.troubles)
    text += "  " + padded(human(at), 12) + style.paint(Colour::kRed, "cannot call") + " " +
            wrapped(what, style.width, 14) + "\n";
  if (pod.restarts > 0) text += "  " + plural(static_cast<std::uint64_t>(pod.restarts), "restart") + "\n";
  if (!pod.last_phase.empty()) text += "  last seen " + pod.last_phase + "\n";
  for (const EventRow& event : result.events) {
    if (event.object != "pod/" + pod.name || event.namespace_ != pod.namespace_) continue;
    text += "  " + padded(human(event.first), 12) + event.type + " " + event.reason + ": " +
            wrapped(event.message, style.width, 14) +
            (event.count > 1 ? " (x" + std::to_string(event.count) + ")" : "") + "\n";
  }
  return text;
}

std::string events_table(const std::vector<EventRow>& events, SimTime now) {
  if (events.empty()) return "No resources found\n";
  Table table({"LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"});
  for (const EventRow& event : events) {
    std::string seen = age(now - event.last);
    if (event.count > 1)
      seen += " (x" + std::to_string(event.count) + " over " + age(now - event.first) + ")";
    table.add({seen, event.type, event.reason, event.object, event.message});
  }
  return table.str(0, {}, 3);
}

}  // namespace seatrial::report
