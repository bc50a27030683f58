#include "runtime/deliveries.hpp"

#include <system_error>
#include <utility>

namespace onerun::runtime {
namespace {

/// The deliveries that this thread makes.
thread_local const Deliveries* delivering = nullptr;

}  // namespace

bool Deliveries::is_delivering() { return delivering != nullptr; }
bool Deliveries::is_thread_of_this() const { return delivering == this; }

bool Deliveries::make_ready() noexcept {
  const std::lock_guard lock(mutex_);
  if (threads_.empty()) start_threads();
  return !threads_.empty() || most_threads_ == 0 || stopping_;
}

void Deliveries::push(std::shared_ptr<Delivery> delivery) noexcept {
  const std::lock_guard lock(mutex_);
  Delivery* const added = delivery.get();
  (last_ == nullptr ? first_ : last_->next_) = std::move(delivery);
  last_ = added;
  if (threads_.empty()) start_threads();
  ready_.notify_one();
}

/// Requires the lock. Some are enough.
void Deliveries::start_threads() {
  try {
    while (threads_.size() < most_threads_ && !stopping_) {
      threads_.emplace_back([this] { work(); });
    }
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
}

/// Requires the lock.
std::shared_ptr<Delivery> Deliveries::pop() {
  std::shared_ptr<Delivery> delivery = std::move(first_);
  if (delivery == nullptr) return delivery;
  first_ = std::move(delivery->next_);
  if (first_ == nullptr) last_ = nullptr;
  return delivery;
}

std::shared_ptr<Delivery> Deliveries::wait_and_pop() {
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [this] { return first_ != nullptr || stopping_; });
  return pop();
}

void Deliveries::work() {
  delivering = this;
  while (const auto delivery = wait_and_pop()) delivery->deliver();
}

bool Deliveries::run_all() {
  bool any = false;
  while (true) {
    std::unique_lock lock(mutex_);
    const auto delivery = pop();
    lock.unlock();
    if (delivery == nullptr) return any;
    any = true;
    const Deliveries* const before = std::exchange(delivering, this);
    delivery->deliver();
    delivering = before;
  }
}

void Deliveries::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  ready_.notify_all();
  for (std::thread& thread : threads) thread.join();
  run_all();
}

}  // namespace onerun::runtime
