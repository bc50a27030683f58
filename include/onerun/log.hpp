// Where a runtime's log goes. By default to standard error through spdlog, from kWarning up;
// onerun/spdlog.hpp hands over a logger of the host's own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "onerun/export.hpp"
#include "onerun/ids.hpp"

namespace onerun {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

/// One line of the log. Fields that do not apply are null. Payloads are never in it.
struct LogRecord {
  LogLevel level;
  std::string_view message;
  const NamespaceName* name_space = nullptr;
  const WorkflowId* workflow_id = nullptr;
  const RunId* run_id = nullptr;
};

/// The record as one line of text: the message, then the ids as `key=value`, with control
/// characters escaped.
ONERUN_EXPORT std::string to_line(const LogRecord& record);

/// Receives the log of a runtime.
///
/// Lines keep their order and come a moment later, on one thread of the runtime's own that holds no
/// lock; by the end of `shutdown`, or of an `open` that fails, all of them have come. The sink may
/// make requests and wait for their answers; it can't shut its runtime down (failed_precondition).
/// 1,024 lines may wait: for what is dropped behind them, and for what the sink throws at, a line
/// says how many are missing. A process that dies at once takes the lines that wait with it.
///
/// Threads: called from one at a time, for each runtime.
class ONERUN_EXPORT LogSink {
 public:
  virtual ~LogSink() = default;

  /// True if a record of this level is wanted.
  virtual bool enabled(LogLevel level) const = 0;

  virtual void write(const LogRecord& record) = 0;
};

}  // namespace onerun
