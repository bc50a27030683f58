#include <onerun/onerun.hpp>

#include <string>

#include "bench/rows/asking.hpp"
#include "bench/rows/fill.hpp"
#include "bench/rows/machine.hpp"
#include "bench/rows/row.hpp"
#include "ids.hpp"
#include "temporary_directory.hpp"

namespace onerun::bench {
namespace {

RequestId request_of(std::uint64_t number) { return RequestId("r-" + std::to_string(number)); }

/// The three kinds in turns.
StartRule rule_of(std::uint64_t number) {
  switch (number % 3) {
    case 0: return StartRule::kRejectedRunning;
    case 1: return StartRule::kDeduplicated;
    default: return StartRule::kUsedExisting;
  }
}

StartRequest request_for(StartRule rule, std::uint64_t id) {
  StartRequest request{.workflow_id = id_of(id), .conflict_policy = ConflictPolicy::kFail};
  if (rule == StartRule::kDeduplicated) request.request_id = request_of(id);
  if (rule == StartRule::kUsedExisting) request.conflict_policy = ConflictPolicy::kUseExisting;
  return request;
}

bool is_by(StartRule rule, const Result<StartResult>& answer) {
  if (answer.ok()) return answer->rule == rule;
  const Status status = answer.status();
  const auto* refused = status.detail<AlreadyStarted>();
  return refused != nullptr && refused->rule == rule;
}

}  // namespace

Result<Figures> measure_no_write(const RowSettings& settings) {
  constexpr std::uint64_t kOutstanding = 4096;
  const std::uint64_t runs = settings.runs_or(1'000'000);
  const auto scratch = load::TemporaryDirectory::make(settings.dir);
  if (!scratch.ok()) return scratch.status();
  auto session = load::Session::open(load_on(scratch->path() / "data", {}), nullptr);
  if (!session.ok()) return session.status();
  const Namespace& name_space = session->name_space();
  const Status filled = fill_open(name_space, runs, request_of);
  if (!filled.ok()) return filled;
  wait_until_at_rest(std::chrono::seconds(60));

  std::mt19937_64 random(17);
  const load::Zipf zipf(runs);
  const auto ask = [&](std::uint64_t number) {
    return name_space.start(request_for(rule_of(number), zipf(random) - 1));
  };
  const auto is_right = [](std::uint64_t number, const Result<StartResult>& answer) {
    return is_by(rule_of(number), answer);
  };
  Asking warm(kOutstanding, ask, is_right);
  warm.closed(after(settings.stretch / 5));
  Asking asking(kOutstanding, ask, is_right);
  asking.closed(after(settings.stretch));
  if (!asking.wrong().ok()) return asking.wrong();
  return Figures{{"no-write",
                  asking.per_second(),
                  {{"ids", runs},
                   {"drawn", "zipf 0.99"},
                   {"p50_us", asking.latency.percentile_us(0.5)},
                   {"p99_us", asking.latency.percentile_us(0.99)},
                   {"max_us", asking.latency.max_us()}}}};
}

}  // namespace onerun::bench
