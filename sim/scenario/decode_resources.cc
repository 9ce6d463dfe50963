// `resources:` of a platform or a scenario: what AWS runs; and what an image does with it (`calls:`).
#include <algorithm>
#include <array>
#include <charconv>

#include "sim/scenario/decode_entry.h"
#include "sim/scenario/resource_address.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

std::vector<std::string> names_of_resources(const Platform& platform) {
  std::vector<std::string> names;
  for (const cloud::ManagedConfig& resource : platform.resources) names.push_back(resource.name.str());
  return names;
}

std::vector<std::string> names_of_queues(const Platform& platform) {
  std::vector<std::string> names;
  for (const traffic::QueueConfig& queue : platform.queues) names.push_back(queue.name.str());
  return names;
}

// `rds/main`, of a name that is new.
api::Symbol read_resource_name(const Reader& at, std::string_view kind,
                               const std::vector<std::string>& taken) {
  const std::string name = at.text();
  std::string full = std::string(kind) + "/" + name;
  if (name.empty()) return {};
  if (std::ranges::find(taken, full) != taken.end()) at.problem("\"" + full + "\" is declared twice");
  return full;
}

api::Symbol read_known_zone(const Reader& at, const Platform& platform) {
  std::vector<std::string> zones;
  for (const api::Symbol zone : platform.zones) zones.push_back(zone.str());
  const std::string zone = at.text(zones.empty() ? "" : zones.front());
  require_name(at, zone, zones, "zone");
  return zone;
}

// A time of day, "06:30", since midnight.
std::optional<Duration> parse_time_of_day(std::string_view text) {
  const auto digit = [&](std::size_t i) { return static_cast<std::int64_t>(text[i] - '0'); };
  const bool shaped = text.size() == 5 && text[2] == ':' &&
                      std::ranges::all_of(std::array{0u, 1u, 3u, 4u},
                                          [&](unsigned i) { return text[i] >= '0' && text[i] <= '9'; });
  if (!shaped) return std::nullopt;
  const std::int64_t hour = digit(0) * 10 + digit(1), minute = digit(3) * 10 + digit(4);
  if (hour > 23 || minute > 59) return std::nullopt;
  return Duration::seconds(hour * 3600 + minute * 60);
}

Duration read_time_of_day(const Reader& at) {
  if (!at) return Duration();
  const auto time = at.is_scalar() ? parse_time_of_day(at.value().text) : std::nullopt;
  if (!time) at.problem("expected a time of day in UTC in quotation marks, such as \"22:00\"");
  return time.value_or(Duration());
}

// {stop: "22:00", start: "06:00"}
std::optional<cloud::DailyStop> read_schedule(Reader map) {
  if (!map || !map.expect_map()) return std::nullopt;
  const Reader stop = map.required("stop"), start = map.required("start");
  const cloud::DailyStop schedule{read_time_of_day(stop), read_time_of_day(start)};
  if (stop && start && schedule.stop == schedule.start) start.problem("is the time at which it is stopped");
  map.done();
  return schedule;
}

// What only RDS does: stop and start.
void read_stops(Reader& map, cloud::ManagedConfig& config) {
  const Reader instance_class = map.field("class"), fallback = map.field("fallbackClasses");
  config.instance_class = instance_class.text();
  for (const Reader& item : fallback.items()) config.fallback_classes.emplace_back(item.text());
  if (fallback && !instance_class) fallback.problem("needs \"class\" beside it");
  config.schedule = read_schedule(map.field("schedule"));
  config.stopping = map.field("stopping").distribution(config.stopping);
  config.starting = map.field("starting").distribution(config.starting);
  config.restoring = map.field("restoring").distribution(config.restoring);
}

std::optional<api::IpAddress> read_address(const Reader& at) {
  const std::string text = at.text();
  const auto address = api::IpAddress::parse(text);
  if (!address && !text.empty()) at.problem("is not an address");
  return address;
}

void check_public(const Reader& at, const api::IpAddress& address, const Platform& platform) {
  if (platform.vpc)
    for (const network::vpc::Vpc& vpc : platform.vpc->vpcs)
      for (const api::Cidr& cidr : vpc.cidrs)
        if (cidr.contains(address))
          return at.problem("is not on the internet: it is of the VPC " + vpc.name.str());
  if (const std::string why = why_not_public(address); !why.empty())
    at.problem("is not on the internet: " + why);
}

