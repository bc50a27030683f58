// Seeds of randomized tests: printed, and to be given.
#pragma once

#include <gtest/gtest.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace onerun::test {

/// The seed that was given; null: that other one. Throws if it is no whole number: a test that took
/// another one instead would not be the one that is wanted.
inline std::uint64_t seed_from(const char* given, std::uint64_t otherwise) {
  if (given == nullptr) return otherwise;
  const std::string_view text(given);
  std::uint64_t seed = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    throw std::invalid_argument("ONERUN_TEST_SEED is \"" + std::string(text) +
                                "\"; allowed: a whole number from 0 to 2^64 - 1");
  }
  return seed;
}

/// The seed of the running test: ONERUN_TEST_SEED of the environment, or that other one. Says it.
inline std::uint64_t seed_of_test(std::uint64_t otherwise) {
  const std::uint64_t seed = seed_from(std::getenv("ONERUN_TEST_SEED"), otherwise);
  std::cout << "ONERUN_TEST_SEED=" << seed << std::endl;
  ::testing::Test::RecordProperty("seed", std::to_string(seed));
  return seed;
}

}  // namespace onerun::test
