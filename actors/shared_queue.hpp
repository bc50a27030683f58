// How actors get at threads: a scheduling policy for CAF.
#pragma once

#include <caf/policy/unprofiled.hpp>
#include <caf/resumable.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

namespace onerun::actors::caf_facade {

/// One queue for all threads, as in CAF's policy `sharing`: on few cores, stealing costs more than
/// it gives, and wakes late. Unlike there, a thread is woken after the lock was given back: if it
/// ran at once in place of the one that woke it, it would meet the lock, and with it all others
/// until the owner gets a core again. And nobody is woken if nobody sleeps.
class SharedQueue : public ::caf::policy::unprofiled {
 public:
  struct coordinator_data {
    explicit coordinator_data(void*) {}

    std::mutex mutex;
    std::condition_variable filled;
    std::deque<::caf::resumable*> jobs;
    std::size_t sleeping = 0;  ///< threads
  };

  struct worker_data {
    explicit worker_data(void*) {}
  };

  template <class Coordinator>
  void central_enqueue(Coordinator* self, ::caf::resumable* job) {
    coordinator_data& shared = d(self);
    bool wake = false;
    {
      const std::lock_guard lock(shared.mutex);
      shared.jobs.push_back(job);
      wake = shared.sleeping > 0;
    }
    if (wake) shared.filled.notify_one();
  }

  template <class Worker>
  void external_enqueue(Worker* self, ::caf::resumable* job) {
    central_enqueue(self->parent(), job);
  }

  template <class Worker>
  void internal_enqueue(Worker* self, ::caf::resumable* job) {
    central_enqueue(self->parent(), job);
  }

  /// The job has had its turn, and lets others go first.
  template <class Worker>
  void resume_job_later(Worker* self, ::caf::resumable* job) {
    central_enqueue(self->parent(), job);
  }

  template <class Worker>
  ::caf::resumable* dequeue(Worker* self) {
    coordinator_data& shared = d(self->parent());
    std::unique_lock lock(shared.mutex);
    while (shared.jobs.empty()) {
      ++shared.sleeping;
      shared.filled.wait(lock);
      --shared.sleeping;
    }
    ::caf::resumable* job = shared.jobs.front();
    shared.jobs.pop_front();
    return job;
  }

  template <class Worker, class Function>
  void foreach_resumable(Worker*, Function) {}

  template <class Coordinator, class Function>
  void foreach_central_resumable(Coordinator* self, Function function) {
    coordinator_data& shared = d(self);
    const std::lock_guard lock(shared.mutex);
    for (; !shared.jobs.empty(); shared.jobs.pop_front()) function(shared.jobs.front());
  }
};

}  // namespace onerun::actors::caf_facade
