// A namespace of a running runtime: its number, its record as it is now, and what belongs to it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "core/records.hpp"
#include "metrics/metrics.hpp"

namespace onerun::actors {

class Request;

/// The supervisors of a namespace, as those see them who send requests.
class Mailboxes {
 public:
  virtual ~Mailboxes() = default;
  virtual void deliver(std::shared_ptr<Request> request) = 0;
};

/// Threads: any.
class NamespaceEntry {
 public:
  using Record = std::shared_ptr<const core::NamespaceRecord>;

  NamespaceEntry(core::NamespaceNumber number, core::NamespaceRecord record,
                 std::unique_ptr<metrics::NamespaceMetrics> metrics)
      : number_(number),
        record_(std::make_shared<const core::NamespaceRecord>(std::move(record))),
        metrics_(std::move(metrics)) {}

  core::NamespaceNumber number() const { return number_; }

  /// The namespace as it is now, as far as it is durable.
  Record record() const {
    const std::shared_lock lock(record_mutex_);
    return record_;
  }

  /// Makes a durable change visible to all that is decided from now on.
  void publish(core::NamespaceRecord record) {
    Record published = std::make_shared<const core::NamespaceRecord>(std::move(record));
    const std::unique_lock lock(record_mutex_);
    record_.swap(published);
  }

  metrics::NamespaceMetrics& metrics() const { return *metrics_; }

  /// Where its requests go. Set once, before the first request.
  Mailboxes& mailboxes() const { return *mailboxes_; }
  void set_mailboxes(std::unique_ptr<Mailboxes> mailboxes) { mailboxes_ = std::move(mailboxes); }

  /// Requests of this namespace that are under way.
  std::uint64_t in_flight() const { return in_flight_.load(); }

  /// Counts a request of the namespace until it ends, and keeps the namespace as long as it lives.
  class Use {
   public:
    explicit Use(std::shared_ptr<NamespaceEntry> entry) : entry_(std::move(entry)) {
      entry_->in_flight_.fetch_add(1);
    }
    Use(const Use& other) : Use(other.entry_) {}
    Use(Use&& other) noexcept
        : entry_(std::move(other.entry_)), ended_(std::exchange(other.ended_, true)) {}
    Use& operator=(Use) = delete;
    ~Use() { end(); }

    void end() {
      if (!std::exchange(ended_, true)) entry_->in_flight_.fetch_sub(1);
    }
    NamespaceEntry* operator->() const { return entry_.get(); }
    NamespaceEntry& operator*() const { return *entry_; }

   private:
    std::shared_ptr<NamespaceEntry> entry_;
    bool ended_ = false;
  };

 private:
  const core::NamespaceNumber number_;
  // Not an atomic shared_ptr: libstdc++ makes readers spin while one of them is off its core.
  mutable std::shared_mutex record_mutex_;
  Record record_;
  std::atomic<std::uint64_t> in_flight_{0};
  const std::unique_ptr<metrics::NamespaceMetrics> metrics_;
  std::unique_ptr<Mailboxes> mailboxes_;
};

}  // namespace onerun::actors
