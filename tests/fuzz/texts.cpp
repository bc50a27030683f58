// Any bytes as a value of an option, an id, a text of a request, a cron schedule, a filter or a
// page token: taken or refused, and what is taken is within its limits.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/cron.hpp"
#include "core/filter.hpp"
#include "core/page_token.hpp"
#include "core/text.hpp"
#include "core/uuid.hpp"
#include "core/validate.hpp"
#include "examples/load/mix.hpp"
#include "examples/load/text.hpp"
#include "examples/load/whole_number.hpp"
#include "onerun/onerun.hpp"
#include "runtime/time_zones.hpp"
#include "tests/support/filtered_run.hpp"

namespace {

using namespace onerun;

void require(bool holds) {
  if (!holds) std::abort();
}

void read_options(std::string_view text) {
  if (const auto duration = load::parse_duration(text)) {
    require(duration->count() >= 0);
    require(load::parse_duration(load::to_text(*duration)) == duration);
  }
  static_cast<void>(load::is_host_and_port(text));
  if (const auto mix = load::Mix::from(text)) {
    const auto again = load::Mix::from(mix->text());
    require(again && again->text() == mix->text());
  }
  if (const auto policy = reuse_policy_from(text)) require(to_string(*policy) == text);
  if (const auto policy = conflict_policy_from(text)) require(to_string(*policy) == text);
  if (const auto status = run_status_from(text)) require(to_string(*status) == text);
  if (const auto store = store_kind_from(text)) require(to_string(*store) == text);
  if (const auto durability = durability_from(text)) require(to_string(*durability) == text);
}

/// A number is taken as it is written, and one that is too small is not.
void read_whole_number(std::string_view text) {
  static const CLI::Validator from_seven = load::at_least(7, std::uint64_t());
  std::string number(text);
  const std::string problem = from_seven(number);
  if (!problem.empty()) return require(number == text);
  const bool has_one_digit = number.size() == 1;
  require(!number.empty() && number.find_first_not_of("0123456789") == std::string::npos);
  require(number.front() != '0' && (!has_one_digit || number.front() >= '7'));
  require(text.ends_with(number) && text.find_first_not_of('0') == text.size() - number.size());
}

void read_ids(std::string_view text) {
  const RunId run(text);
  require(run.empty() == text.empty() && run.text() == text);
  require(RunId(run) == run && RunId(run.text()) == run);
  if (const auto uuid = core::uuid_from_text(text))
    require(core::uuid_from_text(to_text(*uuid)) == uuid);
  require(core::printable(text).size() < 1'000);
}

void validate_start(std::string_view text) {
  StartRequest request{.workflow_id = WorkflowId(text)};
  request.identity = text;
  request.search_attributes[std::string(text.substr(0, text.size() / 2))] =
      Keyword(std::string(text.substr(text.size() / 2)));
  request.reuse_policy = static_cast<ReusePolicy>(text.size() % 7);
  request.conflict_policy = static_cast<ConflictPolicy>(text.size() % 5);
  const Status status = core::validate(request);
  if (status.ok()) {
    require(!text.empty() && text.size() <= limits::kIdBytes);
  } else {
    require(status.detail<InvalidField>() != nullptr &&
            !status.detail<InvalidField>()->field.empty());
  }
}

void read_cron(std::string_view text) {
  static const runtime::SystemTimeZones zones;
  const auto schedule = core::parse_cron(text, zones);
  if (!schedule) {
    require(schedule.status().detail<InvalidField>() != nullptr);
    return;
  }
  Timestamp instant(std::chrono::hours(24 * 365 * 55));
  for (int i = 0; i < 3; ++i) {
    const auto next = schedule->next_after(instant);
    require(next && *next > instant);
    require(schedule->next_from(instant, *next) == next);
    instant = *next;
  }
}

/// A filter that matches must have bounds that admit the run.
void match(const core::Filter& filter, const core::FilterBounds& bounds,
           const core::test::KeptRun& run) {
  const bool admitted = bounds.admits(run.as_filtered());
  require(admitted || !filter.matches(run.as_filtered()));
  require(!admitted || !bounds.admits_nothing());
}

void read_filter(std::string_view text) {
  const auto filter = core::parse_filter(text);
  if (!filter.ok()) {
    const Status status = filter.status();
    const auto* detail = status.detail<InvalidFilter>();
    require(detail != nullptr || status.detail<InvalidField>() != nullptr);
    require(detail == nullptr || (detail->column >= 1 && detail->column <= text.size() + 1));
    return;
  }
  core::test::KeptRun run;
  run.search_attributes = {{"tag", "it's"},
                           {"my tag", ""},
                           {"n", 3},
                           {"d", 0.5},
                           {"flag", true},
                           {"list", KeywordList{{"eu", "us"}}},
                           {"text", Text{"a b"}},
                           {"when", run.start_time}};
  const core::FilterBounds bounds = core::bounds_of(*filter);
  match(*filter, bounds, run);
  run.status = RunStatus::kTimedOut;
  run.close_time = run.start_time + Duration(1'500);
  match(*filter, bounds, run);
}

void read_page_token(std::string_view text) {
  const auto end = core::decode_page_token(1, "", text);
  if (end.ok()) {
    require(core::encode_page_token(1, "", *end) == text);
  } else {
    require(end.status().detail<InvalidField>() != nullptr);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_options(text);
  read_whole_number(text);
  read_ids(text);
  validate_start(text);
  read_cron(text);
  read_filter(text);
  read_page_token(text);
  return 0;
}
