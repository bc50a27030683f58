#include "generate.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <unordered_map>

#include "credits.hpp"
#include "ids.hpp"
#include "interrupt.hpp"
#include "progress.hpp"
#include "text.hpp"

namespace onerun::load {
namespace {

using Steady = std::chrono::steady_clock;

/// Makes requests and counts what comes of them.
class Generator {
 public:
  Generator(const Settings& settings, Session& session, Journal& journal, Tally& tally)
      : settings_(settings),
        name_space_(session.name_space()),
        journal_(journal),
        tally_(tally),
        ids_(settings),
        payload_(settings.payload_bytes, 'x'),
        places_(settings.outstanding) {}

  std::chrono::nanoseconds run() {
    begun_ = Steady::now();
    if (settings_.rate) {
      run_open(*settings_.rate);
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
      for (std::uint64_t i = 0; i < free; ++i) request(Steady::now());
      show_progress();
    }
  }

  /// Gives places back that are not needed.
  std::uint64_t keep_some(std::uint64_t places, std::uint64_t needed) {
    if (places <= needed) return places;
    untaken_ += places - needed;
    return needed;
  }

  /// Each request at its time, by the rate. One that is late starts at once, and its latency counts
  /// from when it was due; if all places are taken it waits for one, which counts too.
  void run_open(double rate) {
    std::uint64_t free = 0;
    while (!is_over()) {
      const auto due =
          begun_ + std::chrono::duration_cast<Steady::duration>(
                       std::chrono::duration<double>(static_cast<double>(made_) / rate));
      if (due > Steady::now()) {
        show_progress();
        std::this_thread::sleep_until(due);
      }
      if (free == 0) free = places_.take_all();
      --free;
      request(due);
    }
    untaken_ += free;
  }

  void request(Steady::time_point intended) {
    ++made_;
    WorkflowId workflow_id = ids_.next();
    if (settings_.mode != Mode::kMixed) return start(std::move(workflow_id), {}, intended);
    const Operation operation = settings_.mix.draw(ids_.random());
    switch (operation) {
      case Operation::kStart:
      case Operation::kRetry: {
        RequestId& last = last_request_[workflow_id.text()];
        if (operation == Operation::kStart || last.empty()) last = ids_.next_request();
        return start(std::move(workflow_id), last, intended);
      }
      case Operation::kDescribe: return describe({std::move(workflow_id)}, intended);
      default: return change(operation, {std::move(workflow_id)}, intended);
    }
  }

  void start(WorkflowId workflow_id, RequestId request_id, Steady::time_point intended) {
    const bool complete = draws_complete();
    std::string noted = complete ? workflow_id.text() : std::string();
    StartRequest request{.workflow_id = std::move(workflow_id),
                         .request_id = std::move(request_id),
                         .reuse_policy = settings_.reuse,
                         .conflict_policy = settings_.conflict,
                         .input = {.data = payload_, .content_type = {}}};
    auto [ticket, answer] =
        journal_.ask(request, [&] { return name_space_.start(std::move(request)); });
    std::move(answer).then([this, intended, noted = std::move(noted), complete,
                            ticket = ticket](const Result<StartResult>& started) {
      tally_.latency.record(Steady::now() - intended);
      tally_.start_answered(started);
      journal_.answered(ticket, started);
      if (complete && started.ok() && started->started) {
        return change(Operation::kComplete, {WorkflowId(noted), started->run_id}, {});
      }
      places_.give();
    });
  }

  bool draws_complete() {
    return settings_.complete_percent > 0 && ids_.random()() % 100 < settings_.complete_percent;
  }

  /// `intended`: empty for what only follows a start; its latency does not count.
  void change(Operation operation, RunRef run, std::optional<Steady::time_point> intended) {
    auto [ticket, answer] =
        journal_.ask(operation, run, [&] { return make_change(operation, std::move(run)); });
    std::move(answer).then(
        [this, operation, intended, ticket = ticket](const Result<RunInfo>& changed) {
          if (intended) tally_.latency.record(Steady::now() - *intended);
          tally_.answered(operation, changed.status());
          journal_.answered(ticket, changed);
          places_.give();
        });
  }

  Future<Result<RunInfo>> make_change(Operation operation, RunRef run) {
    switch (operation) {
      case Operation::kFail: return name_space_.fail(std::move(run));
      case Operation::kRequestCancel: return name_space_.request_cancel(std::move(run));
      case Operation::kReportCanceled: return name_space_.report_canceled(std::move(run));
      case Operation::kTerminate: return name_space_.terminate(std::move(run));
      case Operation::kRemove: return name_space_.remove(std::move(run));
      default: return name_space_.complete(std::move(run));
    }
  }

  /// Not for the journal: a description does not wait its turn among what changes the run.
  void describe(const RunRef& run, Steady::time_point intended) {
    name_space_.describe(run).then([this, intended](const Result<RunDescription>& answer) {
      tally_.latency.record(Steady::now() - intended);
      tally_.answered(Operation::kDescribe, answer.status());
      places_.give();
    });
  }

  void show_progress() {
    progress_.update([this] {
      const double seconds = std::chrono::duration<double>(Steady::now() - begun_).count();
      return "  " + with_commas(tally_.operations()) + " requests answered, " +
             with_commas(
                 static_cast<std::uint64_t>(static_cast<double>(tally_.operations()) / seconds)) +
             "/s";
    });
  }

  const Settings& settings_;
  const Namespace& name_space_;
  Journal& journal_;
  Tally& tally_;
  IdSequence ids_;
  const std::string payload_;
  Credits places_;
  std::uint64_t untaken_ = 0;  ///< places that were taken and not used
  Progress progress_;
  Steady::time_point begun_{};
  std::uint64_t made_ = 0;
  std::unordered_map<std::string, RequestId> last_request_;  ///< of each workflow id, to be retried
};

}  // namespace

std::chrono::nanoseconds generate(const Settings& settings, Session& session, Journal& journal,
                                  Tally& tally) {
  return Generator(settings, session, journal, tally).run();
}

}  // namespace onerun::load
