// Starts of a row's own making: as many under way as asked for, or at a rate, until it is enough.
#pragma once

#include <onerun/onerun.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>

#include "credits.hpp"
#include "histogram.hpp"
#include "pace.hpp"

namespace onerun::bench {

/// Threads: one asks; answers come on any.
class Asking {
 public:
  using Answer = Result<StartResult>;
  using Steady = std::chrono::steady_clock;

  /// Makes the request of a number, counted from 0.
  using Ask = std::function<Future<Answer>(std::uint64_t number)>;
  /// Whether the answer is the one that the request of that number should get.
  using IsRight = std::function<bool(std::uint64_t number, const Answer& answer)>;
  using IsEnough = std::function<bool()>;

  Asking(std::uint64_t outstanding, Ask ask, IsRight is_right)
      : outstanding_(outstanding),
        places_(outstanding),
        ask_(std::move(ask)),
        is_right_(std::move(is_right)) {}

  /// With all places taken at any time.
  void closed(const IsEnough& is_enough) {
    begun_ = Steady::now();
    while (!is_enough()) {
      for (std::uint64_t free = places_.take_all(); free > 0; --free) request(Steady::now());
    }
    places_.wait_for_all(outstanding_);
    ended_ = Steady::now();
  }

  /// At a rate; latency counts from when a request was due.
  void paced(double rate, const IsEnough& is_enough) {
    begun_ = Steady::now();
    std::uint64_t free = 0;
    for (std::uint64_t made = 0; !is_enough(); ++made) {
      const auto due = load::due(begun_, rate, made);
      std::this_thread::sleep_until(due);
      if (free == 0) free = places_.take_all();
      --free;
      request(due);
    }
    places_.wait_for_all(outstanding_ - free);
    ended_ = Steady::now();
  }

  double per_second() const {
    return static_cast<double>(latency.count()) /
           std::chrono::duration<double>(ended_ - begun_).count();
  }

  /// What the first wrong answer was; ok if there was none.
  Status wrong() const {
    return is_wrong_.load() ? Status(StatusCode::kInternal, "a request got another answer")
                            : Status();
  }

  load::LatencyHistogram latency;

 private:
  void request(Steady::time_point due) {
    const std::uint64_t number = next_++;
    ask_(number).then([this, number, due](const Answer& answer) {
      latency.record(Steady::now() - due);
      if (!is_right_(number, answer)) is_wrong_.store(true);
      places_.give();
    });
  }

  const std::uint64_t outstanding_;
  load::Credits places_;
  const Ask ask_;
  const IsRight is_right_;
  std::uint64_t next_ = 0;
  std::atomic<bool> is_wrong_{false};
  Steady::time_point begun_{};
  Steady::time_point ended_{};
};

/// Says so once that long has passed since it was made.
inline Asking::IsEnough after(std::chrono::milliseconds stretch) {
  return [end = Asking::Steady::now() + stretch] { return Asking::Steady::now() >= end; };
}

}  // namespace onerun::bench
