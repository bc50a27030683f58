// A process with open runs is killed in the middle of its work: how long until another one answers.
#include <sys/wait.h>
#include <unistd.h>

#include <onerun/onerun.hpp>

#include <csignal>
#include <iostream>
#include <thread>

#include "bench/rows/asking.hpp"
#include "bench/rows/fill.hpp"
#include "bench/rows/machine.hpp"
#include "bench/rows/row.hpp"
#include "process.hpp"
#include "temporary_directory.hpp"

namespace onerun::bench {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

/// How long the victim goes on with starts before it is killed.
constexpr auto kBeforeTheKill = 500ms;

/// Fills the store, says so, and starts more until it is killed. Returns only after a failure.
Status live_until_killed(const std::filesystem::path& data_dir, std::uint64_t runs, int tell) {
  auto session = load::Session::open(load_on(data_dir, {}), nullptr);
  if (!session.ok()) return session.status();
  const Namespace& name_space = session->name_space();
  Status filled = fill_open(name_space, runs);
  if (!filled.ok()) return filled;
  if (::write(tell, "!", 1) != 1) return load::system_error("write");
  Asking asking(
      4096,
      [&](std::uint64_t number) { return name_space.start({.workflow_id = id_of(runs + number)}); },
      [](std::uint64_t, const Asking::Answer& answer) { return answer.ok(); });
  asking.closed([] { return false; });
  return Status(StatusCode::kInternal, "not killed");
}

/// Has a child fill the store and kills it. Called before this process has any thread.
Status fill_and_kill(const std::filesystem::path& data_dir, std::uint64_t runs) {
  int pipe[2];
  if (::pipe(pipe) != 0) return load::system_error("pipe");
  const pid_t child = ::fork();
  if (child < 0) return load::system_error("fork");
  if (child == 0) {
    ::close(pipe[0]);
    std::cerr << live_until_killed(data_dir, runs, pipe[1]) << '\n';
    ::_exit(1);
  }
  ::close(pipe[1]);
  char byte = 0;
  const bool is_filled = ::read(pipe[0], &byte, 1) == 1;
  ::close(pipe[0]);
  if (is_filled) std::this_thread::sleep_for(kBeforeTheKill);
  ::kill(child, SIGKILL);
  int how = 0;
  ::waitpid(child, &how, 0);
  const bool is_killed = WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
  return is_filled && is_killed ? Status() : Status(StatusCode::kInternal, "the child failed");
}

double seconds_between(Steady::time_point begun, Steady::time_point ended) {
  return std::chrono::duration<double>(ended - begun).count();
}

}  // namespace

Result<Figures> measure_reopen(const RowSettings& settings) {
  const std::uint64_t runs = settings.runs_or(1'000'000);
  const auto scratch = load::TemporaryDirectory::make(settings.dir);
  if (!scratch.ok()) return scratch.status();
  const std::filesystem::path data_dir = scratch->path() / "data";
  const Status killed = fill_and_kill(data_dir, runs);
  if (!killed.ok()) return killed;

  const auto begun = Steady::now();
  const auto runtime = Runtime::open({.data_dir = data_dir});
  if (!runtime.ok()) return runtime.status();
  const auto opened = Steady::now();
  const Namespace name_space = runtime->namespace_("load");
  const auto started = name_space.start({.workflow_id = WorkflowId("the first afterwards")}).get();
  const auto answered = Steady::now();
  const auto refused = name_space.start({.workflow_id = id_of(runs / 2)}).get();
  if (!started.ok()) return started.status();
  if (refused.ok()) return Status(StatusCode::kInternal, "a run that was open is gone");
  const auto description = name_space.describe_namespace().get();
  if (!description.ok()) return description.status();
  return Figures{{"reopen",
                  seconds_between(begun, answered),
                  {{"open_runs", description->open_runs},
                   {"open_seconds", seconds_between(begun, opened)},
                   {"first_answer_seconds", seconds_between(opened, answered)}}}};
}

}  // namespace onerun::bench
