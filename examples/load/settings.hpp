// What the load program was asked to do.
#pragma once

#include <onerun/onerun.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "mix.hpp"

namespace onerun::load {

enum class Mode { kClosed, kOpen, kMixed, kReplay };
enum class IdDistribution { kUniform, kZipf };

struct Settings {
  Mode mode = Mode::kClosed;
  std::filesystem::path trace;

  StoreKind store = StoreKind::kRocksDb;
  std::filesystem::path data_dir;  ///< empty: a fresh one, removed at the end
  Durability durability = Durability::kSync;
  std::string name_space = "load";
  Duration retention = limits::kDefaultRetention;

  IdDistribution ids = IdDistribution::kUniform;
  std::uint64_t id_count = 0;  ///< 0: every start has an id of its own
  std::uint64_t outstanding = 256;
  std::uint64_t batch = 1;     ///< starts in one call
  std::optional<double> rate;  ///< requests a second; empty: as many as are outstanding
  Mix mix;                     ///< with kMixed
  std::optional<Duration> duration;
  std::optional<std::uint64_t> operations;
  ReusePolicy reuse = ReusePolicy::kAllowDuplicate;
  ConflictPolicy conflict = ConflictPolicy::kUnspecified;
  std::uint64_t payload_bytes = 0;
  std::uint32_t retry_attempts = 0;                        ///< 0: no retry policy
  Duration run_timeout{};                                  ///< zero: none
  Duration execution_timeout{};                            ///< zero: none
  std::string list_query = "ExecutionStatus = 'Running'";  ///< of the lists
  unsigned complete_percent = 0;                           ///< of the runs that were started
  std::uint64_t seed = 0;

  std::string metrics;  ///< HOST:PORT; empty: not served
  Duration linger{};    ///< keep serving metrics that long after the work
  std::filesystem::path json;
  std::filesystem::path journal;  ///< of requests and answers; empty: none
  bool delete_namespace = false;  ///< when the work is done
  std::uint64_t max_idle_actors = 100'000;
  std::uint64_t max_in_flight = 0;  ///< that the runtime admits; 0: as many as are outstanding
};

/// Reads the command line. Ends the program for --help (status 0) and for what can't be read (2).
Settings parse_command_line(int argc, char** argv);

}  // namespace onerun::load
