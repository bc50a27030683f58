// The way of log lines to the host: they are taken on any thread, whatever locks it holds, and are
// handed over on a thread that holds none.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "onerun/log.hpp"

namespace onerun::runtime {

/// The log of one runtime. Lines keep their order. The thread that hands them over begins with the
/// first line; if it can't be made, `hand_over` does its work. A line for which there is no room,
/// and one that the host's sink throws at, is dropped; the next line that the sink takes says how
/// many are missing.
///
/// Threads: any.
class LogQueue final : public LogSink {
 public:
  /// Lines that may wait.
  static constexpr std::size_t kMostLines = 1'024;

  /// Without a thread of its own, `hand_over` does all the work.
  LogQueue(std::shared_ptr<LogSink> host, bool has_thread);
  ~LogQueue() override { stop(); }
  LogQueue(const LogQueue&) = delete;
  LogQueue& operator=(const LogQueue&) = delete;

  /// The host is asked on the thread that hands over: its answer may need a lock, too.
  bool enabled(LogLevel) const override { return true; }
  void write(const LogRecord& record) noexcept override;

  /// Hands over what waits, on this thread, unless another one does it: the queue's own, or one
  /// that is at it already. Returns whether there was anything.
  bool hand_over();

  /// Waits until all lines of before are handed over. Not in a call of the host's sink.
  void wait_empty();

  /// Hands over what waits and joins the thread. Lines that come later are dropped. On the queue's
  /// own thread, in a call of the host's sink, it does neither.
  void stop();

  /// As `stop` for a process that exits: waits for at most `patience` until all lines are handed
  /// over, as the sink may wait for the very thread that exits. Leaves the queue's thread alone: it
  /// ends when all lines are handed over. The queue must not be destroyed then.
  void leave(std::chrono::milliseconds patience);

  /// True on a thread that hands over.
  static bool is_writing();

 private:
  struct Line {
    explicit Line(const LogRecord& record);

    LogLevel level;
    std::string message;
    std::optional<NamespaceName> name_space;
    std::optional<WorkflowId> workflow_id;
    std::optional<RunId> run_id;
  };

  /// Lines, and how many were dropped behind them.
  struct Batch {
    std::deque<Line> lines;
    std::uint64_t dropped = 0;

    bool empty() const { return lines.empty() && dropped == 0; }
  };

  void start_thread();
  void work();
  Batch take();
  Batch wait_and_take();
  void told();
  void tell(const Batch& batch) noexcept;
  void tell(const Line& line);
  void tell_of_missing() noexcept;

  const std::shared_ptr<LogSink> host_;
  const bool has_thread_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable told_;
  Batch waiting_;
  bool is_telling_ = false;  ///< one thread hands over what it has taken; others wait for it
  bool stopping_ = false;
  std::thread thread_;
  std::mutex joining_;

  // Of the one thread that hands over.
  std::uint64_t missing_ = 0;
  std::string reason_;  ///< what the sink threw; empty if it was slow
};

}  // namespace onerun::runtime
