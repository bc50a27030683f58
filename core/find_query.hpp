// A filter, made ready to look for runs by it: what the index alone says of a run, and when a run
// has to be read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/filter.hpp"
#include "core/records.hpp"
#include "core/run_index.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// What the index says of a run.
struct IndexedRun {
  run_index::Place place;
  RunStatus status;                          ///< kRunning for any open one
  std::optional<Timestamp> close_time = {};  ///< of a closed one
};

enum class Verdict { kMatches, kDoesNotMatch, kAskTheRun };

/// Threads: a const one may be used from many.
class FindQuery {
 public:
  /// Errors: as `parse_filter`.
  static Result<FindQuery> parse(std::string_view filter);

  const std::string& text() const { return text_; }
  const FilterBounds& bounds() const { return bounds_; }

  Verdict judge(const IndexedRun& run) const;
  bool matches(const RunRecord& run) const;

 private:
  FindQuery(std::string text, Filter filter);

  std::string text_;
  Filter filter_;
  FilterBounds bounds_;
  bool index_decides_;  ///< it asks for nothing else than what the index has
};

}  // namespace onerun::core
