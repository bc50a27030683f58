// The index of runs and the tokens of pages: bytes in the order of places, and what is no entry.
#include "core/run_index.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "core/find_query.hpp"
#include "core/keys.hpp"
#include "core/page_token.hpp"
#include "onerun/limits.hpp"
#include "tests/support/core.hpp"

namespace onerun::core {
namespace {

using run_index::Place;
using test::at;
using test::run_id;

const RunId kText(std::string_view("a run id of a caller"));

TEST(RunIndex, HasTheLatestStartFirst) {
  const std::vector<Timestamp> times = {Timestamp::max(), at(1'000),       at(1), at(0),
                                        at(-1),           Timestamp::min()};
  std::string last;
  for (const Timestamp time : times) {
    for (const RunId& id : {kText, run_id(2), run_id(1)}) {
      const std::string place = run_index::encode_place({time, id});
      EXPECT_LT(last, place) << time.time_since_epoch().count() << " " << id.text();
      EXPECT_EQ(run_index::place_from(place), (Place{time, id}));
      EXPECT_LE(run_index::place_from_time(time), place);
      last = place;
    }
  }
}

TEST(RunIndex, EndsBehindTheEarliestStart) {
  for (const RunStatus status : {RunStatus::kRunning, RunStatus::kCompleted}) {
    const auto key = [&](Timestamp time) { return run_index::key(7, status, {time, kText}); };
    EXPECT_LT(key(at(5)), run_index::behind(7, status, at(5)));
    EXPECT_GT(key(at(4)), run_index::behind(7, status, at(5)));
    EXPECT_LT(key(Timestamp::min()), run_index::behind(7, status, Timestamp::min()));
    EXPECT_LE(run_index::behind(7, status, Timestamp::min()),
              run_index::prefix_of(8, RunStatus::kRunning));
  }
}

TEST(RunIndex, ReadsItsKeys) {
  for (const RunStatus status : {RunStatus::kRunning, RunStatus::kFailed}) {
    const Place place{at(12), run_id(3)};
    const auto entry =
        run_index::entry_from(run_index::family_of(status), run_index::key(7, status, place));
    ASSERT_TRUE(entry.has_value());
    EXPECT_EQ(entry->name_space, 7u);
    EXPECT_EQ(entry->status, status);
    EXPECT_EQ(entry->place, place);
  }
  const std::string key = run_index::key(7, RunStatus::kFailed, {at(12), run_id(3)});
  for (std::size_t size = 0; size < key.size(); ++size) {
    EXPECT_FALSE(run_index::entry_from(Family::kClosed, key.substr(0, size))) << size;
  }
  std::string of_an_open_run = key;
  of_an_open_run[keys::kNamespaceBytes] = static_cast<char>(RunStatus::kRunning);
  EXPECT_FALSE(run_index::entry_from(Family::kClosed, of_an_open_run));
}

TEST(RunIndex, ReadsCloseTimes) {
  for (const Timestamp time : {Timestamp::min(), at(-1), at(0), Timestamp::max()}) {
    EXPECT_EQ(run_index::close_time_from(run_index::encode_close_time(time)), time);
  }
  EXPECT_FALSE(run_index::close_time_from(""));
  EXPECT_FALSE(run_index::close_time_from("123456789"));
}

TEST(PageToken, IsReadAsItWasWritten) {
  const RunId longest(std::string(limits::kIdBytes, 'x'));
  for (const RunId& id : {run_id(1), kText, longest}) {
    for (const RunId& resume_at : {RunId(), run_id(2), longest}) {
      const std::string place = run_index::encode_place({at(5), id});
      const std::string token = encode_page_token(1, "filter", {place, resume_at});
      EXPECT_LE(token.size(), limits::kPageTokenBytes);
      const auto end = decode_page_token(1, "filter", token);
      ASSERT_TRUE(end.ok()) << end.status();
      EXPECT_EQ(end->place, place);
      EXPECT_EQ(end->resume_at, resume_at);
    }
  }
}

TEST(PageToken, IsRefusedForAnythingElse) {
  const std::string token =
      encode_page_token(1, "filter", {run_index::encode_place({at(5), kText})});
  const auto refused = [](const Result<PageEnd>& read) {
    const Status status = read.status();
    const auto* detail = status.detail<InvalidField>();
    return detail != nullptr && detail->field == "page_token";
  };
  EXPECT_TRUE(refused(decode_page_token(2, "filter", token)));
  EXPECT_TRUE(refused(decode_page_token(1, "filter ", token)));
  EXPECT_TRUE(refused(decode_page_token(1, "filter", "")));
  EXPECT_TRUE(refused(decode_page_token(1, "filter", token + "00")));
  EXPECT_TRUE(refused(decode_page_token(1, "filter", token + "0")));
  std::string upper = token;
  upper.back() = 'G';
  EXPECT_TRUE(refused(decode_page_token(1, "filter", upper)));
}

TEST(FindQuery, IsJudgedByTheIndexWhereThatKnowsAll) {
  const IndexedRun open{.place = {at(5), run_id(1)}, .status = RunStatus::kRunning};
  const IndexedRun failed{
      .place = {at(5), run_id(1)}, .status = RunStatus::kFailed, .close_time = at(9)};
  const auto judge = [](const char* filter, const IndexedRun& run) {
    return FindQuery::parse(filter)->judge(run);
  };
  EXPECT_EQ(judge("", open), Verdict::kMatches);
  EXPECT_EQ(judge("CloseTime IS NULL", open), Verdict::kMatches);
  EXPECT_EQ(judge("ExecutionStatus = 'Failed'", failed), Verdict::kMatches);
  EXPECT_EQ(judge("ExecutionStatus = 'Completed'", failed), Verdict::kDoesNotMatch);
  EXPECT_EQ(judge("ExecutionStatus = 'Completed'", open), Verdict::kDoesNotMatch);
  EXPECT_EQ(judge("CloseTime > 9000000", failed), Verdict::kDoesNotMatch);
  EXPECT_EQ(judge("RunId = 'another'", failed), Verdict::kDoesNotMatch);
  EXPECT_EQ(judge("ExecutionStatus = 'Running'", open), Verdict::kAskTheRun) << "it may be paused";
  EXPECT_EQ(judge("ExecutionStatus IN ('Running', 'Paused')", open), Verdict::kMatches);
  EXPECT_EQ(judge("ExecutionTime > 0", failed), Verdict::kAskTheRun);
  EXPECT_EQ(judge("customer IS NULL", failed), Verdict::kAskTheRun);
  EXPECT_EQ(judge("customer IS NULL AND StartTime > 5000000", failed), Verdict::kDoesNotMatch);
}

}  // namespace
}  // namespace onerun::core
