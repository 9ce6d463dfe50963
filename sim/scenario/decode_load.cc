// `load:` who sends requests where, how often, and with which manners.
#include <algorithm>
#include <array>
#include <charconv>

#include "sim/api/networking.h"
#include "sim/scenario/decode.h"
#include "sim/scenario/route.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

using traffic::Arrivals;
using traffic::Outcome;
using traffic::Rate;

Rate read_rate(const Reader& at) {
  if (!at) return {};
  if (!at.is_scalar()) {
    at.problem(wrong_type("a rate", at.value()));
    return {};
  }
  const auto rate = parse_rate(at.value().text);
  if (!rate) at.problem(rate.error());
  return rate.value_or(Rate{});
}

Arrivals read_profile(const Reader& points, SimTime end) {
  std::vector<traffic::ProfilePoint> profile;
  for (Reader point : points.items()) {
    if (!point.expect_map()) continue;
    const Reader at = point.required("at");
    const SimTime when = SimTime::at(at.duration(Duration()));
    const Rate rate = read_rate(point.required("rate"));
    point.done();
    if (!profile.empty() && when < profile.back().at)
      at.problem("points must be in order of time");
    else
      profile.push_back({when, rate});
  }
  if (points.is_list() && profile.empty()) points.problem("at least one point {at, rate} is needed");
  return profile.empty() ? Arrivals() : Arrivals::profile(std::move(profile), end);
}

Arrivals read_trace(const Reader& at) {
  const std::string name = at.text();
  if (name.empty()) return {};
  const std::string path = path_beside(at.decoding().file, name);
  const auto text = at.decoding().files.read(path);
  if (!text) {
    at.problem(text.error());
    return {};
  }
  auto times = traffic::parse_trace_csv(*text);
  if (times) return Arrivals::trace(std::move(*times));
  for (const traffic::TraceError& error : times.error()) {
    at.decoding().problems.push_back(
        {{path, error.line, 1}, at.path(), error.message, api::Problem::Reason::kBadRequest});
  }
  return {};
}

}  // namespace

traffic::OutcomeSet retried_by_default(bool idempotent) {
  traffic::OutcomeSet safe{Outcome::kConnectRefused, Outcome::kConnectTimeout, Outcome::kNoEndpoints,
                           Outcome::kUnreachable, Outcome::kNotResolved};
  traffic::OutcomeSet all{Outcome::kConnectRefused,  Outcome::kConnectTimeout, Outcome::kReset,
                          Outcome::kUpstreamTimeout, Outcome::kClientTimeout,  Outcome::kNoEndpoints,
                          Outcome::kQueueFull,       Outcome::kUnreachable,    Outcome::kDependencyFailed,
                          Outcome::kCutShort,        Outcome::kNotResolved};
  return idempotent ? all : safe;
}

Arrivals read_arrivals(Reader rate, SimTime end, std::string& text) {
  if (!rate) return {};
  if (!rate.is_map()) {
    if (rate.is_scalar()) text = rate.value().text;
    return Arrivals::constant(read_rate(rate), SimTime(), end);
  }
  const Reader constant = rate.field("constant"), poisson = rate.field("poisson"),
               profile = rate.field("profile"), trace = rate.field("trace");
  rate.done();
  const int given = int{bool(constant)} + int{bool(poisson)} + int{bool(profile)} + int{bool(trace)};
  if (given != 1) {
    rate.problem("expected a rate such as 400/s, or one of constant, poisson, profile and trace");
    return {};
  }
  if (constant) {
    text = constant.is_scalar() ? constant.value().text : "";
    return Arrivals::constant(read_rate(constant), SimTime(), end);
  }
  if (poisson) {
    text = "Poisson " + (poisson.is_scalar() ? poisson.value().text : "");
    return Arrivals::poisson(read_rate(poisson), SimTime(), end);
  }
  text = profile ? "profile" : "trace";
  return profile ? read_profile(profile, end) : read_trace(trace);
}

