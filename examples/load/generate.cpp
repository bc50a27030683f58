#include "generate.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "credits.hpp"
#include "ids.hpp"
#include "interrupt.hpp"
#include "pace.hpp"
#include "progress.hpp"
#include "text.hpp"

namespace onerun::load {
namespace {

using Steady = std::chrono::steady_clock;

/// How many requests that are late are made before the clock is read again.
constexpr std::uint64_t kLateRequestsBetweenLooks = 64;

/// How long a start waits for the end of the open run. Long enough for the run to end.
constexpr Duration kQueueTimeout = std::chrono::hours(1);

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
    } else if (settings_.batch > 1) {
      run_batches();
    } else {
      run_closed();
    }
    places_.wait_for_all(settings_.outstanding - untaken_);
    return Steady::now() - begun_;
  }

 private:
  bool is_over() const { return is_over(settings_.duration ? Steady::now() : begun_); }
  bool is_over(Steady::time_point now) const {
    if (interrupted.load(std::memory_order_relaxed)) return true;
    if (settings_.operations && made_ >= *settings_.operations) return true;
    return settings_.duration && now - begun_ >= *settings_.duration;
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

  /// The same, as many in each call as a batch has.
  void run_batches() {
    std::uint64_t free = 0;
    while (!is_over()) {
      while (free < settings_.batch) free += places_.take_all();
      const std::uint64_t left = settings_.operations ? *settings_.operations - made_ : free;
      const std::uint64_t starts = std::min(settings_.batch, left);
      free -= starts;
      start_batch(starts);
      show_progress();
    }
    untaken_ += free;
  }

  void start_batch(std::uint64_t starts) {
    const auto begun = Steady::now();
    std::vector<StartRequest> requests;
    requests.reserve(starts);
    for (std::uint64_t i = 0; i < starts; ++i) requests.push_back(start_request(ids_.next(), {}));
    made_ += starts;
    name_space_.start_batch(std::move(requests))
        .then([this, starts, begun](const Result<std::vector<Result<StartResult>>>& answers) {
          tally_.latency.record(Steady::now() - begun);
          for (std::uint64_t i = 0; i < starts; ++i) {
            tally_.start_answered(answers.ok() ? (*answers)[i] : answers.status());
          }
          places_.give(static_cast<std::int64_t>(starts));
        });
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
    Steady::time_point now = begun_;
    while (!is_over(now)) {
      const auto intended = due(begun_, rate, made_);
      if (intended > now || made_ % kLateRequestsBetweenLooks == 0) now = Steady::now();
      if (intended > now) {
        show_progress();
        std::this_thread::sleep_until(std::max(intended, now + least_sleep(rate)));
        now = Steady::now();
      }
      if (free == 0) {
        free = places_.take_all();
        now = Steady::now();
      }
      --free;
      request(intended);
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
      case Operation::kEnqueue:
      case Operation::kCancelExisting:
      case Operation::kRetry: {
        Last& last = last_[workflow_id.text()];
        if (operation != Operation::kRetry || last.request.empty()) {
          last = {ids_.next_request(), operation};
        }
        return start(std::move(workflow_id), last.request, intended, last.operation);
      }
      case Operation::kDescribe: return describe({std::move(workflow_id)}, intended);
      case Operation::kList: return list(intended);
      case Operation::kReset:
        return change(operation, {std::move(workflow_id)}, intended, ids_.next_request());
      default: return change(operation, {std::move(workflow_id)}, intended, some_request());
    }
  }

  StartRequest start_request(WorkflowId workflow_id, RequestId request_id) const {
    StartRequest request{
        .workflow_id = std::move(workflow_id),
        .request_id = std::move(request_id),
        .reuse_policy = settings_.reuse,
        .conflict_policy = settings_.conflict,
        .input = payload_.empty() ? Payloads() : Payloads{Payload::bytes(payload_)},
        .execution_timeout = settings_.execution_timeout,
        .run_timeout = settings_.run_timeout};
    if (settings_.retry_attempts > 0) {
      request.retry_policy = RetryPolicy{.maximum_attempts = settings_.retry_attempts};
    }
    return request;
  }

  /// `as`: with which policies, if it is another operation than a start.
  void start(WorkflowId workflow_id, RequestId request_id, Steady::time_point intended,
             Operation as = Operation::kStart) {
    const bool complete = draws_complete();
    std::string noted = complete ? workflow_id.text() : std::string();
    StartRequest request = start_request(std::move(workflow_id), std::move(request_id));
    const bool cancels = as == Operation::kCancelExisting;
    if (cancels || as == Operation::kEnqueue) {
      request.reuse_policy = ReusePolicy::kAllowDuplicate;
      request.conflict_policy =
          cancels ? ConflictPolicy::kCancelExisting : ConflictPolicy::kEnqueue;
      request.queue_timeout = kQueueTimeout;
    }
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

  /// Of few for each workflow id, so that some are repeats.
  RequestId some_request() { return RequestId("s" + std::to_string(ids_.random()() % 8)); }

  bool draws_complete() {
    return settings_.complete_percent > 0 && ids_.random()() % 100 < settings_.complete_percent;
  }

  /// `intended`: empty for what only follows a start; its latency does not count. `request`: the
  /// request id of a signal, a reset or a pause.
  void change(Operation operation, RunRef run, std::optional<Steady::time_point> intended,
              const RequestId& request = {}) {
    auto [ticket, answer] = journal_.ask(
        operation, run, request, [&] { return make_change(operation, std::move(run), request); });
    std::move(answer).then(
        [this, operation, intended, ticket = ticket](const Result<RunInfo>& changed) {
          if (intended) tally_.latency.record(Steady::now() - *intended);
          tally_.answered(operation, changed.status());
          journal_.answered(ticket, changed);
          places_.give();
        });
  }

  Future<Result<RunInfo>> make_change(Operation operation, RunRef run, const RequestId& request) {
    switch (operation) {
      case Operation::kFail: return name_space_.fail(std::move(run));
      case Operation::kRequestCancel: return name_space_.request_cancel(std::move(run));
      case Operation::kReportCanceled: return name_space_.report_canceled(std::move(run));
      case Operation::kTerminate: return name_space_.terminate(std::move(run));
      case Operation::kRemove: return name_space_.remove(std::move(run));
      case Operation::kSignal:
        return name_space_.signal(std::move(run), {.name = "load", .request_id = request});
      case Operation::kReset: return name_space_.reset(std::move(run), {.request_id = request});
      case Operation::kPause: return name_space_.pause(std::move(run), {.request_id = request});
      case Operation::kUnpause: return name_space_.unpause(std::move(run), {.request_id = request});
      case Operation::kContinueAsNew: return name_space_.continue_as_new(std::move(run));
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

  /// Neither is a list.
  void list(Steady::time_point intended) {
    name_space_.list({.filter = settings_.list_query})
        .then([this, intended](const Result<ListPage>& answer) {
          tally_.latency.record(Steady::now() - intended);
          tally_.answered(Operation::kList, answer.status());
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

  /// The last start of a workflow id, to be retried.
  struct Last {
    RequestId request;
    Operation operation = Operation::kStart;
  };
  std::unordered_map<std::string, Last> last_;
};

}  // namespace

std::chrono::nanoseconds generate(const Settings& settings, Session& session, Journal& journal,
                                  Tally& tally) {
  return Generator(settings, session, journal, tally).run();
}

}  // namespace onerun::load
