// onerun-timers: what pending timers cost, and how late they fire. Makes many runs without and with
// a deadline that is far away, and compares memory; looks what a runtime with them does at rest;
// then lets ten thousand deadlines pass in one second while starts go on. It measures and judges no
// time: only a timer that does not fire is a failure.

#include <CLI/CLI.hpp>
#include <onerun/onerun.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "histogram.hpp"
#include "process.hpp"
#include "temporary_directory.hpp"
#include "tests/support/command_line.hpp"

namespace onerun::load {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kBatch = 1'000;

double resident_mib() { return static_cast<double>(resident_bytes()) / (1 << 20); }

Timestamp wall_now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

class Timers {
 public:
  Timers(std::filesystem::path directory, std::size_t pending, std::size_t due,
         std::chrono::seconds rest)
      : directory_(std::move(directory)), pending_(pending), due_(due), rest_(rest) {}

  int run() {
    // The first one fills the heap and the caches, which the others have then, too.
    if (!measure_memory(false) || !measure_memory(false) || !measure_memory(true)) return 1;
    std::printf("%zu timers: %.1f MiB more than as many runs without\n", pending_,
                resident_[1] - resident_[0]);
    measure_rest();
    const bool fired = fire();
    runtime_.reset();
    return fired ? 0 : 1;
  }

 private:
  bool open(const std::string& name) {
    runtime_.reset();
    auto opened = Runtime::open({.data_dir = directory_ / name, .durability = Durability::kAsync});
    if (!opened.ok()) return fail(opened.status());
    runtime_ = std::make_unique<Runtime>(std::move(*opened));
    const auto made = runtime_->ensure_namespace(NamespaceName("timers"));
    return made.ok() || fail(made.status());
  }

  static bool fail(const Status& status) {
    std::cerr << status << '\n';
    return false;
  }

  Namespace timers() { return runtime_->namespace_("timers"); }

  bool measure_memory(bool with_timers) {
    if (!open(std::to_string(++stores_))) return false;
    for (std::size_t made = 0; made < pending_;) {
      std::vector<StartRequest> batch;
      for (; batch.size() < kBatch && made < pending_; ++made) {
        StartRequest request{.workflow_id = WorkflowId("pending-" + std::to_string(made))};
        if (with_timers) request.run_timeout = std::chrono::hours(24) + Duration(made);
        batch.push_back(std::move(request));
      }
      const auto answer = timers().start_batch(std::move(batch)).get();
      if (!answer.ok()) return fail(answer.status());
    }
    resident_[with_timers ? 1 : 0] = resident_mib();
    std::printf("%zu open runs %s: %.1f MiB resident\n", pending_,
                with_timers ? "with a deadline" : "without one", resident_mib());
    return true;
  }

  void measure_rest() {
    std::this_thread::sleep_for(rest_);  // what they have left to do
    const double before = cpu_seconds();
    std::this_thread::sleep_for(rest_);
    const auto seconds = static_cast<double>(rest_.count());
    std::printf("at rest: %.2f %% of a core\n", 100 * (cpu_seconds() - before) / seconds);
  }

  /// Their deadlines pass within a second, from some seconds from now on.
  bool fire() {
    const Timestamp first = wall_now() + 5s;
    for (std::size_t i = 0; i < due_; ++i) {
      const Timestamp deadline = first + Duration(1'000 * i / due_);
      StartRequest request{.workflow_id = WorkflowId("due-" + std::to_string(i))};
      request.run_timeout = deadline - wall_now();
      timers().start(std::move(request)).then([this, i](const Result<StartResult>& started) {
        if (started.ok()) return wait_for(i, *started);
        ++failed_;
        ++done_;
      });
    }
    LatencyHistogram starts;
    std::size_t started = 0;
    const auto give_up = Steady::now() + 60s;
    while (done_ < due_ && Steady::now() < give_up) {
      StartRequest request{.workflow_id = WorkflowId("beside-" + std::to_string(started++))};
      const auto begun = Steady::now();
      if (!timers().start(std::move(request)).get().ok()) ++failed_;
      starts.record(Steady::now() - begun);
    }
    std::printf("%zu timers of one second: late by p50 %.1f ms, p99 %.1f ms, at most %.1f ms\n",
                due_, late_.percentile_us(0.5) / 1e3, late_.percentile_us(0.99) / 1e3,
                late_.max_us() / 1e3);
    std::printf("starts meanwhile, one at a time: %zu, p50 %.2f ms, p99 %.2f ms\n", started,
                starts.percentile_us(0.5) / 1e3, starts.percentile_us(0.99) / 1e3);
    if (done_ < due_) std::cerr << due_ - done_ << " timers did not fire\n";
    return done_ == due_ && failed_ == 0;
  }

  void wait_for(std::size_t i, const StartResult& started) {
    timers()
        .wait_closed({WorkflowId("due-" + std::to_string(i)), started.run_id})
        .then([this](const Result<RunDescription>& closed) {
          if (closed.ok() && closed->run.status == RunStatus::kTimedOut) {
            late_.record(wall_now() - *closed->run_deadline);
          } else {
            ++failed_;
          }
          ++done_;
        });
  }

  const std::filesystem::path directory_;
  const std::size_t pending_;
  const std::size_t due_;
  const std::chrono::seconds rest_;
  std::unique_ptr<Runtime> runtime_;
  int stores_ = 0;
  double resident_[2] = {};  ///< without timers, and with
  LatencyHistogram late_;
  std::atomic<std::size_t> done_{0};
  std::atomic<std::size_t> failed_{0};
};

int measure(int argc, char** argv) {
  std::size_t pending = 1'000'000;
  std::size_t due = 10'000;
  unsigned rest = 10;
  std::string directory = "/var/tmp";
  CLI::App app("What pending timers cost, and how late they fire.");
  app.add_option("--pending", pending, "Timers that are far away")
      ->check(CLI::Range(1, 100'000'000));
  app.add_option("--due", due, "Timers that fire within a second")->check(CLI::Range(1, 1'000'000));
  app.add_option("--rest", rest, "Seconds of rest")->check(CLI::Range(1, 3'600));
  app.add_option("--dir", directory, "Where the stores are made, and removed afterwards");
  test::parse_command_line(app, argc, argv);
  const auto made = TemporaryDirectory::make(directory);
  if (!made.ok()) {
    std::cerr << made.status() << '\n';
    return 1;
  }
  return Timers(made->path(), pending, due, std::chrono::seconds(rest)).run();
}

}  // namespace
}  // namespace onerun::load

int main(int argc, char** argv) { return onerun::load::measure(argc, argv); }
