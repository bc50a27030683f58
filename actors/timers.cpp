#include "actors/timers.hpp"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

namespace onerun::actors {
namespace {

namespace keys = core::keys;

/// Timers that one call of `load` reads.
constexpr std::size_t kPage = 10'000;

}  // namespace

std::string& Timers::loaded_to(core::NamespaceNumber name_space) {
  const auto found = loaded_to_.find(name_space);
  if (found != loaded_to_.end()) return found->second;
  return loaded_to_.emplace(name_space, keys::range_of(name_space).first).first->second;
}

/// Where there are too many, the last ones go: they are read again when their time has come nearer.
void Timers::insert(PendingTimer pending) {
  loaded_.insert(std::move(pending));
  if (loaded_.size() <= kMostLoaded) return;
  const auto last = std::prev(loaded_.end());
  std::string& end = loaded_to(last->name_space);
  end = std::min(end, last->key);
  loaded_.erase(last);
}

void Timers::add(core::NamespaceNumber name_space, const WorkflowId& workflow_id,
                 const RunId& run_id, Timestamp due) {
  bool is_next = false;
  {
    const std::lock_guard lock(mutex_);
    std::string key = keys::timer(name_space, {due, run_id});
    if (key >= loaded_to(name_space)) return;
    is_next = loaded_.empty() || due < loaded_.begin()->timer.due;
    insert({name_space, {due, run_id}, std::move(key), workflow_id});
  }
  if (is_next) nearer_();
}

void Timers::drop(core::NamespaceNumber name_space, const RunId& run_id, Timestamp due) {
  const PendingTimer dropped{name_space, {due, run_id}, keys::timer(name_space, {due, run_id}), {}};
  const std::lock_guard lock(mutex_);
  loaded_.erase(dropped);
}

Result<bool> Timers::load(const store::Store& store, core::NamespaceNumber name_space,
                          Timestamp now) {
  const std::string target = keys::timer_from_time(name_space, now + kHorizon);
  std::string from;
  {
    // Marked as loaded before it is read: a timer that is committed meanwhile is added.
    const std::lock_guard lock(mutex_);
    std::string& end = loaded_to(name_space);
    // Far enough ahead; or full, and nothing that is overdue is left to be read.
    const bool is_far = end >= keys::timer_from_time(name_space, now + kHorizon / 2);
    const bool is_full = loaded_.size() > kMostLoaded / 2 &&
                         end >= keys::timer_from_time(name_space, now + Duration(1));
    if (is_far || is_full) return false;
    from = std::exchange(end, target);
  }
  try {
    return read_page(store, name_space, from, target);
  } catch (...) {
    read_again(name_space);
    throw;
  }
}

Result<bool> Timers::read_page(const store::Store& store, core::NamespaceNumber name_space,
                               const std::string& from, const std::string& target) {
  std::vector<PendingTimer> page;
  std::string last;
  Status read = store.scan(
      core::Family::kTimer, from, target, [&](std::string_view key, std::string_view workflow_id) {
        last = key;
        if (auto timer = keys::timer_from(key)) {
          page.push_back({name_space, std::move(*timer), last, WorkflowId(workflow_id)});
        }
        return page.size() < kPage;
      });
  const std::lock_guard lock(mutex_);
  std::string& end = loaded_to(name_space);
  if (!read.ok()) {
    end = std::min(end, from);
    return read;
  }
  const bool is_full = page.size() == kPage;
  if (is_full) end = std::min(end, keys::after(last));
  for (PendingTimer& pending : page) insert(std::move(pending));
  return true;
}

std::optional<PendingTimer> Timers::take_due(Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (loaded_.empty() || loaded_.begin()->timer.due > now) return std::nullopt;
  const auto& next = *loaded_.begin();
  if (next.key >= loaded_to(next.name_space)) return std::nullopt;
  return std::move(loaded_.extract(loaded_.begin()).value());
}

void Timers::put_back(const PendingTimer& pending) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    std::string& end = loaded_to(pending.name_space);
    end = std::min(end, pending.key);
  } catch (const std::bad_alloc&) {
    read_again(pending.name_space);
  }
}

void Timers::read_again(core::NamespaceNumber name_space) noexcept {
  const std::lock_guard lock(mutex_);
  loaded_to_.erase(name_space);
}

void Timers::forget(core::NamespaceNumber name_space) {
  const std::lock_guard lock(mutex_);
  loaded_to_.erase(name_space);
  std::erase_if(loaded_, [&](const PendingTimer& one) { return one.name_space == name_space; });
}

std::optional<Timestamp> Timers::next_due() const {
  const std::lock_guard lock(mutex_);
  if (loaded_.empty()) return std::nullopt;
  return loaded_.begin()->timer.due;
}

}  // namespace onerun::actors
