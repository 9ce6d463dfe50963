// swarm [--seconds N] [--first N] [--seed N]: seed after seed until the time is over. Status 1 at the first
// failure, which is shrunk and written as a scenario folder under build/swarm/.
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/swarm/draw.h"
#include "tests/swarm/shrink.h"
#include "tests/swarm/trial.h"

using namespace seatrial;

namespace {

int tell(const swarm::Case& drawn, const swarm::Failure& failure) {
  std::cout << "seed " << drawn.seed << " breaks " << failure.rule << ": " << failure.what << "\n"
            << std::flush;
  const swarm::Case least = swarm::shrink(drawn, [&](const swarm::Case& tried) {
    const auto again = swarm::try_case(tried);
    // What does not load must go on not loading for the same reason.
    return again && again->rule == failure.rule && (failure.rule != "loads" || again->what == failure.what);
  });
  const std::filesystem::path folder = "build/swarm/seed-" + std::to_string(drawn.seed);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (const auto& [name, text] : least.files()) {
    std::ofstream(folder / name) << text;
    std::cout << "--- " << (folder / name).string() << "\n" << text;
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t first = 1;
  std::int64_t seconds = 60;
  bool single = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--seconds") == 0) seconds = std::atoll(argv[i + 1]);
    if (std::strcmp(argv[i], "--seed") == 0) single = true;
    if (std::strcmp(argv[i], "--seconds") != 0) first = std::strtoull(argv[i + 1], nullptr, 10);
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  std::uint64_t seed = first;
  do {
    const swarm::Case drawn = swarm::draw_case(seed++);
    if (const auto failure = swarm::try_case(drawn)) return tell(drawn, *failure);
  } while (!single && std::chrono::steady_clock::now() < end);
  std::cout << "swarm: seeds " << first << " to " << seed - 1 << " hold\n";
  return 0;
}
