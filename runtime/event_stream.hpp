// Reading the history of a run as it grows: once, for `wait_history`, or on and on, for a
// subscription. It pulls: what is to be told is read from the store when there is somebody to hear
// it, and nothing is kept in between.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "actors/event_watchers.hpp"
#include "onerun/detail/cancelable.hpp"
#include "onerun/detail/promise.hpp"
#include "onerun/log.hpp"
#include "onerun/subscription.hpp"
#include "runtime/deliveries.hpp"

namespace onerun::runtime {

/// Where the history is read, and where one waits for more of it.
class EventSource {
 public:
  virtual ~EventSource() = default;

  /// A page of the run's history as it is now; may be empty.
  virtual Result<HistoryPage> read_events(const NamespaceName& name, const RunRef& run,
                                          std::uint64_t first_event_id, std::size_t limit) = 0;

  /// Wakes the watcher, once, when there may be more than the page had.
  virtual Status watch_events(const NamespaceName& name, RunRef run, std::uint64_t first_event_id,
                              std::shared_ptr<actors::EventWatcher> watcher) = 0;

  virtual Deliveries& deliveries() = 0;
  virtual LogSink& sink() = 0;

  /// A handler ends its subscription by what it throws.
  virtual void handler_has_thrown(const std::string& reason) noexcept = 0;

  /// What has waited for events has its answer.
  virtual void events_waited(StatusCode code, std::chrono::steady_clock::time_point since) = 0;
};

/// Threads: `wake` and `is_gone` any; the rest one at a time.
class EventStream : public actors::EventWatcher,
                    public Delivery,
                    public std::enable_shared_from_this<EventStream> {
 public:
  EventStream(EventSource& source, NamespaceName name, RunRef run, std::uint64_t first_event_id,
              std::size_t limit)
      : source_(source),
        name_(std::move(name)),
        run_(std::move(run)),
        next_event_id_(first_event_id),
        limit_(limit) {}

  void wake() noexcept final { source_.deliveries().push(shared_from_this()); }
  void deliver() noexcept final;

  /// Waits until there is more.
  void watch();

 protected:
  void fail() noexcept;

  /// There is news: events, the end of the run, or an error. Returns whether to go on reading.
  virtual bool tell(const Result<HistoryPage>& page) = 0;

  /// Not even that can be told.
  virtual void give_up() noexcept = 0;

  EventSource& source_;
  const NamespaceName name_;
  RunRef run_;
  std::uint64_t next_event_id_;
  const std::size_t limit_;
};

/// True if somebody who waits for events wants to hear of the page.
inline bool is_news(const Result<HistoryPage>& page) {
  return !page.ok() || !page->events.empty() || page->is_last;
}

/// Answers a future with the first news.
class WaitForEvents final : public EventStream {
 public:
  using EventStream::EventStream;

  Future<Result<HistoryPage>> future() { return promise_.future(); }
  bool is_gone() const override { return promise_.abandoned(); }

 private:
  bool tell(const Result<HistoryPage>& page) override;
  void give_up() noexcept override {}  // a promise that is dropped says so

  Promise<Result<HistoryPage>> promise_;
  const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

/// Tells a handler of all news, until the end.
class SubscribedStream final : public EventStream, public detail::Cancelable {
 public:
  SubscribedStream(EventSource& source, NamespaceName name, RunRef run,
                   const SubscribeOptions& options, EventHandler handler);

  void cancel() noexcept override;
  bool active() const noexcept override { return !ended_.load(std::memory_order_acquire); }
  bool is_gone() const override { return !active(); }

 private:
  bool tell(const Result<HistoryPage>& page) override;
  void give_up() noexcept override { ended_.store(true, std::memory_order_release); }
  bool has_more(const Result<HistoryPage>& page);

  const bool follows_chain_;
  EventHandler handler_;  ///< none once it has ended: what it holds is free then
  std::atomic<bool> ended_{false};
  std::mutex telling_;                        ///< held while the handler is called
  std::atomic<std::thread::id> teller_ = {};  ///< the thread that does
};

}  // namespace onerun::runtime
