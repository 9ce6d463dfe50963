// Writes the scenario of a day of the live cluster:  generate_live_day PLATFORM FOLDER [HOURS [NAMESPACES]]
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bench/live_day/generator.h"

int main(int count, char** words) {
  if (count < 3) {
    fmt::print(stderr, "usage: {} PLATFORM FOLDER [HOURS [NAMESPACES]]\n", words[0]);
    return 2;
  }
  seatrial::bench::LiveDay size;
  if (count > 3) size.hours = std::atoi(words[3]);
  if (count > 4) size.namespaces = std::atoi(words[4]);
  const std::string platform = std::filesystem::absolute(words[1]).string();
  const std::filesystem::path folder = words[2];
  std::filesystem::create_directories(folder);
  for (const auto& [name, text] : live_day(size, platform)) std::ofstream(folder / name) << text;
  return 0;
}
