// What happens by chance.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace onerun::sim {

/// Numbers from a seed, or bytes that somebody else has thought of.
class Dice {
 public:
  explicit Dice(std::uint64_t seed, std::string_view bytes = {})
      : random_(seed), bytes_(bytes), has_bytes_(!bytes.empty()) {}

  /// Below the bound.
  std::uint64_t draw(std::uint64_t bound) {
    if (!has_bytes_) return random_() % bound;
    std::uint64_t number = 0;
    for (std::uint64_t range = 1; range < bound && !bytes_.empty(); range <<= 8) {
      number = number << 8 | static_cast<std::uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
    }
    return number % bound;
  }

  bool chance(unsigned percent) { return draw(100) < percent; }

  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[draw(from.size())];
  }

  /// True if the bytes are used up.
  bool is_empty() const { return has_bytes_ && bytes_.empty(); }

 private:
  std::mt19937_64 random_;
  std::string_view bytes_;
  const bool has_bytes_;
};

}  // namespace onerun::sim
