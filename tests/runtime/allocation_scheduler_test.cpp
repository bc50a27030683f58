// Memory runs out while the threads of actors start: each allocation fails in turn, once.
#include <gtest/gtest.h>

#include <exception>
#include <new>

#include "actors/caf.hpp"
#include "tests/runtime/failing_allocation.hpp"

namespace onerun::test {
namespace {

namespace caf_facade = actors::caf_facade;

TEST(Scheduler, EndsItsThreadsAndSaysSoWhenThereIsNoMemoryForAll) {
  constexpr unsigned kThreads = 3;
  caf_facade::SystemConfig config;
  caf_facade::use_test_coordinator(config);
  caf_facade::System system(config);
  caf_facade::release_logger_of_this_thread();
  caf_facade::use_threads(config, kThreads);
  const unsigned failed = fail_each_allocation([&](unsigned number) {
    caf_facade::Scheduler scheduler(system);
    ::caf::actor_system::module& module = scheduler;
    module.init(config);
    FailingAllocation failing(number);
    module.start();
    const bool has_failed = failing.end();
    EXPECT_EQ(scheduler.start_error() != nullptr, has_failed) << number;
    if (has_failed) {
      EXPECT_THROW(std::rethrow_exception(scheduler.start_error()), std::bad_alloc);
    }
    module.stop();
    return has_failed;
  });
  EXPECT_GT(failed, kThreads);
}

}  // namespace
}  // namespace onerun::test
