#include "core/validate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "core/check.hpp"
#include "core/cron.hpp"
#include "core/start_table.hpp"
#include "core/text.hpp"
#include "onerun/limits.hpp"

namespace onerun::core {
namespace {

Status check_id(std::string_view field, std::string_view text) {
  return check_text(field, text, limits::kIdBytes);
}

Status check_workflow_id(const WorkflowId& workflow_id) {
  return check_required_text("workflow_id", workflow_id.text(), limits::kIdBytes);
}

Status check_run_id(std::string_view field, const RunId& run_id) {
  // The canonical text of a UUID is within every limit.
  return run_id.is_uuid() ? Status() : check_id(field, run_id.text());
}

/// A duration of which zero means that there is none.
Status check_optional_duration(std::string_view field, Duration value) {
  return check_duration(field, value, Duration::zero(), limits::kMaxDuration);
}

Status check_task_timeout(Duration timeout) {
  return check_optional_duration("workflow_task_timeout", timeout);
}

/// What a run is given, by a start or by the run before it.
template <class Request>
Status check_contents(const Request& request) {
  return first_error(
      [&] { return check_payloads("input", request.input); },
      [&] { return check_payload_map("memo", request.memo, limits::kMemoBytes); },
      [&] { return check_search_attributes("search_attributes", request.search_attributes); },
      [&] { return check_payload_map("header", request.header, limits::kHeaderBytes); });
}

Status check_parent(const ParentLink& parent) {
  return first_error(
      [&] { return check_id("parent.name_space", parent.name_space.text()); },
      [&] {
        return check_required_text("parent.workflow_id", parent.workflow_id.text(),
                                   limits::kIdBytes);
      },
      [&] { return check_required_text("parent.run_id", parent.run_id.text(), limits::kIdBytes); },
      [&] { return check_id("parent.root_workflow_id", parent.root_workflow_id.text()); },
      [&] { return check_run_id("parent.root_run_id", parent.root_run_id); },
      [&] {
        if (parent.root_workflow_id.empty() == parent.root_run_id.empty()) return Status();
        return invalid_field("parent.root_run_id",
                             parent.root_run_id.empty() ? "empty" : "given without an id",
                             "given with parent.root_workflow_id, and only with it");
      });
}

/// An enumeration may hold any number: only those that have a name are values.
template <class Enum>
Status check_known(std::string_view field, Enum value, std::string_view allowed) {
  if (to_string(value) != "unknown") return {};
  return invalid_field(field, std::to_string(static_cast<int>(value)), allowed);
}

Status check_policies(const StartCommand& command) {
  const auto [reuse, conflict] = std::pair(command.reuse_policy, command.conflict_policy);
  Status status = check_known("reuse_policy", reuse, "the values of ReusePolicy");
  if (status.ok()) {
    status = check_known("conflict_policy", conflict, "the values of ConflictPolicy");
  }
  if (!status.ok() || is_valid_pair(reuse, conflict)) return status;
  return invalid_field(
      "conflict_policy",
      std::string(to_string(conflict)) + " with reuse_policy " + std::string(to_string(reuse)),
      "a pair that does not contradict itself");
}

Status check_attach(const StartCommand& command) {
  if (!command.attach_request_id || !command.request_id.empty()) return {};
  return invalid_field("attach_request_id", "true without a request_id", "only with a request_id");
}

Status check_signal(const Signal& signal) {
  return first_error(
      [&] { return check_required_text("signal.name", signal.name, limits::kIdBytes); },
      [&] { return check_payloads("signal.input", signal.input); },
      [&] { return check_id("signal.request_id", signal.request_id.text()); },
      [&] { return check_id("signal.identity", signal.identity); },
      [&] { return check_payload_map("signal.header", signal.header, limits::kHeaderBytes); });
}

/// A start with a signal can't fail because a run is open. Source: specification section 1.3.
Status check_start_signal(const StartCommand& command) {
  if (!command.signal) return {};
  if (command.conflict_policy != ConflictPolicy::kFail) return check_signal(*command.signal);
  return invalid_field("conflict_policy", "fail with a signal",
                       "unspecified, use_existing or terminate_existing with a signal");
}

/// What goes with a start that may wait for the end of the open run.
Status check_queue(const StartCommand& command) {
  const bool cancels = command.conflict_policy == ConflictPolicy::kCancelExisting;
  const bool queues = cancels || command.conflict_policy == ConflictPolicy::kEnqueue;
  if (queues && command.signal) {
    return invalid_field("signal", "given with a conflict policy that may wait",
                         "not with cancel_existing or enqueue");
  }
  if (!queues && command.queue_timeout != Duration::zero()) {
    return invalid_field(
        "queue_timeout",
        "given with conflict_policy " + std::string(to_string(command.conflict_policy)),
        "only with cancel_existing or enqueue");
  }
  return check_duration("queue_timeout", command.queue_timeout, Duration(cancels ? 1 : 0),
                        limits::kMaxDuration);
}

Status check_schedule(const std::string& schedule, const TimeZones& zones) {
  return schedule.empty() ? Status() : parse_cron(schedule, zones).status();
}

Status check_failure(const Failure& failure) {
  return first_error(
      [&] { return check_text("failure.message", failure.message, limits::kReasonBytes); },
      [&] { return check_id("failure.type", failure.type); },
      [&] { return check_payloads("failure.details", failure.details); },
      [&] {
        return check_optional_duration("failure.next_retry_delay",
                                       failure.next_retry_delay.value_or(Duration::zero()));
      });
}

/// Types that begin so name a timeout, and only these exist. Source: specification section 3.3.
Status check_non_retryable_type(const std::string& type) {
  constexpr std::string_view kTimeoutPrefix = "TemporalTimeout:";
  constexpr std::array<std::string_view, 4> kTimeouts = {"StartToClose", "ScheduleToStart",
                                                         "ScheduleToClose", "Heartbeat"};
  Status status = check_required_text("retry_policy.non_retryable_types", type, limits::kIdBytes);
  if (!status.ok() || !type.starts_with(kTimeoutPrefix)) return status;
  const std::string_view timeout = std::string_view(type).substr(kTimeoutPrefix.size());
  if (std::ranges::find(kTimeouts, timeout) != kTimeouts.end()) return {};
  return invalid_field("retry_policy.non_retryable_types", "\"" + printable(type) + "\"",
                       "after TemporalTimeout: StartToClose, ScheduleToStart, ScheduleToClose or "
                       "Heartbeat");
}

/// The shortest text that is read as this number: 0.99999999 is not shown as 1.
std::string to_text(double number) {
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), written.ptr};
}

