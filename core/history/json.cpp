// Histories as JSON.
#include "onerun/json.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include "core/payload_json.hpp"
#include "core/text.hpp"

namespace onerun {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono;

constexpr std::array kInitiators = {
    "CONTINUE_AS_NEW_INITIATOR_UNSPECIFIED", "CONTINUE_AS_NEW_INITIATOR_WORKFLOW",
    "CONTINUE_AS_NEW_INITIATOR_RETRY", "CONTINUE_AS_NEW_INITIATOR_CRON_SCHEDULE"};

constexpr std::array kRetryStates = {"RETRY_STATE_UNSPECIFIED",
                                     "RETRY_STATE_IN_PROGRESS",
                                     "RETRY_STATE_NON_RETRYABLE_FAILURE",
                                     "RETRY_STATE_TIMEOUT",
                                     "RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED",
                                     "RETRY_STATE_RETRY_POLICY_NOT_SET"};

/// Seconds, with three decimals if there are any.
std::string text_of(Duration duration) {
  const auto whole = duration_cast<seconds>(duration);
  const auto rest = static_cast<int>((duration - whole).count());
  std::string text = std::to_string(whole.count());
  if (rest != 0) {
    std::array<char, 8> decimals{};
    std::snprintf(decimals.data(), decimals.size(), ".%03d", rest < 0 ? -rest : rest);
    text += decimals.data();
    if (rest < 0 && whole == seconds(0)) text.insert(0, 1, '-');
  }
  return text + 's';
}

/// Attributes that are left out while they are empty.
class Fields {
 public:
  Fields& add(const char* name, const std::string& text) {
    return add_if(!text.empty(), name, text);
  }
  template <class Tag>
  Fields& add(const char* name, const TextId<Tag>& id) {
    return add(name, id.text());
  }
  Fields& add(const char* name, const RunId& run_id) { return add(name, run_id.text()); }
  Fields& add(const char* name, Duration duration) {
    return add_if(duration != Duration::zero(), name, text_of(duration));
  }
  Fields& add(const char* name, const std::optional<Timestamp>& time) {
    return add_if(time.has_value(), name, time ? core::to_rfc3339(*time) : std::string());
  }
  Fields& add(const char* name, const Payloads& payloads) {
    if (payloads.empty()) return *this;
    Json all = Json::array();
    for (const Payload& payload : payloads) all.push_back(to_json(payload));
    return add_json(name, {{"payloads", std::move(all)}});
  }
  Fields& add(const char* name, const PayloadMap& map) {
    if (map.empty()) return *this;
    Json fields = Json::object();
    for (const auto& [key, payload] : map) fields[key] = to_json(payload);
    return add_json(name, {{"fields", std::move(fields)}});
  }
  Fields& add(const char* name, const SearchAttributes& attributes) {
    if (attributes.empty()) return *this;
    Json fields = Json::object();
    for (const auto& [key, value] : attributes) {
      fields[key] = to_json(core::payload_of(value));
    }
    return add_json(name, {{"indexedFields", std::move(fields)}});
  }
  Fields& add(const char* name, const WorkflowId& workflow_id, const RunId& run_id) {
    if (workflow_id.empty()) return *this;
    return add_json(name, {{"workflowId", workflow_id.text()}, {"runId", run_id.text()}});
  }
  Fields& add_parent(const ParentLink& parent) {
    return add("parentWorkflowNamespace", parent.name_space)
        .add("parentWorkflowExecution", parent.workflow_id, parent.run_id)
        .add_json("parentInitiatedEventId", std::to_string(parent.initiated_event_id))
        .add("rootWorkflowExecution", parent.root_workflow_id, parent.root_run_id);
  }
  Fields& add(const char* name, const std::optional<Failure>& failure);
  Fields& add(const char* name, const std::optional<RetryPolicy>& policy);
  Fields& add(const char* name, const std::vector<ChainRequestId>& ids);
  Fields& add(const char* name, const std::vector<RequestId>& ids);

  Fields& add_json(const char* name, Json value) {
    json_[name] = std::move(value);
    return *this;
  }

  /// Attributes that only onerun has.
  Fields& add_own(Fields own) {
    return own.json_.empty() ? *this : add_json("onerun", std::move(own.json_));
  }

  Json take() { return std::move(json_); }

 private:
  Fields& add_if(bool is_there, const char* name, std::string text) {
    return is_there ? add_json(name, std::move(text)) : *this;
  }