std::int32_t read_port(const Reader& at, std::int32_t usual) {
  constexpr std::int64_t kMostPort = 65535;
  return static_cast<std::int32_t>(at.integer(usual, 1, kMostPort));
}

void read_managed(Reader map, cloud::ManagedKind kind, Platform& platform) {
  if (!map.expect_map()) return;
  cloud::ManagedConfig config = cloud::ManagedConfig::of(kind);
  config.source = map.where();
  config.name = read_resource_name(map.required("name"), to_string(kind), names_of_resources(platform));
  const Reader zone = map.field("zone"), multi_az = map.field("multiAZ"), failover = map.field("failover");
  config.zone = read_known_zone(zone, platform);
  const bool two_zones = multi_az.boolean(false);
  if (two_zones) {
    const auto at = std::ranges::find(platform.zones, config.zone);
    if (platform.zones.size() < 2)
      multi_az.problem("the platform has one zone only");
    else if (at != platform.zones.end())
      config.standby = at + 1 == platform.zones.end() ? platform.zones.front() : *(at + 1);
  } else if (failover) {
    failover.problem("has a meaning with multiAZ: true only");
  }
  if (const Reader address = map.field("address")) {
    config.address = read_address(address);
    if (two_zones)
      address.problem("is of one zone: with multiAZ: true each of the two has an address of its own");
  }
  config.port = read_port(map.field("port"), config.port);
  config.failover = failover.distribution(config.failover);
  config.recovery = map.field("recovery").distribution(config.recovery);
  config.connect = map.field("connect").distribution(config.connect);
  config.max_connections =
      static_cast<std::int32_t>(map.field("maxConnections").integer(config.max_connections, 1, kMany));
  config.dns_ttl = map.field("dnsTTL").duration(config.dns_ttl);
  if (kind == cloud::ManagedKind::kRds) read_stops(map, config);
  map.done();
  platform.resources.push_back(std::move(config));
}

// An address on the internet: {name: payments, address: 203.0.113.10}
void read_external(Reader map, Platform& platform) {
  if (!map.expect_map()) return;
  cloud::ManagedConfig config = cloud::ManagedConfig::of(cloud::ManagedKind::kExternal);
  config.source = map.where();
  const Reader name = map.required("name"), address = map.required("address");
  config.name = read_resource_name(name, to_string(config.kind), names_of_resources(platform));
  config.address = read_address(address);
  if (config.address) check_public(address, *config.address, platform);
  config.port = read_port(map.field("port"), config.port);
  config.host = map.field("host").text(name.text());
  config.connect = map.field("connect").distribution(config.connect);
  config.max_connections =
      static_cast<std::int32_t>(map.field("maxConnections").integer(config.max_connections, 1, kMany));
  config.dns_ttl = map.field("dnsTTL").duration(config.dns_ttl);
  map.done();
  platform.resources.push_back(std::move(config));
}

cluster::ConnectionPool read_pool(Reader map) {
  cluster::ConnectionPool pool;
  if (!map || !map.expect_map()) return pool;
  pool.keep_alive = map.field("keepAlive").boolean(true);
  const Reader size = map.field("size"), acquire = map.field("acquireTimeout"), retry = map.field("retry");
  for (const Reader* const at : {&size, &acquire, &retry})
    if (*at && !pool.keep_alive) at->problem("has no meaning with keepAlive: false: there is no pool");
  pool.size = static_cast<std::int32_t>(size.integer(pool.size, 1, kMany));
  pool.acquire_timeout = acquire.duration(pool.acquire_timeout, Duration::millis(1));
  pool.connect_timeout = map.field("connectTimeout").duration(pool.connect_timeout, Duration::millis(1));
  pool.retry = retry.duration(pool.retry, Duration::millis(1));
  if (const Reader cache = map.field("dnsCache")) pool.dns_cache = cache.duration(Duration());
  map.done();
  return pool;
}

