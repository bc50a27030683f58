// The threads of an actor system: a scheduler for CAF. A part of the facade.
#pragma once

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>
#include <caf/logger.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "actors/shared_queue.hpp"

namespace onerun::actors::caf_facade {

/// A clock for actors that never set a timeout: CAF's own takes a thread. They may cancel one when
/// they end.
class NoTimeouts final : public ::caf::actor_clock {
 public:
  void set_ordinary_timeout(time_point, ::caf::abstract_actor*, ::caf::atom_value,
                            std::uint64_t) override {
    refuse();
  }
  void set_multi_timeout(time_point, ::caf::abstract_actor*, ::caf::atom_value,
                         std::uint64_t) override {
    refuse();
  }
  void set_request_timeout(time_point, ::caf::abstract_actor*, ::caf::message_id) override {
    refuse();
  }
  void schedule_message(time_point, ::caf::strong_actor_ptr, ::caf::mailbox_element_ptr) override {
    refuse();
  }
  void schedule_message(time_point, ::caf::group, ::caf::strong_actor_ptr,
                        ::caf::message) override {
    refuse();
  }
  void cancel_ordinary_timeout(::caf::abstract_actor*, ::caf::atom_value) override {}
  void cancel_request_timeout(::caf::abstract_actor*, ::caf::message_id) override {}
  void cancel_timeouts(::caf::abstract_actor*) override {}
  void cancel_all() override {}

 private:
  [[noreturn]] static void refuse() { throw std::logic_error("actors have no timeouts of CAF's"); }
};

/// Runs actors on threads of its own. CAF's scheduler also starts a thread for timeouts and one to
/// print, which nobody here needs, and ends the process when one of its threads can't be started.
/// If a thread can't be started here, for whatever reason, those that were are ended, and
/// `start_error` says why: the actor system is whole then, but runs no actor, and can only be
/// destroyed.
class Scheduler final : public ::caf::scheduler::abstract_coordinator {
 public:
  explicit Scheduler(::caf::actor_system& system) : abstract_coordinator(system) {}

  // NOLINTNEXTLINE(readability-identifier-naming): CAF asks for that name
  static ::caf::actor_system::module* make(::caf::actor_system& system,
                                           ::caf::detail::type_list<>) {
    return new Scheduler(system);
  }

  /// Null if all threads run. Else std::system_error, or std::bad_alloc.
  const std::exception_ptr& start_error() const { return start_error_; }

  SharedQueue::coordinator_data& data() { return data_; }
  void enqueue(::caf::resumable* job) override { queue_.central_enqueue(this, job); }
  ::caf::actor_clock& clock() noexcept override { return clock_; }

 protected:
  void start() override {
    try {
      workers_.reserve(num_workers());
      while (workers_.size() < num_workers()) workers_.push_back(std::make_unique<Worker>(*this));
    } catch (...) {
      start_error_ = std::current_exception();
      end_threads();
    }
  }

  void stop() override {
    end_threads();
    queue_.foreach_central_resumable(this, &abstract_coordinator::cleanup_and_release);
  }

 private:
  /// A thread, and what it tells CAF about itself.
  class Worker final : public ::caf::execution_unit {
   public:
    explicit Worker(Scheduler& scheduler)
        : execution_unit(&scheduler.system()), scheduler_(scheduler), thread_([this] { run(); }) {}

    Scheduler* parent() { return &scheduler_; }
    void exec_later(::caf::resumable* job) override {
      scheduler_.queue_.internal_enqueue(this, job);
    }
    void join() { thread_.join(); }

   private:
    using Result = ::caf::resumable::resume_result;

    void run() {
      ::caf::logger::set_current_actor_system(&system());
      system().thread_started();
      while (run_one(scheduler_.queue_.dequeue(this))) {
      }
      system().thread_terminates();
    }

    /// Returns false if the job ends the thread.
    bool run_one(::caf::resumable* job) {
      const Result result = job->resume(this, scheduler_.max_throughput());
      if (result == Result::resume_later) {
        scheduler_.queue_.resume_job_later(this, job);  // keeps the reference to the job
      } else if (result != Result::shutdown_execution_unit) {
        ::caf::intrusive_ptr_release(job);
      }
      return result != Result::shutdown_execution_unit;
    }

    Scheduler& scheduler_;
    std::thread thread_;
  };

  /// A job that ends the thread that takes it.
  class EndOfThread final : public ::caf::resumable {
   public:
    resume_result resume(::caf::execution_unit*, std::size_t) override {
      return shutdown_execution_unit;
    }
    void intrusive_ptr_add_ref_impl() override {}
    void intrusive_ptr_release_impl() override {}
  };

  /// A job takes a few bytes of the queue, which are tried until there is memory for them: a thread
  /// that is not told to end can't be joined.
  void end_threads() {
    EndOfThread end;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      while (!try_enqueue(end)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    for (const auto& worker : workers_) worker->join();
    workers_.clear();
  }

  bool try_enqueue(EndOfThread& end) {
    try {
      enqueue(&end);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  NoTimeouts clock_;
  SharedQueue queue_;
  SharedQueue::coordinator_data data_{nullptr};
  std::vector<std::unique_ptr<Worker>> workers_;
  std::exception_ptr start_error_;
};

}  // namespace onerun::actors::caf_facade