namespace {

bool read_port(std::string_view text, std::int32_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536;
}

// http://my-application.my-namespace.svc.cluster.local:8080/health
void read_inside(const Reader& at, Destination& to, const Inventory& inventory) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= to.host.size();) {
    const std::size_t end = std::min(to.host.find('.', begin), to.host.size());
    words.push_back(to.host.substr(begin, end - begin));
    begin = end + 1;
  }
  to.service = words[0];
  if (words.size() == 1)
    to.namespace_ = inventory.namespace_of(at, api::Kind::kService, words[0]);
  else
    to.namespace_ = words[1];
  if (words.size() > 1 && !inventory.has({api::Kind::kService, to.namespace_, to.service})) {
    at.problem("no Service \"" + words[0] + "\" in namespace \"" + words[1] + "\" is applied");
  }
}

// Reports a host that no Ingress or Service of the manifests has.
void check_ingress(const Reader& at, const Destination& to, const Inventory& inventory) {
  std::vector<std::string> hosts;
  if (inventory.incomplete) return;
  for (const auto& object : inventory.objects()) {
    if (const std::string host = balanced_host(*object); !host.empty()) {
      if (host == to.host) return;
      hosts.push_back(host);
    }
    if (object->kind != api::Kind::kIngress) continue;
    const auto& ingress = static_cast<const api::Ingress&>(*object);
    if (ingress.default_backend) return;
    for (const api::IngressRule& rule : ingress.rules) {
      if (host_matches(rule.host.str(), to.host)) return;
      hosts.push_back(rule.host.str());
    }
  }
  at.problem("no Ingress is applied for host \"" + to.host + "\"" + did_you_mean(to.host, hosts));
}

Destination read_destination(const Reader& at, const Inventory& inventory) {
  Destination to;
  to.url = at.text();
  const std::size_t scheme = to.url.find("://");
  const std::string_view name = std::string_view(to.url).substr(0, scheme == std::string::npos ? 0 : scheme);
  if (to.url.empty()) return to;
  if (name != "http" && name != "https") {
    at.problem(
        "expected https://host/path, or http://service.namespace for a Service inside the cluster, got \"" +
        to.url + "\"");
    return to;
  }
  const std::string_view rest = std::string_view(to.url).substr(scheme + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view host = rest.substr(0, slash);
  if (slash < rest.size()) to.path = rest.substr(slash);
  if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    if (!read_port(host.substr(colon + 1), to.port)) at.problem("invalid port in \"" + to.url + "\"");
    host = host.substr(0, colon);
  }
  to.host = host;
  if (to.host.empty()) {
    at.problem("\"" + to.url + "\" names no host");
    return to;
  }
  const auto dots = std::ranges::count(to.host, '.');
  const bool inside =
      name == "http" && (dots <= 1 || to.host.ends_with(".svc") || to.host.ends_with(".svc.cluster.local"));
  if (inside)
    read_inside(at, to, inventory);
  else
    check_ingress(at, to, inventory);
  return to;
}

traffic::OutcomeSet read_outcomes(const Reader& list) {
  std::vector<std::string> words;
  for (int i = 1; i < traffic::kOutcomeCount; ++i) words.emplace_back(to_string(static_cast<Outcome>(i)));
  traffic::OutcomeSet named;
  for (const Reader& item : list.items()) {
    const std::string word = item.text();
    const auto found = std::ranges::find(words, word);
    if (found != words.end()) {
      named.add(static_cast<Outcome>(found - words.begin() + 1));
    } else if (!word.empty()) {
      item.problem("unknown outcome \"" + word + "\"" + did_you_mean(word, words));
    }
  }
  return named;
}

traffic::RetryPolicy read_retries(Reader retries, bool idempotent) {
  traffic::RetryPolicy policy;
  policy.on = retried_by_default(idempotent);
  if (!retries) return policy;
  if (!retries.is_map()) {
    policy.count = static_cast<std::uint8_t>(retries.integer(0, 0, 20));
    return policy;
  }
  policy.count = static_cast<std::uint8_t>(retries.required("count").integer(0, 0, 20));
  policy.backoff = retries.field("backoff").duration(Duration());
  if (const Reader on = retries.field("on")) policy.on = read_outcomes(on);
  retries.done();
  return policy;
}

