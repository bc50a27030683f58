#include "core/sizes.hpp"

#include <cstdint>
#include <numeric>
#include <string>

namespace onerun::core {
namespace {

std::size_t size_of(const std::string& text) { return text.size(); }

template <class Map>
std::size_t size_of_entries(const Map& map) {
  using onerun::core::size_of;
  return std::accumulate(map.begin(), map.end(), std::size_t{0},
                         [](std::size_t sum, const auto& entry) {
                           return sum + entry.first.size() + size_of(entry.second);
                         });
}

struct SizeOfValue {
  static constexpr std::size_t kNumber = 8;

  std::size_t operator()(const Keyword& value) const { return value.text.size(); }
  std::size_t operator()(const Text& value) const { return value.text.size(); }
  std::size_t operator()(const KeywordList& value) const {
    return std::accumulate(
        value.texts.begin(), value.texts.end(), std::size_t{0},
        [](std::size_t sum, const std::string& text) { return sum + text.size() + kNumber; });
  }
  std::size_t operator()(std::int64_t) const { return kNumber; }
  std::size_t operator()(double) const { return kNumber; }
  std::size_t operator()(bool) const { return kNumber; }
  std::size_t operator()(Timestamp) const { return kNumber; }
};

}  // namespace

std::size_t size_of(const TextMap& map) { return size_of_entries(map); }

std::size_t size_of(const Payload& payload) {
  return payload.data.size() + size_of(payload.metadata);
}

std::size_t size_of(const Payloads& payloads) {
  return std::accumulate(
      payloads.begin(), payloads.end(), std::size_t{0},
      [](std::size_t sum, const Payload& payload) { return sum + size_of(payload); });
}

std::size_t size_of(const PayloadMap& map) { return size_of_entries(map); }

std::size_t size_of(const SearchAttribute& value) { return std::visit(SizeOfValue{}, value); }

std::size_t size_of(const SearchAttributes& map) { return size_of_entries(map); }

namespace {

using core::size_of;  // together with those below

std::size_t size_of(const RunId& run_id) {
  return run_id.is_uuid() ? run_id.uuid().size() : run_id.text().size();
}
std::size_t size_of(const RunRef& run) {
  return run.workflow_id.text().size() + size_of(run.run_id) + size_of(run.expected_run_id);
}
std::size_t size_of(const std::optional<RetryPolicy>& policy) {
  if (!policy) return 0;
  return std::accumulate(
      policy->non_retryable_types.begin(), policy->non_retryable_types.end(), std::size_t{0},
      [](std::size_t sum, const std::string& type) { return sum + type.size(); });
}

std::size_t size_of(const std::optional<ParentLink>& parent) {
  if (!parent) return 0;
  return parent->name_space.text().size() + parent->workflow_id.text().size() +
         size_of(parent->run_id) + parent->root_workflow_id.text().size() +
         size_of(parent->root_run_id);
}

std::size_t size_of(const Signal& signal) {
  return signal.name.size() + size_of(signal.input) + signal.request_id.text().size() +
         signal.identity.size() + size_of(signal.header);
}

struct SizeOf {
  std::size_t operator()(const StartCommand& c) const {
    return c.workflow_id.text().size() + c.request_id.text().size() + c.workflow_type.size() +
           size_of(c.run_id) + size_of(c.expected_run_id) + size_of(c.input) + c.identity.size() +
           size_of(c.memo) + size_of(c.search_attributes) + size_of(c.header) +
           c.task_queue.size() + size_of(c.parent) + (c.signal ? size_of(*c.signal) : 0) +
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
           size_of(next.search_attributes) + size_of(next.header) + next.task_queue.size() +
           next.identity.size() + size_of(next.retry_policy) + next.cron_schedule.size();
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

std::size_t size_bytes(const StartCommand& command) { return SizeOf{}(command); }
std::size_t size_bytes(const Command& command) { return std::visit(SizeOf{}, command); }

}  // namespace onerun::core
