// What happens by chance, from a seed.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace onerun::test {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  /// Below the bound.
  std::uint64_t draw(std::uint64_t bound) { return random_() % bound; }

  bool chance(unsigned percent) { return draw(100) < percent; }

  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[draw(from.size())];
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace onerun::test
