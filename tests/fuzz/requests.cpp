// Any bytes as a request, the configuration of a namespace or options. It is refused with a
// sentence and a detail that name the field and what is allowed; or it is taken, keeps its limits,
// and what a history or a record has of it is read as it was.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/keys.hpp"
#include "core/namespace_rules.hpp"
#include "core/records.hpp"
#include "core/signals.hpp"
#include "core/sizes.hpp"
#include "core/text.hpp"
#include "core/validate.hpp"
#include "runtime/engine.hpp"
#include "runtime/time_zones.hpp"
#include "store/memory_store.hpp"
#include "tests/fuzz/drawn.hpp"
#include "tests/support/history.hpp"
#include "tests/support/silent_sink.hpp"

namespace {

using namespace onerun;
using fuzz::Drawn;

const WorkflowId kId("id");
const RunId kRun(std::string_view("run"));
constexpr Timestamp kNow{std::chrono::hours(24 * 365 * 55)};

void require(bool holds) {
  if (!holds) std::abort();
}

// ---- what is refused ----

using Names = std::vector<std::string_view>;

/// The field is one of the request's, or a part of one.
void check_refusal(const Status& status, const Names& fields) {
  require(status.code() == StatusCode::kInvalidArgument);
  const auto* detail = status.detail<InvalidField>();
  require(detail != nullptr && !detail->limit.empty());
  require(!detail->value.empty() || detail->size == 0);
  const std::string_view name(detail->field.data(),
                              std::min(detail->field.find_first_of(".[ "), detail->field.size()));
  require(std::ranges::find(fields, name) != fields.end());
  const std::string_view message = status.message();
  require(message.starts_with(detail->field) && message.ends_with("; allowed: " + detail->limit));
  require(core::is_utf8(message) && message.size() < 500);
  require(detail->size.has_value() == detail->limit_size.has_value());
}

/// What is refused because it is too small must not look like what is allowed.
void check_coefficient(const Status& status, const RetryPolicy& policy) {
  const auto* detail = status.detail<InvalidField>();
  if (detail == nullptr || detail->field != "retry_policy.backoff_coefficient") return;
  double told = 0;
  const std::string& value = detail->value;
  std::from_chars(value.data(), value.data() + value.size(), told);
  const double given = policy.backoff_coefficient;
  require(told == given || (given != given && told != told));
}

// ---- what is taken ----

void require_text(std::string_view text, std::size_t most) {
  require(text.size() <= most && core::is_utf8(text));
}

void require_id(std::string_view text) { require_text(text, limits::kIdBytes); }

void require_duration(Duration duration) {
  require(duration >= Duration::zero() && duration <= limits::kMaxDuration);
}

void require_payload(const Payload& payload) {
  require(payload.metadata.size() <= limits::kMetadataEntries);
  for (const auto& [name, value] : payload.metadata) {
    require(!name.empty());
    require_id(name);
  }
}

void require_payloads(const Payloads& payloads) {
  require(payloads.size() <= limits::kPayloads);
  for (const Payload& payload : payloads) require_payload(payload);
  require(core::size_of(payloads) <= limits::kPayloadBytes);
}

void require_map(const PayloadMap& map, std::size_t most) {
  for (const auto& [name, payload] : map) {
    require(!name.empty());
    require_id(name);
    require_payload(payload);
  }
  require(core::size_of(map) <= most);
}

void require_attributes(const SearchAttributes& map) {
  require(map.size() <= limits::kSearchAttributes);
  for (const auto& [name, value] : map) {
    require(!name.empty());
    require_id(name);
    require(core::size_of(value) <= limits::kSearchAttributeBytes);
    if (const auto* keyword = std::get_if<Keyword>(&value)) {
      require_text(keyword->text, limits::kSearchAttributeBytes);
    }
  }
  require(core::size_of(map) <= limits::kSearchAttributesBytes);
}

/// Also as a part of a key.
void require_run_id(const RunId& run) {
  require_id(run.text());
  if (!run.empty()) require(core::keys::run_id_from(core::keys::encode_run_id(run)) == run);
}

void require_run(const RunRef& run) {
  require(!run.workflow_id.empty());
  require_id(run.workflow_id.text());
  require_run_id(run.run_id);
  require_run_id(run.expected_run_id);
}

void require_same(const std::optional<RetryPolicy>& kept, const std::optional<RetryPolicy>& given) {
  require(kept.has_value() == given.has_value());
  if (!kept) return;
  require(kept->maximum_attempts == given->maximum_attempts);
  require(kept->non_retryable_types == given->non_retryable_types);
  require(kept->initial_interval == given->initial_interval);
  require(kept->maximum_interval == given->maximum_interval);
  const bool is_no_number = std::isnan(given->backoff_coefficient);
  require(is_no_number ? std::isnan(kept->backoff_coefficient)
                       : kept->backoff_coefficient == given->backoff_coefficient);
  if (given->maximum_attempts != 1) require(given->backoff_coefficient >= 1);
}

std::string started(const StartRequest& request) {
  return core::test::bytes_of(core::test::started(kRun, kNow, {}, request));
}

/// A start, or what continue-as-new makes of its request, as the history of its run has it.
void check_kept(const StartRequest& request) {
  require_map(request.memo, limits::kMemoBytes);
  require_map(request.header, limits::kHeaderBytes);
  require_attributes(request.search_attributes);
  require_payloads(request.input);
  for (const auto& text :
       {request.workflow_type, request.task_queue, request.identity, request.cron_schedule}) {
    require_id(text);
  }
  const auto run = core::decode_run(kRun, started(request));
  require(run.ok());
  const event::RunStarted& kept = run->started;
  require(kept.workflow_id == request.workflow_id && kept.request_id == request.request_id);
  require(kept.workflow_type == request.workflow_type && kept.identity == request.identity);
  require(kept.input == request.input && kept.memo == request.memo &&
          kept.search_attributes == request.search_attributes && kept.header == request.header);
  require(kept.task_queue == request.task_queue && kept.parent == request.parent);
  require(kept.workflow_task_timeout == request.workflow_task_timeout);
  require(kept.execution_timeout == request.execution_timeout);
  require(kept.run_timeout == request.run_timeout && kept.backoff == request.start_delay);
  require(kept.cron_schedule == request.cron_schedule);
  require_same(kept.retry_policy, request.retry_policy);
}

/// The event behind the start in a history that ends with these bytes.
HistoryEvent read_last(const std::string& bytes) {
  const StartRequest request{.workflow_id = kId};
  const auto page = core::test::read_history(kRun, started(request) + bytes, 2, 10);
  require(page.ok() && page->events.size() == 1);
  return page->events.front();
}

/// An event is read as it was written.
void require_kept(EventAttributes attributes) {
  require(read_last(core::encode({kNow, attributes})).attributes == attributes);
}

void check_taken(const core::StartCommand& start) {
  require_run({start.workflow_id, start.run_id, start.expected_run_id});
  require_id(start.request_id.text());
  require_duration(start.queue_timeout);
  require(to_string(start.reuse_policy) != "unknown");
  require(to_string(start.conflict_policy) != "unknown");
  if (start.signal) require(!start.signal->name.empty());
  check_kept(start);
}

void check_taken(const core::CloseCommand& command) {
  require_run_id(command.first_execution_run_id);
  const CloseInfo& close = command.close;
  require_payloads(close.result);
  require_text(close.reason, limits::kReasonBytes);
  if (close.failure) {
    require_text(close.failure->message, limits::kReasonBytes);
    require_payloads(close.failure->details);
  }
  require_kept(core::close_event(command.status, close, {}));
}

void check_taken(const core::RequestCancelCommand& command) {
  require_run_id(command.options.first_execution_run_id);
  require_text(command.options.reason, limits::kReasonBytes);
  require_kept(event::RunCancelRequested{command.options.reason, command.options.identity});
}

void check_taken(const core::RemoveCommand&) {}

void check_taken(const core::ContinueCommand& command) {
  const ContinueRequest& next = command.next;
  require_duration(next.backoff);
  StartRequest start{.workflow_id = command.run.workflow_id};
  start.workflow_type = next.workflow_type;
  start.input = next.input;
  start.task_queue = next.task_queue;
  start.memo = next.memo;
  start.header = next.header;
  start.workflow_task_timeout = next.workflow_task_timeout;
  start.search_attributes = next.search_attributes;
  start.identity = next.identity;
  start.run_timeout = next.run_timeout;
  start.retry_policy = next.retry_policy;
  start.cron_schedule = next.cron_schedule;
  check_kept(start);
}

void check_taken(const core::SignalCommand& command) {
  const Signal& signal = command.signal;
  require(!signal.name.empty());
  require_id(signal.name);
  require_payloads(signal.input);
  require_map(signal.header, limits::kHeaderBytes);
  require_kept(core::signaled(signal, signal.request_id));
}

void check_taken(const core::PauseCommand& command) {
  const PauseOptions& options = command.options;
  require_text(options.reason, limits::kReasonBytes);
  require_kept(event::RunPaused{options.reason, options.identity, options.request_id});
}

void check_taken(const core::ResetCommand& command) {
  const ResetRequest& request = command.request;
  require(!request.request_id.empty() && to_string(request.reapply) != "unknown");
  require_kept(event::WorkflowTaskFailed{.base_run_id = command.run.run_id,
                                         .request_id = request.request_id,
                                         .reason = request.reason,
                                         .identity = request.identity});
}

// ---- commands ----

const RetryPolicy* policy_of(const core::StartCommand& command) {
  return command.retry_policy ? &*command.retry_policy : nullptr;
}
const RetryPolicy* policy_of(const core::ContinueCommand& command) {
  return command.next.retry_policy ? &*command.next.retry_policy : nullptr;
}
template <class Command>
const RetryPolicy* policy_of(const Command&) {
  return nullptr;
}

template <class Command>
void check_command(const Command& command, Names fields) {
  static const runtime::SystemTimeZones zones;
  static_cast<void>(core::size_bytes(command));
  Status status = core::validate(command);
  if (status.ok()) status = core::validate_schedule(command, zones);
  if (status.ok()) return check_taken(command);
  check_refusal(status, fields);
  if (const RetryPolicy* policy = policy_of(command)) check_coefficient(status, *policy);
}

/// A command that is about a run.
template <class Command>
void check_change(const Command& command, Names fields) {
  fields.insert(fields.end(), {"workflow_id", "run_id", "expected_run_id"});
  if (core::validate(command).ok()) require_run(command.run);
  check_command(command, std::move(fields));
}

// ---- namespaces and options ----

const Names kConfigFields = {"retention",   "start_interval", "start_rate",
                             "description", "owner",          "data"};

void check_config(const NamespaceConfig& config) {
  const Status status = core::validate(config);
  if (!status.ok()) return check_refusal(status, kConfigFields);
  const core::NamespaceRecord record{.name = NamespaceName("name"), .config = config};
  const auto read = core::decode_namespace(core::encode_namespace(record));
  require(read.ok() && *read == record);
}

/// One that is taken makes a configuration that would be.
void check_update(const NamespaceConfig& before, const NamespaceUpdate& update) {
  Status status = core::validate(update);
  if (status.ok() && core::validate(before).ok()) {
    const core::NamespaceRecord record{.name = NamespaceName("name"), .config = before};
    const auto updated = core::decide_update(record, update, kNow);
    status = updated.status();
    if (updated.ok()) {
      require(core::validate(updated->config).ok());
      check_config(updated->config);
    }
  }
  if (status.ok()) return;
  check_refusal(status, kConfigFields);
}

void check_options(const Options& options) {
  const Status status = core::validate(options);
  if (!status.ok()) {
    return check_refusal(
        status, {"store", "data_dir", "durability", "async_loss_window", "max_in_flight",
                 "max_in_flight_bytes", "max_close_waiters", "max_idle_actors", "actor_idle_time",
                 "supervisors_per_namespace", "actor_threads", "delivery_threads",
                 "reclaim_interval", "shutdown_deadline", "protected_namespaces", "rocksdb"});
  }
  require(store_kind_from(to_string(options.store)) == options.store);
  require(durability_from(to_string(options.durability)) == options.durability);
  require(options.store == StoreKind::kMemory || !options.data_dir.empty());
  require(options.supervisors_per_namespace >= 1 && options.supervisors_per_namespace <= 64);
  require(options.actor_threads <= 256);
  require(options.delivery_threads >= 1 && options.delivery_threads <= 64);
}

// ---- what is read, of a namespace without runs ----

class Reads {
 public:
  static Reads& instance() {
    static Reads reads;
    return reads;
  }