// `from: deployment/worker`: the pods of a workload send, to a Service inside the cluster.
void read_sender(Reader& entry, const Reader& from, Load& load, Parts& parts) {
  load.sender = read_object_name(from, entry.field("namespace"), parts.inventory);
  load.from = from.value().text;
  if (!load.to.url.empty() && !load.to.inside())
    from.problem("pods call a Service inside the cluster: to: http://service.namespace");
  else if (parts.scenario.platform.dns)
    load.lookup = name_of_service(load.to, load.to.host);
  const Reader after = entry.field("afterStart");
  if (after) load.after_start = after.duration(Duration());
}

// When it sends, and what its client puts up with.
Load read_manners(Reader& entry, Load load, Parts& parts) {
  const Reader rate = load.after_start ? entry.field("rate") : entry.required("rate");
  if (load.after_start && rate) rate.problem("each pod sends one request afterStart: there is no rate");
  if (load.after_start)
    load.rate_text = "one for each start";
  else
    load.arrivals = read_arrivals(rate, SimTime::at(parts.scenario.duration), load.rate_text);
  const Reader timeout = entry.field("timeout");
  if (timeout && timeout.is_scalar() && timeout.value().text == "none")
    load.timeout.reset();
  else
    load.timeout = timeout.duration(Duration::seconds(5), Duration::millis(1));
  if (const Reader stream = entry.field("stream"))
    load.stream = stream.distribution(Distribution::constant(Duration()));
  const Reader method = entry.field("method");
  constexpr std::array<std::string_view, 8> kMethods{"GET",     "HEAD", "PUT",   "DELETE",
                                                     "OPTIONS", "POST", "PATCH", "LOCK"};
  const std::size_t index =
      method.choice({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST", "PATCH", "LOCK"}, 0);
  load.method = kMethods[index];
  load.retries = read_retries(entry.field("retries"), load.idempotent());
  entry.done();
  return load;
}

Load read_load(Reader entry, Parts& parts) {
  const Scenario& scenario = parts.scenario;
  Load load;
  load.source = entry.where();
  load.name = entry.required("name").text();
  load.to = read_destination(entry.required("to"), parts.inventory);
  const Reader from = entry.field("from");
  if (from.is_scalar() && from.value().text.find('/') != std::string::npos) {
    read_sender(entry, from, load, parts);
    return read_manners(entry, load, parts);
  }
  const bool near = load.to.inside() && !scenario.platform.zones.empty();
  load.from = from.text(near ? scenario.platform.zones.front().view() : "internet");
  if (near && load.from == api::Symbol("internet"))
    from.problem("a Service inside the cluster is called from a zone of the platform, not from the internet");
  std::vector<std::string> places{"internet"};
  for (const api::Symbol zone : scenario.platform.zones) places.push_back(zone.str());
  if (std::ranges::find(places, load.from.str()) == places.end()) {
    const std::string meant = nearest(load.from.view(), places);
    from.problem("unknown place \"" + load.from.str() + "\": internet or a zone of the platform" +
                 (meant.empty() ? "" : "; did you mean \"" + meant + "\"?"));
  }
  return read_manners(entry, load, parts);
}

}  // namespace

void read_loads(const Reader& loads, Parts& parts) {
  for (Reader entry : loads.items()) {
    if (!entry.expect_map()) continue;
    Load load = read_load(entry, parts);
    const bool taken =
        std::ranges::any_of(parts.scenario.load, [&](const Load& l) { return l.name == load.name; });
    if (taken && !load.name.empty())
      entry.field("name").problem("another load is called \"" + load.name.str() + "\" already");
    parts.scenario.load.push_back(std::move(load));
  }
}

}  // namespace seatrial::scenario
