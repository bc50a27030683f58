// How actors get at threads: a scheduling policy for CAF.
#pragma once

#include <caf/policy/unprofiled.hpp>
#include <caf/resumable.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>

namespace onerun::actors::caf_facade {

/// One queue for all threads, as in CAF's policy `sharing`: on few cores, stealing costs more than
/// it gives, and wakes late. Unlike there, a thread is woken after the lock was given back: if it
/// ran at once in place of the one that woke it, it would meet the lock, and with it all others
/// until the owner gets a core again. Nobody is woken if nobody sleeps; nor for a single job that
/// an actor makes, since the thread that runs this actor looks for jobs when its turn is over. And
/// a thread that finds nothing lets others run once before it sleeps: there often is a job then.
class SharedQueue : public ::caf::policy::unprofiled {
 public:
  struct coordinator_data {  // NOLINT(readability-identifier-naming): CAF asks for that name
    explicit coordinator_data(void*) {}

    std::mutex mutex;
    std::condition_variable filled;
    std::deque<::caf::resumable*> jobs;
    std::size_t sleeping = 0;  ///< threads
  };

  struct worker_data {  // NOLINT(readability-identifier-naming)
    explicit worker_data(void*) {}
  };

  template <class Coordinator>
  void central_enqueue(Coordinator* self, ::caf::resumable* job) {
    put(d(self), job, kWakeAtOnce);
  }

  template <class Worker>
  void external_enqueue(Worker* self, ::caf::resumable* job) {
    central_enqueue(self->parent(), job);
  }

  template <class Worker>
  void internal_enqueue(Worker* self, ::caf::resumable* job) {
    put(d(self->parent()), job, kWakeForMore);
  }

  /// The job has had its turn, and lets others go first.
  template <class Worker>
  void resume_job_later(Worker* self, ::caf::resumable* job) {
    internal_enqueue(self, job);
  }

  template <class Worker>
  ::caf::resumable* dequeue(Worker* self) {
    coordinator_data& shared = d(self->parent());
    std::unique_lock lock(shared.mutex);
    if (shared.jobs.empty()) {
      lock.unlock();
      std::this_thread::yield();
      lock.lock();
    }
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

 private:
  // How many jobs there have to be to wake a thread.
  static constexpr std::size_t kWakeAtOnce = 1;
  static constexpr std::size_t kWakeForMore = 2;

  static void put(coordinator_data& shared, ::caf::resumable* job, std::size_t wake_from) {
    bool wake = false;
    {
      const std::lock_guard lock(shared.mutex);
      shared.jobs.push_back(job);
      wake = shared.sleeping > 0 && shared.jobs.size() >= wake_from;
    }
    if (wake) shared.filled.notify_one();
  }
};

}  // namespace onerun::actors::caf_facade
