// Allocations that fail: a program that links failing_allocation.cpp has its operator new.
#pragma once

#include <gtest/gtest.h>

#include <functional>

namespace onerun::test {

/// While it lives, the allocation of that number of this thread fails, from 1.
class FailingAllocation {
 public:
  explicit FailingAllocation(unsigned number);
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;
  ~FailingAllocation() { end(); }

  /// None fails from here on. Returns whether one has.
  bool end();
};

/// Attempts it again and again, each time with another allocation failing, until none does:
/// `attempt` returns whether one did. Returns how many have.
unsigned fail_each_allocation(const std::function<bool(unsigned number)>& attempt);

}  // namespace onerun::test
