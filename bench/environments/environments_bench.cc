// A full Environments checkout, generated once, read and reported: 1,466 namespaces, 21,000 files.
//
//   seatrial_bench --benchmark_filter=environments
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "bench/environments/generator.h"
#include "sim/scenario/environments/report.h"

namespace seatrial::bench {
namespace {

namespace env = scenario::environments;

// Written on first use, removed at the end.
class Checkout {
 public:
  Checkout()
      : folder_(std::filesystem::temp_directory_path() /
                ("seatrial-environments-" + std::to_string(::getpid()))),
        generated_(generate_checkout(folder_)) {}
  ~Checkout() {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  Checkout(const Checkout&) = delete;
  Checkout& operator=(const Checkout&) = delete;

  static const Checkout& get() {
    static const Checkout checkout;
    return checkout;
  }
  std::string path() const { return folder_.string(); }
  const Generated& generated() const { return generated_; }

 private:
  std::filesystem::path folder_;
  Generated generated_;
};

void count(benchmark::State& state) {
  const Generated& generated = Checkout::get().generated();
  state.counters["namespaces"] = generated.namespaces;
  state.counters["files"] = generated.files;
  state.counters["MB"] = static_cast<double>(generated.bytes) / 1e6;
}

// What `seatrial environments PATH` does but for printing.
void read_and_report(benchmark::State& state) {
  const std::string path = Checkout::get().path();
  for (auto _ : state) {
    const auto repository = env::read_repository(path, scenario::DiskFiles(), env::standard_conventions());
    if (!repository || !repository->problems.empty()) {
      state.SkipWithError(repository ? repository->problems[0].str().c_str() : repository.error().c_str());
      break;
    }
    const env::Report report = env::report_on(*repository, env::standard_conventions(), nullptr);
    benchmark::DoNotOptimize(env::text_of(report, {}));
  }
  count(state);
}
BENCHMARK(read_and_report)
    ->Name("environments/read_and_report")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Findings and inventory alone.
void report_only(benchmark::State& state) {
  const auto repository =
      env::read_repository(Checkout::get().path(), scenario::DiskFiles(), env::standard_conventions());
  for (auto _ : state) {
    const env::Report report = env::report_on(*repository, env::standard_conventions(), nullptr);
    benchmark::DoNotOptimize(env::text_of(report, {}));
  }
  count(state);
}
BENCHMARK(report_only)->Name("environments/report_only")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace seatrial::bench