Status check_intervals(const RetryPolicy& policy) {
  return first_error(
      [&] {
        return check_duration("retry_policy.initial_interval", policy.initial_interval, Duration(1),
                              limits::kMaxDuration);
      },
      [&] {
        if (policy.backoff_coefficient >= 1) return Status();  // false for what is no number
        return invalid_field("retry_policy.backoff_coefficient",
                             to_text(policy.backoff_coefficient), "at least 1");
      },
      [&] {
        if (policy.maximum_interval == Duration::zero()) return Status();
        return check_duration("retry_policy.maximum_interval", policy.maximum_interval,
                              policy.initial_interval, limits::kMaxDuration);
      });
}

/// One attempt is no retry: then the intervals do not matter.
Status check_retry_policy(const std::optional<RetryPolicy>& policy) {
  if (!policy) return {};
  const std::vector<std::string>& types = policy->non_retryable_types;
  Status status = policy->maximum_attempts == 1 ? Status() : check_intervals(*policy);
  if (status.ok() && types.size() > limits::kNonRetryableTypes) {
    status = too_large("retry_policy.non_retryable_types", types.size(), limits::kNonRetryableTypes,
                       "types");
  }
  for (const std::string& type : types) {
    if (status.ok()) status = check_non_retryable_type(type);
  }
  return status;
}

/// Time is counted in milliseconds: not more than one start in each.
Status check(const StartRate& rate) {
  if (rate.starts == 0) return {};
  return check_duration("start_rate.period", rate.period, Duration(rate.starts),
                        limits::kMaxDuration);
}

Status check_retention(std::string_view field, Duration value) {
  return check_duration(field, value, limits::kMinRetention, limits::kMaxDuration);
}

Status check(const Retention& retention) {
  Status status = check_retention("retention.closed", retention.closed);
  if (!status.ok()) return status;
  for (const auto& [closed, duration] : retention.by_status) {
    const std::string field = "retention.by_status[" + std::string(to_string(closed)) + "]";
    if (!is_closed(closed) || to_string(closed) == "unknown") {
      return invalid_field(field, "given", "only for statuses that a run ends with");
    }
    status = check_retention(field, duration);
    if (!status.ok()) return status;
  }
  return retention.ids ? check_retention("retention.ids", *retention.ids) : Status();
}

}  // namespace

