#include "core/validate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>

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

Status check_tags(const TextMap& tags) {
  if (tags.size() > limits::kTags) return too_large("tags", tags.size(), limits::kTags, "tags");
  for (const auto& [key, value] : tags) {
    Status status =
        check_size("tags[\"" + printable(key) + "\"]", value.size(), limits::kTagValueBytes);
    if (!status.ok()) return status;
  }
  return check_text_map("tags", tags, limits::kTagsBytes);
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
      [&] { return check_payload("signal.input", signal.input); },
      [&] { return check_id("signal.request_id", signal.request_id.text()); },
      [&] { return check_id("signal.identity", signal.identity); });
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
      [&] { return check_payload("failure.details", failure.details); },
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

std::size_t size_of(const TextMap& map) {
  return std::accumulate(
      map.begin(), map.end(), std::size_t{0},
      [](std::size_t sum, const auto& e) { return sum + e.first.size() + e.second.size(); });
}

std::size_t size_of(const RunId& run_id) {
  return run_id.is_uuid() ? run_id.uuid().size() : run_id.text().size();
}
std::size_t size_of(const RunRef& run) {
  return run.workflow_id.text().size() + size_of(run.run_id) + size_of(run.expected_run_id);
}
std::size_t size_of(const Payload& payload) {
  return payload.data.size() + payload.content_type.size();
}

std::size_t size_of(const std::optional<RetryPolicy>& policy) {
  if (!policy) return 0;
  return std::accumulate(
      policy->non_retryable_types.begin(), policy->non_retryable_types.end(), std::size_t{0},
      [](std::size_t sum, const std::string& type) { return sum + type.size(); });
}

std::size_t size_of(const Signal& signal) {
  return signal.name.size() + size_of(signal.input) + signal.request_id.text().size() +
         signal.identity.size();
}

struct SizeOf {
  std::size_t operator()(const StartCommand& c) const {
    return c.workflow_id.text().size() + c.request_id.text().size() + c.workflow_type.size() +
           size_of(c.run_id) + size_of(c.expected_run_id) + size_of(c.input) + c.identity.size() +
           size_of(c.memo) + size_of(c.tags) + (c.signal ? size_of(*c.signal) : 0) +
           size_of(c.retry_policy) + c.cron_schedule.size();
  }
  std::size_t operator()(const CloseCommand& c) const {
    std::size_t size = size_of(c.run) + size_of(c.first_execution_run_id) +
                       size_of(c.close.result) + c.close.reason.size() + c.close.identity.size();
    if (const auto& failure = c.close.failure) {
      size += failure->message.size() + failure->type.size() + size_of(failure->details);
    }
    return size;
  }
  std::size_t operator()(const RequestCancelCommand& c) const {
    return size_of(c.run) + size_of(c.options.first_execution_run_id) + c.options.reason.size() +
           c.options.identity.size();
  }
  std::size_t operator()(const RemoveCommand& c) const { return size_of(c.run); }
  std::size_t operator()(const ContinueCommand& c) const {
    const ContinueRequest& next = c.next;
    return size_of(c.run) + next.workflow_type.size() + size_of(next.input) + size_of(next.memo) +
           size_of(next.tags) + next.identity.size() + size_of(next.retry_policy) +
           next.cron_schedule.size();
  }
  std::size_t operator()(const SignalCommand& c) const {
    return size_of(c.run) + size_of(c.signal);
  }
  std::size_t operator()(const TimeOutCommand& c) const { return size_of(c.run); }
  std::size_t operator()(const PauseCommand& c) const {
    return size_of(c.run) + c.options.reason.size() + c.options.identity.size() +
           c.options.request_id.text().size();
  }
  std::size_t operator()(const ResetCommand& c) const {
    return size_of(c.run) + c.request.reason.size() + c.request.identity.size() +
           c.request.request_id.text().size();
  }
};

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
      [&] { return check_payload("input", command.input); },
      [&] { return check_text_map("memo", command.memo, limits::kMemoBytes); },
      [&] { return check_tags(command.tags); },
      [&] { return check_optional_duration("execution_timeout", command.execution_timeout); },
      [&] { return check_optional_duration("run_timeout", command.run_timeout); },
      [&] { return check_optional_duration("start_delay", command.start_delay); },
      [&] { return check_retry_policy(command.retry_policy); },
      [&] { return check_start_signal(command); }, [&] { return check_queue(command); },
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
        return check_payload(completes ? "result" : "details", command.close.result);
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
                     [&] { return check_payload("input", next.input); },
                     [&] { return check_text_map("memo", next.memo, limits::kMemoBytes); },
                     [&] { return check_tags(next.tags); },
                     [&] { return check_optional_duration("run_timeout", next.run_timeout); },
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

std::size_t size_bytes(const StartCommand& command) { return SizeOf{}(command); }
std::size_t size_bytes(const Command& command) { return std::visit(SizeOf{}, command); }

}  // namespace onerun::core
