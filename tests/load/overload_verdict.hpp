// What must hold of a runtime that is asked for more than it can do: judges the figures of
// onerun-overload. Apart from where they are measured, so that a test can tell it any.
#pragma once

#include <algorithm>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "median.hpp"

namespace onerun::load {

inline constexpr double kLeastGoodput = 0.9;   ///< of the peak
inline constexpr double kMostBesideHot = 1.5;  ///< of the p99 of other ids when they are alone
inline constexpr double kMostAfter = 2;        ///< of the p99 before overload: it is back then

/// What others get beside a hot id, of what they get alone: each the median of many turns, since
/// the p99 of one is that of the tables that are written in it.
struct BesideHot {
  std::string what;  ///< is done to the hot id
  double goodput = 0;
  double p99 = 0;
};

/// The p99 of a steady load before overload, and second by second after it.
struct Recovery {
  double before = 0;
  std::vector<double> after = {};
};

/// Each figure is of what was measured in one turn: what else the machine does changes from turn to
/// turn.
struct OverloadFigures {
  std::vector<double> goodput = {};  ///< under overload, of the peak
  std::vector<Recovery> recoveries = {};
  std::vector<BesideHot> beside_hot = {};
};

/// The second after overload, counted from 1, in which p99 is back; 0 if in none.
inline int second_of_return(const Recovery& recovery) {
  const auto back = std::ranges::find_if(
      recovery.after, [&](double p99) { return p99 > 0 && p99 <= kMostAfter * recovery.before; });
  return back == recovery.after.end() ? 0 : static_cast<int>(back - recovery.after.begin()) + 1;
}

/// The median p99 of the seconds from that one on, since a good one may be chance, of the p99
/// before. Infinite if there is none.
inline double after_of_before(const Recovery& recovery) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const int back = second_of_return(recovery);
  if (back == 0) return kInfinity;
  std::vector<double> rest(recovery.after.begin() + back - 1, recovery.after.end());
  std::ranges::replace(rest, 0.0, kInfinity);  // where nothing was answered, nothing was fast
  return median(rest) / recovery.before;
}

/// The same, the median of all recoveries. Requires one.
inline double after_of_before(const OverloadFigures& figures) {
  std::vector<double> all;
  for (const Recovery& recovery : figures.recoveries) all.push_back(after_of_before(recovery));
  return median(all);
}

/// A sentence for each thing that does not hold. Requires a turn of everything.
inline std::vector<std::string> failures_in(const OverloadFigures& figures) {
  std::vector<std::string> failures;
  const auto fail = [&](const char* format, auto... values) {
    char text[200];
    std::snprintf(text, sizeof text, format, values...);
    failures.emplace_back(text);
  };
  if (const double goodput = median(figures.goodput); goodput < kLeastGoodput) {
    fail("goodput under overload is %.0f %% of the peak, less than %.0f %%", 100 * goodput,
         100 * kLeastGoodput);
  }
  if (const double after = after_of_before(figures); after > kMostAfter) {
    fail("p99 in the seconds after overload is %.2f times what it was, more than %.1f", after,
         kMostAfter);
  }
  for (const auto& [what, goodput, p99] : figures.beside_hot) {
    if (!(goodput >= kLeastGoodput)) {  // nor if there was none alone
      fail("others have %.0f %% of their answers beside a hot id, %s, less than %.0f %%",
           100 * goodput, what.c_str(), 100 * kLeastGoodput);
    }
    if (p99 > kMostBesideHot) {
      fail("p99 beside a hot id, %s, is %.2f times what it is alone, more than %.1f", what.c_str(),
           p99, kMostBesideHot);
    }
  }
  return failures;
}

}  // namespace onerun::load