Status validate(const NamespaceName& name) {
  return check_required_text("namespace", name.text(), limits::kIdBytes);
}

Status validate(const RunRef& run) {
  return first_error([&] { return check_workflow_id(run.workflow_id); },
                     [&] { return check_run_id("run_id", run.run_id); },
                     [&] { return check_run_id("expected_run_id", run.expected_run_id); });
}

Status validate(const StartCommand& command) {
  return first_error(
      [&] { return check_workflow_id(command.workflow_id); },
      [&] { return check_run_id("run_id", command.run_id); },
      [&] { return check_id("workflow_type", command.workflow_type); },
      [&] { return check_id("request_id", command.request_id.text()); },
      [&] { return check_policies(command); }, [&] { return check_attach(command); },
      [&] { return check_run_id("expected_run_id", command.expected_run_id); },
      [&] { return check_id("identity", command.identity); },
      [&] { return check_id("task_queue", command.task_queue); },
      [&] { return check_contents(command); },
      [&] { return check_optional_duration("execution_timeout", command.execution_timeout); },
      [&] { return check_optional_duration("run_timeout", command.run_timeout); },
      [&] { return check_task_timeout(command.workflow_task_timeout); },
      [&] { return check_optional_duration("start_delay", command.start_delay); },
      [&] { return check_retry_policy(command.retry_policy); },
      [&] { return check_start_signal(command); }, [&] { return check_queue(command); },
      [&] { return command.parent ? check_parent(*command.parent) : Status(); },
      [&] { return check_id("cron_schedule", command.cron_schedule); },
      [&] {
        if (command.cron_schedule.empty() || command.start_delay == Duration::zero())
          return Status();
        return invalid_field("start_delay", "given with a cron_schedule", "only without one");
      });
}

Status validate(const CloseCommand& command) {
  return first_error(
      [&] { return validate(command.run); },
      [&] { return check_run_id("first_execution_run_id", command.first_execution_run_id); },
      [&] {
        const bool completes = command.status == RunStatus::kCompleted;
        return check_payloads(completes ? "result" : "details", command.close.result);
      },
      [&] { return command.close.failure ? check_failure(*command.close.failure) : Status(); },
      [&] { return check_text("reason", command.close.reason, limits::kReasonBytes); },
      [&] { return check_id("identity", command.close.identity); });
}

Status validate(const RequestCancelCommand& command) {
  return first_error(
      [&] { return validate(command.run); },
      [&] {
        return check_run_id("first_execution_run_id", command.options.first_execution_run_id);
      },
      [&] { return check_text("reason", command.options.reason, limits::kReasonBytes); },
      [&] { return check_id("identity", command.options.identity); });
}

Status validate(const RemoveCommand& command) { return validate(command.run); }

Status validate(const ContinueCommand& command) {
  const ContinueRequest& next = command.next;
  return first_error([&] { return validate(command.run); },
                     [&] { return check_id("workflow_type", next.workflow_type); },
                     [&] { return check_id("identity", next.identity); },
                     [&] { return check_id("task_queue", next.task_queue); },
                     [&] { return check_contents(next); },
                     [&] { return check_optional_duration("run_timeout", next.run_timeout); },
                     [&] { return check_task_timeout(next.workflow_task_timeout); },
                     [&] { return check_optional_duration("backoff", next.backoff); },
                     [&] { return check_retry_policy(next.retry_policy); },
                     [&] { return check_id("cron_schedule", next.cron_schedule); });
}

Status validate(const TimeOutCommand& command) { return validate(command.run); }

Status validate(const SignalCommand& command) {
  return first_error([&] { return validate(command.run); },
                     [&] { return check_signal(command.signal); });
}

Status validate(const PauseCommand& command) {
  const PauseOptions& options = command.options;
  return first_error([&] { return validate(command.run); },
                     [&] { return check_text("reason", options.reason, limits::kReasonBytes); },
                     [&] { return check_id("identity", options.identity); },
                     [&] { return check_id("request_id", options.request_id.text()); });
}

