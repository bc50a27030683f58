// A log that keeps its lines, for tests that look at them.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "onerun/log.hpp"

namespace onerun::test {

class CollectingSink final : public LogSink {
 public:
  bool enabled(LogLevel) const override { return true; }
  void write(const LogRecord& record) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(to_line(record));
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace onerun::test
