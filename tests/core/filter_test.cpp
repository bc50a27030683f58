// The filter language: what is read, what is refused and where, what matches, what a scan may rely
// on.
#include "core/filter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "onerun/limits.hpp"
#include "tests/support/filtered_run.hpp"

namespace onerun::core {
namespace {

using test::KeptRun;

Timestamp at(std::int64_t ms) { return Timestamp(Duration(ms)); }

bool matches(std::string_view text, const KeptRun& run) {
  const auto filter = parse_filter(text);
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return filter.ok() && filter->matches(run.as_filtered());
}

void expect_matches(const KeptRun& run, const std::vector<std::string_view>& texts) {
  for (const std::string_view text : texts) EXPECT_TRUE(matches(text, run)) << text;
}

void expect_misses(const KeptRun& run, const std::vector<std::string_view>& texts) {
  for (const std::string_view text : texts) EXPECT_FALSE(matches(text, run)) << text;
}

KeptRun closed_run() {
  KeptRun run;
  run.status = RunStatus::kTimedOut;
  run.close_time = run.start_time + Duration(1'500);
  return run;
}

// ---- what matches ----

TEST(Filter, MatchesEveryRunWhenTheTextIsBlank) {
  expect_matches({}, {"", " ", "\t\r\n "});
  EXPECT_TRUE(Filter{}.matches(KeptRun{}.as_filtered()));
}

TEST(Filter, ComparesTextsByteByByte) {
  expect_matches(
      {}, {"WorkflowId = 'order-17'", "WorkflowId != 'Order-17'", "WorkflowId < 'order-18'",
           "WorkflowId <= 'order-17'", "WorkflowId > 'order'", "WorkflowId >= 'order-17'",
           "WorkflowId IN ('a', 'order-17')", "WorkflowId NOT IN ('a', 'b')",
           "WorkflowId BETWEEN 'order-17' AND 'order-17'", "WorkflowId NOT BETWEEN 'a' AND 'b'",
           "WorkflowId STARTS_WITH 'order-'", "WorkflowId STARTS_WITH ''",
           "WorkflowId NOT STARTS_WITH 'Order'", "WorkflowId IS NOT NULL", "WorkflowType = 'order'",
           "RunId = '018e4c5a-9a00-7001-8000-0000000000aa'", "RunId STARTS_WITH '018e4c5a'",
           "FirstExecutionRunId = 'first run'"});
  expect_misses(
      {}, {"WorkflowId = 'order-1'", "WorkflowId != 'order-17'", "WorkflowId < 'order-17'",
           "WorkflowId <= 'order'", "WorkflowId > 'order-17'", "WorkflowId >= 'order-18'",
           "WorkflowId IN ('a')", "WorkflowId NOT IN ('order-17')",
           "WorkflowId BETWEEN 'z' AND 'a'", "WorkflowId STARTS_WITH 'rder'", "WorkflowId IS NULL",
           "RunId = '018E4C5A-9A00-7001-8000-0000000000AA'", "RunId > '1'"});
}

TEST(Filter, ComparesTimes) {
  expect_matches(
      {}, {"StartTime = '2026-11-22T10:00:00Z'", "StartTime = 1795341600000000000",
           "StartTime < '2026-11-22T10:00:00.001Z'", "StartTime IN (0, '2026-11-22T10:00:00Z')",
           "StartTime BETWEEN -1 AND '2026-11-22T10:00:00.000Z'", "StartTime NOT BETWEEN 0 AND 1",
           "StartTime IS NOT NULL", "ExecutionTime = '2026-11-22T10:00:00.5Z'",
           "ExecutionTime != '2026-11-22T10:00:00Z'"});
  expect_misses({}, {"StartTime = '2026-11-22T10:00:00.001Z'", "StartTime > 1795341600000000000",
                     "StartTime < '2026-11-22T10:00:00Z'", "StartTime IS NULL",
                     "ExecutionTime <= '2026-11-22T10:00:00.499Z'"});
}

TEST(Filter, ReadsOffsetsOfTimes) {
  expect_matches(
      {}, {"StartTime = '2026-11-22T12:30:00+02:30'", "StartTime = '2026-11-21T23:00:00.000-11:00'",
           "StartTime = '2026-11-22T10:00:00+00:00'", "StartTime = '2026-11-22T10:00:00-00:00'"});
}

TEST(Filter, KnowsTheCalendar) {
  KeptRun run;
  run.start_time = at(951'782'400'000);
  expect_matches(run, {"StartTime = '2000-02-29T00:00:00Z'"});
  run.start_time = at(-62'167'219'200'000);
  expect_matches(run, {"StartTime = '0000-01-01T00:00:00Z'"});
  run.start_time = at(253'402'300'799'999);
  expect_matches(run, {"StartTime = '9999-12-31T23:59:59.999Z'"});
}

TEST(Filter, ComparesExactlyWithTimesBetweenMilliseconds) {
  expect_matches(
      {}, {"StartTime < 1795341600000000001", "StartTime > 1795341599999999999",
           "StartTime < '2026-11-22T10:00:00.000000001Z'", "StartTime != 1795341600000000001"});
  expect_misses({}, {"StartTime = 1795341600000000001", "StartTime >= 1795341600000000001",
                     "StartTime <= 1795341599999999999"});
  KeptRun early;
  early.start_time = at(-1);
  expect_matches(early, {"StartTime = -1000000", "StartTime < -999999", "StartTime > -1000001",
                         "StartTime > -9223372036854775808", "StartTime < 9223372036854775807"});
}

TEST(Filter, C242_TakesAStatusByNameAndByNumber) {
  expect_matches(
      {}, {"ExecutionStatus = 1", "ExecutionStatus = 'Running'", "ExecutionStatus = \"running\"",
           "ExecutionStatus IN (1, 'Paused')", "ExecutionStatus != 'ContinuedAsNew'",
           "ExecutionStatus NOT IN (2, 8)", "ExecutionStatus IS NOT NULL"});
  expect_misses({}, {"ExecutionStatus = 'Paused'", "ExecutionStatus != 1",
                     "ExecutionStatus NOT IN ('running')", "ExecutionStatus IS NULL"});
  KeptRun run = closed_run();
  expect_matches(run, {"ExecutionStatus = 'TimedOut'", "ExecutionStatus = 'timed_out'",
                       "ExecutionStatus = 7"});
  run.status = RunStatus::kContinuedAsNew;
  expect_matches(run, {"ExecutionStatus = 'ContinuedAsNew' AND ExecutionStatus = 6",
                       "ExecutionStatus = 'continued_as_new'"});
}

TEST(Filter, ReadsAnyOtherNameAsASearchAttribute) {
  KeptRun run;
  run.search_attributes = {{"customer", "acme"}, {"my tag", "a"}, {"WorkflowId", "w"},
                           {"a`b", "c"},         {"a\\'", "d"},   {"or", ""}};
  expect_matches(run, {"customer = 'acme'", "`customer` = 'acme'", "customer STARTS_WITH 'ac'",
                       "customer > 'abc'", "`my tag` = 'a'", "`WorkflowId` = 'w'", "`a``b` = 'c'",
                       "`a\\'` = 'd'", "`or` = ''", "`or` IS NOT NULL", "workflowid IS NULL",
                       "Customer IS NULL"});
  expect_misses(run, {"WorkflowId = 'w'", "Customer = 'acme'", "`my  tag` = 'a'"});
}

TEST(Filter, ComparesNumbersByWhatTheyAre) {
  KeptRun run;
  run.search_attributes = {{"n", 3}, {"d", 0.5}, {"big", std::int64_t{9'007'199'254'740'993}}};
  expect_matches(run, {"n = 3", "n = 3.0", "n > 2.999", "n < 3.001", "n IN (1, 3e0)", "n >= -5",
                       "n BETWEEN 3 AND 3", "n != 4", "n NOT IN (4, 5)", "d = 0.5", "d = 5e-1",
                       "d < 1", "d NOT BETWEEN 1 AND 2", "big = 9007199254740993",
                       "big > 9007199254740992.0", "big < 1e300", "big > -1e300", "n IS NOT NULL"});
  expect_misses(run, {"n = 4", "n < 3", "n > 3.0", "n != 3", "d = 1", "d BETWEEN 1 AND 2",
                      "big = 9007199254740992", "big = 9007199254740992.0", "n IS NULL"});
}

TEST(Filter, ComparesBools) {
  KeptRun run;
  run.search_attributes = {{"yes", true}, {"no", false}};
  expect_matches(run, {"yes = true", "yes = TRUE", "no = false", "no != true",
                       "yes IN (true, false)", "NOT no = True"});
  expect_misses(run, {"yes = false", "no = true", "yes != true", "yes NOT IN (true)"});
}

TEST(Filter, ComparesTimesOfSearchAttributes) {
  KeptRun run;
  run.search_attributes = {{"when", at(1'795'341'600'250)}};
  expect_matches(run, {"when = '2026-11-22T10:00:00.250Z'", "when = '2026-11-22T12:30:00.25+02:30'",
                       "when = 1795341600250000000", "when > '2026-11-22T10:00:00.2499Z'",
                       "when BETWEEN '2026-11-22T00:00:00Z' AND '2026-11-23T00:00:00Z'",
                       "when IN ('2026-11-22T10:00:00.250Z', '2020-01-01T00:00:00Z')",
                       "when != 'no time'", "when != 5"});
  expect_misses(run, {"when = '2026-11-22'", "when > '2026'", "when STARTS_WITH '2026'",
                      "when < 1795341600250000000", "when = 1.5"});
}

/// A test holds of a list if it holds of any of its keywords.
TEST(Filter, LooksAtEachKeywordOfAList) {
  KeptRun run;
  run.search_attributes = {{"regions", KeywordList{{"eu", "us"}}}, {"none", KeywordList()}};
  expect_matches(
      run, {"regions = 'eu'", "regions = 'us'", "regions IN ('asia', 'us')", "regions != 'asia'",
            "regions STARTS_WITH 'e'", "regions > 'f'", "regions BETWEEN 'ea' AND 'ez'",
            "regions IS NOT NULL", "none IS NULL", "none != 'eu'"});
  expect_misses(run, {"regions = 'eu us'", "regions != 'eu'", "regions NOT IN ('us')",
                      "regions > 'v'", "none = ''", "none IS NOT NULL"});
}

TEST(Filter, LooksForWordsInTexts) {
  KeptRun run;
  run.search_attributes = {{"note", Text{"Late: the GREEN parcel, no. 17 (gr\xC3\xBC\xC3\x9F)"}}};
  expect_matches(run, {"note = 'green'", "note = 'Parcel'", "note = 'red parcel'", "note = '17'",
                       "note IN ('blue', 'late')", "note != 'blue'", "note IS NOT NULL",
                       "note = 'gr\xC3\xBC\xC3\x9F'"});
  expect_misses(run, {"note = 'gree'", "note = ''", "note = '!'", "note != 'green'", "note > 'a'",
                      "note STARTS_WITH 'Late'", "note BETWEEN 'a' AND 'z'"});
}

TEST(Filter, IsFalseOfAValueOfAnotherType) {
  KeptRun run;
  run.search_attributes = {{"n", 3}, {"yes", true}, {"word", "3"}};
  expect_matches(run, {"n != '3'", "yes != 'true'", "yes != 1", "word != 3", "word = '3'",
                       "n NOT IN ('3')", "NOT word < 4"});
  expect_misses(run, {"n = '3'", "n STARTS_WITH '3'", "yes = 'true'", "yes = 1", "word = 3",
                      "word < 4", "word = true", "n = true"});
}

TEST(Filter, KnowsTheTaskQueue) {
  expect_matches({}, {"TaskQueue = 'orders'", "TaskQueue STARTS_WITH 'ord'"});
  expect_misses({}, {"TaskQueue = ''", "TaskQueue IS NULL"});
}

TEST(Filter, ReadsQuotesWithinTexts) {
  KeptRun run;
  run.workflow_type = R"(it's "\)";
  expect_matches(run, {R"(WorkflowType = 'it''s "\\')", R"(WorkflowType = "it's ""\\")",
                       R"(WorkflowType = 'it\'s \"\\')"});
  run.workflow_type = "";
  expect_matches(run, {"WorkflowType = ''", "WorkflowType IS NOT NULL"});
}

TEST(Filter, ReadsKeywordsInAnyCaseAndNeedsNoBlanks) {
  expect_matches({}, {"workflowid is null", "not workflowid Is Not Null aNd RunId>'0'",
                      "RunId between'0'and'1'", "(RunId>'0')and(RunId<'1')",
                      "WorkflowId\nstarts_with\t'order'", "StartTime>=-5"});
}

// ---- logic ----

TEST(Filter, BindsNotBeforeAndBeforeOr) {
  static const std::string kTrue = "WorkflowType = 'order'";
  static const std::string kFalse = "WorkflowType = 'x'";
  const auto value_of = [](std::string_view text) {
    std::string filter;
    for (const char c : text) filter += c == '1' ? kTrue : c == '0' ? kFalse : std::string(1, c);
    return matches(filter, {});
  };
  EXPECT_TRUE(value_of("1 or 0 and 0"));
  EXPECT_FALSE(value_of("(1 or 0) and 0"));
  EXPECT_TRUE(value_of("0 and 0 or 1"));
  EXPECT_FALSE(value_of("not 1 or 0"));
  EXPECT_FALSE(value_of("not (1 or 0)"));
  EXPECT_TRUE(value_of("not 0 and 1"));
  EXPECT_TRUE(value_of("not (0 and 1)"));
  EXPECT_TRUE(value_of("not not 1"));
  EXPECT_TRUE(value_of("not 1 or not (0 or not (1 and 1))"));
  EXPECT_TRUE(value_of("((1))"));
}

TEST(Filter, IsFalseOfAnAbsentValueAndTrueWhenNegated) {
  expect_misses({}, {"tag = ''", "tag < 'z'", "tag <= 'z'", "tag > ''", "tag >= ''", "tag IN ('')",
                     "tag BETWEEN '' AND 'z'", "tag STARTS_WITH ''", "tag IS NOT NULL",
                     "CloseTime = 0", "CloseTime > 0", "CloseTime IS NOT NULL",
                     "CloseTime <= '9999-12-31T23:59:59Z'", "NOT tag IS NULL"});
  expect_matches(
      {}, {"tag IS NULL", "tag != 'a'", "tag NOT IN ('a')", "tag NOT STARTS_WITH ''",
           "tag NOT BETWEEN '' AND 'z'", "NOT tag = 'a'", "NOT tag < 'a'", "CloseTime IS NULL",
           "CloseTime != 0", "NOT CloseTime > 0", "NOT (CloseTime > 0 OR tag = 'a')"});
  expect_matches(closed_run(), {"CloseTime IS NOT NULL", "CloseTime = '2026-11-22T10:00:01.5Z'"});
  expect_misses(closed_run(), {"CloseTime IS NULL", "CloseTime != '2026-11-22T10:00:01.5Z'"});
}

// ---- what is refused ----

struct Wrong {
  std::string_view text;
  std::size_t column;
  std::string_view found;
  std::string_view expected;  ///< the error's says at least this
};

void expect_wrong(const std::vector<Wrong>& all) {
  for (const Wrong& wrong : all) {
    const Status status = parse_filter(wrong.text).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << wrong.text;
    const auto* detail = status.detail<InvalidFilter>();
    ASSERT_NE(detail, nullptr) << wrong.text << ": " << status;
    EXPECT_EQ(detail->column, wrong.column) << wrong.text << ": " << status;
    EXPECT_EQ(detail->found, wrong.found) << wrong.text;
    EXPECT_NE(detail->expected.find(wrong.expected), std::string::npos)
        << wrong.text << ": " << status;
  }
}

TEST(FilterErrors, NameThePlaceAndWhatIsExpected) {
  const Status status = parse_filter("WorkflowId LIKE 'a'").status();
  EXPECT_EQ(status.to_string(),
            "invalid_argument: filter has \"LIKE\" at column 12; expected: an operator: =, !=, <, "
            "<=, >, >=, [NOT] IN, [NOT] BETWEEN, [NOT] STARTS_WITH, IS [NOT] NULL");
  EXPECT_EQ(parse_filter("(tag = 'a'").status().message(),
            "filter ends at column 11; expected: AND, OR or )");
}

TEST(FilterErrors, C244_RefuseClauses) {
  expect_wrong({{"LIMIT 10", 1, "LIMIT", "they are not supported here"},
                {"tag = 'a' limit 10", 11, "limit", "no LIMIT, ORDER BY or GROUP BY"},
                {"ORDER BY StartTime", 1, "ORDER", "back-quotes"},
                {"tag = 'a' ORDER BY StartTime", 11, "ORDER", "not supported"},
                {"GROUP BY RunId", 1, "GROUP", "not supported"},
                {"tag = 'a' group by WorkflowId, RunId", 11, "group", "not supported"}});
}

TEST(FilterErrors, C242_RefuseUnknownStatuses) {
  constexpr std::string_view kStatus = "a status such as 'Running', or its number, 1 to 8";
  expect_wrong({{"ExecutionStatus = 999", 19, "999", kStatus},
                {"ExecutionStatus = 'Invalid'", 19, "'Invalid'", kStatus},
                {"ExecutionStatus = 'RUNNING'", 19, "'RUNNING'", kStatus},
                {"ExecutionStatus = 'timedout'", 19, "'timedout'", kStatus},
                {"ExecutionStatus = ''", 19, "''", kStatus},
                {"ExecutionStatus = 0", 19, "0", kStatus},
                {"ExecutionStatus = 9", 19, "9", kStatus},
                {"ExecutionStatus = -1", 19, "-1", kStatus},
                {"ExecutionStatus = 'Unspecified'", 19, "'Unspecified'", kStatus},
                {"ExecutionStatus IN ('Running', 99999999999999999999)", 32, "99999999999999999999",
                 kStatus},
                {"ExecutionStatus = Running", 19, "Running", kStatus}});
}

TEST(FilterErrors, RefuseOperatorsThatAreUnknownOrNotOfTheType) {
  expect_wrong({{"tag == 'a'", 5, "==", "an operator: ="},
                {"tag <> 'a'", 5, "<>", "an operator: ="},
                {"tag ! 'a'", 5, "!", "an operator: ="},
                {"tag 'a'", 5, "'a'", "an operator: ="},
                {"tag", 4, "", "an operator: ="},
                {"tag NOT", 8, "", "an operator: ="},
                {"tag NOT = 'a'", 9, "=", "an operator: ="},
                {"tag NOT IS NULL", 9, "IS", "an operator: ="},
                {"tag NOT NOT IN ('a')", 9, "NOT", "an operator: ="},
                {"tag `=` 'a'", 5, "`=`", "an operator: ="},
                {"my-tag = 'a'", 3, "-", "an operator: ="},
                {"StartTime STARTS_WITH '2026'", 11, "STARTS_WITH", "[NOT] BETWEEN, IS"},
                {"StartTime NOT STARTS_WITH 5", 15, "STARTS_WITH", "[NOT] BETWEEN, IS"},
                {"ExecutionStatus > 1", 17, ">", "an operator: =, !=, [NOT] IN, IS [NOT] NULL"},
                {"ExecutionStatus BETWEEN 1 AND 2", 17, "BETWEEN", "an operator: =, !=, [NOT] IN"},
                {"ExecutionStatus STARTS_WITH 'R'", 17, "STARTS_WITH", "an operator: =, !="}});
}

TEST(FilterErrors, RefuseValuesOfAnotherType) {
  expect_wrong({{"WorkflowId = 5", 14, "5", "a text in quotes"},
                {"WorkflowId = abc", 14, "abc", "a text in quotes"},
                {"WorkflowId = `abc`", 14, "`abc`", "a text in quotes"},
                {"WorkflowId = NULL", 14, "NULL", "a text in quotes"},
                {"WorkflowId =", 13, "", "a text in quotes"},
                {"tag IN ('a', 1)", 14, "1", "a text in quotes"},
                {"tag IN ()", 9, ")", "a text in quotes"},
                {"tag IN 'a'", 8, "'a'", "("},
                {"tag IN ('a'", 12, "", ", or )"},
                {"tag IN ('a' 'b')", 13, "'b'", ", or )"},
                {"tag BETWEEN 'a', 'b'", 16, ",", "AND"},
                {"tag BETWEEN 'a' AND 5", 21, "5", "a text in quotes"},
                {"tag STARTS_WITH 5", 17, "5", "a text in quotes"},
                {"tag = abc", 7, "abc", "a text in quotes, a number, true or false"},
                {"tag IN (1, 'a')", 12, "'a'", "a number"},
                {"tag IN (true, 1)", 15, "1", "true or false"},
                {"tag BETWEEN 1 AND 'a'", 19, "'a'", "a number"},
                {"tag = 1e999", 7, "1e999", "a text in quotes, a number"},
                {"tag > true", 5, ">", "an operator: =, !=, [NOT] IN"},
                {"tag = 1.", 8, ".", "AND, OR, or the end"},
                {"StartTime = 1.5", 13, "1.5", "a time such as"},
                {"ExecutionStatus = 1.0", 19, "1.0", "a status such as"},
                {"tag IS 'a'", 8, "'a'", "NULL or NOT NULL"},
                {"tag IS NOT 'a'", 12, "'a'", "NULL"}});
}

TEST(FilterErrors, RefuseTextsThatAreNoTimes) {
  for (const std::string_view text : {"''",
                                      "'2026-11-22'",
                                      "'2026-11-22 10:00:00Z'",
                                      "'2026-11-22T10:00:00'",
                                      "'2026-11-22T10:00Z'",
                                      "'2026-11-22t10:00:00z'",
                                      "'2026-13-22T10:00:00Z'",
                                      "'2026-00-22T10:00:00Z'",
                                      "'2026-02-29T10:00:00Z'",
                                      "'2026-11-00T10:00:00Z'",
                                      "'2026-11-22T24:00:00Z'",
                                      "'2026-11-22T10:60:00Z'",
                                      "'2026-11-22T10:00:60Z'",
                                      "'2026-11-22T10:00:00.Z'",
                                      "'2026-11-22T10:00:00.0000000001Z'",
                                      "'2026-11-22T10:00:00+1:00'",
                                      "'2026-11-22T10:00:00+24:00'",
                                      "'2026-11-22T10:00:00+00:60'",
                                      "'2026-11-22T10:00:00Z '",
                                      "' 2026-11-22T10:00:00Z'",
                                      "'26-11-22T10:00:00Z'",
                                      "'-026-11-22T10:00:00Z'",
                                      "'2026-11-22T10:00:00 01:00'",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "`2026-11-22T10:00:00Z`"}) {
    const std::string filter = "CloseTime < " + std::string(text);
    expect_wrong({{filter, 13, text, "a time such as"}});
  }
}

TEST(FilterErrors, RefuseWhatIsNotClosed) {
  expect_wrong({{"tag = 'abc", 7, "'abc", "a closing '"},
                {"tag = 'a''", 7, "'a''", "a closing '"},
                {R"(tag = "a\")", 7, R"(\"a\\\")", "a closing \""},
                {"`abc = 'x'", 1, "`abc = 'x'", "a closing `"},
                {R"(tag = 'a\n')", 9, R"(\\)", "a quote or a backslash behind a backslash"},
                {R"(tag = 'a\)", 9, R"(\\)", "a quote or a backslash behind a backslash"},
                {"(tag = 'a'", 11, "", "AND, OR or )"},
                {"((tag = 'a')", 13, "", "AND, OR or )"},
                {"(tag = 'a' tag = 'b')", 12, "tag", "AND, OR or )"}});
}

TEST(FilterErrors, RefuseWhatIsNoCondition) {
  constexpr std::string_view kField = "a field, a search attribute, NOT or (";
  expect_wrong({{"()", 2, ")", kField},
                {"AND tag = 'a'", 1, "AND", kField},
                {"tag = 'a' AND", 14, "", kField},
                {"tag = 'a' OR OR tag = 'b'", 14, "OR", kField},
                {"NOT", 4, "", kField},
                {"'tag' = 'a'", 1, "'tag'", kField},
                {"5 = 5", 1, "5", kField},
                {"`` = 'a'", 1, "``", kField},
                {"null = 'a'", 1, "null", kField},
                {"is IS NULL", 1, "is", kField},
                {";", 1, ";", kField}});
}

TEST(FilterErrors, RefuseTrailingText) {
  expect_wrong({{"tag = 'a' tag = 'b'", 11, "tag", "AND, OR, or the end"},
                {"tag = 'a')", 10, ")", "AND, OR, or the end"},
                {"tag = 'a';", 10, ";", "AND, OR, or the end"},
                {"StartTime = 5x", 14, "x", "AND, OR, or the end"},
                {"tag = 'a' 'b", 11, "'b", "a closing '"}});
}

TEST(FilterErrors, CountColumnsInCharacters) {
  expect_wrong({{"tag = 'gr\xC3\xBC\xC3\x9F' x", 14, "x", "AND, OR"},
                {"`\xE6\x97\xA5` = \xF0\x9F\x98\x80\xF0\x9F\x98\x80", 7, "\xF0\x9F\x98\x80",
                 "a text in quotes"}});
}

TEST(FilterErrors, CutWhatWasFound) {
  const Status status = parse_filter("tag = '" + std::string(1'000, 'x')).status();
  EXPECT_LT(status.detail<InvalidFilter>()->found.size(), 80u);
}

TEST(FilterErrors, RefuseTextsThatAreTooLongOrNotUtf8) {
  const std::string longest = "tag = '" + std::string(limits::kFilterBytes - 8, 'x') + "'";
  EXPECT_TRUE(parse_filter(longest).ok());
  const Status too_long = parse_filter(longest + " ").status();
  ASSERT_NE(too_long.detail<InvalidField>(), nullptr);
  EXPECT_EQ(too_long.detail<InvalidField>()->field, "filter");
  EXPECT_EQ(too_long.detail<InvalidField>()->size, limits::kFilterBytes + 1);
  EXPECT_EQ(too_long.detail<InvalidField>()->limit_size, limits::kFilterBytes);
  EXPECT_NE(parse_filter("tag = '\xFF'").status().detail<InvalidField>(), nullptr);
}

TEST(FilterErrors, RefuseTooManyConditions) {
  std::string most = "a=''";
  for (std::size_t i = 1; i < limits::kFilterConditions; ++i) most += " or a=''";
  EXPECT_TRUE(parse_filter(most).ok());
  const std::string more = most + " or b=''";
  expect_wrong({{more, most.size() + 5, "b", "at most 100 conditions"}});
}

TEST(FilterErrors, RefuseTooDeepNesting) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "a=''" + std::string(depth, ')');
  };
  EXPECT_TRUE(parse_filter(nested(limits::kFilterDepth)).ok());
  const std::string deeper = nested(limits::kFilterDepth + 1);
  expect_wrong({{deeper, 33, "(", "at most 32 NOTs and parentheses"}});
  std::string nots;
  for (std::size_t i = 0; i < limits::kFilterDepth; ++i) nots += "not ";
  EXPECT_TRUE(parse_filter(nots + "a=''").ok());
  EXPECT_TRUE(parse_filter(nots + "a='' or " + nots + "a=''").ok());
  const std::string more = nots + "not a=''";
  expect_wrong({{more, 129, "not", "at most 32 NOTs"}});
}

// ---- what a scan may rely on ----

FilterBounds bounds(std::string_view text) {
  const auto filter = parse_filter(text);
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return bounds_of(*filter);
}

using WorkflowIds = std::vector<WorkflowId>;

TEST(FilterBounds, NameTheWorkflowIds) {
  const WorkflowId a("a"), b("b"), c("c");
  EXPECT_EQ(bounds("").workflow_ids, std::nullopt);
  EXPECT_EQ(bounds("WorkflowId = 'a'").workflow_ids, WorkflowIds({a}));
  EXPECT_EQ(bounds("WorkflowId IN ('b', 'a', 'b') AND tag = 'x'").workflow_ids,
            WorkflowIds({a, b}));
  EXPECT_EQ(bounds("WorkflowId = 'a' OR WorkflowId IN ('c', 'a')").workflow_ids,
            WorkflowIds({a, c}));
  EXPECT_EQ(bounds("WorkflowId IN ('a', 'b') AND WorkflowId IN ('b', 'c')").workflow_ids,
            WorkflowIds({b}));
  EXPECT_EQ(bounds("NOT (WorkflowId != 'a' OR tag = 'x')").workflow_ids, WorkflowIds({a}));
  EXPECT_EQ(bounds("NOT WorkflowId NOT IN ('a', 'b')").workflow_ids, WorkflowIds({a, b}));
  for (const std::string_view text :
       {"WorkflowId = 'a' OR tag = 'x'", "NOT WorkflowId = 'a'", "WorkflowId > 'a'",
        "`WorkflowId` = 'a'", "FirstExecutionRunId = 'a'", "WorkflowId IS NOT NULL"}) {
    EXPECT_EQ(bounds(text).workflow_ids, std::nullopt) << text;
  }
}

TEST(FilterBounds, NameTheRunIdsInTheirOwnOrder) {
  const RunId uuid(std::string_view("018e4c5a-9a00-7001-8000-0000000000aa"));
  const RunId text(std::string_view("my run"));
  const auto ids =
      bounds("RunId IN ('018e4c5a-9a00-7001-8000-0000000000aa', 'my run') AND WorkflowId = 'a'")
          .run_ids;
  ASSERT_TRUE(ids);
  EXPECT_TRUE(std::ranges::is_sorted(*ids));
  EXPECT_EQ(std::ranges::count(*ids, uuid), 1);
  EXPECT_EQ(std::ranges::count(*ids, text), 1);
  EXPECT_EQ(bounds("RunId STARTS_WITH 'm'").run_ids, std::nullopt);
}

TEST(FilterBounds, NameTheStatuses) {
  const auto of = [](std::string_view text) { return bounds(text).statuses.to_string(); };
  EXPECT_EQ(of("tag = 'x'"), "111111110");
  EXPECT_EQ(of("ExecutionStatus = 'Running'"), "000000010");
  EXPECT_EQ(of("ExecutionStatus != 'Running'"), "111111100");
  EXPECT_EQ(of("NOT ExecutionStatus NOT IN (1, 8)"), "100000010");
  EXPECT_EQ(of("ExecutionStatus IS NOT NULL"), "111111110");
  EXPECT_EQ(of("CloseTime IS NULL"), "100000010");
  EXPECT_EQ(of("CloseTime IS NOT NULL"), "011111100");
  EXPECT_EQ(of("CloseTime > 0 OR ExecutionStatus = 1"), "011111110");
  EXPECT_EQ(of("CloseTime != 0"), "111111110");
  EXPECT_EQ(of("NOT CloseTime > 0"), "111111110");
}

TEST(FilterBounds, NameTheRangeOfTheStart) {
  const auto expect_range = [](std::string_view text, Timestamp earliest, Timestamp latest) {
    EXPECT_EQ(bounds(text).earliest_start, earliest) << text;
    EXPECT_EQ(bounds(text).latest_start, latest) << text;
  };
  constexpr Timestamp kMin = Timestamp::min();
  constexpr Timestamp kMax = Timestamp::max();
  expect_range("CloseTime = 5000000", kMin, kMax);
  expect_range("StartTime = 5000000", at(5), at(5));
  expect_range("StartTime IN (7000000, 5000000)", at(5), at(7));
  expect_range("StartTime != 5000000", kMin, kMax);
  expect_range("StartTime < 5000000", kMin, at(4));
  expect_range("StartTime < 5000001", kMin, at(5));
  expect_range("StartTime <= 5000001", kMin, at(5));
  expect_range("StartTime > 5000000", at(6), kMax);
  expect_range("StartTime > 5000001", at(6), kMax);
  expect_range("StartTime >= 5000001", at(6), kMax);
  expect_range("StartTime >= 5000000", at(5), kMax);
  expect_range("StartTime BETWEEN 4999999 AND 7000001", at(5), at(7));
  expect_range("NOT StartTime < 5000000", at(5), kMax);
  expect_range("NOT StartTime <= 5000000", at(6), kMax);
  expect_range("NOT StartTime > 5000000", kMin, at(5));
  expect_range("NOT StartTime >= 5000000", kMin, at(4));
  expect_range("StartTime NOT BETWEEN 5000000 AND 7000000", kMin, kMax);
  expect_range("StartTime > 5000000 AND StartTime < 9000000", at(6), at(8));
  expect_range("StartTime = 1000000 OR StartTime = 3000000", at(1), at(3));
}

TEST(FilterBounds, AdmitNothingWhereNothingCanMatch) {
  for (const std::string_view text :
       {"WorkflowId = 'a' AND WorkflowId = 'b'", "RunId = 'a' AND RunId = 'b'",
        "ExecutionStatus = 1 AND CloseTime IS NOT NULL", "StartTime > 5 AND StartTime < 1",
        "StartTime = 1", "WorkflowId IS NULL", "StartTime IS NULL", "ExecutionStatus IS NULL",
        "StartTime BETWEEN 9000000 AND 5000000"}) {
    EXPECT_TRUE(bounds(text).admits_nothing()) << text;
  }
  EXPECT_FALSE(bounds("").admits_nothing());
  EXPECT_FALSE(bounds("tag IS NULL").admits_nothing());
}

TEST(FilterBounds, AreThoseOfTheOtherPartWhereAPartOfAnOrCanNotMatch) {
  const FilterBounds one = bounds("StartTime IS NULL OR WorkflowId = 'a'");
  EXPECT_EQ(one.workflow_ids, WorkflowIds({WorkflowId("a")}));
  const FilterBounds other = bounds("WorkflowId = 'a' OR RunId IS NULL");
  EXPECT_EQ(other.workflow_ids, WorkflowIds({WorkflowId("a")}));
}

TEST(FilterBounds, AdmitOnlyWhatIsWithinAllOfThem) {
  const FilterBounds all = bounds(
      "WorkflowId = 'order-17' AND RunId STARTS_WITH '0' AND ExecutionStatus = 'Running' AND "
      "StartTime = '2026-11-22T10:00:00Z'");
  EXPECT_TRUE(all.admits(KeptRun{}.as_filtered()));
  KeptRun run;
  run.workflow_id = WorkflowId("order-18");
  EXPECT_FALSE(all.admits(run.as_filtered()));
  EXPECT_FALSE(all.admits(closed_run().as_filtered()));
  for (const int ms : {-1, 1}) {
    run = {};
    run.start_time += Duration(ms);
    EXPECT_FALSE(all.admits(run.as_filtered()));
  }
  EXPECT_FALSE(bounds("RunId = 'x'").admits(KeptRun{}.as_filtered()));
}

}  // namespace
}  // namespace onerun::core
