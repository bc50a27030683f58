// The clock of a runtime: the host's, or the machine's, within bounds.
#pragma once

#include <atomic>
#include <memory>

#include "onerun/log.hpp"
#include "onerun/time.hpp"

namespace onerun::runtime {

/// The host's clock, for requests. Its readings lie between 1970 and 9999, so that no sum of an
/// instant and a duration leaves the range of its type, and every instant fits into a UUIDv7.
///
/// `now` throws HostFailure if the host's clock throws, or if it is asked by the host's clock.
class HostClock final : public Clock {
 public:
  HostClock(std::shared_ptr<const Clock> clock, std::shared_ptr<LogSink> log);

  Timestamp now() const override;

 private:
  const std::shared_ptr<const Clock> clock_;
  const std::shared_ptr<LogSink> log_;
};

/// The clock of the runtime's own threads, on which nothing may throw. While the host's clock
/// fails, its time stands still.
///
/// Threads: any.
class LastGoodClock final : public Clock {
 public:
  /// Throws HostFailure if the clock fails now. `log` must outlive it.
  LastGoodClock(std::shared_ptr<const Clock> clock, LogSink& log);

  Timestamp now() const noexcept override;

 private:
  void failed(const char* reason) const noexcept;

  const std::shared_ptr<const Clock> clock_;
  LogSink& log_;
  mutable std::atomic<Timestamp> last_;
  mutable std::atomic<bool> is_failing_{false};
};

}  // namespace onerun::runtime