  Json json_ = Json::object();
};

Fields& Fields::add(const char* name, const std::optional<Failure>& failure) {
  if (!failure) return *this;
  Fields info;
  info.add("type", failure->type);
  if (failure->non_retryable) info.add_json("nonRetryable", true);
  info.add("details", failure->details);
  info.add("nextRetryDelay", failure->next_retry_delay.value_or(Duration::zero()));
  Fields fields;
  fields.add("message", failure->message).add_json("applicationFailureInfo", info.take());
  return add_json(name, fields.take());
}

Fields& Fields::add(const char* name, const std::optional<RetryPolicy>& policy) {
  if (!policy) return *this;
  Fields fields;
  fields.add("initialInterval", policy->initial_interval)
      .add_json("backoffCoefficient", policy->backoff_coefficient)
      .add("maximumInterval", policy->maximum_interval);
  if (policy->maximum_attempts > 0) fields.add_json("maximumAttempts", policy->maximum_attempts);
  if (!policy->non_retryable_types.empty()) {
    fields.add_json("nonRetryableErrorTypes", policy->non_retryable_types);
  }
  return add_json(name, fields.take());
}

Fields& Fields::add(const char* name, const std::vector<ChainRequestId>& ids) {
  if (ids.empty()) return *this;
  Json all = Json::array();
  for (const ChainRequestId& known : ids) {
    Fields fields;
    fields.add("requestId", known.request_id)
        .add("runId", known.run_id)
        .add_json("started", known.started)
        .add("status", std::string(to_string(known.status)))
        .add("closeTime", std::optional(known.close_time))
        .add("firstExecutionRunId", known.first_execution_run_id);
    all.push_back(fields.take());
  }
  return add_json(name, std::move(all));
}

Fields& Fields::add(const char* name, const std::vector<RequestId>& ids) {
  if (ids.empty()) return *this;
  Json all = Json::array();
  for (const RequestId& id : ids) all.push_back(id.text());
  return add_json(name, std::move(all));
}

/// The form of each kind: the name after EVENT_TYPE_, the name of its attributes, and those.
struct Form {
  const char* type;
  const char* attributes_name;
  Json attributes;
};

struct FormOf {
  const RunId& run_id;

  Form operator()(const event::RunStarted& event) const {
    Fields fields;
    add_what_was_asked(fields, event);
    add_place_in_chain(fields, event);
    Fields own;
    own.add("requestId", event.request_id)
        .add("previousRunId", event.previous_run_id)
        .add("lineageRunId", event.lineage_run_id)
        .add("clockAtStart", event.clock_at_start)
        .add("chainRequestIds", event.chain_request_ids);
    fields.add_own(std::move(own));
    return {"WORKFLOW_EXECUTION_STARTED", "workflowExecutionStartedEventAttributes", fields.take()};
  }

  static void add_what_was_asked(Fields& fields, const event::RunStarted& event) {
    fields.add("workflowId", event.workflow_id)
        .add_json("workflowType", {{"name", event.workflow_type}});
    if (!event.task_queue.empty()) {
      fields.add_json("taskQueue",
                      {{"name", event.task_queue}, {"kind", "TASK_QUEUE_KIND_NORMAL"}});
    }
    fields.add("input", event.input)
        .add("workflowExecutionTimeout", event.execution_timeout)
        .add("workflowRunTimeout", event.run_timeout)
        .add("workflowTaskTimeout", event.workflow_task_timeout)
        .add("identity", event.identity)
        .add("retryPolicy", event.retry_policy)
        .add("cronSchedule", event.cron_schedule)
        .add("memo", event.memo)
        .add("searchAttributes", event.search_attributes)
        .add("header", event.header);
    if (event.parent) fields.add_parent(*event.parent);
  }

  void add_place_in_chain(Fields& fields, const event::RunStarted& event) const {
    const RunId& first =
        event.first_execution_run_id.empty() ? run_id : event.first_execution_run_id;
    fields.add("continuedExecutionRunId", event.continued_execution_run_id);
    if (event.initiator != Initiator::kUnspecified) {
      fields.add_json("initiator", kInitiators.at(static_cast<std::size_t>(event.initiator)));
    }
    fields.add("continuedFailure", event.continued_failure)
        .add("lastCompletionResult", event.last_completion_result)
        .add("originalExecutionRunId", run_id)
        .add("firstExecutionRunId", first)
        .add_json("attempt", event.attempt)
        .add("workflowExecutionExpirationTime", event.execution_deadline)
        .add_json("firstWorkflowTaskBackoff", text_of(event.backoff));
  }

  Form operator()(const event::RunCompleted& event) const {
    Fields own;
    own.add("identity", event.identity);
    Fields fields;
    fields.add("result", event.result)
        .add("newExecutionRunId", event.new_execution_run_id)
        .add_own(std::move(own));
    return {"WORKFLOW_EXECUTION_COMPLETED", "workflowExecutionCompletedEventAttributes",
            fields.take()};
  }

  Form operator()(const event::RunFailed& event) const {
    Fields own;
    own.add("identity", event.identity);
    Fields fields;
    fields.add("failure", event.failure)
        .add_json("retryState", kRetryStates.at(static_cast<std::size_t>(event.retry_state)))
        .add("newExecutionRunId", event.new_execution_run_id)
        .add_own(std::move(own));
    return {"WORKFLOW_EXECUTION_FAILED", "workflowExecutionFailedEventAttributes", fields.take()};
  }

