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

/// Goodput is of what was measured in one turn: what else the machine does changes from turn to
/// turn.
struct OverloadFigures {
  std::vector<double> goodput = {};  ///< under overload, of the peak
  double p99_before = 0;
  std::vector<double> p99_after = {};  ///< second by second
  std::vector<BesideHot> beside_hot = {};
};

/// What p99 may be at most once it is back.
inline double most_p99_after(const OverloadFigures& figures) {
  return kMostAfter * figures.p99_before;
}

/// The second after overload, counted from 1, in which p99 is back; 0 if in none.
inline int second_of_return(const OverloadFigures& figures) {
  const auto back = std::ranges::find_if(
      figures.p99_after, [&](double p99) { return p99 > 0 && p99 <= most_p99_after(figures); });
  return back == figures.p99_after.end() ? 0
                                         : static_cast<int>(back - figures.p99_after.begin()) + 1;
}

/// The median p99 of the seconds from that one on: a good one may be chance. Requires one.
inline double p99_from_return_on(const OverloadFigures& figures) {
  std::vector<double> rest(figures.p99_after.begin() + second_of_return(figures) - 1,
                           figures.p99_after.end());
  // Where nothing was answered, nothing was fast.
  std::ranges::replace(rest, 0.0, std::numeric_limits<double>::infinity());
  return median(rest);
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
  if (second_of_return(figures) == 0) {
    fail("p99 is not back below %.1f times the %.2f ms that it was, %zu seconds after overload",
         kMostAfter, figures.p99_before, figures.p99_after.size());
  } else if (const double p99 = p99_from_return_on(figures); p99 > most_p99_after(figures)) {
    fail("p99 does not stay below %.1f times the %.2f ms that it was: %.2f ms from second %d on",
         kMostAfter, figures.p99_before, p99, second_of_return(figures));
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
