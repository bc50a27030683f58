// Requests and configurations whose every field is drawn from bytes: as it is if nobody sets it,
// sensible, at a limit or beyond it.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "core/command.hpp"
#include "onerun/onerun.hpp"

namespace onerun::fuzz {

class Drawn {
 public:
  Drawn(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

  std::uint64_t number(std::uint64_t most) { return bytes_.ConsumeIntegralInRange({}, most); }
  bool yes() { return bytes_.ConsumeBool(); }

  /// Often empty. Long ones only around the limits, so that an input is small.
  std::string text() {
    constexpr std::array kLimits = {limits::kIdBytes, limits::kSearchAttributeBytes,
                                    limits::kSearchAttributesBytes, limits::kReasonBytes,
                                    limits::kPayloadBytes};
    switch (number(7)) {
      case 0:
      case 1: return {};
      case 2: return "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
      case 3: return "TemporalTimeout:StartToClose";
      case 4: return "@every 90s";
      case 5: return long_text(kLimits[number(kLimits.size() - 1)] - 1 + number(2));
      default: return bytes_.ConsumeRandomLengthString(64);
    }
  }

  Duration duration() {
    switch (number(8)) {
      case 0:
      case 1: return Duration::zero();
      case 2: return Duration(1);
      case 3: return Duration(-1);
      case 4: return limits::kMinRetention - Duration(number(1));
      case 5: return limits::kMaxDuration + Duration(number(1));
      case 6: return Duration(bytes_.ConsumeIntegral<std::int64_t>());
      case 7: return yes() ? Duration::max() : Duration::min();
      default: return Duration(number(100'000));
    }
  }

  template <class Enum>
  Enum choice() {
    return static_cast<Enum>(bytes_.ConsumeIntegral<std::uint8_t>());
  }

  /// One that has a name, mostly.
  ConflictPolicy conflict_policy() {
    constexpr std::array kAll = {
        ConflictPolicy::kUnspecified,       ConflictPolicy::kFail,
        ConflictPolicy::kUseExisting,       ConflictPolicy::kEnqueue,
        ConflictPolicy::kTerminateExisting, ConflictPolicy::kCancelExisting};
    const std::uint64_t drawn = number(kAll.size());
    return drawn < kAll.size() ? kAll[drawn] : choice<ConflictPolicy>();
  }

  double coefficient() {
    using Double = std::numeric_limits<double>;
    constexpr std::array kEdges = {1.0,
                                   2.0,
                                   1 - Double::epsilon(),
                                   0.0,
                                   -1.5,
                                   Double::quiet_NaN(),
                                   Double::infinity(),
                                   -Double::infinity(),
                                   Double::max(),
                                   Double::lowest(),
                                   Double::denorm_min()};
    const std::uint64_t drawn = number(kEdges.size());
    if (drawn < kEdges.size()) return kEdges[drawn];
    return std::bit_cast<double>(bytes_.ConsumeIntegral<std::uint64_t>());
  }

  template <class T, class Make>
  std::optional<T> maybe(const Make& make) {
    return yes() ? std::optional<T>(make()) : std::nullopt;
  }

  Payload payload() {
    Payload payload{.data = text()};
    switch (number(3)) {
      case 0: return Payload::json(std::move(payload.data));
      case 1: payload.metadata[text()] = text(); break;
      case 2: {
        if (number(7) < 7) break;
        const std::size_t entries = limits::kMetadataEntries + number(1);
        for (std::size_t i = 0; i < entries; ++i) payload.metadata[std::to_string(i)];
        break;
      }
      default: break;
    }
    return payload;
  }

  Payloads payloads() {
    Payloads payloads;
    for (std::uint64_t left = number(3); left > 0; --left) payloads.push_back(payload());
    if (number(31) == 31) payloads.resize(limits::kPayloads + number(1));
    return payloads;
  }

  PayloadMap payload_map() {
    PayloadMap map;
    for (std::uint64_t left = number(2); left > 0; --left) {
      std::string name = text();
      map[std::move(name)] = payload();
    }
    return map;
  }

  SearchAttribute search_attribute() {
    switch (number(6)) {
      case 0: return Keyword(text());
      case 1: return Text{text()};
      case 2: {
        KeywordList list;
        for (std::uint64_t left = number(3); left > 0; --left) list.texts.push_back(text());
        return list;
      }
      case 3: return bytes_.ConsumeIntegral<std::int64_t>();
      case 4: return std::bit_cast<double>(bytes_.ConsumeIntegral<std::uint64_t>());
      case 5: return Timestamp(Duration(bytes_.ConsumeIntegral<std::int64_t>()));
      default: return yes();
    }
  }

  SearchAttributes search_attributes() {
    SearchAttributes map;
    if (number(15) == 15) {
      const std::size_t entries = limits::kSearchAttributes + number(1);
      for (std::size_t i = 0; i < entries; ++i) map[std::to_string(i)];
    }
    for (std::uint64_t left = number(3); left > 0; --left) {
      std::string name = text();
      map[std::move(name)] = search_attribute();
    }
    return map;
  }

  ParentLink parent() {
    return {.name_space = NamespaceName(text()),
            .workflow_id = WorkflowId(text()),
            .run_id = run_id(),
            .initiated_event_id = number(1'000),
            .root_workflow_id = WorkflowId(text()),
            .root_run_id = run_id()};
  }

  TextMap text_map() {
    TextMap map;
    for (std::uint64_t left = number(3); left > 0; --left) {
      std::string key = text();
      map[std::move(key)] = text();
    }
    return map;
  }

  RetryPolicy retry_policy() {
    RetryPolicy policy;
    policy.initial_interval = duration();
    policy.backoff_coefficient = coefficient();
    policy.maximum_interval = duration();
    policy.maximum_attempts = static_cast<std::uint32_t>(number(3));
    if (number(15) == 15) policy.non_retryable_types.resize(limits::kNonRetryableTypes, "T");
    for (std::uint64_t left = number(2); left > 0; --left) {
      policy.non_retryable_types.push_back(text());
    }
    return policy;
  }

  Failure failure() {
    return {.message = text(),
            .type = text(),
            .details = payloads(),
            .non_retryable = yes(),
            .next_retry_delay = maybe<Duration>([&] { return duration(); })};
  }

  Signal signal() {
    return {.name = text(),
            .input = payloads(),
            .request_id = RequestId(text()),
            .identity = text(),
            .header = payload_map()};
  }

  RunId run_id() { return RunId(std::string_view(text())); }
  RunRef run() { return {WorkflowId(text()), run_id(), run_id()}; }

  core::StartCommand start() {
    core::StartCommand start{.workflow_id = WorkflowId(text())};
    start.request_id = RequestId(text());
    start.reuse_policy = static_cast<ReusePolicy>(number(5));
    start.conflict_policy = conflict_policy();
    start.run_id = run_id();
    start.expected_run_id = run_id();
    start.attach_request_id = yes();
    start.workflow_type = text();
    start.task_queue = text();
    start.input = payloads();
    start.memo = payload_map();
    start.search_attributes = search_attributes();
    start.header = payload_map();
    start.workflow_task_timeout = duration();
    start.parent = maybe<ParentLink>([&] { return parent(); });
    start.identity = text();
    start.execution_timeout = duration();
    start.run_timeout = duration();
    start.start_delay = duration();
    start.retry_policy = maybe<RetryPolicy>([&] { return retry_policy(); });
    start.cron_schedule = text();
    start.queue_timeout = duration();
    start.signal = maybe<Signal>([&] { return signal(); });
    return start;
  }

  core::CloseCommand close() {
    constexpr std::array kStatuses = {RunStatus::kCompleted, RunStatus::kFailed,
                                      RunStatus::kCanceled, RunStatus::kTerminated};
    core::CloseCommand close{.run = run(), .status = kStatuses[number(kStatuses.size() - 1)]};
    if (close.status == RunStatus::kFailed) {
      close.close.failure = failure();
    } else {
      close.close.result = payloads();
    }
    if (close.status == RunStatus::kTerminated) {
      close.close.reason = text();
      close.first_execution_run_id = run_id();
    }
    close.close.identity = text();
    return close;
  }

  core::RequestCancelCommand request_cancel() {
    return {run(), {.reason = text(), .identity = text(), .first_execution_run_id = run_id()}};
  }

  core::RemoveCommand remove() { return {run()}; }

  core::ContinueCommand continue_as_new() {
    core::ContinueCommand command{.run = run(), .next = {}};
    command.next.workflow_type = text();
    command.next.task_queue = text();
    command.next.input = payloads();
    command.next.memo = payload_map();
    command.next.search_attributes = search_attributes();
    command.next.header = payload_map();
    command.next.workflow_task_timeout = duration();
    command.next.identity = text();
    command.next.run_timeout = duration();
    command.next.backoff = duration();
    command.next.retry_policy = maybe<RetryPolicy>([&] { return retry_policy(); });
    command.next.cron_schedule = text();
    return command;
  }

  core::SignalCommand give_signal() { return {run(), signal()}; }

  core::PauseCommand pause() {
    return {run(), yes(), {.reason = text(), .identity = text(), .request_id = RequestId(text())}};
  }

  core::ResetCommand reset() {
    return {run(),
            {.event_id = number(std::numeric_limits<std::uint64_t>::max()),
             .request_id = RequestId(text()),
             .reason = text(),
             .identity = text(),
             .reapply = static_cast<Reapply>(number(4)),
             .exclude_signals = yes()}};
  }

  Retention retention() {
    Retention retention;
    if (yes()) retention.closed = duration();
    for (std::uint64_t left = number(2); left > 0; --left) {
      const auto status = static_cast<RunStatus>(number(9));
      retention.by_status[status] = duration();
    }
    retention.ids = maybe<Duration>([&] { return duration(); });
    return retention;
  }

  StartRate start_rate() {
    StartRate rate{.starts = bytes_.ConsumeIntegral<std::uint32_t>()};
    if (yes()) rate.period = duration();
    return rate;
  }

  NamespaceConfig config() {
    return {.retention = retention(),
            .start_interval = duration(),
            .start_rate = start_rate(),
            .description = text(),
            .owner = text(),
            .data = text_map()};
  }

  NamespaceUpdate update() {
    return {.retention = maybe<Retention>([&] { return retention(); }),
            .start_interval = maybe<Duration>([&] { return duration(); }),
            .start_rate = maybe<StartRate>([&] { return start_rate(); }),
            .description = maybe<std::string>([&] { return text(); }),
            .owner = maybe<std::string>([&] { return text(); }),
            .data = text_map()};
  }

  /// The fields that may be refused are drawn one in four.
  Options options() {
    const auto set = [&](auto& field, const auto& draw) {
      using Field = std::decay_t<decltype(field)>;
      if (number(3) == 3) field = static_cast<Field>(draw());
    };
    const auto count = [&] {
      return yes() ? number(300) : number(std::numeric_limits<std::uint64_t>::max());
    };
    const auto some_duration = [&] { return duration(); };
    Options options{.store = StoreKind::kMemory};
    set(options.store, [&] { return number(3); });
    set(options.data_dir, [&] { return text(); });
    set(options.durability, [&] { return number(4); });
    set(options.async_loss_window, some_duration);
    set(options.max_in_flight, count);
    set(options.max_in_flight_bytes, count);
    set(options.max_close_waiters, count);
    set(options.max_idle_actors, count);
    set(options.actor_idle_time, some_duration);
    set(options.supervisors_per_namespace, count);
    set(options.actor_threads, count);
    set(options.delivery_threads, count);
    set(options.reclaim_interval, some_duration);
    set(options.shutdown_deadline, some_duration);
    set(options.rocksdb.memtable_bytes, count);
    set(options.rocksdb.block_cache_bytes, count);
    set(options.rocksdb.max_log_bytes, count);
    set(options.rocksdb.max_open_files, count);
    if (yes()) options.protected_namespaces.emplace_back(text());
    return options;
  }

 private:
  /// At most one of the longest: more would only take time.
  std::string long_text(std::size_t size) {
    if (size > limits::kReasonBytes + 1 && std::exchange(has_longest_, true)) return {};
    return std::string(size, 'x');
  }

  FuzzedDataProvider bytes_;
  bool has_longest_ = false;
};

}  // namespace onerun::fuzz
