// The families of the store, and their names.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace onerun::core {

/// A part of the store with keys and values of its own kinds. docs/format.md says which.
enum class Family : std::uint8_t {
  kHead,    ///< workflow id -> its current run, and what decisions need
  kRun,     ///< run id -> the run's history
  kEvent,   ///< the rest of histories that are too long for kRun
  kBlob,    ///< values that several records refer to; nothing is written there yet
  kTimer,   ///< timers by the instant they are due
  kDue,     ///< closed runs by status and close time, to find those whose retention has ended
  kMeta,    ///< format, epoch, commit number, namespaces
  kOpen,    ///< open runs by their start, to find them
  kClosed,  ///< closed runs by status and start, to find them
};

/// Every family, and its name in the store.
struct FamilyName {
  Family family;
  std::string_view name;
};
inline constexpr std::array kFamilies = {
    FamilyName{Family::kHead, "head"},    FamilyName{Family::kRun, "run"},
    FamilyName{Family::kEvent, "event"},  FamilyName{Family::kBlob, "blob"},
    FamilyName{Family::kTimer, "timer"},  FamilyName{Family::kDue, "due"},
    FamilyName{Family::kMeta, "meta"},    FamilyName{Family::kOpen, "open"},
    FamilyName{Family::kClosed, "closed"}};

constexpr std::size_t index_of(Family family) { return static_cast<std::size_t>(family); }

static_assert(std::ranges::all_of(kFamilies,
                                  [](const FamilyName& one) {
                                    return &one == &kFamilies[index_of(one.family)];
                                  }),
              "kFamilies is in the order of Family");

constexpr std::string_view name_of(Family family) { return kFamilies[index_of(family)].name; }

/// One of something for each family.
template <class T>
class PerFamily {
 public:
  T& operator[](Family family) { return all_[index_of(family)]; }
  const T& operator[](Family family) const { return all_[index_of(family)]; }

  auto begin() { return all_.begin(); }
  auto end() { return all_.end(); }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  std::array<T, kFamilies.size()> all_{};
};

}  // namespace onerun::core
