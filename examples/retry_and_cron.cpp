// A nightly report: a schedule begins its runs, and a run that fails is tried again before the next
// night. On a clock of the example's own, so that a week passes at once.
#include <onerun/onerun.hpp>
#include <onerun/testing.hpp>

#include <iostream>
#include <memory>

namespace {

using namespace std::chrono_literals;
using onerun::WorkflowId;

int fail(const onerun::Status& status) {
  std::cerr << status << '\n';
  return 1;
}

const WorkflowId report("nightly-report");

}  // namespace

int main(int argc, char** argv) {
  // 1970-01-05 was a Monday.
  const onerun::Timestamp monday(std::chrono::days(4));
  const auto clock = std::make_shared<onerun::testing::ManualClock>(monday + 12h);
  auto runtime = onerun::Runtime::open(
      {.data_dir = argc > 1 ? argv[1] : "onerun-retry-and-cron", .clock = clock});
  if (!runtime.ok()) return fail(runtime.status());
  auto jobs = runtime->ensure_namespace(onerun::NamespaceName("jobs"));
  if (!jobs.ok()) return fail(jobs.status());

  onerun::StartRequest request{.workflow_id = report};
  request.cron_schedule = "CRON_TZ=Europe/Berlin 30 3 * * mon-fri";
  request.retry_policy = onerun::RetryPolicy{.initial_interval = 10min, .maximum_attempts = 3};
  const auto started = jobs->start(request).get();
  if (!started.ok()) return fail(started.status());

  for (int attempt = 1; attempt <= 5; ++attempt) {
    const auto run = jobs->describe({report}).get();
    if (!run.ok()) return fail(run.status());
    clock->set(run->execution_time);
    const auto since_monday = std::chrono::floor<std::chrono::minutes>(clock->now() - monday);
    std::cout << "day " << since_monday / std::chrono::days(1) << ", "
              << since_monday % std::chrono::days(1) / 1h << ':' << since_monday % 1h / 1min
              << " UTC: attempt " << run->run.attempt;
    // The first night the database is down, twice.
    const bool is_down = attempt <= 2;
    std::cout << (is_down ? ", failed" : ", done");
    if (run->continued_failure) std::cout << ", after \"" << run->continued_failure->message << '"';
    if (!run->last_completion_result.empty()) {
      std::cout << ", last time: " << run->last_completion_result.front().data;
    }
    std::cout << '\n';
    const auto closed =
        is_down
            ? jobs->fail({report}, {.message = "no database"}).get()
            : jobs->complete({report}, {onerun::Payload::bytes(std::to_string(attempt) + " pages")})
                  .get();
    if (!closed.ok()) return fail(closed.status());
  }
}
