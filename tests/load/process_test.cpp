#include "process.hpp"

#include <sys/mman.h>

#include <gtest/gtest.h>

#include <cstring>

namespace onerun::load {
namespace {

/// Pages that are there while it is. Not of the heap, which may keep them.
class Pages {
 public:
  explicit Pages(std::size_t bytes)
      : bytes_(bytes),
        at_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    if (at_ != MAP_FAILED) std::memset(at_, 1, bytes_);
  }
  Pages(const Pages&) = delete;
  ~Pages() {
    if (at_ != MAP_FAILED) ::munmap(at_, bytes_);
  }

 private:
  const std::size_t bytes_;
  void* const at_;
};

constexpr std::uint64_t kMuch = std::uint64_t{256} << 20;
constexpr std::uint64_t kLittle = std::uint64_t{64} << 20;

TEST(PeakResidentBytes, IsWhatWasThereAtTheMost) {
  forget_peak_resident();
  const std::uint64_t before = resident_bytes();
  { const Pages pages(kMuch); }
  EXPECT_LT(resident_bytes(), before + kLittle);
  EXPECT_GT(peak_resident_bytes(), before + kMuch - kLittle);
}

TEST(PeakResidentBytes, BeginsAnewWhenItIsForgotten) {
  { const Pages pages(kMuch); }
  if (!forget_peak_resident()) GTEST_SKIP() << "the system does not let it";
  EXPECT_LT(peak_resident_bytes(), resident_bytes() + kLittle);
}

}  // namespace
}  // namespace onerun::load
