// Bridge to spdlog: let a runtime log through a logger of the host's own.
// Needs spdlog's headers; the rest of onerun does not.
#pragma once

#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

#include "onerun/log.hpp"

namespace onerun {

/// Writes a runtime's log to a spdlog logger, ids as `key=value` behind the message. The logger's
/// level and sinks decide what becomes of it.
class SpdlogSink final : public LogSink {
 public:
  explicit SpdlogSink(std::shared_ptr<spdlog::logger> logger) : logger_(std::move(logger)) {}

  bool enabled(LogLevel level) const override { return logger_->should_log(level_of(level)); }

  void write(const LogRecord& record) override {
    logger_->log(level_of(record.level), "{}", to_line(record));
  }

 private:
  static spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
      case LogLevel::kDebug: return spdlog::level::debug;
      case LogLevel::kInfo: return spdlog::level::info;
      case LogLevel::kWarning: return spdlog::level::warn;
      case LogLevel::kError: return spdlog::level::err;
    }
    return spdlog::level::err;
  }

  std::shared_ptr<spdlog::logger> logger_;
};

/// For `Options::log`.
inline std::shared_ptr<LogSink> use_logger(std::shared_ptr<spdlog::logger> logger) {
  return std::make_shared<SpdlogSink>(std::move(logger));
}

}  // namespace onerun
