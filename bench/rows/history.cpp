#include <onerun/onerun.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "bench/rows/fill.hpp"
#include "bench/rows/machine.hpp"
#include "bench/rows/row.hpp"
#include "ids.hpp"
#include "temporary_directory.hpp"

namespace onerun::bench {
namespace {

using Steady = std::chrono::steady_clock;

double us_since(Steady::time_point begun) {
  return std::chrono::duration<double, std::micro>(Steady::now() - begun).count();
}

/// Event n of a history: signals as many as one run takes, then pauses and their ends.
Future<Result<RunInfo>> add_event(const Namespace& name_space, const RunRef& run, std::uint64_t n) {
  if (n <= limits::kSignalsPerRun) {
    return name_space.signal(run,
                             {.name = "paid", .input = {Payload::bytes(std::string(100, 's'))}});
  }
  return n % 2 == 1 ? name_space.pause(run, {.reason = "a pause"}) : name_space.unpause(run);
}

Status make_history(const Namespace& name_space, const RunRef& run, std::uint64_t events) {
  constexpr std::uint64_t kAtOnce = 1'000;
  for (std::uint64_t n = 2; n <= events;) {
    std::vector<Future<Result<RunInfo>>> asked;
    for (; n <= events && asked.size() < kAtOnce; ++n) {
      asked.push_back(add_event(name_space, run, n));
    }
    for (auto& one : asked) {
      if (const auto answer = one.get(); !answer.ok()) return answer.status();
    }
  }
  return {};
}

/// Follows the run from its first event to its last; us an event.
Result<double> follow(const Namespace& name_space, const RunRef& run, std::uint64_t events) {
  const auto begun = Steady::now();
  for (std::uint64_t next = 1; next <= events;) {
    const auto page = name_space.wait_history(run, next).get();
    if (!page.ok()) return page.status();
    if (page->events.empty() || page->events.front().event_id != next) {
      return Status(StatusCode::kInternal, "a page of other events");
    }
    next = page->next_event_id;
  }
  return us_since(begun) / static_cast<double>(events);
}

/// A page from the middle, many times; the longest, in ms.
Result<double> longest_page(const Namespace& name_space, const RunRef& run, std::uint64_t events) {
  constexpr int kPages = 200;
  double longest = 0;
  for (int i = 0; i < kPages; ++i) {
    const auto begun = Steady::now();
    const auto page = name_space.history(run, events / 2).get();
    if (!page.ok()) return page.status();
    longest = std::max(longest, us_since(begun) / 1'000);
  }
  return longest;
}

}  // namespace

Result<Figures> measure_history(const RowSettings& settings) {
  const std::uint64_t events = settings.runs_or(50'000);
  const std::uint64_t fewer = std::max<std::uint64_t>(events / 10, 2);
  const auto scratch = load::TemporaryDirectory::make(settings.dir);
  if (!scratch.ok()) return scratch.status();
  auto session = load::Session::open(load_on(scratch->path() / "data", {}), nullptr);
  if (!session.ok()) return session.status();
  const Namespace& name_space = session->name_space();
  std::vector<double> follows;
  double append_us = 0;
  RunRef run;
  for (const std::uint64_t length : {fewer, events}) {
    const auto started = name_space.start({.workflow_id = id_of(length)}).get();
    if (!started.ok()) return started.status();
    run = {id_of(length), started->run_id};
    const auto begun = Steady::now();
    Status made = make_history(name_space, run, length);
    if (!made.ok()) return made;
    append_us = us_since(begun) / static_cast<double>(length);
    wait_until_at_rest(std::chrono::seconds(60));
    const auto us = follow(name_space, run, length);
    if (!us.ok()) return us.status();
    follows.push_back(*us);
  }
  const auto page = longest_page(name_space, run, events);
  if (!page.ok()) return page.status();
  return Figures{{"history-follow",
                  follows[1],
                  {{"events", events}, {"of_a_tenth_us", follows[0]}, {"append_us", append_us}}},
                 {"history-page", *page, {{"events", events}}}};
}

}  // namespace onerun::bench