void read_sqs(Reader map, Platform& platform) {
  if (!map.expect_map()) return;
  traffic::QueueConfig queue;
  queue.source = map.where();
  queue.name = read_resource_name(map.required("name"), "sqs", names_of_queues(platform));
  std::string text;
  queue.arrivals = read_arrivals(map.required("rate"), SimTime::max(), text);
  queue.visibility_timeout =
      map.field("visibilityTimeout").duration(queue.visibility_timeout, Duration::millis(1));
  queue.max_receive_count =
      static_cast<std::int32_t>(map.field("maxReceiveCount").integer(queue.max_receive_count, 1, 1000));
  map.done();
  platform.queues.push_back(std::move(queue));
}

std::int32_t read_share_of_requests(const Reader& at) {
  if (!at) return 1000;
  const auto share = at.is_scalar() ? parse_share(at.value().text) : parse_share("");
  if (!share || *share > 1'000'000 || *share % 1000 != 0) {
    at.problem("expected a share of the requests in steps of 0.1%, such as 30%");
    return 1000;
  }
  return static_cast<std::int32_t>(*share / 1000);
}

constexpr std::string_view kService = "service/";

cluster::Call read_call(Reader map, const Platform& platform) {
  cluster::Call call;
  const Reader to = map.required("to");
  call.to = to.text();
  const bool service = call.to.view().starts_with(kService);
  if (!service) require_resource(to, call.to.str(), platform);
  call.share = read_share_of_requests(map.field("share"));
  const Reader time = service ? map.field("time") : map.required("time"), pool = map.field("pool");
  for (const Reader* const at : {&time, &pool})
    if (*at && service) at->problem("has no meaning for a Service: its pods take their own time");
  call.time = time.distribution(Distribution());
  const Reader host = map.field("host");
  call.host = read_host(host, platform);
  if (host && !service) host.problem("has a meaning for a Service only: AWS names the others");
  if (const Reader timeout = map.field("timeout")) call.timeout = timeout.duration({}, Duration::millis(1));
  Reader retries = map.field("retries");
  if (retries.is_map()) {
    call.retries = static_cast<std::int32_t>(retries.required("count").integer(0, 0, 20));
    call.backoff = retries.field("backoff").duration(Duration());
    retries.done();
  } else {
    call.retries = static_cast<std::int32_t>(retries.integer(0, 0, 20));
  }
  call.optional = map.field("optional").boolean(false);
  const Reader readiness = map.field("readiness");
  call.readiness = readiness.boolean(false);
  if (call.readiness && service) readiness.problem("has no meaning for service/NAME");
  call.pool = read_pool(pool);
  map.done();
  return call;
}

// ministryofjustice/web:1.3 -> web
std::string short_name(const std::string& image) {
  const std::string path = image.substr(0, image.find('@'));
  const std::string last = path.substr(path.rfind('/') + 1);
  return last.substr(0, last.find(':'));
}

// "80" of "cart:80", which it cuts off; 0 without one.
std::int32_t take_service_port(const Reader& to, std::string& target) {
  const std::size_t colon = target.find(':');
  if (colon == std::string::npos) return 0;
  std::int32_t port = 0;
  const char* const end = target.data() + target.size();
  const auto parsed = std::from_chars(target.data() + colon + 1, end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end || port < 1 || port > 65535)
    to.problem("invalid port in \"" + target + "\"");
  target.resize(colon);
  return port;
}

// The requests of a call to service/NAME[.NAMESPACE][:PORT]: a load without arrivals of its own.
Load load_of_call(const Reader& to, const std::string& image, cluster::Call& call, const Parts& parts) {
  Load load;
  load.source = to.where();
  std::string target = call.to.str().substr(kService.size());
  load.to.port = take_service_port(to, target);
  const std::size_t dot = target.find('.');
  load.to.service = target.substr(0, dot);
  load.to.namespace_ = dot == std::string::npos
                           ? parts.inventory.namespace_of(to, api::Kind::kService, target)
                           : api::Symbol(target.substr(dot + 1));
  if (dot != std::string::npos &&
      !parts.inventory.has({api::Kind::kService, load.to.namespace_, load.to.service}) &&
      !parts.inventory.incomplete)
    to.problem("no Service \"" + load.to.service.str() + "\" in namespace \"" + load.to.namespace_.str() +
               "\" is applied");
  load.to.host = load.to.service.str() + "." + load.to.namespace_.str();
  load.to.url = "http://" + load.to.host + (load.to.port == 0 ? "" : ":" + std::to_string(load.to.port));
  if (parts.scenario.platform.dns)
    load.lookup = name_of_service(load.to, call.host.empty() ? target : call.host);
  if (!parts.scenario.platform.zones.empty()) load.from = parts.scenario.platform.zones.front();
  load.name = short_name(image) + "-to-" + load.to.service.str();
  load.timeout = call.timeout;
  load.retries = {static_cast<std::uint8_t>(call.retries), retried_by_default(true), call.backoff};
  return load;
}