  Form operator()(const event::RunTimedOut& event) const {
    Fields fields;
    fields.add_json("retryState", kRetryStates.at(static_cast<std::size_t>(event.retry_state)))
        .add("newExecutionRunId", event.new_execution_run_id);
    return {"WORKFLOW_EXECUTION_TIMED_OUT", "workflowExecutionTimedOutEventAttributes",
            fields.take()};
  }

  Form operator()(const event::RunCanceled& event) const {
    Fields own;
    own.add("identity", event.identity);
    Fields fields;
    fields.add("details", event.details).add_own(std::move(own));
    return {"WORKFLOW_EXECUTION_CANCELED", "workflowExecutionCanceledEventAttributes",
            fields.take()};
  }

  Form operator()(const event::RunTerminated& event) const {
    Fields fields;
    fields.add("reason", event.reason)
        .add("details", event.details)
        .add("identity", event.identity);
    return {"WORKFLOW_EXECUTION_TERMINATED", "workflowExecutionTerminatedEventAttributes",
            fields.take()};
  }

  Form operator()(const event::RunContinuedAsNew& event) const {
    Fields own;
    own.add("identity", event.identity);
    Fields fields;
    fields.add("newExecutionRunId", event.new_execution_run_id).add_own(std::move(own));
    return {"WORKFLOW_EXECUTION_CONTINUED_AS_NEW", "workflowExecutionContinuedAsNewEventAttributes",
            fields.take()};
  }

  Form operator()(const event::RunCancelRequested& event) const {
    Fields fields;
    fields.add("cause", event.reason).add("identity", event.identity);
    return {"WORKFLOW_EXECUTION_CANCEL_REQUESTED",
            "workflowExecutionCancelRequestedEventAttributes", fields.take()};
  }

  Form operator()(const event::RunSignaled& event) const {
    Fields fields;
    fields.add("signalName", event.name)
        .add("input", event.input)
        .add("identity", event.identity)
        .add("header", event.header)
        .add("requestId", event.request_id);
    return {"WORKFLOW_EXECUTION_SIGNALED", "workflowExecutionSignaledEventAttributes",
            fields.take()};
  }

  Form operator()(const event::RunOptionsUpdated& event) const {
    Fields fields;
    fields.add("attachedRequestId", event.attached_request_id);
    return {"WORKFLOW_EXECUTION_OPTIONS_UPDATED", "workflowExecutionOptionsUpdatedEventAttributes",
            fields.take()};
  }

  Form operator()(const event::RunPaused& event) const {
    return {"WORKFLOW_EXECUTION_PAUSED", "workflowExecutionPausedEventAttributes",
            pause(event.reason, event.identity, event.request_id)};
  }

  Form operator()(const event::RunUnpaused& event) const {
    return {"WORKFLOW_EXECUTION_UNPAUSED", "workflowExecutionUnpausedEventAttributes",
            pause(event.reason, event.identity, event.request_id)};
  }

  static Json pause(const std::string& reason, const std::string& identity,
                    const RequestId& request_id) {
    Fields fields;
    fields.add("identity", identity).add("reason", reason).add("requestId", request_id);
    return fields.take();
  }

  Form operator()(const event::WorkflowTaskFailed& event) const {
    Fields own;
    own.add("requestId", event.request_id)
        .add("previousRunId", event.previous_run_id)
        .add("originalExecutionRunId", event.original_execution_run_id)
        .add("lineageRunId", event.lineage_run_id)
        .add("executionDeadline", event.execution_deadline)
        .add("clockAtStart", event.clock_at_start)
        .add("chainRequestIds", event.chain_request_ids)
        .add("droppedSignals", event.dropped_signals);
    Fields failure;
    failure.add("message", event.reason).add_json("resetWorkflowFailureInfo", Json::object());
    Fields fields;
    fields.add_json("cause", "WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW")
        .add_json("failure", failure.take())
        .add("identity", event.identity)
        .add("baseRunId", event.base_run_id)
        .add("newRunId", run_id)
        .add_own(std::move(own));
    return {"WORKFLOW_TASK_FAILED", "workflowTaskFailedEventAttributes", fields.take()};
  }
};

}  // namespace

Json to_json(const HistoryEvent& event, const RunId& run_id) {
  Form form = std::visit(FormOf{run_id}, event.attributes);
  return {{"eventId", std::to_string(event.event_id)},
          {"eventTime", core::to_rfc3339(event.time)},
          {"eventType", std::string("EVENT_TYPE_") + form.type},
          {form.attributes_name, std::move(form.attributes)}};
}

Json to_json(const HistoryPage& page) {
  Json events = Json::array();
  for (const HistoryEvent& event : page.events) events.push_back(to_json(event, page.run_id));
  return {{"events", std::move(events)}};
}

}  // namespace onerun
