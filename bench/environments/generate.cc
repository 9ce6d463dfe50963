// Writes a generated Environments checkout:  generate_environments FOLDER [NAMESPACES]
#include <fmt/format.h>

#include <cstdlib>

#include "bench/environments/generator.h"

int main(int count, char** words) {
  if (count < 2) {
    fmt::print(stderr, "usage: {} FOLDER [NAMESPACES]\n", words[0]);
    return 2;
  }
  seatrial::bench::GeneratedSize size;
  if (count > 2) size = {std::atoi(words[2]), 0};
  const seatrial::bench::Generated done = seatrial::bench::generate_checkout(words[1], size);
  fmt::print("{} namespaces, {} files ({} manifests, {} terraform), {} bytes\n", done.namespaces, done.files,
             done.manifest_files, done.terraform_files, done.bytes);
  return 0;
}