Status validate(const ResetCommand& command) {
  const ResetRequest& request = command.request;
  return first_error(
      [&] { return validate(command.run); },
      [&] {
        return check_required_text("request_id", request.request_id.text(), limits::kIdBytes);
      },
      [&] { return check_text("reason", request.reason, limits::kReasonBytes); },
      [&] { return check_id("identity", request.identity); },
      [&] { return check_known("reapply", request.reapply, "the values of Reapply"); });
}

Status validate(const NamespaceConfig& config) {
  return first_error(
      [&] { return check(config.retention); },
      [&] { return check_optional_duration("start_interval", config.start_interval); },
      [&] { return check(config.start_rate); },
      [&] { return check_text("description", config.description, limits::kReasonBytes); },
      [&] { return check_text("owner", config.owner, limits::kIdBytes); },
      [&] { return check_text_map("data", config.data, limits::kNamespaceDataBytes); });
}

Status validate(const NamespaceUpdate& update) {
  NamespaceConfig changed;
  changed.retention = update.retention.value_or(Retention{});
  changed.start_interval = update.start_interval.value_or(Duration::zero());
  changed.start_rate = update.start_rate.value_or(StartRate{});
  changed.description = update.description.value_or("");
  changed.owner = update.owner.value_or("");
  changed.data = update.data;
  return validate(changed);
}

namespace {

Status validate(const RocksDbOptions& tuning) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  constexpr std::size_t kMostMemory = std::size_t{1} << 40;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return first_error(
      [&] {
        return check_range("rocksdb.memtable_bytes", tuning.memtable_bytes, kMiB, kMostMemory);
      },
      [&] {
        return check_range("rocksdb.block_cache_bytes", tuning.block_cache_bytes, kMiB,
                           kMostMemory);
      },
      [&] { return check_range("rocksdb.max_log_bytes", tuning.max_log_bytes, kMiB, kMostMemory); },
      [&] {
        const std::size_t files = tuning.max_open_files;
        return files == 0 ? Status() : check_range("rocksdb.max_open_files", files, 32, kMost);
      });
}

}  // namespace

Status validate(const Options& options) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  constexpr Duration kLeastTick = std::chrono::milliseconds(1);
  constexpr Duration kMostTick = std::chrono::hours(1);
  return first_error(
      [&] { return check_known("store", options.store, "the values of StoreKind"); },
      [&] { return check_known("durability", options.durability, "the values of Durability"); },
      [&] {
        Status status;
        for (const NamespaceName& name : options.protected_namespaces) {
          if (status.ok()) {
            status = check_required_text("protected_namespaces", name.text(), limits::kIdBytes);
          }
        }
        return status;
      },
      [&] {
        const bool named = options.store == StoreKind::kMemory || !options.data_dir.empty();
        return named ? Status()
                     : invalid_field("data_dir", "empty", "a directory, with the RocksDB store");
      },
      [&] {
        return check_duration("async_loss_window", options.async_loss_window, kLeastTick,
                              kMostTick);
      },
      [&] { return check_range("max_in_flight", options.max_in_flight, 1, kMost); },
      [&] { return check_range("max_in_flight_bytes", options.max_in_flight_bytes, 1, kMost); },
      [&] { return check_range("max_close_waiters", options.max_close_waiters, 1, kMost); },
      [&] { return check_range("max_idle_actors", options.max_idle_actors, 1, kMost); },
      [&] {
        return check_duration("actor_idle_time", options.actor_idle_time, kLeastTick,
                              limits::kMaxDuration);
      },
      [&] {
        return check_range("supervisors_per_namespace", options.supervisors_per_namespace, 1, 64);
      },
      [&] { return check_range("actor_threads", options.actor_threads, 0, 256); },
      [&] { return check_range("delivery_threads", options.delivery_threads, 1, 64); },
      [&] {
        return check_duration("reclaim_interval", options.reclaim_interval, kLeastTick, kMostTick);
      },
      [&] {
        return check_duration("shutdown_deadline", options.shutdown_deadline, Duration::zero(),
                              limits::kMaxDuration);
      },
      [&] { return validate(options.rocksdb); });
}

Status validate_schedule(const StartCommand& command, const TimeZones& zones) {
  return check_schedule(command.cron_schedule, zones);
}

Status validate_schedule(const Command& command, const TimeZones& zones) {
  const auto* next = std::get_if<ContinueCommand>(&command);
  return next == nullptr ? Status() : check_schedule(next->next.cron_schedule, zones);
}

}  // namespace onerun::core
