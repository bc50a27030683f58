#include "runtime/open_engines.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <system_error>
#include <utility>

#include "runtime/engine.hpp"
#include "store/data_directory.hpp"
#include "store/rocksdb_globals.hpp"

namespace onerun::runtime {

namespace {

/// Not made by a function when it is first called: another thread may be in that at a fork.
constinit std::atomic<OpenEngines*> of_this_process{nullptr};

/// The store has made the directory, and followed the links to it.
std::filesystem::path name_of(const Engine& engine, StoreKind store) {
  if (store != StoreKind::kRocksDb) return {};
  auto resolved = store::resolve_links(engine.data_dir());
  return resolved.ok() ? std::move(*resolved) : engine.data_dir();
}

/// A host's clock may open a runtime while one is opened.
thread_local int openings_of_thread = 0;

/// A callback may open a runtime while this thread closes another one, and calls it.
thread_local bool is_closing = false;

}  // namespace

OpenEngines::OpenEngines() = default;

OpenEngines& OpenEngines::of_process() {
  OpenEngines* known = of_this_process.load();
  while (known == nullptr || !known->process_.is_of_this_process()) {
    std::unique_ptr<OpenEngines> made(new OpenEngines);
    made->of_parent_ = known;
    if (of_this_process.compare_exchange_strong(known, made.get())) return *made.release();
  }
  return *known;
}

// ---- openings ----

OpenEngines::Opening::Opening(OpenEngines& all) : all_(all) {
  const std::lock_guard lock(all_.mutex_);
  is_allowed_ = !all_.is_exiting_;
  if (!is_allowed_) return;
  all_.register_handler(kBegun);
  ++all_.openings_;
  ++openings_of_thread;
  all_.start_closing();
}

OpenEngines::Opening::~Opening() {
  if (!is_allowed_) return;
  --openings_of_thread;
  if (!all_.process_.is_of_this_process()) return;  // forked meanwhile
  const std::lock_guard lock(all_.mutex_);
  --all_.openings_;
  all_.changed_.notify_all();
}

/// So the exit of the process waits for its very first opening before it ends these globals.
void OpenEngines::make_globals(StoreKind store) {
  if (store != StoreKind::kRocksDb) return;
  store::make_rocksdb_globals();
  const std::lock_guard lock(mutex_);
  register_handler(kGlobalsOfRocksDb);
}

bool OpenEngines::add(const std::shared_ptr<Engine>& engine, StoreKind store) {
  Entries added;
  added.push_back({.engine = engine, .data_dir = name_of(*engine, store)});
  Entries closed;
  {
    const std::lock_guard lock(mutex_);
    if (is_exiting_) return false;
    std::erase_if(open_, [](const Entry& known) { return known.engine.expired(); });
    open_.splice(open_.end(), added);
    register_handler(store == StoreKind::kRocksDb ? kRocksDbStore : kMemoryStore);
    closed = take_closed();
  }
  join(std::move(closed));
  return true;
}

/// Requires the lock. Handlers and destructors run in the opposite order in which they were
/// registered: behind the first opening of a kind of store, all globals that it has made are there.
void OpenEngines::register_handler(Point point) {
  bool& is_registered = is_registered_[point];
  if (!is_registered) is_registered = std::atexit(&OpenEngines::at_exit) == 0;
}

// ---- closing in the background ----

void OpenEngines::close_in_background(const std::shared_ptr<Engine>& engine) noexcept {
  const std::lock_guard lock(mutex_);
  const auto entry = std::ranges::find_if(open_, [&](const Entry& known) {
    return !known.engine.owner_before(engine) && !engine.owner_before(known.engine);
  });
  if (entry == open_.end()) return;
  entry->to_close = engine;
  closing_.splice(closing_.end(), open_, entry);
  if (!is_exiting_) start_closing();  // otherwise the handler does it
}

/// Requires the lock. Without a thread, or memory for one, the rest stays.
void OpenEngines::start_closing() noexcept {
  try {
    for (Entry& entry : closing_) {
      if (entry.to_close == nullptr || entry.thread.joinable()) continue;
      entry.thread = std::thread([this, &entry] {
        std::unique_lock lock(mutex_);
        close(entry, lock);
      });
    }
  } catch (const std::bad_alloc&) {
  } catch (const std::system_error&) {
  }
}

/// Gives the lock up meanwhile: what is being closed may call the host. The entry stays in the list
/// until it is closed.
void OpenEngines::close(Entry& entry, std::unique_lock<std::mutex>& lock) noexcept {
  std::shared_ptr<Engine> engine = std::move(entry.to_close);
  lock.unlock();
  const bool outer = std::exchange(is_closing, true);
  static_cast<void>(engine->shutdown(engine->shutdown_deadline()));
  engine.reset();
  is_closing = outer;
  lock.lock();
  entry.is_closed = true;
  changed_.notify_all();
}

/// Closes on this thread what matches and has got no thread.
template <class Matches>
void OpenEngines::close_waiting(std::unique_lock<std::mutex>& lock, const Matches& matches) {
  const auto waits = [&](const Entry& entry) {
    return matches(entry) && entry.to_close != nullptr && !entry.thread.joinable();
  };
  for (auto next = std::ranges::find_if(closing_, waits); next != closing_.end();
       next = std::ranges::find_if(closing_, waits)) {
    close(*next, lock);
  }
}

void OpenEngines::wait_for_closing(const std::filesystem::path& data_dir) {
  if (is_closing || Engine::is_on_own_thread()) return;
  const auto matches = [&](const Entry& entry) { return entry.data_dir == data_dir; };
  Entries closed;
  {
    std::unique_lock lock(mutex_);
    start_closing();
    close_waiting(lock, matches);
    changed_.wait(lock, [&] {
      return is_exiting_ || std::ranges::none_of(closing_, [&](const Entry& entry) {
               return matches(entry) && !entry.is_closed;
             });
    });
    closed = take_closed();
  }
  join(std::move(closed));
}

/// Requires the lock.
OpenEngines::Entries OpenEngines::take_closed() {
  Entries closed;
  for (auto entry = closing_.begin(); entry != closing_.end();) {
    const auto taken = entry++;
    if (taken->is_closed) closed.splice(closed.end(), closing_, taken);
  }
  return closed;
}

/// Without the lock: a thread may have to take it to end.
void OpenEngines::join(Entries closed) {
  for (Entry& entry : closed) {
    if (entry.thread.joinable()) entry.thread.join();
  }
}

// ---- the end of the process ----

/// A forked process has the handler, too, and no thread of the runtimes that it was forked with.
void OpenEngines::at_exit() {
  OpenEngines* const all = of_this_process.load();
  if (all->process_.is_of_this_process()) all->close_all();
}

/// Requires the lock.
std::vector<std::shared_ptr<Engine>> OpenEngines::all() {
  std::vector<std::shared_ptr<Engine>> engines;
  for (const Entries* entries : {&open_, &closing_}) {
    for (const Entry& known : *entries) {
      if (auto engine = known.engine.lock()) engines.push_back(std::move(engine));
    }
  }
  return engines;
}

/// What is being opened may need what is open, through the host's clock or log: so openings end
/// first.
void OpenEngines::close_all() {
  std::unique_lock lock(mutex_);
  if (std::exchange(is_exiting_, true)) return;
  changed_.notify_all();
  changed_.wait(lock, [this] { return openings_ <= openings_of_thread; });
  std::vector<std::shared_ptr<Engine>> engines = all();
  lock.unlock();
  for (const auto& engine : engines) engine->end_with_process();
  if (Engine::is_on_own_thread()) {
    // What is being closed waits for this thread.
    abandoned_ = std::move(engines);
    return;
  }
  engines.clear();
  lock.lock();
  close_waiting(lock, [](const Entry&) { return true; });
  changed_.wait(lock, [this] {
    return std::ranges::all_of(closing_, [](const Entry& entry) { return entry.is_closed; });
  });
  Entries closed = take_closed();
  lock.unlock();
  join(std::move(closed));
}

}  // namespace onerun::runtime