  void list(const ListRequest& request) {
    const auto page = engine_->list(kName, request).get();
    if (page.ok()) return require(page->runs.empty() && page->next_page_token.empty());
    check_filter(page.status(), {"filter", "page_size", "page_token"});
  }

  void count(const std::string& filter) {
    const auto runs = engine_->count(kName, filter).get();
    if (runs.ok()) return require(*runs == 0);
    check_filter(runs.status(), {"filter"});
  }

  void runs(const RunRef& run, std::size_t limit) {
    check(engine_->runs(kName, run.workflow_id, limit, run.run_id).get().status());
    check(engine_->chain(kName, run, limit).get().status());
    check(engine_->history(kName, run, 1, limit).get().status());
    check(engine_->wait_history(kName, run, 1, limit).get().status());
    check(engine_->describe(kName, run).get().status());
    check(engine_->wait_closed(kName, run, WaitFor::kChain).get().status());
  }

  void name(const NamespaceName& name) {
    const Status status = engine_->describe_namespace(name).get().status();
    if (status.ok()) return require(name == kName);
    if (status.code() == StatusCode::kNotFound) return require_id(name.text());
    check_refusal(status, {"namespace"});
  }

 private:
  Reads() {
    Options options{.store = StoreKind::kMemory};
    options.log = std::make_shared<test::SilentSink>();
    auto engine = runtime::Engine::open(std::move(options), std::make_unique<store::MemoryStore>(),
                                        runtime::Threads::kNone);
    require(engine.ok());
    engine_ = std::move(*engine);
    auto made = engine_->register_namespace(kName, {});
    engine_->work_until_idle();
    require(made.get().ok());
  }

