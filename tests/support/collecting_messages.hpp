// A log that keeps its messages without ids, for tests of what lies below the runtime.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "onerun/log.hpp"

namespace onerun::test {

class CollectingMessages final : public LogSink {
 public:
  bool enabled(LogLevel) const override { return true; }
  void write(const LogRecord& record) override {
    const std::lock_guard lock(mutex_);
    messages_.emplace_back(record.message);
  }

  /// Whether any message has that text in it.
  bool has(std::string_view text) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(messages_, [text](const std::string& message) {
      return message.find(text) != message.npos;
    });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> messages_;
};

}  // namespace onerun::test
