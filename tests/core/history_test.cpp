// Histories: every kind of event is written, read, named and folded.
#include "tests/support/history.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/history/codec.hpp"
#include "core/history/fold.hpp"
#include "core/history/run_record.hpp"
#include "core/records.hpp"
#include "core/wire.hpp"
#include "tests/support/core.hpp"
#include "tests/support/random_events.hpp"

namespace onerun::core {
namespace {

using test::at;
using test::kId;
using test::RandomEvents;
using test::run_id;

constexpr std::uint64_t kSeed = 20'261'201;

/// Calls `check.operator()<Attributes>()` for every kind of event.
template <class Check, std::size_t... kKind>
void for_every_kind(const Check& check, std::index_sequence<kKind...>) {
  (check.template operator()<std::variant_alternative_t<kKind, EventAttributes>>(), ...);
}
template <class Check>
void for_every_kind(const Check& check) {
  for_every_kind(check, std::make_index_sequence<std::variant_size_v<EventAttributes>>());
}

TEST(EventKinds, EachHasANameAndANumberOfItsOwn) {
  std::set<std::string_view> names;
  std::set<EventType> numbers;
  for_every_kind([&]<class Attributes>() {
    names.insert(to_string(Attributes::kType));
    numbers.insert(Attributes::kType);
    EXPECT_FALSE(is_note(Attributes::kType));
  });
  EXPECT_EQ(names.size(), std::variant_size_v<EventAttributes>);
  EXPECT_EQ(numbers.size(), std::variant_size_v<EventAttributes>);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(EventKinds, EachHasFieldsWithNumbersOfTheirOwn) {
  for_every_kind([]<class Attributes>() {
    std::set<unsigned> numbers = {1, 2};  // kind and time
    std::size_t fields = numbers.size();
    std::apply([&](const auto&... field) { ((numbers.insert(field.number), ++fields), ...); },
               Fields<Attributes>::kAll);
    EXPECT_EQ(numbers.size(), fields) << to_string(Attributes::kType);
  });
}

TEST(EventCodec, ReadsEveryKindAsItWasWritten) {
  RandomEvents random(kSeed);
  for_every_kind([&]<class Attributes>() {
    for (int i = 0; i < 200; ++i) {
      const Event event = random.of<Attributes>();
      const auto again = decode_event(encode(event));
      ASSERT_TRUE(again.ok()) << to_string(type_of(event)) << ": " << again.status();
      ASSERT_EQ(*again, event) << to_string(type_of(event));
    }
  });
}

TEST(EventCodec, WritesUsualAttributesInNoBytes) {
  const std::size_t kind_and_time = encode(Event{at(1), event::RunCanceled{}}).size();
  for_every_kind([&]<class Attributes>() {
    EXPECT_EQ(encode(Event{at(1), Attributes()}).size(), kind_and_time)
        << to_string(Attributes::kType);
  });
}

TEST(EventCodec, RefusesAFieldThatTheKindDoesNotHave) {
  for_every_kind([]<class Attributes>() {
    std::string fields;
    wire::Writer out(fields);
    out.number(1, static_cast<std::uint64_t>(Attributes::kType));
    out.signed_number(2, 1);
    out.number(99, 1);
    std::string bytes;
    wire::append_varint(bytes, fields.size());
    EXPECT_EQ(decode_event(bytes + fields).code(), StatusCode::kDataLoss);
  });
}

TEST(EventCodec, RefusesAKindThatDoesNotExist) {
  std::string fields;
  wire::Writer out(fields);
  out.number(1, 999);
  out.signed_number(2, 1);
  std::string bytes;
  wire::append_varint(bytes, fields.size());
  const auto event = decode_event(bytes + fields);
  ASSERT_EQ(event.code(), StatusCode::kDataLoss);
  EXPECT_NE(event.status().message().find("999"), std::string_view::npos);
}

TEST(EventCodec, RefusesBytesBehindAnEvent) {
  const std::string bytes = encode(Event{at(1), event::RunCanceled{}});
  EXPECT_TRUE(decode_event(bytes).ok());
  EXPECT_FALSE(decode_event(bytes + '\0').ok());
  EXPECT_FALSE(decode_event(bytes.substr(0, bytes.size() - 1)).ok());
}

/// A random history of which every event fits, as events and as bytes.
struct RandomHistory {
  std::vector<Event> events;
  std::string bytes;
};

RandomHistory random_history(RandomEvents& random) {
  RandomHistory history;
  RunHead run{.run_id = run_id(1)};
  const auto add = [&](Event event) {
    if (!misfit(run, event).empty()) return;
    const std::string bytes = encode(event);
    fold(run, event, bytes.size());
    history.bytes += bytes;
    history.events.push_back(std::move(event));
  };
  Event started = random.of<event::RunStarted>();
  std::get<event::RunStarted>(started.attributes).workflow_id = kId;
  std::get<event::RunStarted>(started.attributes).clock_at_start = started.time - Duration(1);
  add(std::move(started));
  for (std::uint64_t more = random.below(20); more > 0; --more) add(random.any());
  return history;
}

TEST(Fold, ComesEventByEventToWhatTheBytesTell) {
  RandomEvents random(kSeed);
  std::set<EventType> seen;
  for (int i = 0; i < 2'000; ++i) {
    const RandomHistory history = random_history(random);
    RunRecord folded;
    folded.head.run_id = run_id(1);
    for (const Event& event : history.events) {
      fold(folded, event, encode(event).size());
      seen.insert(type_of(event));
    }
    const auto stored = decode_run(run_id(1), history.bytes);
    ASSERT_TRUE(stored.ok()) << stored.status();
    ASSERT_EQ(stored->head, folded.head);
    ASSERT_EQ(stored->started, folded.started);
    ASSERT_EQ(stored->close, folded.close);
    ASSERT_EQ(stored->signal_request_ids, folded.signal_request_ids);
    ASSERT_EQ(*decode_head(encode_head({.current = folded.head}))->current, folded.head);
  }
  EXPECT_EQ(seen.size(), std::variant_size_v<EventAttributes>) << "every kind was folded";
}

TEST(Fold, IsTheSameForTheLiveWorkflowIdAndForTheStoredRun) {
  RandomEvents random(kSeed + 1);
  for (int i = 0; i < 500; ++i) {
    const RandomHistory history = random_history(random);
    WorkflowState live;
    for (const Event& event : history.events) {
      // The live path has the resets of a run only as RunReset, with the folded head.
      if (std::holds_alternative<event::WorkflowTaskFailed>(event.attributes)) break;
      fold(live, RunEvent{run_id(1), event}, encode(event).size());
    }
    std::string_view rest = history.bytes;
    RunRecord stored;
    stored.head.run_id = run_id(1);
    while (live.current->history_length > stored.head.history_length) {
      const auto record = take_record(rest);
      ASSERT_TRUE(record.ok());
      fold(stored, *decode_event(*record), record->bytes.size());
    }
    ASSERT_EQ(*live.current, stored.head);
  }
}

TEST(ReadHistory, GivesTheEventsFromAnyOneOn) {
  RandomEvents random(kSeed + 2);
  for (int i = 0; i < 200; ++i) {
    const RandomHistory history = random_history(random);
    const std::uint64_t first = 1 + random.below(history.events.size() + 2);
    const std::size_t limit = 1 + random.below(5);
    const auto page = test::read_history(run_id(1), history.bytes, first, limit);
    ASSERT_TRUE(page.ok()) << page.status();
    const std::uint64_t behind = history.events.size() + 1;
    ASSERT_EQ(page->events.size(), first >= behind ? 0 : std::min(limit, behind - first));
    for (std::size_t at = 0; at < page->events.size(); ++at) {
      const HistoryEvent& event = page->events[at];
      ASSERT_EQ(event.event_id, first + at);
      const Event& as = history.events[first + at - 1];
      ASSERT_EQ(event.attributes, as.attributes);
      ASSERT_EQ(event.time, as.time);
    }
    ASSERT_EQ(page->next_event_id, first + page->events.size());
  }
}

TEST(Misfit, RefusesWhatCanNotComeNext) {
  RunHead run{.run_id = run_id(1)};
  const auto next = [&](EventAttributes attributes, Timestamp time = at(10)) {
    return std::string(misfit(run, {time, std::move(attributes)}));
  };
  EXPECT_NE(next(event::RunSignaled{}), "") << "before the start";
  ASSERT_EQ(next(event::RunStarted{}), "");
  fold(run, {at(10), event::RunStarted{}}, 5);
  EXPECT_NE(next(event::RunStarted{}), "") << "a second start";
  EXPECT_NE(next(event::RunUnpaused{}), "") << "the end of no pause";
  EXPECT_NE(next(event::RunCompleted{}, at(9)), "") << "an end before the start";
  EXPECT_EQ(next(event::RunSignaled{}, at(9)), "");
  EXPECT_EQ(next(event::RunPaused{}), "");
  fold(run, {at(10), event::RunPaused{}}, 5);
  EXPECT_NE(next(event::RunPaused{}), "") << "a second pause";
  EXPECT_EQ(next(event::RunTerminated{}), "");
  fold(run, {at(11), event::RunTerminated{}}, 5);
  for_every_kind([&]<class Attributes>() {
    EXPECT_NE(next(Attributes()), "") << to_string(Attributes::kType) << " behind the end";
  });
}

}  // namespace
}  // namespace onerun::core
