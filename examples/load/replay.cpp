#include "replay.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "progress.hpp"
#include "text.hpp"

namespace onerun::load {
namespace {

using Steady = std::chrono::steady_clock;
using Kind = TraceOperation::Kind;

thread_local std::optional<Timestamp> thread_time;

class Replayer {
 public:
  Replayer(const Settings& settings, const std::vector<TraceOperation>& trace, Session& session,
           TraceClock& clock, Tally& tally)
      : settings_(settings),
        trace_(trace),
        name_space_(session.name_space()),
        clock_(clock),
        tally_(tally),
        next_of_id_(trace.size()),
        is_done_(trace.size()) {}

  ReplayResult run() {
    link();
    clock_.set_background(trace_.front().at);
    const auto begun = Steady::now();
    while (auto at = take_ready()) {
      submit(*at);
      progress_.update([this] {
        return "  " + with_commas(done_before_) + " of " + with_commas(trace_.size()) +
               " operations";
      });
    }
    return {.took = Steady::now() - begun, .workflow_ids = workflow_ids_};
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  /// Finds, for each operation, the next one of its workflow id. The first of each may begin.
  void link() {
    std::unordered_map<std::string_view, std::size_t> last_of_id;
    std::vector<std::size_t> firsts;
    std::ranges::fill(next_of_id_, kNone);
    for (std::size_t at = 0; at < trace_.size(); ++at) {
      const auto [last, is_first] = last_of_id.try_emplace(trace_[at].workflow_id, at);
      if (is_first) {
        firsts.push_back(at);
      } else {
        next_of_id_[last->second] = at;
        last->second = at;
      }
    }
    workflow_ids_ = last_of_id.size();
    ready_.assign(firsts.begin(), firsts.end());
  }

  /// The next operation that may be made; `nullopt` once all are done.
  std::optional<std::size_t> take_ready() {
    std::unique_lock lock(mutex_);
    may_go_on_.wait(lock, [this] {
      return done_before_ == trace_.size() ||
             (!ready_.empty() && under_way_ < settings_.outstanding);
    });
    if (done_before_ == trace_.size()) return std::nullopt;
    const std::size_t at = ready_.front();
    ready_.pop_front();
    ++under_way_;
    return at;
  }

  void submit(std::size_t at) {
    const TraceOperation& operation = trace_[at];
    TraceClock::set_for_this_thread(operation.at);
    if (operation.kind == Kind::kStart) return start(at, operation);
    const std::optional<RunId> run_id = run_started_by(operation);
    if (run_id) return end(at, operation, *run_id);
    tally_.close_skipped();
    done(at);
  }

  void start(std::size_t at, const TraceOperation& operation) {
    const auto begun = Steady::now();
    name_space_
        .start({.workflow_id = WorkflowId(operation.workflow_id),
                .request_id = RequestId(operation.request_id),
                .reuse_policy = settings_.reuse,
                .conflict_policy = settings_.conflict})
        .then([this, at, begun](const Result<StartResult>& answer) {
          tally_.latency.record(Steady::now() - begun);
          tally_.start_answered(answer);
          if (answer.ok() && answer->started) {
            const std::lock_guard lock(mutex_);
            runs_.insert_or_assign(key_of(trace_[at]), answer->run_id);
          }
          done(at);
        });
  }

  void end(std::size_t at, const TraceOperation& operation, const RunId& run_id) {
    const RunRef run{WorkflowId(operation.workflow_id), run_id};
    auto answer =
        operation.kind == Kind::kComplete ? name_space_.complete(run) : name_space_.fail(run);
    std::move(answer).then([this, at](const Result<RunInfo>& closed) {
      tally_.answered(trace_[at].kind == Kind::kComplete ? Operation::kComplete : Operation::kFail,
                      closed.status());
      if (closed.code() == StatusCode::kNotFound) tally_.close_skipped();
      done(at);
    });
  }

  /// A request id belongs to the workflow id that it was made for.
  static std::string key_of(const TraceOperation& operation) {
    return operation.workflow_id + '\n' + operation.request_id;
  }

  std::optional<RunId> run_started_by(const TraceOperation& operation) {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(key_of(operation));
    return found == runs_.end() ? std::nullopt : std::optional(found->second);
  }

  /// The next operation of the same id may begin, and the clock goes as far as all are done.
  void done(std::size_t at) {
    const std::lock_guard lock(mutex_);
    --under_way_;
    is_done_[at] = true;
    while (done_before_ < trace_.size() && is_done_[done_before_]) ++done_before_;
    if (done_before_ < trace_.size()) clock_.set_background(trace_[done_before_].at);
    if (next_of_id_[at] != kNone) ready_.push_back(next_of_id_[at]);
    may_go_on_.notify_one();
  }

  const Settings& settings_;
  const std::vector<TraceOperation>& trace_;
  const Namespace& name_space_;
  TraceClock& clock_;
  Tally& tally_;
  Progress progress_;
  std::vector<std::size_t> next_of_id_;
  std::uint64_t workflow_ids_ = 0;

  std::mutex mutex_;
  std::condition_variable may_go_on_;
  std::deque<std::size_t> ready_;
  std::vector<bool> is_done_;
  std::size_t done_before_ = 0;  ///< all operations before this one are done
  std::uint64_t under_way_ = 0;
  std::unordered_map<std::string, RunId> runs_;  ///< by the request that started them
};

}  // namespace

Timestamp TraceClock::now() const {
  if (thread_time) return *thread_time;
  return Timestamp(Duration(background_ms_.load(std::memory_order_acquire)));
}

void TraceClock::set_for_this_thread(Timestamp instant) { thread_time = instant; }

Result<ReplayResult> replay(const Settings& settings, const std::vector<TraceOperation>& trace,
                            Session& session, TraceClock& clock, Tally& tally) {
  ReplayResult result = Replayer(settings, trace, session, clock, tally).run();
  const auto name_space = session.name_space().describe_namespace().get();
  if (!name_space.ok()) return name_space.status();
  result.open_at_end = name_space->open_runs;
  return result;
}

}  // namespace onerun::load