  static void check(const Status& status) {
    if (status.ok() || status.code() == StatusCode::kNotFound) return;
    check_refusal(status, {"workflow_id", "run_id", "expected_run_id", "limit"});
  }

  static void check_filter(const Status& status, const Names& fields) {
    const auto* detail = status.detail<InvalidFilter>();
    if (detail == nullptr) return check_refusal(status, fields);
    require(status.code() == StatusCode::kInvalidArgument && detail->column >= 1);
    require(!detail->expected.empty() &&
            status.message().find(detail->expected) != detail->expected.npos);
  }

  inline static const NamespaceName kName{"name"};

  std::shared_ptr<runtime::Engine> engine_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Drawn drawn(data, size);
  switch (drawn.number(13)) {
    case 0:
      check_command(drawn.start(), {"workflow_id",
                                    "request_id",
                                    "reuse_policy",
                                    "conflict_policy",
                                    "run_id",
                                    "expected_run_id",
                                    "attach_request_id",
                                    "workflow_type",
                                    "input",
                                    "memo",
                                    "search_attributes",
                                    "header",
                                    "task_queue",
                                    "identity",
                                    "execution_timeout",
                                    "run_timeout",
                                    "workflow_task_timeout",
                                    "start_delay",
                                    "retry_policy",
                                    "cron_schedule",
                                    "queue_timeout",
                                    "signal",
                                    "parent"});
      break;
    case 1:
      check_change(drawn.close(), {"result", "details", "failure", "reason", "identity",
                                   "first_execution_run_id"});
      break;
    case 2:
      check_change(drawn.request_cancel(), {"reason", "identity", "first_execution_run_id"});
      break;
    case 3: check_change(drawn.remove(), {}); break;
    case 4:
      check_change(drawn.continue_as_new(),
                   {"workflow_type", "input", "memo", "search_attributes", "header", "task_queue",
                    "identity", "run_timeout", "workflow_task_timeout", "backoff", "retry_policy",
                    "cron_schedule"});
      break;
    case 5: check_change(drawn.give_signal(), {"signal"}); break;
    case 6: check_change(drawn.pause(), {"reason", "identity", "request_id"}); break;
    case 7: check_change(drawn.reset(), {"request_id", "reason", "identity", "reapply"}); break;
    case 8: check_config(drawn.config()); break;
    case 9: {
      const NamespaceConfig before = drawn.config();
      check_update(before, drawn.update());
      break;
    }
    case 10: check_options(drawn.options()); break;
    case 11: {
      const std::uint64_t page_size = drawn.number(limits::kRunsPerPage + 1);
      std::string token = drawn.text();
      ListRequest request{.filter = drawn.text(), .page_size = page_size};
      Reads::instance().count(request.filter);
      request.page_token = std::move(token);
      Reads::instance().list(request);
      break;
    }
    case 12: {
      const std::uint64_t limit = drawn.number(limits::kRunsPerPage + 1);
      Reads::instance().runs(drawn.run(), limit);
      break;
    }
    default: Reads::instance().name(NamespaceName(drawn.text())); break;
  }
  return 0;
}
