// The log: one line a record, ids as fields, nothing that breaks a line, through the host's logger.
#include "onerun/log.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

#include "onerun/spdlog.hpp"
#include "tests/support/runtimes.hpp"
#include "tests/support/stores.hpp"

namespace onerun {
namespace {

TEST(Log, WritesIdsAsFields) {
  const NamespaceName name_space("orders");
  const WorkflowId workflow_id("order-17");
  const RunId run_id(std::string_view("run 1"));
  EXPECT_EQ(to_line({.level = LogLevel::kInfo,
                     .message = "something happened",
                     .name_space = &name_space,
                     .workflow_id = &workflow_id,
                     .run_id = &run_id}),
            "something happened namespace=\"orders\" workflow_id=\"order-17\" run_id=\"run 1\"");
  EXPECT_EQ(to_line({.level = LogLevel::kInfo, .message = "nothing"}), "nothing");
}

TEST(Log, CanNotBeForgedByAnId) {
  const WorkflowId workflow_id("x\n2026-11-22 [error] all is lost");
  const std::string line =
      to_line({.level = LogLevel::kInfo, .message = "m", .workflow_id = &workflow_id});
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(Log, GoesThroughTheHostsLogger) {
  std::ostringstream out;
  auto logger = std::make_shared<spdlog::logger>(
      "host", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  logger->set_pattern("%l %v");
  logger->set_level(spdlog::level::warn);
  const auto sink = use_logger(logger);
  EXPECT_FALSE(sink->enabled(LogLevel::kInfo));
  EXPECT_TRUE(sink->enabled(LogLevel::kError));
  const WorkflowId workflow_id("{not a format}");
  sink->write({.level = LogLevel::kWarning, .message = "100 %", .workflow_id = &workflow_id});
  EXPECT_EQ(out.str(), "warning 100 % workflow_id=\"{not a format}\"\n");
}

TEST(Log, TellsWhenARuntimeFencesItself) {
  std::ostringstream out;
  auto logger = std::make_shared<spdlog::logger>(
      "host", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  auto store = std::make_unique<test::FaultyStore>();
  store->before_commit = [](const store::Commit&) {
    return Status(StatusCode::kUnavailable, "disk on fire");
  };
  Options options{.store = StoreKind::kMemory};
  options.log = use_logger(logger);
  auto engine = runtime::Engine::open(std::move(options), std::move(store));
  ASSERT_TRUE(engine.ok());
  Runtime runtime = RuntimeAccess::wrap(*engine);
  EXPECT_FALSE(runtime.ensure_namespace(NamespaceName("orders")).ok());
  (*engine)->wait_for_log();
  EXPECT_NE(out.str().find("disk on fire"), std::string::npos);
}

}  // namespace
}  // namespace onerun
