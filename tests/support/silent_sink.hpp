// A log that says nothing, for programs that break things on purpose.
#pragma once

#include "onerun/log.hpp"

namespace onerun::test {

class SilentSink final : public LogSink {
 public:
  bool enabled(LogLevel) const override { return false; }
  void write(const LogRecord&) override {}
};

}  // namespace onerun::test
