// Random events of every kind, made from the tables of their fields: a kind that is added is drawn
// without a change here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "core/history/event.hpp"
#include "core/history/execution.hpp"
#include "core/history/signal.hpp"
#include "core/history/workflow_task.hpp"
#include "core/uuid.hpp"

namespace onerun::core::test {

class RandomEvents {
 public:
  /// Which bytes texts and payloads are made of.
  enum class Bytes { kAny, kAscii };

  explicit RandomEvents(std::uint64_t seed, Bytes bytes = Bytes::kAny)
      : random_(seed), bytes_(bytes) {}

  /// An event of any kind; every second member is empty.
  Event any() {
    return of_kind(below(std::variant_size_v<EventAttributes>),
                   std::make_index_sequence<std::variant_size_v<EventAttributes>>());
  }

  template <class Attributes>
  Event of() {
    Attributes attributes;
    std::apply([&](const auto&... fields) { (draw(fields, attributes), ...); },
               Fields<Attributes>::kAll);
    return {time(), std::move(attributes)};
  }

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  Timestamp time() { return Timestamp(Duration(static_cast<std::int64_t>(below(1ULL << 42)))); }

 private:
  template <std::size_t... kKind>
  Event of_kind(std::size_t kind, std::index_sequence<kKind...>) {
    Event event;
    ((kind == kKind ? void(event = of<std::variant_alternative_t<kKind, EventAttributes>>())
                    : void()),
     ...);
    return event;
  }

  template <class Record, class Member>
  void draw(const ValueField<Record, Member>& field, Record& record) {
    if (below(2) == 0) fill(record.*field.member);
  }
  template <class Record, class Member>
  void draw(const NumberField<Record, Member>& field, Record& record) {
    const auto least = static_cast<std::uint64_t>(field.least);
    const auto most = static_cast<std::uint64_t>(field.most);
    record.*field.member = static_cast<Member>(least + below(most - least + 1));
  }

  void fill(std::string& text) {
    text.clear();
    for (std::uint64_t bytes = 1 + below(40); bytes > 0; --bytes) {
      text += static_cast<char>(bytes_ == Bytes::kAny ? below(256) : ' ' + below(95));
    }
  }
  template <class Tag>
  void fill(TextId<Tag>& id) {
    std::string text;
    fill(text);
    id = TextId<Tag>(std::move(text));
  }
  void fill(RunId& run_id) {
    run_id = below(2) == 0 ? RunId(make_uuid_v7(random_(), random_()))
                           : RunId("brought " + std::to_string(below(1000)));
  }
  void fill(Duration& duration) { duration = Duration(static_cast<std::int64_t>(below(1U << 30))); }
  void fill(std::optional<Timestamp>& instant) { instant = time(); }
  void fill(Payload& payload) {
    constexpr std::array kEncodings = {"json/plain", "binary/null", "binary/encrypted"};
    if (below(4) > 0) fill(payload.data);
    if (below(2) == 0) payload.metadata["encoding"] = kEncodings.at(below(kEncodings.size()));
    if (below(4) == 0) {
      std::string name;
      fill(name);
      fill(payload.metadata[name]);
    }
  }
  void fill(Payloads& payloads) {
    for (std::uint64_t entries = 1 + below(3); entries > 0; --entries)
      fill(payloads.emplace_back());
  }
  void fill(PayloadMap& map) {
    for (std::uint64_t entries = 1 + below(3); entries > 0; --entries) {
      std::string name;
      fill(name);
      fill(map[name]);
    }
  }
  void fill(SearchAttribute& value) {
    std::string text;
    fill(text);
    switch (below(7)) {
      case 0: value = Keyword(text); break;
      case 1: value = KeywordList{std::vector<std::string>(below(3), text)}; break;
      case 2: value = Text{text}; break;
      case 3: value = static_cast<std::int64_t>(random_()); break;
      case 4: value = static_cast<double>(below(1'000)) / 8; break;
      case 5: value = below(2) == 0; break;
      default: value = time();
    }
  }
  void fill(SearchAttributes& attributes) {
    for (std::uint64_t entries = 1 + below(3); entries > 0; --entries) {
      std::string name;
      fill(name);
      fill(attributes[name]);
    }
  }
  void fill(std::optional<ParentLink>& parent) {
    parent.emplace();
    if (below(2) == 0) fill(parent->name_space);
    fill(parent->workflow_id);
    fill(parent->run_id);
    parent->initiated_event_id = below(1'000);
    if (below(2) == 0) fill(parent->root_workflow_id);
    if (below(2) == 0) fill(parent->root_run_id);
  }
  void fill(std::optional<Failure>& failure) {
    failure.emplace();
    fill(failure->message);
    if (below(2) == 0) fill(failure->type);
    if (below(2) == 0) fill(failure->details);
    failure->non_retryable = below(2) == 0;
    if (below(2) == 0) fill(failure->next_retry_delay.emplace());
  }
  void fill(std::optional<RetryPolicy>& policy) {
    policy.emplace();
    fill(policy->initial_interval);
    policy->backoff_coefficient = 1.0 + static_cast<double>(below(100)) / 8;
    fill(policy->maximum_interval);
    policy->maximum_attempts = static_cast<std::uint32_t>(below(100));
    if (below(2) == 0) fill(policy->non_retryable_types.emplace_back());
  }
  void fill(std::vector<RequestId>& ids) {
    for (std::uint64_t entries = 1 + below(3); entries > 0; --entries) fill(ids.emplace_back());
  }
  void fill(std::vector<ChainRequestId>& ids) {
    for (std::uint64_t entries = 1 + below(3); entries > 0; --entries) {
      ChainRequestId& known = ids.emplace_back();
      fill(known.request_id);
      fill(known.run_id);
      known.started = below(2) == 0;
      known.status = RunStatus::kCompleted;
      known.close_time = time();
      if (below(2) == 0) fill(known.first_execution_run_id);
    }
  }

  std::mt19937_64 random_;
  Bytes bytes_;
};

}  // namespace onerun::core::test
