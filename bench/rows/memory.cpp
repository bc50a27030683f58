// Resident memory: of open runs without actors, and of the actors of as many.
#include <onerun/onerun.hpp>
#include <onerun/testing.hpp>

#include <string>

#include "bench/rows/asking.hpp"
#include "bench/rows/fill.hpp"
#include "bench/rows/machine.hpp"
#include "bench/rows/row.hpp"
#include "temporary_directory.hpp"

namespace onerun::bench {
namespace {

constexpr std::uint64_t kOutstanding = 4096;
constexpr std::chrono::seconds kPatience{60};
const NamespaceName kNamespace("load");

Result<StartResult> not_asked() { return Status(StatusCode::kInternal, "not asked"); }

/// Asks for each run, which makes an actor for each id and writes nothing.
Status touch_all(const Namespace& name_space, std::uint64_t runs) {
  std::uint64_t asked = 0;
  Asking asking(
      kOutstanding,
      [&](std::uint64_t number) {
        asked = number + 1;
        if (number >= runs) return Future<Asking::Answer>(not_asked());
        return name_space.start(
            {.workflow_id = id_of(number), .conflict_policy = ConflictPolicy::kUseExisting});
      },
      [&](std::uint64_t number, const Asking::Answer& answer) {
        return number >= runs || (answer.ok() && answer->rule == StartRule::kUsedExisting);
      });
  asking.closed([&] { return asked >= runs; });
  return asking.wrong();
}

Status passivate(Runtime& runtime) {
  wait_until_at_rest(kPatience);
  return testing::passivate_now(runtime).status();
}

/// Starts of new ids while all those actors are there.
Result<double> starts_beside(const Namespace& name_space, std::uint64_t runs,
                             std::chrono::milliseconds stretch) {
  Asking asking(
      kOutstanding,
      [&](std::uint64_t number) { return name_space.start({.workflow_id = id_of(runs + number)}); },
      [](std::uint64_t, const Asking::Answer& answer) { return answer.ok(); });
  asking.closed(after(stretch));
  if (!asking.wrong().ok()) return asking.wrong();
  return asking.per_second();
}

Result<Runtime> open(const std::filesystem::path& data_dir, std::uint64_t actors) {
  return Runtime::open(
      {.data_dir = data_dir, .max_idle_actors = actors, .actor_idle_time = std::chrono::hours(24)});
}

/// With as many actors as a runtime keeps unless it is told otherwise.
Result<Figure> measure_passivated(const std::filesystem::path& data_dir, std::uint64_t runs) {
  auto runtime = open(data_dir, Options().max_idle_actors);
  if (!runtime.ok()) return runtime.status();
  const auto name_space = runtime->ensure_namespace(kNamespace);
  if (!name_space.ok()) return name_space.status();
  const std::uint64_t before = resident_bytes_in_use();
  Status status = fill_open(*name_space, runs);
  if (status.ok()) status = passivate(*runtime);
  if (!status.ok()) return status;
  const std::uint64_t resident = resident_bytes_in_use();
  const double each =
      (static_cast<double>(resident) - static_cast<double>(before)) / static_cast<double>(runs);
  return Figure{
      "memory-passivated",
      static_cast<double>(resident) / 1e6,
      {{"runs", runs}, {"before_mb", static_cast<double>(before) / 1e6}, {"bytes_per_run", each}}};
}

/// In a runtime opened anew. They are made twice: the first time fills the caches.
Result<Figure> measure_actors(const std::filesystem::path& data_dir, std::uint64_t runs,
                              std::chrono::milliseconds stretch) {
  auto runtime = open(data_dir, runs);
  if (!runtime.ok()) return runtime.status();
  const Namespace name_space = runtime->namespace_(kNamespace);
  Status status = touch_all(name_space, runs);
  if (status.ok()) status = passivate(*runtime);
  const std::uint64_t without = resident_bytes_in_use();
  if (status.ok()) status = touch_all(name_space, runs);
  if (!status.ok()) return status;
  const std::uint64_t with = resident_bytes_in_use();
  const auto starts = starts_beside(name_space, runs, stretch);
  if (!starts.ok()) return starts.status();
  const double each =
      (static_cast<double>(with) - static_cast<double>(without)) / static_cast<double>(runs);
  return Figure{"memory-actor",
                each / 1e3,
                {{"actors", runs},
                 {"resident_mb", static_cast<double>(with) / 1e6},
                 {"starts_per_second", *starts}}};
}

}  // namespace

Result<Figures> measure_memory(const RowSettings& settings) {
  const std::uint64_t runs = settings.runs_or(1'000'000);
  const auto scratch = load::TemporaryDirectory::make(settings.dir);
  if (!scratch.ok()) return scratch.status();
  auto passivated = measure_passivated(scratch->path() / "data", runs);
  if (!passivated.ok()) return passivated.status();
  auto actors = measure_actors(scratch->path() / "data", runs, settings.stretch);
  if (!actors.ok()) return actors.status();
  return Figures{*passivated, *actors};
}

}  // namespace onerun::bench
