// The journal: what was asked for and what was answered, in a file that outlives the process. Each
// line is with the operating system before the request is made, or before the next answer is looked
// at: after a kill the journal shows all that the clients of the killed process knew.
//
// A line is a JSON object. Asked: `ask` (a number that counts up), `at` (milliseconds since the
// epoch: the time of the request, also for the runtime), `op`, `workflow_id`, and what was asked.
// Answered: `answer` (the number of the request), `at`, `code`, and what was answered. Requests for
// one workflow id were made in the order of their lines.
#pragma once

#include <onerun/onerun.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "mix.hpp"

namespace onerun::load {

/// Threads: any.
class Journal {
 public:
  using Ticket = std::uint64_t;

  Journal();
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Appends to the file from now on. Errors: unavailable if it can't be written.
  Status open(const std::filesystem::path& path);

  /// True if there is one. Without one, whatever is noted is not.
  bool wanted() const { return file_ >= 0; }

  /// The clock that the runtime must have for `at` to be the time of the requests.
  std::shared_ptr<const Clock> clock() const;

  /// Notes a request, then makes it; no other is noted or made meanwhile. Without a journal it is
  /// only made. Returns its number, and what `make` returns.
  template <class Make>
  auto ask(const StartRequest& request, Make make) {
    return noted([&] { note(request); }, make);
  }
  template <class Make>
  auto ask(Operation operation, const RunRef& run, const RequestId& request, Make make) {
    return noted([&] { note(operation, run, request); }, make);
  }

  /// Notes an answer. One that says that the outcome is unknown is none.
  void answered(Ticket ticket, const Result<StartResult>& answer);
  void answered(Ticket ticket, const Result<RunInfo>& answer);

 private:
  class RequestClock;

  template <class Note, class Make>
  auto noted(Note note, Make make) {
    if (!wanted()) return std::pair(Ticket(0), make());
    const std::lock_guard lock(order_);
    note();
    auto made = std::pair(last_, make());
    let_time_go_on();
    return made;
  }

  void note(const StartRequest& request);
  void note(Operation operation, const RunRef& run, const RequestId& request);
  Timestamp stop_time();
  void let_time_go_on();
  void write(const std::string& line);

  const std::shared_ptr<RequestClock> clock_;
  std::mutex order_;    ///< held from the line of a request until it is made
  Ticket last_ = 0;     ///< guarded by order_
  Timestamp last_at_;   ///< guarded by order_
  std::mutex writing_;  ///< a line is written in one piece
  int file_ = -1;
};

}  // namespace onerun::load
