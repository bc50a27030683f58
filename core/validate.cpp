#include "core/validate.hpp"

#include <limits>
#include <numeric>

#include "core/check.hpp"
#include "core/start_table.hpp"
#include "core/text.hpp"
#include "onerun/limits.hpp"

namespace onerun::core {
namespace {

Status check_id(std::string_view field, std::string_view text) {
  return check_text(field, text, limits::kIdBytes);
}

Status check_run_id(std::string_view field, const RunId& run_id) {
  // The canonical text of a UUID is within every limit.
  return run_id.is_uuid() ? Status() : check_id(field, run_id.text());
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

Status check_failure(const Failure& failure) {
  return first_error(
      [&] { return check_text("failure.message", failure.message, limits::kReasonBytes); },
      [&] { return check_id("failure.type", failure.type); },
      [&] { return check_payload("failure.details", failure.details); });
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
  return run.workflow_id.text().size() + size_of(run.run_id);
}
std::size_t size_of(const Payload& payload) {
  return payload.data.size() + payload.content_type.size();
}

struct SizeOf {
  std::size_t operator()(const StartCommand& c) const {
    return c.workflow_id.text().size() + c.request_id.text().size() + c.workflow_type.size() +
           size_of(c.run_id) + size_of(c.expected_run_id) + size_of(c.input) + c.identity.size() +
           size_of(c.memo) + size_of(c.tags);
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
};

}  // namespace

Status validate(const NamespaceName& name) {
  return check_required_text("namespace", name.text(), limits::kIdBytes);
}

Status validate(const RunRef& run) {
  return first_error(
      [&] { return check_required_text("workflow_id", run.workflow_id.text(), limits::kIdBytes); },
      [&] { return check_run_id("run_id", run.run_id); });
}

Status validate(const StartCommand& command) {
  return first_error(
      [&] {
        return validate(RunRef{command.workflow_id, command.run_id});
      },
      [&] { return check_id("workflow_type", command.workflow_type); },
      [&] { return check_id("request_id", command.request_id.text()); },
      [&] { return check_policies(command); }, [&] { return check_attach(command); },
      [&] { return check_run_id("expected_run_id", command.expected_run_id); },
      [&] { return check_id("identity", command.identity); },
      [&] { return check_payload("input", command.input); },
      [&] { return check_text_map("memo", command.memo, limits::kMemoBytes); },
      [&] { return check_tags(command.tags); });
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

Status validate(const NamespaceConfig& config) {
  return first_error(
      [&] { return check(config.retention); },
      [&] { return check_text("description", config.description, limits::kReasonBytes); },
      [&] { return check_text("owner", config.owner, limits::kIdBytes); },
      [&] { return check_text_map("data", config.data, limits::kNamespaceDataBytes); });
}

Status validate(const NamespaceUpdate& update) {
  NamespaceConfig changed;
  changed.retention = update.retention.value_or(Retention{});
  changed.description = update.description.value_or("");
  changed.owner = update.owner.value_or("");
  changed.data = update.data;
  return validate(changed);
}

Status validate(const Options& options) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  constexpr std::size_t kMostMemory = std::size_t{1} << 40;
  constexpr Duration kLeastTick = std::chrono::milliseconds(1);
  constexpr Duration kMostTick = std::chrono::hours(1);
  constexpr std::size_t kMiB = std::size_t{1} << 20;
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
      [&] {
        return check_duration("reclaim_interval", options.reclaim_interval, kLeastTick, kMostTick);
      },
      [&] {
        return check_duration("shutdown_deadline", options.shutdown_deadline, Duration::zero(),
                              limits::kMaxDuration);
      },
      [&] {
        return check_range("rocksdb.memtable_bytes", options.rocksdb.memtable_bytes, kMiB,
                           kMostMemory);
      },
      [&] {
        return check_range("rocksdb.block_cache_bytes", options.rocksdb.block_cache_bytes, kMiB,
                           kMostMemory);
      },
      [&] {
        return check_range("rocksdb.max_log_bytes", options.rocksdb.max_log_bytes, kMiB,
                           kMostMemory);
      });
}

std::size_t size_bytes(const StartCommand& command) { return SizeOf{}(command); }
std::size_t size_bytes(const Command& command) { return std::visit(SizeOf{}, command); }

}  // namespace onerun::core
