#include "bench/rows/fill.hpp"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

#include "credits.hpp"
#include "generate.hpp"
#include "journal.hpp"
#include "tally.hpp"

namespace onerun::bench {
namespace {

constexpr std::uint64_t kBatch = 1'000;
constexpr std::uint64_t kBatchesAtOnce = 8;

/// The first error of many answers. Threads: any.
class FirstError {
 public:
  void note(const Status& status) {
    if (status.ok()) return;
    const std::lock_guard lock(mutex_);
    if (first_.ok()) first_ = status;
  }
  Status get() const {
    const std::lock_guard lock(mutex_);
    return first_;
  }

 private:
  mutable std::mutex mutex_;
  Status first_;
};

std::uint64_t next_seed() {
  static std::uint64_t seed = std::random_device()();
  return ++seed;
}

}  // namespace

WorkflowId id_of(std::uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "id-%017llu", static_cast<unsigned long long>(number));
  return WorkflowId(text);
}

Status fill_open(const Namespace& name_space, std::uint64_t runs,
                 const std::function<RequestId(std::uint64_t)>& request_id) {
  load::Credits calls(kBatchesAtOnce);
  FirstError error;
  std::uint64_t free = 0;
  for (std::uint64_t made = 0; made < runs && error.get().ok();) {
    std::vector<StartRequest> batch;
    const std::uint64_t end = std::min(made + kBatch, runs);
    for (; made < end; ++made) {
      batch.push_back(
          {.workflow_id = id_of(made), .request_id = request_id ? request_id(made) : RequestId()});
    }
    if (free == 0) free = calls.take_all();
    --free;
    name_space.start_batch(std::move(batch)).then([&](const auto& answers) {
      error.note(answers.status());
      if (answers.ok()) {
        for (const auto& answer : *answers) error.note(answer.status());
      }
      calls.give();
    });
  }
  calls.wait_for_all(kBatchesAtOnce - free);
  return error.get();
}

load::Settings load_on(const std::filesystem::path& data_dir, std::chrono::milliseconds stretch) {
  load::Settings settings;
  settings.data_dir = data_dir;
  settings.outstanding = 4096;
  settings.max_in_flight = Options().max_in_flight;
  settings.duration = stretch;
  settings.conflict = ConflictPolicy::kFail;
  settings.seed = next_seed();
  return settings;
}

Status fill_open_quickly(const std::filesystem::path& data_dir, std::uint64_t runs) {
  load::Settings settings = load_on(data_dir, {});
  settings.durability = Durability::kAsync;
  auto session = load::Session::open(settings, nullptr);
  if (!session.ok()) return session.status();
  Status filled = fill_open(session->name_space(), runs);
  if (!filled.ok()) return filled;
  return session->runtime().shutdown(std::chrono::minutes(5));
}

Status fill_closed(const std::filesystem::path& data_dir, std::uint64_t runs) {
  load::Settings settings = load_on(data_dir, {});
  settings.duration.reset();
  settings.operations = runs;
  settings.complete_percent = 100;
  settings.durability = Durability::kAsync;
  settings.retention = std::chrono::hours(24 * 365);
  auto session = load::Session::open(settings, nullptr);
  if (!session.ok()) return session.status();
  const auto came = put_load(settings, *session);
  if (!came.ok()) return came.status();
  return session->runtime().shutdown(std::chrono::minutes(5));
}

Result<load::TemporaryDirectory> make_closed(const std::filesystem::path& parent,
                                             std::uint64_t runs) {
  auto directory = load::TemporaryDirectory::make(parent);
  if (!directory.ok()) return directory;
  const Status filled = fill_closed(directory->path() / "data", runs);
  if (!filled.ok()) return filled;
  return directory;
}

Result<Came> put_load(const load::Settings& settings, load::Session& session) {
  load::Tally tally;
  load::Journal none;
  const auto took = load::generate(settings, session, none, tally);
  if (tally.errors() > 0) return Status(StatusCode::kInternal, tally.first_error());
  const double seconds = std::chrono::duration<double>(took).count();
  return Came{
      .starts_per_second = static_cast<double>(tally.started()) / seconds,
      .completed_per_second = static_cast<double>(tally.done(load::Operation::kComplete)) / seconds,
      .p50_us = tally.latency.percentile_us(0.5),
      .p99_us = tally.latency.percentile_us(0.99),
      .max_us = tally.latency.max_us()};
}

Result<Came> put_load(load::Settings settings) {
  auto session = load::Session::open(settings, nullptr);
  if (!session.ok()) return session.status();
  const auto stretch = settings.duration;
  settings.duration = *stretch / 5;
  auto warm = put_load(settings, *session);
  if (!warm.ok()) return warm;
  settings.duration = stretch;
  settings.seed = next_seed();
  return put_load(settings, *session);
}

}  // namespace onerun::bench
