#include "journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

#include "process.hpp"

namespace onerun::load {
namespace {

using nlohmann::ordered_json;

/// The time of the request that this thread is making.
thread_local std::optional<Timestamp> request_time;

Timestamp system_now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

std::int64_t ms(Timestamp instant) { return instant.time_since_epoch().count(); }

ordered_json answer_line(Journal::Ticket ticket, const Status& status) {
  return {{"answer", ticket}, {"at", ms(system_now())}, {"code", to_string(status.code())}};
}

std::uint32_t attempts_of(const StartRequest& request) {
  return request.retry_policy ? request.retry_policy->maximum_attempts : 0;
}

bool is_unknown(const Status& status) {
  return status.detail<OutcomeUnknown>() != nullptr || status.detail<Fenced>() != nullptr;
}

}  // namespace

/// For a request that is noted it is the time of its line, for all else the machine's.
class Journal::RequestClock final : public Clock {
 public:
  Timestamp now() const override { return request_time.value_or(system_now()); }
};

Journal::Journal() : clock_(std::make_shared<RequestClock>()) {}

Journal::~Journal() {
  if (file_ >= 0) ::close(file_);
}

Status Journal::open(const std::filesystem::path& path) {
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ >= 0) return {};
  return system_error("can't write journal " + path.string());
}

std::shared_ptr<const Clock> Journal::clock() const { return clock_; }

/// From here on this thread is making a request: that has a time, which does not go back from one
/// request to the next.
Timestamp Journal::stop_time() {
  last_at_ = std::max(last_at_, system_now());
  request_time = last_at_;
  return last_at_;
}

void Journal::let_time_go_on() { request_time.reset(); }

void Journal::note(const StartRequest& request) {
  write(ordered_json{{"ask", ++last_},
                     {"at", ms(stop_time())},
                     {"op", name_of(Operation::kStart)},
                     {"workflow_id", request.workflow_id.text()},
                     {"request_id", request.request_id.text()},
                     {"reuse", to_string(request.reuse_policy)},
                     {"conflict", to_string(request.conflict_policy)},
                     {"retry_attempts", attempts_of(request)},
                     {"run_timeout", request.run_timeout.count()},
                     {"execution_timeout", request.execution_timeout.count()},
                     {"queue_timeout", request.queue_timeout.count()}}
            .dump());
}

void Journal::note(Operation operation, const RunRef& run, const RequestId& request) {
  write(ordered_json{{"ask", ++last_},
                     {"at", ms(stop_time())},
                     {"op", name_of(operation)},
                     {"workflow_id", run.workflow_id.text()},
                     {"run_id", run.run_id.text()},
                     {"request_id", request.text()}}
            .dump());
}

void Journal::answered(Ticket ticket, const Result<StartResult>& answer) {
  if (!wanted() || is_unknown(answer.status())) return;
  ordered_json line = answer_line(ticket, answer.status());
  if (answer.ok()) {
    line["rule"] = to_string(answer->rule);
    line["run_id"] = answer->run_id.text();
    line["first_execution_run_id"] = answer->first_execution_run_id.text();
    line["status"] = to_string(answer->status);
    line["queue_position"] = answer->queue_position;
  } else if (const auto* refused = answer.status().detail<AlreadyStarted>()) {
    line["rule"] = to_string(refused->rule);
    line["run_id"] = refused->run_id.text();
    line["status"] = to_string(refused->status);
  }
  write(line.dump());
}

void Journal::answered(Ticket ticket, const Result<RunInfo>& answer) {
  if (!wanted() || is_unknown(answer.status())) return;
  ordered_json line = answer_line(ticket, answer.status());
  if (answer.ok()) {
    line["run_id"] = answer->run_id.text();
    line["status"] = to_string(answer->status);
    line["start_time"] = ms(answer->start_time);
    if (answer->close_time) line["close_time"] = ms(*answer->close_time);
    line["cancel_requested"] = answer->cancel_requested;
    line["first_execution_run_id"] = answer->first_execution_run_id.text();
    line["original_execution_run_id"] = answer->original_execution_run_id.text();
    line["lineage_run_id"] = answer->lineage_run_id.text();
    line["new_execution_run_id"] = answer->new_execution_run_id.text();
    line["initiator"] = to_string(answer->initiator);
    line["attempt"] = answer->attempt;
  }
  write(line.dump());
}

void Journal::write(const std::string& line) {
  const std::string whole = line + '\n';
  const std::lock_guard lock(writing_);
  [[maybe_unused]] const auto written = ::write(file_, whole.data(), whole.size());
}

}  // namespace onerun::load
