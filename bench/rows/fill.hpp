// Stores that are full of runs before anything is measured, and the load that rows put on them.
#pragma once

#include <onerun/onerun.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>

#include "histogram.hpp"
#include "session.hpp"
#include "settings.hpp"
#include "temporary_directory.hpp"

namespace onerun::bench {

/// The workflow id of a number, 20 bytes; the one that the load program draws with --id-count.
WorkflowId id_of(std::uint64_t number);

/// Starts a run for each of the first so many ids, in batches.
/// `request_id`: of the start of a number; empty function: none.
Status fill_open(const Namespace& name_space, std::uint64_t runs,
                 const std::function<RequestId(std::uint64_t)>& request_id = nullptr);

/// What load of the rows begins with: new ids, of a seed that was not used before.
load::Settings load_on(const std::filesystem::path& data_dir, std::chrono::milliseconds stretch);

/// The same in a store that nobody has open, without a sync for each batch.
Status fill_open_quickly(const std::filesystem::path& data_dir, std::uint64_t runs);

/// Starts and completes so many runs in a store, quickly, and closes it again.
Status fill_closed(const std::filesystem::path& data_dir, std::uint64_t runs);

/// The same in a directory of its own below `parent`: the store is `data` there.
Result<load::TemporaryDirectory> make_closed(const std::filesystem::path& parent,
                                             std::uint64_t runs);

/// What came of a stretch of load.
struct Came {
  double starts_per_second = 0;
  double completed_per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
  double max_us = 0;
};

/// Puts load on a session. Errors: the first answer that was one.
Result<Came> put_load(const load::Settings& settings, load::Session& session);

/// The same in a session of its own, after a fifth as long to warm up.
Result<Came> put_load(load::Settings settings);

}  // namespace onerun::bench
