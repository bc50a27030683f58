#include "runtime/open_engines.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <new>
#include <system_error>
#include <utility>

#include "runtime/engine.hpp"

namespace onerun::runtime {

namespace {

/// One name for each directory, as far as names tell.
std::filesystem::path full_name(const std::filesystem::path& directory) {
  std::error_code ignored;
  return std::filesystem::absolute(directory, ignored).lexically_normal();
}

}  // namespace

OpenEngines::OpenEngines() : process_(::getpid()) {}

OpenEngines& OpenEngines::of_process() {
  static OpenEngines& all = *new OpenEngines;
  return all;
}

bool OpenEngines::add(const std::shared_ptr<Engine>& engine, StoreKind store) {
  join_closing([](const Closing& closing) { return closing.is_done->load(); });
  const std::lock_guard lock(mutex_);
  if (process_.exchange(::getpid()) != ::getpid()) open_.clear();  // those of the parent
  if (is_exiting()) return false;
  std::erase_if(open_, [](const auto& known) { return known.expired(); });
  open_.push_back(engine);
  register_handler(store);
  start_closing();
  return true;
}

/// Requires the lock. Handlers and destructors run in the opposite order in which they were
/// registered: behind the first opening of a kind of store, all globals that it has made are there.
void OpenEngines::register_handler(StoreKind store) {
  bool& is_registered = is_registered_[store == StoreKind::kRocksDb ? 0 : 1];
  if (!is_registered) is_registered = std::atexit(&OpenEngines::at_exit) == 0;
}

void OpenEngines::close_in_background(std::shared_ptr<Engine> engine) noexcept {
  const std::lock_guard lock(mutex_);
  if (is_exiting()) return;  // the handler does it
  engine->next_to_close = std::exchange(to_close_, engine);
  start_closing();
}

/// Requires the lock. Without a thread, or memory for one, the rest stays.
void OpenEngines::start_closing() noexcept {
  try {
    while (to_close_ != nullptr) {
      auto is_done = std::make_shared<std::atomic<bool>>(false);
      closing_.reserve(closing_.size() + 1);
      Closing closing{full_name(to_close_->data_dir()), {}, is_done};
      closing.thread = std::thread([engine = to_close_, is_done]() mutable {
        static_cast<void>(engine->shutdown(engine->shutdown_deadline()));
        engine.reset();
        is_done->store(true);
      });
      closing_.push_back(std::move(closing));
      to_close_ = std::exchange(to_close_->next_to_close, nullptr);
    }
  } catch (const std::bad_alloc&) {
  } catch (const std::system_error&) {
  }
}

void OpenEngines::wait_for_closing(const std::filesystem::path& data_dir) {
  const std::filesystem::path directory = full_name(data_dir);
  join_closing([&](const Closing& closing) { return closing.data_dir == directory; });
}

/// Without the lock: what is being closed may call the host.
void OpenEngines::join_closing(const std::function<bool(const Closing&)>& matches) {
  std::vector<Closing> matching;
  {
    const std::lock_guard lock(mutex_);
    const auto first = std::partition(closing_.begin(), closing_.end(),
                                      [&](const Closing& closing) { return !matches(closing); });
    matching.assign(std::move_iterator(first), std::move_iterator(closing_.end()));
    closing_.erase(first, closing_.end());
  }
  for (Closing& closing : matching) closing.thread.join();
}

/// A forked process has the handler, too, and no thread of the runtimes that it was forked with.
void OpenEngines::at_exit() {
  OpenEngines& all = of_process();
  if (all.process_.load() == ::getpid()) all.close_all();
}

void OpenEngines::close_all() {
  std::vector<std::shared_ptr<Engine>> engines;
  {
    const std::lock_guard lock(mutex_);
    is_exiting_.store(true);
    for (const auto& known : open_) {
      if (auto engine = known.lock()) engines.push_back(std::move(engine));
    }
  }
  for (const auto& engine : engines) engine->end_with_process();
  if (Engine::is_on_own_thread()) {
    // What is being closed waits for this thread.
    abandoned_ = std::move(engines);
  } else {
    join_closing([](const Closing&) { return true; });
  }
}

}  // namespace onerun::runtime
