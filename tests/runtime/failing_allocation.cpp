#include "tests/runtime/failing_allocation.hpp"

#include <cstdlib>
#include <new>
#include <utility>

namespace {

/// Allocations of this thread until one fails; 0: none does.
thread_local unsigned until_failure = 0;

bool fails_now() { return until_failure > 0 && --until_failure == 0; }

void* allocate(std::size_t size) {
  return fails_now() ? nullptr : std::malloc(size > 0 ? size : 1);
}

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = allocate(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// Such memory goes back by the ordinary operator delete, too: std::stable_sort does so.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
// gcc takes free for a stranger to this operator new.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace onerun::test {

FailingAllocation::FailingAllocation(unsigned number) { until_failure = number; }

bool FailingAllocation::end() { return std::exchange(until_failure, 0) == 0; }

unsigned fail_each_allocation(const std::function<bool(unsigned number)>& attempt) {
  constexpr unsigned kMost = 10'000;
  unsigned number = 1;
  while (attempt(number)) {
    if (::testing::Test::HasFatalFailure()) break;
    if (++number == kMost) {
      ADD_FAILURE() << "there is no end to it";
      break;
    }
  }
  return number - 1;
}

}  // namespace onerun::test
