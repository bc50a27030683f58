// onerun-load: puts load on onerun and measures it.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "generate.hpp"
#include "interrupt.hpp"
#include "journal.hpp"
#include "replay.hpp"
#include "report.hpp"
#include "session.hpp"
#include "settings.hpp"
#include "text.hpp"

namespace onerun::load {
namespace {

constexpr int kFailure = 1;

int report_failure(const Status& status) {
  std::cerr << "onerun-load: " << status.message() << '\n';
  return kFailure;
}

void announce(const Session& session) {
  if (!session.metrics_address().empty()) {
    std::cout << "metrics at " << session.metrics_address() << std::endl;
  }
}

void linger(const Settings& settings, const Session& session) {
  if (settings.linger <= Duration::zero() || session.metrics_address().empty()) return;
  std::cout << "metrics stay at " << session.metrics_address() << " for another "
            << to_text(settings.linger) << std::endl;
  const auto end = std::chrono::steady_clock::now() + settings.linger;
  while (!interrupted && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

/// Errors in answers are a failure, and so is a runtime that can't end properly.
int finish(const Settings& settings, Session& session, const Tally& tally, const Status& written) {
  if (!written.ok()) return report_failure(written);
  linger(settings, session);
  const Status ended = session.runtime().shutdown(std::chrono::seconds(30));
  if (!ended.ok()) return report_failure(ended);
  return tally.unexplained_errors() > 0 ? kFailure : EXIT_SUCCESS;
}

int run_replay(const Settings& settings) {
  const auto trace = read_trace(settings.trace);
  if (!trace.ok()) return report_failure(trace.status());
  const auto clock = std::make_shared<TraceClock>();
  clock->set_background(trace->front().at);
  auto session = Session::open(settings, clock);
  if (!session.ok()) return report_failure(session.status());
  announce(*session);
  Tally tally;
  const auto result = replay(settings, *trace, *session, *clock, tally);
  if (!result.ok()) return report_failure(result.status());
  print_replayed(std::cout, settings, tally, *result);
  return finish(settings, *session, tally, write_replayed(settings, tally, *result));
}

int run_generated(const Settings& settings) {
  Journal journal;
  if (!settings.journal.empty()) {
    const Status opened = journal.open(settings.journal);
    if (!opened.ok()) return report_failure(opened);
  }
  auto session = Session::open(settings, journal.wanted() ? journal.clock() : nullptr);
  if (!session.ok()) return report_failure(session.status());
  announce(*session);
  Tally tally;
  const auto took = generate(settings, *session, journal, tally);
  if (settings.delete_namespace) {
    const Status deleted = session->delete_namespace();
    if (!deleted.ok()) return report_failure(deleted);
  }
  print_generated(std::cout, settings, tally, took);
  return finish(settings, *session, tally, write_generated(settings, tally, took));
}

}  // namespace
}  // namespace onerun::load

int main(int argc, char** argv) {
  onerun::load::take_interrupts();
  const auto settings = onerun::load::parse_command_line(argc, argv);
  const auto writable = onerun::load::check_results_file(settings);
  if (!writable.ok()) return onerun::load::report_failure(writable);
  return settings.mode == onerun::load::Mode::kReplay ? onerun::load::run_replay(settings)
                                                      : onerun::load::run_generated(settings);
}
