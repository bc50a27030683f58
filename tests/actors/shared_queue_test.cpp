// Which jobs wake a thread that sleeps.
#include "actors/shared_queue.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <future>
#include <mutex>
#include <thread>

namespace onerun::actors::caf_facade {
namespace {

/// Stands for the scheduler, and for a thread of it.
class Coordinator {
 public:
  SharedQueue::coordinator_data& data() { return data_; }

 private:
  SharedQueue::coordinator_data data_{nullptr};
};

class Worker {
 public:
  explicit Worker(Coordinator& parent) : parent_(parent) {}

  Coordinator* parent() { return &parent_; }

 private:
  Coordinator& parent_;
};

class Job : public ::caf::resumable {
 public:
  resume_result resume(::caf::execution_unit*, std::size_t) override { return done; }
  void intrusive_ptr_add_ref_impl() override {}
  void intrusive_ptr_release_impl() override {}
};

class SharedQueueTest : public ::testing::Test {
 protected:
  SharedQueueTest() { wait_until_it_sleeps(); }

  ~SharedQueueTest() override {
    if (sleeper_took_.valid()) queue_.external_enqueue(&worker_, &last_);
  }

  std::size_t sleeping() {
    const std::lock_guard lock(coordinator_.data().mutex);
    return coordinator_.data().sleeping;
  }

  void wait_until_it_sleeps() {
    while (sleeping() == 0) std::this_thread::yield();
  }

  Coordinator coordinator_;
  Worker worker_{coordinator_};
  Worker other_worker_{coordinator_};
  SharedQueue queue_;
  Job first_, second_, last_;
  std::future<::caf::resumable*> sleeper_took_ =
      std::async(std::launch::async, [this] { return queue_.dequeue(&other_worker_); });
};

TEST_F(SharedQueueTest, LeavesASingleJobToTheThreadThatMadeIt) {
  for (int turn = 0; turn < 1'000; ++turn) {
    queue_.internal_enqueue(&worker_, &first_);
    std::this_thread::yield();
    ASSERT_EQ(sleeping(), 1u);
    ASSERT_EQ(queue_.dequeue(&worker_), &first_);
  }
}

TEST_F(SharedQueueTest, WakesAThreadForTheSecondJob) {
  queue_.internal_enqueue(&worker_, &first_);
  queue_.resume_job_later(&worker_, &second_);
  EXPECT_EQ(sleeper_took_.get(), &first_);
  EXPECT_EQ(queue_.dequeue(&worker_), &second_);
}

TEST_F(SharedQueueTest, WakesAThreadForAJobFromOutside) {
  queue_.external_enqueue(&worker_, &first_);
  EXPECT_EQ(sleeper_took_.get(), &first_);
}

}  // namespace
}  // namespace onerun::actors::caf_facade
