#include "store/process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <vector>

namespace onerun::store {
namespace {

struct Process {
  Process();

  std::atomic<std::uint64_t> forks_before{0};
  std::mutex mutex;  ///< held across a fork, so that a child finds a list that is whole
  std::vector<int> close_in_children;
};

/// Never destroyed: a process may fork while it ends.
Process& process() {
  static Process& the_process = *new Process;
  return the_process;
}

void before_fork() { process().mutex.lock(); }
void after_fork_in_parent() { process().mutex.unlock(); }

void after_fork_in_child() {
  Process& child = process();
  for (const int fd : child.close_in_children) ::close(fd);
  child.close_in_children.clear();
  child.forks_before.fetch_add(1, std::memory_order_relaxed);
  child.mutex.unlock();
}

Process::Process() {
  if (::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) != 0) {
    throw std::bad_alloc();
  }
}

}  // namespace

ProcessMark::ProcessMark()
    : forks_before_(process().forks_before.load(std::memory_order_relaxed)) {}

bool ProcessMark::is_of_this_process() const {
  return process().forks_before.load(std::memory_order_relaxed) == forks_before_;
}

int open_closed_in_children(const char* path, int flags, unsigned mode) {
  Process& here = process();
  const std::lock_guard lock(here.mutex);  // no fork comes in between
  here.close_in_children.reserve(here.close_in_children.size() + 1);
  const int fd = ::open(path, flags | O_CLOEXEC, mode);
  if (fd >= 0) here.close_in_children.push_back(fd);
  return fd;
}

void forget_in_children(int fd) {
  const std::lock_guard lock(process().mutex);
  std::erase(process().close_in_children, fd);
}

}  // namespace onerun::store
