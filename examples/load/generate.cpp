#include "generate.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <thread>

#include "credits.hpp"
#include "ids.hpp"
#include "interrupt.hpp"
#include "progress.hpp"
#include "text.hpp"

namespace onerun::load {
namespace {

using Steady = std::chrono::steady_clock;

/// The journal of acknowledged starts. A line is with the operating system before the next answer
/// is looked at, so that it outlives the process.
class Journal {
 public:
  Status open(const std::filesystem::path& path) {
    if (path.empty()) return {};
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file_ >= 0) return {};
    return Status(StatusCode::kUnavailable, "can't write journal " + path.string() + ": " +
                                                std::generic_category().message(errno));
  }

  ~Journal() {
    if (file_ >= 0) ::close(file_);
  }

  void note(const std::string& workflow_id, const RunId& run_id) {
    if (file_ < 0) return;
    const std::string line = workflow_id + ' ' + run_id.text() + '\n';
    const std::lock_guard lock(mutex_);
    [[maybe_unused]] const auto written = ::write(file_, line.data(), line.size());
  }

  bool wanted() const { return file_ >= 0; }

 private:
  std::mutex mutex_;
  int file_ = -1;
};

/// Makes starts and counts what comes of them.
class Generator {
 public:
  Generator(const Settings& settings, Session& session, Tally& tally)
      : settings_(settings),
        name_space_(session.name_space()),
        tally_(tally),
        ids_(settings),
        payload_(settings.payload_bytes, 'x'),
        places_(settings.outstanding) {}

  Result<std::chrono::nanoseconds> run() {
    Status journal = journal_.open(settings_.acknowledged);
    if (!journal.ok()) return journal;
    begun_ = Steady::now();
    if (settings_.mode == Mode::kOpen) {
      run_open();
    } else {
      run_closed();
    }
    places_.wait_for_all(settings_.outstanding - untaken_);
    return Steady::now() - begun_;
  }

 private:
  bool is_over() const {
    if (interrupted.load(std::memory_order_relaxed)) return true;
    if (settings_.operations && made_ >= *settings_.operations) return true;
    return settings_.duration && Steady::now() - begun_ >= *settings_.duration;
  }

  /// As many under way as asked for, at any time.
  void run_closed() {
    while (!is_over()) {
      std::uint64_t free = places_.take_all();
      if (settings_.operations) free = keep_some(free, *settings_.operations - made_);
      for (std::uint64_t i = 0; i < free; ++i) start(Steady::now());
      show_progress();
    }
  }

  /// Gives places back that are not needed.
  std::uint64_t keep_some(std::uint64_t places, std::uint64_t needed) {
    if (places <= needed) return places;
    untaken_ += places - needed;
    return needed;
  }

  /// Each start at its time, by the rate. One that is late starts at once, and its latency counts
  /// from when it was due; if all places are taken it waits for one, which counts too.
  void run_open() {
    std::uint64_t free = 0;
    while (!is_over()) {
      const auto due =
          begun_ + std::chrono::duration_cast<Steady::duration>(
                       std::chrono::duration<double>(static_cast<double>(made_) / settings_.rate));
      if (due > Steady::now()) {
        show_progress();
        std::this_thread::sleep_until(due);
      }
      if (free == 0) free = places_.take_all();
      --free;
      start(due);
    }
    untaken_ += free;
  }

  void start(Steady::time_point intended) {
    ++made_;
    WorkflowId workflow_id = ids_.next();
    const bool complete = draws_complete();
    std::string noted = complete || journal_.wanted() ? workflow_id.text() : std::string();
    name_space_
        .start({.workflow_id = std::move(workflow_id),
                .reuse_policy = settings_.reuse,
                .conflict_policy = settings_.conflict,
                .input = {.data = payload_, .content_type = {}}})
        .then([this, intended, noted = std::move(noted),
               complete](const Result<StartResult>& answer) {
          tally_.start_latency.record(Steady::now() - intended);
          tally_.start_answered(answer);
          if (answer.ok() && answer->started) journal_.note(noted, answer->run_id);
          if (complete && answer.ok() && answer->started) return this->complete(noted, *answer);
          places_.give();
        });
  }

  bool draws_complete() {
    return settings_.complete_percent > 0 && ids_.random()() % 100 < settings_.complete_percent;
  }

  void complete(const std::string& workflow_id, const StartResult& started) {
    name_space_.complete({WorkflowId(workflow_id), started.run_id})
        .then([this](const Result<RunInfo>& answer) {
          if (answer.ok()) {
            tally_.completed();
          } else if (answer.status().detail<AlreadyClosed>() != nullptr) {
            tally_.close_skipped();
          } else {
            tally_.error(answer.status());
          }
          places_.give();
        });
  }

  void show_progress() {
    progress_.update([this] {
      const double seconds = std::chrono::duration<double>(Steady::now() - begun_).count();
      return "  " + with_commas(tally_.start_latency.count()) + " starts answered, " +
             with_commas(static_cast<std::uint64_t>(
                 static_cast<double>(tally_.start_latency.count()) / seconds)) +
             "/s";
    });
  }

  const Settings& settings_;
  const Namespace& name_space_;
  Tally& tally_;
  IdSequence ids_;
  const std::string payload_;
  Credits places_;
  std::uint64_t untaken_ = 0;  ///< places that were taken and not used
  Journal journal_;
  Progress progress_;
  Steady::time_point begun_{};
  std::uint64_t made_ = 0;
};

}  // namespace

Result<std::chrono::nanoseconds> generate(const Settings& settings, Session& session,
                                          Tally& tally) {
  return Generator(settings, session, tally).run();
}

}  // namespace onerun::load
