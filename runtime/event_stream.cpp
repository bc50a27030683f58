#include "runtime/event_stream.hpp"

#include <new>
#include <utility>

#include "actors/host_failure.hpp"

namespace onerun {

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    cancel();
    stream_ = std::move(other.stream_);
  }
  return *this;
}

void Subscription::cancel() noexcept {
  if (const auto stream = std::move(stream_)) stream->cancel();
}

Subscription::Subscription(std::shared_ptr<detail::Cancelable> stream)
    : stream_(std::move(stream)) {}

bool Subscription::active() const noexcept { return stream_ != nullptr && stream_->active(); }

namespace runtime {

/// A page at a time, so that each of many has its turn.
void EventStream::deliver() noexcept {
  try {
    if (is_gone()) return;
    const auto page = source_.read_events(name_, run_, next_event_id_, limit_);
    if (!is_news(page)) return watch();
    if (tell(page)) source_.deliveries().push(shared_from_this());
  } catch (...) {
    fail();
  }
}

/// For want of memory: what is there is on the disk, and can be read again.
void EventStream::fail() noexcept {
  try {
    tell(Status(StatusCode::kResourceExhausted, "out of memory"));
  } catch (...) {
    give_up();
  }
}

void EventStream::watch() {
  const Status watched = source_.watch_events(name_, run_, next_event_id_, shared_from_this());
  if (!watched.ok()) tell(watched);
}

bool WaitForEvents::tell(const Result<HistoryPage>& page) {
  source_.events_waited(page.code(), since_);
  const detail::RuntimeThreadScope on_runtime_thread(source_.sink());
  promise_.set(page);
  return false;
}

SubscribedStream::SubscribedStream(EventSource& source, NamespaceName name, RunRef run,
                                   const SubscribeOptions& options, EventHandler handler)
    : EventStream(source, std::move(name), std::move(run), options.first_event_id,
                  limits::kEventsPerPage),
      follows_chain_(options.follow_chain),
      handler_(std::move(handler)) {}

bool SubscribedStream::tell(const Result<HistoryPage>& page) {
  const std::lock_guard lock(telling_);
  if (!active()) return false;
  teller_ = std::this_thread::get_id();
  bool goes_on = has_more(page);
  try {
    handler_(page);
  } catch (...) {
    source_.handler_has_thrown(actors::what_was_thrown());
    goes_on = false;
  }
  teller_ = std::thread::id();
  if (!goes_on) ended_.store(true, std::memory_order_release);
  if (!active()) handler_ = nullptr;
  return active();
}

/// Moves on behind the page. Returns false if nothing can come.
bool SubscribedStream::has_more(const Result<HistoryPage>& page) {
  if (!page.ok()) return false;
  next_event_id_ = page->next_event_id;
  if (!page->is_last) return true;
  if (!follows_chain_ || page->new_execution_run_id.empty()) return false;
  run_.run_id = page->new_execution_run_id;
  next_event_id_ = 1;
  return true;
}

void SubscribedStream::cancel() noexcept {
  ended_.store(true, std::memory_order_release);
  if (teller_.load() == std::this_thread::get_id()) return;
  const std::lock_guard lock(telling_);
  handler_ = nullptr;
}

}  // namespace runtime
}  // namespace onerun