bool same_requests(const Load& a, const Load& b) {
  return a.to.url == b.to.url && a.timeout == b.timeout && a.retries.count == b.retries.count &&
         a.retries.backoff == b.retries.backoff && a.lookup == b.lookup;
}

}  // namespace

void read_service_calls(Reader images, Parts& parts) {
  if (!images.is_map()) return;
  for (auto& [name, image] : images.entries()) {
    std::vector<cluster::Call>& calls = parts.scenario.images[name].calls;
    if (!image.is_map() || !image.field("calls").is_list()) continue;
    const std::vector<Reader> items = image.field("calls").items();
    for (std::size_t i = 0; i < std::min(calls.size(), items.size()); ++i) {
      if (!calls[i].to.view().starts_with(kService)) continue;
      Reader item = items[i];
      Load load = load_of_call(item.field("to"), name, calls[i], parts);
      std::vector<Load>& loads = parts.scenario.load;
      auto same = std::ranges::find(loads, load.name, &Load::name);
      if (same != loads.end() && !same_requests(*same, load)) {
        load.name = load.name.str() + "-" + std::to_string(loads.size());
        same = loads.end();
      }
      parts.scenario.service_calls[calls[i].stream] = load.name;
      if (same == loads.end()) loads.push_back(std::move(load));
    }
  }
}

void require_resource(const Reader& at, const std::string& name, const Platform& platform) {
  const std::vector<std::string> known = names_of_resources(platform);
  if (name.empty() || std::ranges::find(known, name) != known.end()) return;
  const std::string meant = nearest(name, known);
  at.problem("no resource \"" + name + "\" is declared" +
             (meant.empty()
                  ? ": expected rds/NAME, elasticache/NAME or external/NAME of `resources`, or service/NAME"
                  : ", did you mean \"" + meant + "\"?"));
}

void require_queue(const Reader& at, const std::string& name, const Platform& platform) {
  const std::vector<std::string> known = names_of_queues(platform);
  if (name.empty() || std::ranges::find(known, name) != known.end()) return;
  const std::string meant = nearest(name, known);
  at.problem("no queue \"" + name + "\" is declared" +
             (meant.empty() ? ": expected sqs/NAME of `resources`" : ", did you mean \"" + meant + "\"?"));
}

void read_resources(Reader map, Platform& platform) {
  if (!map || !map.expect_map()) return;
  for (const cloud::ManagedKind kind : {cloud::ManagedKind::kRds, cloud::ManagedKind::kElastiCache}) {
    for (const Reader& item : map.field(to_string(kind)).items()) read_managed(item, kind, platform);
  }
  for (const Reader& item : map.field("external").items()) read_external(item, platform);
  for (const Reader& item : map.field("sqs").items()) read_sqs(item, platform);
  map.done();
}

void read_consumer(Reader map, const std::string& image, const Platform& platform,
                   cluster::ImageBehaviour& behaviour) {
  if (!map || !map.expect_map()) return;
  cluster::Consumer consumer;
  const Reader from = map.required("from");
  consumer.from = from.text();
  require_queue(from, consumer.from.str(), platform);
  consumer.time = map.required("time").distribution(Distribution());
  consumer.concurrency = static_cast<std::int32_t>(map.field("concurrency").integer(1, 1, kMany));
  consumer.stream = "image/" + image + "/consumes";
  map.done();
  behaviour.consumes = std::move(consumer);
}

void read_calls(const Reader& list, const std::string& image, const Platform& platform,
                cluster::ImageBehaviour& behaviour) {
  for (const Reader& item : list.items()) {
    if (!item.expect_map()) {
      behaviour.calls.emplace_back();  // so that calls and items have the same places
      continue;
    }
    cluster::Call call = read_call(item, platform);
    call.stream = "image/" + image + "/calls/" + std::to_string(behaviour.calls.size());
    behaviour.calls.push_back(std::move(call));
  }
}

}  // namespace seatrial::scenario
