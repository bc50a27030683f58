#include "core/record_values.hpp"

#include <bit>
#include <limits>

#include "core/record_payloads.hpp"

namespace onerun::core {
namespace {

enum FailureField : unsigned {
  kMessage = 1,
  kType = 2,
  kDetails = 3,
  kNonRetryable = 4,
  kNextRetryDelay = 5,
};
enum RetryPolicyField : unsigned {
  kInitialInterval = 1,
  kBackoffCoefficient = 2,
  kMaximumInterval = 3,
  kMaximumAttempts = 4,
  kNonRetryableType = 5,
};
enum ParentField : unsigned {
  kParentNamespace = 1,
  kParentWorkflowId = 2,
  kParentRunId = 3,
  kParentEventId = 4,
  kRootWorkflowId = 5,
  kRootRunId = 6,
};
enum ChainRequestIdField : unsigned {
  kRequestId = 1,
  kRunId = 2,
  kAttached = 3,
  kStatus = 4,
  kCloseTime = 5,
  kFirstExecutionRunId = 6,
};

}  // namespace

void write_failure(wire::Writer& out, unsigned field, const Failure& failure) {
  std::string nested;
  wire::Writer part(nested);
  part.bytes_if_any(kMessage, failure.message);
  part.bytes_if_any(kType, failure.type);
  write_payloads(part, kDetails, failure.details);
  if (failure.non_retryable) part.number(kNonRetryable, 1);
  if (failure.next_retry_delay) {
    part.signed_number(kNextRetryDelay, failure.next_retry_delay->count());
  }
  out.bytes(field, nested);
}

bool read_failure(const wire::Field& field, Failure& failure) {
  return read_nested(field, [&](const wire::Field& part) {
    if (part.id == kNextRetryDelay) {
      return read_duration(part, failure.next_retry_delay.emplace());
    }
    if (part.id == kNonRetryable) {
      failure.non_retryable = true;
      return part.is_number && part.number == 1;
    }
    if (part.is_number) return false;
    switch (part.id) {
      case kMessage: failure.message = part.bytes; return true;
      case kType: failure.type = part.bytes; return true;
      case kDetails: return read_payload(part, failure.details);
      default: return false;
    }
  });
}

namespace {

bool is_duration(Duration duration) {
  return duration >= Duration::zero() && duration <= limits::kMaxDuration;
}

/// Where nothing is ever retried the numbers may be anything: they are kept as they were given.
bool can_be(const RetryPolicy& policy) {
  return policy.maximum_attempts == 1 ||
         (policy.backoff_coefficient >= 1 && is_duration(policy.initial_interval) &&
          is_duration(policy.maximum_interval));
}

bool read_any_duration(const wire::Field& field, Duration& duration) {
  duration = Duration(field.is_number ? field.signed_number() : 0);
  return field.is_number;
}

}  // namespace

void write_retry_policy(wire::Writer& out, unsigned field, const RetryPolicy& policy) {
  std::string nested;
  wire::Writer part(nested);
  write_duration(part, kInitialInterval, policy.initial_interval);
  part.number(kBackoffCoefficient, std::bit_cast<std::uint64_t>(policy.backoff_coefficient));
  write_duration(part, kMaximumInterval, policy.maximum_interval);
  if (policy.maximum_attempts > 0) part.number(kMaximumAttempts, policy.maximum_attempts);
  for (const std::string& type : policy.non_retryable_types) part.bytes(kNonRetryableType, type);
  out.bytes(field, nested);
}

bool read_retry_policy(const wire::Field& field, RetryPolicy& policy) {
  policy.initial_interval = Duration::zero();
  const bool read = read_nested(field, [&](const wire::Field& part) {
    switch (part.id) {
      case kInitialInterval: return read_any_duration(part, policy.initial_interval);
      case kMaximumInterval: return read_any_duration(part, policy.maximum_interval);
      case kBackoffCoefficient:
        policy.backoff_coefficient = std::bit_cast<double>(part.number);
        return part.is_number;
      case kMaximumAttempts:
        policy.maximum_attempts = static_cast<std::uint32_t>(part.number);
        return part.is_number && part.number <= std::numeric_limits<std::uint32_t>::max();
      case kNonRetryableType:
        policy.non_retryable_types.emplace_back(part.bytes);
        return !part.is_number;
      default: return false;
    }
  });
  return read && can_be(policy);
}

void write_parent(wire::Writer& out, unsigned field, const ParentLink& parent) {
  std::string nested;
  wire::Writer part(nested);
  part.bytes_if_any(kParentNamespace, parent.name_space.text());
  part.bytes(kParentWorkflowId, parent.workflow_id.text());
  write_run_id(part, kParentRunId, parent.run_id);
  if (parent.initiated_event_id > 0) part.number(kParentEventId, parent.initiated_event_id);
  part.bytes_if_any(kRootWorkflowId, parent.root_workflow_id.text());
  write_run_id(part, kRootRunId, parent.root_run_id);
  out.bytes(field, nested);
}

bool read_parent(const wire::Field& field, ParentLink& parent) {
  const bool read = read_nested(field, [&](const wire::Field& part) {
    if (part.id == kParentEventId) {
      parent.initiated_event_id = part.number;
      return part.is_number;
    }
    if (part.is_number) return false;
    switch (part.id) {
      case kParentNamespace: parent.name_space = NamespaceName(part.bytes); return true;
      case kParentWorkflowId: parent.workflow_id = WorkflowId(part.bytes); return true;
      case kParentRunId: return read_run_id(part, parent.run_id);
      case kRootWorkflowId: parent.root_workflow_id = WorkflowId(part.bytes); return true;
      case kRootRunId: return read_run_id(part, parent.root_run_id);
      default: return false;
    }
  });
  return read && !parent.workflow_id.empty() && !parent.run_id.empty();
}

void write_chain_request_id(wire::Writer& out, unsigned field, const ChainRequestId& known) {
  std::string nested;
  wire::Writer part(nested);
  part.bytes(kRequestId, known.request_id.text());
  write_run_id(part, kRunId, known.run_id);
  if (!known.started) part.number(kAttached, 1);
  part.number(kStatus, static_cast<std::uint64_t>(known.status));
  part.signed_number(kCloseTime, to_ms(known.close_time));
  write_run_id(part, kFirstExecutionRunId, known.first_execution_run_id);
  out.bytes(field, nested);
}

bool read_chain_request_id(const wire::Field& field, std::vector<ChainRequestId>& all) {
  ChainRequestId known;
  const bool read = read_nested(field, [&](const wire::Field& part) {
    switch (part.id) {
      case kRequestId: known.request_id = RequestId(part.bytes); return !part.is_number;
      case kRunId: return !part.is_number && read_run_id(part, known.run_id);
      case kAttached: known.started = false; return part.is_number && part.number == 1;
      case kStatus:
        known.status = static_cast<RunStatus>(part.number);
        return part.is_number && part.number < static_cast<std::uint64_t>(RunStatus::kPaused);
      case kCloseTime: return read_time(part, known.close_time);
      case kFirstExecutionRunId:
        return !part.is_number && read_run_id(part, known.first_execution_run_id);
      default: return false;
    }
  });
  const bool is_whole = read && !known.run_id.empty() && is_closed(known.status);
  all.push_back(std::move(known));
  return is_whole;
}

bool read_duration(const wire::Field& field, Duration& duration) {
  return read_any_duration(field, duration) && is_duration(duration);
}

}  // namespace onerun::core
